"""Every single fault of every call, and pairs of them: the call is repeated as the contract says, and all comes right."""

import itertools

import pytest

from tests.proving import part_of_today
from tests.simulation.faults import Fault
from tests.simulation.flows import FLOWS, disturbed, single_faults
from tests.simulation.world import World


@pytest.mark.parametrize("flow", FLOWS)
def test_whatever_happens_to_a_call_the_repeat_comes_right(world: World, flow: str) -> None:
    plans = list(single_faults(world, flow))
    assert len(plans) >= len(Fault)
    for plan in plans:
        disturbed(world, flow, [plan])
    print(f"{flow}: {len(plans)} single faults")


@pytest.mark.parametrize("flow", FLOWS)
def test_whatever_happens_twice_the_third_try_comes_right(world: World, flow: str) -> None:
    pairs = list(itertools.product(single_faults(world, flow), repeat=2))
    some = part_of_today(pairs, 40)
    for first, second in some:
        disturbed(world, flow, [first, second])
    print(f"{flow}: {len(some)} pairs of {len(pairs)}")
