"""Refusals: a closed list of codes, and bodies of one form."""

import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import schemas
from chalicelib.http import problem_body
from chalicelib.problems import PROBLEMS, Problem

CODES = {
    400: {"malformed_json", "invalid_parameter"},
    401: {"unauthenticated"},
    404: {"not_found"},
    405: {"method_not_allowed"},
    409: {"upload_not_received", "upload_changed", "limit_reached", "version_mismatch"},
    410: {"upload_expired", "gone"},
    413: {"file_too_large"},
    415: {"unsupported_media_type"},
    422: {"size_mismatch", "content_type_mismatch", "checksum_mismatch", "image_unreadable", "image_too_large", "incomplete_parts"},
    428: {"precondition_required"},
    429: {"quota_exceeded", "too_many_uploads", "rate_limited"},
    500: {"internal_error"},
    503: {"storage_unavailable"},
}  # fmt: skip


def test_the_list_of_codes_is_closed() -> None:
    """Clients switch on the codes: adding one is a decision, and this is where it shows."""
    found: dict[int, set[str]] = {}
    for problem in PROBLEMS:
        found.setdefault(problem.status, set()).add(problem.code)
    assert found == CODES


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.code)
def test_every_problem_is_well_made(problem: type[Problem]) -> None:
    assert re.fullmatch(r"[a-z_]+", problem.code)
    assert problem.title
    assert problem.__doc__
    assert problem.retryable or problem.retry_after_seconds is None


@given(
    st.sampled_from(PROBLEMS),
    st.text(),
    st.none() | st.text(),
    st.none() | st.text() | st.integers(),
    st.text(),
)
def test_a_body_is_valid_whatever_it_says(
    problem: type[Problem], detail: str, pointer: str | None, expected: str | int | None, instance: str
) -> None:
    made = problem(detail, pointer=pointer, expected=expected, actual=expected)
    if any(
        "\ud800" <= character <= "\udfff" for text in (detail, pointer, expected, instance) for character in str(text)
    ):
        return  # JSON in UTF-8 cannot carry these, and no request that has them gets this far
    body = problem_body(made, instance, "id")

    read = msgspec.json.decode(body, type=schemas.Problem)
    assert (read.status, read.code, read.detail, read.message) == (problem.status, problem.code, detail, detail)
    assert ("expected" in json.loads(body)) == (expected is not None)
    assert [error.pointer for error in read.errors] == ([] if pointer is None else [pointer])
