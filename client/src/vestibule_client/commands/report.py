"""What the command says: results on stdout, for people or as JSON; everything else on stderr."""

import dataclasses
import json
import sys
from datetime import datetime
from typing import Any

from ..answers import File
from ..problems import Failure, Problem
from .exit_codes import UNAVAILABLE


class Report:
    """Says it."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet

    def result(self, members: dict[str, Any], text: str) -> None:
        """One result: an object on a line, or a line for people.

        Raises:
            BrokenPipeError: whoever read has gone.
        """
        line = json.dumps(members, default=_plain, ensure_ascii=False) if self.as_json else text
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """A line beside the results."""
        if not self.quiet:
            self._say(text)

    def failure(self, failure: Failure, what: str = "", members: dict[str, Any] | None = None) -> None:
        """What went wrong, with whom, and what to do next."""
        if self.as_json and members is not None:
            self.result({**members, "error": _error(failure)}, "")
            return
        named = f"{shown(what)}: " if what else ""
        self._say(f"✗ {named}{sentence(failure)}")

    def advised(self, status: int) -> int:
        """What ended for want of a connection can be taken up; returns the status."""
        if status == UNAVAILABLE:
            self.note("  Run the same command again to go on where it ended.")
        return status

    def _say(self, text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def sentence(failure: Failure) -> str:
    """What was expected, what was found, and what to do next."""
    said = failure.sentence or type(failure).__doc__ or "It did not work."
    return f"{said} {failure.advice}".strip()


def shown(name: object) -> str:
    """A name that does nothing to a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(name))


def file_members(file: File) -> dict[str, Any]:
    """An admitted file as JSON. Signed URLs are left out: a log may keep what a script prints."""
    members = {"kind": file.kind, **dataclasses.asdict(file)}
    members.pop("original_url", None)
    return members


def size_text(size_bytes: float) -> str:
    """A size for people."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "bytes" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"


def _error(failure: Failure) -> dict[str, Any]:
    members: dict[str, Any] = {"code": failure.code, "detail": failure.sentence, "advice": failure.advice}
    members["retryable"] = failure.retryable if isinstance(failure, Problem) else failure.passing
    if isinstance(failure, Problem):
        members |= {"status": failure.status, "request_id": failure.request_id}
        members |= {"expected": failure.expected, "actual": failure.actual}
    return members


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
