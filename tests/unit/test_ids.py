"""ULIDs."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ids import is_ulid, new_ulid, ulid_time

moments = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.just(UTC))


@given(moments)
def test_an_id_tells_when_it_was_made(moment: datetime) -> None:
    ulid = new_ulid(moment)
    assert is_ulid(ulid)
    assert abs((ulid_time(ulid) - moment).total_seconds()) < 0.002


@given(moments, moments)
def test_ids_sort_by_time(one: datetime, other: datetime) -> None:
    if (other - one).total_seconds() > 0.002:
        assert new_ulid(one) < new_ulid(other)


def test_ids_of_one_moment_differ() -> None:
    now = datetime.now(UTC)
    assert len({new_ulid(now) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "text",
    ["", "x", "01m82dbey0xwyfb1gnmf0dsg5z", "01M82DBEY0XWYFB1GNMF0DSG5", "01M82DBEY0XWYFB1GNMF0DSG5ZZ",
     "81M82DBEY0XWYFB1GNMF0DSG5Z", "01M82DBEY0XWYFB1GNMF0DSG5I", "01M82DBEY0XWYFB1GNMF0DSG5L",
     "01M82DBEY0XWYFB1GNMF0DSG5U", "01M82DBEY0XWYFB1GNMF0DSG5Z\n", "../82DBEY0XWYFB1GNMF0DSG5Z",
     "01M82DBEY0%2FWYFB1GNMF0DSG", "０1M82DBEY0XWYFB1GNMF0DSG5Z"],
)  # fmt: skip
def test_anything_else_is_no_ulid(text: str) -> None:
    assert not is_ulid(text)
