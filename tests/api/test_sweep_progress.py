"""The sweep judges what is new, once; what was judged costs nothing any more."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib import sweep, vault
from chalicelib.listing import Listed
from chalicelib.models import Tombstone
from chalicelib.orphans import PASSES, sweep_pass
from chalicelib.progress import Progress
from chalicelib.sweep_run import Run
from tests.simulation.full_vault import A_DAY, NOW, add_orphans, calls_of_a_run, fill
from tests.simulation.stores import Stores, stand_in

AN_HOUR = timedelta(hours=1)
READ, TOMBSTONE, REMOVE = "dynamodb.BatchGetItem", "dynamodb.PutItem", "s3.DeleteObject"


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Stores:
    return stand_in(monkeypatch, NOW)


def test_a_run_costs_the_same_in_a_vault_ten_times_as_full(stores: Stores) -> None:
    costs = []
    for files in (1_000, 10_000):
        stores.clear()
        fill(stores, files)
        add_orphans(stores, 100)
        costs.append(calls_of_a_run(stores))
    assert costs[0] == costs[1]
    assert costs[0][REMOVE] == 100


def test_a_run_without_anything_new_reads_no_row_of_a_file(stores: Stores) -> None:
    fill(stores, 1_000)
    calls = calls_of_a_run(stores)
    # how far each of the three passes and the reminders came; the day's reminders; and what there is of the last days
    assert calls[READ] == calls[TOMBSTONE] == 4
    assert calls["dynamodb.Query"] == 1
    assert calls["s3.ListObjectsV2"] == 3
    assert calls.total() == 13


def test_what_was_judged_is_not_judged_again(stores: Stores) -> None:
    fill(stores, 200)
    Progress("SWEEP", "images/post").delete()  # as in a first run
    assert calls_of_a_run(stores)[READ] == 4 + 2
    assert calls_of_a_run(stores, Run(NOW + AN_HOUR))[READ] == 4


def test_in_full_looks_at_everything_again(stores: Stores) -> None:
    fill(stores, 200)
    lost = stores.table.items.pop(next(key for key in stores.table.items if key[1].startswith("image#")))
    assert calls_of_a_run(stores)[REMOVE] == 0
    calls = calls_of_a_run(stores, Run(NOW, in_full=True))
    assert (calls[READ], calls[REMOVE]) == (4 + 2, 1)
    assert lost["key"]["S"] not in stores.vault.objects


def test_monthly_in_full_looks_at_everything_once_a_month(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(stores, 200)

    def rows_read(run: Run) -> int:
        stores.calls.clear()
        sweep_pass(PASSES[0], run, monthly_in_full=True)
        return stores.calls[READ] - 1

    april = NOW.replace(month=4, day=1)
    runs = (Run(NOW), Run(NOW + AN_HOUR), Run(april, report_only=True), Run(april), Run(april + AN_HOUR))
    # the fourth is of another month, and the third kept nothing of what it did
    assert [rows_read(run) for run in runs] == [2, 0, 2, 2, 0]


def test_pages_of_objects_and_of_rows_are_all_judged(stores: Stores) -> None:
    fill(stores, 2_500, files_a_day=2_500)
    add_orphans(stores, 1_050)
    run = Run(NOW, in_full=True)
    calls = calls_of_a_run(stores, run)
    assert run.found == {"orphan": 1_050}
    assert len(stores.vault.objects) == 2_500
    assert calls["s3.ListObjectsV2"] == 4 + 2  # four pages of images; two looks at no deliverables
    assert calls[READ] == 4 + 10 + 10 + 10 + 6


def test_two_objects_of_one_upload_share_a_row_that_is_asked_for_once(stores: Stores) -> None:
    """BatchGetItem refuses a request that names a key twice."""
    fill(stores, 3)
    for key in list(stores.vault.objects):
        stores.vault.put(key[:-1] + ("0" if key[-1] != "0" else "1"), stores.vault.objects[key])
    run = Run(NOW, in_full=True)
    calls_of_a_run(stores, run)
    assert run.found == {"leftover": 3}
    assert len(stores.vault.objects) == 3


def test_two_orphans_of_one_upload_are_both_removed(stores: Stores) -> None:
    fill(stores, 0)
    add_orphans(stores, 1)
    (key,) = stores.vault.objects
    stores.vault.put(key[:-1] + ("0" if key[-1] != "0" else "1"), stores.vault.objects[key])
    run = Run(NOW)
    calls_of_a_run(stores, run)
    assert (run.found, len(stores.vault.objects)) == ({"orphan": 2}, 0)
    assert [type(row) for row in stores.rows() if row.pk != "SWEEP"] == [Tombstone]


def test_a_run_that_stopped_goes_on_behind_the_page_it_had_judged(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(stores, 0)
    add_orphans(stores, 2_500)
    run = Run(NOW, deletions_left=1_200)
    calls_of_a_run(stores, run)
    progress = Progress.of("images/post")
    assert (run.exhausted, run.done) == (True, 1_200)
    assert progress.judging_until == NOW - A_DAY
    assert progress.after is not None
    left = sorted(stores.vault.objects)
    assert progress.after < left[0]
    asked: list[str] = []
    pages = vault.pages

    def noted(prefix: str, after: str) -> Iterator[list[Listed]]:
        asked.append(after)
        return pages(prefix, after)

    monkeypatch.setattr(vault, "pages", noted)
    run = Run(NOW + AN_HOUR)
    sweep.sweep(run)
    assert asked[0] == progress.after
    assert (run.exhausted, len(stores.vault.objects)) == (False, 0)
    # and then with what has reached the age since then
    assert Progress.of("images/post").judged_until == NOW + AN_HOUR - A_DAY
