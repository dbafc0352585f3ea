"""Step 3: look at the bytes, freeze them, admit them. Section 4 of the design, call by call.

    a form                                            in parts
    1  GetObject      the staged version: claims,     1  ListParts                 all there, none too large
                      first bytes                     2  CompleteMultipartUpload   in place: nothing is copied
    2  CopyObject     exactly that version, into the  3  GetObject                 claims, first bytes: verify
                      vault, once verified
    4  TransactWriteItems   the commit point: the first and only database write
    5  DeleteObject         best effort, by a delete marker; the staging bucket's lifecycle is the backstop

A crash after any call leaves nothing that a repeat, or the sweep, does not put right. Every refusal looks at the row
first: a late duplicate gets the answer that the first one got, whatever it finds in S3.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from . import completion, storage, telemetry
from .admission import admit
from .checksums import Checksums
from .claims import Claims
from .ids import ulid_time
from .kinds import CONFIRM_WITHIN, HEAD_BYTES, LONG_HEAD_BYTES, Kind, staging_key, vault_key
from .models import LIVE, SUPERSEDED, File, file_key, product_key, read_rows, require_product
from .problems import (
    Gone,
    Problem,
    StorageUnavailable,
    UploadChanged,
    UploadExpired,
    UploadNotReceived,
)
from .rows import Row
from .texts import content_disposition
from .upload_ids import UploadId
from .verification import check_claims, inspect

NOTHING_SEEN = Checksums()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The admitted file, and whether it was this very confirm that admitted it."""

    file: File
    created: bool


@telemetry.timed("ConfirmTime")
def confirm(owner: str, kind: Kind, product_id: str, upload: UploadId, seen: Checksums = NOTHING_SEEN) -> Confirmed:
    """Verify an upload and admit it as a file of the product. Repeating it gives the same file.

    `seen` is what the client knows of the whole; S3 computed the same, or not.

    Raises:
        UploadNotReceived, UploadExpired, UploadChanged, IncompleteParts, Gone: there is nothing (any more) to admit.
        SizeMismatch, ContentTypeMismatch, ChecksumMismatch, ImageUnreadable, ImageTooLarge: it is not as declared.
        NotFound, LimitReached, VersionMismatch, QuotaExceeded: the product cannot take it.
        StorageUnavailable: repeat it later.
    """
    staged_key = staging_key(owner, product_id, kind, upload.ulid, upload.strategy)
    try:
        verify = _frozen_form if upload.size is None else completion.completed_parts
        file, claims = verify(owner, kind, product_id, upload, seen)  # 1 to 3
        admission = admit(file, kind, claims.replaces)  # 4, the commit point
    except StorageUnavailable:
        raise
    except completion.Decided as decided:
        return Confirmed(_first_answer(decided.row), created=False)
    except Problem as refusal:
        row, product = read_rows(file_key(product_id, kind, upload.ulid), product_key(product_id))
        if row is None or row.owner != owner:
            require_product(product, owner)
        if row is None or row.owner not in (owner, None):  # a tombstone has no owner
            raise refusal from None
        return Confirmed(_first_answer(row), created=False)
    storage.discard_staged(staged_key)  # 5
    if admission.created:
        telemetry.count("UploadsConfirmed")
        telemetry.count_bytes("BytesAdmitted", file.size)
    return Confirmed(file if admission.created else _first_answer(admission.row), admission.created)


def _frozen_form(owner: str, kind: Kind, product_id: str, upload: UploadId, seen: Checksums) -> tuple[File, Claims]:
    """What was sent as a form: read, verified, and copied into the vault."""
    staged = _read(staging_key(owner, product_id, kind, upload.ulid, "post"), upload.ulid)  # 1
    claims = check_claims(staged, owner, kind, product_id, upload.ulid)
    if datetime.now(UTC) - staged.stored_at > CONFIRM_WITHIN:
        raise _expired()
    key = vault_key(kind, product_id, upload.ulid, staged.version_id)
    known = Checksums(staged.sha256).settle([Checksums(claims.sha256), seen])
    file = inspect(claims, kind, key, staged, lambda: _read_further(staged))
    checksums = Checksums(_freeze(staged, file)).settle([known])  # 2
    file.sha256, file.crc64nvme = checksums.sha256, checksums.crc64nvme
    return file, claims


def _read(key: str, ulid: str) -> storage.StagedObject:
    try:
        return storage.read_staged(key, HEAD_BYTES)
    except storage.NotStaged as absent:
        if datetime.now(UTC) - ulid_time(ulid) > CONFIRM_WITHIN:
            raise _expired() from None
        if absent.removed:
            raise Gone("The upload was cancelled.") from None
        raise UploadNotReceived(
            "The file has not arrived: send it to the upload's URL, wait for the 201, and confirm again."
        ) from None


def _read_further(staged: storage.StagedObject) -> bytes:
    try:
        return storage.read_further(staged, LONG_HEAD_BYTES)
    except storage.ObjectRemoved:
        raise _changed() from None


def _freeze(staged: storage.StagedObject, file: File) -> str | None:
    """Copy the version into the vault; return the SHA-256 that S3 computed, in hex, if it did."""
    try:
        return storage.freeze(staged, file.key, file.content_type, content_disposition(file.filename))
    except storage.ObjectRemoved:
        raise _changed() from None


def _first_answer(row: Row) -> File:
    """What the first confirm of this upload was answered; a tombstone is the answer to one that never was."""
    if isinstance(row, File) and row.state in (LIVE, SUPERSEDED):
        return row
    raise Gone(f"This upload was {getattr(row, 'state', 'ended')}: it will not be admitted again. Start a new one.")


def _expired() -> UploadExpired:
    hours = int(CONFIRM_WITHIN.total_seconds() // 3600)
    return UploadExpired(f"An upload must be confirmed within {hours} hours: start a new one.")


def _changed() -> UploadChanged:
    return UploadChanged("The uploaded file was replaced or removed while it was being confirmed: confirm again.")
