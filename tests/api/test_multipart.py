"""A deliverable in parts: issue, sign, send, list, confirm, cancel; and whatever can be wrong with it."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib import multiparts, storage
from chalicelib.aws.wire import Response
from chalicelib.checksums import Checksums, as_base64
from chalicelib.claims import Claims
from chalicelib.ids import new_ulid
from chalicelib.kinds import DELIVERABLE, multipart_key, part_size
from chalicelib.settings import MiB, settings
from chalicelib.upload_ids import UploadId
from tests.api.aws import s3
from tests.api.conftest import Api, table, vault_keys
from tests.api.conftest import send as send_form
from tests.api.test_issue_refusals import refused
from tests.api.wire import Wire, answered, s3_error
from tests.log_lines import SELLER
from tests.samples import zip_file

SIZE = 20 * MiB
CONTENT = zip_file(2000).ljust(SIZE, b"\0")
ISSUED = ["dynamodb.BatchGetItem", "s3.ListObjectsV2", "s3.PutObject", "s3.CreateMultipartUpload"]
CONFIRMED = [
    "s3.ListParts",
    "s3.CompleteMultipartUpload",
    "s3.GetObject",
    "dynamodb.TransactWriteItems",
    "s3.DeleteObject",
]


def issue(api: Api, product: str, **more: Any) -> dict[str, Any]:
    body = {"filename": "film.zip", "content_type": "application/zip", "size": SIZE, "strategy": "multipart", **more}
    answer = api.post(f"/products/{product}/deliverables/uploads", body)
    assert answer.status_code == 201, answer.json_body
    issued: dict[str, Any] = answer.json_body
    return issued


def path(issued: dict[str, Any], what: str = "") -> str:
    upload = issued["upload"]
    return f"/products/{upload['product_id']}/deliverables/uploads/{upload['id']}{what}"


def send(issued: dict[str, Any], content: bytes = CONTENT, numbers: tuple[int, ...] = (1, 2)) -> None:
    """Step 2, by the key and id that the URLs name."""
    upload = UploadId.parse(issued["upload"]["id"])
    assert upload is not None
    assert upload.size is not None
    size = part_size(upload.size)
    for number in numbers:
        s3.upload_part(
            Bucket=settings.vault_bucket,
            Key=multipart_key(DELIVERABLE, issued["upload"]["product_id"], upload.ulid, upload.size),
            UploadId=upload.s3_upload_id or "",
            PartNumber=number,
            Body=content[(number - 1) * size : number * size],
        )


def confirm(api: Api, issued: dict[str, Any]) -> HTTPResponse:
    return api.post(path(issued, "/confirm"))


@pytest.fixture
def issued(api: Api, product: str) -> dict[str, Any]:
    return issue(api, product)


def test_an_upload_in_parts_is_told_how(issued: dict[str, Any]) -> None:
    multipart = issued["multipart"]
    assert (multipart["part_size"], multipart["part_count"]) == (16 * MiB, 2)
    assert (multipart["max_parts_per_call"], multipart["part_url_expires_in"]) == (100, 900)
    assert issued["upload"]["strategy"] == "multipart"
    assert multipart["parts_url"].endswith(path(issued, "/parts"))
    assert issued["confirm_url"].endswith(path(issued, "/confirm"))
    assert not {"method", "url", "fields"} & issued.keys()


def test_what_is_too_large_for_a_form_goes_in_parts(api: Api, product: str) -> None:
    body = {"filename": "film.mp4", "content_type": "video/mp4", "size": settings.max_post_bytes + 1}
    answer = api.post(f"/products/{product}/deliverables/uploads", body).json_body
    assert answer["upload"]["strategy"] == "multipart"


def test_parts_are_signed_with_their_lengths(api: Api, issued: dict[str, Any]) -> None:
    answer = api.post(path(issued, "/parts"), {"part_numbers": [2, 1]})
    assert answer.headers["Cache-Control"] == "no-store"
    second, first = answer.json_body["parts"]
    assert (first["part_number"], first["offset"], first["size"]) == (1, 0, 16 * MiB)
    assert (second["part_number"], second["offset"], second["size"]) == (2, 16 * MiB, 4 * MiB)
    for part in (first, second):
        assert "content-length" in part["url"]
        assert f"partNumber={part['part_number']}" in part["url"]


def test_the_steps_in_calls(api: Api, product: str, wire: Wire) -> None:
    issued = issue(api, product)
    assert wire.calls == ISSUED
    wire.calls.clear()
    api.post(path(issued, "/parts"), {"part_numbers": [1, 2]})
    assert wire.calls == ["dynamodb.BatchGetItem"]
    wire.calls.clear()
    api.get(path(issued, "/parts"))
    assert wire.calls == ["dynamodb.BatchGetItem", "s3.ListParts"]
    send(issued)
    wire.calls.clear()
    assert confirm(api, issued).status_code == 201
    assert wire.calls == CONFIRMED
    wire.calls.clear()
    assert confirm(api, issued).status_code == 200
    assert wire.calls == ["s3.ListParts", "dynamodb.BatchGetItem"]


def test_it_is_admitted_in_place_with_its_claims(api: Api, product: str, issued: dict[str, Any]) -> None:
    before = table()
    send(issued)
    assert table() == before

    first, again = confirm(api, issued), confirm(api, issued)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.body == again.body
    file = first.json_body
    assert (file["id"], file["size"], file["state"]) == (issued["upload"]["id"].partition("~")[0], SIZE, "live")
    (key,) = vault_keys()
    assert key.endswith(f"{file['id']}.{SIZE}.m")
    assert api.get("/usage").json_body["bytes"] == SIZE
    stored = s3.get_object(Bucket=settings.vault_bucket, Key=key)
    assert stored["Body"].read() == CONTENT
    assert (stored["ContentType"], "attachment" in stored["ContentDisposition"]) == ("application/zip", True)


def test_what_s3_holds_is_listed_to_resume(api: Api, issued: dict[str, Any]) -> None:
    assert api.get(path(issued, "/parts")).json_body == {"part_size": 16 * MiB, "part_count": 2, "parts": []}
    send(issued, numbers=(2,))
    (held,) = api.get(path(issued, "/parts")).json_body["parts"]
    assert (held["part_number"], held["size"]) == (2, 4 * MiB)


@pytest.mark.parametrize("numbers", [(), (1,), (2,)])
def test_missing_parts_are_named_and_nothing_is_completed(
    api: Api, issued: dict[str, Any], numbers: tuple[int, ...]
) -> None:
    send(issued, numbers=numbers)
    problem = refused(confirm(api, issued), 422, "incomplete_parts")
    assert (problem["expected"], problem["actual"]) == (2, len(numbers))
    send(issued)
    assert confirm(api, issued).status_code == 201


def test_a_part_of_another_size_is_refused_and_can_be_sent_again(api: Api, issued: dict[str, Any]) -> None:
    send(issued, CONTENT + b"more")
    refused(confirm(api, issued), 422, "size_mismatch")
    assert vault_keys() == []
    send(issued)
    assert confirm(api, issued).status_code == 201


def test_a_part_too_many_is_refused(api: Api, issued: dict[str, Any]) -> None:
    send(issued)
    send(issued, CONTENT + bytes(13 * MiB), numbers=(3,))
    refused(confirm(api, issued), 422, "incomplete_parts")


def test_bytes_of_another_type_are_refused_and_left_to_the_sweep(api: Api, product: str) -> None:
    issued = issue(api, product, content_type="application/pdf")
    before = table()
    send(issued)
    refused(confirm(api, issued), 422, "content_type_mismatch")
    refused(confirm(api, issued), 422, "content_type_mismatch")
    assert table() == before
    assert len(vault_keys()) == 1


def test_a_crash_before_the_commit_is_put_right_by_a_repeat(api: Api, issued: dict[str, Any], wire: Wire) -> None:
    send(issued)
    for number in range(4):
        wire.calls.clear()
        wire.fail = lambda at, _, number=number: s3_error(503, "SlowDown") if at == number else None  # type: ignore[misc]
        answer = confirm(api, issued)
        assert answer.status_code == 503, (number, answer.json_body)
    wire.fail = lambda *_: None
    assert confirm(api, issued).status_code == 201


def test_a_cancelled_upload_is_gone_and_cancelling_is_repeatable(api: Api, issued: dict[str, Any]) -> None:
    send(issued)
    for _ in range(2):
        assert api.call("DELETE", path(issued)).status_code == 204
    refused(confirm(api, issued), 410, "gone")
    refused(api.get(path(issued, "/parts")), 410, "gone")
    assert s3.list_multipart_uploads(Bucket=settings.vault_bucket).get("Uploads", []) == []


def test_cancelling_after_the_confirm_leaves_the_file_alone(api: Api, issued: dict[str, Any]) -> None:
    send(issued)
    file = confirm(api, issued).json_body
    assert api.call("DELETE", path(issued)).status_code == 204
    assert confirm(api, issued).json_body == file
    assert len(vault_keys()) == 1


@pytest.mark.parametrize("what", ["confirm", "parts", "list", "cancel"])
def test_somebody_elses_upload_is_not_found(api: Api, stranger: Api, issued: dict[str, Any], what: str) -> None:
    send(issued)
    asked: dict[str, Callable[[], HTTPResponse]] = {
        "confirm": lambda: confirm(stranger, issued),
        "parts": lambda: stranger.post(path(issued, "/parts"), {"part_numbers": [1]}),
        "list": lambda: stranger.get(path(issued, "/parts")),
        "cancel": lambda: stranger.call("DELETE", path(issued)),
    }
    refused(asked[what](), 404, "not_found")
    assert confirm(api, issued).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        lambda upload: f"{upload.ulid}~{SIZE + 1}~{upload.s3_upload_id}",
        lambda upload: f"{upload.ulid}~{SIZE}~another",
        lambda upload: f"{new_ulid(datetime.now(UTC))}~{SIZE}~{upload.s3_upload_id}",
    ],
)
def test_an_id_that_was_changed_admits_nothing(
    api: Api, issued: dict[str, Any], change: Callable[[UploadId], str]
) -> None:
    send(issued)
    before = table()
    upload = UploadId.parse(issued["upload"]["id"])
    assert upload is not None
    issued["upload"]["id"] = change(upload)
    # S3 knows an upload id under its own key only: tests/integration. moto knows it under any.
    assert confirm(api, issued).status_code in (409, 410, 422)
    assert table() == before


@pytest.mark.parametrize("upload_id", ["~", "x~1~y", "{ulid}~", "{ulid}~1", "{ulid}~0~x", "{ulid}~1~", "{ulid}~1~x~y", "{ulid}~١~x", "{ulid}~1~%2F", "{ulid}~9999999999999999~x"])  # fmt: skip
def test_what_is_no_upload_id_is_not_valid(api: Api, product: str, upload_id: str) -> None:
    named = upload_id.format(ulid=new_ulid(datetime.now(UTC)))
    answer = api.get(f"/products/{product}/deliverables/uploads/{named}/parts")
    refused(answer, 400, "invalid_parameter", "/upload_id")


@pytest.mark.parametrize(
    ("numbers", "pointer"),
    [
        ([], "/part_numbers"),
        ([0], "/part_numbers/0"),
        ([1, 3], "/part_numbers/1"),
        ([-1], "/part_numbers/0"),
        ([10**30], "/part_numbers/0"),
        (["1"], "/part_numbers/0"),
        ([1.5], "/part_numbers/0"),
        (list(range(1, 102)), "/part_numbers"),
    ],
)
def test_parts_that_there_are_not_are_refused(
    api: Api, issued: dict[str, Any], numbers: list[Any], pointer: str
) -> None:
    refused(api.post(path(issued, "/parts"), {"part_numbers": numbers}), 400, "invalid_parameter", pointer)


def test_an_upload_by_form_has_no_parts(api: Api, product: str) -> None:
    issued = issue(api, product, strategy="post")
    refused(api.post(path(issued, "/parts"), {"part_numbers": [1]}), 404, "not_found")
    refused(api.get(path(issued, "/parts")), 404, "not_found")


def test_its_marker_is_no_upload_by_form(api: Api, issued: dict[str, Any]) -> None:
    issued["upload"]["id"] = issued["upload"]["id"].partition("~")[0]
    refused(confirm(api, issued), 409, "upload_not_received")


def test_unfinished_uploads_in_parts_count_against_the_cap(
    api: Api, product: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.__class__, "max_staged_uploads", 2, raising=False)
    first, _ = issue(api, product), issue(api, product)
    body = {"filename": "f.zip", "content_type": "application/zip", "size": SIZE, "strategy": "multipart"}
    refused(api.post(f"/products/{product}/deliverables/uploads", body), 429, "too_many_uploads")
    form = issue(api, product, strategy="post")  # forms have a cap of their own
    assert form["upload"]["strategy"] == "post"
    api.call("DELETE", path(first))
    issue(api, product)


def test_an_old_upload_is_expired_but_an_admitted_one_is_answered(
    api: Api, issued: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    send(issued)
    monkeypatch.setattr("chalicelib.parts.CONFIRM_MULTIPART_WITHIN", timedelta(0))
    refused(confirm(api, issued), 410, "upload_expired")
    refused(api.get(path(issued, "/parts")), 410, "upload_expired")
    monkeypatch.undo()
    assert confirm(api, issued).status_code == 201
    monkeypatch.setattr("chalicelib.parts.CONFIRM_MULTIPART_WITHIN", timedelta(0))
    assert confirm(api, issued).status_code == 200


def test_a_part_sent_again_between_the_look_and_the_join_is_told(
    api: Api, issued: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    send(issued)
    listed = multiparts.list_parts

    def then_sent_again(*arguments: Any) -> Any:
        parts = listed(*arguments)
        send(issued, CONTENT[::-1], numbers=(1,))
        return parts

    monkeypatch.setattr(multiparts, "list_parts", then_sent_again)
    refused(confirm(api, issued), 409, "upload_changed")
    monkeypatch.undo()
    send(issued)
    assert confirm(api, issued).status_code == 201


SHA = hashlib.sha256(CONTENT).hexdigest()
CRC, OTHER_CRC = "AAAAAAAAAAA=", "AAAAAAAAAAE="


def confirm_with(api: Api, issued: dict[str, Any], **seen: str) -> HTTPResponse:
    return api.post(path(issued, "/confirm"), seen)


def test_what_the_client_saw_of_the_whole_is_kept(api: Api, issued: dict[str, Any]) -> None:
    send(issued)
    file = confirm_with(api, issued, sha256=SHA, crc64nvme=CRC).json_body
    assert (file["sha256"], file["crc64nvme"]) == (SHA, CRC)
    assert confirm(api, issued).json_body == file


def test_what_step_1_and_the_confirm_declare_must_agree(api: Api, product: str) -> None:
    issued = issue(api, product, sha256=SHA)
    send(issued)
    refused(confirm_with(api, issued, sha256="0" * 64), 422, "checksum_mismatch")
    assert confirm_with(api, issued, sha256=SHA).json_body["sha256"] == SHA


def test_the_crc_that_s3_computed_is_kept_and_compared(
    api: Api, product: str, monkeypatch: pytest.MonkeyPatch, wire: Wire
) -> None:
    """Neither emulator computes one: S3's answers are played."""
    completed = multiparts.complete
    monkeypatch.setattr(multiparts, "complete", lambda *arguments: completed(*arguments) or CRC)
    kept = issue(api, product)
    send(kept)
    assert confirm(api, kept).json_body["crc64nvme"] == CRC

    wrong = issue(api, product)
    send(wrong)
    refused(confirm_with(api, wrong, crc64nvme=OTHER_CRC), 422, "checksum_mismatch")
    # By now it is completed, and only a HEAD still tells.
    monkeypatch.setattr(storage, "read_checksums", lambda key: Checksums(crc64nvme=CRC))
    refused(confirm_with(api, wrong, crc64nvme=OTHER_CRC), 422, "checksum_mismatch")
    assert confirm_with(api, wrong, crc64nvme=CRC).status_code == 201


