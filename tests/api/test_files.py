"""What can be done with admitted files."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlparse

import pytest

from chalicelib.kinds import DELIVERABLE, IMAGE
from chalicelib.models import DELETED, FILE_ROWS, PURGED, File, Image, file_key
from chalicelib.settings import settings
from tests.api.conftest import Api, table
from tests.api.test_issue_refusals import refused
from tests.api.wire import Wire, cancelled
from tests.samples import image, zip_file

PNG = image("image/png")
NOWHERE = "01M82DBFBA1G1MMNPQSXNXJXZE"


@pytest.fixture
def images(api: Api, product: str) -> list[str]:
    return [api.add(product, "image", PNG, "image/png", alt=str(number))["id"] for number in range(3)]


@pytest.fixture
def deliverable(api: Api, product: str) -> str:
    return str(api.add(product, "deliverable", zip_file(), "application/zip", filename="brushes.zip")["id"])


def shown(api: Api, product: str, kind: str = "images", state: str = "live") -> list[str]:
    return [file["id"] for file in api.get(f"/products/{product}/{kind}?state={state}").json_body[kind]]


def counts(api: Api, product: str) -> tuple[int, int]:
    read = api.get(f"/products/{product}").json_body
    return read["image_count"], read["deliverable_count"]


def test_images_are_listed_oldest_first_until_they_are_ordered(api: Api, product: str, images: list[str]) -> None:
    assert shown(api, product) == images
    order = [images[2], images[0], images[1]]
    assert api.call("PUT", f"/products/{product}/images/order", {"image_ids": order}).status_code == 204
    assert shown(api, product) == order
    new = api.add(product, "image", PNG, "image/png")["id"]
    assert shown(api, product) == [*order, new]
    assert [file["id"] for file in api.get(f"/products/{product}").json_body["images"]] == [*order, new]


def test_an_image_that_replaces_another_takes_its_place_though_nobody_has_ordered_them(
    api: Api, product: str, images: list[str]
) -> None:
    new = api.add(product, "image", PNG, "image/png", replaces=images[1])["id"]
    assert shown(api, product) == [images[0], new, *images[2:]]


def test_an_order_names_each_image_exactly_once(api: Api, product: str, images: list[str]) -> None:
    one, two, three = images
    for order in (
        [],
        [one, two],
        [one, two, two],
        [one, two, three, three],
        [one, two, NOWHERE],
        [one, two, three, NOWHERE],
    ):
        answer = api.call("PUT", f"/products/{product}/images/order", {"image_ids": order})
        refused(answer, 400, "invalid_parameter", "/image_ids")
    answer = api.call("PUT", f"/products/{product}/images/order", {"image_ids": [one, two, "x"]})
    refused(answer, 400, "invalid_parameter", "/image_ids/2")


def test_an_order_that_meets_the_deletion_of_the_product_is_not_found(
    api: Api, product: str, images: list[str], wire: Wire
) -> None:
    def delete_first(_: int, name: str) -> None:
        if name == "dynamodb.TransactWriteItems":
            wire.fail = lambda *_: None
            api.call("DELETE", f"/products/{product}")

    wire.fail = delete_first
    answer = api.call("PUT", f"/products/{product}/images/order", {"image_ids": images})
    refused(answer, 404, "not_found")


def test_an_order_that_meets_a_change_is_refused(api: Api, product: str, images: list[str], wire: Wire) -> None:
    wire.fail = lambda _, name: (
        cancelled("None", "ConditionalCheckFailed") if name.endswith("TransactWriteItems") else None
    )
    answer = api.call("PUT", f"/products/{product}/images/order", {"image_ids": images})
    refused(answer, 409, "version_mismatch")


def test_an_alt_text_is_changed_and_taken_away(api: Api, product: str, images: list[str]) -> None:
    path = f"/products/{product}/images/{images[0]}"
    assert api.call("PATCH", path, {"alt": " Eine Bürste "}).json_body["alt"] == "Eine Bürste"
    assert api.call("PATCH", path, {"alt": None}).json_body["alt"] is None
    assert api.get(f"/products/{product}/images").json_body["images"][0]["alt"] is None
    refused(api.call("PATCH", path, {"alt": "a\x07"}), 400, "invalid_parameter", "/alt")
    refused(api.call("PATCH", path, {}), 400, "invalid_parameter", "/alt")


def test_a_deliverable_is_renamed_and_downloaded_under_the_new_name(api: Api, product: str, deliverable: str) -> None:
    path = f"/products/{product}/deliverables/{deliverable}"
    assert api.call("PATCH", path, {"filename": "größe.zip"}).json_body["filename"] == "größe.zip"
    refused(api.call("PATCH", path, {"filename": "../x"}), 400, "invalid_parameter", "/filename")

    download = api.post(f"{path}/download")

    assert download.headers["Cache-Control"] == "no-store"
    query = parse_qs(urlparse(download.json_body["url"]).query)
    assert query["response-content-disposition"] == [
        "attachment; filename=\"gr__e.zip\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.zip"
    ]
    assert query["X-Amz-Expires"] == ["300"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert urlparse(download.json_body["url"]).netloc == f"{settings.vault_bucket}.s3.eu-central-1.amazonaws.com"


def test_a_deleted_file_is_gone_until_it_is_restored(api: Api, product: str, deliverable: str, wire: Wire) -> None:
    path = f"/products/{product}/deliverables/{deliverable}"
    wire.calls.clear()
    assert api.call("DELETE", path).status_code == 204
    assert wire.calls == ["dynamodb.TransactWriteItems"]
    after_first = table()
    assert api.call("DELETE", path).status_code == 204
    assert table() == after_first
    assert (shown(api, product, "deliverables"), counts(api, product)) == ([], (0, 0))
    assert shown(api, product, "deliverables", "recoverable") == [deliverable]
    refused(api.post(f"{path}/download"), 410, "gone")
    refused(api.call("PATCH", path, {"filename": "x"}), 410, "gone")

    for _ in range(2):
        restored = api.post(f"{path}/restore")
        assert (restored.status_code, restored.json_body["state"], restored.json_body["purge_at"]) == (
            200,
            "live",
            None,
        )
    assert (shown(api, product, "deliverables"), counts(api, product)) == ([deliverable], (0, 1))
    assert api.post(f"{path}/download").status_code == 200


def test_a_deleted_image_comes_back_to_its_place(api: Api, product: str, images: list[str]) -> None:
    order = [images[2], images[0], images[1]]
    api.call("PUT", f"/products/{product}/images/order", {"image_ids": order})
    api.call("DELETE", f"/products/{product}/images/{images[0]}")
    assert shown(api, product) == [images[2], images[1]]
    assert api.post(f"/products/{product}/images/{images[0]}/restore").status_code == 200
    assert shown(api, product) == order


def test_restoring_an_older_version_makes_it_the_newest(api: Api, product: str, deliverable: str) -> None:
    second = api.add(product, "deliverable", zip_file(), "application/zip", replaces=deliverable)

    restored = api.post(f"/products/{product}/deliverables/{deliverable}/restore").json_body

    assert (restored["version"], restored["series"], restored["state"]) == (3, deliverable, "live")
    assert shown(api, product, "deliverables") == [deliverable]
    assert shown(api, product, "deliverables", "recoverable") == [second["id"]]
    assert counts(api, product) == (0, 1)
    fourth = api.add(product, "deliverable", zip_file(), "application/zip", replaces=deliverable)
    assert fourth["version"] == 4


def test_restoring_a_replaced_image_gives_it_the_place_of_its_successor(
    api: Api, product: str, images: list[str]
) -> None:
    new = api.add(product, "image", PNG, "image/png", replaces=images[1])["id"]
    api.call("PUT", f"/products/{product}/images/order", {"image_ids": [new, images[0], images[2]]})
    api.post(f"/products/{product}/images/{images[1]}/restore")
    assert shown(api, product) == [images[1], images[0], images[2]]


def test_a_full_product_takes_no_file_back(api: Api, product: str, images: list[str]) -> None:
    api.call("DELETE", f"/products/{product}/images/{images[0]}")
    for _ in range(18):
        api.add(product, "image", PNG, "image/png")
    refused(api.post(f"/products/{product}/images/{images[0]}/restore"), 409, "limit_reached")


@pytest.mark.parametrize("late", ["past its time", "purged"])
def test_a_file_whose_time_is_over_is_not_restored(api: Api, product: str, deliverable: str, late: str) -> None:
    path = f"/products/{product}/deliverables/{deliverable}"
    api.call("DELETE", path)
    row = FILE_ROWS["deliverable"].get(*file_key(product, DELIVERABLE, deliverable))
    if late == "purged":
        row.update(actions=[File.state.set(PURGED)])
    else:
        row.update(actions=[File.purge_at.set(datetime.now(UTC) - timedelta(seconds=1))])
    refused(api.post(f"{path}/restore"), 410, "gone")
    assert shown(api, product, "deliverables", "recoverable") == []


def test_a_restore_that_meets_a_change_is_refused(api: Api, product: str, images: list[str], wire: Wire) -> None:
    api.call("DELETE", f"/products/{product}/images/{images[0]}")
    wire.fail = lambda _, name: (
        cancelled("None", "ConditionalCheckFailed") if name.endswith("TransactWriteItems") else None
    )
    refused(api.post(f"/products/{product}/images/{images[0]}/restore"), 409, "version_mismatch")


def test_a_superseded_version_can_be_deleted_and_then_cannot_be_downloaded(
    api: Api, product: str, deliverable: str
) -> None:
    api.add(product, "deliverable", zip_file(), "application/zip", replaces=deliverable)
    path = f"/products/{product}/deliverables/{deliverable}"
    for _ in range(2):
        assert api.call("DELETE", path).status_code == 204
    refused(api.post(f"{path}/download"), 410, "gone")
    assert counts(api, product) == (0, 1)
    assert (
        api.get(f"/products/{product}/deliverables?state=recoverable").json_body["deliverables"][0]["state"]
        == "deleted"
    )


def test_two_versions_of_a_series_are_never_live_together(api: Api, product: str, deliverable: str, wire: Wire) -> None:
    """Version 1 superseded, version 2 deleted, and both restored at once."""
    second = api.add(product, "deliverable", zip_file(), "application/zip", replaces=deliverable)["id"]
    api.call("DELETE", f"/products/{product}/deliverables/{second}")

    def restore_the_other_first(_: int, name: str) -> None:
        if name == "dynamodb.TransactWriteItems":
            wire.fail = lambda *_: None
            assert api.post(f"/products/{product}/deliverables/{second}/restore").status_code == 200

    wire.fail = restore_the_other_first
    refused(api.post(f"/products/{product}/deliverables/{deliverable}/restore"), 409, "version_mismatch")
    assert shown(api, product, "deliverables") == [second]


def test_the_same_restore_twice_at_once_is_one(api: Api, product: str, deliverable: str, wire: Wire) -> None:
    path = f"/products/{product}/deliverables/{deliverable}"
    api.call("DELETE", path)

    def restore_first(_: int, name: str) -> None:
        if name == "dynamodb.TransactWriteItems":
            wire.fail = lambda *_: None
            assert api.post(f"{path}/restore").status_code == 200

    wire.fail = restore_first
    assert api.post(f"{path}/restore").status_code == 200
    assert counts(api, product) == (0, 1)


def test_a_change_that_meets_a_deletion_is_refused(api: Api, product: str, images: list[str], wire: Wire) -> None:
    def delete_first(_: int, name: str) -> None:
        if name == "dynamodb.UpdateItem":
            wire.fail = lambda *_: None
            Image(*file_key(product, IMAGE, images[0])).update(actions=[File.state.set(DELETED)])

    wire.fail = delete_first
    refused(api.call("PATCH", f"/products/{product}/images/{images[0]}", {"alt": "x"}), 410, "gone")


def test_a_superseded_version_can_still_be_downloaded(api: Api, product: str, deliverable: str) -> None:
    api.add(product, "deliverable", zip_file(), "application/zip", replaces=deliverable)
    assert api.post(f"/products/{product}/deliverables/{deliverable}/download").status_code == 200


@pytest.mark.parametrize(
    ("method", "what", "body"),
    [("PATCH", "", {"alt": "x"}), ("DELETE", "", None), ("POST", "/restore", None), ("POST", "/download", None)],
)
def test_a_file_that_is_not_there_is_not_found(api: Api, product: str, method: str, what: str, body: object) -> None:
    refused(api.call(method, f"/products/{product}/images/{NOWHERE}{what}", body), 404, "not_found")


def test_an_image_is_no_deliverable(api: Api, product: str, images: list[str]) -> None:
    refused(api.post(f"/products/{product}/deliverables/{images[0]}/download"), 404, "not_found")


def test_an_unknown_state_is_refused(api: Api, product: str) -> None:
    refused(api.get(f"/products/{product}/images?state=all"), 400, "invalid_parameter", "/state")
