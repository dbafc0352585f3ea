"""The command `vestibule`: chooses what to run, and says how it ended."""

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from .commands.exit_codes import BROKEN_PIPE, STOPPED, exit_code
from .commands.parser import build_parser
from .commands.report import Report
from .problems import Failure, Stopped
from .stopping import Stop

_RESUMED = ("upload", "download")


def main() -> NoReturn:
    """Run, and leave. Threads that still wait for the network do not keep the user waiting: what counts is on disk."""
    status = run(sys.argv[1:])
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(status)


def run(words: Sequence[str]) -> int:
    """Run one command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # whatever the terminal cannot show
    try:
        arguments = build_parser().parse_args(words)
    except SystemExit as ended:  # usage, or help
        return ended.code if isinstance(ended.code, int) else 2
    stop = Stop()
    report = Report(as_json=arguments.json, quiet=arguments.quiet)
    try:
        _listen(stop)
        command = importlib.import_module(f".commands.{arguments.command}", __package__)
        status: int = command.run(arguments, report, stop)
        return status
    except (KeyboardInterrupt, Stopped):
        advice = " Run the same command again to go on where it ended." if arguments.command in _RESUMED else ""
        report.note(f"\nStopped.{advice}")
        return STOPPED
    except BrokenPipeError:
        return BROKEN_PIPE
    except Failure as failure:
        report.failure(failure, members={"status": "failed"})
        return report.advised(exit_code(failure))


def _listen(stop: Stop) -> None:
    """Ctrl-C, and a polite kill: the first one stops in order, the second one at once."""

    def interrupted(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stop.asked:
            os._exit(STOPPED)
        stop.ask()
        raise KeyboardInterrupt

    with contextlib.suppress(ValueError):  # not the main thread: somebody else's program, and signals
        signal.signal(signal.SIGINT, interrupted)
        signal.signal(signal.SIGTERM, interrupted)
