"""How much a run proves: ordinarily a part of what takes long, and all of it by `make prove` (VESTIBULE_PROVE=1)."""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

OF_THE_TESTS = (
    "VESTIBULE_RACES",
    "VESTIBULE_FAULTS",
    "VESTIBULE_KILLS",
    "VESTIBULE_LOAD",
    "VESTIBULE_SEED",
    "VESTIBULE_STORIES",
    "VESTIBULE_PROVE",
)
"""How much is run, and by which seed."""

# The tools that tests import take such variables away, and these are read by whoever is imported first.
_GIVEN = {name: value for name, value in os.environ.items() if name.startswith(OF_THE_TESTS)}
EVERYTHING = _GIVEN.get("VESTIBULE_PROVE") == "1"

One = TypeVar("One")


def give_on() -> None:
    """Give what was given to the processes that run the tests too, whatever was imported since."""
    os.environ.update(_GIVEN)


def number_given(variable: str, otherwise: int) -> int:
    """A number that the person who runs the tests may give."""
    return int(_GIVEN.get(variable) or otherwise)


SEED = number_given("VESTIBULE_PROVE_SEED", secrets.randbits(32) if EVERYTHING else 1)
"""Of requests made by chance: ordinarily the same ones, and to prove others each time."""


def part_of_today(of: Sequence[One], every: int) -> Sequence[One]:
    """Every so many of them, beginning with another one each day (UTC): so many days see all. To prove, all of them."""
    if EVERYTHING:
        return of
    first = datetime.now(UTC).toordinal() % every
    print(f"of {len(of)}, every {every} from number {first}: `make prove` takes all")
    return of[first::every]
