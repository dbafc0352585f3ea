"""Step 1: permission to upload one file. Nothing is written: what the form allows is said in the form itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from . import multiparts, presigning, storage, telemetry
from .admission import check_quota, check_room
from .bodies import DeliverableUploadRequest, ImageUploadRequest
from .checksums import as_base64
from .claims import Claims
from .ids import new_ulid
from .kinds import (
    CONFIRM_MULTIPART_WITHIN,
    DELIVERABLE,
    FORM_LIFETIME,
    Kind,
    multipart_key,
    staging_key,
    staging_prefix,
)
from .models import (
    File,
    Image,
    Usage,
    begin_reading_rows,
    file_key,
    product_key,
    read_rows,
    require_file,
    require_product,
    usage_key,
)
from .problems import StorageUnavailable, TooManyUploads
from .rows import Row
from .settings import settings
from .texts import check_alt, check_filename, content_disposition
from .upload_ids import UploadId


@dataclass(frozen=True, slots=True)
class IssuedUpload:
    """Permission to upload one file until `expires_at`: by the form, or, where there is none, in parts."""

    id: UploadId
    claims: Claims
    content_type: str
    form: presigning.SignedForm | None
    expires_at: datetime
    part_checksums: bool = False


def issue(
    owner: str, kind: Kind, product_id: str, request: ImageUploadRequest | DeliverableUploadRequest
) -> IssuedUpload:
    """Issue an upload: one read of the database and one list of the seller's staged uploads.

    Raises:
        InvalidParameter, UnsupportedMediaType, FileTooLarge: the declared file is not acceptable.
        NotFound: the product, or the file to replace, is not the caller's.
        Gone: the file to replace is no longer live.
        LimitReached, QuotaExceeded, TooManyUploads: there is no room.
    """
    filename = check_filename(request.filename)
    content_type = kind.check_content_type(request.content_type)
    strategy = kind.choose_strategy(request.size, request.strategy)
    alt = check_alt(request.alt) if isinstance(request, ImageUploadRequest) else None
    read_rows = _begin_reading(owner, kind, product_id, request.replaces)
    most = settings.max_staged_uploads
    staged = storage.count_staged(staging_prefix(owner, strategy), most)  # while DynamoDB reads
    replaced = _check_room(owner, kind, request.size, *read_rows())
    if staged >= most:
        raise TooManyUploads(f"{most} uploads of yours by {strategy} wait to be confirmed: confirm or cancel some.")

    now = datetime.now(UTC)
    upload_id = new_ulid(now)
    claims = Claims(
        owner=owner,
        product=product_id,
        kind=kind.name,
        upload=upload_id,
        size=request.size,
        filename=filename,
        sha256=request.sha256,
        alt=alt if alt is not None or not isinstance(replaced, Image) else replaced.alt,
        replaces=request.replaces,
        series=replaced.series if replaced else None,
        version=replaced.version + 1 if replaced else None,
        position=replaced.position if replaced else None,
    )
    telemetry.count("UploadsIssued")
    staged_key = staging_key(owner, product_id, kind, upload_id, strategy)
    if strategy == "post" or isinstance(request, ImageUploadRequest):
        return _sign_form(claims, content_type, staged_key, now)
    return _begin_parts(claims, content_type, staged_key, now, part_checksums=request.part_checksums)


def cancel(owner: str, kind: Kind, product_id: str, upload: UploadId) -> None:
    """Give an upload up: its staged bytes are hidden and expire, its parts are gone. Repeatable.

    An admitted file is left alone.

    Raises:
        NotFound: the product of an upload in parts is not there, or someone else's.
    """
    if upload.size is not None and upload.s3_upload_id is not None:
        require_product(read_rows(product_key(product_id))[0], owner)
        multiparts.abort(multipart_key(kind, product_id, upload.ulid, upload.size), upload.s3_upload_id)
    storage.withdraw_staged(staging_key(owner, product_id, kind, upload.ulid, upload.strategy))


def _sign_form(claims: Claims, content_type: str, staged_key: str, now: datetime) -> IssuedUpload:
    form = presigning.sign_form(staged_key, form_fields(claims, content_type), claims.size, FORM_LIFETIME)
    return IssuedUpload(UploadId(claims.upload), claims, content_type, form, now + FORM_LIFETIME)


def _begin_parts(
    claims: Claims, content_type: str, staged_key: str, now: datetime, *, part_checksums: bool
) -> IssuedUpload:
    """Begin a multipart upload on the final key; and an empty staged object, so that the cap counts it.

    It is counted before it begins: a crash in between leaves something that expires, and nothing uncounted. It stays
    counted for as long as it may stay open.
    """
    multiparts.count_as_unfinished(staged_key)
    key = multipart_key(DELIVERABLE, claims.product, claims.upload, claims.size)
    disposition = content_disposition(claims.filename)
    metadata = claims.to_metadata()
    try:
        s3_upload_id = multiparts.begin(key, metadata, content_type, disposition, part_checksums=part_checksums)
    except StorageUnavailable:
        storage.discard_staged(staged_key)  # nobody could cancel what has no id: it would count for a week
        raise
    upload_id = UploadId(claims.upload, claims.size, s3_upload_id)
    return IssuedUpload(upload_id, claims, content_type, None, now + CONFIRM_MULTIPART_WITHIN, part_checksums)


def form_fields(claims: Claims, content_type: str) -> dict[str, str]:
    """The fields of the form besides S3's own. Each becomes an `eq` condition of the policy."""
    fields = {"Content-Type": content_type, "success_action_status": "201"}
    fields |= {f"x-amz-meta-{name}": value for name, value in claims.to_metadata().items()}
    if claims.sha256 is not None:
        fields["x-amz-checksum-sha256"] = as_base64(claims.sha256)
    return fields


def _begin_reading(owner: str, kind: Kind, product_id: str, replaces: str | None) -> Callable[[], list[Row | None]]:
    """Begin to read all that step 1 needs, in one BatchGetItem: product, usage, and the file to replace."""
    keys = [product_key(product_id), usage_key(owner)]
    if replaces is not None:
        keys.append(file_key(product_id, kind, replaces))
    return begin_reading_rows(*keys)


def _check_room(
    owner: str, kind: Kind, size: int, product_row: Row | None, usage_row: Row | None, *replaced_row: Row | None
) -> File | None:
    """Refuse what the seller has no room for; return the file to replace, if one was named."""
    product = require_product(product_row, owner)
    replaced = require_file(replaced_row[0], owner) if replaced_row else None
    if replaced is None:
        check_room(product, kind)
    check_quota(usage_row if isinstance(usage_row, Usage) else Usage.none_yet(owner), size)
    return replaced
