"""The sweep's way through the vault: what it takes for an orphan, what it leaves alone, and how far it comes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import confirm, sweep, vault
from chalicelib.ids import new_ulid
from chalicelib.kinds import DELIVERABLE, IMAGE, Kind, vault_key
from chalicelib.models import READY, Image, Tombstone, file_key
from chalicelib.problems import StorageUnavailable
from chalicelib.progress import Progress
from chalicelib.rows import Row
from chalicelib.settings import settings
from chalicelib.sweep_run import Finding, Run
from tests.api.aws import s3
from tests.api.conftest import Api, send, table, vault_keys
from tests.api.test_issue_refusals import refused
from tests.api.wire import Wire
from tests.samples import image

PNG = image("image/png")
NOW = datetime.now(UTC)
A_DAY_ON = timedelta(hours=25)


@pytest.fixture(autouse=True)
def swept_before(aws: None) -> None:
    """The first run of all looks for reminders of years, a call for each day."""
    Progress("SWEEP", "reminders", since=NOW.date().isoformat()).keep()


def swept(after: timedelta = A_DAY_ON, **how: Any) -> Run:
    """A run so long after now. moto dates what is stored by the real clock; the sweep takes all times from its run."""
    run = Run(datetime.now(UTC) + after, **how)
    sweep.sweep(run)
    return run


def copied(product: str, kind: Kind = IMAGE, upload: str | None = None, version: str = "one") -> str:
    """A copy in the vault, as a confirm makes it; returns its key."""
    key = vault_key(kind, product, upload or new_ulid(datetime.now(UTC)), version)
    s3.put_object(Bucket=settings.vault_bucket, Key=key, Body=PNG)
    return key


def orphaned(api: Api, product: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An upload whose confirm made its copy, and died."""

    def dies(*_: Any) -> None:
        raise StorageUnavailable("the end")

    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    with monkeypatch.context() as dying:
        dying.setattr(confirm, "admit", dies)
        refused(api.confirm(issued), 503, "storage_unavailable")
    assert len(vault_keys()) == 1
    return issued


