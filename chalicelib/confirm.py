"""Step 3: look at the bytes, freeze them, admit them. Section 4 of the design, call by call.

    1  GetObject            the staged version: its claims and its first bytes
    2  (pure)               verify: claims, age, size, type, dimensions
    3  CopyObject           exactly that version, into the vault, under a key with one possible content
    4  TransactWriteItems   the commit point: the first and only database write
    5  DeleteObject         best effort, by a delete marker; the staging bucket's lifecycle is the backstop

A crash after any call leaves nothing that a repeat, or the sweep, does not put right. Every refusal looks at the row
first: a late duplicate gets the answer that the first one got, whatever it finds in S3.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from . import inspection, storage, telemetry
from .admission import admit
from .claims import Claims
from .ids import ulid_time
from .kinds import CONFIRM_WITHIN, HEAD_BYTES, IMAGE, LONG_HEAD_BYTES, Kind, staging_key, vault_key
from .models import (
    LIVE,
    SUPERSEDED,
    UNPLACED,
    Deliverable,
    File,
    Image,
    Row,
    file_key,
    product_key,
    read_rows,
    require_product,
)
from .problems import (
    ChecksumMismatch,
    Gone,
    Problem,
    SizeMismatch,
    StorageUnavailable,
    UploadChanged,
    UploadExpired,
    UploadNotReceived,
)
from .texts import content_disposition


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The admitted file, and whether it was this very confirm that admitted it."""

    file: File
    created: bool


@telemetry.timed("ConfirmTime")
def confirm(owner: str, kind: Kind, product_id: str, upload_id: str) -> Confirmed:
    """Verify an upload and admit it as a file of the product. Repeating it gives the same file.

    Raises:
        UploadNotReceived, UploadExpired, UploadChanged, Gone: there is nothing (any more) to admit.
        SizeMismatch, ContentTypeMismatch, ChecksumMismatch, ImageUnreadable, ImageTooLarge: it is not as declared.
        NotFound, LimitReached, VersionMismatch, QuotaExceeded: the product cannot take it.
        StorageUnavailable: repeat it later.
    """
    try:
        staged = _read(staging_key(owner, product_id, kind, upload_id), upload_id)  # 1
        claims = _check_claims(staged, owner, kind, product_id, upload_id)  # 2
        file = _inspect(staged, claims, kind)  # 2
        file.sha256 = _freeze(staged, claims, file)  # 3
        admission = admit(file, kind, claims.replaces)  # 4, the commit point
    except StorageUnavailable:
        raise
    except Problem as refusal:
        row, product = read_rows(file_key(product_id, kind, upload_id), product_key(product_id))
        if row is None or row.owner != owner:
            require_product(product, owner)
        if row is None or row.owner not in (owner, None):  # a tombstone has no owner
            raise refusal from None
        return Confirmed(_first_answer(row), created=False)
    storage.discard_staged(staged.key)  # 5
    if admission.created:
        telemetry.count("UploadsConfirmed")
        telemetry.count_bytes("BytesAdmitted", file.size)
    return Confirmed(file if admission.created else _first_answer(admission.row), admission.created)


def _read(key: str, upload_id: str) -> storage.StagedObject:
    try:
        return storage.read_staged(key, HEAD_BYTES)
    except storage.NotStaged as absent:
        if datetime.now(UTC) - ulid_time(upload_id) > CONFIRM_WITHIN:
            raise _expired() from None
        if absent.removed:
            raise Gone("The upload was cancelled.") from None
        raise UploadNotReceived(
            "The file has not arrived: send it to the upload's URL, wait for the 201, and confirm again."
        ) from None


def _check_claims(staged: storage.StagedObject, owner: str, kind: Kind, product_id: str, upload_id: str) -> Claims:
    """The claims our own form wrote, if they are of this very upload and the bytes came in time."""
    claims = Claims.from_metadata(staged.metadata)
    if claims is None or (claims.owner, claims.product, claims.kind, claims.upload) != (
        owner,
        product_id,
        kind.name,
        upload_id,
    ):
        raise UploadNotReceived("The file was not sent with the form of this upload.")
    if datetime.now(UTC) - staged.stored_at > CONFIRM_WITHIN:
        raise _expired()
    if staged.size != claims.size:
        raise SizeMismatch(
            f"Declared {claims.size:,} bytes, and {staged.size:,} arrived.", expected=claims.size, actual=staged.size
        )
    return claims


def _inspect(staged: storage.StagedObject, claims: Claims, kind: Kind) -> File:
    """The row that the file will get, from what its bytes say."""
    inspection.check_type(kind, staged.content_type, staged.head)
    row: dict[str, Any] = {
        "owner": claims.owner,
        "state": LIVE,
        "key": vault_key(kind, claims.product, claims.upload, staged.version_id),
        "filename": claims.filename,
        "size": staged.size,
        "content_type": staged.content_type,
        "series": claims.series or claims.upload,
        "version": claims.version or 1,
        "admitted_at": datetime.now(UTC),
    }
    key = file_key(claims.product, kind, claims.upload)
    if kind is not IMAGE:
        return Deliverable(*key, **row)
    head = staged.head
    if inspection.needs_more(staged.content_type, head, staged.size):
        head = _read_further(staged)
    width, height = inspection.measure(kind, staged.content_type, head)
    position = UNPLACED if claims.position is None else claims.position
    return Image(*key, width=width, height=height, alt=claims.alt, position=position, **row)


def _read_further(staged: storage.StagedObject) -> bytes:
    try:
        return storage.read_further(staged, LONG_HEAD_BYTES)
    except storage.VersionRemoved:
        raise _changed() from None


def _freeze(staged: storage.StagedObject, claims: Claims, file: File) -> str | None:
    """Copy the version into the vault; return its SHA-256 in hex: S3's own, or the one S3 was told to check."""
    declared = claims.sha256
    _check_checksum(declared, staged.sha256)
    try:
        computed = storage.freeze(staged, file.key, file.content_type, content_disposition(file.filename))
    except storage.VersionRemoved:
        raise _changed() from None
    _check_checksum(declared, computed)
    return declared if computed is None else _as_hex(computed)


def _check_checksum(declared: str | None, found: str | None) -> None:
    if declared is not None and found is not None and _as_hex(found) != declared:
        raise ChecksumMismatch(
            f"Declared the SHA-256 {declared}, and the bytes have {_as_hex(found)}.",
            expected=declared,
            actual=_as_hex(found),
        )


def _as_hex(base64_digest: str) -> str:
    return base64.b64decode(base64_digest).hex()


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
