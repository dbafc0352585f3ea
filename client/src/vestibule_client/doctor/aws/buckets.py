"""Each bucket as terraform/modules/buckets makes it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from ..findings import Finding, judged
from .account import Account, asked, guarded

ROLES = ("staging", "vault", "media")
VERSIONED = ("staging", "vault")
_SWITCHES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_MEND = "Deploying the stage restores it: make plan STAGE=… shows the difference, make deploy STAGE=… mends it."


def check_bucket(account: Account, role: str) -> Iterator[Finding]:
    """Everything but lifecycle and notifications."""
    checks: dict[str, Callable[[Any, str, Account, str], Finding]] = {
        "public_access": _public_access,
        "versioning": _versioning,
        "encryption": _encryption,
        "ownership": _ownership,
        "policy": _policy,
        "cors": _cors,
    }
    if role == "media":
        del checks["cors"]  # pages show its images, and read none
    s3, bucket = account.client("s3"), account.bucket(role)
    for name, look in checks.items():
        check = f"aws.{role}.{name}"

        def found(look: Callable[..., Finding] = look, check: str = check) -> list[Finding]:
            return [look(s3, bucket, account, check)]

        yield from guarded(check, found)


def _public_access(s3: Any, bucket: str, account: Account, check: str) -> Finding:
    answer = asked(
        lambda: s3.get_public_access_block(Bucket=bucket, ExpectedBucketOwner=account.account_id),
        "NoSuchPublicAccessBlockConfiguration",
    )
    switches: dict[str, bool] = answer.get("PublicAccessBlockConfiguration", {})
    off = [name for name in _SWITCHES if not switches.get(name)]
    complaints = [f"{', '.join(off)} is off"] if off else []
    return judged(check, complaints, "all public access is blocked", _MEND)


def _versioning(s3: Any, bucket: str, account: Account, check: str) -> Finding:
    status = s3.get_bucket_versioning(Bucket=bucket, ExpectedBucketOwner=account.account_id).get("Status")
    wanted = "Enabled" if role_of(check) in VERSIONED else None
    complaints = [] if status == wanted else [f"versioning is {status or 'off'}, and should be {wanted or 'off'}"]
    return judged(check, complaints, "versions are kept" if wanted else "it has no versions, as wanted", _MEND)


def _encryption(s3: Any, bucket: str, account: Account, check: str) -> Finding:
    answer = asked(
        lambda: s3.get_bucket_encryption(Bucket=bucket, ExpectedBucketOwner=account.account_id),
        "ServerSideEncryptionConfigurationNotFoundError",
    )
    rules: list[dict[str, Any]] = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    by = {rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for rule in rules}
    complaints = [] if by and by <= {"AES256", "aws:kms"} else ["objects are not encrypted by default"]
    return judged(check, complaints, f"encrypted by {', '.join(sorted(filter(None, by)))}", _MEND)


def _ownership(s3: Any, bucket: str, account: Account, check: str) -> Finding:
    answer = asked(
        lambda: s3.get_bucket_ownership_controls(Bucket=bucket, ExpectedBucketOwner=account.account_id),
        "OwnershipControlsNotFoundError",
    )
    rules: list[dict[str, Any]] = answer.get("OwnershipControls", {}).get("Rules", [])
    enforced = [rule["ObjectOwnership"] for rule in rules] == ["BucketOwnerEnforced"]
    complaints = [] if enforced else ["objects may have ACLs, and other owners"]
    return judged(check, complaints, "no ACLs: the bucket's owner owns all", _MEND)


def _policy(s3: Any, bucket: str, account: Account, check: str) -> Finding:
    answer = asked(
        lambda: s3.get_bucket_policy(Bucket=bucket, ExpectedBucketOwner=account.account_id), "NoSuchBucketPolicy"
    )
    statements = _listed(json.loads(answer["Policy"])["Statement"]) if answer else []
    arn = f"arn:{account.partition}:s3:::{bucket}"
    complaints = []
    if not any(_refuses_http(statement, {arn, f"{arn}/*"}) for statement in statements):
        complaints.append("requests without TLS are not refused")
    if any(_opens(statement) for statement in statements):
        complaints.append("its policy allows something to everybody")
    return judged(check, complaints, "its policy refuses requests without TLS, and lets nobody in", _MEND)


def _cors(s3: Any, bucket: str, account: Account, check: str) -> Finding:
    answer = asked(
        lambda: s3.get_bucket_cors(Bucket=bucket, ExpectedBucketOwner=account.account_id), "NoSuchCORSConfiguration"
    )
    rules: list[dict[str, Any]] = answer.get("CORSRules", [])
    origins = sorted({origin for rule in rules for origin in rule["AllowedOrigins"]})
    wanted = [account.origin] if account.origin else origins
    complaints = []
    if "*" in origins or not origins or origins != wanted:
        complaints.append(f"allowed is {', '.join(origins) or 'no origin'}, and should be {account.origin or 'one'}")
    if not all("ETag" in rule.get("ExposeHeaders", []) for rule in rules):
        complaints.append("ETag is not exposed")
    return judged(check, complaints, f"one CORS rule, for {', '.join(origins)}", _MEND)


def role_of(check: str) -> str:
    """The bucket that a check is about."""
    return check.split(".")[1]


def _refuses_http(statement: dict[str, Any], resources: set[str]) -> bool:
    return (
        statement["Effect"] == "Deny"
        and _everybody(statement)
        and "s3:*" in _listed(statement.get("Action"))
        and resources <= set(_listed(statement.get("Resource")))
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    )


def _opens(statement: dict[str, Any]) -> bool:
    return statement["Effect"] == "Allow" and _everybody(statement) and not statement.get("Condition")


def _everybody(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    return principal == "*" or (isinstance(principal, dict) and "*" in _listed(principal.get("AWS")))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
