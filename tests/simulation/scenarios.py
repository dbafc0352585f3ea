"""What meets what. Each scenario sets a world up, from its beginning to the actors that are about to begin."""

from collections.abc import Callable
from datetime import timedelta

from chalicelib import files, orphans, recovery
from chalicelib.kinds import DELIVERABLE, IMAGE, SWEEP_AFTER, Kind
from chalicelib.listing import Listed
from chalicelib.models import Usage, usage_key
from chalicelib.problems import ContentTypeMismatch, Gone, NotFound, QuotaExceeded, UploadChanged, VersionMismatch
from chalicelib.sweep_run import Run
from tests.simulation.environment import START, WINDOW
from tests.simulation.world import CONTENT, FOR_GOOD, ORPHANED, PARTS_ORPHANED, SELLER, World

Scenario = Callable[[World], None]

A_MINUTE = timedelta(minutes=1)
JUST_IN_TIME = START + WINDOW - A_MINUTE


def admitted(world: World, kind: Kind = IMAGE) -> None:
    world.begin(kind)
    world.confirm()


def deleted(world: World, kind: Kind = IMAGE, *, is_rendered: bool = False) -> None:
    admitted(world, kind)
    if is_rendered:
        world.render()
    world.delete()
    world.is_judged()


def an_orphan(world: World) -> None:
    """A copy in the vault, whose confirm died before it committed."""
    world.begin()
    world.crash(world.confirm, dies_at=2)


def confirm_and_sweep(world: World) -> None:
    world.begin()
    world.actor("confirm", world.confirm, START, Gone)
    world.actor("sweep", lambda: world.judge(ORPHANED), ORPHANED)


def confirm_again_and_sweep(world: World) -> None:
    an_orphan(world)
    world.actor("confirm", world.confirm, START, Gone)
    world.actor("sweep", lambda: world.judge(ORPHANED), ORPHANED)


def confirm_of_other_bytes_and_sweep(world: World) -> None:
    """The client has sent the file once more, so that the repeated confirm makes another copy."""
    an_orphan(world)
    world.send(world.upload_id)
    world.actor("confirm", world.confirm, START, Gone)
    world.actor("sweep", lambda: world.judge(ORPHANED), ORPHANED)


def confirm_twice(world: World) -> None:
    world.begin()
    world.actor("confirm", world.confirm)
    world.actor("confirm too", world.confirm)


def confirm_and_swap(world: World, kind: Kind = IMAGE) -> None:
    """Other bytes come while, before or after the first ones are looked at."""
    world.begin(kind)
    world.actor("confirm", world.confirm, START, ContentTypeMismatch)
    world.actor("swap", world.swap)


def confirm_and_delete(world: World) -> None:
    """A repeated confirm, while its file is taken away."""
    admitted(world)
    world.send(world.upload_id)
    world.actor("confirm again", world.confirm, START, Gone)
    world.actor("delete", world.delete)


def confirm_and_cancel(world: World) -> None:
    world.begin()
    world.actor("confirm", world.confirm, START, Gone, UploadChanged)
    world.actor("cancel", world.cancel)


def confirm_two_for_the_last_of_a_quota(world: World) -> None:
    world.begin()
    second = world.upload()
    Usage(*usage_key(SELLER), quota=len(CONTENT[world.kind.name][0])).save()
    world.actor("confirm", world.confirm, START, QuotaExceeded)
    world.actor("confirm the other", lambda: world.confirm(second), START, QuotaExceeded)


def confirm_and_delete_product(world: World) -> None:
    world.begin()
    world.actor("confirm", world.confirm, START, NotFound)
    world.actor("delete product", world.delete_product)


def confirm_of_a_replacement_and_delete(world: World) -> None:
    admitted(world)
    first = world.file()
    new = world.upload(replaces=first.file_id, series=first.series, version=2, position=first.position)
    world.actor("confirm", lambda: world.confirm(new), START, VersionMismatch)
    world.actor("delete", world.delete)


