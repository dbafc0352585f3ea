"""The hourly rule calls the sweep, and what nobody confirmed is gone for good."""

from pathlib import Path

import pytest

from chalicelib.kinds import IMAGE
from tests.e2e.conftest import Applied
from tests.e2e.flows import make_product
from tests.e2e.functions import RENDER, SWEEP, call_sweep, count_calls, eventually, later_sweep
from tests.e2e.stored import Stored
from tests.e2e.test_stack import Seller
from tests.samples import image


@pytest.fixture
def stored(applied: Applied) -> Stored:
    return Stored(applied)


def test_the_rule_calls_the_sweep(applied: Applied, stored: Stored) -> None:
    """Every minute instead of every hour: the stack is a minute old by now."""
    events = applied.client("events")
    assert events.describe_rule(Name=SWEEP)["ScheduleExpression"] == "rate(1 hour)"
    stored.forget_the_sweeps()
    events.put_rule(Name=SWEEP, ScheduleExpression="rate(1 minute)")
    try:
        assert eventually(lambda: stored.row(("SWEEP", "images/post")), seconds=90)
    finally:
        events.put_rule(Name=SWEEP, ScheduleExpression="rate(1 hour)")


def test_a_sweep_that_failed_is_not_tried_again(applied: Applied) -> None:
    retries = applied.client("lambda").get_function_event_invoke_config(FunctionName=SWEEP)
    assert (retries["MaximumRetryAttempts"], retries["MaximumEventAgeInSeconds"]) == (0, 3600)


def test_an_orphan_is_tried_three_times_kept_today_and_gone_later_with_all_that_its_event_left(
    applied: Applied, packaged: Path, stored: Stored
) -> None:
    seller = Seller(applied, "sweep@shop.example")
    product = make_product(seller)
    seller.http.close()
    before = count_calls(applied, RENDER)
    key, row_key = stored.put_orphan(product, IMAGE, image("image/png"))

    # A fourth try would come four seconds after the third. (Events of other tests may still be tried again, too: the
    # emulator counts calls of a function, not of an event.)
    assert eventually(lambda: count_calls(applied, RENDER) >= before + 3, seconds=30)
    assert not eventually(lambda: count_calls(applied, RENDER) > before + 9, seconds=8)
    assert stored.reminders_of(product)

    stored.forget_the_sweeps()
    assert call_sweep(applied) is None
    assert stored.holds(key)

    stored.forget_the_sweeps()
    with later_sweep(applied, packaged) as sweep:
        assert sweep() is None
    assert not stored.holds(key)
    assert stored.reminders_of(product) == []
    tombstone = stored.row(row_key)
    assert tombstone is not None
    assert tombstone["state"] == "swept"
