"""What step 1 refuses, and that a refusal costs and changes nothing."""

from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib.models import Usage, usage_key
from chalicelib.settings import settings
from tests.api.aws import s3
from tests.api.conftest import Api, send, table, vault_keys
from tests.api.wire import Wire
from tests.log_lines import SELLER
from tests.samples import image, upload_request, zip_file

GOOD = {"filename": "cover.png", "content_type": "image/png", "size": 100}


def refused(answer: HTTPResponse, status: int, code: str, pointer: str | None = None) -> dict[str, Any]:
    body: dict[str, Any] = answer.json_body
    assert (answer.status_code, body["code"]) == (status, code), body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == settings.allowed_origin
    if pointer is not None:
        assert [error["pointer"] for error in body["errors"]] == [pointer]
    return body


def issue(api: Api, product: str, body: Any, kind: str = "image", **headers: str) -> HTTPResponse:
    return api.post(f"/products/{product}/{kind}s/uploads", body, **headers)


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "malformed_json", None),
        (b"{", "malformed_json", None),
        (b"\xff\xfe{}", "malformed_json", None),
        (b'{"filename": "a\xff.png", "content_type": "image/png", "size": 1}', "malformed_json", None),
        (b"[" * 100_000, "invalid_parameter", ""),
        ([], "invalid_parameter", ""),
        ("text", "invalid_parameter", ""),
        (None, "malformed_json", None),
        ({}, "invalid_parameter", "/filename"),
        ({"filename": "a"}, "invalid_parameter", "/content_type"),
        ({**GOOD, "size": "100"}, "invalid_parameter", "/size"),
        ({**GOOD, "size": 1.5}, "invalid_parameter", "/size"),
        ({**GOOD, "size": True}, "invalid_parameter", "/size"),
        ({**GOOD, "size": None}, "invalid_parameter", "/size"),
        ({**GOOD, "size": 0}, "invalid_parameter", "/size"),
        ({**GOOD, "size": -1}, "invalid_parameter", "/size"),
        (b'{"filename":"a","content_type":"image/png","size":1e400}', None, None),
        ({**GOOD, "filename": None}, "invalid_parameter", "/filename"),
        ({**GOOD, "filename": ""}, "invalid_parameter", "/filename"),
        ({**GOOD, "filename": "x" * 256}, "invalid_parameter", "/filename"),
        ({**GOOD, "filename": "../x"}, "invalid_parameter", "/filename"),
        ({**GOOD, "filename": "a\r\nb"}, "invalid_parameter", "/filename"),
        ({**GOOD, "filename": "a\0b"}, "invalid_parameter", "/filename"),
        ({**GOOD, "filename": "\u202egpj.exe"}, "invalid_parameter", "/filename"),
        (b'{"filename":"\\ud800","content_type":"image/png","size":1}', None, None),
        ({**GOOD, "content_type": "image/png; charset=utf-8"}, "invalid_parameter", "/content_type"),
        ({**GOOD, "content_type": "image/*"}, "invalid_parameter", "/content_type"),
        ({**GOOD, "sha256": "abc"}, "invalid_parameter", "/sha256"),
        ({**GOOD, "sha256": "F" * 64}, "invalid_parameter", "/sha256"),
        ({**GOOD, "replaces": "x"}, "invalid_parameter", "/replaces"),
        ({**GOOD, "replaces": "01m82dbey0xwyfb1gnmf0dsg5z"}, "invalid_parameter", "/replaces"),
        ({**GOOD, "strategy": "put"}, "invalid_parameter", "/strategy"),
        ({**GOOD, "strategy": "multipart"}, "invalid_parameter", "/strategy"),
        ({**GOOD, "alt": "a\nb"}, "invalid_parameter", "/alt"),
        ({**GOOD, "alt": "x" * 251}, "invalid_parameter", "/alt"),
        ({**GOOD, "key": "u/somebody"}, "invalid_parameter", "/key"),
        ({**GOOD, "owner": "somebody"}, "invalid_parameter", "/owner"),
        ({**GOOD, "a/b~c": 1}, "invalid_parameter", "/a~1b~0c"),
        ({**GOOD, "x - at `$.size`": 1}, "invalid_parameter", "/x - at `$.size`"),
        ({**GOOD, "": 1}, "invalid_parameter", "/"),
        ({**GOOD, "sha256": "a" * 64 + "\n"}, "invalid_parameter", "/sha256"),
        ({**GOOD, "replaces": "01M82DBEY0XWYFB1GNMF0DSG5Z\n"}, "invalid_parameter", "/replaces"),
    ],
)
def test_a_bad_body_is_refused_with_a_pointer(
    api: Api, product: str, wire: Wire, body: Any, code: str | None, pointer: str | None
) -> None:
    before = table()
    wire.calls.clear()

    answer = issue(api, product, body, Content_Type="application/json")

    if code is None:  # which of the two is msgspec's choice; that it is one of them is ours
        assert (answer.status_code, answer.json_body["code"]) in ((400, "malformed_json"), (400, "invalid_parameter"))
    else:
        refused(answer, 400, code, pointer)
    assert wire.calls == []
    assert table() == before


@pytest.mark.parametrize(
    "body",
    [
        {**GOOD, "filename": "a" + "\u0301" * 200_000 + "\u0323" * 200_000},
        {**GOOD, "unknown field `" * 60_000 + "x - at `": 1},
        {**GOOD, "content_type": "x" * 2_000_000},
        {**GOOD, "x" * 2_000_000: 1},
        {**GOOD, "alt": "\n" + "x" * 1_000_000},
    ],
    ids=["marks", "backquotes", "type", "member", "alt"],
)
def test_a_huge_body_is_refused_at_once_and_in_few_words(api: Api, product: str, body: Any) -> None:
    """Composing the first takes minutes, and so did a regular expression over the second."""
    answer = issue(api, product, body)
    refused(answer, 400, "invalid_parameter")
    assert len(answer.body) < 8000


