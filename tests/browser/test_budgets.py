"""How much a seller waits for: script until the products are there, and what jumps on the way."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from local.bootstrap import Person
from tests.integration.conftest import Seller

from .faults import slow_line
from .seller_page import SellerPage
from .stage import Stage
from .views import TITLE, fill

MOST_SCRIPT_BYTES = 120_000
MOST_SHIFT = 0.02
SCRIPTS = """performance.getEntriesByType("resource").filter(({ name }) => new URL(name).pathname.endsWith(".js"))
  .map(({ name, encodedBodySize }) => [new URL(name).pathname, encodedBodySize])"""
# What moves within half a second of a key or a click is what somebody wanted, and is not counted: https://web.dev/cls
OBSERVE_SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => shifts.push(...list.getEntries().filter(({ hadRecentInput }) => !hadRecentInput)
  .map(({ value, sources }) => ({ value, what: sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? "") }))))
  .observe({ type: "layout-shift", buffered: true })"""


def test_the_products_are_there_after_at_most_120_kb_of_script(
    seller: SellerPage, capsys: pytest.CaptureFixture[str]
) -> None:
    expect(seller.no_products).to_be_visible()
    sizes = dict(seller.page.evaluate(SCRIPTS))
    total = sum(sizes.values())
    with capsys.disabled():
        print(f"\nscript until the products are there: {total:,} bytes, compressed")
    assert 0 < total <= MOST_SCRIPT_BYTES, sizes


def test_nothing_jumps_from_signing_in_to_the_files_of_a_product(
    stage: Stage,
    visitor: SellerPage,
    person: Person,
    api: Seller,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill(api, tmp_path)
    page = visitor.page
    page.add_init_script(OBSERVE_SHIFTS)
    with slow_line(page, latency_ms=150):
        page.reload()
        visitor.sign_in(person)
        href = visitor.product_link(TITLE).get_attribute("href")
        page.evaluate("(href) => { location.hash = href }", href)  # not by a click: see above
        product = visitor.product(TITLE)
        for file in ("cover.png", "back.jpg", "inside.webp"):
            product.images.expect_shown(file, stage.media)
        expect(product.deliverables.browse).to_be_visible()
        shifts = page.evaluate("shifts")
    total = sum(shift["value"] for shift in shifts)
    with capsys.disabled():
        print(f"\nlayout shift from signing in to the files of a product: {total:.4f}")
    assert total <= MOST_SHIFT, shifts
