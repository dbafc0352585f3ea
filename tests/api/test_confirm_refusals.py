"""What step 3 refuses: no row changes, and nothing lies in the vault."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import admission, confirm, models
from chalicelib.ids import new_ulid
from chalicelib.models import Usage, usage_key
from chalicelib.settings import settings
from tests.api.aws import dynamodb, s3
from tests.api.conftest import Api, send, table, vault_keys
from tests.api.test_issue_refusals import refused
from tests.api.wire import Wire, s3_error
from tests.log_lines import SELLER
from tests.samples import image, png_header, with_long_metadata, zip_file

PNG = image("image/png")


@contextmanager
def nothing_changes() -> Iterator[None]:
    """The database and the vault are the same afterwards."""
    before = table(), vault_keys()
    yield
    assert (table(), vault_keys()) == before


def test_confirm_before_the_upload_is_refused_and_may_be_repeated(api: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")

    with nothing_changes():
        assert refused(api.confirm(issued), 409, "upload_not_received")["retryable"]
    send(issued, PNG)
    assert api.confirm(issued).status_code == 201


def test_confirm_of_an_upload_that_never_was_is_refused(api: Api, product: str) -> None:
    path = f"/products/{product}/images/uploads/{new_ulid(datetime.now(UTC))}/confirm"
    with nothing_changes():
        refused(api.post(path), 409, "upload_not_received")


def test_confirm_of_an_old_upload_says_that_it_has_expired(api: Api, product: str) -> None:
    path = f"/products/{product}/images/uploads/{new_ulid(datetime.now(UTC) - timedelta(hours=13))}/confirm"
    refused(api.post(path), 410, "upload_expired")


def test_staged_bytes_older_than_12_hours_are_refused(api: Api, product: str, monkeypatch: pytest.MonkeyPatch) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    monkeypatch.setattr(confirm, "CONFIRM_WITHIN", timedelta(seconds=-10))
    with nothing_changes():
        refused(api.confirm(issued), 410, "upload_expired")


@pytest.mark.parametrize(
    "upload_id",
    ["x", "01m82dbey0xwyfb1gnmf0dsg5z", "%2e%2e", "01M82DBEY0XWYFB1GNMF0DSG5Z~part", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"],
)
def test_an_upload_id_that_is_no_ulid_is_refused(api: Api, product: str, upload_id: str) -> None:
    answer = api.post(f"/products/{product}/images/uploads/{upload_id}/confirm")
    refused(answer, 400, "invalid_parameter", "/upload_id")


def test_bytes_of_another_type_are_refused(api: Api, product: str) -> None:
    script = b"#!/bin/sh\n"
    issued = api.issue(product, "image", script, "image/png")
    send(issued, script)
    with nothing_changes():
        body = refused(api.confirm(issued), 422, "content_type_mismatch")
    assert (body["expected"], body["actual"]) == ("image/png", "not of a type we know")
    assert not body["retryable"]


def test_bytes_of_another_size_are_refused(api: Api, product: str) -> None:
    """S3 refuses them by the form's policy; moto does not, and confirm does not rely on it."""
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG + b"more")
    with nothing_changes():
        body = refused(api.confirm(issued), 422, "size_mismatch")
    assert (body["expected"], body["actual"]) == (len(PNG), len(PNG) + 4)


def test_bytes_of_another_checksum_are_refused(api: Api, product: str) -> None:
    declared = "0" * 64
    issued = api.issue(product, "image", PNG, "image/png", sha256=declared)
    send(issued, PNG)
    before = table()
    body = refused(api.confirm(issued), 422, "checksum_mismatch")
    assert body["expected"] == declared
    assert table() == before


def test_an_image_with_too_many_pixels_is_refused(api: Api, product: str) -> None:
    bomb = png_header(50_000, 50_000)
    issued = api.issue(product, "image", bomb, "image/png")
    send(issued, bomb)
    with nothing_changes():
        refused(api.confirm(issued), 422, "image_too_large")


@pytest.mark.parametrize("content", [PNG[:18], with_long_metadata(image("image/jpeg")[:4], 1_300_000)])
def test_an_image_without_a_readable_header_is_refused(api: Api, product: str, content: bytes) -> None:
    content_type = "image/png" if content == PNG[:18] else "image/jpeg"
    issued = api.issue(product, "image", content, content_type)
    send(issued, content)
    with nothing_changes():
        refused(api.confirm(issued), 422, "image_unreadable")


def test_an_upload_is_confirmed_only_under_its_own_kind(api: Api, product: str) -> None:
    issued = api.issue(product, "deliverable", PNG, "image/png")
    send(issued, PNG)
    with nothing_changes():
        refused(api.confirm(issued, "image"), 409, "upload_not_received")


