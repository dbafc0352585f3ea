"""Steps 1 to 3 of confirming an upload in parts: see that all are there, join them in place, look at what it gave.

It costs the same for 200 MB and 5 TB: nothing is copied. Until the parts are joined nothing is readable, and once they
are no part URL works any more, so that nobody can change the bytes that are verified. What is refused afterwards is an
object that no row names, which the sweep takes.
"""

from . import multiparts, storage
from .checksums import Checksums
from .claims import Claims
from .kinds import HEAD_BYTES, Kind, multipart_key, part_count
from .models import File, file_key, read_rows
from .multiparts import Part
from .parts import check_age, length_of_part
from .problems import Gone, IncompleteParts, SizeMismatch, UploadChanged
from .rows import Row
from .upload_ids import UploadId
from .verification import check_claims, inspect


class Decided(Exception):
    """The upload is no longer open, and its row is there: whatever was decided is the answer."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        self.row = row


def completed_parts(owner: str, kind: Kind, product_id: str, upload: UploadId, seen: Checksums) -> tuple[File, Claims]:
    """The file that the parts give, verified. `seen` is what the client knows of the whole.

    Raises:
        Decided: it was confirmed before.
        UploadExpired, Gone, UploadChanged, IncompleteParts: there is nothing (any more) to complete.
        UploadNotReceived, SizeMismatch, ContentTypeMismatch, ChecksumMismatch: it is not as declared.
    """
    assert upload.size is not None
    assert upload.s3_upload_id is not None
    check_age(upload)
    key = multipart_key(kind, product_id, upload.ulid, upload.size)
    crc64nvme, was_completed = None, False
    try:
        parts = multiparts.list_parts(key, upload.s3_upload_id)  # 1
        check_parts(parts, upload.size)
        crc64nvme = multiparts.complete(key, upload.s3_upload_id, parts, upload.size)  # 2
    except multiparts.NotOpen:
        # Completed before, or cancelled. If it was admitted too, the row has the answer.
        (row,) = read_rows(file_key(product_id, kind, upload.ulid))
        if row is not None and row.owner in (owner, None):
            raise Decided(row) from None
        was_completed = True
    except multiparts.PartsChanged:
        raise UploadChanged("A part was sent again while the upload was confirmed: confirm again.") from None
    try:
        if was_completed and seen.crc64nvme is not None:  # what its own answer would have told
            crc64nvme = storage.read_checksums(key).crc64nvme
        completed = multiparts.read_completed(key, HEAD_BYTES)  # 3
    except storage.ObjectRemoved:
        raise Gone("The upload was cancelled.") from None
    claims = check_claims(completed, owner, kind, product_id, upload.ulid)
    file = inspect(claims, kind, key, completed, lambda: completed.head)
    checksums = Checksums(crc64nvme=crc64nvme).settle([Checksums(claims.sha256), seen])
    file.sha256, file.crc64nvme = checksums.sha256, checksums.crc64nvme
    return file, claims


def check_parts(parts: list[Part], size_bytes: int) -> None:
    """Refuse what would not give the declared file. Nothing is completed then, and the client can go on sending.

    Raises:
        IncompleteParts: parts are missing; or there are more than there should be.
        SizeMismatch: a part has another size than its URL was signed for.
    """
    count = part_count(size_bytes)
    missing = sorted(set(range(1, count + 1)) - {part.number for part in parts})
    if missing:
        some = ", ".join(map(str, missing[:10])) + (", …" if len(missing) > 10 else "")
        raise IncompleteParts(
            f"Expected {count} parts, and {len(missing)} are missing: {some}.", expected=count, actual=len(parts)
        )
    if len(parts) > count:
        raise IncompleteParts(f"Expected {count} parts, and found {len(parts)}.", expected=count, actual=len(parts))
    for part in parts:
        expected = length_of_part(size_bytes, part.number)
        if part.size != expected:
            raise SizeMismatch(
                f"Part {part.number} must have {expected:,} bytes, and has {part.size:,}: send it again.",
                expected=expected,
                actual=part.size,
            )
