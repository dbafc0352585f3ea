"""Who is told of what comes into the buckets: render, of images, and nobody else."""

import json
from collections.abc import Iterator
from typing import Any

from ..findings import Finding, judged
from .account import Account, asked, guarded

_KINDS = ("TopicConfigurations", "QueueConfigurations", "EventBridgeConfiguration")
_MEND = (
    "Deploying the stage restores it. A bucket has one notification configuration: whoever else sets one overwrites "
    "ours, so let others subscribe to something else."
)


def check_notifications(account: Account) -> Iterator[Finding]:
    """The vault's, those of the other buckets, and that only this vault of this account may call render."""
    s3 = account.client("s3")
    for role in ("staging", "media"):
        told = _configuration(s3, account, role)
        complaints = ["it tells somebody of its objects"] if told else []
        yield judged(f"aws.{role}.notifications", complaints, "nobody is told of its objects", _MEND)
    told = _configuration(s3, account, "vault")
    functions = told.get("LambdaFunctionConfigurations", [])
    arn = function_arn(account, "render")
    yield judged("aws.vault.notifications", _complaints(told, functions, arn), "render is told of images, alone", _MEND)
    yield from guarded("aws.render.callers", lambda: [_callers(account, arn)])


def function_arn(account: Account, name: str) -> str:
    """The ARN of one of the stage's functions; the stage's prefix is also the table's name."""
    where = f"{account.stack.region}:{account.account_id}"
    return f"arn:{account.partition}:lambda:{where}:function:{account.stack.table}-{name}"


def _configuration(s3: Any, account: Account, role: str) -> dict[str, Any]:
    told: dict[str, Any] = s3.get_bucket_notification_configuration(
        Bucket=account.bucket(role), ExpectedBucketOwner=account.account_id
    )
    return {name: value for name, value in told.items() if name != "ResponseMetadata"}


def _complaints(told: dict[str, Any], functions: list[dict[str, Any]], arn: str) -> list[str]:
    complaints = [f"somebody else is told, too ({name})" for name in _KINDS if name in told]
    if len(functions) != 1:
        return [*complaints, f"{len(functions)} functions are called instead of 1"]
    (function,) = functions
    if function["LambdaFunctionArn"] != arn:
        complaints.append(f"called is {function['LambdaFunctionArn'].rpartition(':')[2]} instead of render")
    if function["Events"] != ["s3:ObjectCreated:*"]:
        complaints.append(f"it is called on {', '.join(function['Events'])}")
    rules = function.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    if [(rule["Name"].lower(), rule["Value"]) for rule in rules] != [("prefix", "images/")]:
        complaints.append("it is not called for the prefix images/ alone")
    return complaints


def _callers(account: Account, arn: str) -> Finding:
    answer = asked(lambda: account.client("lambda").get_policy(FunctionName=arn), "ResourceNotFoundException")
    statements: list[dict[str, Any]] = json.loads(answer["Policy"])["Statement"] if answer else []
    vault = f"arn:{account.partition}:s3:::{account.bucket('vault')}"
    ours = [statement for statement in statements if _is_only(statement, vault, account.account_id)]
    complaints = [] if ours else ["the vault of this account may not call render"]
    if len(statements) > len(ours):
        complaints.append(f"{len(statements) - len(ours)} others may call render, too")
    return judged("aws.render.callers", complaints, "only this vault, of this account, may call render", _MEND)


def _is_only(statement: dict[str, Any], vault: str, account_id: str) -> bool:
    """A bucket's ARN has no account in it: without SourceAccount, whoever gets the name next could call."""
    pairs = {name.lower(): value for held in statement.get("Condition", {}).values() for name, value in held.items()}
    return (
        statement["Effect"] == "Allow"
        and statement.get("Principal") == {"Service": "s3.amazonaws.com"}
        and pairs.get("aws:sourcearn") == vault
        and pairs.get("aws:sourceaccount") == account_id
    )
