"""The main job, byte for byte, with every signature and permission checked."""

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from local.bootstrap import Stack
from tests.integration.conftest import Behind, Seller
from tests.samples import SAME_MD5, image, with_long_metadata, zip_file


@pytest.mark.parametrize(
    ("kind", "content_type", "content"),
    [
        ("image", "image/png", image("image/png", 800, 600)),
        ("image", "image/avif", image("image/avif", 800, 600)),
        ("image", "image/jpeg", with_long_metadata(image("image/jpeg"), 200_000)),
        ("deliverable", "application/zip", zip_file(3_000_000)),
        ("deliverable", "text/plain", b"x"),
    ],
)
def test_what_comes_back_is_what_was_sent(
    seller: Seller, product: str, behind: Behind, kind: str, content_type: str, content: bytes
) -> None:
    digest = hashlib.sha256(content).hexdigest()

    file = seller.add(product, kind, content, content_type, filename='größe "1" 😀.bin', sha256=digest)

    download = seller.call("POST", f"/products/{product}/{kind}s/{file['id']}/download").json()
    got = httpx.get(download["url"])
    assert hashlib.sha256(got.content).hexdigest() == digest == file["sha256"]
    assert got.headers["Content-Type"] == content_type
    assert got.headers["Content-Disposition"].startswith(
        "attachment; filename=\"gr__e _1_ _.bin\"; filename*=UTF-8''gr%C3%B6"
    )
    assert behind.staged(product) == []


@pytest.mark.usefixtures("no_pump")
def test_the_whole_table_is_the_same_after_steps_1_and_2(seller: Seller, product: str, behind: Behind) -> None:
    content = image("image/png")
    before = behind.rows()
    issued = seller.issue(product, "image", content, "image/png")
    assert seller.send(issued, content).status_code == 201
    assert behind.rows() == before
    assert seller.confirm(issued).status_code == 201
    assert len(behind.rows_of(product)) == 2


@pytest.mark.parametrize("replacing", [False, True])
def test_of_16_confirms_at_once_one_admits_and_all_answer_the_same(
    seller: Seller, product: str, behind: Behind, replacing: bool
) -> None:
    content = zip_file(50_000)
    more = {"replaces": seller.add(product, "deliverable", content, "application/zip")["id"]} if replacing else {}
    usage_before = seller.call("GET", "/usage").json()
    issued = seller.issue(product, "deliverable", content, "application/zip", **more)
    seller.send(issued, content)

    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(
                lambda _: httpx.post(issued["confirm_url"], headers={"Authorization": seller.token}, timeout=30),
                range(16),
            )
        )

    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.content for answer in answers}) == 1
    rows = behind.rows_of(product)
    assert len(rows) == (3 if replacing else 2)
    assert rows["product"]["deliverable_count"] == {"N": "1"}
    usage = seller.call("GET", "/usage").json()
    assert (usage["files"], usage["bytes"]) == (usage_before["files"] + 1, usage_before["bytes"] + len(content))
    row = rows[f"deliverable#{issued['upload']['id']}"]
    assert behind.vault_bytes(row["key"]["S"]) == content


def test_16_uploads_confirmed_at_once_are_all_counted(seller: Seller, product: str, behind: Behind) -> None:
    content = image("image/png")
    before = seller.call("GET", "/usage").json()["files"]
    uploads = [seller.issue(product, "image", content, "image/png") for _ in range(16)]
    for issued in uploads:
        seller.send(issued, content)

    def confirm(url: str) -> int:
        """As a client does it: a 503 is repeated."""
        for _ in range(20):
            answer = httpx.post(url, headers={"Authorization": seller.token}, timeout=30)
            if answer.status_code != 503:
                break
        return answer.status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(confirm, [issued["confirm_url"] for issued in uploads]))

    assert set(statuses) <= {200, 201}
    assert behind.rows_of(product)["product"]["image_count"] == {"N": "16"}
    assert seller.call("GET", "/usage").json()["files"] == before + 16


def test_a_limit_holds_when_many_come_at_once(seller: Seller, product: str, behind: Behind) -> None:
    content = image("image/png")
    uploads = [seller.issue(product, "image", content, "image/png") for _ in range(24)]
    for issued in uploads:
        seller.send(issued, content)
    with ThreadPoolExecutor(12) as pool:
        answers = list(
            pool.map(
                lambda issued: httpx.post(issued["confirm_url"], headers={"Authorization": seller.token}, timeout=30),
                uploads,
            )
        )
    admitted = [answer for answer in answers if answer.status_code == 201]
    assert len(admitted) <= 20
    assert {answer.json()["code"] for answer in answers if answer.status_code >= 400} <= {
        "limit_reached",
        "storage_unavailable",
    }
    assert behind.rows_of(product)["product"]["image_count"] == {"N": str(len(admitted))}


def test_bytes_swapped_for_others_of_the_same_size_are_refused(seller: Seller, product: str, behind: Behind) -> None:
    content = image("image/png")
    issued = seller.issue(product, "image", content, "image/png")
    seller.send(issued, content)
    seller.send(issued, b"#!/bin/sh\n".ljust(len(content)))
    answer = seller.confirm(issued)
    assert (answer.status_code, answer.json()["code"]) == (422, "content_type_mismatch")
    assert behind.vault_keys(product) == []


