"""Step 1: permission to upload one file. Nothing is written: what the form allows is said in the form itself."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from . import storage, telemetry
from .admission import check_quota, check_room
from .claims import Claims
from .ids import new_ulid
from .kinds import FORM_LIFETIME, Kind, staging_key, staging_prefix
from .models import File, Image, Usage, file_key, product_key, read_rows, require_file, require_product, usage_key
from .problems import InvalidParameter, TooManyUploads
from .schemas import DeliverableUploadRequest, ImageUploadRequest
from .settings import settings
from .texts import check_alt, check_filename


@dataclass(frozen=True, slots=True)
class IssuedUpload:
    """Permission to upload one file until `expires_at`: POST the form's fields, then the bytes, to its URL."""

    claims: Claims
    content_type: str
    form: storage.SignedForm
    expires_at: datetime


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
    kind.check_size(request.size)
    alt = check_alt(request.alt) if isinstance(request, ImageUploadRequest) else None
    if request.strategy not in (None, *kind.strategies):
        raise InvalidParameter(f"The {request.strategy} strategy is not offered yet: use post.", pointer="/strategy")

    replaced = _read_and_check_room(owner, kind, product_id, request.size, request.replaces)
    if storage.count_staged(staging_prefix(owner), settings.max_staged_uploads) >= settings.max_staged_uploads:
        raise TooManyUploads(
            f"{settings.max_staged_uploads} uploads of yours wait to be confirmed: confirm or cancel some."
        )

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
    key = staging_key(owner, product_id, kind, upload_id)
    form = storage.sign_form(key, form_fields(claims, content_type), request.size, FORM_LIFETIME)
    telemetry.count("UploadsIssued")
    return IssuedUpload(claims, content_type, form, now + FORM_LIFETIME)


def cancel(owner: str, kind: Kind, product_id: str, upload_id: str) -> None:
    """Give an upload up: its staged bytes are hidden and expire. Repeatable; an admitted file is left alone."""
    storage.withdraw_staged(staging_key(owner, product_id, kind, upload_id))


def form_fields(claims: Claims, content_type: str) -> dict[str, str]:
    """The fields of the form besides S3's own. Each becomes an `eq` condition of the policy."""
    fields = {"Content-Type": content_type, "success_action_status": "201"}
    fields |= {f"x-amz-meta-{name}": value for name, value in claims.to_metadata().items()}
    if claims.sha256 is not None:
        fields["x-amz-checksum-sha256"] = base64.b64encode(bytes.fromhex(claims.sha256)).decode()
    return fields


def _read_and_check_room(owner: str, kind: Kind, product_id: str, size: int, replaces: str | None) -> File | None:
    """Read all that step 1 needs in one BatchGetItem; return the file to replace, if one was named."""
    keys = [product_key(product_id), usage_key(owner)]
    if replaces is not None:
        keys.append(file_key(product_id, kind, replaces))
    product_row, usage_row, *replaced_row = read_rows(*keys)
    product = require_product(product_row, owner)
    replaced = require_file(replaced_row[0], owner) if replaced_row else None
    if replaced is None:
        check_room(product, kind)
    check_quota(usage_row if isinstance(usage_row, Usage) else Usage.none_yet(owner), size)
    return replaced