def test_an_orphan_is_deleted_and_its_late_confirm_is_gone(
    api: Api, product: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = orphaned(api, product, monkeypatch)
    run = swept()
    assert vault_keys() == []
    assert (run.found, run.bytes, run.done) == ({"orphan": 1}, {"orphan": len(PNG)}, 1)
    refused(api.confirm(issued), 410, "gone")
    assert [row for row in Row.scan() if isinstance(row, Image)] == []


def test_what_a_late_confirm_copied_once_more_is_swept_the_day_after(
    api: Api, product: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = orphaned(api, product, monkeypatch)
    swept()
    refused(api.confirm(issued), 410, "gone")
    assert len(vault_keys()) == 1
    # moto dates the copy now, as if the first run had not been a day later: look at everything
    run = swept(2 * A_DAY_ON, in_full=True)
    assert (run.found, vault_keys()) == ({"leftover": 1}, [])


def test_a_tombstone_is_removed_by_its_ttl_in_epoch_seconds(api: Api, product: str) -> None:
    copied(product)
    run = swept()
    (tombstone,) = (row for row in table() if row["type"]["S"] == "tombstone")
    assert tombstone["state"] == {"S": "swept"}
    assert tombstone["expires_at"] == {"N": str(int((run.now + timedelta(days=30)).timestamp()))}


def test_what_is_younger_than_a_day_is_left_and_judged_by_a_later_run(product: str) -> None:
    key = copied(product)
    assert swept(timedelta(hours=23, minutes=50)).found == {}
    assert vault_keys() == [key]
    assert swept().found == {"orphan": 1}
    assert vault_keys() == []


@pytest.mark.parametrize("kind", ["image", "deliverable"])
def test_a_file_is_never_touched_as_long_as_it_can_be_had_back(api: Api, product: str, kind: str) -> None:
    first = api.add(product, kind, PNG, "image/png")
    api.add(product, kind, PNG, "image/png", replaces=first["id"])
    deleted = api.add(product, kind, PNG, "image/png")
    api.call("DELETE", f"/products/{product}/{kind}s/{deleted['id']}")
    for row in Image.query(f"P#{product}", Row.sk.startswith("image#")):
        row.update(actions=[Image.rendition_state.set(READY)])
    before, stored = table(), vault_keys()
    for run in (swept(), swept(timedelta(days=29)), swept(timedelta(days=29), in_full=True)):
        assert (run.found, run.done) == ({}, 0)
    assert vault_keys() == stored
    assert [row for row in table() if row["pk"] != {"S": "SWEEP"}] == [
        row for row in before if row["pk"] != {"S": "SWEEP"}
    ]


def test_an_image_that_nobody_rendered_is_rendered_when_its_object_has_been_judged(api: Api, product: str) -> None:
    file = api.add(product, "image", PNG, "image/png")
    assert swept().found == {}
    assert swept(timedelta(hours=26)).found == {"render": 1}
    assert api.get(f"/products/{product}/images").json_body["images"][0]["rendition_state"] == "ready"
    assert swept(timedelta(hours=27), in_full=True).found == {}
    assert file["rendition_state"] == "processing"


def test_a_file_whose_reminder_was_lost_is_purged_after_a_look_at_everything(api: Api, product: str) -> None:
    file = api.add(product, "deliverable", PNG, "image/png")
    api.call("DELETE", f"/products/{product}/deliverables/{file['id']}")
    for row in Row.scan():
        if row.pk.startswith("R#"):
            row.delete()
    swept(timedelta(days=33), in_full=True)
    assert swept(timedelta(days=33, hours=1)).found == {"purge": 1}
    assert vault_keys() == []


def test_an_object_whose_row_names_another_one_is_deleted(api: Api, product: str) -> None:
    file = api.add(product, "image", PNG, "image/png")
    (named,) = vault_keys()
    copied(product, upload=file["id"], version="the loser of a race")
    assert swept().found == {"leftover": 1}
    assert vault_keys() == [named]


def test_an_object_of_a_tombstone_is_deleted(product: str) -> None:
    upload = new_ulid(NOW)
    Tombstone(*file_key(product, IMAGE, upload)).save()
    copied(product, upload=upload)
    assert swept().found == {"leftover": 1}
    assert vault_keys() == []


def test_an_object_of_a_purged_row_is_deleted(api: Api, product: str) -> None:
    file = api.add(product, "image", PNG, "image/png")
    (row,) = (row for row in Row.scan() if isinstance(row, Image))
    row.update(actions=[Image.state.set("purged")])
    assert swept().found == {"leftover": 1}
    assert vault_keys() == []
    assert file["id"] == row.file_id


STRANGE_KEYS = [
    "images/0-strange",
    "images/zebra.png",
    "deliverables/2026-01-01/not/ours",
    "images/2026-01-01/01ARZ3NDEKTSV4RRFFQ69G5FAV/01ARZ3NDEKTSV4RRFFQ69G5FAV.0123456789abcdef",  # another day's id
]


@pytest.mark.parametrize("key", STRANGE_KEYS)
def test_a_key_that_is_not_ours_is_told_and_left(key: str) -> None:
    s3.put_object(Bucket=settings.vault_bucket, Key=key, Body=b"?")
    told: list[Finding] = []
    run = swept(tell=told.append)
    assert (run.found, run.done) == ({"unknown": 1}, 0)
    assert [finding.key for finding in told] == vault_keys() == [key]


def test_multipart_keys_are_left_for_eight_days(product: str) -> None:
    key = copied(product, DELIVERABLE).rpartition(".")[0] + ".2000.m"
    (post,) = vault_keys()
    s3.delete_object(Bucket=settings.vault_bucket, Key=post)
    s3.put_object(Bucket=settings.vault_bucket, Key=key, Body=PNG)
    for after in (A_DAY_ON, timedelta(days=7, hours=23)):
        assert swept(after).found == {}
    assert vault_keys() == [key]
    assert swept(timedelta(days=8, hours=1)).found == {"orphan": 1}
    assert vault_keys() == []


def test_a_confirm_that_commits_between_the_read_and_the_tombstone_wins(
    api: Api, product: str, monkeypatch: pytest.MonkeyPatch, wire: Wire
) -> None:
    issued = orphaned(api, product, monkeypatch)

    def before_the_tombstone(_: int, name: str) -> None:
        if name == "dynamodb.PutItem" and "s3.ListObjectsV2" in wire.calls:
            assert wire.calls[-2] == "dynamodb.BatchGetItem"
            wire.fail = lambda *_: None
            assert api.confirm(issued).status_code == 201

    wire.calls.clear()
    wire.fail = before_the_tombstone
    run = swept()
    assert (run.found, len(vault_keys())) == ({"orphan": 1}, 1)
    assert api.confirm(issued).status_code == 200
    assert [type(row) for row in Row.scan() if row.sk.startswith("image#")] == [Image]


def test_report_only_changes_nothing_and_finds_the_same(api: Api, product: str) -> None:
    file = api.add(product, "image", PNG, "image/png")
    gone = api.add(product, "deliverable", PNG, "image/png")
    api.call("DELETE", f"/products/{product}/deliverables/{gone['id']}")
    copied(product)
    copied(product, upload=file["id"], version="the loser of a race")
    s3.create_multipart_upload(Bucket=settings.vault_bucket, Key="deliverables/one")
    before, stored = table(), vault_keys()
    reported = swept(timedelta(days=31), report_only=True)
    assert (table(), vault_keys(), reported.done) == (before, stored, 0)
    assert len(s3.list_multipart_uploads(Bucket=settings.vault_bucket)["Uploads"]) == 1
    real = swept(timedelta(days=31))
    assert real.found == reported.found == {"orphan": 1, "leftover": 1, "purge": 1, "multipart": 1}
    assert real.bytes == reported.bytes
    assert real.done == 4


def test_a_run_stops_after_its_deletions_and_the_next_one_goes_on(product: str) -> None:
    for _ in range(5):
        copied(product)
    left = []
    for _ in range(4):
        run = swept(deletions_left=2)
        left.append((len(vault_keys()), run.done, run.exhausted))
    assert left == [(3, 2, True), (1, 2, True), (0, 1, False), (0, 0, False)]


def test_a_run_stops_at_its_deadline_and_the_next_one_goes_on(product: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        copied(product)
    passed: Iterator[int] = iter(range(1000))
    monkeypatch.setattr("chalicelib.sweep_run.time.monotonic", lambda: next(passed))
    run = swept(deadline=4)
    assert run.exhausted
    assert 0 < len(vault_keys()) < 5
    assert not swept().exhausted
    assert vault_keys() == []


def test_multipart_uploads_are_aborted_after_seven_days(monkeypatch: pytest.MonkeyPatch) -> None:
    s3.create_multipart_upload(Bucket=settings.vault_bucket, Key="deliverables/one")
    # moto says that every multipart upload was begun in 2010
    begun = datetime.now(UTC)
    there = [vault.OpenMultipart(item.key, item.s3_upload_id, begun) for item in vault.open_multiparts()]
    monkeypatch.setattr(vault, "open_multiparts", lambda: there)
    assert swept(timedelta(days=6, hours=23)).found == {}
    assert swept(timedelta(days=7, hours=1)).found == {"multipart": 1}
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=settings.vault_bucket)
    assert swept(timedelta(days=7, hours=1)).done == 1  # it was gone already, which is fine
