"""The sweep as it would run some time from now, with the background functions' key: what is old by then is old today.

python -m local.later --hours 25

It prints what it finds, and then what it did, as lines of JSON; what the sweep logs goes to standard error.
"""

import argparse
import contextlib
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TextIO

from chalicelib.sweep import sweep
from chalicelib.sweep_run import Finding, Run


def main() -> int:
    """Run the sweep; returns 0 if nothing failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, required=True)
    parser.add_argument("--report-only", action="store_true")
    options = parser.parse_args()
    out = sys.stdout
    moment = datetime.now(UTC) + timedelta(hours=options.hours)
    run = Run(moment, report_only=options.report_only, tell=lambda finding: _print(_told(finding), out))
    with contextlib.redirect_stdout(sys.stderr):
        sweep(run)
    done = {"found": run.found, "deletions": run.done, "failed": run.failed, "finished": not run.exhausted}
    _print(done, out)
    return 1 if run.failed else 0


def _told(finding: Finding) -> dict[str, object]:
    since = finding.since and finding.since.isoformat()
    return {"what": finding.what, "key": finding.key, "bytes": finding.size, "since": since}


def _print(entry: dict[str, object], out: TextIO) -> None:
    out.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    sys.exit(main())
