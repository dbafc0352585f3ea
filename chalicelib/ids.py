"""ULIDs (github.com/ulid/spec): 48 bits of milliseconds and 80 random bits, as 26 upper-case Crockford characters.

Written here because the package for it costs 100 ms of import, more than the rest of the service.
"""

import re
import secrets
from datetime import UTC, date, datetime
from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATTERN = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
_ULID = re.compile(PATTERN)
_AS_PYTHON_COUNTS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
END_OF_YEAR_9999 = "76EZ91ZPZZ"
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_SHIFTS = range(120, -1, -10)
_FIRST_OF_1970 = date(1970, 1, 1).toordinal()


def new_ulid(now: datetime) -> str:
    """Make an id that nobody can guess and that sorts by `now`."""
    number = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def is_ulid(text: str) -> bool:
    """Whether `text` is a ULID in its one canonical (upper-case) form, of a time that Python's calendar knows."""
    return _ULID.fullmatch(text) is not None and text[:10] <= END_OF_YEAR_9999


def ulid_time(ulid: str) -> datetime:
    """When the id was made, in UTC, to the millisecond."""
    return datetime.fromtimestamp(_milliseconds(ulid) / 1000, UTC)


def ulid_day(ulid: str) -> str:
    """The day on which the id was made, in UTC, as 2026-03-10. The sweep asks it of every object."""
    return _day(_milliseconds(ulid) // 86_400_000)


def _milliseconds(ulid: str) -> int:
    return int(ulid[:10].translate(_AS_PYTHON_COUNTS), 32)


@lru_cache(maxsize=1000)
def _day(since_1970: int) -> str:
    return date.fromordinal(_FIRST_OF_1970 + since_1970).isoformat()
