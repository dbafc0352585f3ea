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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With a seed that one story is told, and nothing else."""
    told = [item for item in items if item.name == "test_the_story_of_the_seed_that_was_given"]
    items[:] = told if config.getoption("seed") is not None else [item for item in items if item not in told]
