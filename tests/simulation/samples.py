"""What meets what, where several meet: too many orders to go through all of them."""

from chalicelib.kinds import DELIVERABLE
from chalicelib.problems import Gone, NotFound, Problem
from tests.simulation.environment import START
from tests.simulation.scenarios import A_MINUTE, JUST_IN_TIME, Scenario, admitted, an_orphan, deleted
from tests.simulation.world import FOR_GOOD, ORPHANED, World


def all_at_once(world: World) -> None:
    """A confirm that is repeated, a sweep that takes its copy for an orphan, a deletion, an event."""
    an_orphan(world)
    world.actor("confirm", world.confirm, START, Gone)
    world.actor("sweep", lambda: world.judge(ORPHANED), ORPHANED)
    world.actor("delete", world.delete, START, NotFound)
    world.actor("render", world.render)


def two_whole_runs(world: World) -> None:
    """With something to do for each step: a file to purge, an orphan, and a restore in the last minute."""
    deleted(world, DELIVERABLE)
    kept, world.upload_id = world.upload_id, world.upload()
    world.crash(world.confirm, dies_at=2)
    world.upload_id = kept
    world.is_judged(START - A_MINUTE)
    for name in ("sweep", "sweep too"):
        world.actor(name, lambda: world.run_sweep(FOR_GOOD), FOR_GOOD)
    world.actor("restore", world.restore, JUST_IN_TIME, Problem)


def the_end_of_a_product(world: World) -> None:
    """Two runs purge a product of several files, while one of them is confirmed, deleted, or rendered late."""
    admitted(world)
    second, world.upload_id = world.upload_id, world.upload()
    world.confirm()
    world.delete_product()
    reminders = world.reminders()

    def follow_all() -> None:
        for reminder in reminders:
            world.follow(reminder, FOR_GOOD)

    for name in ("purge", "purge too"):
        world.actor(name, follow_all, FOR_GOOD)
    world.actor("render", world.render, FOR_GOOD)
    world.actor("confirm again", lambda: world.confirm(second), START, Problem)


SAMPLED: dict[str, Scenario] = {made.__name__: made for made in (all_at_once, two_whole_runs, the_end_of_a_product)}