@pytest.mark.usefixtures("no_pump")
def test_a_form_used_again_after_the_confirm_changes_nothing(seller: Seller, product: str, behind: Behind) -> None:
    content = image("image/png")
    issued = seller.issue(product, "image", content, "image/png")
    seller.send(issued, content)
    first = seller.confirm(issued)
    (key,) = behind.vault_keys(product)
    assert seller.send(issued, b"#!/bin/sh\n".ljust(len(content))).status_code == 201
    again = seller.confirm(issued)
    assert (again.status_code, again.content) == (200, first.content)
    assert behind.vault_keys(product) == [key]
    assert behind.vault_bytes(key) == content


def test_a_swap_racing_with_the_confirm_never_reaches_the_vault(seller: Seller, product: str, behind: Behind) -> None:
    """The row names the very version that was verified, whichever of the two it saw; never the bad bytes."""
    good, bad = image("image/png"), b"#!/bin/sh\n".ljust(len(image("image/png")))
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            issued = seller.issue(product, "image", good, "image/png")
            seller.send(issued, good)
            swaps = [pool.submit(seller.send, issued, bad) for _ in range(3)]
            answer = seller.confirm(issued)
            for swap in swaps:
                swap.result()
            assert answer.status_code in (201, 422)
            seller.confirm(issued)
    for key in behind.vault_keys(product):
        assert behind.vault_bytes(key) == good
    for name, row in behind.rows_of(product).items():
        if name.startswith("image#"):
            assert row["key"]["S"] in behind.vault_keys(product)


SWAP_BETWEEN_CHECK_AND_COPY = """
import json, sys
import httpx
from chalicelib import confirm, kinds, storage
from chalicelib.upload_ids import UploadId

owner, issued, twin = json.load(sys.stdin)
freeze = storage.freeze

def swap_first(*arguments):
    sent = httpx.post(issued["url"], data=issued["fields"], files={"file": ("file", bytes.fromhex(twin))})
    assert sent.status_code == 201, sent.text
    return freeze(*arguments)

storage.freeze = swap_first
upload = issued["upload"]
print(confirm.confirm(owner, kinds.DELIVERABLE, upload["product_id"], UploadId.parse(upload["id"])).file.key)
"""


def test_a_twin_with_the_same_etag_that_arrives_after_the_check_never_reaches_the_vault(
    seller: Seller, stack: Stack, product: str, behind: Behind
) -> None:
    """The strongest swap: between confirm's read and its copy, with bytes whose MD5, and so ETag, are the same."""
    good, evil = SAME_MD5
    assert good != evil
    assert hashlib.md5(good).digest() == hashlib.md5(evil).digest()
    issued = seller.issue(product, "deliverable", good, "application/octet-stream")
    first = seller.send(issued, good)
    assert first.headers["ETag"] == f'"{hashlib.md5(evil).hexdigest()}"'

    given = json.dumps([stack.seller.sub, issued, evil.hex()])
    command = [sys.executable, "-c", SWAP_BETWEEN_CHECK_AND_COPY]
    ran = subprocess.run(command, env=stack.environment, input=given, check=False, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stderr
    assert behind.vault_keys(product) == [ran.stdout.strip()]
    assert behind.vault_bytes(ran.stdout.strip()) == good
    assert seller.confirm(issued).status_code == 200
    assert [behind.vault_bytes(key) for key in behind.vault_keys(product)] == [good]


def test_a_cancelled_upload_is_gone(seller: Seller, product: str, behind: Behind) -> None:
    content = image("image/png")
    issued = seller.issue(product, "image", content, "image/png")
    seller.send(issued, content)
    path = f"/products/{product}/images/uploads/{issued['upload']['id']}"
    assert [seller.call("DELETE", path).status_code for _ in range(2)] == [204, 204]
    answer = seller.confirm(issued)
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert behind.vault_keys(product) == []


def test_somebody_elses_upload_is_not_found(seller: Seller, stranger: Seller, product: str, behind: Behind) -> None:
    content = image("image/png")
    issued = seller.issue(product, "image", content, "image/png")
    seller.send(issued, content)
    assert stranger.confirm(issued).json()["code"] == "not_found"
    assert seller.confirm(issued).status_code == 201
    assert stranger.confirm(issued).json()["code"] == "not_found"
    file = f"/products/{product}/images/{issued['upload']['id']}"
    assert stranger.call("POST", f"{file}/download").status_code == 404


def test_a_confirm_races_with_the_deletion_of_its_product(seller: Seller, behind: Behind) -> None:
    content = image("image/png")
    for _ in range(5):
        product = seller.product()
        issued = seller.issue(product, "image", content, "image/png")
        seller.send(issued, content)
        with ThreadPoolExecutor(2) as pool:
            confirm = pool.submit(seller.confirm, issued)
            delete = pool.submit(seller.call, "DELETE", f"/products/{product}")
        assert delete.result().status_code in (204, 503)
        assert confirm.result().status_code in (201, 404, 503)
        rows = behind.rows_of(product)
        admitted = [name for name in rows if name.startswith("image#")]
        assert rows["product"]["image_count"] == {"N": str(len(admitted))}
