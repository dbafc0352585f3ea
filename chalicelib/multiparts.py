"""S3 calls of multipart uploads, on their final key in the vault. Nothing is readable there before it is completed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from .outages import outages_refused
from .settings import settings
from .storage import s3


@dataclass(frozen=True, slots=True)
class Part:
    """A part that S3 holds. Size in bytes."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Completed:
    """A completed object, not admitted yet, and its first bytes. Size in bytes."""

    key: str
    size: int
    content_type: str
    metadata: Mapping[str, str]
    stored_at: datetime
    head: bytes


class NotOpen(Exception):
    """There is no such open upload: it was completed or aborted, or never was."""


class PartsChanged(Exception):
    """A part was sent again while the upload was being completed."""


class NotCompleted(Exception):
    """There is no object under the key."""


def count_as_unfinished(key: str) -> None:
    """Put an empty object where an upload in parts counts among its seller's unfinished ones. It expires like them."""
    with outages_refused():
        s3.put_object(Bucket=settings.staging_bucket, Key=key, Body=b"", ExpectedBucketOwner=settings.account_id)


def begin(key: str, claims: Mapping[str, str], content_type: str, content_disposition: str) -> str:
    """Begin an upload; what the object will say about itself is fixed here. Returns S3's upload id."""
    with outages_refused():
        return s3.create_multipart_upload(
            Bucket=settings.vault_bucket,
            Key=key,
            Metadata=dict(claims),
            ContentType=content_type,
            ContentDisposition=content_disposition,
            ExpectedBucketOwner=settings.account_id,
        )["UploadId"]


def sign_part(key: str, s3_upload_id: str, number: int, size_bytes: int, lifetime: timedelta) -> str:
    """Sign a URL to PUT one part of exactly this size. No call is made."""
    return s3.generate_presigned_url(
        "upload_part",
        Params={
            "Bucket": settings.vault_bucket,
            "Key": key,
            "UploadId": s3_upload_id,
            "PartNumber": number,
            "ContentLength": size_bytes,
        },
        ExpiresIn=int(lifetime.total_seconds()),
    )


def list_parts(key: str, s3_upload_id: str) -> list[Part]:
    """All parts that S3 holds, by their numbers, a thousand a call.

    Raises:
        NotOpen: there is no such open upload.
    """
    parts: list[Part] = []
    marker, more = 0, True
    while more:
        try:
            with outages_refused():
                answer = s3.list_parts(
                    Bucket=settings.vault_bucket,
                    Key=key,
                    UploadId=s3_upload_id,
                    PartNumberMarker=marker,
                    ExpectedBucketOwner=settings.account_id,
                )
        except ClientError as error:
            raise _explained(error) from None
        parts += [Part(part["PartNumber"], part["Size"], part["ETag"]) for part in answer.get("Parts", [])]
        more = answer["IsTruncated"]
        marker = answer.get("NextPartNumberMarker", 0)
    return parts


def complete(key: str, s3_upload_id: str, parts: Sequence[Part], size_bytes: int) -> None:
    """Join the parts, once, to an object of exactly this size.

    Raises:
        NotOpen: there is no such open upload (any more), or there is an object already.
        PartsChanged: the parts are not those that were listed.
    """
    try:
        with outages_refused():
            s3.complete_multipart_upload(
                Bucket=settings.vault_bucket,
                Key=key,
                UploadId=s3_upload_id,
                MultipartUpload={"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]},
                MpuObjectSize=size_bytes,
                IfNoneMatch="*",
                ExpectedBucketOwner=settings.account_id,
            )
    except ClientError as error:
        raise _explained(error) from None


def abort(key: str, s3_upload_id: str) -> None:
    """Give an upload up: its parts are gone. Repeatable, also where there is none."""
    try:
        with outages_refused():
            s3.abort_multipart_upload(
                Bucket=settings.vault_bucket,
                Key=key,
                UploadId=s3_upload_id,
                ExpectedBucketOwner=settings.account_id,
            )
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise


def read_completed(key: str, first_bytes: int) -> Completed:
    """Read the claims, the size and the first bytes of a completed object, in one GetObject.

    Raises:
        NotCompleted: it is not there.
    """
    try:
        with outages_refused():
            answer = s3.get_object(
                Bucket=settings.vault_bucket,
                Key=key,
                Range=f"bytes=0-{first_bytes - 1}",
                ExpectedBucketOwner=settings.account_id,
            )
            head = answer["Body"].read()
    except ClientError as error:
        # The API may not list the vault, and so is told 403 for what is not there.
        if error.response["Error"]["Code"] not in ("NoSuchKey", "AccessDenied"):
            raise
        raise NotCompleted from None
    _, _, whole = answer.get("ContentRange", "").partition("/")
    return Completed(
        key=key,
        size=int(whole or answer["ContentLength"]),
        content_type=answer["ContentType"],
        metadata=answer["Metadata"],
        stored_at=answer["LastModified"],
        head=head,
    )


def _explained(error: ClientError) -> Exception:
    match error.response["Error"]["Code"]:
        case "NoSuchUpload" | "PreconditionFailed":
            return NotOpen()
        case "InvalidPart" | "InvalidPartOrder" | "InvalidRequest" | "EntityTooSmall":
            return PartsChanged()
    return error
