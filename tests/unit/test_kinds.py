"""The rules of each kind, the layout of keys, and the budget of time."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import kinds, orphans, pixels, renditions, sweep
from chalicelib.ids import new_ulid
from chalicelib.kinds import (
    DELIVERABLE,
    IMAGE,
    Kind,
    Strategy,
    VaultPlace,
    multipart_key,
    parse_vault_key,
    staging_key,
    staging_prefix,
    vault_key,
)
from chalicelib.problems import FileTooLarge, InvalidParameter, UnsupportedMediaType
from chalicelib.settings import MiB, TiB, settings

OWNER = "5d8d78a2-6b88-49c2-a521-b29092234934"
NOW = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "content_type",
    ["", "image", "image/", "/png", "image/*", "*/*", "image/png;q=1", "image/png; charset=utf-8", "image /png", "im\nage/png"],
)  # fmt: skip
@pytest.mark.parametrize("kind", [IMAGE, DELIVERABLE], ids=lambda kind: kind.name)
def test_what_is_not_a_media_type_is_not_valid(kind: Kind, content_type: str) -> None:
    with pytest.raises(InvalidParameter):
        kind.check_content_type(content_type)


@pytest.mark.parametrize("content_type", ["image/svg+xml", "image/gif", "text/html", "application/pdf", "image/tiff"])
def test_an_image_must_be_of_one_of_four_types(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType) as refusal:
        IMAGE.check_content_type(content_type)
    assert refusal.value.actual == content_type


def test_types_are_compared_without_regard_to_case() -> None:
    assert IMAGE.check_content_type("Image/PNG") == "image/png"


@pytest.mark.parametrize("content_type", ["application/zip", "text/html", "image/svg+xml", "model/vnd.custom+zip"])
def test_a_deliverable_may_be_of_any_type(content_type: str) -> None:
    assert DELIVERABLE.check_content_type(content_type) == content_type


@pytest.mark.parametrize("size", [0, -1, -(10**30)])
def test_a_file_has_at_least_one_byte(size: int) -> None:
    with pytest.raises(InvalidParameter):
        IMAGE.choose_strategy(size, None)


def test_the_limit_of_an_image_is_20_mib() -> None:
    assert IMAGE.choose_strategy(20 * MiB, None) == "post"
    with pytest.raises(FileTooLarge) as refusal:
        IMAGE.choose_strategy(20 * MiB + 1, None)
    assert (refusal.value.expected, refusal.value.actual) == (20 * MiB, 20 * MiB + 1)


def test_a_deliverable_goes_in_parts_when_a_form_cannot_carry_it_or_when_asked_for() -> None:
    assert DELIVERABLE.choose_strategy(100 * MiB, None) == "post"
    assert DELIVERABLE.choose_strategy(100 * MiB + 1, None) == "multipart"
    assert DELIVERABLE.choose_strategy(1, "multipart") == "multipart"
    with pytest.raises(FileTooLarge, match="multipart"):
        DELIVERABLE.choose_strategy(100 * MiB + 1, "post")
    with pytest.raises(FileTooLarge) as refusal:
        DELIVERABLE.choose_strategy(10**18, None)
    assert "multipart" not in refusal.value.detail


def test_an_image_is_a_form() -> None:
    with pytest.raises(InvalidParameter):
        IMAGE.choose_strategy(1, "multipart")


@given(st.integers(1, 5 * TiB))
def test_parts_fit_s3(size: int) -> None:
    length, count = kinds.part_size(size), kinds.part_count(size)
    assert 16 * MiB <= length <= 5 * 1024 * MiB
    assert length % MiB == 0
    assert (count - 1) * length < size <= count * length
    assert count <= kinds.MAX_PARTS


@pytest.mark.parametrize(
    ("size", "length"), [(1, 16), (1024, 16), (1025, 32), (4096, 32), (4097, 64), (640_000, 64), (640_001, 65), (5 * 1024**2, 525)]
)  # fmt: skip
def test_parts_grow_with_the_file(size: int, length: int) -> None:
    assert kinds.part_size(size * MiB) == length * MiB


def test_keys_are_laid_out_as_the_design_says() -> None:
    upload_id = new_ulid(NOW)
    product_id = new_ulid(NOW)

    assert staging_key(OWNER, product_id, IMAGE, upload_id, "post") == f"u/{OWNER}/{product_id}/image/{upload_id}"
    key = vault_key(DELIVERABLE, product_id, upload_id, "version-1")
    assert key.startswith(f"deliverables/2026-11-22/{product_id}/{upload_id}.")
    assert len(key.rpartition(".")[2]) == 16


@given(st.text(), st.text())
def test_two_versions_never_share_a_vault_key(one: str, other: str) -> None:
    product_id = upload_id = new_ulid(NOW)
    same = vault_key(IMAGE, product_id, upload_id, one) == vault_key(IMAGE, product_id, upload_id, other)
    assert same == (one == other)


def test_the_staging_prefix_of_one_seller_is_not_that_of_another() -> None:
    for strategy in get_args(Strategy):
        assert not staging_key(OWNER + "0", "P", IMAGE, "U", strategy).startswith(staging_prefix(OWNER, strategy))


def test_an_upload_in_parts_is_counted_apart_from_forms() -> None:
    key = staging_key(OWNER, "P", DELIVERABLE, "U", "multipart")
    assert key.startswith(staging_prefix(OWNER, "multipart"))
    assert not key.startswith(staging_prefix(OWNER, "post"))


def test_the_budget_of_time_holds() -> None:
    """Section 4 of the design: a form ends before the confirm, the confirm before the lifecycle, and so on."""
    assert timedelta(minutes=15) >= kinds.FORM_LIFETIME
    assert kinds.FORM_LIFETIME < kinds.CONFIRM_WITHIN < kinds.STAGING_EXPIRES_AFTER
    assert kinds.STAGING_EXPIRES_AFTER < kinds.RECOVERY_WINDOW
    assert kinds.DOWNLOAD_LIFETIME < kinds.CONFIRM_WITHIN
    assert timedelta(days=settings.recovery_days) == kinds.RECOVERY_WINDOW


@pytest.mark.parametrize("kind", [IMAGE, DELIVERABLE], ids=lambda kind: kind.name)
def test_a_vault_key_is_read_as_it_was_made(kind: Kind) -> None:
    product_id, upload_id = new_ulid(NOW), new_ulid(NOW)
    key = vault_key(kind, product_id, upload_id, "version")
    assert parse_vault_key(key) == VaultPlace(kind, product_id, upload_id, "post")
    multipart = multipart_key(kind, product_id, upload_id, 5)
    assert parse_vault_key(multipart) == VaultPlace(kind, product_id, upload_id, "multipart")


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key.replace("images/", "image/"),
        lambda key: key.replace("2026-11-22", "2026-11-21"),
        lambda key: key + "0",
        lambda key: key + "\n",
        lambda key: key.lower(),
        lambda key: "/" + key,
        lambda key: key.replace("/", "//", 1),
        lambda key: key.replace(".", " +é."),
        lambda key: key.rpartition("/")[2],
        lambda key: "",
    ],
)
def test_a_key_of_another_layout_is_not_ours(change: Callable[[str], str]) -> None:
    key = vault_key(IMAGE, new_ulid(NOW), new_ulid(NOW), "version")
    assert parse_vault_key(key) is not None
    assert parse_vault_key(change(key)) is None


@given(st.text())
def test_any_text_may_be_asked_for_a_place(key: str) -> None:
    assert parse_vault_key(key) is None


def test_the_sweep_judges_nothing_that_a_confirm_may_still_want() -> None:
    assert kinds.CONFIRM_WITHIN < kinds.STAGING_EXPIRES_AFTER <= kinds.SWEEP_AFTER["post"]
    assert kinds.SWEEP_AFTER["multipart"] > kinds.ABORT_MULTIPART_AFTER
    # From the id, whose day the key has, to the copy: the form, the upload, the confirm.
    assert kinds.FORM_LIFETIME + kinds.CONFIRM_WITHIN < orphans.LONGEST_WAY_INTO_THE_VAULT


def test_a_tombstone_outlives_every_staged_object() -> None:
    assert timedelta(days=6) < kinds.FINAL_ROWS_KEPT  # tests/lifecycle: nothing staged is left after 6 days


def test_nothing_is_published_that_may_be_purged_before_it_is_recorded() -> None:
    config = json.loads(Path(".chalice/config.json").read_text())
    for stage in ("dev", "prod"):
        functions = config["stages"][stage]["lambda_functions"]
        longest = timedelta(seconds=max(functions["render"]["lambda_timeout"], functions["sweep"]["lambda_timeout"]))
        assert longest < renditions.NOT_BEFORE_PURGE < timedelta(days=1)
        assert functions["render"]["lambda_timeout"] > renditions.RENDER_SECONDS > pixels.CPU_SECONDS
        assert functions["sweep"]["lambda_timeout"] > 2 * sweep.SECONDS_TO_SPARE > 2 * renditions.RENDER_SECONDS


def test_the_child_gives_up_with_the_status_that_its_parent_knows() -> None:
    assert pixels.GAVE_UP == renditions.GAVE_UP
    assert set(pixels.LOADERS) == set(IMAGE.content_types or ())
