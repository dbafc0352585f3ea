"""How AWS fails in a load: by chance, in bursts, in a few places for sure, and now and then by a silence."""

import itertools

from tests.faults.kinds import AwsCall, Fault, Place
from tests.faults.plans import InBursts

SURE: dict[tuple[Place, int], Fault] = {
    (AwsCall.TRANSACT_WRITE_ITEMS, 2): Fault.LOST_ANSWER,
    (AwsCall.TRANSACT_WRITE_ITEMS, 5): Fault.UNAVAILABLE,
    (AwsCall.COPY_OBJECT, 2): Fault.LOST_ANSWER,
}
"""Bursts that every load has: commits that are done and not told, or not done, and copies whose confirm ends there."""
SILENT = 10
"""Of so many answers that are late, one never comes: then it is the service's limit on time that ends the wait."""


class Failing:
    """The plan of a load."""

    def __init__(self, seed: int, probability: float) -> None:
        self._bursts = InBursts(seed, probability, SURE)
        self._late = itertools.count(1)

    def choose(self, position: Place) -> Fault | None:
        """As the bursts have it; but a late answer may be one that never comes."""
        fault = self._bursts.choose(position)
        return Fault.STALL_AFTER if fault == Fault.LATE and next(self._late) % SILENT == 0 else fault
