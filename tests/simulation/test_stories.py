"""Stories by their seeds: ten thousand of each day's own (UTC), of which the last line of a failure tells one again.

pytest tests/simulation --seed 7387521234            that story, with all that happens in it
python -m tests.simulation --stories 1000000         many more, in several processes
"""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from tests.proving import EVERYTHING, number_given, part_of_today
from tests.simulation.deeds import COUNTED_AS
from tests.simulation.stores import Stores
from tests.simulation.story import Story, Told
from tests.tally import Proven

SHARES = 10
STORIES = number_given("VESTIBULE_SEEDS", 10_000)
FIRST = number_given("VESTIBULE_SEED", datetime.now(UTC).toordinal() * 10_000)

HITS = 100 if EVERYTHING else 2
"""How often a process dies at each point, at least."""
MOST_STORIES = 6_000

MUST_BE_SEEN = {
    "None → live",
    "None → swept",
    "live → superseded",
    "live → deleted",
    "live → purged",
    "superseded → live",
    "superseded → purged",
    "deleted → live",
    "deleted → purged",
    "purged → None",
    "swept → None",
    "confirm: admitted",
    "confirm: repeated",
    "confirm: Gone",
    "confirm: UploadExpired",
    "confirm: ContentTypeMismatch",
    "confirm: IncompleteParts",
    "confirm: UploadNotReceived",
    "confirm as another kind: UploadNotReceived",
    "replace: VersionMismatch",
    "event: NotAdmittedYet",
    "upload: Crash",
    "sweep: Crash",
    "sweep: StorageUnavailable",
    "sweep: finished",
}
"""In each thousand. What never comes up proves nothing."""


@pytest.mark.parametrize("share", range(SHARES))
def test_in_no_story_is_anything_lost_left_or_told_twice(stores: Stores, proven: Proven, share: int) -> None:
    told, number = Told(), STORIES // SHARES
    first = FIRST + share * number
    for seed in range(first, first + number):
        told.add(Story(stores, seed).tell())
    crashes = ", ".join(f"{point} {times}" for point, times in sorted(told.crashes.items()))
    print(f"{number} stories from seed {first}: {told.calls} calls, faults {dict(told.faults)}, crashes: {crashes}")
    proven(f"stories, each by a seed of its own, from {FIRST} on", number)
    proven("calls to AWS in them", told.calls)
    proven("faults in them", sum(told.faults.values()))
    if number >= 1_000:
        assert not MUST_BE_SEEN - (told.ways.keys() | told.outcomes.keys())


OF_CALLS = sorted({*COUNTED_AS.values()} - {"lifecycle"})
"""All deeds but S3's own, which makes no calls."""


@pytest.mark.parametrize("deed", part_of_today(OF_CALLS, 4))
def test_a_process_dies_before_and_after_each_of_its_calls_often_enough(
    stores: Stores, proven: Proven, deed: str
) -> None:
    told = Told()
    seed = FIRST
    while seed < FIRST + MOST_STORIES and (
        seed < FIRST + (100 if EVERYTHING else 10) or min(told.crashes.values(), default=0) < HITS
    ):
        Story(stores, seed, deed, HITS, told).tell()
        seed += 1
    hits = dict(sorted(told.crashes.items()))
    print(f"{deed}: {seed - FIRST} stories from seed {FIRST}; died at {len(hits)} points: {hits}")
    rare = {point: times for point, times in hits.items() if times < HITS}
    proven("points at which a process dies: before or after a call of a deed", len(hits))
    proven.least("deaths at each of these points, at the least", min(hits.values()))
    assert rare == {}, f"after {MOST_STORIES} stories, not {HITS} times: {rare}"


def test_the_story_of_the_seed_that_was_given(stores: Stores, request: pytest.FixtureRequest) -> None:
    """The only test then: see conftest.py."""
    Story(stores, request.config.getoption("seed")).tell_aloud()


@pytest.mark.parametrize("number", range(3))
def test_a_seed_decides_everything(number: int) -> None:
    told = [
        subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--trace", "--seed", str(FIRST + number)],
            env={"PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert told[0].count("\n") > 10
