"""How AWS fails in a load: by chance, in bursts, in a few places for sure, and now and then by a silence."""

import itertools

from chalicelib.rows import LIMITS
from tests.faults.kinds import AwsCall, Fault, Place
from tests.faults.plans import InBursts

SILENT = 10
"""Of so many answers that are late, one never comes: then it is the service's limit on time that ends the wait."""


def sure(sellers: int) -> dict[tuple[Place, int], Fault]:
    """Bursts that every load has: commits that are not done, or done and not told, and copies whose confirm ends there.

    A seller waits for one confirm at a time. So of more lost answers in a row than all sellers have attempts but the
    last, some confirm has lost each of its own: it is refused, and its repeat finds that it was done.
    """
    lost_answers = sellers * (LIMITS.attempts - 1) + 1
    last = 2 + -(-lost_answers // InBursts.LENGTH)
    return {
        (AwsCall.TRANSACT_WRITE_ITEMS, 1): Fault.UNAVAILABLE,
        **{(AwsCall.TRANSACT_WRITE_ITEMS, burst): Fault.LOST_ANSWER for burst in range(2, last)},
        (AwsCall.COPY_OBJECT, 2): Fault.LOST_ANSWER,
    }


class Failing:
    """The plan of a load."""

    def __init__(self, seed: int, probability: float, sellers: int) -> None:
        self._bursts = InBursts(seed, probability, sure(sellers))
        self._late = itertools.count(1)

    def choose(self, position: Place) -> Fault | None:
        """As the bursts have it; but a late answer may be one that never comes."""
        fault = self._bursts.choose(position)
        return Fault.STALL_AFTER if fault == Fault.LATE and next(self._late) % SILENT == 0 else fault
