"""DynamoDB: the one table, its index, its rows, and how single rows are read and changed. Section 5 of the design.

    product       P#<product_id> / product               usage         O#<owner> / usage
    image         P#<product_id> / image#<ulid>          deliverable   P#<product_id> / deliverable#<ulid>
    reminder      R#<day> / <time>#<what>                sweep         SWEEP / <pass>

A file row is `live`, then `superseded` or `deleted`, then `purged`; a tombstone, in a file row's place, is `swept`.
Rows that are final have `expires_at`, when DynamoDB removes them. Timestamps are UTC.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Self

from pynamodb.attributes import (
    ListAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.exceptions import PynamoDBException

from .attributes import IntegerAttribute, Rendition
from .kinds import DELIVERABLE, IMAGE, Kind
from .outages import outages_refused
from .problems import Gone, NotFound
from .rows import Item, Key, Row, begin_reading
from .settings import settings

LIVE, SUPERSEDED, DELETED, PURGED, SWEPT = "live", "superseded", "deleted", "purged", "swept"
PROCESSING, READY, FAILED = "processing", "ready", "failed"
UNPLACED = 1_000_000
"""The position of an image that was never ordered: behind those that were, oldest first."""


class Product(Row, discriminator="product"):
    """What is sold. A deleted one loses `created_at`, and so its place in the index; its files are purged with it."""

    state = UnicodeAttribute()
    title = UnicodeAttribute()
    image_count = IntegerAttribute()
    deliverable_count = IntegerAttribute()
    updated_at = UTCDateTimeAttribute()
    version = IntegerAttribute()
    changes = IntegerAttribute(null=True)  # how often a file became live, or ceased to be
    purge_at = UTCDateTimeAttribute(null=True)

    @property
    def product_id(self) -> str:
        """The id, a ULID."""
        return self.pk.removeprefix("P#")


class File(Row):
    """An admitted file. `size` is in bytes, `sha256` is hex; `series` is the id of the first version."""

    state = UnicodeAttribute()
    key = UnicodeAttribute()
    filename = UnicodeAttribute()
    size = IntegerAttribute()
    content_type = UnicodeAttribute()
    sha256 = UnicodeAttribute(null=True)
    crc64nvme = UnicodeAttribute(null=True)
    series = UnicodeAttribute()
    version = IntegerAttribute()
    admitted_at = UTCDateTimeAttribute()
    purge_at = UTCDateTimeAttribute(null=True)
    # Images only, but conditions on a replaced file name it for both kinds.
    position = IntegerAttribute(null=True)

    @property
    def product_id(self) -> str:
        """The id of the product it belongs to."""
        return self.pk.removeprefix("P#")

    @property
    def file_id(self) -> str:
        """Its own id: that of the upload it came by."""
        return self.sk.partition("#")[2]

    def is_recoverable(self, now: datetime) -> bool:
        """Whether it is no longer live, and can still be restored."""
        return self.state in (SUPERSEDED, DELETED) and self.purge_at is not None and self.purge_at > now


class Image(File, discriminator="image"):
    """A promo image. `width` and `height` are pixels as stored; `position` orders the product's images.

    `placeholder` is its BlurHash; `rendition_error` says to its seller why it `failed`.
    """

    width = IntegerAttribute()
    height = IntegerAttribute()
    alt = UnicodeAttribute(null=True)
    rendition_state = UnicodeAttribute(default=PROCESSING)
    renditions = ListAttribute(of=Rendition, null=True)
    placeholder = UnicodeAttribute(null=True)
    rendition_error = UnicodeAttribute(null=True)


class Deliverable(File, discriminator="deliverable"):
    """A private file that buyers download."""


class Usage(Row, discriminator="usage"):
    """What a seller's files take. `quota` (bytes) is there only where it differs from the setting."""

    bytes = IntegerAttribute(default=0)
    files = IntegerAttribute(default=0)
    quota = IntegerAttribute(null=True)

    @property
    def quota_bytes(self) -> int:
        """The quota that holds for this seller."""
        return settings.quota_bytes if self.quota is None else self.quota

    @classmethod
    def none_yet(cls, owner: str) -> Self:
        """The usage of a seller who never had a file admitted."""
        pk, sk = usage_key(owner)
        return cls._instantiate({"pk": {"S": pk}, "sk": {"S": sk}})


class Tombstone(Row, discriminator="tombstone"):
    """Stands where a file's row would, and says that its upload will never be admitted: its bytes were swept."""

    state = UnicodeAttribute(default=SWEPT)


FILE_ROWS: dict[str, type[File]] = {IMAGE.name: Image, DELIVERABLE.name: Deliverable}
COUNTERS = {IMAGE.name: Product.image_count, DELIVERABLE.name: Product.deliverable_count}


def product_key(product_id: str) -> Key:
    """Primary key of a product's row."""
    return f"P#{product_id}", "product"


def file_key(product_id: str, kind: Kind, file_id: str) -> Key:
    """Primary key of an image's or deliverable's row."""
    return f"P#{product_id}", f"{kind.name}#{file_id}"


def key_of(row: Row) -> Key:
    """Primary key of a row."""
    return row.pk, row.sk


def usage_key(owner: str) -> Key:
    """Primary key of a seller's usage row."""
    return f"O#{owner}", "usage"


def was_refused(error: PynamoDBException) -> bool:
    """Whether a write failed by its condition, and by nothing else."""
    return error.cause_response_code == "ConditionalCheckFailedException"


def read_rows(*keys: Key) -> list[Row | None]:
    """Read rows by their keys, in the order of the keys, in one consistent BatchGetItem.

    Raises:
        StorageUnavailable: DynamoDB did not read all of them.
    """
    return begin_reading_rows(*keys)()


def begin_reading_rows(*keys: Key) -> Callable[[], list[Row | None]]:
    """Begin the same; what is returned waits for the rows."""
    return partial(_as_rows, keys, begin_reading(keys))


def _as_rows(keys: Sequence[Key], read: Callable[[], Mapping[Key, Item]]) -> list[Row | None]:
    found = read()
    return [Row.from_raw_data(found[key]) if key in found else None for key in keys]


def read_product_with_files(product_id: str) -> tuple[Row | None, Sequence[File]]:
    """Read a product and all its files, whatever their state, in one Query (of one page per MB)."""
    with outages_refused:
        rows = list(Row.query(product_key(product_id)[0], consistent_read=True))
    product = next((row for row in rows if isinstance(row, Product)), None)
    return product, [row for row in rows if isinstance(row, File)]


def require_product(row: Row | None, owner: str) -> Product:
    """The product, if it is there and the caller's.

    Raises:
        NotFound: it is not there, was deleted, or is someone else's: the caller cannot tell which.
    """
    if isinstance(row, Product) and row.owner == owner and row.state == LIVE:
        return row
    raise NotFound("There is no such product of yours.")


def require_file(row: Row | None, owner: str, *states: str) -> File:
    """The file, if it is there, the caller's, and in one of the states (live, unless others are given).

    Raises:
        NotFound: it is not there, or someone else's.
        Gone: it is in another state.
    """
    if not isinstance(row, File) or row.owner != owner:
        raise NotFound("There is no such file of yours.")
    if row.state not in (states or (LIVE,)):
        raise Gone(f"The file is no longer live: it was {row.state}.")
    return row
