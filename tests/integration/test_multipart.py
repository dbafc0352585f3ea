"""An upload in parts with real signatures: what the URLs allow, what resists, what happens at once."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from chalicelib.checksums import as_base64
from chalicelib.ids import new_ulid
from chalicelib.kinds import DELIVERABLE, multipart_key
from chalicelib.upload_ids import UploadId
from local.bootstrap import Stack
from local.buckets import VAULT
from tests.integration.conftest import Behind, Seller
from tests.samples import zip_file

MiB = 1024**2
SIZE = 34 * MiB
CONTENT = zip_file(100_000) + bytes(SIZE - len(zip_file(100_000)))


def issue(seller: Seller, product: str, **more: Any) -> dict[str, Any]:
    body = {"filename": "film.zip", "content_type": "application/zip", "size": SIZE, "strategy": "multipart", **more}
    answer = seller.call("POST", f"/products/{product}/deliverables/uploads", body)
    assert answer.status_code == 201, answer.text
    issued: dict[str, Any] = answer.json()
    return issued


def urls(seller: Seller, issued: dict[str, Any], *numbers: int) -> list[dict[str, Any]]:
    answer = seller.call("POST", issued["multipart"]["parts_url"], {"part_numbers": list(numbers)})
    assert answer.status_code == 200, answer.text
    parts: list[dict[str, Any]] = answer.json()["parts"]
    return parts


def put(part: dict[str, Any], content: bytes = CONTENT) -> httpx.Response:
    return httpx.put(part["url"], content=content[part["offset"] : part["offset"] + part["size"]], timeout=60)


@pytest.fixture
def product(seller: Seller) -> str:
    return seller.product()


@pytest.fixture
def sent(seller: Seller, product: str) -> dict[str, Any]:
    issued = issue(seller, product)
    for part in urls(seller, issued, 1, 2, 3):
        assert put(part).status_code == 200
    return issued


def test_a_file_in_parts_comes_back_byte_for_byte(seller: Seller, sent: dict[str, Any], product: str) -> None:
    file = seller.confirm(sent)
    assert file.status_code == 201, file.text
    path = f"/products/{product}/deliverables/{file.json()['id']}/download"
    download = httpx.get(seller.call("POST", path).json()["url"], timeout=60)
    assert hashlib.sha256(download.content).digest() == hashlib.sha256(CONTENT).digest()
    assert 'filename="film.zip"' in download.headers["Content-Disposition"]


def test_a_part_of_another_length_than_its_url_is_refused(seller: Seller, product: str) -> None:
    (part,) = urls(seller, issue(seller, product), 1)
    assert httpx.put(part["url"], content=CONTENT[: part["size"] - 1]).status_code == 403
    assert httpx.put(part["url"], content=CONTENT[: part["size"] + 1]).status_code == 403


@pytest.mark.parametrize("changed", ["partNumber=2", "uploadId=another"])
def test_a_url_changed_in_one_place_is_refused(seller: Seller, product: str, changed: str) -> None:
    (part,) = urls(seller, issue(seller, product), 1)
    name = changed.partition("=")[0]
    before, _, after = part["url"].partition(f"{name}=")
    url = before + changed + after[after.index("&") :] if "&" in after else before + changed
    assert httpx.put(url, content=CONTENT[: part["size"]]).status_code == 403


def test_nothing_is_readable_before_the_confirm_and_no_url_works_after_it(
    seller: Seller, sent: dict[str, Any], product: str, behind: Behind
) -> None:
    assert behind.vault_keys(product) == []
    (part,) = urls(seller, sent, 1)
    assert seller.confirm(sent).status_code == 201
    assert put(part, CONTENT[::-1]).status_code == 404


def test_an_upload_is_resumed_by_what_s3_holds(seller: Seller, product: str) -> None:
    issued = issue(seller, product)
    put(urls(seller, issued, 2)[0])
    held = seller.call("GET", issued["multipart"]["parts_url"]).json()
    missing = set(range(1, held["part_count"] + 1)) - {part["part_number"] for part in held["parts"]}
    assert missing == {1, 3}
    for part in urls(seller, issued, *sorted(missing)):
        put(part)
    assert seller.confirm(issued).status_code == 201


def test_of_16_confirms_at_once_one_admits_and_all_answer_the_same(seller: Seller, sent: dict[str, Any]) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: seller.confirm(sent), range(16)))
    # S3 may ask one that came in the middle to repeat; then it has the answer of the others.
    answers = [seller.confirm(sent) if answer.status_code in (409, 503) else answer for answer in answers]
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("changed", ["ulid", "size", "s3 id"])
def test_an_id_that_was_changed_names_nothing(seller: Seller, sent: dict[str, Any], product: str, changed: str) -> None:
    upload = UploadId.parse(sent["upload"]["id"])
    assert upload is not None
    named = {
        "ulid": UploadId(new_ulid(datetime.now(UTC)), upload.size, upload.s3_upload_id),
        "size": UploadId(upload.ulid, SIZE + 1, upload.s3_upload_id),
        "s3 id": UploadId(upload.ulid, upload.size, "another"),
    }[changed]
    path = f"/products/{product}/deliverables/uploads/{named}"
    assert seller.call("POST", f"{path}/confirm").json()["code"] == "gone"
    assert seller.call("GET", f"{path}/parts").json()["code"] == "gone"
    assert seller.confirm(sent).status_code == 201


def test_somebody_else_can_do_nothing_with_it(seller: Seller, stranger: Seller, sent: dict[str, Any]) -> None:
    parts_url = sent["multipart"]["parts_url"]
    for answer in (
        stranger.call("POST", parts_url, {"part_numbers": [1]}),
        stranger.call("GET", parts_url),
        stranger.confirm(sent),
        stranger.call("DELETE", sent["confirm_url"].removesuffix("/confirm")),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert seller.confirm(sent).status_code == 201


def test_a_cancelled_upload_leaves_nothing(seller: Seller, sent: dict[str, Any]) -> None:
    assert seller.call("DELETE", sent["confirm_url"].removesuffix("/confirm")).status_code == 204
    answer = seller.confirm(sent)
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")


def test_with_checksums_no_part_with_other_bytes_gets_in(seller: Seller, product: str) -> None:
    issued = issue(seller, product, part_checksums=True)
    size = issued["multipart"]["part_size"]
    whole = [CONTENT[at : at + size] for at in range(0, SIZE, size)]
    digests = [hashlib.sha256(part).hexdigest() for part in whole]
    answer = seller.call("POST", issued["multipart"]["parts_url"], {"part_numbers": [1, 2, 3], "sha256": digests})
    for part, content in zip(answer.json()["parts"], whole, strict=True):
        changed = bytes([content[0] ^ 1]) + content[1:]
        assert httpx.put(part["url"], content=changed, headers=part["headers"], timeout=60).status_code == 400
        assert httpx.put(part["url"], content=content, timeout=60).status_code == 403  # the header is signed
        other = {"x-amz-checksum-sha256": as_base64(hashlib.sha256(changed).hexdigest())}
        assert httpx.put(part["url"], content=changed, headers=other, timeout=60).status_code == 403
        assert httpx.put(part["url"], content=content, headers=part["headers"], timeout=60).status_code == 200
    held = seller.call("GET", issued["multipart"]["parts_url"]).json()["parts"]
    assert [part["sha256"] for part in held] == digests
    whole_digest = hashlib.sha256(CONTENT).hexdigest()
    file = seller.call("POST", issued["confirm_url"], {"sha256": whole_digest})
    assert (file.status_code, file.json()["sha256"]) == (201, whole_digest)


def test_parts_may_come_in_any_order_and_again(seller: Seller, product: str, behind: Behind) -> None:
    issued = issue(seller, product)
    first, second, third = urls(seller, issued, 1, 2, 3)
    for part, content in (
        (third, CONTENT),
        (second, CONTENT[::-1]),
        (first, CONTENT),
        (second, CONTENT),
        (third, CONTENT),
    ):
        assert put(part, content).status_code == 200
    assert seller.confirm(issued).status_code == 201
    assert behind.vault_bytes(behind.vault_keys(product)[0]) == CONTENT


def test_a_confirm_while_a_part_arrives_is_refused_and_the_next_one_admits(seller: Seller, product: str) -> None:
    issued = issue(seller, product)
    first, second, third = urls(seller, issued, 1, 2, 3)
    put(first)
    put(second)
    half_sent, go_on = threading.Event(), threading.Event()

    def slowly() -> Iterator[bytes]:
        whole = CONTENT[third["offset"] :]
        yield whole[:1000]
        half_sent.set()
        assert go_on.wait(30)
        yield whole[1000:]

    with ThreadPoolExecutor(1) as pool:
        length = {"Content-Length": str(third["size"])}
        sending = pool.submit(httpx.put, third["url"], content=slowly(), headers=length, timeout=60)
        assert half_sent.wait(30)
        answer = seller.confirm(issued)
        assert (answer.status_code, answer.json()["code"]) == (422, "incomplete_parts")
        go_on.set()
        assert sending.result().status_code == 200
    assert seller.confirm(issued).status_code == 201


def small(seller: Seller, product: str) -> dict[str, Any]:
    """An upload of one short part, sent."""
    issued = issue(seller, product, size=len(zip_file(10)))
    assert put(urls(seller, issued, 1)[0], zip_file(10)).status_code == 200
    return issued


def test_a_cancel_during_a_confirm_leaves_a_file_or_nothing(seller: Seller, product: str, behind: Behind) -> None:
    for _ in range(12):
        issued = small(seller, product)
        upload = issued["confirm_url"].removesuffix("/confirm")
        with ThreadPoolExecutor(2) as pool:
            confirming, cancelling = pool.submit(seller.confirm, issued), pool.submit(seller.call, "DELETE", upload)
        assert cancelling.result().status_code == 204
        answer, again = confirming.result(), seller.confirm(issued)
        if answer.status_code == 201:
            assert (again.status_code, again.content) == (200, answer.content)
        else:
            assert (answer.status_code, again.status_code) == (410, 410), answer.text
    live = [row for name, row in behind.rows_of(product).items() if name.startswith("deliverable#")]
    assert sorted(row["key"]["S"] for row in live) == sorted(behind.vault_keys(product))


def test_a_foreign_s3_upload_admits_nothing(seller: Seller, stack: Stack, product: str) -> None:
    """One that was begun in the same bucket, under the same key, but not by us: it has none of our claims."""
    issued = small(seller, product)
    upload = UploadId.parse(issued["upload"]["id"])
    assert upload is not None
    assert upload.size is not None
    s3, key = stack.client("s3"), multipart_key(DELIVERABLE, product, upload.ulid, upload.size)
    foreign = s3.create_multipart_upload(Bucket=VAULT, Key=key)["UploadId"]
    s3.upload_part(Bucket=VAULT, Key=key, UploadId=foreign, PartNumber=1, Body=zip_file(10))
    named = UploadId(upload.ulid, upload.size, foreign)
    answer = seller.call("POST", f"/products/{product}/deliverables/uploads/{named}/confirm")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_not_received")
