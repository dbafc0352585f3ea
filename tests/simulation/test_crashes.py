"""A run of the sweep that dies before any of its calls, or never hears what one has done: the next one goes on.

The vault holds some of each case; a disturbed run and the one after it must come to what one undisturbed run comes to.
"""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib import catalog, reminders
from chalicelib.ids import new_ulid
from chalicelib.kinds import DELIVERABLE, IMAGE
from chalicelib.models import File, Tombstone, file_key, product_key
from tests.proving import EVERYTHING
from tests.simulation import lifecycle
from tests.simulation.environment import START, Clock
from tests.simulation.faults import Fault
from tests.simulation.interleave import Actor, play
from tests.simulation.invariants import must
from tests.simulation.multiparts import Open
from tests.simulation.scenarios import admitted
from tests.simulation.world import FOR_GOOD, SELLER, World
from tests.tally import Proven


def do_in_turn(*acts: Callable[[], None]) -> None:
    for act in acts:
        act()


def some_of_each(world: World) -> tuple[Any, ...]:
    """Files in every state, of both kinds, and what crashes leave behind at each step."""
    world.begin(DELIVERABLE)
    world.confirm()  # stays live
    first = world.file()
    world.confirm(world.upload(replaces=first.file_id, series=first.series, version=2))  # the first is superseded
    world.upload_id = world.upload()
    do_in_turn(world.confirm, world.delete)
    world.upload_id = world.upload()
    do_in_turn(world.confirm, world.delete, world.restore)
    world.upload_id = world.upload()
    world.confirm()
    Clock.moment = START + timedelta(days=7)
    world.delete()  # and can still be restored
    Clock.moment = START
    for kind in (IMAGE, DELIVERABLE):  # an orphan, and one that has a tombstone already
        world.kind = kind
        for is_buried in (False, True):
            world.upload_id = world.upload()
            world.crash(world.confirm, dies_at=2)
            if is_buried:
                Tombstone(*file_key(world.product_id, kind, world.upload_id)).save()
    world.upload_id = world.upload()  # two copies: the row names the second
    world.crash(world.confirm, dies_at=2)
    world.send(world.upload_id)
    world.confirm()
    reminders.render_later(file_key(world.product_id, DELIVERABLE, new_ulid(START)), START)  # about nothing
    world.kind = IMAGE
    world.upload_id = world.upload()  # an image whose event was lost
    world.confirm()
    reminders.render_later(file_key(world.product_id, IMAGE, world.upload_id), START)
    world.upload_id = world.upload()
    do_in_turn(world.confirm, world.render, world.delete)
    kept, world.product_id = world.product_id, new_ulid(START)  # a product that is deleted with what it has
    product = next(row for row in world.stores.rows() if (row.pk, row.sk) == product_key(kept))
    values = product.to_dynamodb_dict() | {"image_count": {"N": "0"}, "deliverable_count": {"N": "0"}}
    key = product_key(world.product_id)
    world.stores.table.items[key] = values | {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
    for _ in range(2):
        world.upload_id = world.upload()
        do_in_turn(world.confirm, world.render)
    catalog.delete_product(SELLER, world.product_id)
    world.product_id = kept
    world.stores.multiparts["deliverables/one", "begun"] = Open(START)
    world.stores.multiparts["deliverables/two", "begun"] = Open(FOR_GOOD)
    return world.stores.snapshot()


@pytest.fixture
def vault(world: World) -> tuple[Any, ...]:
    return some_of_each(world)


def sweep(world: World, dies_at: int | None = None, at: datetime = START + timedelta(days=8)) -> int:
    """A run eight days on, or at another time; returns the number of its calls."""
    Clock.moment = world.stores.now = at
    actor = Actor("sweep", lambda: world.run_sweep(at), at, dies_at=dies_at)
    play([actor], lambda _: 0, world.check)
    return actor.calls


def outcome(world: World) -> Any:
    objects = {name: {key: held.body for key, held in it.objects.items()} for name, it in world.stores.buckets.items()}
    return objects, dict(world.stores.table.items), dict(world.stores.multiparts)


def test_an_undisturbed_run_leaves_only_what_a_row_refers_to(world: World, vault: tuple[Any, ...]) -> None:
    sweep(world)
    world.check_nothing_is_left()
    assert len(world.stores.vault.objects) == 5
    assert len(world.stores.multiparts) == 1


def test_a_second_run_changes_nothing(world: World, vault: tuple[Any, ...]) -> None:
    sweep(world)
    once = outcome(world)
    sweep(world)
    assert outcome(world) == once


def test_a_run_that_died_before_any_call_is_finished_by_the_next(
    world: World, proven: Proven, vault: tuple[Any, ...]
) -> None:
    calls = sweep(world)
    undisturbed = outcome(world)
    for dies_at in range(calls):
        world.stores.go_back(vault)
        sweep(world, dies_at)
        sweep(world)
        must(outcome(world) == undisturbed, f"it came to another end after dying before call {dies_at}")
    proven("deaths of a run of the sweep, each finished by the next", calls)


def test_two_runs_that_died_are_finished_by_the_third(world: World, proven: Proven, vault: tuple[Any, ...]) -> None:
    calls = sweep(world)
    undisturbed = outcome(world)
    steps = (3, 4) if EVERYTHING else (14, 15)
    pairs = list(itertools.product(*(range(0, calls, step) for step in steps)))
    for first, second in pairs:
        world.stores.go_back(vault)
        sweep(world, first)
        sweep(world, second)
        sweep(world)
        must(outcome(world) == undisturbed, f"it came to another end after dying before calls {first} and {second}")
    proven("pairs of deaths of the sweep", len(pairs))


def test_a_call_whose_answer_was_lost_and_that_is_repeated_changes_nothing(
    world: World, vault: tuple[Any, ...]
) -> None:
    calls = sweep(world)
    undisturbed = outcome(world)
    for lost in range(calls):
        world.stores.go_back(vault)
        numbers = itertools.count()
        world.stores.fault = lambda _, numbers=numbers, lost=lost: Fault.REPEATED if next(numbers) == lost else None  # type: ignore[misc]
        sweep(world)
        must(outcome(world) == undisturbed, f"it came to another end after the answer to call {lost} was lost")


@pytest.mark.parametrize("gone", ["file", "product"])
def test_a_purge_that_died_is_finished_by_a_run_that_comes_when_final_rows_have_expired(
    world: World, gone: str
) -> None:
    admitted(world)
    world.render()
    do_in_turn(world.delete if gone == "file" else world.delete_product, world.is_judged)
    before = world.as_it_is()
    calls = sweep(world, at=FOR_GOOD)
    for dies_at in range(calls):
        world.go_back(before)
        sweep(world, dies_at, at=FOR_GOOD)
        for later in (FOR_GOOD + timedelta(days=40), FOR_GOOD + timedelta(days=80)):
            world.stores.now = later
            lifecycle.expire(world.stores)
            sweep(world, at=later)
        must(not world.stores.media.objects, f"a rendition is public after a run died before call {dies_at}")
        world.check_nothing_is_left()


def test_a_product_with_more_files_than_a_page_is_purged_with_all_of_them(world: World) -> None:
    world.begin(DELIVERABLE)
    for _ in range(8):
        world.confirm(world.upload())
    world.delete_product()
    world.stores.table.page, world.stores.now = 3, FOR_GOOD
    world.follow_reminders(FOR_GOOD)
    assert world.stores.vault.objects == {}
    assert {row.state for row in world.stores.rows() if isinstance(row, File)} == {"purged"}
    world.check()
