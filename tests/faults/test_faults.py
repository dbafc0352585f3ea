"""Whatever goes wrong between client and service: the file is admitted as it is, or refused with a clear word.

What chance does follows from seeds: VESTIBULE_FAULTS_SEED=… begins with another one, VESTIBULE_FAULTS=… plays more runs.
`make faults` plays a thousand.
"""

import dataclasses
from pathlib import Path

import pytest

from tests.faults.cases import Case, case_of
from tests.faults.kinds import Fault, Position, possible
from tests.faults.plans import Script
from tests.faults.runs import play
from tests.faults.stage import Stage
from tests.faults.tally import Tally
from tests.proving import number_given

SEED = number_given("VESTIBULE_FAULTS_SEED", 1)
RUNS = number_given("VESTIBULE_FAULTS", 60)

BY_FORM = Case(1, "deliverable", "post", 5_000, replaces=False, downloads=True, probability=0, attempts=8)
IN_PARTS = Case(2, "deliverable", "multipart", 5_000, replaces=False, downloads=True, probability=0, attempts=8)
ON_THE_WAY = {
    BY_FORM: [Position.KINDS, Position.ISSUE, Position.FORM, Position.CONFIRM],
    IN_PARTS: [Position.ISSUE, Position.SIGN, Position.PART, Position.CONFIRM],
}
BACK = [Position.DOWNLOAD, Position.OBJECT]
FEW = 3
OTHER_BYTES = (Fault.GARBAGE, Fault.PORTAL)


def every_time(position: Position, fault: Fault, attempts: int) -> Script:
    return Script({(position, number): fault for number in range(1, attempts + 1)})


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("case", ON_THE_WAY, ids=["form", "parts"])
def test_a_fault_of_each_request_in_turn_is_overcome(stage: Stage, tmp_path: Path, case: Case, fault: Fault) -> None:
    positions = {position for position in [*ON_THE_WAY[case], *BACK] if fault in possible(position)}
    if fault in OTHER_BYTES:
        positions -= {Position.OBJECT}
    script = Script({(position, 1): fault for position in positions})
    run = play(stage, case, tmp_path, script)
    assert (run.refusal, run.download_refusal, script.left) == (None, None, [])
    assert {exchange.position for exchange in run.exchanges if exchange.fault} == positions


@pytest.mark.parametrize("fault", OTHER_BYTES)
def test_other_bytes_in_the_place_of_a_file_are_never_taken_for_it(stage: Stage, tmp_path: Path, fault: Fault) -> None:
    run = play(stage, BY_FORM, tmp_path, Script({(Position.OBJECT, 1): fault}))
    assert run.refusal is None
    assert fault in [exchange.fault for exchange in run.exchanges]


@pytest.mark.parametrize(
    ("case", "position", "fault"),
    [
        *((case, position, Fault.LOST_ANSWER) for case, positions in ON_THE_WAY.items() for position in positions),
        *((BY_FORM, Position.CONFIRM, fault) for fault in (Fault.UNAVAILABLE, Fault.STALL_AFTER)),
        (BY_FORM, Position.CONFIRM, Fault.PORTAL),
        (IN_PARTS, Position.CONFIRM, Fault.GATEWAY_TIMEOUT_AFTER),
    ],
)
def test_a_line_that_stays_bad_is_given_up_and_taken_up_again(
    stage: Stage, tmp_path: Path, case: Case, position: Position, fault: Fault
) -> None:
    run = play(stage, dataclasses.replace(case, attempts=FEW), tmp_path, every_time(position, fault, FEW))
    assert run.refusal is not None
    assert len([exchange for exchange in run.exchanges if exchange.fault == fault]) == FEW


@pytest.mark.parametrize("position", [Position.KINDS, Position.ISSUE, Position.SIGN, Position.CONFIRM])
def test_a_service_that_fails_every_time_is_quoted(stage: Stage, tmp_path: Path, position: Position) -> None:
    case = IN_PARTS if position == Position.SIGN else BY_FORM
    run = play(stage, case, tmp_path, every_time(position, Fault.INTERNAL_ERROR, case.attempts))
    assert str(run.refusal) == "Something went wrong here."


@pytest.mark.parametrize("position", [Position.FORM, Position.PART])
def test_signatures_that_are_never_accepted_are_not_asked_for_without_end(
    stage: Stage, tmp_path: Path, position: Position
) -> None:
    case = IN_PARTS if position == Position.PART else BY_FORM
    run = play(stage, dataclasses.replace(case, attempts=100), tmp_path, every_time(position, Fault.SKEWED, 100))
    assert "RequestTimeTooSkewed" in str(run.refusal)
    assert len(run.exchanges) < 40


@pytest.mark.parametrize("seeds", [range(SEED + at, min(SEED + at + 10, SEED + RUNS)) for at in range(0, RUNS, 10)])
def test_with_faults_at_random_a_file_is_admitted_as_it_is_or_refused_with_a_clear_message(
    stage: Stage, tmp_path: Path, seeds: range
) -> None:
    tally = Tally()
    for seed in seeds:
        folder = tmp_path / str(seed)
        folder.mkdir()
        tally.add(play(stage, case_of(seed), folder))
    print("\n".join(tally.lines()))
    assert tally.runs == len(seeds)
