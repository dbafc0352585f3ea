"""S3 calls of the background functions on the vault bucket: look through it, fetch an original, take one away."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from botocore.exceptions import ClientError

from . import listing
from .listing import Listed
from .outages import outages_refused
from .settings import settings
from .storage import s3


@dataclass(frozen=True, slots=True)
class OpenMultipart:
    """A multipart upload that was begun, and neither completed nor aborted."""

    key: str
    s3_upload_id: str
    begun_at: datetime


class OriginalRemoved(Exception):
    """The object is not there any more."""


def pages(prefix: str, after: str) -> Iterator[list[Listed]]:
    """All objects under a prefix whose keys come after `after`, a page of up to 1000 a call."""
    return listing.pages(settings.vault_bucket, prefix, after)


def fetch(key: str, target: Path) -> None:
    """Save an object to a file.

    Raises:
        OriginalRemoved: it is not there.
    """
    try:
        with outages_refused, target.open("wb") as file:
            answer = s3.get_object(
                Bucket=settings.vault_bucket,
                Key=key,
                ChecksumMode="ENABLED",
                ExpectedBucketOwner=settings.account_id,
            )
            for piece in answer["Body"].iter_chunks(1024 * 1024):
                file.write(piece)
    except ClientError as error:
        # Who may not list a bucket is told 403 for what is not there; and `render` may not: it decodes what strangers
        # sent, and is to know nothing of the rest.
        if error.response["Error"]["Code"] not in ("NoSuchKey", "AccessDenied"):
            raise
        raise OriginalRemoved from None


def delete(key: str) -> None:
    """Take an object away. Repeatable. The bucket's versions keep it for a while, for its operators."""
    with outages_refused:
        s3.delete_object(Bucket=settings.vault_bucket, Key=key, ExpectedBucketOwner=settings.account_id)


def open_multiparts() -> Iterator[OpenMultipart]:
    """All open multipart uploads, a page of 1000 a call."""
    key_marker = id_marker = ""
    more = True
    while more:
        with outages_refused:
            answer = s3.list_multipart_uploads(
                Bucket=settings.vault_bucket,
                KeyMarker=key_marker,
                UploadIdMarker=id_marker,
                ExpectedBucketOwner=settings.account_id,
            )
        for upload in answer.get("Uploads", []):
            yield OpenMultipart(upload["Key"], upload["UploadId"], upload["Initiated"])
        more = answer["IsTruncated"]
        key_marker, id_marker = answer.get("NextKeyMarker", ""), answer.get("NextUploadIdMarker", "")


def abort(multipart: OpenMultipart) -> None:
    """Abort a multipart upload: its parts are gone. Repeatable."""
    try:
        with outages_refused:
            s3.abort_multipart_upload(
                Bucket=settings.vault_bucket,
                Key=multipart.key,
                UploadId=multipart.s3_upload_id,
                ExpectedBucketOwner=settings.account_id,
            )
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise
