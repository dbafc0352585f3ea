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


class Numbers:
    """The number of each request among those of its position, from 0, given once though several threads ask.

    By it the nth request of a position gets the same fault however those of several threads arrive among each other.
    """

    def __init__(self) -> None:
        self._asked: Counter[Place] = Counter()
        self._lock = threading.Lock()

    def next_of(self, position: Place) -> int:
        """Count."""
        with self._lock:
            number = self._asked[position]
            self._asked[position] += 1
        return number


def _dice(*belonging_to: object) -> random.Random:
    return random.Random(" ".join(map(str, belonging_to)))


class AtRandom:
    """Each request fails with the same probability, by a fault that it can have."""

    def __init__(self, seed: int, probability: float) -> None:
        self._seed = seed
        self._probability = probability
        self._numbers = Numbers()

    def choose(self, position: Place) -> Fault | None:
        """Throw the dice that belong to this position and number."""
        dice = _dice(self._seed, position, self._numbers.next_of(position))
        if position == Position.OTHER or dice.random() >= self._probability:
            return None
        return dice.choice(possible(position))


class InBursts:
    """As many faults at random, but half of them in bursts, as throttling comes: all requests of a position, for a while.

    So what is tried again fails again. `sure` names bursts, from 0, that come up whatever the dice say.
    """

    LENGTH = 12

    def __init__(self, seed: int, probability: float, sure: Mapping[tuple[Place, int], Fault]) -> None:
        self._seed = seed
        self._probability = probability / 2
        self._sure = sure
        self._numbers = Numbers()

    def choose(self, position: Place) -> Fault | None:
        """Throw the dice of this burst, and if it is none, those of this request."""
        number = self._numbers.next_of(position)
        burst = number // self.LENGTH
        if (position, burst) in self._sure:
            return self._sure[position, burst]
        for dice in (_dice(self._seed, position, "burst", burst), _dice(self._seed, position, number)):
            if dice.random() < self._probability:
                return dice.choice(possible(position))
        return None


class Script:
    """The nth requests (from 1) of named positions fail as written; all others pass."""

    def __init__(self, faults: Mapping[tuple[Place, int], Fault]) -> None:
        self._left = dict(faults)
        self._numbers = Numbers()

    def choose(self, position: Place) -> Fault | None:
        """Look it up; each line is played once, since no two requests have the same number."""
        return self._left.pop((position, self._numbers.next_of(position) + 1), None)

    @property
    def left(self) -> list[tuple[Place, int]]:
        """The lines that no request has met yet."""
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
