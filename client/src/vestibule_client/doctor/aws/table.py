"""The table: its rows can be brought back, and final ones are tidied away."""

from collections.abc import Iterator

from ..findings import Finding, judged, ok, warning
from .account import Account

_MEND = "Deploying the stage restores it (terraform/modules/table)."


def check_table(account: Account) -> Iterator[Finding]:
    """Point-in-time recovery, time to live, protection from deletion."""
    dynamodb, name = account.client("dynamodb"), account.stack.table
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    lost = [] if recovery == "ENABLED" else ["rows that are lost cannot be brought back"]
    yield judged("aws.table.recovery", lost, "it can be restored to any second of 35 days", _MEND)
    living = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    tidy = living.get("TimeToLiveStatus") in ("ENABLED", "ENABLING") and living.get("AttributeName") == "expires_at"
    kept = [] if tidy else ["rows that are final are never tidied away"]
    yield judged("aws.table.time_to_live", kept, "final rows are tidied away by expires_at", _MEND)
    if dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
        yield ok("aws.table.protection", "it cannot be deleted by mistake")
        return
    mend = "Set protect = true in terraform/stages/<stage>.tfvars, if the stage holds anything of worth."
    yield warning("aws.table.protection", "it can be deleted by mistake", mend)
