"""What only the account's own credentials can see. Optional: without boto3 or credentials it says how to enable it."""

from collections.abc import Iterator

from ..findings import Finding, not_checked
from ..site import Site

_ENABLE = "For these checks: pip install 'vestibule-client[aws]', and AWS_PROFILE=… of somebody who may read the stage."


def check_aws(site: Site) -> Iterator[Finding]:
    """Buckets, notifications, schedule and table, if they can be looked at."""
    if site.is_local:
        yield not_checked("aws", "the emulator's buckets, queue and table are not made by Terraform")
        return
    try:
        from .account import NoCredentials, open_account  # noqa: PLC0415 (boto3 is optional)
    except ImportError:
        yield not_checked("aws", "boto3 is not installed", _ENABLE)
        return
    try:
        account = open_account(site)
    except NoCredentials as missing:
        yield not_checked("aws", str(missing), _ENABLE)
        return
    from .examination import examine_account  # noqa: PLC0415 (as above)

    yield from examine_account(account)
