"""One run of the sweep: what it may do, what it has found, and how far it came."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from .settings import settings

What = Literal["orphan", "leftover", "purge", "multipart", "render", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the sweep does away with, or (`unknown`) leaves to a person. `size` in bytes, if it is known.

    `orphan`: an object without a row. `leftover`: one whose row names another object, or none any more.
    `unknown`: an object under a key that the service does not make.
    """

    what: What
    key: str
    size: int = 0
    since: datetime | None = None


class Exhausted(Exception):
    """The run has done what it may: the next one goes on."""


def _tell_nobody(_: Finding) -> None:
    pass


@dataclass(slots=True)
class Run:
    """A run at the time `now`. With `report_only` nothing is changed, not even how far the sweep has come.

    `in_full` looks at everything again. `deadline` is of time.monotonic(). `found` counts what it met and `bytes` adds
    their sizes; `done` counts what it did away with; `failed` what it could not, for reasons nobody foresaw.
    """

    now: datetime
    report_only: bool = False
    in_full: bool = False
    deletions_left: int = settings.sweep_max_deletions
    deadline: float = float("inf")
    tell: Callable[[Finding], None] = _tell_nobody
    found: dict[What, int] = field(default_factory=dict)
    bytes: dict[What, int] = field(default_factory=dict)
    done: int = 0
    failed: int = 0
    purge_backlog: int = 0
    exhausted: bool = False

    def meets(self, finding: Finding) -> None:
        """Take note of something found."""
        self.found[finding.what] = self.found.get(finding.what, 0) + 1
        self.bytes[finding.what] = self.bytes.get(finding.what, 0) + finding.size
        self.tell(finding)

    def may_go_on(self) -> None:
        """Before each piece of work.

        Raises:
            Exhausted: there is no time for it.
        """
        if time.monotonic() >= self.deadline:
            raise Exhausted

    def spend(self) -> None:
        """Before each deletion.

        Raises:
            Exhausted: there were enough, or there is no time for it.
        """
        self.may_go_on()
        if self.deletions_left <= 0:
            raise Exhausted
        self.deletions_left -= 1
        self.done += 1
