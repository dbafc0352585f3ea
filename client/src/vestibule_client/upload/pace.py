"""How many parts travel at once: fewer when S3 or the line suffers, more again slowly (additive up, halved down)."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..stopping import Stop

MOST_LANES = 4
_CHECK_SECONDS = 0.2
_COLLAPSED = 0.5
_FORGETS = 0.9


@dataclass(frozen=True, slots=True)
class Lane:
    """Leave to send one part, given at a time and by a limit that may have been lowered since."""

    began: float
    generation: int


class Lanes:
    """The parts of all files that travel at once, `most` at the most."""

    def __init__(self, most: int, monotonic: Callable[[], float]) -> None:
        self.most = max(1, most)
        self.limit = self.most
        self._monotonic = monotonic
        self._condition = threading.Condition()
        self._used = 0
        self._generation = 0
        self._in_a_row = 0
        self._window_bytes = 0
        self._window_parts = 0
        self._window_began = monotonic()
        self._best_rate = 0.0

    @contextlib.contextmanager
    def lane(self, stop: Stop) -> Iterator[Lane]:
        """Wait for leave, and give it back.

        Raises:
            Stopped: somebody asked to stop meanwhile.
        """
        with self._condition:
            while self._used >= self.limit:
                stop.check()
                self._condition.wait(_CHECK_SECONDS)
            self._used += 1
            lane = Lane(self._monotonic(), self._generation)
        try:
            yield lane
        finally:
            with self._condition:
                self._used -= 1
                self._condition.notify()

    def suffered(self, lane: Lane) -> None:
        """Busy, timed out or broken. Those that were on their way together count once."""
        with self._condition:
            if lane.generation == self._generation:
                self._halve()

    def succeeded(self, size_bytes: int) -> None:
        """A part got through."""
        with self._condition:
            self._in_a_row += 1
            self._window_parts += 1
            self._window_bytes += size_bytes
            if self._window_parts >= 2 * self.limit and self._collapsed():
                self._halve()
            elif self._in_a_row >= 2 * self.limit and self.limit < self.most:
                self.limit += 1
                self._in_a_row = 0
                self._condition.notify()

    def _halve(self) -> None:
        self.limit = max(1, self.limit // 2)
        self._generation += 1
        self._in_a_row = 0
        self._begin_window()

    def _collapsed(self) -> bool:
        """Whether all together became much slower than at their best, which is forgotten little by little."""
        seconds = self._monotonic() - self._window_began
        rate = self._window_bytes / seconds if seconds > 0 else self._best_rate
        collapsed = rate < self._best_rate * _COLLAPSED
        self._best_rate = rate if collapsed else max(rate, self._best_rate * _FORGETS)
        self._begin_window()
        return collapsed

    def _begin_window(self) -> None:
        self._window_bytes = self._window_parts = 0
        self._window_began = self._monotonic()
