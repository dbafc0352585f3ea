"""The product that the doctor puts its files on, and takes away again whatever happens."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from ..problems import NotSignedIn, Unreachable
from .answers import Body, Refused
from .findings import Finding, failed, judged, ok
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

    def confirm(self, check: str, file: File, issued: Body) -> tuple[Finding, str]:
        """Step 3, twice, as a client does whose first answer was lost; and the id of the file.

        Raises:
            Refused, NotUnderstood: it was not admitted.
        """
        url = issued.text("confirm_url")
        first = self._patiently(url)
        file_id = Body.of(first, "the first confirm").text("id")
        self.to_undo.append(f"/products/{self.product_id}/{file.kind}s/{segment(file_id)}")
        again = self._patiently(url)
        statuses = (first.status_code, again.status_code)
        complaints = [] if statuses == (201, 200) else [f"the two confirms answered {statuses[0]} and {statuses[1]}"]
        if Body.of(again, "the second confirm").text("id") != file_id:
            complaints.append("the second confirm admitted another file")
        fine = f"{len(file.content):,} bytes are admitted once, and a second confirm answers the same"
        mend = "Expected are 201, then 200 and the same file: see the log group /aws/lambda/vestibule-<stage>-api."
        return judged(check, complaints, fine, mend), file_id

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
    except BaseException:
        _take_away(site, title)
        raise
    canary = Canary(site, product_id, [f"/products/{segment(product_id)}"])
    try:
        yield canary
    finally:
        canary.clean_up()


def _take_away(site: Site, title: str) -> None:
    """A product may have been made although its answer was lost, or nobody waited for it. Its title is no other's."""
    listed = site.call("GET", "/products")
    for product in Body.of(listed, "GET /products").bodies("products") if listed.is_success else ():
        if product.text("title") == title:
            site.call("DELETE", f"/products/{segment(product.text('id'))}")
