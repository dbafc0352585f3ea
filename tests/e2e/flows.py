"""What each function is for, as flows that work or break: of sellers, of S3's event, and of the hourly rule."""

from collections.abc import Callable
from typing import Any, Protocol

import httpx

from chalicelib.kinds import DELIVERABLE, IMAGE
from tests.e2e.functions import call_render, eventually
from tests.e2e.stored import Stored
from tests.e2e.test_stack import Seller
from tests.samples import image, upload_request, with_long_metadata, zip_file

PNG, ZIP = image("image/png"), zip_file()
LONG = with_long_metadata(image("image/jpeg"), 100_000)


def issue(seller: Seller, product: str, content: bytes = PNG, content_type: str = "image/png") -> dict[str, Any]:
    answer = seller.call("POST", f"/products/{product}/images/uploads", upload_request(content, content_type))
    assert answer.status_code == 201, answer.text
    issued: dict[str, Any] = answer.json()
    return issued


def send(issued: dict[str, Any], content: bytes = PNG) -> None:
    answer = httpx.post(issued["url"], data=issued["fields"], files={"file": ("f", content)})
    assert answer.status_code == 201, answer.text


def confirm(seller: Seller, product: str, issued: dict[str, Any], *statuses: int) -> dict[str, Any]:
    answer = seller.call("POST", f"/products/{product}/images/uploads/{issued['upload']['id']}/confirm")
    assert answer.status_code in (statuses or (201,)), answer.text
    file: dict[str, Any] = answer.json()
    return file


def begin(seller: Seller, product: str) -> dict[str, Any]:
    """An upload in parts: one of them, since it is small."""
    body = upload_request(ZIP, "application/zip", strategy="multipart")
    issued: dict[str, Any] = ok(seller.call("POST", f"/products/{product}/deliverables/uploads", body)).json()
    return issued


def send_part(seller: Seller, issued: dict[str, Any]) -> None:
    upload = issued["upload"]
    path = f"/products/{upload['product_id']}/deliverables/uploads/{upload['id']}/parts"
    (part,) = ok(seller.call("POST", path, {"part_numbers": [1]})).json()["parts"]
    ok(httpx.put(part["url"], content=ZIP))


def ok(answer: httpx.Response) -> httpx.Response:
    assert answer.status_code < 300, answer.text
    return answer


def make_product(seller: Seller) -> str:
    return str(ok(seller.call("POST", "/products", {"title": "Flows"})).json()["id"])


def admit(seller: Seller, product: str, stored: Stored, content: bytes = PNG) -> str:
    """The three steps for an image; returns its id once it has its renditions."""
    issued = issue(seller, product, content)
    send(issued, content)
    image_id: str = confirm(seller, product, issued)["id"]
    assert eventually(lambda: stored.image_row(product, image_id)["rendition_state"] == "ready")
    return image_id


class Flows(Protocol):
    """What a function is for."""

    def prepare(self) -> None:
        """Make what the next round needs, whatever the last one left behind."""

    def all(self) -> dict[str, Callable[[], object]]:
        """The flows by name; each fails by an AssertionError or an HTTPError."""


class APIFlows:
    """What sellers do, each from the beginning. What an earlier step prepared is made with all permissions."""

    def __init__(self, seller: Seller) -> None:
        self.seller = seller

    def prepare(self) -> None:
        """Stage what the next round confirms; a product takes only so many, and a seller has only so many unfinished."""
        self._finish_with_what_is_staged()
        self.product = make_product(self.seller)
        self.staged = issue(self.seller, self.product)
        send(self.staged)
        self.staged_long = issue(self.seller, self.product, LONG, "image/jpeg")
        send(self.staged_long, LONG)
        self.unsent = issue(self.seller, self.product)
        self.to_cancel = issue(self.seller, self.product)
        self.in_parts, self.half_sent = begin(self.seller, self.product), begin(self.seller, self.product)
        send_part(self.seller, self.in_parts)
        kept = issue(self.seller, self.product)
        send(kept)
        self.file = confirm(self.seller, self.product, kept)["id"]
        self.confirmed = kept

    def all(self) -> dict[str, Callable[[], object]]:
        seller, product = self.seller, self.product
        path = f"/products/{product}"
        return {
            "create a product": lambda: ok(seller.call("POST", "/products", {"title": "x"})),
            "list products": lambda: ok(seller.call("GET", "/products")),
            "read a product": lambda: ok(seller.call("GET", path)),
            "rename a product": lambda: ok(seller.call("PATCH", path, {"title": "y"}, If_Match="*")),
            "issue an upload": lambda: issue(seller, product),
            "send the form": lambda: send(self.unsent),
            "confirm": lambda: confirm(seller, product, self.staged),
            "confirm, header far in": lambda: confirm(seller, product, self.staged_long),
            "confirm again": lambda: confirm(seller, product, self.confirmed, 200),
            "cancel": lambda: ok(seller.call("DELETE", f"{path}/images/uploads/{self.to_cancel['upload']['id']}")),
            "begin in parts": lambda: begin(seller, product),
            "send a part": lambda: send_part(seller, self.half_sent),
            "list parts": lambda: ok(
                seller.call("GET", f"{path}/deliverables/uploads/{self.half_sent['upload']['id']}/parts")
            ),
            "confirm parts": lambda: ok(
                seller.call("POST", f"{path}/deliverables/uploads/{self.in_parts['upload']['id']}/confirm")
            ),
            "cancel parts": lambda: ok(
                seller.call("DELETE", f"{path}/deliverables/uploads/{self.half_sent['upload']['id']}")
            ),
            "describe an image": lambda: ok(seller.call("PATCH", f"{path}/images/{self.file}", {"alt": "x"})),
            "download": self._download,
            "usage": lambda: ok(seller.call("GET", "/usage")),
        }

    def _finish_with_what_is_staged(self) -> None:
        applied = self.seller.applied
        s3, bucket = applied.client("s3"), applied.outputs["buckets"]["staging"]
        for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=item["Key"])

    def _download(self) -> None:
        signed = ok(self.seller.call("POST", f"/products/{self.product}/images/{self.file}/download")).json()
        answer = httpx.get(signed["url"])
        assert answer.status_code == 200, answer.text


