"""Who decides which request gets which fault: chance with a seed, or a script."""

import random
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from .kinds import Fault, Place, Position, possible


class Plan(Protocol):
    """Asked once for each request, in the order in which they arrive."""

    def choose(self, position: Place) -> Fault | None:
        """Name the fault of this request, if it is to have one."""


class NoFaults:
    """Everything passes."""

    def choose(self, position: Place) -> Fault | None:
        """Let it pass."""
        return None


class AtRandom:
    """Each request fails with the same probability, by a fault that it can have.

    The nth request of a position gets the same fault however those of several threads arrive among each other.
    """

    def __init__(self, seed: int, probability: float) -> None:
        self._seed = seed
        self._probability = probability
        self._asked: Counter[Place] = Counter()
        self._lock = threading.Lock()

    def choose(self, position: Place) -> Fault | None:
        """Throw the dice that belong to this position and number."""
        with self._lock:
            number = self._asked[position]
            self._asked[position] += 1
        dice = random.Random(f"{self._seed} {position} {number}")
        if position == Position.OTHER or dice.random() >= self._probability:
            return None
        return dice.choice(possible(position))


class Script:
    """The nth requests (from 1) of named positions fail as written; all others pass."""

    def __init__(self, faults: Mapping[tuple[Place, int], Fault]) -> None:
        self._left = dict(faults)
        self._asked: Counter[Place] = Counter()
        self._lock = threading.Lock()

    def choose(self, position: Place) -> Fault | None:
        """Look it up; each line is played once."""
        with self._lock:
            self._asked[position] += 1
            return self._left.pop((position, self._asked[position]), None)

    @property
    def left(self) -> list[tuple[Place, int]]:
        """The lines that no request has met yet."""
        with self._lock:
            return list(self._left)


class AtCall:
    """The nth request (from 0), whichever it is, fails by this fault; all others pass."""

    def __init__(self, number: int, fault: Fault) -> None:
        self._left = number
        self._fault = fault

    def choose(self, position: Place) -> Fault | None:
        """Count."""
        self._left -= 1
        return self._fault if self._left == -1 else None
