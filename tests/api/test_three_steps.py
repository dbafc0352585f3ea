"""The main job, and what it costs in calls."""

import base64
import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.settings import settings
from tests.api.aws import s3
from tests.api.conftest import Api, send, table, vault_keys
from tests.api.wire import Wire
from tests.log_lines import SELLER
from tests.samples import image, with_long_metadata, zip_file


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/webp", "image/avif"])
def test_an_image_is_admitted_with_the_facts_of_its_bytes(api: Api, product: str, content_type: str) -> None:
    content = image(content_type, 640, 480)

    file = api.add(product, "image", content, content_type, alt="A brush", filename="größe 😀.png")

    assert (file["width"], file["height"], file["content_type"], file["size"]) == (640, 480, content_type, len(content))
    assert (file["state"], file["alt"], file["filename"]) == ("live", "A brush", "größe 😀.png")
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    (shown,) = api.get(f"/products/{product}").json_body["images"]
    assert shown == file | {"original_url": shown["original_url"]}
    assert (file["rendition_state"], file["original_url"]) == ("processing", None)
    (key,) = vault_keys()
    assert key.startswith(f"images/{file['admitted_at'][:10]}/{product}/{file['id']}.")


def test_a_deliverable_is_admitted_and_counted(api: Api, product: str) -> None:
    content = zip_file()

    file = api.add(product, "deliverable", content, "application/zip", filename="brushes.zip")

    assert (file["series"], file["version"]) == (file["id"], 1)
    read = api.get(f"/products/{product}").json_body
    assert (read["image_count"], read["deliverable_count"], read["deliverables"]) == (0, 1, [file])
    assert api.get("/usage").json_body == {"bytes": len(content), "files": 1, "quota": settings.quota_bytes}


def test_the_copy_in_the_vault_carries_nothing_the_uploader_wrote(api: Api, product: str) -> None:
    api.add(product, "deliverable", zip_file(), "application/zip", filename='a "b".zip')

    (key,) = vault_keys()
    frozen = s3.head_object(Bucket=settings.vault_bucket, Key=key)
    assert frozen["Metadata"] == {}
    assert frozen["ContentType"] == "application/zip"
    assert frozen["ContentDisposition"].startswith("attachment; filename=\"a _b_.zip\"; filename*=UTF-8''a%20%22b")


def test_nothing_is_staged_after_the_confirm_however_often_it_was_sent(api: Api, product: str, wire: Wire) -> None:
    content = image("image/png")
    issued = api.issue(product, "image", content, "image/png")
    for _ in range(3):
        send(issued, content)
    first = api.confirm(issued)

    assert s3.list_objects_v2(Bucket=settings.staging_bucket)["KeyCount"] == 0
    wire.calls.clear()
    assert api.confirm(issued).body == first.body
    assert wire.calls == ["s3.GetObject", "dynamodb.BatchGetItem"]
    assert len(vault_keys()) == 1


def test_step_1_asks_for_the_rows_and_the_list_before_it_waits_for_either(api: Api, product: str, wire: Wire) -> None:
    asked_by_then: list[tuple[str, list[str]]] = []
    wire.calls.clear()
    wire.fail_after = lambda number, name: asked_by_then.append((name, list(wire.calls)))
    api.issue(product, "image", image("image/png"), "image/png")
    both = ["dynamodb.BatchGetItem", "s3.ListObjectsV2"]
    assert asked_by_then == [("s3.ListObjectsV2", both), ("dynamodb.BatchGetItem", both)]


def test_nothing_is_written_to_the_database_before_the_confirm(api: Api, product: str) -> None:
    before = table()

    content = image("image/png")
    issued = api.issue(product, "image", content, "image/png")
    send(issued, content)

    assert table() == before
    assert api.confirm(issued).status_code == 201
    assert table() != before


def test_step_1_costs_one_read_and_one_list(api: Api, product: str, wire: Wire) -> None:
    api.issue(product, "image", image("image/png"), "image/png")
    assert wire.calls == ["dynamodb.BatchGetItem", "s3.ListObjectsV2"]


