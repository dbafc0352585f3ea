"""The main job: three steps for both kinds, then the renditions, the list, the downloads."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image

from .files import archive, metadata, photo
from .screen import WentWrong, console, head, note, proven
from .seller import Seller, declared

RENDERED = {"rendition_state", "renditions", "placeholder", "original_url"}
"""What becomes of an image in the seconds after its confirm."""

File = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A product with its two files, as they are once the image has been rendered. `product` is its path."""

    product: str
    image: File
    deliverable: File


def main_job(seller: Seller) -> Shelf:
    """Put two files on a product."""
    head("A product, to put files on")
    product = f"/products/{seller.ask('POST', '/products', 201, {'title': 'Watercolour brushes'})['id']}"

    photograph, brushes = photo(), archive()
    head(f"A promo image of {len(photograph) / 1e6:.1f} MB: three steps")
    image = upload(seller, f"{product}/images", declared("cover été +1.jpg", "image/jpeg", photograph), photograph)
    image = renditions(seller, product, image, photograph)
    head(f"A deliverable of {len(brushes) / 1e6:.1f} MB: the same three steps")
    body = declared("brushes — größe 12.zip", "application/zip", brushes)
    deliverable = upload(seller, f"{product}/deliverables", body, brushes)

    head("List them, download them, compare")
    listed = seller.ask("GET", product, 200)
    if [listed["images"], listed["deliverables"]] != [[image], [deliverable]]:
        raise WentWrong("the list is not what was confirmed")
    same_bytes(seller, f"{product}/images", image, photograph)
    same_bytes(seller, f"{product}/deliverables", deliverable, brushes)
    check_usage(seller, image, deliverable)
    return Shelf(product, image, deliverable)


def upload(seller: Seller, files: str, body: dict[str, Any], content: bytes) -> File:
    """The three steps, and the third once more."""
    form = seller.ask("POST", f"{files}/uploads", 201, body)
    seller.send(form, content)
    file: File = seller.ask("POST", form["confirm_url"], 201)
    note("the answer got lost? confirm again: the same file, and nothing happens twice")
    if without_rendered(seller.ask("POST", form["confirm_url"], 200)) != without_rendered(file):
        raise WentWrong("the repeated confirm gave another answer")
    return file


def renditions(seller: Seller, product: str, image: File, original: bytes) -> File:
    """Wait for the renditions; compare one with the original."""
    head("What visitors see: renditions, made as soon as the image was in the vault")
    listed = seller.ask_until(f"{product}/images", lambda body: body["images"][0]["rendition_state"] != "processing")
    rendered: File = listed["images"][0]
    if rendered["rendition_state"] != "ready" or without_rendered(rendered) != without_rendered(image):
        raise WentWrong(f"the image was not rendered: {rendered}")
    for made in rendered["renditions"]:
        size = f"{made['width']:>5} × {made['height']:<5}{made['bytes']:>9,} bytes"
        console.print(
            f"      …/{made['url'].rpartition('/')[2]:<10}{size}  [dim]{made['content_type']}[/]", soft_wrap=True
        )
    note(f"until one has come, a page shows its placeholder, a BlurHash: {rendered['placeholder']}".replace("[", r"\["))
    _compare(seller, rendered["renditions"][0], original)
    return rendered


def _compare(seller: Seller, rendition: dict[str, Any], original: bytes) -> None:
    content = seller.visit(rendition["url"], 200).content
    before, after = Image.open(io.BytesIO(original)), Image.open(io.BytesIO(content))
    if (after.format, *after.size, len(content)) != (
        "WEBP",
        *(rendition[name] for name in ("width", "height", "bytes")),
    ):
        raise WentWrong(
            f"the rendition is not what the list says: {after.format} of {after.size}, {len(content)} bytes"
        )
    told = metadata(before)
    if metadata(after) or any(
        marker in content for marker in (b"Exif", b"EXIF", b"ICCP", b"XMP", told["camera"].encode())
    ):
        raise WentWrong(f"the rendition has metadata: {metadata(after)}")
    console.print(
        f"      the original ({before.width} × {before.height}) tells everybody its "
        + ", ".join(f"{name} ({value})" for name, value in told.items()),
        soft_wrap=True,
    )
    proven(f"the rendition tells nothing of it; it is a WebP of {after.width} × {after.height}, upright")


def same_bytes(seller: Seller, files: str, file: File, content: bytes) -> None:
    """Download a file, and compare it with what was sent."""
    download = seller.ask("POST", f"{files}/{file['id']}/download", 200)
    got = hashlib.sha256(httpx.get(download["url"]).content).hexdigest()
    if got != hashlib.sha256(content).hexdigest():
        raise WentWrong(f"{file['filename']} came back changed")
    proven(f"{file['filename']}: SHA-256 {got[:16]}… is that of the file that was uploaded")


def check_usage(seller: Seller, *files: File) -> None:
    """Hold the seller's usage to that of these files."""
    usage = seller.ask("GET", "/usage", 200)
    if (usage["bytes"], usage["files"]) != (sum(file["size"] for file in files), len(files)):
        raise WentWrong(f"the usage is not that of {len(files)} files: {usage}")


def without_rendered(file: File) -> File:
    """The image without what its rendering changes."""
    return {name: value for name, value in file.items() if name not in RENDERED}