def test_a_repeat_after_a_crash_asks_s3_for_its_crc_only_if_one_was_declared(
    api: Api, issued: dict[str, Any], wire: Wire
) -> None:
    send(issued)
    wire.fail = lambda at, name: s3_error(503, "SlowDown") if name == "s3.GetObject" else None
    assert confirm(api, issued).status_code == 503
    wire.fail = lambda *_: None
    wire.calls.clear()
    assert confirm_with(api, issued, crc64nvme=CRC).status_code == 201
    assert wire.calls == ["s3.ListParts", "dynamodb.BatchGetItem", "s3.HeadObject", *CONFIRMED[2:]]


def test_a_crc_declared_for_what_was_cancelled_is_gone(api: Api, issued: dict[str, Any]) -> None:
    api.call("DELETE", path(issued))
    refused(confirm_with(api, issued, crc64nvme=CRC), 410, "gone")


def test_each_part_can_be_checked_by_its_sha256(api: Api, product: str) -> None:
    issued = issue(api, product, part_checksums=True)
    assert issued["multipart"]["part_checksums"] is True
    digests = [hashlib.sha256(CONTENT[: 16 * MiB]).hexdigest(), hashlib.sha256(CONTENT[16 * MiB :]).hexdigest()]
    answer = api.post(path(issued, "/parts"), {"part_numbers": [1, 2], "sha256": digests}).json_body
    for part, digest in zip(answer["parts"], digests, strict=True):
        assert part["headers"] == {"x-amz-checksum-sha256": as_base64(digest)}
        assert "x-amz-checksum-sha256" in part["url"]


