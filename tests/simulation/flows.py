"""What is done alone, disturbed at any of its calls, and then repeated as the contract says."""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from operator import itemgetter

from chalicelib import uploads
from chalicelib.bodies import DeliverableUploadRequest, ImageUploadRequest
from chalicelib.kinds import DELIVERABLE, IMAGE
from chalicelib.models import DELETED, LIVE, SUPERSEDED
from chalicelib.problems import StorageUnavailable
from chalicelib.renditions import NotAdmittedYet
from tests.simulation.environment import START
from tests.simulation.faults import Fault
from tests.simulation.interleave import Actor, Crash, play
from tests.simulation.invariants import must
from tests.simulation.scenarios import admitted, an_orphan, deleted
from tests.simulation.world import FOR_GOOD, ORPHANED, SELLER, World

Act = Callable[[], object]
Plan = Mapping[int, Fault]
"""Which fault strikes which call of a try, counted from 0."""


def in_turn(*acts: Act) -> Act:
    def all_of_them() -> None:
        for act in acts:
            act()

    return all_of_them


def is_now(world: World, state: str) -> None:
    must(world.file().state == state, f"it should be {state}, and is {world.file().state}")


def confirm(world: World) -> Act:
    world.begin()
    return in_turn(world.confirm, partial(is_now, world, LIVE))


def confirm_in_parts(world: World) -> Act:
    world.begin_in_parts()
    return in_turn(world.confirm, partial(is_now, world, LIVE))


def confirm_a_replacement(world: World) -> Act:
    admitted(world, DELIVERABLE)
    first = world.file()
    new = world.upload(replaces=first.file_id, series=first.series, version=2)
    world.is_judged()  # only its reminder has it purged
    return in_turn(partial(world.confirm, new), partial(is_now, world, SUPERSEDED))


def issue(world: World) -> Act:
    world.begin()
    request = ImageUploadRequest(filename="cover.png", content_type="image/png", size=64)
    return lambda: uploads.issue(SELLER, IMAGE, world.product_id, request)


def issue_in_parts(world: World) -> Act:
    world.begin(DELIVERABLE)
    request = DeliverableUploadRequest(
        filename="brushes.zip", content_type="application/zip", size=64, strategy="multipart"
    )
    return lambda: uploads.issue(SELLER, DELIVERABLE, world.product_id, request)


def cancel_parts(world: World) -> Act:
    world.begin_in_parts()
    return in_turn(world.cancel, lambda: must(not world.stores.multiparts, "parts are left"))


def delete(world: World) -> Act:
    admitted(world)
    return in_turn(world.delete, partial(is_now, world, DELETED))


def restore(world: World) -> Act:
    deleted(world)
    return in_turn(world.restore, partial(is_now, world, LIVE))


def delete_product(world: World) -> Act:
    admitted(world)
    return world.delete_product


def render(world: World) -> Act:
    admitted(world)
    return world.render


def purge(world: World) -> Act:
    deleted(world, is_rendered=True)
    return lambda: world.run_sweep(FOR_GOOD)


def sweep(world: World) -> Act:
    an_orphan(world)
    return lambda: world.run_sweep(ORPHANED)


TIMES = {purge: FOR_GOOD, sweep: ORPHANED}
FLOWS = {
    flow.__name__: flow
    for flow in (
        confirm,
        confirm_in_parts,
        confirm_a_replacement,
        issue,
        issue_in_parts,
        cancel_parts,
        delete,
        restore,
        delete_product,
        render,
        purge,
        sweep,
    )
}


def one_try(world: World, name: str, act: Act, plan: Plan) -> int:
    """Do it, disturbed by a plan; returns the number of its calls."""
    numbers = itertools.count()
    world.stores.fault = lambda _: plan.get(next(numbers))
    actor = Actor(name, act, TIMES.get(FLOWS[name], START))
    try:
        play([actor], lambda _: 0, world.check)
    except AssertionError:
        # What the contract tells to repeat; and a run of the sweep, which comes again by itself.
        may_end = isinstance(actor.error, (Crash, StorageUnavailable, NotAdmittedYet)) or FLOWS[name] in TIMES
        if not plan or not may_end:
            raise
    finally:
        world.stores.fault = lambda _: None
    return actor.calls


def disturbed(world: World, name: str, plans: list[Plan]) -> None:
    """Try it with each plan in turn, then undisturbed; then let the time pass."""
    act = FLOWS[name](world)
    with noted(f"{name}: {plans}"):
        for plan in plans:
            one_try(world, name, act, plan)
        repeated(world, name, act)


def disturbed_twice(world: World, name: str, pairs: Iterable[tuple[Plan, Plan]]) -> None:
    """The same with each of these pairs of plans. What pairs in a row have in common is done once."""
    act = FLOWS[name](world)
    before = world.as_it_is()
    for first, same in itertools.groupby(pairs, key=itemgetter(0)):
        world.go_back(before)
        with noted(f"{name}: {first}"):
            one_try(world, name, act, first)
        between = world.as_it_is()
        for _, second in same:
            world.go_back(between)
            with noted(f"{name}: {first}, {second}"):
                one_try(world, name, act, second)
                repeated(world, name, act)


def repeated(world: World, name: str, act: Act) -> None:
    """Undisturbed, and then the time passes."""
    one_try(world, name, act, {})
    world.actors = []
    world.run_actors(lambda _: 0)


@contextlib.contextmanager
def noted(what: str) -> Iterator[None]:
    """Say with a failure what was being tried."""
    try:
        yield
    except AssertionError as error:
        error.add_note(what)
        raise


def single_faults(world: World, name: str) -> Iterator[Plan]:
    calls = one_try(world, name, FLOWS[name](world), {})
    for number, fault in itertools.product(range(calls), Fault):
        yield {number: fault}
