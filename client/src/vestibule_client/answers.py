"""What the service answers. Sizes in bytes, times in UTC, SHA-256 in lower-case hex."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

Kind = Literal["image", "deliverable"]
KINDS: tuple[Kind, ...] = ("image", "deliverable")


@dataclass(frozen=True, slots=True)
class KindRules:
    """What may be uploaded as a kind. `content_types` None admits any, `max_pixels` None has no limit."""

    name: str
    content_types: tuple[str, ...] | None
    min_bytes: int
    max_bytes: int
    max_per_product: int
    max_pixels: int | None
    strategies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kinds:
    """The rules of each kind."""

    kinds: tuple[KindRules, ...]
    max_filename_bytes: int
    max_alt_bytes: int
    max_staged_uploads: int

    def of(self, kind: Kind) -> KindRules | None:
        """The rules of one kind, if the service has it."""
        return next((rules for rules in self.kinds if rules.name == kind), None)


@dataclass(frozen=True)
class File:
    """An admitted file. `sha256` is None where S3 computed none and the client declared none."""

    kind: ClassVar[Kind]

    id: str
    product_id: str
    state: str
    filename: str
    content_type: str
    size: int
    sha256: str | None
    series: str
    version: int
    admitted_at: datetime
    crc64nvme: str | None = None
    purge_at: datetime | None = None


@dataclass(frozen=True)
class Deliverable(File):
    """A private file that buyers download."""

    kind: ClassVar[Kind] = "deliverable"


@dataclass(frozen=True, slots=True)
class Rendition:
    """A public copy of an image. Width and height in pixels."""

    url: str
    content_type: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True)
class Image(File):
    """A promo image. Width and height are pixels as stored; `rendition_state` is processing, ready or failed."""

    kind: ClassVar[Kind] = "image"

    width: int = 0
    height: int = 0
    alt: str | None = None
    rendition_state: str = "processing"
    renditions: tuple[Rendition, ...] = ()
    placeholder: str | None = None
    rendition_error: str | None = None
    original_url: str | None = field(default=None, repr=False)


SHAPES: dict[Kind, type[File]] = {"image": Image, "deliverable": Deliverable}


@dataclass(frozen=True)
class Product:
    """What is sold."""

    id: str
    title: str
    image_count: int
    deliverable_count: int
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class ProductWithFiles(Product):
    """A product with its live files."""

    images: tuple[Image, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()


@dataclass(frozen=True)
class ProductPage:
    """A page of products, newest first. `next_cursor` None ends the list."""

    products: tuple[Product, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """Permission to upload one file. By post it ends at `expires_at` unless the file has begun to arrive."""

    id: str
    kind: str
    product_id: str
    strategy: str
    filename: str
    content_type: str
    size: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Multipart:
    """How to send a file in parts: all have `part_size` but the last."""

    part_size: int
    part_count: int
    parts_url: str
    max_parts_per_call: int
    part_url_expires_in: int
    part_checksums: bool = False


@dataclass(frozen=True, slots=True)
class IssuedUpload:
    """Step 1's answer: by post `url` and `fields` are a form; otherwise `multipart` says how."""

    upload: Upload
    confirm_url: str
    url: str | None = None
    fields: dict[str, str] | None = field(default=None, repr=False)
    multipart: Multipart | None = None


@dataclass(frozen=True, slots=True)
class SignedPart:
    """PUT exactly `size` bytes of the file, from `offset` on, to `url`, with `headers`."""

    part_number: int
    offset: int
    size: int
    url: str = field(repr=False)
    expires_at: datetime
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class HeldPart:
    """A part that S3 holds. `sha256` is S3's own, None where the upload has no part checksums."""

    part_number: int
    size: int
    etag: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class HeldParts:
    """What S3 holds of an upload."""

    part_size: int
    part_count: int
    parts: tuple[HeldPart, ...]


@dataclass(frozen=True, slots=True)
class SignedDownload:
    """A signed URL that gives a file."""

    url: str = field(repr=False)
    filename: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What the seller's files take, recoverable ones included."""

    bytes: int
    files: int
    quota: int
