"""What a form or a URL that the API signed permits. Pure: nothing is sent. No value that is secret is repeated."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_LIFETIME = timedelta(minutes=15)
_SLACK = timedelta(minutes=1)
_UNSIGNED_FIELDS = {"policy", "x-amz-signature"}


def address_complaints(url: str, bucket_url: str, *, local: bool) -> list[str]:
    """What is wrong with where a signature leads. `bucket_url` is where the bucket itself answers, by its region.

    A browser does not follow the redirect of the global host after a preflight (boto3#421).
    """
    found, wanted = urlsplit(url), urlsplit(bucket_url)
    if found.scheme != "https" and not local:
        return [f"it is {found.scheme}, not https"]
    if found.netloc != wanted.netloc:
        return [f"it leads to {found.hostname} instead of the regional {wanted.hostname}"]
    if not found.path.startswith(wanted.path):
        return ["it leads to another bucket"]
    return []


def form_complaints(fields: Mapping[str, str], size: int, bucket: str, region: str, now: datetime) -> list[str]:
    """What a form permits that it should not, for a file of `size` bytes."""
    complaints = _scope_complaints(fields.get("x-amz-algorithm"), fields.get("x-amz-credential"), region)
    policy = _policy(fields.get("policy", ""))
    if policy is None:
        return [*complaints, "its policy cannot be read"]
    complaints += _condition_complaints(policy.get("conditions"), fields, size, bucket)
    try:
        left = datetime.fromisoformat(str(policy.get("expiration"))) - now
    except (TypeError, ValueError):
        return [*complaints, "its policy does not end"]
    if left > _LIFETIME + _SLACK:
        complaints.append(f"it lives {left.total_seconds() / 60:.0f} minutes, and 15 are enough")
    elif left <= timedelta(0):
        complaints.append("it has ended before it was sent, by this clock")
    return complaints


def url_complaints(url: str, region: str, headers: Sequence[str] = (), lifetime: timedelta = _LIFETIME) -> list[str]:
    """What a signed URL permits that it should not. `headers` are those that must be signed, in lower case."""
    query = {name.lower(): values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    complaints = _scope_complaints(query.get("x-amz-algorithm"), query.get("x-amz-credential"), region)
    signed = query.get("x-amz-signedheaders", "").split(";")
    # boto3 moves a checksum into the signed query of a URL; there it binds as much as a signed header.
    loose = [name for name in headers if name not in signed and name not in query]
    if loose:
        complaints.append(f"{', '.join(loose)} is not signed")
    seconds = query.get("x-amz-expires", "")
    if not seconds.isdecimal():
        complaints.append("it does not end")
    elif int(seconds) > lifetime.total_seconds():
        complaints.append(f"it lives {int(seconds) // 60} minutes, and {lifetime.total_seconds() / 60:.0f} are enough")
    return complaints


def _scope_complaints(algorithm: str | None, credential: str | None, region: str) -> list[str]:
    complaints = [] if algorithm == _ALGORITHM else ["it is not signed by Signature Version 4"]
    scope = (credential or "").split("/")[1:]
    if len(scope) != 4 or scope[2:] != ["s3", "aws4_request"]:
        return [*complaints, "it is not signed for S3"]
    if scope[1] != region:
        complaints.append(f"it is signed for {scope[1]} instead of {region}")
    return complaints


def _condition_complaints(conditions: Any, fields: Mapping[str, str], size: int, bucket: str) -> list[str]:
    """Only equality, for every field, and exactly this size."""
    complaints = []
    fixed: dict[str, str] = {}
    sizes: list[Any] = []
    for condition in conditions if isinstance(conditions, list) else []:
        match condition:
            case dict():
                fixed |= {str(name).lower(): value for name, value in condition.items()}
            case ["eq", str(name), value]:
                fixed[name.removeprefix("$").lower()] = value
            case ["content-length-range", least, most]:
                sizes.append((least, most))
            case [str(operator), str(name), *_]:
                complaints.append(f"{name.removeprefix('$')} is free ({operator})")
            case _:
                complaints.append("a condition of its policy is not known")
    if sizes != [(size, size)]:
        complaints.append(f"it does not fix the size at {size:,} bytes")
    if fixed.get("bucket") != bucket:
        complaints.append("it does not fix the bucket")
    sent = {name.lower(): value for name, value in fields.items() if name.lower() not in _UNSIGNED_FIELDS}
    loose = sorted(name for name, value in sent.items() if fixed.get(name) != value)
    if loose:
        complaints.append(f"its policy does not fix {', '.join(loose)}")
    return complaints


def _policy(encoded: str) -> dict[str, Any] | None:
    try:
        policy = json.loads(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        return None
    return policy if isinstance(policy, dict) else None
