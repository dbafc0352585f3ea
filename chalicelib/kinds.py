"""What may be uploaded, for how long each step may take, and where things lie. Pure rules, no I/O."""

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from .ids import END_OF_YEAR_9999, PATTERN, ulid_day
from .problems import FileTooLarge, InvalidParameter, UnsupportedMediaType
from .settings import MiB, settings

KindName = Literal["image", "deliverable"]
Strategy = Literal["post", "multipart"]

FORM_LIFETIME = timedelta(minutes=15)
"""A form is signed with the Lambda role's credentials, which may end soon after: never longer."""
CONFIRM_WITHIN = timedelta(hours=12)
CONFIRM_MULTIPART_WITHIN = timedelta(days=6.5)
PART_URL_LIFETIME = timedelta(minutes=15)
STAGING_EXPIRES_AFTER = timedelta(hours=24)
"""S3's lifecycle counts in days and may take a staged object from here on."""
ABORT_MULTIPART_AFTER = timedelta(days=7)
SWEEP_AFTER: dict[Strategy, timedelta] = {"post": timedelta(hours=24), "multipart": timedelta(days=8)}
"""How old an object of the vault must be before the sweep judges it. S3 dates a multipart one by its beginning."""
FINAL_ROWS_KEPT = timedelta(days=30)
"""A tombstone must outlive the staged object whose confirm it refuses."""
DOWNLOAD_LIFETIME = timedelta(minutes=5)
RECOVERY_WINDOW = timedelta(days=settings.recovery_days)

HEAD_BYTES = 64 * 1024
"""What confirm reads of a staged object at first. Every signature and nearly every image header lies in it."""
LONG_HEAD_BYTES = 1 * MiB
"""What it reads when an image header lies further in, behind large metadata."""

# See vault_key() and multipart_key(): `.m` ends what came by multipart.
_VAULT_KEY = re.compile(
    rf"(image|deliverable)s/(\d{{4}}-\d\d-\d\d)/({PATTERN})/({PATTERN})\.([0-9a-f]{{16}}|[1-9]\d{{0,14}}\.m)"
)

MAX_PARTS = 10_000
MAX_PARTS_PER_CALL = 100

# RFC 6838, section 4.2: restricted names, without parameters or wildcards.
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


@dataclass(frozen=True, slots=True)
class Kind:
    """The rules for one kind of file. Sizes in bytes; `content_types` None admits any."""

    name: KindName
    content_types: tuple[str, ...] | None
    max_bytes: int
    max_post_bytes: int
    max_per_product: int
    max_pixels: int | None
    strategies: tuple[Strategy, ...]

    @property
    def max_upload_bytes(self) -> int:
        """The largest file that a strategy offered today can carry."""
        return self.max_bytes if "multipart" in self.strategies else min(self.max_bytes, self.max_post_bytes)

    def check_content_type(self, declared: str) -> str:
        """Return the declared type in lower case.

        Raises:
            InvalidParameter: not of the form `type/subtype`, or with parameters.
            UnsupportedMediaType: well formed, but not accepted.
        """
        content_type = declared.lower()
        if not _CONTENT_TYPE.fullmatch(content_type):
            raise InvalidParameter(
                f"Expected a media type like image/png, without parameters, and found {declared!r}.",
                pointer="/content_type",
            )
        if self.content_types is not None and content_type not in self.content_types:
            accepted = ", ".join(self.content_types)
            raise UnsupportedMediaType(
                f"A {self.name} must be one of {accepted}, and was declared as {content_type}.",
                pointer="/content_type",
                expected=accepted,
                actual=content_type,
            )
        return content_type

    def choose_strategy(self, declared_bytes: int, wanted: Strategy | None) -> Strategy:
        """How a file of this size travels: as one form where that can carry it, unless the client wants otherwise.

        Raises:
            InvalidParameter: less than one byte, or a strategy that the kind does not have.
            FileTooLarge: more than the kind, or the wanted strategy, can carry.
        """
        if declared_bytes < 1:
            raise InvalidParameter(f"Expected at least 1 byte, and found {declared_bytes}.", pointer="/size")
        if wanted is not None and wanted not in self.strategies:
            raise InvalidParameter(f"A {self.name} is uploaded by {', '.join(self.strategies)}.", pointer="/strategy")
        chosen = wanted or ("post" if declared_bytes <= self.max_post_bytes else self.strategies[-1])
        most = self.max_post_bytes if chosen == "post" else self.max_bytes
        if declared_bytes > most:
            hint = " Larger ones need the strategy multipart." if declared_bytes <= self.max_upload_bytes else ""
            raise FileTooLarge(
                f"Expected at most {most:,} bytes, and {declared_bytes:,} were declared.{hint}",
                pointer="/size",
                expected=most,
                actual=declared_bytes,
            )
        return chosen


