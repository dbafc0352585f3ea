"""How far it is, on a terminal as bars, elsewhere as a line now and then, and not at all where nobody wants to know."""

import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from .upload.meter import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

LINE_EVERY_SECONDS = 10.0
OWN_BAR_FROM_BYTES = 4 * 1024 * 1024
"""A smaller file is through before its bar could be read."""


class Screen(Protocol):
    """Where progress goes. Called from several threads."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...

    def progressed(self, progress: Progress) -> None:
        """A file has come further."""

    def done(self, path: Path) -> None:
        """Nothing more will come of this one, however it ended."""


def screen_for(paths: Iterable[Path], *, silent: bool, total_bytes: int) -> Screen:
    """Bars on a terminal, lines elsewhere."""
    if silent:
        return Silence()
    known = list(paths)
    return BarScreen(len(known), total_bytes) if sys.stderr.isatty() else LineScreen(total_bytes)


class Silence:
    """Says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def progressed(self, progress: Progress) -> None:
        """Nothing."""

    def done(self, path: Path) -> None:
        """Nothing."""


class Tally:
    """The bytes of all files together. Those of a finished one stay counted, as it said last."""

    def __init__(self) -> None:
        self._done: dict[Path, int] = {}
        self._held: dict[Path, int] = {}

    def note(self, progress: Progress) -> None:
        """Checking moves nothing."""
        if progress.phase != "checking":
            self._done[progress.path] = progress.done_bytes
            self._held[progress.path] = max(self._held.get(progress.path, 0), progress.held_bytes)

    @property
    def done_bytes(self) -> int:
        """Of all files."""
        return sum(self._done.values())

    @property
    def held_bytes(self) -> int:
        """Of all files: what an earlier run had sent."""
        return sum(self._held.values())


class LineScreen(Silence):
    """A line on stderr every few seconds."""

    def __init__(self, total_bytes: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._total = total_bytes
        self._monotonic = monotonic
        self._began = self._told = monotonic()
        self._tally = Tally()
        self._lock = threading.Lock()

    def progressed(self, progress: Progress) -> None:
        """Count, and tell when it is time."""
        with self._lock:
            self._tally.note(progress)
            now = self._monotonic()
            if now - self._told >= LINE_EVERY_SECONDS:
                self._told = now
                sys.stderr.write(self._line(now) + "\n")
                sys.stderr.flush()

    def _line(self, now: float) -> str:
        done = self._tally.done_bytes
        speed = (done - self._tally.held_bytes) / max(now - self._began, 0.001)
        left = f", {_duration((self._total - done) / speed)} left" if speed > 0 else ""
        return f"{done / max(self._total, 1):.0%} of {self._total / 1e6:,.1f} MB, {speed / 1e6:.1f} MB/s{left}"


class BarScreen:
    """A bar for each large file on its way, and one for all."""

    def __init__(self, count: int, total_bytes: int) -> None:
        self._bars = _bars()
        self._lock = threading.Lock()
        self._tally = Tally()
        self._tasks: dict[Path, TaskID] = {}
        self._resumed: dict[Path, int] = {}
        self._ended: set[Path] = set()
        self._all = self._bars.add_task(f"{count} files", total=total_bytes, phase="") if count > 1 else None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bars.stop()

    def progressed(self, progress: Progress) -> None:
        """Move the bars. What an earlier run had sent is no speed of this one."""
        with self._lock:
            self._tally.note(progress)
            if self._all is not None:
                self._bars.update(self._all, completed=self._tally.done_bytes)
            if progress.size_bytes >= OWN_BAR_FROM_BYTES and progress.path not in self._ended:
                self._move(progress)

    def done(self, path: Path) -> None:
        """Its bar goes."""
        with self._lock:
            self._ended.add(path)
            task = self._tasks.pop(path, None)
            if task is not None:
                self._bars.remove_task(task)

    def _move(self, progress: Progress) -> None:
        phase = "" if progress.phase == "sending" else progress.phase
        task = self._tasks.get(progress.path)
        if task is None:
            name = _short(progress.path.name)
            task = self._bars.add_task(name, total=progress.size_bytes, phase=phase)
            self._tasks[progress.path] = task
        if progress.held_bytes > self._resumed.get(progress.path, 0):
            self._resumed[progress.path] = progress.held_bytes
            self._bars.reset(task, completed=progress.done_bytes, phase=phase)
        else:
            self._bars.update(task, completed=progress.done_bytes, phase=phase)


def _bars() -> "Bars":
    from rich.console import Console  # noqa: PLC0415 - a tenth of a second that only a terminal needs
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[phase]}", style="dim", markup=False),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # results that go to a file or a pipe are not for the screen
        expand=True,
        refresh_per_second=8,
    )


def _short(name: str, most: int = 32) -> str:
    """A name that fits beside its bar: its beginning and its end say most."""
    printable = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return printable if len(printable) <= most else f"{printable[: most // 2]}…{printable[-(most // 2 - 1) :]}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
