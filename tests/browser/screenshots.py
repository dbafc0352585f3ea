"""Makes the pictures of docs/images: the page as it is, with a seller of brushes.

python -m tests.browser.screenshots     (make screenshots)
"""

import io
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page, expect

from local.bootstrap import Person
from tests.integration.conftest import Seller, signed_in
from tests.pictures import encoded
from tools.node import NoNode

from .faults import slow_line
from .files import MIB, film
from .paintings import PAINTINGS, paint
from .seller_page import SellerPage
from .stage import NoStage, Stage, raised
from .views import Scheme

IMAGES = Path("docs/images")
MOST_BYTES = 60_000
MARGIN = 24
TITLE = "Botanical brush set"
FILES = {"Botanical brushes.zip": 38 * MIB, "Paper textures.zip": 21 * MIB, "Handbook.pdf": 3 * MIB}
TYPES = {
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".webp": "image/webp",
    ".zip": "application/zip",
}
BEGINNINGS = {".pdf": b"%PDF-1.7\n", ".zip": b"PK\x03\x04"}


def main() -> int:
    """Make them; returns the exit status."""
    try:
        with raised() as stage, httpx.Client(timeout=60) as http, tempfile.TemporaryDirectory() as folder:
            person = stage.seller("mira@studio-north.example")
            _fill(signed_in(stage.running, person, http))
            IMAGES.mkdir(parents=True, exist_ok=True)
            _sign_in(stage)
            _product(stage, person, "product", "light", (1440, 1040, 1))
            _product(stage, person, "product-phone", "dark", (390, 844, 2))
            _upload(stage, person, Path(folder))
    except (NoStage, NoNode) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


def _fill(api: Seller) -> None:
    product = str(api.call("POST", "/products", {"title": TITLE}).json()["id"])
    for name, (_, alt) in PAINTINGS.items():
        kind = TYPES[Path(name).suffix]
        api.add(product, "image", encoded(paint(name), kind), kind, filename=name, alt=alt)
    for name, size in FILES.items():
        _add(api, product, name, size)
    handbook = api.call("GET", f"/products/{product}/deliverables").json()["deliverables"][-1]
    _add(api, product, "Handbook.pdf", 4 * MIB, replaces=handbook["id"])
    api.rendered(product)


def _add(api: Seller, product: str, name: str, size: int, **more: Any) -> None:
    suffix = Path(name).suffix
    content = BEGINNINGS[suffix].ljust(size, b"\n")
    api.add(product, "deliverable", content, TYPES[suffix], filename=name, **more)


def _open(stage: Stage, scheme: Scheme, view: tuple[int, int, float]) -> SellerPage:
    page = stage.context(*view).new_page()
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    seller = SellerPage(page, stage.origin)
    seller.open()
    expect(seller.heading("Sign in")).to_be_visible()
    return seller


def _sign_in(stage: Stage) -> None:
    seller = _open(stage, "light", (820, 620, 1))
    _keep(seller.page, "sign-in")
    seller.page.context.close()


def _product(stage: Stage, person: Person, name: str, scheme: Scheme, view: tuple[int, int, float]) -> None:
    seller = _open(stage, scheme, view)
    seller.sign_in(person)
    product = seller.open_product(TITLE)
    for file in list(PAINTINGS):
        product.images.item(file).scroll_into_view_if_needed()  # they are loaded when they come into view
        product.images.expect_shown(file, stage.media)
    expect(product.deliverables.browse).to_be_attached()
    _keep(seller.page, name)
    seller.page.context.close()


def _upload(stage: Stage, person: Person, folder: Path) -> None:
    seller = _open(stage, "light", (1100, 900, 1))
    seller.sign_in(person)
    files = seller.open_product(TITLE).deliverables
    with slow_line(seller.page, 4 * MIB):
        files.choose(film(folder / "Lesson 1, leaves.mp4", 24 * MIB))
        expect(files.region.get_by_text(re.compile("Uploading: 4"))).to_be_visible()
        _keep(seller.page, "upload", files.region)
    seller.page.context.close()


def _keep(page: Page, name: str, region: Locator | None = None) -> None:
    """What is seen of the page, or all of a region of it: as WebP, as good as fits."""
    page.evaluate("scrollTo(0, 0)")
    shot = page.screenshot() if region is None else page.screenshot(full_page=True, clip=_around(region))
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    for quality in range(90, 20, -5):
        content = encoded(picture, "image/webp", quality=quality, method=6)
        if len(content) <= MOST_BYTES:
            break
    path = IMAGES / f"{name}.webp"
    path.write_bytes(content)
    print(f"› {path}: {picture.width} × {picture.height}, {len(content):,} bytes at quality {quality}")


def _around(region: Locator) -> FloatRect:
    """Its place on the page, with some room."""
    box = region.bounding_box()
    assert box is not None
    return {
        "x": box["x"] - MARGIN,
        "y": box["y"] - MARGIN,
        "width": box["width"] + 2 * MARGIN,
        "height": box["height"] + 2 * MARGIN,
    }


if __name__ == "__main__":
    sys.exit(main())
