"""Request bodies. Pure; the OpenAPI document is made from these. Unknown members are refused."""

import functools
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import fields

from .checksums import Checksums
from .kinds import MAX_PARTS_PER_CALL
from .schema_types import Alt, Crc64Nvme, Filename, PartSha256, Sha256, Size, Title, Ulid


class Request(Struct, kw_only=True, forbid_unknown_fields=True):
    """A request body."""


@functools.cache
def is_needed(shape: type[Request]) -> bool:
    """Whether there must be a body: not all of its members can be left out."""
    return any(member.required for member in fields(shape))


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
    """A deliverable to upload. `replaces` names the deliverable of which it is the next version.

    With `part_checksums` S3 wants the SHA-256 of each part, and takes none that has another. (A form has no parts.)
    """

    strategy: Literal["post", "multipart"] | None = None
    part_checksums: bool = False


class PartsRequest(Request):
    """Which parts to sign URLs for, at most 100 at once. They count from 1.

    An upload with `part_checksums` wants the SHA-256 of each of them too, in the same order.
    """

    part_numbers: Annotated[list[int], Meta(min_length=1, max_length=MAX_PARTS_PER_CALL)]
    sha256: Annotated[list[PartSha256], Meta(max_length=MAX_PARTS_PER_CALL)] | None = None


class ConfirmRequest(Request):
    """What the client knows of the whole file, if anything. It is compared with what S3 computed, where it did."""

    sha256: Sha256 | None = None
    crc64nvme: Crc64Nvme | None = None

    @property
    def checksums(self) -> Checksums:
        """What the client knows."""
        return Checksums(self.sha256, self.crc64nvme)


class ImageRequest(Request):
    """A new alt text; null takes it away."""

    alt: Alt | None


class OrderRequest(Request):
    """All images of the product, in their new order."""

    image_ids: Annotated[list[Ulid], Meta(max_length=100)]


class DeliverableRequest(Request):
    """A new file name."""

    filename: Filename
