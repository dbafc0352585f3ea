"""The sweep: every hour, what crashes, races and deletions left behind. Section 6 of the design.

    1  purges      what was deleted and can no longer be restored; and images whose event was lost
    2  orphans     objects of the vault that no row refers to
    3  multiparts  uploads that were begun and never finished

Each step does again what a crash left half done, and none touches what a live row names: they write to the row first,
under a condition, and delete only then. A run does a limited number of deletions in limited time; the next one goes on.
"""

import time
from datetime import UTC, datetime
from typing import Any

from . import vault
from .kinds import ABORT_MULTIPART_AFTER
from .orphans import PASSES, sweep_pass
from .purges import follow_reminders
from .settings import settings
from .sweep_run import Exhausted, Finding, Run
from .telemetry import count, count_bytes, invocation, log

SECONDS_TO_SPARE = 120
"""What a run that was told to stop may still take: one image to render."""


class SweepFailed(Exception):
    """Some of what was found could not be done away with; the log says why."""


def on_schedule(context: Any) -> None:
    """One run, as the deployment is set up.

    Raises:
        SweepFailed, StorageUnavailable: the next run does what is left.
    """
    with invocation(context):
        seconds = context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_SPARE
        run = Run(datetime.now(UTC), settings.sweep_report_only, deadline=time.monotonic() + seconds)
        try:
            sweep(run)
        finally:
            _publish(run)
        if run.failed:
            raise SweepFailed(f"{run.failed} could not be done away with")


def sweep(run: Run) -> None:
    """Do all three steps, as far as the run may."""
    try:
        follow_reminders(run)
        for way in PASSES:
            sweep_pass(way, run, monthly_in_full=settings.sweep_monthly_in_full)
        _abort_multiparts(run)
    except Exhausted:
        run.exhausted = True


def _abort_multiparts(run: Run) -> None:
    """S3's lifecycle does it too, some day after. No confirm completes one as old as these."""
    for multipart in vault.open_multiparts():
        if multipart.begun_at <= run.now - ABORT_MULTIPART_AFTER:
            run.meets(Finding("multipart", multipart.key, since=multipart.begun_at))
            if not run.report_only:
                run.spend()
                vault.abort(multipart)


def _publish(run: Run) -> None:
    count("Orphans", run.found.get("orphan", 0) + run.found.get("leftover", 0))
    count_bytes("OrphanBytes", run.bytes.get("orphan", 0) + run.bytes.get("leftover", 0))
    count("Purged", run.found.get("purge", 0))
    count("PurgeBacklog", run.purge_backlog)
    facts = {"found": run.found, "bytes_found": run.bytes, "deletions": run.done, "exhausted": run.exhausted}
    log.info("swept", **facts, report_only=run.report_only, failed=run.failed)
