"""Many sellers at once, while calls to AWS fail: nothing is lost, nothing is there twice, and nobody sees a 500.

    VESTIBULE_LOAD_SEED=7    other uploads, and other faults

`make load` takes many more.
"""

import pytest

from tests.faults.kinds import AwsCall, possible
from tests.load.load import Load, Report, run
from tests.load.stage import load_stage
from tests.log_lines import keep_text
from tests.proving import EVERYTHING, number_given
from tests.tally import Proven

SEED = number_given("VESTIBULE_LOAD_SEED", 1)
LOAD = Load(2000, 50, SEED) if EVERYTHING else Load(120, 12, SEED)


@pytest.fixture(scope="module")
def report() -> Report:
    """What is examined in `run` holds when there is one."""
    with load_stage() as stage:
        report = run(stage, LOAD)
        log = stage.running.api.log.read_text()  # to be read for secrets, with the logs of all other tests
        keep_text("\n".join(line for line in log.splitlines() if line.startswith("{")))
    print("\n".join([f"VESTIBULE_LOAD_SEED={SEED}", *report.lines()]))
    return report


def test_every_upload_is_admitted_that_was_not_left_behind(report: Report, proven: Proven) -> None:
    proven(f"uploads by {LOAD.sellers} sellers at once", LOAD.uploads)
    proven("calls to AWS that failed meanwhile", report.faults.total())
    assert len(report.told) + report.abandoned == LOAD.uploads


def test_all_kinds_of_faults_came_up_and_as_often_as_they_should(report: Report) -> None:
    assert report.faults.keys() >= {str(fault) for fault in possible(AwsCall.GET_OBJECT)}
    assert report.faults.total() > report.calls * LOAD.probability / 2


def test_sellers_had_to_repeat_and_were_told_so_by_nothing_but_503(report: Report) -> None:
    assert report.figures.repeats["confirm"] > 0
    assert {status for _, status in report.figures.statuses if status >= 400} == {503}


def test_a_commit_whose_answer_was_lost_was_found_by_the_repeat(report: Report) -> None:
    assert report.figures.statuses["confirm", 200] > 0
