"""ULIDs (github.com/ulid/spec): 48 bits of milliseconds and 80 random bits, as 26 upper-case Crockford characters.

Written here because the package for it costs 100 ms of import, more than the rest of the service.
"""

import re
import secrets
from datetime import UTC, datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATTERN = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
_ULID = re.compile(PATTERN)
_AS_PYTHON_COUNTS = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_END_OF_YEAR_9999 = "76EZ91ZPZZ"


def new_ulid(now: datetime) -> str:
    """Make an id that nobody can guess and that sorts by `now`."""
    number = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def is_ulid(text: str) -> bool:
    """Whether `text` is a ULID in its one canonical (upper-case) form, of a time that Python's calendar knows."""
    return _ULID.fullmatch(text) is not None and text[:10] <= _END_OF_YEAR_9999


def ulid_time(ulid: str) -> datetime:
    """When the id was made, in UTC, to the millisecond."""
    return datetime.fromtimestamp(int(ulid[:10].translate(_AS_PYTHON_COUNTS), 32) / 1000, UTC)
