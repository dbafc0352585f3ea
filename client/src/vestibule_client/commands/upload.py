"""`vestibule upload FILE…`."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..progress import Screen, screen_for
from ..state import StateStore
from ..stopping import Stop
from ..storage import Storage
from ..upload.batch import JOBS, SMALL_JOBS, Outcome, Task, Uploads
from ..upload.destination import Destination
from ..upload.pace import Lanes
from ..upload.tools import Tools
from .context import opened
from .exit_codes import USAGE, combined, exit_code
from .report import Report, file_members, shown, size_text


def run(arguments: argparse.Namespace, report: Report, stop: Stop) -> int:
    """Upload all files; what fails does not keep the others."""
    paths = list({str(Path(name).resolve()): Path(name) for name in arguments.files}.values())
    if (arguments.replace or arguments.alt) and len(paths) > 1:
        report.note("✗ --replace and --alt are for one file at a time")
        return USAGE
    destination = Destination(arguments.product, arguments.kind, arguments.replace, arguments.alt, arguments.strategy)
    codes: list[int] = []
    began = time.monotonic()

    with opened(arguments, stop) as context, _screen(report, paths) as screen:

        def show(outcome: Outcome) -> None:
            screen.done(outcome.task.path)
            codes.append(_show(report, outcome))

        tools = Tools(
            context.api, Storage(context.api.http), StateStore(), Lanes(arguments.parts, time.monotonic), stop
        )
        jobs, small = (arguments.jobs, arguments.jobs) if arguments.jobs else (JOBS, SMALL_JOBS)
        Uploads(tools, jobs, small).run([Task(path, destination) for path in paths], show, screen.progressed)
    if len(paths) > 1:
        admitted = codes.count(0)
        report.note(f"{admitted} of {len(paths)} files admitted in {time.monotonic() - began:.1f} s")
    return report.advised(combined(codes))


def _screen(report: Report, paths: Sequence[Path]) -> Screen:
    total = sum(path.stat().st_size for path in paths if path.is_file())
    return screen_for(paths, silent=report.quiet or report.as_json, total_bytes=total)


def _show(report: Report, outcome: Outcome) -> int:
    path = outcome.task.path
    members: dict[str, Any] = {"path": str(path), "status": "failed" if outcome.file is None else "admitted"}
    if outcome.file is None:
        assert outcome.failure is not None
        report.failure(outcome.failure, path.name or str(path), members)
        return exit_code(outcome.failure)
    file = outcome.file
    version = f", version {file.version}" if file.version > 1 else ""
    text = f"✓ {shown(path.name)}  {size_text(file.size)}{version}  {file.id}"
    report.result({**members, "file": file_members(file)}, text)
    return 0