@pytest.mark.parametrize("content_type", ["image/svg+xml", "image/gif", "text/html", "application/zip"])
def test_an_image_of_another_type_is_refused(api: Api, product: str, content_type: str) -> None:
    body = refused(issue(api, product, {**GOOD, "content_type": content_type}), 415, "unsupported_media_type")
    assert body["actual"] == content_type
    assert "image/png" in body["expected"]


@pytest.mark.parametrize("size", [20 * 1024**2 + 1, 10**18])
def test_too_large_an_image_is_refused(api: Api, product: str, size: int) -> None:
    body = refused(issue(api, product, {**GOOD, "size": size}), 413, "file_too_large", "/size")
    assert (body["expected"], body["actual"]) == (20 * 1024**2, size)


def test_a_size_beyond_64_bits_is_refused(api: Api, product: str) -> None:
    answer = issue(api, product, {**GOOD, "size": 10**30})
    assert answer.status_code in (400, 413)


def test_a_deliverable_too_large_for_the_form_it_asks_for_is_refused_clearly(api: Api, product: str) -> None:
    body = {"filename": "film.mp4", "content_type": "video/mp4", "size": 100 * 1024**2 + 1, "strategy": "post"}
    assert "multipart" in refused(issue(api, product, body, "deliverable"), 413, "file_too_large")["detail"]


def test_a_deliverable_has_no_alt_text(api: Api, product: str) -> None:
    refused(issue(api, product, {**GOOD, "alt": "x"}, "deliverable"), 400, "invalid_parameter", "/alt")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "garbage"]
)
def test_a_body_that_is_not_declared_as_json_is_refused(api: Api, product: str, content_type: str) -> None:
    refused(issue(api, product, GOOD, Content_Type=content_type), 415, "unsupported_media_type")


def test_json_may_name_its_charset(api: Api, product: str) -> None:
    assert issue(api, product, GOOD, Content_Type="application/json; charset=utf-8").status_code == 201


@pytest.mark.parametrize(
    "product_id",
    ["x", "01m82dbey0xwyfb1gnmf0dsg5z", "01M82DBEY0XWYFB1GNMF0DSG5", "01M82DBEY0%2FXWYFB1GNMF0DS", "..", "%00", "🙈",
     "81M82DBEY0XWYFB1GNMF0DSG5Z"],
)  # fmt: skip
def test_an_id_that_is_no_ulid_is_refused(api: Api, product_id: str, wire: Wire) -> None:
    wire.calls.clear()
    refused(issue(api, product_id, GOOD), 400, "invalid_parameter", "/product_id")
    assert wire.calls == []


def test_an_id_with_a_slash_finds_no_route(api: Api) -> None:
    assert issue(api, "01M82DBEY0/WYFB1GNMF0DSG5Z", GOOD).status_code == 403


def test_a_product_that_is_not_there_is_not_found(api: Api) -> None:
    refused(issue(api, "01M82DBEY0XWYFB1GNMF0DSG5Z", GOOD), 404, "not_found")


def test_somebody_elses_product_is_not_found(stranger: Api, product: str) -> None:
    refused(issue(stranger, product, GOOD), 404, "not_found")


def test_a_deleted_product_is_not_found(api: Api, product: str) -> None:
    api.call("DELETE", f"/products/{product}")
    refused(issue(api, product, GOOD), 404, "not_found")


def test_what_is_replaced_must_be_live_and_of_the_same_kind_and_product(api: Api, product: str) -> None:
    content = image("image/png")
    file = api.add(product, "image", content, "image/png")
    body = upload_request(content, replaces=file["id"])

    refused(issue(api, product, body, "deliverable"), 404, "not_found")
    refused(issue(api, api.product(), body), 404, "not_found")
    api.call("DELETE", f"/products/{product}/images/{file['id']}")
    refused(issue(api, product, body), 410, "gone")


def test_the_quota_is_held_at_step_1(api: Api, product: str) -> None:
    Usage(*usage_key(SELLER), bytes=900, files=1, quota=1000).save()

    body = refused(issue(api, product, {**GOOD, "size": 101}), 429, "quota_exceeded")

    assert (body["expected"], body["actual"], body["retryable"]) == (100, 101, False)
    assert issue(api, product, {**GOOD, "size": 100}).status_code == 201


def test_a_51st_unfinished_upload_is_refused(api: Api, stranger: Api, product: str) -> None:
    content = zip_file(10)
    for _ in range(50):
        last = api.issue(product, "deliverable", content, "application/zip")
        send(last, content)

    answer = issue(api, product, GOOD)
    assert refused(answer, 429, "too_many_uploads")["retryable"]
    assert answer.headers["Retry-After"] == "60"
    assert issue(stranger, stranger.product(), GOOD).status_code == 201

    assert api.confirm(last).status_code == 201
    assert issue(api, product, GOOD).status_code == 201


def test_refusals_leave_nothing_in_s3(api: Api, product: str) -> None:
    issue(api, product, {**GOOD, "size": 0})
    issue(api, product, GOOD)
    assert "Versions" not in s3.list_object_versions(Bucket=settings.staging_bucket)
    assert vault_keys() == []
