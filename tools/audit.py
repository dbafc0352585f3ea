"""The two-way check of what is stored: rows against objects, and objects against rows. It reports and changes nothing.

S3 lists keys in order; what rows expect is put in the same order, on disk; one walk along both finds what only one of
them has. So memory does not grow with what is stored, and no object costs a call of its own. Whatever is found is
looked at once more: a busy shop changes while it is read.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from chalicelib import listing, media, progress, reminders
from chalicelib.kinds import IMAGE, SWEEP_AFTER, parse_vault_key
from chalicelib.listing import Listed
from chalicelib.models import DELETED, LIVE, PROCESSING, READY, SUPERSEDED, File, Image, file_key, read_rows
from chalicelib.rows import Key, Row
from chalicelib.settings import settings

from .disk_sort import sorted_lines

ROWS_BESIDES = (reminders.Reminder, progress.Progress)
"""A scan meets these too: PynamoDB knows a kind of row once its module is loaded."""

What = Literal["missing", "wrong size", "without row", "not rendered"]
BAD: tuple[What, ...] = ("missing", "wrong size")
"""What should never be, and is never put right by the sweep."""
RENDERED_WITHIN = timedelta(hours=2)
VAULT, MEDIA = "vault/", "media/"


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement about an object, named by the role of its bucket and its key. Size in bytes."""

    what: What
    place: str
    size: int = 0


class Expected(NamedTuple):
    """What a row says is stored, where (the role of the bucket, and the key), and how large."""

    place: str
    size: int


class Stored(NamedTuple):
    """What is stored, where, how large, and since when."""

    place: str
    size: int
    since: datetime


@dataclass(slots=True)
class Totals:
    """What was compared."""

    rows: int = 0
    objects: int = 0
    findings: int = 0


def audit(now: datetime, tell: Callable[[Finding], None], say: Callable[[str], None]) -> Totals:
    """Compare everything; `tell` gets each finding as it is made, `say` a line of progress now and then."""
    totals = Totals()
    with sorted_lines(_expectations(totals, now, tell, say)) as lines:
        for finding in compare(map(_expected, lines), _everything_stored(totals, say), now):
            if is_still_so(finding):
                totals.findings += 1
                tell(finding)
    return totals


def expectations(row: Row) -> Iterator[Expected]:
    """What is stored if a row is right: an original until it is purged, and the renditions of an image."""
    if not isinstance(row, File) or row.state not in (LIVE, SUPERSEDED, DELETED):
        return
    yield Expected(f"{VAULT}{row.key}", row.size)
    if isinstance(row, Image) and row.rendition_state == READY:
        prefix = media.prefix(row.product_id, row.file_id)
        for rendition in row.renditions or []:
            yield Expected(f"{MEDIA}{prefix}{rendition.name}", rendition.bytes)


def compare(expected: Iterable[Expected], stored: Iterable[Stored], now: datetime) -> Iterator[Finding]:
    """Walk along both, which are in the order of their places, and find where they differ.

    An object that is young may be waiting for its row: a confirm is on its way, or the sweep comes first.
    """
    these, those = iter(expected), iter(stored)
    this, that = next(these, None), next(those, None)
    while this is not None or that is not None:
        if that is None or (this is not None and this.place < that.place):
            assert this is not None
            yield Finding("missing", this.place, this.size)
            this = next(these, None)
        elif this is None or that.place < this.place:
            if now - that.since > _settled_after(that.place):
                yield Finding("without row", that.place, that.size)
            that = next(those, None)
        else:
            if this.size != that.size:
                yield Finding("wrong size", that.place, that.size)
            this, that = next(these, None), next(those, None)


def is_still_so(finding: Finding) -> bool:
    """Look again, at the row and the object themselves."""
    of = _row_of(finding.place)
    (row,) = read_rows(of) if of is not None else (None,)
    expected = {expectation.place: expectation.size for expectation in expectations(row)} if row is not None else {}
    role, _, key = finding.place.partition("/")
    bucket = settings.vault_bucket if role + "/" == VAULT else settings.media_bucket
    found = {item.key: item.size for page in listing.pages(bucket, key) for item in page}
    return expected.get(finding.place) != found.get(key)


def _settled_after(place: str) -> timedelta:
    parsed = parse_vault_key(place.removeprefix(VAULT)) if place.startswith(VAULT) else None
    return RENDERED_WITHIN if parsed is None else SWEEP_AFTER[parsed.strategy]


def _row_of(place: str) -> Key | None:
    """The row that an object of this place would belong to."""
    if place.startswith(VAULT):
        parsed = parse_vault_key(place.removeprefix(VAULT))
        return None if parsed is None else file_key(parsed.product_id, parsed.kind, parsed.upload_id)
    product_id, image_id, _ = [*place.removeprefix(MEDIA).split("/"), "", ""][:3]
    return file_key(product_id, IMAGE, image_id)


def _expectations(
    totals: Totals, now: datetime, tell: Callable[[Finding], None], say: Callable[[str], None]
) -> Iterator[str]:
    for row in Row.scan(consistent_read=True):
        totals.rows += 1
        if totals.rows % 100_000 == 0:
            say(f"{totals.rows:,} rows read")
        yield from (f"{expectation.place}\t{expectation.size}" for expectation in expectations(row))
        if isinstance(row, Image) and _is_late(row, now):
            totals.findings += 1
            tell(Finding("not rendered", f"{VAULT}{row.key}", row.size))


def _is_late(image: Image, now: datetime) -> bool:
    waits = image.rendition_state == PROCESSING and image.state == LIVE
    return waits and now - image.admitted_at > RENDERED_WITHIN


def _expected(line: str) -> Expected:
    place, _, size = line.partition("\t")
    return Expected(place, int(size))


def _everything_stored(totals: Totals, say: Callable[[str], None]) -> Iterator[Stored]:
    """The objects of both buckets, in the order of their places."""
    for role, bucket in ((MEDIA, settings.media_bucket), (VAULT, settings.vault_bucket)):
        for page in listing.pages(bucket):
            totals.objects += len(page)
            if totals.objects % 100_000 < len(page):
                say(f"{totals.objects:,} objects listed")
            yield from map(_stored_in(role), page)


def _stored_in(role: str) -> Callable[[Listed], Stored]:
    return lambda item: Stored(role + item.key, item.size, item.stored_at)
