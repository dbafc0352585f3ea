"""Large files: paused, interrupted, and gone on with. What has arrived is not sent again."""

from pathlib import Path

from playwright.sync_api import Page, Request, expect

from local.bootstrap import Person
from local.buckets import VAULT
from tests.integration.conftest import Seller

from .conftest import in_product
from .faults import Holding, meddling, slow_line
from .files import LAST_PART, MIB, eight_parts, film, sha256
from .seller_page import SellerPage
from .stage import Stage
from .watch import Watch, part_number


def wait_for_parts(page: Page, count: int) -> set[int]:
    """Wait until so many more parts have arrived; returns which."""
    arrived: set[int] = set()

    def is_enough(request: Request) -> bool:
        if (number := part_number(request)) is not None:
            arrived.add(number)
        return len(arrived) >= count

    page.wait_for_event("requestfinished", is_enough)
    return arrived


def test_a_file_of_300_mb_is_paused_and_goes_on_after_a_reload_with_the_parts_that_are_missing(
    visitor: SellerPage, person: Person, api: Seller, watch: Watch, tmp_path: Path
) -> None:
    lesson = film(tmp_path / "lesson.mp4", 300 * MIB)
    api.product()
    product = in_product(visitor, person, "Brush set")
    with slow_line(visitor.page, 40 * MIB):
        product.deliverables.choose(lesson)
        arrived = wait_for_parts(visitor.page, 4)
        product.deliverables.button("Pause upload").click()
        expect(product.deliverables.button("Resume upload")).to_be_visible()

    visitor.page.reload()
    visitor.sign_in(person)
    expect(product.unfinished).to_contain_text("lesson.mp4")
    begun_before = len(watch.requests)
    with visitor.page.expect_response(
        lambda answer: answer.request.method == "GET" and answer.url.endswith("/parts")
    ) as answer:
        product.choose_again(lesson)
    held = {part["part_number"] for part in answer.value.json()["parts"]}
    assert arrived <= held
    product.deliverables.expect_files("lesson.mp4")
    expect(product.unfinished).not_to_be_visible()
    sent = [number for request in watch.requests[begun_before:] if (number := part_number(request)) is not None]
    assert sorted(sent) == sorted(set(range(1, 20)) - held)
    (file,) = api.call("GET", f"/products/{product.id}/deliverables").json()["deliverables"]
    assert file["size"] == 300 * MIB


def test_a_paused_file_goes_on_by_the_button_and_arrives_whole(
    visitor: SellerPage, person: Person, api: Seller, watch: Watch, tmp_path: Path
) -> None:
    lesson = eight_parts(tmp_path / "lesson.mp4")
    api.product()
    product = in_product(visitor, person, "Brush set")
    with meddling(visitor.page, LAST_PART, Holding()):
        product.deliverables.choose(lesson)
        wait_for_parts(visitor.page, 7)
        product.deliverables.button("Pause upload").click()
        expect(product.deliverables.button("Resume upload")).to_be_visible()
    product.deliverables.button("Resume upload").click()
    product.deliverables.expect_files("lesson.mp4")
    assert watch.parts() == dict.fromkeys(range(1, 8), 1) | {8: 2}
    assert sha256(product.deliverables.save("lesson.mp4", tmp_path)) == sha256(lesson)


def begun_in_vault(stage: Stage, product: str) -> list[str]:
    """The keys of what is being sent in parts."""
    uploads = stage.running.stack.client("s3").list_multipart_uploads(Bucket=VAULT).get("Uploads", [])
    return [upload["Key"] for upload in uploads if f"/{product}/" in upload["Key"]]


def test_an_unfinished_upload_that_is_discarded_is_gone_and_not_offered_again(
    stage: Stage, visitor: SellerPage, person: Person, api: Seller, tmp_path: Path
) -> None:
    api.product()
    product = in_product(visitor, person, "Brush set")
    with meddling(visitor.page, LAST_PART, Holding()):
        product.deliverables.choose(eight_parts(tmp_path / "lesson.mp4"))
        wait_for_parts(visitor.page, 1)
        visitor.page.reload()
    visitor.sign_in(person)
    assert len(begun_in_vault(stage, product.id)) == 1
    product.unfinished.get_by_role("button", name="Discard lesson.mp4", exact=True).click()
    expect(product.unfinished).not_to_be_visible()
    assert begun_in_vault(stage, product.id) == []
    visitor.page.reload()
    visitor.sign_in(person)
    expect(product.deliverables.browse).to_be_visible()
    expect(product.unfinished).not_to_be_visible()
