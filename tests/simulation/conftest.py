"""The world, with stores in memory in the place of AWS, and with time as each actor has it."""

from collections.abc import Iterator

import pytest

from tests.simulation.environment import simulated
from tests.simulation.stores import Stores
from tests.simulation.world import World


@pytest.fixture
def stores() -> Iterator[Stores]:
    with simulated() as stores:
        yield stores


@pytest.fixture
def world(stores: Stores) -> World:
    world = World(stores)
    stores.before_call = world.on_call
    return world
