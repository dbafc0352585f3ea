"""This machine's clock against theirs: a signature is worth nothing to a clock that differs by much."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from .findings import Finding, failed, not_checked, ok, warning
from .site import Site

WARN_BEYOND = timedelta(minutes=1)
FAIL_BEYOND = timedelta(minutes=5)
"""Forms live 15 minutes and tokens an hour; S3 refuses what was signed more than 15 minutes from its own time."""
_MEND = "Set this machine's clock by the network (timedatectl set-ntp true; on Windows w32tm /resync)."


def check_clock(site: Site) -> Iterator[Finding]:
    """Against the API, and against S3."""
    for check, whose, url in (
        ("clock.api", "the API", f"{site.api_url}/health"),
        ("clock.s3", "S3", site.bucket_url("staging")),
    ):
        began = site.now()
        answer = site.visit("GET", url)
        # The answer's time lies somewhere between, and was cut to a second.
        middle = began + (site.now() - began) / 2
        yield _compare(check, whose, answer, middle)


def _compare(check: str, whose: str, answer: httpx.Response, middle: datetime) -> Finding:
    try:
        theirs = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC) + timedelta(milliseconds=500)
    except (KeyError, ValueError):
        return not_checked(check, f"the answer of {whose} has no Date")
    skew = middle - theirs
    by = f"this clock is {abs(skew).total_seconds():.0f} s {'ahead of' if skew > timedelta(0) else 'behind'} {whose}"
    if abs(skew) > FAIL_BEYOND:
        return failed(check, f"{by}: tokens and signatures fail", _MEND)
    if abs(skew) > WARN_BEYOND:
        return warning(check, by, _MEND)
    return ok(check, f"this clock and that of {whose} differ by less than {abs(skew).total_seconds() + 1:.0f} s")