def test_step_1_costs_no_more_when_it_replaces(api: Api, product: str, wire: Wire) -> None:
    file = api.add(product, "image", image("image/png"), "image/png")
    wire.calls.clear()
    api.issue(product, "image", image("image/png"), "image/png", replaces=file["id"])
    assert wire.calls == ["dynamodb.BatchGetItem", "s3.ListObjectsV2"]


@pytest.mark.parametrize("kind", ["image", "deliverable"])
def test_confirm_costs_three_calls_and_a_delete(api: Api, product: str, wire: Wire, kind: str) -> None:
    content = image("image/png")
    issued = api.issue(product, kind, content, "image/png")
    send(issued, content)
    wire.calls.clear()

    assert api.confirm(issued).status_code == 201

    assert wire.calls == ["s3.GetObject", "s3.CopyObject", "dynamodb.TransactWriteItems", "s3.DeleteObject"]


def test_confirm_costs_no_more_when_it_replaces(api: Api, product: str, wire: Wire) -> None:
    content = image("image/png")
    first = api.add(product, "image", content, "image/png")
    issued = api.issue(product, "image", content, "image/png", replaces=first["id"])
    send(issued, content)
    wire.calls.clear()

    assert api.confirm(issued).status_code == 201

    assert wire.calls == ["s3.GetObject", "s3.CopyObject", "dynamodb.TransactWriteItems", "s3.DeleteObject"]


def test_an_image_header_far_in_costs_one_more_range(api: Api, product: str, wire: Wire) -> None:
    content = with_long_metadata(image("image/jpeg", 320, 200), 200_000)
    issued = api.issue(product, "image", content, "image/jpeg")
    send(issued, content)
    wire.calls.clear()

    answer = api.confirm(issued)

    assert (answer.status_code, answer.json_body["width"]) == (201, 320)
    assert Counter(wire.calls) == {
        "s3.GetObject": 2, "s3.CopyObject": 1, "dynamodb.TransactWriteItems": 1, "s3.DeleteObject": 1
    }  # fmt: skip


def test_a_repeated_confirm_costs_two_calls_and_answers_the_same(api: Api, product: str, wire: Wire) -> None:
    content = image("image/png")
    issued = api.issue(product, "image", content, "image/png", alt="A brush")
    send(issued, content)
    first = api.confirm(issued)
    after_first = table()
    wire.calls.clear()

    again = api.confirm(issued)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.body == first.body
    assert wire.calls == ["s3.GetObject", "dynamodb.BatchGetItem"]
    assert table() == after_first


def test_the_form_says_exactly_what_may_be_sent(api: Api, product: str) -> None:
    content = image("image/png")
    digest = hashlib.sha256(content).hexdigest()
    issued = api.issue(product, "image", content, "image/png", sha256=digest, alt="A brush", filename="a b.png")
    fields, upload = issued["fields"], issued["upload"]

    policy = json.loads(base64.b64decode(fields["policy"]))
    equal = {
        name: value
        for condition in policy["conditions"]
        if isinstance(condition, dict)
        for name, value in condition.items()
    }
    others = [condition for condition in policy["conditions"] if not isinstance(condition, dict)]

    assert others == [["content-length-range", len(content), len(content)]]
    assert equal.pop("bucket") == settings.staging_bucket
    signed = {name: value for name, value in fields.items() if name not in ("policy", "x-amz-signature")}
    assert equal == signed
    assert fields["key"] == f"u/{SELLER}/{product}/image/{upload['id']}"
    claims = {name: value for name, value in fields.items() if name.startswith("x-amz-meta-")}
    assert claims == {
        "x-amz-meta-owner": SELLER,
        "x-amz-meta-product": product,
        "x-amz-meta-kind": "image",
        "x-amz-meta-upload": upload["id"],
        "x-amz-meta-size": str(len(content)),
        "x-amz-meta-filename": "a%20b.png",
        "x-amz-meta-sha256": digest,
        "x-amz-meta-alt": "A%20brush",
    }
    assert base64.b64decode(fields["x-amz-checksum-sha256"]).hex() == digest
    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert issued["url"] == f"https://{settings.staging_bucket}.s3.eu-central-1.amazonaws.com/"
    assert issued["confirm_url"].endswith(f"/products/{product}/images/uploads/{upload['id']}/confirm")


