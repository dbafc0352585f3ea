"""A seller in a thread of their own: uploads one file after the other, and repeats what is refused for now."""

import hashlib
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.samples import image, upload_request

from .figures import Figures

MOST_ATTEMPTS = 30
MOST_BYTES = 60_000
UPLOADS_PER_PRODUCT = 30
"""On the average; a third of them are images, of which a product may have 20."""
PNG = image("image/png")
TYPES = {"image": "image/png", "deliverable": "application/octet-stream"}


@dataclass(frozen=True)
class Told:
    """A file of which the seller was told that it is admitted."""

    product: str
    id: str
    kind: str
    content: bytes
    replaces: str | None

    @property
    def sha256(self) -> str:
        """In hex."""
        return hashlib.sha256(self.content).hexdigest()


class GaveUp(AssertionError):
    """A refusal that the contract does not call passing, or one that never passed."""


@dataclass
class Seller:
    """Follows the contract: a refusal with `retryable` is repeated, after `Retry-After`; anything else is an error.

    A connection that breaks is one too: faults are between the service and AWS, and must not come through.
    """

    url: str
    token: str
    uploads: int
    seed: str
    figures: Figures
    http: httpx.Client
    stopping: threading.Event
    told: list[Told] = field(default_factory=list)
    abandoned: int = 0

    def run(self) -> None:
        """Upload everything, unless all are to stop.

        Raises:
            GaveUp: an answer that must not be.
        """
        chance = random.Random(self.seed)
        products = [self._product() for _ in range(2 + self.uploads // UPLOADS_PER_PRODUCT)]
        for _ in range(self.uploads):
            if self.stopping.is_set():
                break
            self._upload(chance, chance.choice(products))

    def _product(self) -> str:
        return str(self._call("product", 201, "POST", "/products", {"title": "Brush set"})["id"])

    def _upload(self, chance: random.Random, product: str) -> None:
        """One file in four takes another's place; one in thirty is sent, and then its seller goes away."""
        kind, in_parts = chance.choice([("image", False), ("deliverable", False), ("deliverable", True)])
        start = PNG if kind == "image" else b""
        content = start + chance.randbytes(chance.randint(1, MOST_BYTES))
        replaces = self._newest(product, kind) if chance.random() < 0.25 else None
        wish = upload_request(content, TYPES[kind], sha256=hashlib.sha256(content).hexdigest())
        more: dict[str, Any] = {"strategy": "multipart"} if in_parts else {}
        if replaces is not None:
            more["replaces"] = replaces
        issued = self._call("issue", 201, "POST", f"/products/{product}/{kind}s/uploads", wish | more)
        self._send(issued, content)
        if chance.random() < 1 / 30:
            self.abandoned += 1
            return
        file = self._call("confirm", 201, "POST", issued["confirm_url"])
        if (file["id"], file["size"]) != (issued["upload"]["id"].partition("~")[0], len(content)):
            raise GaveUp(f"another file than was sent: {file}")
        self.told.append(Told(product, file["id"], kind, content, replaces))

    def _newest(self, product: str, kind: str) -> str | None:
        return next((one.id for one in reversed(self.told) if (one.product, one.kind) == (product, kind)), None)

    def _send(self, issued: Mapping[str, Any], content: bytes) -> None:
        if "multipart" in issued:
            (part,) = self._call("sign", 200, "POST", issued["multipart"]["parts_url"], {"part_numbers": [1]})["parts"]
            self._timed("part", lambda: self.http.put(part["url"], content=content)).raise_for_status()
        else:
            given = {"data": issued["fields"], "files": {"file": ("file", content)}}
            self._timed("form", lambda: self.http.post(issued["url"], **given)).raise_for_status()

    def _call(self, step: str, wanted: int, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Ask until it is answered. After a refusal the request may have been done all the same: then a 200 is right."""
        url = path if path.startswith("http") else self.url + path
        headers = {"Authorization": self.token}
        for attempt in range(MOST_ATTEMPTS):
            answer = self._timed(step, lambda: self.http.request(method, url, json=body, headers=headers))
            said: dict[str, Any] = answer.json()
            if answer.status_code == wanted or (attempt and step == "confirm" and answer.status_code == 200):
                return said
            if not said.get("retryable"):
                break
            self.figures.note_repeat(step)
            if self.stopping.wait(float(answer.headers.get("Retry-After", 0)) * random.uniform(1, 1.5)):
                break
        raise GaveUp(f"{step}: {answer.status_code} {answer.text}")

    def _timed(self, step: str, request: Callable[[], httpx.Response]) -> httpx.Response:
        began = time.perf_counter()
        answer = request()
        self.figures.note(step, answer.status_code, time.perf_counter() - began)
        return answer
