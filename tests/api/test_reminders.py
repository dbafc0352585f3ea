"""Reminders: written with what they are about, followed when they are due, and forgotten when they have done their part."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib import catalog, reminders, renditions
from chalicelib.ids import new_ulid
from chalicelib.kinds import DELIVERABLE, IMAGE
from chalicelib.models import File, Image, Product, file_key, product_key, read_rows
from chalicelib.reminders import Reminder
from tests.api.conftest import Api, send, table, vault_keys
from tests.api.purged import (  # noqa: F401 (two are fixtures)
    PNG,
    add_deleted,
    decoded,
    due,
    media_keys,
    row_of,
    swept,
    swept_before,
)
from tests.api.test_issue_refusals import refused
from tests.api.wire import Wire, cancelled, dynamodb_error
from tests.log_lines import SELLER


def test_an_image_whose_event_was_lost_is_rendered(api: Api, product: str) -> None:
    file_id = api.add(product, "image", PNG, "image/png")["id"]
    reminders.render_later(file_key(product, IMAGE, file_id), datetime.now(UTC))
    assert swept(timedelta(hours=1)).found == {"render": 1}
    row = row_of(product, "image", file_id)
    assert isinstance(row, Image)
    assert (row.rendition_state, media_keys(), due()) == ("ready", [f"{product}/{file_id}/320.jpg"], [])


def test_an_image_that_may_still_be_confirmed_keeps_its_reminder(api: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    reminders.render_later(file_key(product, IMAGE, issued["upload"]["id"]), datetime.now(UTC))
    swept(timedelta(hours=12, minutes=55))
    assert len(due()) == 1
    assert api.confirm(issued).status_code == 201
    swept(timedelta(hours=12, minutes=56))
    row = row_of(product, "image", issued["upload"]["id"])
    assert isinstance(row, Image)
    assert (row.rendition_state, due()) == ("ready", [])


def test_an_image_that_can_no_longer_be_confirmed_loses_its_reminder(product: str) -> None:
    reminders.render_later(file_key(product, IMAGE, new_ulid(datetime.now(UTC))), datetime.now(UTC))
    swept(timedelta(hours=13, minutes=1))
    assert due() == []


def test_one_that_fails_does_not_keep_others_waiting_and_is_tried_again(
    api: Api, product: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id = api.add(product, "image", PNG, "image/png")["id"]
    reminders.render_later(file_key(product, IMAGE, file_id), datetime.now(UTC))
    add_deleted(api, product)

    def broken(*_: Any) -> None:
        raise RuntimeError("the decoder does not run")

    with monkeypatch.context() as breaking:
        breaking.setattr(renditions, "decode", broken)
        run = swept()
    assert (run.failed, run.found) == (1, {"render": 1, "purge": 1})
    assert {reminder.what for reminder in due()} == {"render"}
    assert swept().failed == 0
    assert due() == []


Doing = Callable[[Api, str, dict[str, Any]], Any]
DOINGS: dict[str, Doing] = {
    "delete": lambda api, product, file: api.call("DELETE", f"/products/{product}/deliverables/{file['id']}"),
    "delete product": lambda api, product, _: api.call("DELETE", f"/products/{product}"),
    "replace": lambda api, product, file: api.add(product, "deliverable", PNG, "image/png", replaces=file["id"]),
}


@pytest.mark.parametrize("doing", DOINGS)
def test_a_reminder_is_written_with_what_it_is_about_in_one_transaction(
    api: Api, product: str, wire: Wire, doing: str
) -> None:
    file = api.add(product, "deliverable", PNG, "image/png")
    wire.calls.clear()
    DOINGS[doing](api, product, file)
    assert wire.calls.count("dynamodb.TransactWriteItems") == 1
    assert not {"dynamodb.PutItem", "dynamodb.UpdateItem"} & set(wire.calls)
    (reminder,) = due()
    of = product_key(product) if doing == "delete product" else file_key(product, DELIVERABLE, file["id"])
    (row,) = read_rows(reminder.of)
    assert reminder.of == of
    assert isinstance(row, (File, Product))
    assert reminder.due_at == row.purge_at


def test_a_restored_version_reminds_of_the_one_that_gave_way(api: Api, product: str) -> None:
    first = api.add(product, "deliverable", PNG, "image/png")
    second = api.add(product, "deliverable", PNG, "image/png", replaces=first["id"])
    assert api.post(f"/products/{product}/deliverables/{first['id']}/restore").status_code == 200
    assert [reminder.of[1].partition("#")[2] for reminder in due()] == [first["id"], second["id"]]
    swept()
    assert vault_keys() == [row_of(product, "deliverable", first["id"]).key]


def test_no_reminder_without_its_deletion(api: Api, product: str, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    file = api.add(product, "deliverable", PNG, "image/png")
    monkeypatch.setattr("time.sleep", lambda _: None)
    before = table()
    faults = (
        partial(cancelled, "None", "None", "ThrottlingError"),
        partial(dynamodb_error, 500, "InternalServerError"),
    )
    for fault in faults:
        wire.fail = lambda _, name, fault=fault: fault() if name == "dynamodb.TransactWriteItems" else None  # type: ignore[misc]
        for doing in ("delete", "delete product"):
            refused(DOINGS[doing](api, product, file), 503, "storage_unavailable")
    wire.fail = lambda *_: None
    assert table() == before


def test_a_refused_transaction_leaves_no_reminder(api: Api, product: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its condition is of another item than the reminder's."""
    api.call("DELETE", f"/products/{product}")
    before = table()
    catalog.delete_product(SELLER, product)
    assert table() == before


def test_a_reminder_made_again_is_the_same_row() -> None:
    at = datetime(2026, 3, 10, 12, tzinfo=UTC)
    there = [Reminder.make("purge", ("P#1", "product"), moment) for moment in (at, at.astimezone())]
    assert len({(row.pk, row.sk) for row in there}) == 1
    assert there[0].pk == "R#2026-03-10"
