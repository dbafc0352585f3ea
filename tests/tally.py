"""How much a run has proven, told in a few lines at its end: of all its tests together, whichever processes ran them."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

NAME, LEAST_NAME = "proven", "proven at least"
"""Under which properties of a test's report its numbers travel."""


class Proven:
    """Takes the numbers of one test."""

    def __init__(self, properties: list[tuple[str, Any]]) -> None:
        self._properties = properties

    def __call__(self, what: str, number: int) -> None:
        """So many of something: they are added up."""
        self._properties.append((NAME, [what, number]))

    def least(self, what: str, number: int) -> None:
        """The fewest of something: of all tests the least is told."""
        self._properties.append((LEAST_NAME, [what, number]))


class Tally:
    """The numbers of all tests."""

    def __init__(self) -> None:
        self._sums = Counter[str]()
        self._leasts = dict[str, int]()

    def add(self, properties: list[tuple[str, Any]]) -> None:
        """Those of a report."""
        for name, value in properties:
            if name == NAME:
                self._sums[value[0]] += value[1]
            elif name == LEAST_NAME:
                self._leasts[value[0]] = min(value[1], self._leasts.get(value[0], value[1]))

    def lines(self) -> Iterator[str]:
        """A line for each, in the order in which they came first."""
        for what, number in {**self._sums, **self._leasts}.items():
            yield f"{number:11,}  {what}"
