"""How rows look in answers."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta

from .. import files, media, models, schemas
from ..attributes import Rendition
from ..confirm import Confirmed
from ..files import Download, Shown
from ..http import Call, Headers, Reply
from ..kinds import MAX_PARTS_PER_CALL, PART_URL_LIFETIME, part_count, part_size
from ..multiparts import Part
from ..parts import SignedPart
from ..problems import InvalidParameter
from ..uploads import IssuedUpload

SHOWN = {
    "state": Annotated[
        Literal["live", "recoverable"],
        Meta(description="`live` (the usual one), or `recoverable`: deleted or superseded, and not yet purged."),
    ]
}


def shown(call: Call[Any]) -> Shown:
    """Which files of a product a list shows.

    Raises:
        InvalidParameter: neither of the two.
    """
    match call.query.get("state", "live"):
        case "live":
            return "live"
        case "recoverable":
            return "recoverable"
        case other:
            raise InvalidParameter(f"Expected the state live or recoverable, and found {other!r}.", pointer="/state")


def product(row: models.Product) -> schemas.Product:
    """A product's own members."""
    return schemas.Product(**_product_members(row))


def product_with_files(row: models.Product, admitted: Sequence[models.File]) -> schemas.ProductWithFiles:
    """A product and its files, in the order they come."""
    return schemas.ProductWithFiles(
        **_product_members(row),
        images=[image_with_original(file) for file in admitted if isinstance(file, models.Image)],
        deliverables=[deliverable(file) for file in admitted if isinstance(file, models.Deliverable)],
    )


def etag(row: models.Product) -> Headers:
    """The entity tag that If-Match wants back."""
    return {"ETag": f'"{row.version}"'}


def image(row: models.File, original_url: str | None = None) -> schemas.Image:
    """A promo image."""
    assert isinstance(row, models.Image)
    members = _file_members(row) | {
        "width": row.width,
        "height": row.height,
        "alt": row.alt,
        "rendition_state": row.rendition_state,
        "renditions": [_rendition(row, rendition) for rendition in row.renditions or []],
        "placeholder": row.placeholder,
        "rendition_error": row.rendition_error,
    }
    return schemas.Image(**members, original_url=original_url)


def image_with_original(row: models.File) -> schemas.Image:
    """A promo image; while it has no renditions, its owner can look at the original."""
    return image(row, files.preview_url(row))


def deliverable(row: models.File) -> schemas.Deliverable:
    """A deliverable."""
    return schemas.Deliverable(**_file_members(row))


def issued_upload(issued: IssuedUpload, call: Call[Any]) -> schemas.IssuedUpload:
    """Step 1's answer. The addresses of its parts and its confirm are this very one, with the upload's id."""
    claims = issued.claims
    own_url = f"{call.url}/{issued.id}"
    answer = schemas.IssuedUpload(
        upload=schemas.Upload(
            id=str(issued.id),
            kind="image" if claims.kind == "image" else "deliverable",
            product_id=claims.product,
            strategy="multipart" if issued.form is None else "post",
            filename=claims.filename,
            content_type=issued.content_type,
            size=claims.size,
            expires_at=issued.expires_at,
        ),
        confirm_url=f"{own_url}/confirm",
    )
    if issued.form is not None:
        answer.method, answer.url, answer.fields = "POST", issued.form.url, issued.form.fields
    else:
        answer.multipart = schemas.Multipart(
            part_size=part_size(claims.size),
            part_count=part_count(claims.size),
            parts_url=f"{own_url}/parts",
            max_parts_per_call=MAX_PARTS_PER_CALL,
            part_url_expires_in=int(PART_URL_LIFETIME.total_seconds()),
            part_checksums=issued.part_checksums,
        )
    return answer


def signed_parts(signed: Sequence[SignedPart]) -> schemas.SignedParts:
    """URLs of parts."""
    return schemas.SignedParts(
        parts=[
            schemas.SignedPart(
                part_number=part.number,
                offset=part.offset,
                size=part.size,
                url=part.url,
                headers=part.headers,
                expires_at=part.expires_at,
            )
            for part in signed
        ]
    )


def held_parts(held: Sequence[Part], size_bytes: int) -> schemas.HeldParts:
    """What S3 holds of an upload of this size."""
    return schemas.HeldParts(
        part_size=part_size(size_bytes),
        part_count=part_count(size_bytes),
        parts=[
            schemas.HeldPart(part_number=part.number, size=part.size, etag=part.etag, sha256=part.sha256)
            for part in held
        ],
    )


def admitted(confirmed: Confirmed, answer: schemas.File) -> Reply:
    """Step 3's answer: 201 for the confirm that admitted the file, 200 for every other."""
    return Reply(answer, 201 if confirmed.created else 200)


def download(signed: Download) -> schemas.Download:
    """A signed URL."""
    return schemas.Download(url=signed.url, filename=signed.filename, expires_at=signed.expires_at)


def _product_members(row: models.Product) -> dict[str, Any]:
    return {
        "id": row.product_id,
        "title": row.title,
        "image_count": row.image_count,
        "deliverable_count": row.deliverable_count,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _file_members(row: models.File) -> dict[str, Any]:
    return {
        "id": row.file_id,
        "product_id": row.product_id,
        "state": row.state,
        "filename": row.filename,
        "content_type": row.content_type,
        "size": row.size,
        "sha256": row.sha256,
        "crc64nvme": row.crc64nvme,
        "series": row.series,
        "version": row.version,
        "admitted_at": row.admitted_at,
        "purge_at": row.purge_at,
    }


def _rendition(image: models.Image, rendition: Rendition) -> schemas.Rendition:
    members: dict[str, Any] = rendition.as_dict()  # type: ignore[no-untyped-call]
    name = members.pop("name")
    return schemas.Rendition(url=media.url(image.product_id, image.file_id, name), **members)
