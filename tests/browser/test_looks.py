"""Every view, in light and dark, at the widths of a telephone, a tablet and a desk: nothing sticks out, axe finds nothing."""

from pathlib import Path
from typing import Any

import pytest

from local.bootstrap import Person
from tests.integration.conftest import Seller
from tools.node import WEB

from .conftest import SEEN
from .seller_page import SellerPage
from .views import SCHEMES, each_view

WIDTHS = (390, 820, 1440)
# Where axe looks: what it finds depends on colours, and hardly on widths.
EXAMINED = {("light", WIDTHS[-1]), ("dark", WIDTHS[0])}
SERIOUS = {"serious", "critical"}
RUN_AXE = "() => axe.run(document, { resultTypes: ['violations'] })"
# A function, for the policy forbids `eval` to what Playwright waits for otherwise.
NOTHING_CHANGES = "() => document.getAnimations().every((one) => !(one instanceof CSSTransition))"
STICKS_OUT = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Which elements end beyond the right edge, to be told.
WHAT_STICKS_OUT = """[...document.querySelectorAll('body *')]
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 100))"""


@pytest.fixture(scope="module")
def axe() -> str:
    """Its source: a policy that forbids foreign scripts does not hold for a debugger."""
    return (WEB / "node_modules" / "axe-core" / "axe.min.js").read_text()


def faults(findings: dict[str, Any]) -> list[str]:
    """What is serious of what axe found, with where."""
    return [
        f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']]}"
        for one in findings["violations"]
        if one["impact"] in SERIOUS
    ]


def test_every_view_fits_every_width_and_axe_finds_no_serious_fault_in_light_or_dark(
    visitor: SellerPage, person: Person, api: Seller, tmp_path: Path, axe: str
) -> None:
    page, found = visitor.page, list[str]()
    SEEN.mkdir(parents=True, exist_ok=True)

    def look(view: str) -> None:
        if page.evaluate("typeof axe") == "undefined":
            page.evaluate(axe)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("scrollTo(0, 0)")  # what sticks to the top would be seen in the middle
            if page.evaluate(STICKS_OUT) > 0:
                found.append(f"{view} at {width}: {page.evaluate(WHAT_STICKS_OUT)}")
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.wait_for_function(NOTHING_CHANGES)
                page.screenshot(path=SEEN / f"{view}-{scheme}-{width}.jpg", type="jpeg", quality=85, full_page=True)
                if (scheme, width) in EXAMINED:
                    found.extend(f"{view} at {width}, {fault}" for fault in faults(page.evaluate(RUN_AXE)))

    each_view(visitor, person, api, tmp_path, look)
    assert found == []
