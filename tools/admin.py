"""For whoever runs a stage: what the sweep would do, and whether all that is stored agrees.

    python -m tools.admin sweep STAGE [--in-full] [--delete]      (make sweep-report STAGE=prod)
    python -m tools.admin audit STAGE                             (make audit STAGE=prod)

Runs here, with your own AWS credentials, and with the settings of the deployed sweep, which it reads from Lambda.
Nothing is changed without --delete.
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

from .environment import use
from .terraform import CannotRun

if TYPE_CHECKING:
    from chalicelib.sweep_run import Run, What

console = Console(highlight=False, soft_wrap=True)


def use_settings_of(stage: str) -> None:
    """Run with the settings of the stage's sweep function.

    Raises:
        CannotRun: there is no region, no such stage, or no permission to look.
    """
    session = boto3.session.Session()
    region = session.region_name
    if region is None:
        raise CannotRun("No region: set AWS_REGION, or AWS_PROFILE to a profile that has one.")
    function = f"vestibule-{stage}-sweep"
    make: Callable[..., Any] = session.client
    try:
        found = make("lambda", region_name=region).get_function_configuration(FunctionName=function)
    except (BotoCoreError, ClientError) as error:
        raise CannotRun(f"The function {function} in {region} could not be read: {error}") from None
    use(found["Environment"]["Variables"] | {"AWS_REGION": region} | _keys_of(session))


def _keys_of(session: boto3.session.Session) -> dict[str, str]:
    """Your credentials, wherever boto3 found them, as the service looks for them: in the environment, as in Lambda."""
    found = session.get_credentials()
    assert found is not None, "the call before would have failed"
    keys = found.get_frozen_credentials()
    named = {
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.token,
    }
    return {name: value or "" for name, value in named.items()}


def sweep(*, in_full: bool, delete: bool, every: bool) -> int:
    """Do, or only report, what the next hourly run would do; returns the exit status."""
    from chalicelib.sweep import sweep as do  # noqa: PLC0415 (the settings come first)
    from chalicelib.sweep_run import Finding, Run  # noqa: PLC0415

    def tell(finding: Finding) -> None:
        if every:
            console.print(f"  {finding.what:<10} {finding.size:>14,}  {finding.since or '':}  {finding.key}")

    console.print(f"› {'sweeping' if delete else 'looking'}: reminders, orphans, multipart uploads")
    run = Run(datetime.now(UTC), report_only=not delete, in_full=in_full, tell=tell)
    began = time.monotonic()
    do(run)
    console.print(_sweep_table(run))
    verdict = f"{run.done} deletions" if delete else "nothing was changed"
    console.print(f"{verdict}; {time.monotonic() - began:.1f} s" + ("; there is more to do" if run.exhausted else ""))
    return 1 if run.failed else 0


def audit() -> int:
    """Check that all that is stored agrees; returns the exit status: 1 if there is what should never be."""
    from . import audit as check  # noqa: PLC0415 (the settings come first)

    bad = 0

    def tell(finding: check.Finding) -> None:
        nonlocal bad
        bad += finding.what in check.BAD
        console.print(f"  {finding.what:<12} {finding.size:>14,}  {finding.place}")

    totals = check.audit(datetime.now(UTC), tell, lambda text: console.print(f"› {text}"))
    console.print(
        f"{totals.rows:,} rows and {totals.objects:,} objects compared: {totals.findings} findings, {bad} bad"
    )
    return 1 if bad else 0


def _sweep_table(run: "Run") -> Table:
    explained: dict[What, str] = {
        "orphan": "objects without a row",
        "leftover": "objects whose row names another, or none any more",
        "purge": "deleted or replaced files that can no longer be restored",
        "multipart": "multipart uploads never finished",
        "render": "images whose renditions are late",
        "unknown": "objects under keys that are not the service's (left alone)",
    }
    table = Table("what", "how many", "bytes", "")
    for what, text in explained.items():
        table.add_row(what, f"{run.found.get(what, 0):,}", f"{run.bytes.get(what, 0):,}", text)
    return table


def main() -> int:
    """Do one thing; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    sweeping = commands.add_parser("sweep", help="what the sweep would do, or (--delete) do it")
    sweeping.add_argument("stage")
    sweeping.add_argument("--in-full", action="store_true", help="look at everything, not at what is new only")
    sweeping.add_argument("--delete", action="store_true", help="do it")
    sweeping.add_argument("--list", action="store_true", dest="every", help="print every finding")
    commands.add_parser("audit", help="compare rows and objects, both ways").add_argument("stage")
    options = parser.parse_args()
    try:
        use_settings_of(options.stage)
        if options.command == "audit":
            return audit()
        return sweep(in_full=options.in_full, delete=options.delete, every=options.every)
    except CannotRun as error:
        console.print(f"✗ {error}", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("› stopped; what was done stays done")
        return 130


if __name__ == "__main__":
    sys.exit(main())
