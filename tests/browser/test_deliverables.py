"""Deliverables: what buyers download, from the seller's disk and back to it."""

import re
from pathlib import Path

from playwright.sync_api import expect

from local.bootstrap import Person
from tests.integration.conftest import Seller

from .conftest import in_product
from .files import MIB, archive, film, sha256
from .seller_page import SellerPage
from .stage import Stage
from .watch import Watch


def test_two_files_that_are_dropped_arrive_one_as_a_form_and_one_in_parts_and_come_back_the_same(
    stage: Stage, seller: SellerPage, watch: Watch, tmp_path: Path
) -> None:
    files = seller.create_product("Brush set").deliverables
    brushes, lesson = archive(tmp_path / "brushes.zip"), film(tmp_path / "lesson.mp4", 101 * MIB)
    files.drop(brushes, lesson)
    expect(files.item("brushes.zip")).to_be_visible()
    expect(files.item("lesson.mp4")).to_contain_text("101 MB")
    staging, vault = stage.buckets
    assert len(watch.sent_to(staging)) == 1
    assert watch.parts() == dict.fromkeys(range(1, 8), 1)
    assert len(watch.sent_to(vault)) == 7
    for path in (brushes, lesson):
        assert sha256(files.save(path.name, tmp_path)) == sha256(path)


def test_a_new_version_takes_the_place_of_a_file_and_the_older_one_can_be_had_back(
    visitor: SellerPage, person: Person, api: Seller, tmp_path: Path
) -> None:
    product, older, newer = api.product(), archive(tmp_path / "older.zip", 1000), archive(tmp_path / "newer.zip", 2000)
    api.add(product, "deliverable", older.read_bytes(), "application/zip", filename="older.zip")
    files = in_product(visitor, person, "Brush set").deliverables
    expect(files.item("older.zip")).not_to_contain_text("Version")
    files.replace("older.zip", newer, "New version of")
    files.expect_files("newer.zip")
    expect(files.item("newer.zip")).to_contain_text("Version 2")
    files.open_deleted()
    files.restore("Version 1 of older.zip")
    files.expect_files("older.zip")
    expect(files.item("older.zip")).to_contain_text("Version 3")
    assert files.save("older.zip", tmp_path).read_bytes() == older.read_bytes()


def test_a_file_gets_another_name_and_is_saved_under_it(
    visitor: SellerPage, person: Person, api: Seller, tmp_path: Path
) -> None:
    content = archive(tmp_path / "final_final2.zip").read_bytes()
    api.add(api.product(), "deliverable", content, "application/zip", filename="final_final2.zip")
    files = in_product(visitor, person, "Brush set").deliverables
    files.rename("final_final2.zip", "Pinsel für Öl.zip")
    files.expect_files("Pinsel für Öl.zip")
    assert files.save("Pinsel für Öl.zip", tmp_path).read_bytes() == content


def test_a_deleted_file_comes_back_by_undo_and_later_from_the_deleted_ones(
    visitor: SellerPage, person: Person, api: Seller, tmp_path: Path
) -> None:
    content = archive(tmp_path / "brushes.zip").read_bytes()
    api.add(api.product(), "deliverable", content, "application/zip", filename="brushes.zip")
    files = in_product(visitor, person, "Brush set").deliverables
    files.delete("brushes.zip")
    files.expect_files()
    visitor.undo.click()
    files.expect_files("brushes.zip")
    files.delete("brushes.zip")
    files.expect_files()
    visitor.page.reload()
    visitor.sign_in(person)
    files.open_deleted()
    files.restore("brushes.zip")
    files.expect_files("brushes.zip")
    assert files.save("brushes.zip", tmp_path).read_bytes() == content


def test_a_product_is_deleted_only_when_the_question_is_answered(
    visitor: SellerPage, person: Person, api: Seller
) -> None:
    api.product()
    product = in_product(visitor, person, "Brush set")
    product.ask_to_delete().get_by_role("button", name="Keep it", exact=True).click()
    expect(visitor.heading("Brush set")).to_be_visible()
    product.ask_to_delete().get_by_role("button", name="Delete product", exact=True).click()
    expect(visitor.heading("Products")).to_be_visible()
    expect(visitor.no_products).to_be_visible()
    expect(visitor.status(re.compile("Deleted Brush set"))).to_be_visible()
    assert api.call("GET", "/products").json()["products"] == []
