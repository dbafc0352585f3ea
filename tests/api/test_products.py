"""Products: create, list, read, rename, delete; and usage."""

import base64
import json
from typing import Any

import pytest

from chalicelib.settings import settings
from tests.api.conftest import Api, table
from tests.api.test_issue_refusals import refused
from tests.api.wire import Wire
from tests.samples import image, zip_file


def test_a_product_is_created_and_read(api: Api) -> None:
    answer = api.post("/products", {"title": "Brush set"})

    created = answer.json_body
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/products/{created['id']}")
    assert answer.headers["ETag"] == '"1"'
    assert (created["title"], created["image_count"], created["deliverable_count"]) == ("Brush set", 0, 0)
    read = api.get(f"/products/{created['id']}")
    assert read.json_body == created | {"images": [], "deliverables": []}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "x" * 201},
        {"title": 1},
        {"title": "x", "owner": "me"},
        {"title": " "},
        {"title": "a\nb"},
    ],
)
def test_a_product_needs_a_title_and_nothing_else(api: Api, body: Any) -> None:
    refused(api.post("/products", body), 400, "invalid_parameter")


def test_products_are_listed_newest_first_page_by_page(api: Api, stranger: Api) -> None:
    ids = [api.product(str(number)) for number in range(5)]
    stranger.product()

    seen: list[str] = []
    path = "/products?limit=2"
    for count in (2, 2, 1):
        page = api.get(path).json_body
        assert len(page["products"]) == count
        seen += [product["id"] for product in page["products"]]
        path = f"/products?limit=2&cursor={page['next_cursor']}"

    assert page["next_cursor"] is None
    assert seen == ids[::-1]


def test_a_cursor_leads_nowhere_but_into_ones_own_list(api: Api, stranger: Api) -> None:
    for number in range(3):
        api.product(str(number))
    cursor = api.get("/products?limit=1").json_body["next_cursor"]
    assert stranger.get(f"/products?cursor={cursor}").json_body == {"products": [], "next_cursor": None}


def made_cursor(moment: str, product_id: str = "01M82DBEY0XWYFB1GNMF0DSG5Z") -> str:
    return base64.urlsafe_b64encode(json.dumps([product_id, moment]).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%00",
        "bnVsbA",
        "WyJ4IiwieSJd",
        "eyJhIjoxfQ",
        "🙈",
        made_cursor("2026-11-22T00:00:00"),
        made_cursor("0001-01-01T00:00:00+01:00"),
        made_cursor("9999-12-31T23:59:59-01:00"),
        made_cursor("2026-11-22T00:00:00Z", "01M82DBEY0XWYFB1GNMF0DSG5Z\n"),
    ],
)
def test_a_made_up_cursor_is_refused(api: Api, cursor: str) -> None:
    refused(api.get(f"/products?cursor={cursor}"), 400, "invalid_parameter", "/cursor")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1e1", "", "١", "9" * 5000])
def test_a_limit_is_from_1_to_100(api: Api, limit: str) -> None:
    refused(api.get(f"/products?limit={limit}"), 400, "invalid_parameter", "/limit")


def test_a_product_is_renamed_by_who_saw_its_newest_version(api: Api, product: str) -> None:
    path = f"/products/{product}"

    answer = api.call("PATCH", path, {"title": "New"}, If_Match='"1"')
    assert (answer.status_code, answer.json_body["title"], answer.headers["ETag"]) == (200, "New", '"2"')

    body = refused(api.call("PATCH", path, {"title": "Late"}, If_Match='"1"'), 409, "version_mismatch")
    assert (body["expected"], body["actual"]) == (1, 2)
    assert api.get(path).json_body["title"] == "New"
    assert api.call("PATCH", path, {"title": "Any"}, If_Match="*").status_code == 200


def test_a_rename_needs_if_match(api: Api, product: str) -> None:
    refused(api.call("PATCH", f"/products/{product}", {"title": "New"}), 428, "precondition_required")


@pytest.mark.parametrize("etag", ["1", 'W/"1"', '"one"', '"1', "", '"1", "2"', '"' + "9" * 30 + '"'])
def test_an_if_match_that_is_no_etag_of_ours_is_refused(api: Api, product: str, etag: str) -> None:
    answer = api.call("PATCH", f"/products/{product}", {"title": "New"}, If_Match=etag)
    refused(answer, 400, "invalid_parameter", "/If-Match")


def test_a_deleted_product_is_gone_from_everywhere(api: Api, product: str) -> None:
    file = api.add(product, "image", image("image/png"), "image/png")
    path = f"/products/{product}"
    for _ in range(2):
        assert api.call("DELETE", path).status_code == 204

    refused(api.get(path), 404, "not_found")
    assert api.get("/products").json_body["products"] == []
    (row,) = [row for row in table() if row["sk"]["S"] == "product"]
    assert row["purge_at"]["S"] > row["updated_at"]["S"]  # what tells the sweep to purge its files
    refused(api.get(f"{path}/images"), 404, "not_found")
    refused(api.call("PATCH", path, {"title": "x"}, If_Match="*"), 404, "not_found")
    for method, what, body in (
        ("PATCH", "", {"alt": "x"}),
        ("DELETE", "", None),
        ("POST", "/restore", None),
        ("POST", "/download", None),
    ):
        refused(api.call(method, f"{path}/images/{file['id']}{what}", body), 404, "not_found")


def test_somebody_elses_product_is_not_found_for_anything(api: Api, stranger: Api, product: str) -> None:
    file = api.add(product, "deliverable", zip_file(), "application/zip")
    path = f"/products/{product}"
    before = table()
    for method, what, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "Mine"}),
        ("DELETE", "", None),
        ("GET", "/images", None),
        ("PUT", "/images/order", {"image_ids": []}),
        ("GET", "/deliverables", None),
        ("PATCH", f"/deliverables/{file['id']}", {"filename": "mine.zip"}),
        ("DELETE", f"/deliverables/{file['id']}", None),
        ("POST", f"/deliverables/{file['id']}/restore", None),
        ("POST", f"/deliverables/{file['id']}/download", None),
    ):
        refused(stranger.call(method, path + what, body, If_Match="*"), 404, "not_found")
    assert table() == before


def test_usage_begins_at_nothing(api: Api, product: str, wire: Wire) -> None:
    wire.calls.clear()
    assert api.get("/usage").json_body == {"bytes": 0, "files": 0, "quota": settings.quota_bytes}
    assert wire.calls == ["dynamodb.BatchGetItem"]


def test_a_product_with_its_files_is_one_query(api: Api, product: str, wire: Wire) -> None:
    api.add(product, "image", image("image/png"), "image/png")
    api.add(product, "deliverable", zip_file(), "application/zip")
    wire.calls.clear()
    read = api.get(f"/products/{product}").json_body
    assert (len(read["images"]), len(read["deliverables"])) == (1, 1)
    assert wire.calls == ["dynamodb.Query"]
