"""Request and response bodies. Pure; the OpenAPI document is made from these.

Requests refuse unknown members. Sizes are in bytes, times RFC 3339 in UTC, ids ULIDs, SHA-256 lower-case hex.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from .schema_types import Alt, Filename, Sha256, Size, State, Title, Ulid


class Request(Struct, kw_only=True, forbid_unknown_fields=True):
    """A request body."""


class ProductRequest(Request):
    """A new product, or a new title for one."""

    title: Title


class UploadRequest(Request):
    """The file somebody wants to upload."""

    filename: Filename
    content_type: Annotated[str, Meta(description="A media type without parameters. The bytes must be of this type.")]
    size: Size
    sha256: Sha256 | None = None
    replaces: Ulid | None = None


class ImageUploadRequest(UploadRequest):
    """A promo image to upload. `replaces` names the image whose place it takes."""

    strategy: Literal["post"] | None = None
    alt: Alt | None = None


class DeliverableUploadRequest(UploadRequest):
    """A deliverable to upload. `replaces` names the deliverable of which it is the next version."""

    strategy: Literal["post", "multipart"] | None = None


class ImageRequest(Request):
    """A new alt text; null takes it away."""

    alt: Alt | None


class OrderRequest(Request):
    """All images of the product, in their new order."""

    image_ids: Annotated[list[Ulid], Meta(max_length=100)]


class DeliverableRequest(Request):
    """A new file name."""

    filename: Filename


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
    """The rules of each kind, for clients to check before they upload."""

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

    `sha256` is null only where the store computes no checksum and none was declared.
    """

    id: Ulid
    product_id: Ulid
    state: State
    filename: str
    content_type: str
    size: int
    sha256: Sha256 | None
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
    """An upload that was issued. It ends at `expires_at` unless the file has begun to arrive by then."""

    id: Ulid
    kind: Literal["image", "deliverable"]
    product_id: Ulid
    strategy: Literal["post"]
    filename: str
    content_type: str
    size: int
    expires_at: datetime


class UploadForm(Answer):
    """Send `fields`, then the file as the last one, `file`, as multipart/form-data to `url`. Then confirm."""

    upload: Upload
    method: Literal["POST"]
    url: str
    fields: dict[str, str]
    confirm_url: str


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
