"""The lifecycle of each bucket, as docs/operations.md promises it and terraform/modules/buckets/lifecycle.tf makes it.

A rule too few keeps for ever what should go; one too many deletes what somebody has paid for.
"""

from typing import Any

from ..findings import Finding, judged
from .account import Account, asked
from .buckets import role_of

_MARKERS = "delete markers without versions are removed"
_ABORT_1 = "open multipart uploads are aborted after 1 days"
EXPECTED = {
    "staging": {
        "objects under u/ expire after 1 days",
        "objects under m/ expire after 7 days",
        "noncurrent versions expire after 1 days",
        _MARKERS,
        _ABORT_1,
    },
    "vault": {
        "noncurrent versions expire after 30 days",
        _MARKERS,
        "open multipart uploads are aborted after 7 days",
    },
    "media": {_ABORT_1},
}
_KNOWN = {"ID", "Status", "Filter", "Prefix"}
_MEND = (
    "Deploy the stage anew at once if something extra is done: it may delete what was sold. make plan STAGE=… shows "
    "the difference."
)


def check_lifecycle(account: Account, role: str) -> Finding:
    """What the rules do together, whatever they are called and however they are cut."""
    check = f"aws.{role}.lifecycle"
    answer = asked(
        lambda: account.client("s3").get_bucket_lifecycle_configuration(
            Bucket=account.bucket(role), ExpectedBucketOwner=account.account_id
        ),
        "NoSuchLifecycleConfiguration",
    )
    rules: list[dict[str, Any]] = answer.get("Rules", [])
    found = {deed for rule in rules if rule["Status"] == "Enabled" for deed in deeds(rule)}
    wanted = EXPECTED[role_of(check)]
    complaints = [f"missing: {deed}" for deed in sorted(wanted - found)]
    complaints += [f"extra: {deed}" for deed in sorted(found - wanted)]
    return judged(check, complaints, "; ".join(sorted(wanted)), _MEND)


def deeds(rule: dict[str, Any]) -> set[str]:
    """What one enabled rule does, in words that say the same for rules that do the same."""
    where = _scope(rule)
    found = set()
    expiration = rule.get("Expiration", {})
    if "Days" in expiration:
        found.add(f"objects{where} expire after {expiration['Days']} days")
    if "Date" in expiration:
        found.add(f"objects{where} expire on a date")
    if expiration.get("ExpiredObjectDeleteMarker"):
        found.add(f"delete markers without versions{where} are removed")
    if noncurrent := rule.get("NoncurrentVersionExpiration"):
        keeping = f", but for {newer}" if (newer := noncurrent.get("NewerNoncurrentVersions")) else ""
        found.add(f"noncurrent versions{where} expire after {noncurrent['NoncurrentDays']} days{keeping}")
    if abort := rule.get("AbortIncompleteMultipartUpload"):
        found.add(f"open multipart uploads{where} are aborted after {abort['DaysAfterInitiation']} days")
    known = _KNOWN | {"Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"}
    return found | {f"{name}{where}" for name in set(rule) - known}


def _scope(rule: dict[str, Any]) -> str:
    held = rule.get("Filter", {})
    prefix = held.get("Prefix", rule.get("Prefix", ""))
    further = " and a further filter" if set(held) - {"Prefix"} else ""
    return (f" under {prefix}" if prefix else "") + further
