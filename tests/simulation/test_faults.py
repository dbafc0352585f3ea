"""Every single fault of every call, and pairs of them: the call is repeated as the contract says, and all comes right."""

from collections import Counter

import pytest

from tests.proving import part_of_today
from tests.simulation.faults import Fault
from tests.simulation.flows import FLOWS, disturbed, disturbed_twice, one_try, single_faults
from tests.simulation.world import World
from tests.tally import Proven


@pytest.mark.parametrize("flow", FLOWS)
def test_whatever_happens_to_a_call_the_repeat_comes_right(world: World, proven: Proven, flow: str) -> None:
    plans = list(single_faults(world, flow))
    assert len(plans) >= len(Fault)
    for plan in plans:
        disturbed(world, flow, [plan])
    proven("single faults, each repeated until it came right", len(plans))


@pytest.mark.parametrize("flow", FLOWS)
def test_whatever_happens_twice_the_third_try_comes_right(world: World, proven: Proven, flow: str) -> None:
    plans = list(single_faults(world, flow))
    pairs = [(first, second) for first in plans for second in plans]
    some = part_of_today(pairs, 40)
    disturbed_twice(world, flow, some)
    proven("pairs of faults", len(some))


@pytest.mark.parametrize("flow", FLOWS)
def test_who_goes_back_finds_all_as_it_was_and_comes_to_the_same_end(world: World, flow: str) -> None:
    act = FLOWS[flow](world)
    before = world.as_it_is()
    ends = []
    for _ in range(2):
        one_try(world, flow, act, {1: Fault.CRASH_AFTER})
        one_try(world, flow, act, {})
        ends.append((set(world.stores.vault.objects), set(world.stores.vault.removed), Counter(world.ledger.ways)))
        world.run_actors(lambda _: 0)
        assert world.as_it_is() != before
        world.go_back(before)
        assert world.as_it_is() == before
    assert ends[0] == ends[1]
