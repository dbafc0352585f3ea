"""The suite can fail: each of these changes to the code, any of them a plausible slip, is caught.

By the orders of a scenario's calls, by the single faults of a flow, or by some stories; and what is caught by nothing,
because it is there twice by design, is listed with the reason.
"""

import inspect
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType

import pytest

from chalicelib import (
    admission,
    completion,
    confirm,
    multiparts,
    orphans,
    purges,
    recovery,
    renditions,
    storage,
    verification,
)
from chalicelib.kinds import DELIVERABLE
from tests.proving import EVERYTHING
from tests.simulation import scenarios
from tests.simulation.flows import disturbed, single_faults
from tests.simulation.scenarios import Scenario
from tests.simulation.story import Story
from tests.simulation.world import World, explore
from tests.tally import Proven


@dataclass(frozen=True)
class Edit:
    """Some text of a function, and what stands there instead."""

    module: ModuleType
    function: str
    old: str
    new: str

    def make(self, monkeypatch: pytest.MonkeyPatch) -> None:
        source = textwrap.dedent(inspect.getsource(getattr(self.module, self.function)))
        assert source.count(self.old) == 1, f"{self.function} is written otherwise by now: adapt this mutant"
        made: dict[str, Callable[..., object]] = {}
        exec(source.replace(self.old, self.new), vars(self.module), made)
        original = getattr(self.module, self.function)
        for name, module in list(sys.modules.items()):  # whoever has imported it by its name
            if name.startswith("chalicelib.") and getattr(module, self.function, None) is original:
                monkeypatch.setattr(module, self.function, made[self.function])


Killer = Callable[[World], object]


def orders_of(scenario: Scenario) -> Killer:
    """All orders of its calls."""
    return lambda world: explore(world, partial(scenario, world))


def faults_of(flow: str) -> Killer:
    """All single faults of its calls, and none of them."""

    def kill(world: World) -> None:
        disturbed(world, flow, [])
        for plan in list(single_faults(world, flow)):
            disturbed(world, flow, [plan])

    return kill


def stories(of: int) -> Killer:
    """So many of them."""

    def kill(world: World) -> None:
        for seed in range(of):
            Story(world.stores, seed).tell()

    return kill


UNTIL_ONE_FINDS_IT = stories(3_000)
ENOUGH = stories(400 if EVERYTHING else 100)

