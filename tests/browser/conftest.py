"""A seller, a browser and a stack: Chromium, on the page that `make dev` serves."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext

from local.bootstrap import Person
from tests.integration.conftest import Seller, signed_in

from .product_page import ProductPage
from .seller_page import SellerPage
from .stage import Stage, raised_or_skipped
from .watch import Watch

SEEN = Path(".local/browser")
"""Where tests put what they saw: screenshots, and what a failed one looked at last."""
FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    """For these tests only: Playwright's event loop must not run when others want one."""
    yield from raised_or_skipped()


@pytest.fixture
def person(stage: Stage) -> Person:
    """A seller of this test's own, with no products."""
    return stage.seller()


@pytest.fixture
def context(stage: Stage) -> Iterator[BrowserContext]:
    context = stage.context()
    yield context
    context.close()


@pytest.fixture
def watch(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Watch]:
    """Fails the test for whatever the page complains of, unless the test has provoked it."""
    watch = Watch(context)
    yield watch
    if request.node.stash.get(FAILED, False):
        _show(context, request.node.name)
        print("the page complained of:", *watch.complaints(), sep="\n  ")
    else:
        assert watch.complaints() == []


@pytest.fixture
def visitor(stage: Stage, context: BrowserContext, watch: Watch) -> SellerPage:
    """The page, where nobody has signed in yet."""
    page = SellerPage(context.new_page(), stage.origin)
    page.open()
    return page


@pytest.fixture
def seller(visitor: SellerPage, person: Person) -> SellerPage:
    """The page, where the seller has signed in."""
    visitor.sign_in(person)
    return visitor


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as client:
        yield client


@pytest.fixture
def api(stage: Stage, person: Person, http: httpx.Client) -> Seller:
    """The same seller without a page: to prepare things, and to look at what the page has done."""
    return signed_in(stage.running, person, http)


def in_product(visitor: SellerPage, person: Person, title: str) -> ProductPage:
    """Sign in, and open a product that the API has made."""
    visitor.sign_in(person)
    return visitor.open_product(title)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


def _show(context: BrowserContext, test: str) -> None:
    """What the pages of a failed test show, in words, and as pictures in a folder."""
    SEEN.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(context.pages):
        picture = SEEN / f"failed-{test.partition('[')[0]}-{os.getpid()}-{number}.png"
        page.screenshot(path=picture, full_page=True)
        print(f"{page.url}, in {picture}:\n{page.locator('body').aria_snapshot()}")
