"""What is refused is said in a sentence: what was expected, what was found, what to do. The file is left alone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from local.bootstrap import Person
from local.permissions import TABLE
from tests.integration.conftest import Seller
from tests.samples import image

from .conftest import in_product
from .faults import FirstTimes, Holding, answering, meddling
from .files import MIB, archive, film, picture
from .product_page import ProductPage
from .seller_page import SellerPage
from .stage import Stage
from .watch import Watch


@pytest.fixture
def product(api: Seller, visitor: SellerPage, person: Person) -> ProductPage:
    """An empty one, looked at."""
    api.product()
    return in_product(visitor, person, "Brush set")


@pytest.mark.parametrize(("name", "content", "found"), [
    ("dancing.gif", b"GIF89a", "GIF"),
    ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
])  # fmt: skip
def test_a_picture_of_a_type_that_is_not_taken_is_refused_before_anything_is_sent(
    product: ProductPage, watch: Watch, stage: Stage, tmp_path: Path, name: str, content: bytes, found: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    product.images.drop(path)
    refusal = product.images.refusal_of(name)
    expect(refusal).to_contain_text(f"Expected JPEG, PNG, WebP or AVIF, and found {found}.")
    expect(refusal).to_contain_text("Save it in one of these formats")
    assert watch.sent_to(*stage.buckets, f"{stage.api}/products/{product.id}/") == []
    product.images.button(f"Dismiss {name}").click()
    expect(refusal).not_to_be_visible()


def test_a_text_that_is_called_a_picture_is_refused_when_its_bytes_have_been_looked_at(
    product: ProductPage, watch: Watch, tmp_path: Path
) -> None:
    watch.allow(r"422 \(")
    path = tmp_path / "notes.png"
    path.write_text("not a picture, but what somebody wrote down\n" * 20)
    product.images.choose(path)
    refusal = product.images.refusal_of("notes.png")
    expect(refusal).to_contain_text(re.compile("image/png.*not of a type we know"))
    expect(refusal).to_contain_text("Save it again")
    product.images.expect_files()


def test_an_image_that_is_too_large_is_refused_before_anything_is_sent(
    stage: Stage, product: ProductPage, watch: Watch, tmp_path: Path
) -> None:
    path = picture(tmp_path / "poster.png")
    with path.open("ab") as file:
        file.truncate(21 * MIB)
    product.images.choose(path)
    refusal = product.images.refusal_of("poster.png")
    expect(refusal).to_contain_text("At most 20 MB are accepted, and this file has 21 MB.")
    assert watch.sent_to(*stage.buckets, f"{stage.api}/products/{product.id}/") == []


def test_the_image_after_the_twentieth_is_refused(
    stage: Stage, api: Seller, visitor: SellerPage, person: Person, watch: Watch, tmp_path: Path
) -> None:
    watch.allow(r"409 \(")
    id_ = api.product()
    content = image("image/png")
    for number in range(20):
        api.add(id_, "image", content, "image/png", filename=f"{number}.png")
    product = in_product(visitor, person, "Brush set")
    expect(product.images.items).to_have_count(20)
    product.images.choose(picture(tmp_path / "one-more.png"))
    refusal = product.images.refusal_of("one-more.png")
    expect(refusal).to_contain_text("20")
    expect(refusal).to_contain_text("Delete one that you no longer need, or replace it.")
    assert watch.sent_to(*stage.buckets) == []


def test_a_file_that_does_not_fit_the_quota_is_refused_with_what_to_do(
    stage: Stage, product: ProductPage, person: Person, watch: Watch, tmp_path: Path
) -> None:
    watch.allow(r"429 \(")
    small_quota = {"bytes": 0, "files": 0, "quota": 100}
    row = {name: {"N": str(number)} for name, number in small_quota.items()}
    key = {"pk": {"S": f"O#{person.sub}"}, "sk": {"S": "usage"}, "what": {"S": "usage"}}
    stage.running.stack.client("dynamodb").put_item(TableName=TABLE, Item=key | row)
    product.deliverables.choose(archive(tmp_path / "brushes.zip"))
    refusal = product.deliverables.refusal_of("brushes.zip")
    expect(refusal).to_contain_text("100")
    expect(refusal).to_contain_text("Delete what you no longer need.")
    product.deliverables.expect_files()


def test_a_service_that_asks_for_patience_is_given_it_and_the_seller_is_told(
    stage: Stage, visitor: SellerPage, product: ProductPage, watch: Watch, tmp_path: Path
) -> None:
    watch.allow(r"429 \(")
    problem = '{"code": "rate_limited", "detail": "Too many requests.", "retryable": true}'
    headers = {"Access_Control_Allow_Origin": stage.origin, "Content_Type": "application/problem+json"}
    hasty = FirstTimes(4, answering(429, problem, **headers))
    with meddling(visitor.page, f"{stage.api}/*/uploads", hasty):
        product.deliverables.choose(archive(tmp_path / "brushes.zip"))
        expect(visitor.status("That was a little fast. Trying again…")).to_be_visible()
        product.deliverables.expect_files("brushes.zip")
    assert hasty.left == 0


def test_an_upload_that_was_cancelled_elsewhere_says_that_the_file_must_be_chosen_again(
    stage: Stage, visitor: SellerPage, product: ProductPage, api: Seller, watch: Watch, tmp_path: Path
) -> None:
    watch.allow(r"410 \(Gone\)")
    holding = Holding()
    with meddling(visitor.page, f"{stage.api}/*/confirm", holding):
        with visitor.page.expect_request("**/confirm") as confirm:
            product.deliverables.choose(film(tmp_path / "lesson.mp4", 101 * MIB))
        assert api.call("DELETE", confirm.value.url.removesuffix("/confirm")).status_code == 204
        holding.let_go()
        refusal = product.deliverables.refusal_of("lesson.mp4")
        expect(refusal).to_contain_text("Choose the file again.")
    product.deliverables.expect_files()