MUTANTS: dict[str, tuple[Killer, list[Edit]]] = {
    "sweep without a tombstone": (
        orders_of(scenarios.confirm_again_and_sweep),
        [Edit(orphans, "_put_tombstone", "tombstone.save(condition=Row.pk.does_not_exist())", "pass")],
    ),
    "tombstone over a row that is there": (
        orders_of(scenarios.confirm_again_and_sweep),
        [Edit(orphans, "_put_tombstone", "condition=Row.pk.does_not_exist()", "")],
    ),
    "sweep deletes before its tombstone": (
        orders_of(scenarios.confirm_again_and_sweep),
        [Edit(orphans, "_judge_one", "    run.spend()\n", "    run.spend()\n    vault.delete(item.key)\n")],
    ),
    "sweep trusts any row": (
        orders_of(scenarios.confirm_of_other_bytes_and_sweep),
        [Edit(orphans, "_refers_to", "row.key == item.key", "True")],
    ),
    "sweep leaves what it has no tombstone of its own for: other bytes": (
        orders_of(scenarios.confirm_of_other_bytes_and_sweep),
        [
            Edit(orphans, "_put_tombstone", "return tombstone", "return None"),
            Edit(orphans, "_judge_one", "_refers_to(_put_tombstone(place, run), item)", "_put_tombstone(place, run)"),
        ],
    ),
    "sweep leaves what it has no tombstone of its own for: a dead run": (
        orders_of(lambda world: scenarios.sweep_twice(world, dies_at=2)),
        [
            Edit(orphans, "_put_tombstone", "return tombstone", "return None"),
            Edit(orphans, "_judge_one", "_refers_to(_put_tombstone(place, run), item)", "_put_tombstone(place, run)"),
        ],
    ),
    "purge deletes before it marks": (
        orders_of(scenarios.restore_and_purge),
        [Edit(purges, "_purge", "        run.spend()\n", "        run.spend()\n        vault.delete(file.key)\n")],
    ),
    "purge marks whatever the state": (
        orders_of(scenarios.purge_twice),
        [Edit(purges, "_mark", "condition=due", "condition=None")],
    ),
    "purge marks what was restored": (
        orders_of(scenarios.restore_and_purge),
        [
            Edit(
                purges,
                "_mark",
                "if with_product else File.state.is_in(SUPERSEDED, DELETED)\n    if not with_product:",
                "\n    if False:",
            )
        ],
    ),
    "purge marks what was deleted again": (
        orders_of(scenarios.restore_delete_again_and_purge),
        [Edit(purges, "_mark", "due &= File.purge_at <= now", "pass")],
    ),
    "purge leaves what a dead run has marked": (
        orders_of(lambda world: scenarios.purge_twice(world, dies_at=2)),
        [Edit(purges, "_mark", "found.state == PURGED", "False")],
    ),
    "deletion without a reminder": (
        orders_of(scenarios.delete_and_sweep),
        [Edit(recovery, "delete", "reminders.purge_file(", "(lambda *_: None)(")],
    ),
    "restore without its state condition": (
        orders_of(scenarios.restore_and_purge),
        [Edit(recovery, "restore", "condition=File.state.is_in(DELETED, SUPERSEDED), ", "")],
    ),
    "confirm over a row that is there": (
        orders_of(scenarios.confirm_again_and_sweep),
        [Edit(admission, "_admission", "condition=Row.pk.does_not_exist(), ", "")],
    ),
    "render records without its condition": (
        orders_of(scenarios.render_twice),
        [Edit(renditions, "_record", "condition=(", "condition=None and (")],
    ),
    "render shortly before the purge": (
        orders_of(scenarios.render_and_purge),
        [Edit(renditions, "_waits", "and all(", "or all(")],
    ),
    "render shortly before the purge of the product": (
        orders_of(scenarios.render_and_purge_of_the_product),
        [Edit(renditions, "_waits", "product.purge_at if isinstance(product, Product) else None", "None")],
    ),
    "an event that comes too early is forgotten": (
        orders_of(scenarios.confirm_and_render),
        [  # and nobody looks when the object is judged
            Edit(renditions, "on_created", "reminders.render_later(", "(lambda *_: None)("),
            Edit(orphans, "_judge_one", "_remind(row, run)", "pass"),
        ],
    ),
    "copy of whatever lies there by now": (
        orders_of(scenarios.confirm_and_swap),
        [Edit(storage, "freeze", '"VersionId": staged.version_id', '"VersionId": None')],
    ),
    "commit before the copy": (
        orders_of(scenarios.confirm_twice),
        [
            Edit(
                confirm,
                "_freeze",
                "return storage.freeze(staged, file.key, file.content_type, content_disposition(file.filename))",
                "globals()['LATER'] = staged, file",
            ),
            Edit(
                confirm,
                "confirm",
                "    storage.discard_staged(staged_key)  # 5",
                "    storage.freeze(*((lambda of: (of[0], of[1].key, of[1].content_type, ''))(globals()['LATER'])))",
            ),
        ],
    ),
    "the declared type is believed": (
        orders_of(lambda world: scenarios.confirm_and_swap(world, DELIVERABLE)),
        [Edit(verification, "inspect", "inspection.check_type(kind, content_type, head)", "pass")],
    ),
    "a refusal does not look at the row first": (
        faults_of("confirm"),
        [Edit(confirm, "confirm", "if row is None or row.owner not in (owner, None):", "if True:")],
    ),
    "a refusal tells of a row without a look at its state": (
        orders_of(scenarios.confirm_and_delete),
        [Edit(confirm, "_first_answer", " and row.state in (LIVE, SUPERSEDED)", "")],
    ),
    "completed before is taken for gone": (
        faults_of("confirm_in_parts"),
        [Edit(completion, "completed_parts", "was_completed = True", "raise Gone('')")],
    ),
    "the row that was there is not told": (
        faults_of("confirm"),
        [Edit(admission, "admit", "cancelled.refused(0) and (winner", "False and (winner")],
    ),
    "admitted to a product that is deleted": (
        orders_of(scenarios.confirm_and_delete_product),
        [Edit(admission, "_admission", " & (Product.state == LIVE)", "")],
    ),
    "no limit of files in the transaction": (
        UNTIL_ONE_FINDS_IT,
        [Edit(admission, "_admission", "product_is_fine &= counter < kind.max_per_product", "pass")],
    ),
    "no quota in the transaction": (
        orders_of(scenarios.confirm_two_for_the_last_of_a_quota),
        [Edit(admission, "_admission", "has_room = Usage.bytes <= left", "has_room = Usage.bytes >= 0")],
    ),
    "what is replaced need not be live": (
        orders_of(scenarios.confirm_of_a_replacement_and_delete),
        [Edit(admission, "_admission", "(File.state == LIVE)\n                & ", "")],
    ),
    "a replacement takes a place of its own": (
        faults_of("confirm_a_replacement"),
        [Edit(admission, "_admission", "counter.add(0 if replaces else 1)", "counter.add(1)")],
    ),
    "a replaced file is not to be purged": (
        faults_of("confirm_a_replacement"),
        [
            Edit(
                admission,
                "_admission",
                "reminders.purge_file(write, file.product_id, kind, replaces, file.admitted_at + RECOVERY_WINDOW)",
                "pass",
            )
        ],
    ),
    "deleted twice": (
        faults_of("delete"),
        [Edit(recovery, "delete", "condition=(File.owner == owner) & (File.state == LIVE)", "condition=None")],
    ),
    "restored into what has changed": (
        orders_of(scenarios.restore_two_where_none_is_live),
        [Edit(recovery, "restore", "(Product.state == LIVE) & unchanged", "Product.state == LIVE")],
    ),
    "restored beside the live version": (
        orders_of(scenarios.restore_of_a_superseded_one_and_purge),
        [Edit(recovery, "restore", "actions=[File.state.set(SUPERSEDED),", "actions=[")],
    ),
    "purged without giving its bytes back": (
        faults_of("purge"),
        [Edit(purges, "_mark", "Usage.bytes.add(-file.size), ", "")],
    ),
    "purged, and its renditions stay": (
        faults_of("purge"),
        [Edit(purges, "_purge", "media.delete(file.product_id, file.file_id)", "pass")],
    ),
    "cancelled, and its parts stay": (
        faults_of("cancel_parts"),
        [Edit(multiparts, "abort", "s3.abort_multipart_upload(", "dict(")],
    ),
}

