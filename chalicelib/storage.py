"""S3: the calls of the API's hot path, one function each.

Each call says which account must own the bucket: one lost, and registered anew by someone else, is never touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from .aws.client import Limits
from .checksums import Checksums, as_hex
from .outages import code_of, outages_refused
from .problems import StorageUnavailable
from .sdk import s3_client
from .settings import settings
from .telemetry import log

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

# A copy of 100 MiB takes S3 a few seconds.
LIMITS = Limits(connect_timeout=1, read_timeout=10, attempts=2)
s3 = s3_client(LIMITS)


@dataclass(frozen=True, slots=True)
class StagedObject:
    """One version of a staged object and its first bytes. `size` in bytes, `sha256` in hex if S3 knows it."""

    key: str
    version_id: str
    size: int
    content_type: str
    metadata: Mapping[str, str]
    sha256: str | None
    stored_at: datetime
    head: bytes


class NotStaged(Exception):
    """There is no staged object. `removed`: there was one, and it was cancelled or has expired."""

    def __init__(self, *, removed: bool) -> None:
        self.removed = removed


class ObjectRemoved(Exception):
    """The object, or the version of it that was read, is not there (any more)."""


def count_staged(prefix: str, up_to: int) -> int:
    """Count the staged objects under a prefix, but at most `up_to`, in one ListObjectsV2."""
    with outages_refused:
        answer = s3.list_objects_v2(
            Bucket=settings.staging_bucket, Prefix=prefix, MaxKeys=up_to, ExpectedBucketOwner=settings.account_id
        )
    return answer["KeyCount"]


def read_staged(key: str, first_bytes: int) -> StagedObject:
    """Read the newest version of a staged object: its claims, its size and its first bytes, in one GetObject.

    Raises:
        NotStaged: it is not there.
    """
    try:
        with outages_refused:
            answer = s3.get_object(
                Bucket=settings.staging_bucket,
                Key=key,
                Range=f"bytes=0-{first_bytes - 1}",
                ChecksumMode="ENABLED",
                ExpectedBucketOwner=settings.account_id,
            )
            head = answer["Body"].read()
    except ClientError as error:
        if code_of(error) not in ("NoSuchKey", "InvalidRange"):  # the latter: it is empty
            raise
        headers = error.response["ResponseMetadata"]["HTTPHeaders"]
        raise NotStaged(removed=headers.get("x-amz-delete-marker") == "true") from None
    return StagedObject(
        key=key,
        version_id=answer["VersionId"],
        size=whole_size(answer),
        content_type=answer["ContentType"],
        metadata=answer["Metadata"],
        sha256=as_hex(answer.get("ChecksumSHA256")),
        stored_at=answer["LastModified"],
        head=head,
    )


def read_further(staged: StagedObject, up_to: int) -> bytes:
    """Read on in the same version, to `up_to` bytes from its beginning, and return all from the beginning.

    Raises:
        ObjectRemoved: this version was removed meanwhile.
    """
    try:
        with outages_refused:
            answer = s3.get_object(
                Bucket=settings.staging_bucket,
                Key=staged.key,
                VersionId=staged.version_id,
                Range=f"bytes={len(staged.head)}-{up_to - 1}",
                ExpectedBucketOwner=settings.account_id,
            )
            # A store may ignore the range, as the emulator does with a version, and answer with the whole.
            return staged.head + answer["Body"].read() if "ContentRange" in answer else answer["Body"].read(up_to)
    except ClientError as error:
        if code_of(error) not in ("NoSuchKey", "NoSuchVersion"):
            raise
        raise ObjectRemoved from None


def freeze(staged: StagedObject, vault_key: str, content_type: str, content_disposition: str) -> str | None:
    """Copy exactly the version that was read into the vault, once; nothing the uploader wrote comes along but bytes.

    The copy has one possible content, so that finding it there already is success. Returns S3's own SHA-256 of it, in
    hex; None where the store does not compute one.

    Raises:
        ObjectRemoved: this version was removed meanwhile.
    """
    try:
        with outages_refused:
            answer = s3.copy_object(
                Bucket=settings.vault_bucket,
                Key=vault_key,
                CopySource={"Bucket": settings.staging_bucket, "Key": staged.key, "VersionId": staged.version_id},
                IfNoneMatch="*",
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
                ContentType=content_type,
                ContentDisposition=content_disposition,
                ChecksumAlgorithm="SHA256",
                ExpectedBucketOwner=settings.account_id,
                ExpectedSourceBucketOwner=settings.account_id,
            )
            return as_hex(answer["CopyObjectResult"].get("ChecksumSHA256"))
    except ClientError as error:
        if code_of(error) == "PreconditionFailed":
            return read_checksums(vault_key).sha256  # an earlier try of the same confirm did not live to record it
        if code_of(error) not in ("NoSuchKey", "NoSuchVersion"):
            raise
        raise ObjectRemoved from None


def discard_staged(key: str) -> None:
    """Hide a staged object that has been admitted. Best effort: it expires anyway, so a failure is only logged."""
    try:
        withdraw_staged(key)
    except (StorageUnavailable, ClientError) as error:
        log.warning("a staged object is left to the lifecycle", error=type(error).__name__)


def withdraw_staged(key: str) -> None:
    """Hide all versions of a staged object behind a delete marker; they expire. Repeatable, also where there is none.

    Deleting one version would bring an older one back, if the client had sent the file twice.
    """
    with outages_refused:
        s3.delete_object(Bucket=settings.staging_bucket, Key=key, ExpectedBucketOwner=settings.account_id)


def read_checksums(vault_key: str) -> Checksums:
    """The checksums that S3 has of an object of the vault: an answer to a ranged read says none.

    Raises:
        ObjectRemoved: it is not there; the sweep may just have taken it.
    """
    try:
        with outages_refused:
            answer = s3.head_object(
                Bucket=settings.vault_bucket,
                Key=vault_key,
                ChecksumMode="ENABLED",
                ExpectedBucketOwner=settings.account_id,
            )
            return Checksums(as_hex(answer.get("ChecksumSHA256")), answer.get("ChecksumCRC64NVME"))
    except ClientError as error:
        if code_of(error) not in ("404", "403"):  # the API may not list the vault, and so is told 403
            raise
        raise ObjectRemoved from None


def whole_size(answer: "GetObjectOutputTypeDef") -> int:
    """`Content-Range: bytes 0-65535/1234567` tells the size of the whole; an answer without it is the whole."""
    _, _, whole = answer.get("ContentRange", "").partition("/")
    return int(whole or answer["ContentLength"])