@pytest.mark.parametrize(
    ("digests", "pointer"),
    [
        ([], "/sha256"),
        (["0" * 64] * 2, "/sha256"),
        (["0" * 63], "/sha256/0"),
        (["G" * 64], "/sha256/0"),
        ([1], "/sha256/0"),
    ],
)
def test_checksums_that_do_not_fit_the_parts_are_refused(
    api: Api, issued: dict[str, Any], digests: list[Any], pointer: str
) -> None:
    body = {"part_numbers": [1], "sha256": digests}
    refused(api.post(path(issued, "/parts"), body), 400, "invalid_parameter", pointer)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"sha256": "0"}, "/sha256"),
        ({"sha256": SHA.upper()}, "/sha256"),
        ({"crc64nvme": "AAAAAAAAAAA"}, "/crc64nvme"),
        ({"size": 1}, "/size"),
    ],
)
def test_a_confirm_that_says_something_else_is_refused(
    api: Api, issued: dict[str, Any], body: dict[str, Any], pointer: str
) -> None:
    send(issued)
    refused(api.post(path(issued, "/confirm"), body), 400, "invalid_parameter", pointer)
    assert confirm(api, issued).status_code == 201


def test_a_form_is_compared_with_what_the_client_saw(api: Api, product: str) -> None:
    content = zip_file(10)
    issued = issue(api, product, strategy="post", size=len(content), part_checksums=True)
    assert issued["upload"]["strategy"] == "post"
    send_form(issued, content)
    refused(api.post(path(issued, "/confirm"), {"sha256": SHA}), 422, "checksum_mismatch")
    answer = api.post(path(issued, "/confirm"), {"sha256": hashlib.sha256(content).hexdigest()})
    assert (answer.status_code, answer.json_body["sha256"]) == (201, hashlib.sha256(content).hexdigest())