REDUNDANT: dict[str, tuple[str, Killer, list[Edit]]] = {
    "the owner of the product is not compared when a file is admitted": (
        "The claims name owner and product, and step 1 signed them together; a product never changes hands.",
        ENOUGH,
        [Edit(admission, "_admission", "(Product.owner == file.owner) & ", "")],
    ),
    "the owner of the file is not compared when it is deleted": (
        "It lies under its product's key, and the transaction compares the product's owner.",
        ENOUGH,
        [Edit(recovery, "delete", "(File.owner == owner) & ", "")],
    ),
    "a copy is made though there is one": (
        "The key has one possible content: it is written again as it was.",
        orders_of(scenarios.confirm_twice),
        [Edit(storage, "freeze", 'IfNoneMatch="*",', "")],
    ),
    "parts are joined though there is an object": (
        "S3 knows an upload of parts once only, and no other upload has its key.",
        orders_of(scenarios.confirm_of_parts_twice),
        [Edit(multiparts, "complete", 'IfNoneMatch="*",', "")],
    ),
    "the size of what came is not compared": (
        "S3 lets through a form of exactly the signed size only, and parts are compared before they are joined.",
        ENOUGH,
        [Edit(verification, "check_claims", "if size != claims.size:", "if False:")],
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_slip_is_caught(world: World, monkeypatch: pytest.MonkeyPatch, proven: Proven, mutant: str) -> None:
    killer, edits = MUTANTS[mutant]
    for edit in edits:
        edit.make(monkeypatch)
    with pytest.raises(AssertionError) as caught:
        killer(world)
    print(f"{mutant}: {caught.value}")
    proven("mutants killed", 1)


@pytest.mark.parametrize("mutant", REDUNDANT)
def test_what_is_there_twice_is_missed_by_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, proven: Proven, mutant: str
) -> None:
    reason, killer, edits = REDUNDANT[mutant]
    for edit in edits:
        edit.make(monkeypatch)
    killer(world)
    print(f"{mutant}: survives. {reason}")
    proven("mutants that survive by design, each with its reason", 1)
