"""The orders in which the calls of two functions can meet, and samples of the orders of three and four of them.

Ordinarily those in which functions are interrupted twice at most, which is where mutants are caught; to prove, every one.

The seed of a sample is printed: VESTIBULE_RACES_SEED=… repeats it, and VESTIBULE_RACES=… takes more or fewer of each.
"""

import random
from functools import partial

import pytest

from tests.proving import EVERYTHING, number_given
from tests.simulation.interleave import at_random
from tests.simulation.samples import SAMPLED
from tests.simulation.scenarios import EXHAUSTIVE, WITH_A_DEATH
from tests.simulation.world import MOST_INTERRUPTIONS, World, explore
from tests.tally import Proven

SEED = number_given("VESTIBULE_RACES_SEED", random.SystemRandom().randrange(10**9))
SAMPLES = number_given("VESTIBULE_RACES", 1000 if EVERYTHING else 50)
INTERRUPTED = "all there are" if EVERYTHING else f"all with {MOST_INTERRUPTIONS} interruptions at most"
ORDERS = f"orders of the calls of two: {INTERRUPTED}"
ORDERS_WITH_A_DEATH = f"orders of the calls of two, of which one dies before one of them: {INTERRUPTED}"


@pytest.mark.parametrize("scenario", EXHAUSTIVE)
def test_in_no_order_of_their_calls_is_a_file_lost_or_anything_left(
    world: World, proven: Proven, scenario: str
) -> None:
    played = explore(world, partial(EXHAUSTIVE[scenario], world))
    proven(ORDERS, played)
    assert played > 1


@pytest.mark.parametrize("scenario", WITH_A_DEATH)
def test_the_same_when_one_of_them_dies_before_any_call(world: World, proven: Proven, scenario: str) -> None:
    set_up, played = WITH_A_DEATH[scenario], 0
    for dies_at in (None, *range(6)):
        played += explore(world, partial(set_up, world, dies_at))
    proven(ORDERS_WITH_A_DEATH, played)


@pytest.mark.parametrize("scenario", SAMPLED)
def test_in_many_orders_of_the_calls_of_several_no_file_is_lost_and_nothing_is_left(
    world: World, proven: Proven, scenario: str
) -> None:
    print(f"{scenario}: {SAMPLES} schedules from VESTIBULE_RACES_SEED={SEED}")
    proven("orders of the calls of three and four, by chance", SAMPLES)
    for seed in range(SEED, SEED + SAMPLES):
        SAMPLED[scenario](world)
        try:
            world.run_actors(at_random(seed))
        except AssertionError as error:
            error.add_note(f"VESTIBULE_RACES_SEED={seed} VESTIBULE_RACES=1 -k {scenario}")
            raise