def test_a_form_lives_15_minutes(api: Api, product: str) -> None:
    issued = api.issue(product, "image", b"x", "image/png")
    policy = json.loads(base64.b64decode(issued["fields"]["policy"]))
    for expires in (policy["expiration"], issued["upload"]["expires_at"]):
        left = datetime.fromisoformat(expires) - datetime.now(UTC)
        assert timedelta(minutes=14) < left <= timedelta(minutes=15)


def replaced(api: Api, product: str, kind: str, file: dict[str, Any], content: bytes) -> dict[str, Any]:
    content_type = "image/png" if kind == "image" else "application/zip"
    return api.add(product, kind, content, content_type, replaces=file["id"])


def test_a_replacing_deliverable_is_the_next_version_of_its_series(api: Api, product: str) -> None:
    first = api.add(product, "deliverable", zip_file(10), "application/zip")
    second = replaced(api, product, "deliverable", first, zip_file(20))
    third = replaced(api, product, "deliverable", second, zip_file(30))

    assert [file["version"] for file in (first, second, third)] == [1, 2, 3]
    assert {file["series"] for file in (first, second, third)} == {first["id"]}
    read = api.get(f"/products/{product}").json_body
    assert (read["deliverable_count"], read["deliverables"]) == (1, [third])
    recoverable = api.get(f"/products/{product}/deliverables?state=recoverable").json_body["deliverables"]
    assert [(file["id"], file["state"]) for file in recoverable] == [
        (first["id"], "superseded"),
        (second["id"], "superseded"),
    ]
    assert api.get("/usage").json_body["files"] == 3


def test_a_replacing_image_keeps_the_place_and_the_alt_text(api: Api, product: str) -> None:
    content = image("image/png")
    one, two, three = (api.add(product, "image", content, "image/png", alt=alt) for alt in ("one", "two", "three"))
    order = [three["id"], one["id"], two["id"]]
    assert api.call("PUT", f"/products/{product}/images/order", {"image_ids": order}).status_code == 204

    new = replaced(api, product, "image", one, content)

    images = api.get(f"/products/{product}/images").json_body["images"]
    assert [file["id"] for file in images] == [three["id"], new["id"], two["id"]]
    assert new["alt"] == "one"
    assert api.get(f"/products/{product}").json_body["image_count"] == 3


def test_a_replacing_image_keeps_the_place_its_predecessor_was_moved_to_meanwhile(
    api: Api, product: str, wire: Wire
) -> None:
    content = image("image/png")
    one, two = (api.add(product, "image", content, "image/png") for _ in range(2))
    issued = api.issue(product, "image", content, "image/png", replaces=one["id"])
    send(issued, content)
    api.call("PUT", f"/products/{product}/images/order", {"image_ids": [two["id"], one["id"]]})
    wire.calls.clear()

    new = api.confirm(issued)

    assert new.status_code == 201
    images = api.get(f"/products/{product}/images").json_body["images"]
    assert [file["id"] for file in images] == [two["id"], new.json_body["id"]]
    assert wire.calls.count("dynamodb.TransactWriteItems") == 2


def test_a_version_restored_meanwhile_is_followed_by_the_next(api: Api, product: str) -> None:
    """Issued as version 2 of version 1, which became version 3 before the confirm: the new one is version 4."""
    first = api.add(product, "deliverable", zip_file(), "application/zip")
    issued = api.issue(product, "deliverable", zip_file(), "application/zip", replaces=first["id"])
    send(issued, zip_file())
    replaced(api, product, "deliverable", first, zip_file())
    api.post(f"/products/{product}/deliverables/{first['id']}/restore")

    assert api.confirm(issued).json_body["version"] == 4


def test_a_full_product_still_takes_replacements(api: Api, product: str) -> None:
    content = image("image/png")
    files = [api.add(product, "image", content, "image/png") for _ in range(20)]

    refused = api.post(f"/products/{product}/images/uploads", {"filename": "a", "content_type": "image/png", "size": 1})
    assert (refused.status_code, refused.json_body["code"]) == (409, "limit_reached")
    new = replaced(api, product, "image", files[7], content)
    assert api.get(f"/products/{product}").json_body["image_count"] == 20
    assert new["version"] == 2
