"""What must hold after every single call, and what at the end of all things. Read behind the scenes, without a call."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib.kinds import DELIVERABLE, IMAGE
from chalicelib.models import DELETED, LIVE, PURGED, READY, SUPERSEDED, File, Image, Product, Tombstone, Usage
from chalicelib.reminders import Reminder
from chalicelib.rows import Row
from tests.simulation.stores import Stores


class Violation(AssertionError):
    """Something that must always hold does not."""


def must(holds: bool, what: str) -> None:
    if not holds:
        raise Violation(what)


@dataclass
class Seen:
    """What was told to somebody, and so is to stay true: how often an upload was admitted, what was rendered."""

    admissions: Counter[str] = field(default_factory=Counter)
    published: dict[str, str | None] = field(default_factory=dict)


def check(stores: Stores, seen: Seen) -> None:
    """After every call."""
    rows = stores.rows()
    files = [row for row in rows if isinstance(row, File)]
    there = [file for file in files if file.state in (LIVE, SUPERSEDED, DELETED)]
    vault = stores.vault
    for file in there:
        must(file.key in vault.objects, f"a {file.state} row has no object")
        must(len(vault.objects[file.key].body) == file.size, "an object has another size than its row says")
        must(file.key not in vault.removed, "a row names an object that the sweep has deleted")
    _check_usage(rows, there)
    _check_counters(rows, there)
    series = Counter((file.pk, type(file), file.series) for file in there if file.state == LIVE)
    must(all(versions == 1 for versions in series.values()), "two versions of a series are live")
    _check_purged(stores, rows)
    for image in files:
        if isinstance(image, Image) and image.rendition_state == READY:
            first = seen.published.setdefault(image.sk, image.placeholder)
            must(first == image.placeholder, "it was rendered twice")


def _check_usage(rows: Sequence[Row], there: Sequence[File]) -> None:
    told = {row.pk.removeprefix("O#"): (row.bytes, row.files) for row in rows if isinstance(row, Usage)}
    quotas = {row.pk.removeprefix("O#"): row.quota_bytes for row in rows if isinstance(row, Usage)}
    for owner in told.keys() | {file.owner for file in there if file.owner}:
        sizes = [file.size for file in there if file.owner == owner]
        must(told.get(owner, (0, 0)) == (sum(sizes), len(sizes)), "the usage is not right")
        must(sum(sizes) <= quotas.get(owner, sum(sizes)), "a quota does not hold")


def _check_counters(rows: Sequence[Row], there: Sequence[File]) -> None:
    for product in (row for row in rows if isinstance(row, Product) and row.state == LIVE):
        live = [type(file).__name__ for file in there if file.state == LIVE and file.pk == product.pk]
        counted = (product.image_count, product.deliverable_count)
        must(counted == (live.count("Image"), live.count("Deliverable")), "the counters are not right")
        most = (IMAGE.max_per_product, DELIVERABLE.max_per_product)
        must(all(number <= limit for number, limit in zip(counted, most, strict=True)), "a product is too full")


def _check_purged(stores: Stores, rows: Sequence[Row]) -> None:
    ends = {row.pk: row.purge_at for row in rows if isinstance(row, Product) and row.state != LIVE}
    for file in (row for row in rows if isinstance(row, File) and row.state == PURGED):
        times = [moment for moment in (file.purge_at, ends.get(file.pk)) if moment is not None]
        must(bool(times) and min(times) <= stores.now, "a file was purged while it could be restored")


def check_nothing_is_left(stores: Stores, seen: Seen) -> None:
    """After two more runs of the sweep."""
    rows = stores.rows()
    files = [row for row in rows if isinstance(row, File)]
    there = {file.key for file in files if file.state != PURGED}
    must(set(stores.vault.objects) == there, "the vault has objects that no row refers to")
    due = [row for row in rows if isinstance(row, Reminder) and row.due_at <= stores.now]
    must(not due, "reminders are left")
    gone = [file for file in files if file.state in (SUPERSEDED, DELETED)]
    must(all(file.purge_at is not None and file.purge_at > stores.now for file in gone), "one was not purged")
    ended = {row.state for row in rows if isinstance(row, Product) and row.state != LIVE}
    must(ended <= {PURGED}, "a deleted product was not purged")
    shown = {(file.product_id, file.file_id) for file in files if isinstance(file, Image) and file.state != PURGED}
    public = {(key.split("/")[0], key.split("/")[1]) for key in stores.media.objects}
    must(public <= shown, "a rendition of a purged image, or of none, is public")
    buried = {row.sk.partition("#")[2] for row in rows if isinstance(row, Tombstone)}
    must(not buried & seen.admissions.keys(), "an admitted file has a tombstone")