def test_an_upload_is_confirmed_only_under_its_own_product(api: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    issued["upload"]["product_id"] = api.product()
    with nothing_changes():
        refused(api.confirm(issued), 409, "upload_not_received")


def test_somebody_elses_upload_is_not_found_before_and_after_its_confirm(api: Api, stranger: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    with nothing_changes():
        refused(stranger.confirm(issued), 404, "not_found")
    assert api.confirm(issued).status_code == 201
    with nothing_changes():
        refused(stranger.confirm(issued), 404, "not_found")


def test_an_object_that_no_form_of_ours_wrote_is_refused(api: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    s3.put_object(Bucket=settings.staging_bucket, Key=issued["fields"]["key"], Body=PNG, ContentType="image/png")
    with nothing_changes():
        refused(api.confirm(issued), 409, "upload_not_received")


@pytest.mark.parametrize("claim", ["owner", "product", "kind", "upload"])
def test_an_object_with_the_claims_of_another_upload_is_refused(api: Api, product: str, claim: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    issued["fields"][f"x-amz-meta-{claim}"] = "another"
    send(issued, PNG)
    with nothing_changes():
        refused(api.confirm(issued), 409, "upload_not_received")


def test_a_cancelled_upload_is_gone(api: Api, product: str, wire: Wire) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    path = f"/products/{product}/images/uploads/{issued['upload']['id']}"
    for _ in range(2):
        assert api.call("DELETE", path).status_code == 204
    # moto does not say that a delete marker hides the object; S3 and ministack do
    marker = s3_error(404, "NoSuchKey", x_amz_delete_marker="true")
    with nothing_changes():
        wire.fail = lambda _, name: marker if name == "s3.GetObject" else None
        refused(api.confirm(issued), 410, "gone")


def test_cancelling_an_admitted_upload_leaves_the_file_alone(api: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    first = api.confirm(issued)
    assert api.call("DELETE", f"/products/{product}/images/uploads/{issued['upload']['id']}").status_code == 204
    again = api.confirm(issued)
    assert (again.status_code, again.body) == (200, first.body)


def test_cancelling_somebody_elses_upload_does_nothing(api: Api, stranger: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    stranger.call("DELETE", f"/products/{product}/images/uploads/{issued['upload']['id']}")
    assert api.confirm(issued).status_code == 201


def test_a_deleted_file_stays_gone_whatever_is_staged(api: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    file = api.confirm(issued).json_body
    api.call("DELETE", f"/products/{product}/images/{file['id']}")
    rows = table()
    refused(api.confirm(issued), 410, "gone")
    send(issued, PNG)
    refused(api.confirm(issued), 410, "gone")
    assert table() == rows


def test_a_tombstone_is_respected(api: Api, stranger: Api, product: str) -> None:
    """What the sweep writes before it deletes an orphan: a paused confirm must not bring it back."""
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    tombstone = {"pk": {"S": f"P#{product}"}, "sk": {"S": f"image#{issued['upload']['id']}"}}
    dynamodb.put_item(TableName=settings.table, Item={**tombstone, "type": {"S": "image"}, "state": {"S": "swept"}})
    rows = table()
    refused(api.confirm(issued), 410, "gone")
    refused(stranger.confirm(issued), 404, "not_found")
    assert table() == rows
    assert api.get(f"/products/{product}").json_body["images"] == []
    refused(api.post(f"/products/{product}/images/{issued['upload']['id']}/restore"), 404, "not_found")


def test_a_superseded_file_still_answers_its_confirm(api: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    file = api.confirm(issued).json_body
    api.add(product, "image", PNG, "image/png", replaces=file["id"])
    again = api.confirm(issued)
    assert (again.status_code, again.json_body["id"], again.json_body["state"]) == (200, file["id"], "superseded")


def test_a_late_duplicate_gets_the_first_answer_whatever_is_staged_by_then(api: Api, product: str) -> None:
    """The form can be used again after the confirm; what it brings decides nothing."""
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    first = api.confirm(issued)
    send(issued, b"#!/bin/sh\n".ljust(len(PNG)))
    again = api.confirm(issued)
    assert (again.status_code, again.body) == (200, first.body)
    send(issued, image("image/png", 65, 48).ljust(len(PNG))[: len(PNG)])
    assert api.confirm(issued).body == first.body


def test_a_product_deleted_meanwhile_is_not_found(api: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    api.call("DELETE", f"/products/{product}")
    rows = table()
    refused(api.confirm(issued), 404, "not_found")
    assert table() == rows


def test_a_product_filled_meanwhile_takes_no_more(api: Api, product: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    for _ in range(20):
        api.add(product, "image", PNG, "image/png")
    rows = table()
    refused(api.confirm(issued), 409, "limit_reached")
    assert table() == rows


def test_a_quota_used_up_meanwhile_holds(api: Api, product: str) -> None:
    Usage(*usage_key(SELLER), bytes=0, files=0, quota=len(PNG) * 2).save()
    issued = [api.issue(product, "image", PNG, "image/png") for _ in range(3)]
    for upload in issued:
        send(upload, PNG)
    assert [api.confirm(upload).status_code for upload in issued[:2]] == [201, 201]
    rows = table()
    refused(api.confirm(issued[2]), 429, "quota_exceeded")
    assert table() == rows


def test_a_sellers_own_quota_may_be_larger_than_the_usual_one(
    api: Api, product: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Usage(*usage_key(SELLER), bytes=settings.quota_bytes, files=1, quota=settings.quota_bytes * 2).save()
    assert api.add(product, "image", PNG, "image/png")["state"] == "live"
    assert api.get("/usage").json_body["bytes"] == settings.quota_bytes + len(PNG)


@pytest.mark.parametrize("written_by_hand", [{"type": {"S": "usage"}}, {}])
def test_a_quota_set_by_hand_for_a_new_seller_holds(api: Api, product: str, written_by_hand: dict[str, Any]) -> None:
    pk, sk = usage_key(SELLER)
    row = {"pk": {"S": pk}, "sk": {"S": sk}, "quota": {"N": str(len(PNG))}}
    issued = [api.issue(product, "image", PNG, "image/png") for _ in range(2)]
    for upload in issued:
        send(upload, PNG)
    dynamodb.put_item(TableName=settings.table, Item={**row, **written_by_hand})
    assert api.confirm(issued[0]).status_code == 201
    refused(api.confirm(issued[1]), 429, "quota_exceeded")
    assert api.get("/usage").json_body == {"bytes": len(PNG), "files": 1, "quota": len(PNG)}


def test_a_first_file_beyond_the_quota_is_refused(api: Api, product: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No usage row yet, and the quota was lowered between the steps."""
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    small = replace(settings, quota_bytes=10)
    monkeypatch.setattr(admission, "settings", small)
    monkeypatch.setattr(models, "settings", small)
    refused(api.confirm(issued), 429, "quota_exceeded")


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_what_is_replaced_must_still_be_live(api: Api, product: str, how: str) -> None:
    file = api.add(product, "deliverable", zip_file(), "application/zip")
    issued = api.issue(product, "deliverable", zip_file(), "application/zip", replaces=file["id"])
    send(issued, zip_file())
    if how == "deleted":
        api.call("DELETE", f"/products/{product}/deliverables/{file['id']}")
    else:
        api.add(product, "deliverable", zip_file(), "application/zip", replaces=file["id"])
    rows = table()
    refused(api.confirm(issued), 409, "version_mismatch")
    assert table() == rows


@pytest.mark.parametrize("call", ["s3.CopyObject", "second s3.GetObject"])
def test_a_version_removed_while_it_is_confirmed_is_told(api: Api, product: str, wire: Wire, call: str) -> None:
    content = with_long_metadata(image("image/jpeg"), 100_000) if call.startswith("second") else PNG
    content_type = "image/jpeg" if call.startswith("second") else "image/png"
    issued = api.issue(product, "image", content, content_type)
    version = send(issued, content)
    wire.calls.clear()

    def remove_first(number: int, name: str) -> None:
        if (number, name) in ((1, "s3.CopyObject"), (1, "s3.GetObject")):
            wire.fail = lambda *_: None
            s3.delete_object(Bucket=settings.staging_bucket, Key=issued["fields"]["key"], VersionId=version)

    before = table(), vault_keys()
    wire.calls.clear()
    wire.fail = remove_first
    assert refused(api.confirm(issued), 409, "upload_changed")["retryable"]
    assert (table(), vault_keys()) == before


def test_a_version_swapped_after_it_was_read_never_reaches_the_vault(api: Api, product: str, wire: Wire) -> None:
    """The attack that pinning by VersionId stops: other bytes appear between the check and the copy."""
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    wire.calls.clear()

    def swap(number: int, name: str) -> None:
        if name == "s3.CopyObject":
            wire.fail = lambda *_: None
            send(issued, b"#!/bin/sh\n".ljust(len(PNG)))

    wire.fail = swap
    assert api.confirm(issued).status_code == 201
    (key,) = vault_keys()
    assert s3.get_object(Bucket=settings.vault_bucket, Key=key)["Body"].read() == PNG
