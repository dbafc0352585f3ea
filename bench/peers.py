"""The service and what it is measured beside: how each is asked for a form, and for what happens once it was used."""

import io
import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from .lanes import Ask, Lane
from .server import Server

PER_PRODUCT = 20
"""Images, as many as one may have."""
SIDE_PIXELS = 181
"""Of a square of noise, which as a PNG has about 100 KB."""


def picture() -> bytes:
    """The file that is uploaded: the same in each run."""
    file = io.BytesIO()
    noise = random.Random(0).randbytes(SIDE_PIXELS * SIDE_PIXELS * 3)
    Image.frombytes("RGB", (SIDE_PIXELS, SIDE_PIXELS), noise).save(file, "PNG")
    return file.getvalue()


PICTURE = picture()
DECLARATION = json.dumps({"filename": "cover.png", "content_type": "image/png", "size": len(PICTURE)}).encode()


@dataclass(frozen=True, slots=True)
class Peer:
    """A server, its clients, and what its steps are asked with. Without a confirm, an upload ends with its bytes."""

    server: Server
    lanes: Sequence[Lane]
    ask: Callable[[Lane], Ask]
    confirm: Callable[[Lane, Any], Ask] | None = None

    def issue(self, lane: Lane) -> None:
        """Step 1 alone."""
        lane.ask("issue", self.ask(lane))

    def upload(self, lane: Lane) -> None:
        """All steps."""
        form = lane.ask("issue", self.ask(lane))
        lane.send(form, PICTURE)
        if self.confirm is not None:
            lane.ask("confirm", self.confirm(lane, form))


def make_room(lanes: Sequence[Lane], uploads: int) -> None:
    """New products in the service, for so many uploads more by these clients together."""
    for lane in lanes:
        for _ in range(math.ceil(uploads / len(lanes) / PER_PRODUCT)):
            product = lane.ask("product", Ask("POST", "/products", b'{"title": "Brush set"}', 201))["id"]
            lane.products += [product] * PER_PRODUCT


def vestibule(server: Server, lanes: Sequence[Lane]) -> Peer:
    """Our own service. It needs room before it is asked."""

    def confirm(lane: Lane, form: Any) -> Ask:
        product, upload = lane.products.pop(), form["upload"]["id"]
        return Ask("POST", f"/products/{product}/images/uploads/{upload}/confirm", status=201)

    def ask(lane: Lane) -> Ask:
        return Ask("POST", f"/products/{lane.products[-1]}/images/uploads", DECLARATION, 201)

    return Peer(server, lanes, ask, confirm)


def naive(server: Server, lanes: Sequence[Lane]) -> Peer:
    """bench/servers/naive.py."""

    def confirm(_: Lane, form: Any) -> Ask:
        return Ask("POST", f"/products/any/uploads/{form['id']}/confirm", DECLARATION, 201)

    return Peer(server, lanes, lambda _: Ask("POST", "/products/any/uploads", DECLARATION, 201), confirm)


def companion(server: Server, lanes: Sequence[Lane]) -> Peer:
    """Uppy Companion, asked as Uppy asks it."""
    target = "/s3/params?filename=cover.png&type=image%2Fpng&metadata%5Bname%5D=cover.png"
    return Peer(server, lanes, lambda _: Ask("GET", target))


def anchor(server: Server, lanes: Sequence[Lane], path: str) -> Peer:
    """One of bench/servers/anchors.py."""
    return Peer(server, lanes, lambda _: Ask("POST", path, DECLARATION))