def listed(key: str, numbers: range, size: int, more: str) -> Response:
    """A page of ListParts as S3 writes it; neither emulator takes 10,000 parts of 16 MiB."""
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>e{number}</ETag>"
        f"<Size>{min(part_size(size), size - (number - 1) * part_size(size))}</Size></Part>"
        for number in numbers
    )
    return answered(
        f"<ListPartsResult><Key>{key}</Key><PartNumberMarker>{numbers[0] - 1}</PartNumberMarker>"
        f"<NextPartNumberMarker>{numbers[-1]}</NextPartNumberMarker><IsTruncated>{more}</IsTruncated>{parts}</ListPartsResult>"
    )


@pytest.mark.parametrize(
    ("size", "count", "pages"),
    [(200 * MiB, 13, 1), (64_000 * MiB, 1000, 1), (64_001 * MiB, 1001, 2), (640_000 * MiB, 10_000, 10)],
)
def test_a_confirm_costs_the_same_for_13_parts_and_10_000_but_for_the_pages_of_the_list(
    api: Api, product: str, wire: Wire, monkeypatch: pytest.MonkeyPatch, size: int, count: int, pages: int
) -> None:
    monkeypatch.setattr(settings.__class__, "quota_bytes", size, raising=False)
    issued = issue(api, product, size=size)
    assert issued["multipart"]["part_count"] == count
    upload = UploadId.parse(issued["upload"]["id"])
    assert upload is not None
    key = multipart_key(DELIVERABLE, product, upload.ulid, size)
    claims = Claims(owner=SELLER, product=product, kind="deliverable", upload=upload.ulid, size=size, filename="f.zip")
    s3.put_object(
        Bucket=settings.vault_bucket,
        Key=key,
        Body=CONTENT[:100_000],
        ContentType="application/zip",
        Metadata=claims.to_metadata(),
    )
    read = multiparts.read_completed
    monkeypatch.setattr(multiparts, "read_completed", lambda *at: replace(read(*at), size=size))
    wire.calls.clear()

    def play(at: int, name: str) -> Response | None:
        if name == "s3.ListParts":
            numbers = range(1, count + 1)[at * 1000 : (at + 1) * 1000]
            return listed(key, numbers, size, "true" if numbers[-1] < count else "false")
        if name == "s3.CompleteMultipartUpload":
            return answered("<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>")
        return None

    wire.fail = play
    assert confirm(api, issued).status_code == 201
    assert wire.calls == ["s3.ListParts"] * pages + CONFIRMED[1:]
