"""Step 2 of a multipart upload: sign the URLs its parts are PUT to, and tell which parts S3 holds, to resume."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from . import multiparts, presigning
from .bodies import PartsRequest
from .ids import ulid_time
from .kinds import CONFIRM_MULTIPART_WITHIN, PART_URL_LIFETIME, Kind, multipart_key, part_count, part_size
from .models import product_key, read_rows, require_product
from .multiparts import Part
from .presigning import PartToSend
from .problems import Gone, InvalidParameter, NotFound, UploadExpired
from .upload_ids import UploadId


@dataclass(frozen=True, slots=True)
class SignedPart:
    """PUT exactly `size` bytes, those from `offset` of the file, to `url` with `headers`, until `expires_at`."""

    number: int
    offset: int
    size: int
    url: str
    headers: dict[str, str]
    expires_at: datetime


def sign_parts(owner: str, kind: Kind, product_id: str, upload: UploadId, request: PartsRequest) -> list[SignedPart]:
    """Sign the URLs of some parts, with the length, and the SHA-256 if given, of each. One read, of the product.

    Raises:
        NotFound: the product is not there, or someone else's; or the upload is none by multipart.
        InvalidParameter: a part that the upload does not have; or not as many checksums as parts.
        UploadExpired: it is too late to confirm it.
    """
    size, s3_upload_id = require_open(owner, product_id, upload)
    count, numbers = part_count(size), request.part_numbers
    digests: Sequence[str | None] = [None] * len(numbers) if request.sha256 is None else request.sha256
    if len(digests) != len(numbers):
        raise InvalidParameter(
            f"Expected a SHA-256 for each of {len(numbers)} parts, and found {len(digests)}.", pointer="/sha256"
        )
    for at, number in enumerate(numbers):
        if not 1 <= number <= count:
            raise InvalidParameter(
                f"Expected part numbers from 1 to {count}, and found {number}.", pointer=f"/part_numbers/{at}"
            )
    key = multipart_key(kind, product_id, upload.ulid, size)
    expires_at = datetime.now(UTC) + PART_URL_LIFETIME
    parts = [
        PartToSend(number, length_of_part(size, number), sha256)
        for number, sha256 in zip(numbers, digests, strict=True)
    ]
    urls = presigning.sign_parts(key, s3_upload_id, parts, PART_URL_LIFETIME)
    return [
        SignedPart(part.number, (part.number - 1) * part_size(size), part.size, url, part.headers, expires_at)
        for part, url in zip(parts, urls, strict=True)
    ]


def held_parts(owner: str, kind: Kind, product_id: str, upload: UploadId) -> list[Part]:
    """The parts that S3 holds of an upload.

    Raises:
        NotFound, UploadExpired: as for `sign_parts`.
        Gone: it was completed or cancelled.
    """
    size, s3_upload_id = require_open(owner, product_id, upload)
    try:
        return multiparts.list_parts(multipart_key(kind, product_id, upload.ulid, size), s3_upload_id)
    except multiparts.NotOpen:
        raise Gone(
            "The upload is no longer open: it was completed or cancelled. Confirm it, or start a new one."
        ) from None


def length_of_part(size_bytes: int, number: int) -> int:
    """Bytes of a part: all are of one size but the last."""
    return min(part_size(size_bytes), size_bytes - (number - 1) * part_size(size_bytes))


def require_open(owner: str, product_id: str, upload: UploadId) -> tuple[int, str]:
    """The size and S3's id of a multipart upload to the caller's own product, if it is not too old.

    Raises:
        NotFound, UploadExpired: as for `sign_parts`.
    """
    (product,) = read_rows(product_key(product_id))
    require_product(product, owner)
    if upload.size is None or upload.s3_upload_id is None:
        raise NotFound("This upload has no parts: it is sent as one form.")
    check_age(upload)
    return upload.size, upload.s3_upload_id


def check_age(upload: UploadId) -> None:
    """Refuse an upload that S3 may abort soon.

    Raises:
        UploadExpired: it is too late to confirm it.
    """
    if datetime.now(UTC) - ulid_time(upload.ulid) > CONFIRM_MULTIPART_WITHIN:
        days = CONFIRM_MULTIPART_WITHIN / timedelta(days=1)
        raise UploadExpired(f"An upload in parts must be confirmed within {days} days: start a new one.")
