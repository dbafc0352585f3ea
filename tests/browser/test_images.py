"""Promo images: from a file on somebody's disk to what visitors see, and what can be done with it there."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from local.bootstrap import PASSWORD, Person
from tests.integration.conftest import Seller
from tests.samples import png_header

from .conftest import in_product
from .files import picture
from .product_page import ProductPage
from .seller_page import SellerPage
from .stage import Stage, new_email


def test_somebody_new_signs_up_and_sees_the_first_images_of_a_first_product(
    stage: Stage, visitor: SellerPage, tmp_path: Path
) -> None:
    visitor.sign_up(new_email(), PASSWORD)
    expect(visitor.no_products).to_be_visible()
    expect(visitor.storage_used).to_have_js_property("value", 0)
    product = visitor.create_product("Brush set")
    product.rename("Brush set, second edition")
    cover, back = picture(tmp_path / "cover.png"), picture(tmp_path / "back.jpg", 90)
    product.images.choose(cover)
    product.images.expect_shown("cover.png", stage.media)
    product.images.drop(back)
    product.images.expect_shown("back.jpg", stage.media)
    product.images.expect_files("cover.png", "back.jpg")
    visitor.go_to_products()
    expect(visitor.product_link("Brush set, second edition")).to_be_visible()
    expect(visitor.storage_used).to_have_js_property("value", cover.stat().st_size + back.stat().st_size)


def test_an_image_is_prepared_until_its_renditions_are_there(stage: Stage, seller: SellerPage, tmp_path: Path) -> None:
    images = seller.create_product("Brush set").images
    stage.running.pump.stop()
    try:
        images.choose(picture(tmp_path / "cover.png"))
        expect(images.item("cover.png")).to_contain_text("Preparing…")
    finally:
        stage.running.pump.start()
    images.expect_shown("cover.png", stage.media)
    expect(images.item("cover.png")).not_to_contain_text("Preparing…")


def test_an_image_that_cannot_be_decoded_says_so_in_its_place(seller: SellerPage, tmp_path: Path) -> None:
    images = seller.create_product("Brush set").images
    path = tmp_path / "torn.png"
    path.write_bytes(png_header(640, 480))
    images.choose(path)
    expect(images.item("torn.png").get_by_role("alert")).to_contain_text(re.compile(r"cannot be|could not be"))
    images.delete("torn.png")
    images.expect_files()


@pytest.fixture
def three(stage: Stage, api: Seller, visitor: SellerPage, person: Person, tmp_path: Path) -> ProductPage:
    """A product with three images, looked at."""
    product = api.product()
    for turn, name in enumerate(("one.png", "two.png", "three.png")):
        content = picture(tmp_path / name, 60 * turn).read_bytes()
        api.add(product, "image", content, "image/png", filename=name)
    shown = in_product(visitor, person, "Brush set")
    shown.images.expect_files("one.png", "two.png", "three.png")
    return shown


def test_images_are_put_in_order_by_buttons_and_by_hand_and_stay_so(
    stage: Stage, visitor: SellerPage, person: Person, api: Seller, three: ProductPage
) -> None:
    for file in ("one.png", "two.png", "three.png"):
        three.images.expect_shown(file, stage.media)
    three.images.move("three.png", "earlier")
    three.images.expect_files("one.png", "three.png", "two.png")
    three.images.drag("one.png", onto="two.png")
    three.images.expect_files("three.png", "two.png", "one.png")
    three.images.move("three.png", "later")
    three.images.expect_files("two.png", "three.png", "one.png")
    visitor.page.reload()
    visitor.sign_in(person)
    three.images.expect_files("two.png", "three.png", "one.png")
    assert [image["filename"] for image in api.images(three.id)] == ["two.png", "three.png", "one.png"]


def test_what_an_image_shows_is_written_once_and_heard_by_everybody(
    stage: Stage, visitor: SellerPage, person: Person, three: ProductPage
) -> None:
    alt = three.images.alt_text("two.png")
    alt.fill("Two brushes on a table")
    alt.press("Enter")
    expect(visitor.status("Saved")).to_be_visible()
    visitor.page.reload()
    visitor.sign_in(person)
    expect(three.images.alt_text("two.png")).to_have_value("Two brushes on a table")
    expect(three.images.region.get_by_role("img", name="Two brushes on a table")).to_be_visible()


def test_a_deleted_image_comes_back_by_undo_to_its_place(visitor: SellerPage, three: ProductPage) -> None:
    three.images.delete("two.png")
    three.images.expect_files("one.png", "three.png")
    visitor.undo.click()
    expect(three.images.item("two.png")).to_be_visible()
    three.images.expect_files("one.png", "two.png", "three.png")


def test_an_image_is_replaced_in_its_place_and_the_older_one_can_be_had_back(
    stage: Stage, three: ProductPage, tmp_path: Path
) -> None:
    three.images.replace("two.png", picture(tmp_path / "better.webp", 200))
    three.images.expect_shown("better.webp", stage.media)
    three.images.expect_files("one.png", "better.webp", "three.png")
    three.images.open_deleted()
    three.images.restore("Version 1 of two.png")
    three.images.expect_files("one.png", "two.png", "three.png")
