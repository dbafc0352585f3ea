"""What goes wrong on the way and passes: the seller is told, and the upload goes on by itself."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from local.bootstrap import Person
from tests.integration.conftest import Seller

from .conftest import in_product
from .faults import (
    SLOW_DOWN,
    FirstTimes,
    Holding,
    answering,
    api_is_down,
    meddling,
    offline,
    with_a_stale_token,
)
from .files import LAST_PART, archive, eight_parts
from .product_page import ProductPage
from .seller_page import SellerPage
from .stage import Stage
from .test_resuming import wait_for_parts
from .watch import Watch


@pytest.fixture
def product(api: Seller, visitor: SellerPage, person: Person) -> ProductPage:
    """An empty one, looked at."""
    api.product()
    return in_product(visitor, person, "Brush set")


def test_a_token_that_is_refused_in_the_middle_of_an_upload_is_renewed_and_nobody_notices(
    stage: Stage, visitor: SellerPage, person: Person, product: ProductPage, watch: Watch, tmp_path: Path
) -> None:
    watch.allow(r"401 \(Unauthorized\)")
    at_parts, at_confirm = FirstTimes(1, with_a_stale_token), FirstTimes(1, with_a_stale_token)
    with (
        meddling(visitor.page, f"{stage.api}/*/parts", at_parts),
        meddling(visitor.page, f"{stage.api}/*/confirm", at_confirm),
    ):
        product.deliverables.choose(eight_parts(tmp_path / "lesson.mp4"))
        product.deliverables.expect_files("lesson.mp4")
    assert (at_parts.left, at_confirm.left) == (0, 0)
    assert watch.asked_cognito("GetTokensFromRefreshToken") == 2
    assert watch.parts() == dict.fromkeys(range(1, 9), 1)
    expect(visitor.signed_in_as(person.email)).to_be_visible()


@pytest.mark.parametrize("with_cors", [True, False], ids=["as S3 answers", "as a network answers"])
def test_storage_that_is_busy_is_asked_again_until_it_takes_the_file(
    stage: Stage, visitor: SellerPage, product: ProductPage, watch: Watch, tmp_path: Path, with_cors: bool
) -> None:
    watch.allow(r"503 \(Service Unavailable\)", "blocked by CORS policy", "ERR_FAILED")
    headers = {"Access-Control-Allow-Origin": stage.origin} if with_cors else {}
    busy = FirstTimes(3, answering(503, SLOW_DOWN, Content_Type="application/xml", **headers))
    staging, _ = stage.buckets
    with meddling(visitor.page, f"{staging}*", busy):
        product.deliverables.choose(archive(tmp_path / "brushes.zip"))
        product.deliverables.expect_files("brushes.zip")
    assert busy.left == 0
    assert len(watch.sent_to(staging)) == 4


def test_a_part_that_storage_is_too_busy_for_is_sent_again_and_no_other(
    stage: Stage, visitor: SellerPage, product: ProductPage, watch: Watch, tmp_path: Path
) -> None:
    watch.allow(r"503 \(Service Unavailable\)")
    busy = FirstTimes(1, answering(503, SLOW_DOWN, Access_Control_Allow_Origin=stage.origin))
    with meddling(visitor.page, LAST_PART, busy):
        product.deliverables.choose(eight_parts(tmp_path / "lesson.mp4"))
        product.deliverables.expect_files("lesson.mp4")
    assert watch.parts() == dict.fromkeys(range(1, 8), 1) | {8: 2}


def test_who_goes_offline_is_told_and_the_upload_goes_on_when_the_network_is_back(
    visitor: SellerPage, product: ProductPage, watch: Watch, tmp_path: Path
) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED")
    said = visitor.status("You are offline. Uploads go on when you are back.")
    holding = Holding()
    with meddling(visitor.page, LAST_PART, holding):
        product.deliverables.choose(eight_parts(tmp_path / "lesson.mp4"))
        wait_for_parts(visitor.page, 1)
        with offline(visitor.page):
            holding.let_go()
            expect(said).to_be_visible()
        expect(said).not_to_be_visible()
        product.deliverables.expect_files("lesson.mp4")


def test_an_api_that_is_killed_in_the_middle_of_an_upload_is_waited_for(
    stage: Stage, visitor: SellerPage, product: ProductPage, watch: Watch, tmp_path: Path
) -> None:
    watch.allow("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "ERR_SOCKET_NOT_CONNECTED")
    said = visitor.status("The service does not answer. Trying again…")
    holding = Holding()
    with meddling(visitor.page, LAST_PART, holding):
        product.deliverables.choose(eight_parts(tmp_path / "lesson.mp4"))
        wait_for_parts(visitor.page, 1)
        with api_is_down(stage):
            holding.let_go()
            expect(said).to_be_visible()
            expect(product.deliverables.not_uploaded).not_to_be_visible()
        product.deliverables.expect_files("lesson.mp4")
    expect(said).not_to_be_visible()


def test_a_second_tab_with_the_same_file_is_told_and_nothing_is_sent_twice(
    stage: Stage, visitor: SellerPage, person: Person, product: ProductPage, watch: Watch, tmp_path: Path
) -> None:
    brushes = archive(tmp_path / "brushes.zip")
    second = SellerPage(visitor.page.context.new_page(), stage.origin)
    second.open()
    in_second = in_product(second, person, "Brush set")
    staging, _ = stage.buckets
    holding = Holding()
    with meddling(visitor.page, f"{staging}*", holding):
        with visitor.page.expect_request(f"{staging}**"):
            product.deliverables.choose(brushes)
        in_second.deliverables.choose(brushes)
        expect(in_second.deliverables.refusal_of("brushes.zip")).to_contain_text("another tab")
        holding.let_go()
        product.deliverables.expect_files("brushes.zip")
    assert len(watch.sent_to(staging)) == 1
    expect(product.deliverables.not_uploaded).not_to_be_visible()
