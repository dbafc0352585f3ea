"""What a run has proven, in a few lines."""

from typing import Any

from tests.tally import Proven, Tally


def test_numbers_are_added_up_and_of_the_fewest_the_least_is_told() -> None:
    tally = Tally()
    for number in (1_000, 234):
        properties: list[tuple[str, Any]] = [("something of another plugin", "text")]
        proven = Proven(properties)
        proven("stories", number)
        proven.least("deaths at each point", number)
        tally.add(properties)
    assert list(tally.lines()) == ["      1,234  stories", "        234  deaths at each point"]


def test_a_run_that_proves_nothing_tells_nothing() -> None:
    assert list(Tally().lines()) == []