def confirm_of_parts_twice(world: World, dies_at: int | None = None) -> None:
    world.begin_in_parts()
    world.actor("confirm", world.confirm, dies_at=dies_at)
    world.actor("confirm too", world.confirm)


def confirm_of_parts_and_cancel(world: World) -> None:
    world.begin_in_parts()
    world.actor("confirm", world.confirm, START, Gone)
    world.actor("cancel", world.cancel)


def confirm_of_parts_and_sweep(world: World) -> None:
    """A confirm that paused for days: S3 dates what it completes by the beginning."""
    world.begin_in_parts()
    world.actor("confirm", world.confirm, START, Gone)
    world.actor("sweep", lambda: world.judge(PARTS_ORPHANED), PARTS_ORPHANED)


def confirm_of_parts_and_delete_product(world: World) -> None:
    world.begin_in_parts()
    world.actor("confirm", world.confirm, START, NotFound)
    world.actor("delete product", world.delete_product)


def confirm_and_render(world: World) -> None:
    world.begin()
    world.actor("confirm", world.confirm)
    world.actor("render", world.render)


def delete_and_render(world: World) -> None:
    admitted(world)
    world.actor("delete", world.delete)
    world.actor("render", world.render)


def delete_product_and_render(world: World) -> None:
    admitted(world)
    world.actor("delete product", world.delete_product)
    world.actor("render", world.render)


def render_twice(world: World) -> None:
    admitted(world)
    world.actor("render", world.render)
    world.actor("render again", world.render)


def render_and_purge(world: World) -> None:
    """An event that comes after weeks: nothing may be published that a purge is about to miss."""
    deleted(world)
    (reminder,) = world.reminders()
    world.actor("render", world.render, FOR_GOOD)
    world.actor("purge", lambda: world.follow(reminder, FOR_GOOD), FOR_GOOD)


def render_and_purge_of_the_product(world: World) -> None:
    admitted(world)
    world.delete_product()
    (reminder,) = world.reminders()
    world.actor("render", world.render, FOR_GOOD)
    world.actor("purge", lambda: world.follow(reminder, FOR_GOOD), FOR_GOOD)


def restore_and_purge(world: World) -> None:
    deleted(world, is_rendered=True)
    world.actor("restore", world.restore, JUST_IN_TIME, Gone, VersionMismatch)
    world.actor("purge", lambda: world.follow_reminders(FOR_GOOD), FOR_GOOD)


def restore_of_a_superseded_one_and_purge(world: World) -> None:
    """The live version gives way to it, and is recoverable in turn."""
    admitted(world, DELIVERABLE)
    first = world.file()
    world.confirm(world.upload(replaces=first.file_id, series=first.series, version=2))
    world.actor("restore", world.restore, JUST_IN_TIME, Gone, VersionMismatch)
    world.actor("purge", lambda: world.follow_reminders(FOR_GOOD), FOR_GOOD)


def restore_two_where_none_is_live(world: World) -> None:
    """Two versions of one series, both deleted: whichever comes second makes the other one give way."""
    admitted(world, DELIVERABLE)
    first = world.file()
    second = world.upload(replaces=first.file_id, series=first.series, version=2)
    world.confirm(second)
    world.delete()
    recovery.delete(SELLER, DELIVERABLE, world.product_id, second)
    world.actor("restore the first", world.restore, START, VersionMismatch)
    world.actor(
        "restore the second",
        lambda: recovery.restore(SELLER, DELIVERABLE, world.product_id, second),
        START,
        VersionMismatch,
    )


def delete_again_and_purge(world: World) -> None:
    """It was restored: the first reminder is about a time that is over, and only the second one may purge."""
    deleted(world, DELIVERABLE)
    world.restore()
    world.actor("delete again", world.delete, JUST_IN_TIME)
    world.actor("purge", lambda: world.follow_reminders(FOR_GOOD), FOR_GOOD)


