"""The two-way check finds what does not agree, only that, and in memory that does not grow."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.attributes import Rendition
from chalicelib.models import FAILED, READY, File, Image, Tombstone
from chalicelib.rows import Row
from chalicelib.settings import settings
from chalicelib.sweep import sweep
from chalicelib.sweep_run import Run
from tests.api.aws import s3
from tests.api.conftest import Api, api, aws, product  # noqa: F401
from tests.samples import image, zip_file
from tools.audit import Expected, Finding, Stored, Totals, audit, compare
from tools.disk_sort import sorted_lines

PNG, ZIP = image("image/png"), zip_file(500)
NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=2)


def run(now: datetime = LATER) -> tuple[Totals, list[tuple[str, str]]]:
    found: list[Finding] = []
    totals = audit(now, found.append, print)
    return totals, [(finding.what, finding.place.partition("/")[0]) for finding in found]


def rendered(row: Image) -> None:
    """Give an image one rendition, stored and recorded."""
    key = f"{row.product_id}/{row.file_id}/320.webp"
    s3.put_object(Bucket=settings.media_bucket, Key=key, Body=b"12345")
    made = Rendition(name="320.webp", content_type="image/webp", width=320, height=1, bytes=5)  # type: ignore[no-untyped-call]
    row.update(actions=[Image.rendition_state.set(READY), Image.renditions.set([made])])


@pytest.fixture
def stored(api: Api, product: str) -> tuple[Image, File]:  # noqa: F811
    api.add(product, "image", PNG, "image/png")
    api.add(product, "deliverable", ZIP, "application/zip")
    (picture,), (archive,) = (
        list(Image.query(f"P#{product}", Image.sk.startswith("image#"))),
        list(File.query(f"P#{product}", File.sk.startswith("deliverable#"))),
    )
    rendered(picture)
    return picture, archive


def test_what_agrees_is_not_reported(stored: tuple[Image, File]) -> None:
    totals, found = run()
    assert found == []
    assert (totals.objects, totals.findings) == (3, 0)


def test_every_kind_of_row_is_understood(stored: tuple[Image, File], api: Api, product: str) -> None:  # noqa: F811
    api.call("DELETE", f"/products/{product}/images/{stored[0].file_id}")
    sweep(Run(NOW))
    kinds = {type(row).__name__ for row in Row.scan()}
    assert kinds == {"Product", "Image", "Deliverable", "Usage", "Reminder", "Progress"}
    assert run()[1] == []


def test_a_row_whose_object_is_missing_is_found(stored: tuple[Image, File]) -> None:
    s3.delete_object(Bucket=settings.vault_bucket, Key=stored[1].key)
    assert run()[1] == [("missing", "vault")]


def test_an_object_of_another_size_is_found(stored: tuple[Image, File]) -> None:
    s3.put_object(Bucket=settings.vault_bucket, Key=stored[0].key, Body=b"other")
    assert run()[1] == [("wrong size", "vault")]


def test_a_missing_rendition_is_found(stored: tuple[Image, File]) -> None:
    key = f"{stored[0].product_id}/{stored[0].file_id}/320.webp"
    s3.delete_object(Bucket=settings.media_bucket, Key=key)
    assert run()[1] == [("missing", "media")]


@pytest.mark.parametrize(("age", "expected"), [(timedelta(days=2), [("without row", "vault")]), (timedelta(), [])])
def test_an_object_without_a_row_is_found_once_it_is_old_enough(
    stored: tuple[Image, File], age: timedelta, expected: list[tuple[str, str]]
) -> None:
    s3.put_object(Bucket=settings.vault_bucket, Key=stored[1].key[:-4] + "0000", Body=b"orphan")
    assert run(NOW + age)[1] == expected


def test_renditions_of_an_image_that_is_no_more_are_found(stored: tuple[Image, File]) -> None:
    stored[0].delete()
    assert run()[1] == [("without row", "media"), ("without row", "vault")]


def test_a_key_that_is_not_the_services_is_found(stored: tuple[Image, File]) -> None:
    for bucket in (settings.vault_bucket, settings.media_bucket):
        s3.put_object(Bucket=bucket, Key="hello é+ .txt", Body=b"x")
    assert run()[1] == [("without row", "media"), ("without row", "vault")]


def test_tombstones_and_purged_files_expect_nothing(stored: tuple[Image, File]) -> None:
    archive = stored[1]
    Tombstone(archive.pk, "deliverable#01ARZ3NDEKTSV4RRFFQ69G5FAV").save()
    archive.update(actions=[File.state.set("purged")])
    s3.delete_object(Bucket=settings.vault_bucket, Key=archive.key)
    assert run()[1] == []


def test_an_image_that_waits_too_long_for_its_renditions_is_found(stored: tuple[Image, File]) -> None:
    row = stored[0]
    row.update(actions=[Image.rendition_state.set("processing"), Image.renditions.remove()])
    s3.delete_object(Bucket=settings.media_bucket, Key=f"{row.product_id}/{row.file_id}/320.webp")
    assert run()[1] == [("not rendered", "vault")]
    row.update(actions=[Image.rendition_state.set(FAILED)])
    assert run()[1] == []


def test_what_agrees_by_the_time_it_is_looked_at_again_is_not_reported(
    stored: tuple[Image, File], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = stored[1].key
    s3.delete_object(Bucket=settings.vault_bucket, Key=key)

    def put_back(expected: object, seen: object, now: datetime) -> Iterator[Finding]:
        for finding in compare(expected, seen, now):  # type: ignore[arg-type]
            s3.put_object(Bucket=settings.vault_bucket, Key=key, Body=ZIP)
            yield finding

    monkeypatch.setattr("tools.audit.compare", put_back)
    assert run()[1] == []


keys = st.sets(st.text("ab/é+", min_size=1, max_size=5), max_size=20)


@given(keys, keys)
def test_the_walk_finds_exactly_the_difference(rows: set[str], objects: set[str]) -> None:
    found = list(
        compare(
            [Expected(f"media/{key}", 1) for key in sorted(rows)],
            [Stored(f"media/{key}", 1, NOW) for key in sorted(objects)],
            LATER,
        )
    )
    assert {(finding.what, finding.place.removeprefix("media/")) for finding in found} == (
        {("missing", key) for key in rows - objects} | {("without row", key) for key in objects - rows}
    )


@given(st.lists(st.text("abcé+/", max_size=4), max_size=50), st.integers(1, 9))
def test_lines_are_sorted_whatever_fits_into_memory(lines: list[str], in_memory: int) -> None:
    with sorted_lines(lines, in_memory) as found:
        assert list(found) == sorted(lines)


MEASURE = """
import resource, sys
from datetime import UTC, datetime, timedelta
from tools.environment import use_placeholders
use_placeholders()
from tools import audit
from tools.disk_sort import sorted_lines
count, now = int(sys.argv[1]), datetime.now(UTC)
def name(number): return f"vault/images/2026-01-01/{number % 997:026d}/{number:026d}.0123456789abcdef"
def rows(): return (f"{name(number)}\\t7" for number in range(count) if number != 5)
def objects(): return (audit.Stored(place, 7, now) for place in places)
with sorted_lines(rows()) as lines, sorted_lines(name(number) for number in range(count) if number != 6) as places:
    found = list(audit.compare(map(audit._expected, lines), objects(), now + timedelta(days=9)))
assert sorted(finding.what for finding in found) == ["missing", "without row"], found
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_kib(count: int) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, str(count)], check=True, capture_output=True, text=True, cwd=Path.cwd()
    )
    return int(ran.stdout)


def test_memory_stays_flat_at_a_million_objects() -> None:
    small, large = peak_kib(100_000), peak_kib(1_000_000)
    print(f"peak memory: {small // 1024} MiB for 100,000 objects, {large // 1024} MiB for 1,000,000")
    assert large < small * 1.2
