"""How far an upload has come."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Phase = Literal["checking", "sending", "confirming", "done"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes done of the present phase, of all. When a part is sent again, `done_bytes` goes back.

    `held_bytes` of them were there from an earlier run.
    """

    path: Path
    phase: Phase
    done_bytes: int
    size_bytes: int
    held_bytes: int = 0


OnProgress = Callable[[Progress], None]


class Meter:
    """Counts for one file, from several threads, and tells."""

    def __init__(self, path: Path, size_bytes: int, on_progress: OnProgress | None) -> None:
        self._path = path
        self._size = size_bytes
        self._tell = on_progress
        self._lock = threading.Lock()
        self._phase: Phase = "checking"
        self._done = 0
        self._held = 0

    def enter(self, phase: Phase, done_bytes: int = 0) -> None:
        """A phase begins."""
        with self._lock:
            self._phase, self._done, self._held = phase, done_bytes, 0
            self._report()

    def moved(self, count: int) -> None:
        """So many bytes more, or, if negative, fewer."""
        with self._lock:
            self._done += count
            self._report()

    def held(self, count: int) -> None:
        """So many bytes need not be sent."""
        with self._lock:
            self._done += count
            self._held += count
            self._report()

    def _report(self) -> None:
        if self._tell is not None:
            self._tell(Progress(self._path, self._phase, self._done, self._size, self._held))
