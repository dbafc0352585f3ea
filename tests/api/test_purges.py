"""What was deleted or replaced goes for good when its time is over, once, and gives back what it took."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import purges, reminders
from chalicelib.problems import StorageUnavailable
from chalicelib.progress import Progress
from chalicelib.sweep_run import Run
from tests.api.conftest import Api, table, vault_keys
from tests.api.purged import (  # noqa: F401 (two are fixtures)
    PNG,
    add_deleted,
    add_image,
    decoded,
    due,
    media_keys,
    row_of,
    swept,
    swept_before,
    taken,
)
from tests.api.test_issue_refusals import refused
from tests.api.wire import Wire, dynamodb_error, s3_error


@pytest.mark.parametrize("kind", ["image", "deliverable"])
def test_a_deleted_file_is_purged_when_its_time_is_over(api: Api, product: str, kind: str) -> None:
    kept = add_image(api, product)
    file_id = add_deleted(api, product, kind)
    run = swept()
    assert (run.found, run.bytes, run.done) == ({"purge": 1}, {"purge": len(PNG)}, 1)
    assert vault_keys() == [row_of(product, "image", kept).key]
    assert {key.split("/")[1] for key in media_keys()} == {kept}
    assert taken() == (len(PNG), 1)
    assert due() == []
    row = next(row for row in table() if row["sk"]["S"] == f"{kind}#{file_id}")
    assert row["state"] == {"S": "purged"}
    assert row["expires_at"] == {"N": str(int((run.now + timedelta(days=30)).timestamp()))}


@pytest.mark.parametrize("with_product", [False, True])
def test_a_purged_row_expires_only_once_its_original_and_its_renditions_are_gone(
    api: Api, product: str, wire: Wire, *, with_product: bool
) -> None:
    file_id = add_image(api, product)
    api.call("DELETE", f"/products/{product}" if with_product else f"/products/{product}/images/{file_id}")
    refusals = iter([s3_error(403, "AccessDenied")])
    wire.fail = lambda _, name: next(refusals, None) if name == "s3.DeleteObject" else None
    assert swept().failed == 1
    row = row_of(product, "image", file_id).to_dynamodb_dict()
    assert (row["state"], "expires_at" in row) == ({"S": "purged"}, False)
    assert (len(media_keys()), len(due())) == (1, 1)

    swept()
    assert "expires_at" in row_of(product, "image", file_id).to_dynamodb_dict()
    assert (vault_keys(), media_keys(), due()) == ([], [], [])


def test_nothing_is_purged_before_its_time(api: Api, product: str) -> None:
    add_deleted(api, product)
    before = [row for row in table() if row["pk"] != {"S": "SWEEP"}]
    assert swept(timedelta(days=29, hours=23)).found == {}
    assert [row for row in table() if row["pk"] != {"S": "SWEEP"}] == before
    assert len(vault_keys()) == 1


def test_a_purge_happens_once(api: Api, product: str) -> None:
    add_deleted(api, product)
    api.add(product, "deliverable", PNG, "image/png")
    for found in ({"purge": 1}, {}, {}):
        assert swept().found == found
        assert taken() == (len(PNG), 1)


def test_a_restored_file_only_loses_its_reminder(api: Api, product: str) -> None:
    file_id = add_deleted(api, product)
    assert api.post(f"/products/{product}/deliverables/{file_id}/restore").status_code == 200
    row = row_of(product, "deliverable", file_id).to_dynamodb_dict()
    run = swept()
    assert (run.found, due()) == ({}, [])
    assert row_of(product, "deliverable", file_id).to_dynamodb_dict() == row
    assert len(vault_keys()) == 1
    assert taken() == (len(PNG), 1)


def test_a_file_that_was_deleted_again_is_purged_by_the_later_reminder(api: Api, product: str) -> None:
    file_id = add_deleted(api, product)
    api.post(f"/products/{product}/deliverables/{file_id}/restore")
    (first,) = due()
    api.call("DELETE", f"/products/{product}/deliverables/{file_id}")
    _, second = due()
    purges.follow_reminders(Run(first.due_at))
    assert [reminder.due_at for reminder in due()] == [second.due_at]
    assert row_of(product, "deliverable", file_id).state == "deleted"
    purges.follow_reminders(Run(second.due_at))
    assert due() == []
    assert row_of(product, "deliverable", file_id).state == "purged"


def test_a_superseded_version_is_purged_and_the_live_one_is_not(api: Api, product: str) -> None:
    first = api.add(product, "deliverable", PNG, "image/png")
    second = api.add(product, "deliverable", PNG, "image/png", replaces=first["id"])
    assert swept().found == {"purge": 1}
    assert vault_keys() == [row_of(product, "deliverable", second["id"]).key]
    assert taken() == (len(PNG), 1)


def test_a_product_is_purged_with_all_it_has(api: Api, product: str) -> None:
    other = api.product("Another")
    kept = api.add(other, "deliverable", PNG, "image/png")
    add_image(api, product)
    first = api.add(product, "deliverable", PNG, "image/png")
    api.add(product, "deliverable", PNG, "image/png", replaces=first["id"])
    add_deleted(api, product, "image")
    assert api.call("DELETE", f"/products/{product}").status_code == 204
    assert swept(timedelta(days=29)).found == {}
    assert swept().found == {"purge": 4}
    assert vault_keys() == [row_of(other, "deliverable", kept["id"]).key]
    assert (media_keys(), due()) == ([], [])
    assert taken() == (len(PNG), 1)
    states = {row["state"]["S"] for row in table() if row["pk"]["S"] == f"P#{product}"}
    assert states == {"purged"}
    assert all("expires_at" in row for row in table() if row["pk"]["S"] == f"P#{product}")


def test_a_product_with_more_files_than_a_run_may_delete_is_purged_by_several(api: Api, product: str) -> None:
    for _ in range(5):
        api.add(product, "deliverable", PNG, "image/png")
    api.call("DELETE", f"/products/{product}")
    seen = [(run.done, run.exhausted) for run in (swept(deletions_left=2) for _ in range(4))]
    assert seen == [(2, True), (2, True), (1, False), (0, False)]
    assert (vault_keys(), due(), taken()) == ([], [], (0, 0))


def test_the_purge_of_a_product_is_reported_and_nothing_is_done(api: Api, product: str) -> None:
    add_image(api, product)
    api.call("DELETE", f"/products/{product}")
    before = table()
    assert swept(report_only=True).found == {"purge": 1}
    assert table() == before
    assert len(vault_keys()) == len(media_keys()) == 1


def test_the_backlog_of_a_run_that_stops_is_told(api: Api, product: str) -> None:
    for _ in range(4):
        add_deleted(api, product)
    run = swept(deletions_left=1)
    assert (run.exhausted, run.purge_backlog) == (True, 3)
    run = swept()
    assert (run.exhausted, run.purge_backlog, vault_keys()) == (False, 0, [])


def test_a_first_run_after_months_of_reports_finds_every_reminder(
    api: Api, product: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_deleted(api, product)
    Progress("SWEEP", "reminders").delete()
    monkeypatch.setattr(reminders, "EARLIEST", datetime.now(UTC).date())  # it is long ago
    assert swept(timedelta(days=100), report_only=True).found == {"purge": 1}
    assert swept(timedelta(days=100)).found == {"purge": 1}
    assert vault_keys() == []


def test_a_restore_between_the_read_and_the_mark_wins(api: Api, product: str, wire: Wire) -> None:
    file_id = add_deleted(api, product)

    def before_the_mark(_: int, name: str) -> None:
        if name == "dynamodb.TransactWriteItems":
            wire.fail = lambda *_: None
            assert api.post(f"/products/{product}/deliverables/{file_id}/restore").status_code == 200

    wire.fail = before_the_mark
    swept()
    assert row_of(product, "deliverable", file_id).state == "live"
    assert len(vault_keys()) == 1
    assert taken() == (len(PNG), 1)


def test_a_restore_after_the_mark_is_too_late(api: Api, product: str, wire: Wire) -> None:
    file_id = add_deleted(api, product)

    def before_the_deletion(_: int, name: str) -> None:
        if name == "s3.DeleteObject":
            wire.fail = lambda *_: None
            refused(api.post(f"/products/{product}/deliverables/{file_id}/restore"), 410, "gone")

    wire.fail = before_the_deletion
    swept()
    assert vault_keys() == []


@pytest.mark.parametrize(("files", "ends_the_run"), [(2, False), (3, True)])
def test_a_store_that_is_down_ends_the_run_and_leaves_the_rest_to_the_next(
    api: Api, product: str, wire: Wire, monkeypatch: pytest.MonkeyPatch, files: int, ends_the_run: bool
) -> None:
    for _ in range(files):
        add_deleted(api, product)
    monkeypatch.setattr("time.sleep", lambda _: None)
    fault = dynamodb_error(500, "InternalServerError")
    wire.fail = lambda _, name: fault if name == "dynamodb.TransactWriteItems" else None
    if ends_the_run:
        with pytest.raises(StorageUnavailable):
            swept()
    else:
        assert swept().failed == files
    wire.fail = lambda *_: None
    assert swept().found == {"purge": files}
    assert (vault_keys(), due()) == ([], [])
