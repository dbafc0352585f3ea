"""S3 calls of multipart uploads, on their final key in the vault. Nothing is readable there before it is completed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from .checksums import as_base64, as_hex
from .outages import code_of, outages_refused
from .settings import settings
from .storage import ObjectRemoved, s3, whole_size

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef


@dataclass(frozen=True, slots=True)
class Part:
    """A part that S3 holds. Size in bytes; SHA-256 in hex, if S3 was told to demand it."""

    number: int
    size: int
    etag: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """A completed object, not admitted yet, and its first bytes. Size in bytes."""

    size: int
    content_type: str
    metadata: Mapping[str, str]
    head: bytes


class NotOpen(Exception):
    """There is no such open upload: it was completed or aborted, or never was."""


class PartsChanged(Exception):
    """A part was sent again while the upload was being completed."""


def count_as_unfinished(key: str) -> None:
    """Put an empty object where an upload in parts counts among its seller's unfinished ones. It expires like them."""
    with outages_refused:
        s3.put_object(Bucket=settings.staging_bucket, Key=key, Body=b"", ExpectedBucketOwner=settings.account_id)


def begin(
    key: str, claims: Mapping[str, str], content_type: str, content_disposition: str, *, part_checksums: bool
) -> str:
    """Begin an upload; what the object will say about itself is fixed here. Returns S3's upload id.

    With `part_checksums` S3 admits no part without its SHA-256; without, it computes the whole's CRC-64/NVME itself.
    """
    checked: dict[str, Any] = {"ChecksumAlgorithm": "SHA256"} if part_checksums else {}
    with outages_refused:
        return s3.create_multipart_upload(
            Bucket=settings.vault_bucket,
            Key=key,
            Metadata=dict(claims),
            ContentType=content_type,
            ContentDisposition=content_disposition,
            ExpectedBucketOwner=settings.account_id,
            **checked,
        )["UploadId"]


def list_parts(key: str, s3_upload_id: str) -> list[Part]:
    """All parts that S3 holds, by their numbers, a thousand a call.

    Raises:
        NotOpen: there is no such open upload.
    """
    parts: list[Part] = []
    marker, more = 0, True
    while more:
        try:
            with outages_refused:
                answer = s3.list_parts(
                    Bucket=settings.vault_bucket,
                    Key=key,
                    UploadId=s3_upload_id,
                    PartNumberMarker=marker,
                    ExpectedBucketOwner=settings.account_id,
                )
        except ClientError as error:
            raise _explained(error) from None
        parts += [
            Part(part["PartNumber"], part["Size"], part["ETag"], as_hex(part.get("ChecksumSHA256")))
            for part in answer.get("Parts", [])
        ]
        more = answer["IsTruncated"]
        marker = answer.get("NextPartNumberMarker", 0)
    return parts


def complete(key: str, s3_upload_id: str, parts: Sequence[Part], size_bytes: int) -> str | None:
    """Join the parts, once, to an object of exactly this size. Returns its CRC-64/NVME in base64, if S3 has it.

    Raises:
        NotOpen: there is no such open upload (any more), or there is an object already.
        PartsChanged: the parts are not those that were listed.
    """
    try:
        with outages_refused:
            answer = s3.complete_multipart_upload(
                Bucket=settings.vault_bucket,
                Key=key,
                UploadId=s3_upload_id,
                MultipartUpload={"Parts": [_named(part) for part in parts]},
                MpuObjectSize=size_bytes,
                IfNoneMatch="*",
                ExpectedBucketOwner=settings.account_id,
            )
    except ClientError as error:
        raise _explained(error) from None
    return answer.get("ChecksumCRC64NVME")


def abort(key: str, s3_upload_id: str) -> None:
    """Give an upload up: its parts are gone. Repeatable, also where there is none."""
    try:
        with outages_refused:
            s3.abort_multipart_upload(
                Bucket=settings.vault_bucket,
                Key=key,
                UploadId=s3_upload_id,
                ExpectedBucketOwner=settings.account_id,
            )
    except ClientError as error:
        if code_of(error) != "NoSuchUpload":
            raise


def read_completed(key: str, first_bytes: int) -> Completed:
    """Read the claims, the size and the first bytes of a completed object, in one GetObject.

    Raises:
        ObjectRemoved: it is not there.
    """
    try:
        with outages_refused:
            answer = s3.get_object(
                Bucket=settings.vault_bucket,
                Key=key,
                Range=f"bytes=0-{first_bytes - 1}",
                ExpectedBucketOwner=settings.account_id,
            )
            head = answer["Body"].read()
    except ClientError as error:
        # The API may not list the vault, and so is told 403 for what is not there.
        if code_of(error) not in ("NoSuchKey", "AccessDenied"):
            raise
        raise ObjectRemoved from None
    return Completed(whole_size(answer), answer["ContentType"], answer["Metadata"], head)


def _named(part: Part) -> "CompletedPartTypeDef":
    if part.sha256 is None:
        return {"PartNumber": part.number, "ETag": part.etag}
    return {"PartNumber": part.number, "ETag": part.etag, "ChecksumSHA256": as_base64(part.sha256)}


def _explained(error: ClientError) -> Exception:
    match code_of(error):
        case "NoSuchUpload" | "PreconditionFailed":
            return NotOpen()
        case "InvalidPart" | "InvalidPartOrder" | "InvalidRequest" | "EntityTooSmall":
            return PartsChanged()
    return error
