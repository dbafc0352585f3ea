"""Time for a client in a hurry: it believes to have slept as long as it wanted, and the budgets count that."""

import threading
import time

from vestibule_client.retries import Clock

SPEED = 300.0


class Hurry:
    """A clock that runs ahead of the real one by what was slept through. Thread-safe."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """Seconds."""
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        """Let others have their turn, for a small part of the time."""
        time.sleep(seconds / SPEED)
        with self._lock:
            self._ahead += seconds

    def clock(self) -> Clock:
        """For the client's patience."""
        return Clock(monotonic=self.monotonic, sleep=self.sleep)
