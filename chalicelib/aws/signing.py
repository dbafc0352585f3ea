"""Signature Version 4, of calls and of what others will send to S3: URLs and forms. Byte for byte as botocore's.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, sigv4-query-string-auth.html and
sigv4-HTTPPOSTConstructPolicy.html. No call is made here, and nothing of an SDK is loaded: a signature by boto3's client
costs a hundred times as much.
"""

import hmac
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from urllib.parse import quote

from .credentials import Credentials, credentials
from .endpoints import PLAIN, Address

ALGORITHM = "AWS4-HMAC-SHA256"


class Hmac:
    """HMAC-SHA256 (RFC 2104) with one key of 64 bytes at most, of which the beginnings of both digests are kept.

    The standard library's makes them anew for each text, which takes as long again.
    """

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(64, b"\0")
        self._inner = sha256(bytes([byte ^ 0x36 for byte in padded]))
        self._outer = sha256(bytes([byte ^ 0x5C for byte in padded]))

    def hexdigest(self, text: str) -> str:
        """The code of a text, in hex."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.hexdigest()


class Signer:
    """Signs for one service, S3 unless another is named, in one region, at one moment, with one key."""

    def __init__(self, credentials: Credentials, region: str, now: datetime, service: str = "s3") -> None:
        self._service = service
        self._session_token = credentials.session_token
        self._now = now
        self._timestamp = f"{now:%Y%m%dT%H%M%SZ}"
        day = self._timestamp[:8]
        self._scope = f"{day}/{region}/{service}/aws4_request"
        self._credential = f"{credentials.access_key}/{self._scope}"
        self._sign = _signing_key(credentials.secret_key, day, region, service).hexdigest

    def headers(
        self, method: str, address: Address, query: str, headers: Mapping[str, str], body_sha256: str
    ) -> dict[str, str]:
        """The headers of a call, with those that sign it: its query, encoded and sorted, its body and all of them.

        Names of headers are in lower case. The one of the host is signed and not returned.
        """
        signed = {"host": address.host, **headers, "x-amz-date": self._timestamp}
        if self._service == "s3":
            signed["x-amz-content-sha256"] = body_sha256
        if self._session_token is not None:
            signed["x-amz-security-token"] = self._session_token
        named = sorted(signed.items())
        canonical_headers = _canonical(named)
        names = ";".join([name for name, _ in named])
        canonical = f"{method}\n{address.path}\n{query}\n{canonical_headers}\n{names}\n{body_sha256}"
        digest = sha256(canonical.encode()).hexdigest()
        signature = self._sign(f"{ALGORITHM}\n{self._timestamp}\n{self._scope}\n{digest}")
        del signed["host"]
        signed["authorization"] = (
            f"{ALGORITHM} Credential={self._credential}, SignedHeaders={names}, Signature={signature}"
        )
        return signed

    def urls(
        self,
        method: str,
        address: Address,
        requests: Sequence[tuple[Mapping[str, str], Mapping[str, str]]],
        lifetime: timedelta,
    ) -> list[str]:
        """Sign a URL for each of several requests to one address: their parameters, and the headers they must have.

        Names of headers are in lower case, and the requests all have the same ones.
        """
        if not requests:
            return []
        signed_headers = ";".join(sorted({"host", *requests[0][1]}))
        permission = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": self._credential,
            "X-Amz-Date": self._timestamp,
            "X-Amz-Expires": str(int(lifetime.total_seconds())),
            "X-Amz-SignedHeaders": signed_headers,
        }
        if self._session_token is not None:
            permission["X-Amz-Security-Token"] = self._session_token
        shared = _encoded(permission)
        before = f"{method}\n{address.path}\n"
        after = f"\n{signed_headers}\nUNSIGNED-PAYLOAD"
        to_sign = f"{ALGORITHM}\n{self._timestamp}\n{self._scope}\n"
        urls = []
        for parameters, headers in requests:
            own = _encoded(parameters)
            query = _query(sorted(own + shared))
            named = sorted({"host": address.host, **headers}.items())
            canonical = f"{before}{query}\n{_canonical(named)}{after}"
            signature = self._sign(to_sign + sha256(canonical.encode()).hexdigest())
            urls.append(f"{address.url}?{_query(own + shared)}&X-Amz-Signature={signature}")
        return urls

    def form_fields(
        self, bucket: str, key: str, fields: Mapping[str, str], size_range: tuple[int, int], lifetime: timedelta
    ) -> dict[str, str]:
        """The fields of a form that may be POSTed to exactly this key of a bucket, with a file of so many bytes.

        The policy has an `eq` condition for each field, so that none can be changed, left out or added. Names of fields
        are those of headers.
        """
        proof = {"x-amz-algorithm": ALGORITHM, "x-amz-credential": self._credential, "x-amz-date": self._timestamp}
        if self._session_token is not None:
            proof["x-amz-security-token"] = self._session_token
        conditions = [
            *_equal(fields),
            f'["content-length-range", {size_range[0]}, {size_range[1]}]',
            *_equal({"bucket": bucket, "key": key, **proof}),
        ]
        expiration = (self._now + lifetime).isoformat(timespec="seconds").replace("+00:00", "Z")
        policy = f'{{"expiration": "{expiration}", "conditions": [{", ".join(conditions)}]}}'
        document = b64encode(policy.encode()).decode()
        return {**fields, "key": key, **proof, "policy": document, "x-amz-signature": self._sign(document)}


def signer(service: str, region: str) -> Signer:
    """A signer with the credentials of the environment, of this very second: more than one call is often signed in it.

    Raises:
        NoCredentials: the environment has none.
    """
    return _signer(int(time.time()), region, service)


@lru_cache(maxsize=8)
def _signer(second: int, region: str, service: str) -> Signer:
    return Signer(credentials(), region, datetime.fromtimestamp(second, UTC), service)


@lru_cache(maxsize=8)
def _signing_key(secret_key: str, day: str, region: str, service: str) -> Hmac:
    key = f"AWS4{secret_key}".encode()
    for step in (day, region, service, "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return Hmac(key)


def _equal(fields: Mapping[str, str]) -> list[str]:
    """The `eq` conditions of a policy, as JSON."""
    return [f'{{"{name}": {quoted(value)}}}' for name, value in fields.items()]


def _canonical(named: Sequence[tuple[str, str]]) -> str:
    """Headers as they are signed: of more blanks than one, one is left."""
    return "".join([f"{name}:{' '.join(value.split())}\n" for name, value in named])


def canonical_query(parameters: Mapping[str, str]) -> str:
    """A query as it is signed, and may be sent: in the order of its names, which need no encoding, with its values."""
    return _query([(name, encoded(value)) for name, value in sorted(parameters.items())])


def _encoded(parameters: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(encoded(name), encoded(value)) for name, value in parameters.items()]


def encoded(text: str) -> str:
    """Percent-encoded, as a signature wants it. Most texts need no change, which is seen sooner than made."""
    return text.replace("/", "%2F") if PLAIN.fullmatch(text) else quote(text, safe="-._~")


def _query(parameters: Sequence[tuple[str, str]]) -> str:
    return "&".join(f"{name}={value}" for name, value in parameters)