def restore_delete_again_and_purge(world: World) -> None:
    deleted(world, DELIVERABLE)

    def change_my_mind() -> None:
        world.restore()
        world.delete()

    world.actor("restore and delete again", change_my_mind, JUST_IN_TIME, Gone, VersionMismatch)
    world.actor("purge", lambda: world.follow_reminders(FOR_GOOD), FOR_GOOD)


def download_and_purge(world: World) -> None:
    deleted(world, DELIVERABLE)

    def read() -> None:
        files.list_files(SELLER, DELIVERABLE, world.product_id, "recoverable")
        files.download(SELLER, DELIVERABLE, world.product_id, world.upload_id)

    world.actor("read", read, FOR_GOOD, Gone)
    world.actor("purge", lambda: world.follow_reminders(FOR_GOOD), FOR_GOOD)


def delete_and_sweep(world: World) -> None:
    admitted(world)
    world.actor("delete", world.delete, ORPHANED)
    world.actor("sweep", lambda: world.judge(ORPHANED), ORPHANED)


def purge_twice(world: World, dies_at: int | None = None, kind: Kind = DELIVERABLE) -> None:
    deleted(world, kind)
    (reminder,) = world.reminders()
    world.actor("purge", lambda: world.follow(reminder, FOR_GOOD), FOR_GOOD, dies_at=dies_at)
    world.actor("purge too", lambda: world.follow(reminder, FOR_GOOD), FOR_GOOD)


def purge_of_file_and_of_product(world: World, dies_at: int | None = None) -> None:
    deleted(world, DELIVERABLE)
    world.delete_product()
    of_product, of_file = sorted(world.reminders(), key=lambda reminder: reminder.of_sk != "product")
    world.actor("purge product", lambda: world.follow(of_product, FOR_GOOD), FOR_GOOD)
    world.actor("purge file", lambda: world.follow(of_file, FOR_GOOD), FOR_GOOD, dies_at=dies_at)


def sweep_twice(world: World, dies_at: int | None = None) -> None:
    """Two runs come upon the same orphan."""
    an_orphan(world)
    ((key, stored),) = world.stores.vault.objects.items()
    orphan = Listed(key, len(stored.body), stored.stored_at)

    def judge() -> None:
        orphans._judge(orphans.PASSES[0], [orphan], Run(ORPHANED))
        world.is_judged(ORPHANED - SWEEP_AFTER["post"])

    world.actor("sweep", judge, ORPHANED, dies_at=dies_at)
    world.actor("sweep too", judge, ORPHANED)


EXHAUSTIVE: dict[str, Scenario] = {
    made.__name__: made
    for made in (
        confirm_twice,
        confirm_and_swap,
        confirm_two_for_the_last_of_a_quota,
        confirm_and_delete,
        confirm_and_cancel,
        confirm_and_sweep,
        confirm_again_and_sweep,
        confirm_of_other_bytes_and_sweep,
        confirm_and_delete_product,
        confirm_of_a_replacement_and_delete,
        confirm_of_parts_twice,
        confirm_of_parts_and_cancel,
        confirm_of_parts_and_sweep,
        confirm_of_parts_and_delete_product,
        confirm_and_render,
        delete_and_render,
        delete_product_and_render,
        render_twice,
        render_and_purge,
        render_and_purge_of_the_product,
        restore_and_purge,
        restore_of_a_superseded_one_and_purge,
        restore_two_where_none_is_live,
        delete_again_and_purge,
        restore_delete_again_and_purge,
        download_and_purge,
        delete_and_sweep,
    )
} | {"purge_of_an_image_twice": lambda world: purge_twice(world, kind=IMAGE)}
WITH_A_DEATH: dict[str, Callable[[World, int | None], None]] = {
    made.__name__: made for made in (purge_twice, purge_of_file_and_of_product, sweep_twice, confirm_of_parts_twice)
}
