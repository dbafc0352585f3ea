"""One stack behind one faulty proxy, for all of these tests."""

from collections.abc import Iterator

import pytest

from tests.faults.plans import NoFaults
from tests.faults.stage import Stage, fault_stage
from tests.log_lines import keep_text


@pytest.fixture(scope="session")
def playing() -> Iterator[Stage]:
    with fault_stage() as stage:
        yield stage
        log = stage.running.api.log.read_text()  # to be read for secrets, with the logs of all other tests
        keep_text("\n".join(line for line in log.splitlines() if line.startswith("{")))


@pytest.fixture
def stage(playing: Stage) -> Iterator[Stage]:
    playing.proxy.follow(NoFaults())
    yield playing
    playing.proxy.follow(NoFaults())


@pytest.fixture
def product(stage: Stage) -> Iterator[str]:
    product = stage.product()
    yield product
    stage.forget(product)
