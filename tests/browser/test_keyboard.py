"""The page without a mouse."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from local.bootstrap import Person
from tests.integration.conftest import Seller

from .conftest import in_product
from .files import picture
from .seller_page import SellerPage
from .stage import Stage

MOST_STOPS = 60


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there, as somebody does who sees where it is."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_STOPS):
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by {MOST_STOPS} times Tab")


def test_a_seller_signs_in_makes_a_product_and_adds_an_image_without_a_mouse(
    stage: Stage, visitor: SellerPage, person: Person, tmp_path: Path
) -> None:
    page, keyboard = visitor.page, visitor.page.keyboard
    tab_to(page, visitor.email)
    keyboard.type(person.email)
    tab_to(page, visitor.password)
    keyboard.type(person.password)
    keyboard.press("Enter")

    expect(visitor.heading("Products")).to_be_visible()
    tab_to(page, visitor.button("New product"))
    keyboard.press("Enter")
    title = visitor.dialog("New product").get_by_role("textbox", name="Title")
    tab_to(page, title)
    keyboard.type("Brush set")
    keyboard.press("Enter")

    product = visitor.product("Brush set")
    expect(product.deliverables.browse).to_be_visible()  # the last thing that comes
    # Chromium is told to give choosers to Playwright, and takes keys, in two ways: a key is sure to come after that
    # only if something is asked of the page between them.
    with page.expect_file_chooser() as chooser:
        tab_to(page, product.images.browse)
        keyboard.press("Enter")
    chooser.value.set_files(picture(tmp_path / "cover.png"))
    product.images.expect_shown("cover.png", stage.media)


def test_images_are_put_in_order_described_and_deleted_without_a_mouse(
    visitor: SellerPage, person: Person, api: Seller, tmp_path: Path
) -> None:
    id_ = api.product()
    for turn, name in enumerate(("one.png", "two.png")):
        api.add(id_, "image", picture(tmp_path / name, 90 * turn).read_bytes(), "image/png", filename=name)
    page, keyboard = visitor.page, visitor.page.keyboard
    images = in_product(visitor, person, "Brush set").images
    tab_to(page, images.button("Move one.png later"))
    keyboard.press("Enter")
    images.expect_files("two.png", "one.png")
    expect(images.button("Move one.png earlier")).to_be_enabled()
    tab_to(page, images.alt_text("one.png"))
    keyboard.type("A brush")
    keyboard.press("Tab")
    expect(visitor.status("Saved")).to_be_visible()
    tab_to(page, images.button("Delete two.png"))
    keyboard.press("Space")
    images.expect_files("one.png")
    tab_to(page, visitor.undo)
    keyboard.press("Enter")
    images.expect_files("two.png", "one.png")


def test_a_dialog_holds_the_focus_closes_on_escape_and_gives_the_focus_back(seller: SellerPage) -> None:
    page, keyboard = seller.page, seller.page.keyboard
    opener = seller.button("New product")
    tab_to(page, opener)
    keyboard.press("Enter")
    dialog = seller.dialog("New product")
    expect(dialog).to_be_visible()
    for _ in range(6):
        keyboard.press("Tab")
        outside = page.evaluate("!document.activeElement.closest('dialog') && document.activeElement !== document.body")
        assert not outside
    keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(opener).to_be_focused()
