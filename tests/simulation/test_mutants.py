"""The suite can fail: each of these changes to the code, any of them a plausible slip, is caught by a scenario."""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType

import pytest

from chalicelib import admission, orphans, purges, recovery, renditions
from tests.simulation import scenarios
from tests.simulation.invariants import Violation
from tests.simulation.scenarios import Scenario
from tests.simulation.world import World, explore


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
        monkeypatch.setattr(self.module, self.function, made[self.function])


MUTANTS: dict[str, tuple[Scenario, list[Edit]]] = {
    "sweep without a tombstone": (
        scenarios.confirm_again_and_sweep,
        [Edit(orphans, "_put_tombstone", "tombstone.save(condition=Row.pk.does_not_exist())", "pass")],
    ),
    "tombstone over a row that is there": (
        scenarios.confirm_again_and_sweep,
        [Edit(orphans, "_put_tombstone", "condition=Row.pk.does_not_exist()", "")],
    ),
    "sweep deletes before its tombstone": (
        scenarios.confirm_again_and_sweep,
        [Edit(orphans, "_judge_one", "    run.spend()\n", "    run.spend()\n    vault.delete(item.key)\n")],
    ),
    "sweep trusts any row": (
        scenarios.confirm_of_other_bytes_and_sweep,
        [Edit(orphans, "_refers_to", "row.key == item.key", "True")],
    ),
    "sweep leaves what it has no tombstone of its own for: other bytes": (
        scenarios.confirm_of_other_bytes_and_sweep,
        [
            Edit(orphans, "_put_tombstone", "return tombstone", "return None"),
            Edit(orphans, "_judge_one", "_refers_to(_put_tombstone(place, run), item)", "_put_tombstone(place, run)"),
        ],
    ),
    "sweep leaves what it has no tombstone of its own for: a dead run": (
        lambda world: scenarios.sweep_twice(world, dies_at=2),
        [
            Edit(orphans, "_put_tombstone", "return tombstone", "return None"),
            Edit(orphans, "_judge_one", "_refers_to(_put_tombstone(place, run), item)", "_put_tombstone(place, run)"),
        ],
    ),
    "purge deletes before it marks": (
        scenarios.restore_and_purge,
        [Edit(purges, "_purge", "        run.spend()\n", "        run.spend()\n        vault.delete(file.key)\n")],
    ),
    "purge marks whatever the state": (
        scenarios.purge_twice,
        [Edit(purges, "_mark", "condition=due", "condition=None")],
    ),
    "purge marks what was restored": (
        scenarios.restore_and_purge,
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
        scenarios.restore_delete_again_and_purge,
        [Edit(purges, "_mark", "due &= File.purge_at <= now", "pass")],
    ),
    "purge leaves what a dead run has marked": (
        lambda world: scenarios.purge_twice(world, dies_at=2),
        [Edit(purges, "_mark", "found.state == PURGED", "False")],
    ),
    "deletion without a reminder": (
        scenarios.delete_and_sweep,
        [Edit(recovery, "delete", "reminders.purge_file(", "(lambda *_: None)(")],
    ),
    "restore without its state condition": (
        scenarios.restore_and_purge,
        [Edit(recovery, "restore", "condition=File.state.is_in(DELETED, SUPERSEDED), ", "")],
    ),
    "confirm over a row that is there": (
        scenarios.confirm_again_and_sweep,
        [Edit(admission, "_admission", "condition=Row.pk.does_not_exist(), ", "")],
    ),
    "render records without its condition": (
        scenarios.render_twice,
        [Edit(renditions, "_record", "condition=(", "condition=None and (")],
    ),
    "render shortly before the purge": (
        scenarios.render_and_purge,
        [Edit(renditions, "_waits", "and all(", "or all(")],
    ),
    "render shortly before the purge of the product": (
        scenarios.render_and_purge_of_the_product,
        [Edit(renditions, "_waits", "product.purge_at if isinstance(product, Product) else None", "None")],
    ),
    "an event that comes too early is forgotten": (
        scenarios.confirm_and_render,
        [  # and nobody looks when the object is judged
            Edit(renditions, "on_created", "reminders.render_later(", "(lambda *_: None)("),
            Edit(orphans, "_judge_one", "_remind(row, run)", "pass"),
        ],
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_slip_is_caught(world: World, monkeypatch: pytest.MonkeyPatch, mutant: str) -> None:
    scenario, edits = MUTANTS[mutant]
    for edit in edits:
        edit.make(monkeypatch)
    with pytest.raises(Violation) as caught:
        explore(world, partial(scenario, world))
    print(f"{mutant}: {caught.value}")
