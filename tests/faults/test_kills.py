"""The command in a process of its own: killed, interrupted, with a full disk, with a file that changes under it."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.content import sha256_of, write_file
from tests.faults.kills import Home, admitted_file, kill_and_resume, settled, signal_after, signal_at
from tests.faults.kinds import Fault, Position
from tests.faults.plans import NoFaults, Script
from tests.faults.stage import Stage
from tests.proving import number_given

MiB = 1024**2
SEED = number_given("VESTIBULE_FAULTS_SEED", 1)
WAIT_SECONDS = 60.0


@pytest.fixture(scope="module")
def home(playing: Stage, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(playing, tmp_path_factory.mktemp("home"))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Three parts."""
    path = tmp_path / "film.bin"
    write_file(path, 40 * MiB, SEED)
    return path


def test_a_file_arrives_whole_although_its_upload_is_killed_three_times(stage: Stage, tmp_path: Path) -> None:
    killed = kill_and_resume(stage, tmp_path, 100 * MiB, kills=3, seed=SEED)
    print("\n".join(killed.lines()))
    assert len(killed.starts) == 4


IN_PARTS = [Position.KINDS, Position.ISSUE, Position.SIGN, Position.PART, Position.CONFIRM, Position.HELD]
BY_FORM = [Position.ISSUE, Position.FORM, Position.CONFIRM]


@pytest.mark.parametrize(("strategy", "positions"), [("multipart", IN_PARTS), ("post", BY_FORM)])
def test_killed_at_each_request_in_turn_the_file_is_there_once(
    stage: Stage, home: Home, product: str, tmp_path: Path, strategy: str, positions: list[Position]
) -> None:
    path = tmp_path / "brushes.bin"
    write_file(path, 5_000, SEED)
    for position in positions:
        stage.proxy.follow(NoFaults())
        command = home.upload(path, product, "--strategy", strategy)
        signal_at(stage, command, position, signal.SIGKILL)
        assert command.wait(WAIT_SECONDS).code == -signal.SIGKILL, position
        settled(stage)
    stage.proxy.follow(NoFaults())
    file = admitted_file(home.upload(path, product, "--strategy", strategy).wait(WAIT_SECONDS))
    assert [(row.id, row.state) for row in stage.rows(product)] == [(file["id"], "live")]


def test_ctrl_c_ends_it_soon_and_the_same_command_goes_on(stage: Stage, home: Home, product: str, film: Path) -> None:
    command = home.upload(film, product)
    share = random.Random(SEED).randrange(1 * MiB, 30 * MiB)
    signalled = signal_after(stage, command, share, signal.SIGINT)
    ended = command.wait(WAIT_SECONDS)
    took = time.monotonic() - signalled[0]
    assert (ended.code, "Traceback" in ended.complained) == (130, False)
    assert "again to go on" in ended.complained
    assert took < 3
    settled(stage)
    assert stage.rows(product) == []
    stage.proxy.follow(NoFaults())
    file = admitted_file(home.upload(film, product).wait(WAIT_SECONDS))
    (row,) = stage.rows(product)
    with film.open("rb") as content:
        assert stage.stored_sha256(row) == sha256_of(content) == file["sha256"]
    assert Position.ISSUE not in [exchange.position for exchange in stage.proxy.exchanges], "it began anew"


def test_a_token_that_expires_in_the_middle_is_renewed(stage: Stage, home: Home, product: str, film: Path) -> None:
    stage.proxy.follow(
        Script({(Position.SIGN, 2): Fault.UNAUTHENTICATED, (Position.CONFIRM, 1): Fault.UNAUTHENTICATED})
    )
    admitted_file(home.upload(film, product).wait(WAIT_SECONDS))
    renewals = [exchange for exchange in stage.proxy.exchanges if exchange.position == Position.TOKEN]
    assert len(renewals) == 2
    assert len(stage.rows(product)) == 1
