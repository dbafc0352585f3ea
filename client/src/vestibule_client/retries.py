"""The one policy of trying again: exponential backoff with full jitter, Retry-After honoured, within a budget.

Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from .problems import Failure

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, replaced in tests. `sleep` may raise, to stop whoever waits."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try again: `attempts` at most, and no pause that would end after `budget_seconds`."""

    first_seconds: float = 0.5
    longest_seconds: float = 20.0
    budget_seconds: float = 300.0
    attempts: int = 20
    attempts_in_doubt: int = 5
    clock: Clock = field(default_factory=Clock)

    def persistently(self, call: Callable[[], Result], on_failure: Callable[[Failure], None] | None = None) -> Result:
        """Call until it works. `on_failure` is told of each passing failure before the pause.

        Raises:
            Failure: the first that is not passing, or the last one when patience has ended.
        """
        tries = self.begin()
        while True:
            try:
                return call()
            except Failure as failure:
                if on_failure is not None and failure.passing:
                    on_failure(failure)
                tries.pause_after(failure)

    def begin(self) -> "Tries":
        """Start to count, for callers with a loop of their own."""
        return Tries(self, self.clock.monotonic())


class Tries:
    """The attempts at one thing."""

    def __init__(self, patience: Patience, began: float) -> None:
        self._patience = patience
        self._began = began
        self._failed = 0

    def pause_after(self, failure: Failure) -> None:
        """Wait before the next attempt.

        Raises:
            Failure: `failure` itself, if it is not passing or patience has ended.
        """
        patience, clock = self._patience, self._patience.clock
        self._failed += 1
        attempts = min(patience.attempts, patience.attempts_in_doubt) if failure.is_doubtful else patience.attempts
        if not failure.passing or self._failed >= attempts:
            raise failure
        ceiling = min(patience.longest_seconds, patience.first_seconds * 2 ** (self._failed - 1))
        pause = max(clock.random() * ceiling, failure.retry_after_seconds or 0.0)
        if clock.monotonic() - self._began + pause > patience.budget_seconds:
            raise failure
        clock.sleep(pause)

    def progressed(self) -> None:
        """Something got through: patience begins anew."""
        self._failed, self._began = 0, self._patience.clock.monotonic()