class RenderFlows:
    """An event of an image that waits for its renditions, and one that comes before its row."""

    def __init__(self, seller: Seller, stored: Stored) -> None:
        self.stored = stored
        self.product = make_product(seller)
        self.image = admit(seller, self.product, stored)
        self.key = stored.image_row(self.product, self.image)["key"]

    def prepare(self) -> None:
        self.stored.forget_renditions(self.product, self.image)

    def all(self) -> dict[str, Callable[[], object]]:
        return {"render an image": self._render, "leave a reminder": self._leave_a_reminder}

    def _render(self) -> None:
        assert call_render(self.stored.applied, self.key) is None
        assert self.stored.image_row(self.product, self.image)["rendition_state"] == "ready"
        assert self.stored.renditions(self.product, self.image)

    def _leave_a_reminder(self) -> None:
        key, (_, sk) = self.stored.new_key(self.product, IMAGE)
        assert call_render(self.stored.applied, key) is not None
        assert sk in [reminder["of_sk"]["S"] for reminder in self.stored.reminders_of(self.product)]


class SweepFlows:
    """One run of the sweep that finds some of everything, and then a look at what became of each."""

    def __init__(self, seller: Seller, stored: Stored, sweep: Callable[[], str | None]) -> None:
        self.stored, self.sweep = stored, sweep
        self.product = make_product(seller)
        self.kept, self.missed, self.deleted = (admit(seller, self.product, stored) for _ in range(3))
        ok(seller.call("DELETE", f"/products/{self.product}/images/{self.deleted}"))
        self.before = stored.snapshot(self.product, self.deleted)

    def prepare(self) -> None:
        self.stored.forget_the_sweeps()
        self.stored.bring_back(self.before)
        self.stored.forget_renditions(self.product, self.missed)
        self.reminder = self.stored.remind(self.product, self.missed)
        self.orphan, self.tombstone = self.stored.put_orphan(self.product, DELIVERABLE)
        self.multipart = self.stored.begin_multipart(self.product)

    def all(self) -> dict[str, Callable[[], object]]:
        failed = self.sweep()
        return {
            "end well": lambda: refuse(failed),
            "render a missed image": self._render,
            "forget a reminder": lambda: refuse(self.stored.row(self.reminder)),
            "purge a deleted image": self._purge,
            "delete an orphan": self._delete_an_orphan,
            "abort a multipart upload": lambda: refuse(self.multipart in self.stored.open_multiparts()),
            "keep a live image": self._keep,
        }

    def _render(self) -> None:
        assert self.stored.image_row(self.product, self.missed)["rendition_state"] == "ready"
        assert self.stored.renditions(self.product, self.missed)

    def _purge(self) -> None:
        assert self.stored.image_row(self.product, self.deleted)["state"] == "purged"
        assert not self.stored.holds(self.before.key)
        assert not self.stored.renditions(self.product, self.deleted)

    def _delete_an_orphan(self) -> None:
        row = self.stored.row(self.tombstone)
        assert row is not None
        assert row["state"] == "swept"
        assert not self.stored.holds(self.orphan)

    def _keep(self) -> None:
        row = self.stored.image_row(self.product, self.kept)
        assert row["state"] == "live"
        assert self.stored.holds(row["key"])
        assert self.stored.renditions(self.product, self.kept)


def refuse(found: object) -> None:
    assert not found, found
