"""The product that the doctor puts its files on, and takes away again whatever happens."""

import hashlib
import secrets
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from ..problems import NotSignedIn, Unreachable
from .answers import Body, NotUnderstood, Refused
from .findings import Finding, failed, ok
from .site import Site, segment

_CHECK = "canary.clean_up"


@dataclass(frozen=True, slots=True)
class File:
    """Bytes to upload, and what is declared of them."""

    kind: str
    filename: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """In hex."""
        return hashlib.sha256(self.content).hexdigest()

    def declared(self, **more: Any) -> dict[str, Any]:
        """The body of step 1."""
        return {
            "filename": self.filename,
            "content_type": self.content_type,
            "size": len(self.content),
            "sha256": self.sha256,
            **more,
        }


@dataclass(slots=True)
class Canary:
    """A product, and everything that was begun on it. `to_undo`: the paths to DELETE, the last one first."""

    site: Site
    product_id: str
    to_undo: list[str] = field(default_factory=list)

    def issue(self, file: File, **more: Any) -> Body:
        """Step 1.

        Raises:
            Refused, NotUnderstood: no upload was issued.
        """
        uploads = f"/products/{self.product_id}/{file.kind}s/uploads"
        issued = self.site.ask("POST", uploads, file.declared(**more), wanted=201)
        self.to_undo.append(f"{uploads}/{segment(issued.text('upload', 'id'))}")
        return issued

    def cancel(self, file: File, issued: Body) -> httpx.Response:
        """Give an upload up."""
        upload_id = segment(issued.text("upload", "id"))
        return self.site.call("DELETE", f"/products/{self.product_id}/{file.kind}s/uploads/{upload_id}")

    def confirm(self, file: File, issued: Body) -> tuple[int, int, Body]:
        """Step 3, twice: both statuses, and the file as admitted.

        Raises:
            Refused: it was not admitted.
            NotUnderstood: it was admitted as two files.
        """
        url = issued.text("confirm_url")
        # A server that has lost its answer is asked again as any client would.
        first = self._patiently(url)
        admitted = Body.of(first, "the first confirm")
        self.to_undo.append(f"/products/{self.product_id}/{file.kind}s/{segment(admitted.text('id'))}")
        return first.status_code, self._patiently(url).status_code, admitted

    def _patiently(self, url: str) -> httpx.Response:
        for seconds in (0.5, 1, 2, None):
            answer = self.site.call("POST", url)
            if answer.is_success:
                return answer
            if seconds is None or answer.status_code not in (409, 429, 503):
                break
            self.site.sleep(seconds)
        raise Refused("confirm", answer)

    def clean_up(self) -> Finding:
        """Take everything away, the newest first. Repeatable: what is gone already is fine."""
        stuck = []
        while self.to_undo:
            path = self.to_undo[-1]
            try:
                status = self.site.call("DELETE", path).status_code
            except (httpx.TransportError, NotSignedIn, Unreachable) as error:
                stuck.append(type(error).__name__)
            else:
                if status not in (204, 404, 410):
                    stuck.append(str(status))
            self.to_undo.pop()
        if stuck:
            mend = f"Delete the product {self.product_id}, whose title begins with “vestibule doctor”."
            return failed(_CHECK, f"something could not be deleted ({', '.join(stuck)})", mend)
        return ok(_CHECK, "product and files are deleted; their bytes count as used until they are purged")


@contextmanager
def canary_product(site: Site) -> Iterator[Canary]:
    """A product, taken away when the block ends, however it ends.

    Raises:
        Refused, NotUnderstood: none could be made.
    """
    title = f"vestibule doctor {site.now():%Y-%m-%d %H:%M:%S} {secrets.token_hex(4)}"
    try:
        product_id = site.ask("POST", "/products", {"title": title}, wanted=201).text("id")
    except (Refused, NotUnderstood, httpx.TransportError):
        _take_away(site, title)
        raise
    canary = Canary(site, product_id, [f"/products/{segment(product_id)}"])
    try:
        yield canary
    finally:
        canary.clean_up()


def _take_away(site: Site, title: str) -> None:
    """A product may have been made although its answer was lost. Its title is nobody else's."""
    listed = site.call("GET", "/products")
    for product in Body.of(listed, "GET /products").bodies("products") if listed.is_success else ():
        if product.text("title") == title:
            site.call("DELETE", f"/products/{segment(product.text('id'))}")


def picture(width: int = 64, height: int = 48) -> bytes:
    """A PNG of one colour, 8 bits RGB."""
    row = b"\0" + bytes((0x2F, 0x6F, 0x4F)) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(row * height))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
