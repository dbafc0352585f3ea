"""Claims survive the way through S3's metadata, and fit into it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.claims import Claims
from chalicelib.problems import InvalidParameter
from chalicelib.texts import check_alt, check_filename

OWNER = "5d8d78a2-6b88-49c2-a521-b29092234934"
ULID = "01M82DBEY0XWYFB1GNMF0DSG5Z"


def claims(**more: Any) -> Claims:
    return Claims(
        **{"owner": OWNER, "product": ULID, "kind": "image", "upload": ULID, "size": 1, "filename": "a", **more}
    )


def accepted(check: Any) -> Any:
    """Texts that a check of the service lets through."""

    def passes(text: str) -> bool:
        try:
            return bool(check(text))
        except InvalidParameter:
            return False

    return st.text(min_size=1, max_size=60).filter(passes).map(check)


@given(accepted(check_filename), st.none() | accepted(check_alt), st.integers(1, 2**50), st.none() | st.just(ULID))
def test_claims_read_back_are_the_claims_written(
    filename: str, alt: str | None, size: int, replaces: str | None
) -> None:
    written = claims(filename=filename, alt=alt, size=size, replaces=replaces)
    metadata = written.to_metadata()
    assert all(value.isascii() and value.isprintable() and value == value.strip() for value in metadata.values())
    assert Claims.from_metadata(metadata) == written


def test_the_longest_claims_fit_into_the_2_kb_that_s3_gives_them() -> None:
    """S3 counts the bytes of keys and values of all user-defined metadata."""
    longest = claims(
        kind="deliverable",
        size=5 * 1024**4,
        filename=check_filename("文" * 85),
        sha256="f" * 64,
        alt=check_alt("文" * 83),
        replaces=ULID,
        series=ULID,
        version=10**6,
        position=10**6,
    ).to_metadata()
    assert sum(len(name) + len(value) for name, value in longest.items()) <= 2048


@pytest.mark.parametrize(
    "changed",
    [{"size": "many"}, {"size": ""}, {"filename": "%ff"}, {"owner": None}, {"position": "first"}],
    ids=str,
)
def test_metadata_that_is_not_ours_is_no_claim(changed: dict[str, str | None]) -> None:
    metadata: dict[str, Any] = {**claims().to_metadata(), **changed}
    assert Claims.from_metadata({name: value for name, value in metadata.items() if value is not None}) is None


def test_unknown_metadata_is_ignored() -> None:
    assert Claims.from_metadata({**claims().to_metadata(), "other": "thing"}) == claims()


@pytest.mark.parametrize("alt", ["a\nb", "a\x00b", "x" * 251, "é" * 126])
def test_an_alt_text_is_short_and_on_one_line(alt: str) -> None:
    with pytest.raises(InvalidParameter):
        check_alt(alt)


@pytest.mark.parametrize(
    ("alt", "kept"), [(None, None), ("", None), ("  ", None), (" a brush ", "a brush"), ("x" * 250, "x" * 250)]
)
def test_an_empty_alt_text_is_none(alt: str | None, kept: str | None) -> None:
    assert check_alt(alt) == kept