IMAGE = Kind(
    name="image",
    content_types=("image/jpeg", "image/png", "image/webp", "image/avif"),
    max_bytes=20 * MiB,
    max_post_bytes=20 * MiB,
    max_per_product=20,
    max_pixels=40_000_000,
    strategies=("post",),
)
DELIVERABLE = Kind(
    name="deliverable",
    content_types=None,
    max_bytes=settings.max_deliverable_bytes,
    max_post_bytes=settings.max_post_bytes,
    max_per_product=100,
    max_pixels=None,
    strategies=("post", "multipart"),
)
KINDS = (IMAGE, DELIVERABLE)


def staging_prefix(owner: str, strategy: Strategy) -> str:
    """Where all staged uploads of a seller lie; and, of multipart ones, the empty objects by which they are counted."""
    return f"{'u' if strategy == 'post' else 'm'}/{owner}/"


def staging_key(owner: str, product_id: str, kind: Kind, upload_id: str, strategy: Strategy) -> str:
    """Where a `post` upload waits for its confirm, and what counts a `multipart` one until then."""
    return f"{staging_prefix(owner, strategy)}{product_id}/{kind.name}/{upload_id}"


def vault_key(kind: Kind, product_id: str, upload_id: str, version_id: str) -> str:
    """Where exactly this version of a staged object is kept once admitted.

    The suffix gives the key one possible content, so that no race can write two different files to it; the day is the
    ULID's, so that the sweep lists only the days it needs.
    """
    day = ulid_day(upload_id)
    return f"{kind.name}s/{day}/{product_id}/{upload_id}.{hashlib.sha256(version_id.encode()).hexdigest()[:16]}"


def multipart_key(kind: Kind, product_id: str, upload_id: str, size_bytes: int) -> str:
    """Where a multipart upload grows, and stays once admitted. It says how large the file was declared to be."""
    return f"{kind.name}s/{ulid_day(upload_id)}/{product_id}/{upload_id}.{size_bytes}.m"


def part_size(size_bytes: int) -> int:
    """Bytes of each part but the last. Every part is a billed request, and one sent again costs its time: so they grow.

    16 MiB up to 1 GiB, 32 up to 4 GiB, then 64, and beyond 625 GiB as much as S3's limit of 10,000 parts asks for.
    """
    chosen = 16 if size_bytes <= 1024 * MiB else 32 if size_bytes <= 4096 * MiB else 64
    return max(chosen * MiB, _needed_part_size(size_bytes))


def part_count(size_bytes: int) -> int:
    """How many parts a file has."""
    return -(-size_bytes // part_size(size_bytes))


def _needed_part_size(size_bytes: int) -> int:
    """The least that keeps to the limit of parts, in whole MiB."""
    return -(-size_bytes // (MAX_PARTS * MiB)) * MiB


@dataclass(frozen=True, slots=True)
class VaultPlace:
    """What the key of an object in the vault says about it."""

    kind: Kind
    product_id: str
    upload_id: str
    strategy: Strategy


def parse_vault_key(key: str) -> VaultPlace | None:
    """Read a key of the vault; None if it is not one that this service makes."""
    parts = _VAULT_KEY.fullmatch(key)
    if parts is None:
        return None
    kind, day, product_id, upload_id, suffix = parts.groups()
    if max(product_id, upload_id)[:10] > END_OF_YEAR_9999 or ulid_day(upload_id) != day:
        return None
    strategy: Strategy = "multipart" if suffix.endswith(".m") else "post"
    return VaultPlace(IMAGE if kind == IMAGE.name else DELIVERABLE, product_id, upload_id, strategy)
