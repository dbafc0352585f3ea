"""The page's views as they are looked at: by axe, at each width, and for the screenshots of the documentation."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import expect

from local.bootstrap import Person
from tests.integration.conftest import Seller

from .faults import slow_line
from .files import MIB, archive, film, picture
from .product_page import ProductPage
from .seller_page import SellerPage

TITLE = "Brush set"
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def fill(api: Seller, folder: Path) -> None:
    """A shop with two products, one of them with files of all sorts."""
    api.call("POST", "/products", {"title": "Paper textures"})
    product = api.product()
    for turn, name in enumerate(("cover.png", "back.jpg", "inside.webp")):
        path = picture(folder / name, 70 * turn)
        kind = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}[path.suffix]
        api.add(product, "image", path.read_bytes(), kind, filename=name, alt=f"What {name} shows")
    for name in ("brushes.zip", "a file name that is longer than what fits in a line of a telephone.zip"):
        content = archive(folder / name).read_bytes()
        file = api.add(product, "deliverable", content, "application/zip", filename=name)
        api.add(product, "deliverable", content, "application/zip", filename=name, replaces=file["id"])
    deleted = api.add(product, "deliverable", b"x" * 100, "text/plain", filename="old.txt")
    api.call("DELETE", f"/products/{product}/deliverables/{deleted['id']}")
    api.rendered(product)


@contextlib.contextmanager
def upload_under_way(seller: SellerPage, product: ProductPage, folder: Path) -> Iterator[None]:
    """For as long as the block lasts."""
    with slow_line(seller.page, MIB):
        product.deliverables.choose(film(folder / "lesson.mp4", 60 * MIB))
        expect(product.deliverables.button("Pause upload")).to_be_visible()
        yield


Look = Callable[[str], None]
"""What is done with each view; it is given the view's name."""


def each_view(visitor: SellerPage, person: Person, api: Seller, folder: Path, look: Look) -> None:
    """Walk through the whole page as a seller: signed out, with nothing, with everything, and in the middle of it."""
    expect(visitor.heading("Sign in")).to_be_visible()
    look("sign-in")
    visitor.button("Create an account").click()
    expect(visitor.heading("Create an account")).to_be_visible()
    look("sign-up")
    visitor.button("Back to sign in").click()
    visitor.sign_in(person)
    expect(visitor.no_products).to_be_visible()
    look("products-empty")
    product = visitor.create_product("Nothing yet")
    expect(product.deliverables.browse).to_be_visible()
    look("product-empty")
    fill(api, folder)
    visitor.go_to_products()
    expect(visitor.product_link(TITLE)).to_be_visible()
    look("products")
    product = visitor.open_product(TITLE)
    product.deliverables.open_deleted()
    expect(product.deliverables.browse).to_be_visible()
    look("product")
    product.ask_to_delete()
    look("dialog")
    visitor.page.keyboard.press("Escape")
    notes = folder / "notes.gif"
    notes.write_bytes(b"GIF89a")
    product.images.choose(notes)
    expect(product.images.refusal_of("notes.gif")).to_be_visible()
    with upload_under_way(visitor, product, folder):
        look("upload")
