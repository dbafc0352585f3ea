"""Response bodies. Pure; the OpenAPI document is made from these.

Sizes are in bytes, times RFC 3339 in UTC, ids ULIDs, SHA-256 lower-case hex.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from .schema_types import Crc64Nvme, PartSha256, Sha256, State, Ulid, UploadIdText


class Answer(Struct, kw_only=True):
    """A response body."""


class Health(Answer):
    """The service answers."""

    status: Literal["ok"] = "ok"


class KindRules(Answer):
    """What may be uploaded as this kind. `content_types` null admits any, `max_pixels` null has no limit."""

    name: Literal["image", "deliverable"]
    content_types: list[str] | None
    min_bytes: int
    max_bytes: int
    max_per_product: int
    max_pixels: int | None
    strategies: list[Literal["post", "multipart"]]


class Kinds(Answer):
    """The rules of each kind, for clients to check before they upload.

    `max_staged_uploads` may wait for their confirm, of each strategy.
    """

    kinds: list[KindRules]
    max_filename_bytes: int
    max_alt_bytes: int
    max_staged_uploads: int


class Product(Answer):
    """A product, and how many live files it has."""

    id: Ulid
    title: str
    image_count: int
    deliverable_count: int
    version: int
    created_at: datetime
    updated_at: datetime


class File(Answer):
    """An admitted file. `series` is the id of its first version; `purge_at` is set once it is no longer live.

    `sha256` is S3's own for what came by a form. For what came in parts it is what the client declared, or null: S3
    computes none over parts, but their own, and `crc64nvme`.
    """

    id: Ulid
    product_id: Ulid
    state: State
    filename: str
    content_type: str
    size: int
    sha256: Sha256 | None
    crc64nvme: Crc64Nvme | None
    series: Ulid
    version: int
    admitted_at: datetime
    purge_at: datetime | None


class Rendition(Answer):
    """A public copy of an image: re-encoded, without metadata. Width and height are pixels, as shown."""

    url: str
    content_type: Literal["image/webp", "image/jpeg", "image/avif"]
    width: int
    height: int
    bytes: int


class Image(File):
    """A promo image. Width and height are pixels as stored, before any orientation is applied.

    `ready` has `renditions`, the smallest first, and a `placeholder` (BlurHash); `failed` a sentence for the seller;
    `processing` a short-lived `original_url` for the owner, but not in the answer to a confirm.
    """

    width: int
    height: int
    alt: str | None
    rendition_state: Literal["processing", "ready", "failed"]
    renditions: list[Rendition]
    placeholder: str | None
    rendition_error: str | None
    original_url: str | None


class Deliverable(File):
    """A private file that buyers download."""


class ProductWithFiles(Product):
    """A product with its live files, images in their order."""

    images: list[Image]
    deliverables: list[Deliverable]


class ProductList(Answer):
    """A page of products, newest first. `next_cursor` null ends the list."""

    products: list[Product]
    next_cursor: str | None


class ImageList(Answer):
    """Images in their order."""

    images: list[Image]


class DeliverableList(Answer):
    """Deliverables, oldest first."""

    deliverables: list[Deliverable]


class Upload(Answer):
    """An upload that was issued. By post it ends at `expires_at` unless the file has begun to arrive by then."""

    id: UploadIdText
    kind: Literal["image", "deliverable"]
    product_id: Ulid
    strategy: Literal["post", "multipart"]
    filename: str
    content_type: str
    size: int
    expires_at: datetime


class Multipart(Answer):
    """How to send the file in parts: ask `parts_url` for their URLs, PUT each, then confirm. Sizes in bytes.

    All parts have `part_size` but the last. A part can be sent again until confirm. GET `parts_url` tells what S3 has.
    """

    part_size: int
    part_count: int
    parts_url: str
    max_parts_per_call: int
    part_url_expires_in: int
    part_checksums: bool


class IssuedUpload(Answer, omit_defaults=True):
    """By post: send `fields`, then the file as the last one, `file`, as multipart/form-data to `url`. Then confirm."""

    upload: Upload
    confirm_url: str
    method: Literal["POST"] | None = None
    url: str | None = None
    fields: dict[str, str] | None = None
    multipart: Multipart | None = None


class SignedPart(Answer):
    """PUT exactly `size` bytes of the file, from `offset` on, to `url`, with these `headers`."""

    part_number: int
    offset: int
    size: int
    url: str
    headers: dict[str, str]
    expires_at: datetime


class SignedParts(Answer):
    """The URLs, in the order asked for."""

    parts: list[SignedPart]


class HeldPart(Answer):
    """A part that S3 holds. `sha256` is null without `part_checksums`."""

    part_number: int
    size: int
    etag: str
    sha256: PartSha256 | None


class HeldParts(Answer):
    """What S3 holds of an upload, in order: what is missing is still to be sent."""

    part_size: int
    part_count: int
    parts: list[HeldPart]


class Download(Answer):
    """A signed URL that saves the file under its name."""

    url: str
    filename: str
    expires_at: datetime


class Usage(Answer):
    """What the seller's files take, recoverable ones included, in bytes and files."""

    bytes: int
    files: int
    quota: int


class ProblemError(Answer):
    """One thing wrong. `pointer` is a JSON pointer into the body, or `/name` of a path or query parameter."""

    pointer: str
    detail: str


class Problem(Answer, omit_defaults=True):
    """A refusal: RFC 9457 problem details. `code` is stable; `message` repeats `detail` for clients that read it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    message: str
    retryable: bool
    request_id: str
    errors: list[ProblemError]
    expected: str | int | None = None
    actual: str | int | None = None
