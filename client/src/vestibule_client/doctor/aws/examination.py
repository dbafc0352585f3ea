"""All checks of the account, in their order."""

from collections.abc import Iterator

from ..findings import Finding
from .account import Account, guarded
from .buckets import ROLES, check_bucket
from .lifecycle import check_lifecycle
from .notifications import check_notifications
from .schedule import check_schedule
from .table import check_table


def examine_account(account: Account) -> Iterator[Finding]:
    """Buckets, notifications, schedule and table."""
    for role in ROLES:
        yield from check_bucket(account, role)
        yield from guarded(f"aws.{role}.lifecycle", lambda: [check_lifecycle(account, role)])  # noqa: B023 (run at once)
    yield from guarded("aws.notifications", lambda: check_notifications(account))
    yield from guarded("aws.sweep", lambda: [check_schedule(account)])
    yield from guarded("aws.table", lambda: check_table(account))
