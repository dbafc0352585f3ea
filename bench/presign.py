"""Presigning: the service's signatures beside boto3's, of the same fields."""

from datetime import UTC, datetime

from chalicelib import presigning
from chalicelib.claims import Claims
from chalicelib.ids import new_ulid
from chalicelib.kinds import DOWNLOAD_LIFETIME, FORM_LIFETIME, IMAGE, PART_URL_LIFETIME, staging_key, vault_key
from chalicelib.presigning import PartToSend
from chalicelib.settings import MiB, settings
from chalicelib.texts import content_disposition
from chalicelib.uploads import form_fields

from . import Figure, interleave, of_time, plain, say

ROUNDS = 21
CALLS = 100

_now = datetime.now(UTC)
CLAIMS = Claims(
    owner="5d8d78a2-6b88-49c2-a521-b29092234934",
    product=new_ulid(_now),
    kind=IMAGE.name,
    upload=new_ulid(_now),
    size=2_400_000,
    filename="Aquarell-Pinsel – Titelbild.png",
    alt="Six brushes on wet paper",
)
STAGED = staging_key(CLAIMS.owner, CLAIMS.product, IMAGE, CLAIMS.upload, "post")
FIELDS = form_fields(CLAIMS, "image/png")
ADMITTED = vault_key(IMAGE, CLAIMS.product, CLAIMS.upload, "3HL4kqtJvjVBH40Nrjfkd5vXTJoAXfNm")
PARTS = [PartToSend(number, 64 * MiB) for number in range(1, 101)]
S3_UPLOAD_ID = "ibZBv_75gd9r8lH_gqXatLdxMVpAlj6ZQjEs.OwyF3953YdwbcQnMA2BLGn8Lx12fQNICtMw5KyteFeHw.Sjng--"
DISPOSITION = content_disposition(CLAIMS.filename)


def run() -> list[Figure]:
    """Measure the form of step 1 and the URL of a download."""
    say(f"› presigning: {ROUNDS} rounds of {CALLS} calls each, in turn")
    costs = interleave(
        {
            "bare form": bare_form,
            "form": lambda: presigning.sign_form(STAGED, FIELDS, CLAIMS.size, FORM_LIFETIME),
            "bare download": bare_download,
            "download": lambda: presigning.sign_download(ADMITTED, DISPOSITION, DOWNLOAD_LIFETIME),
        },
        ROUNDS,
        CALLS,
    )
    costs |= interleave({"bare parts": bare_parts, "parts": parts}, ROUNDS, 1)
    for name, cost in costs.items():
        say(f"  {name:13}  {cost.cpu_ms * 1000:6.0f} µs CPU  {cost.wall_ms * 1000:6.0f} µs wall")
    return [
        of_time("sign_form", costs["form"], "generate_presigned_post", costs["bare form"]),
        of_time("sign_download", costs["download"], "generate_presigned_url", costs["bare download"]),
        of_time("100 part URLs", costs["parts"], "generate_presigned_url, 100 times", costs["bare parts"], budget=0.1),
    ]


def bare_form() -> object:
    """What boto3 alone makes of the form."""
    return plain.s3.generate_presigned_post(
        settings.staging_bucket,
        STAGED,
        Fields=dict(FIELDS),
        Conditions=[
            *({name: value} for name, value in FIELDS.items()),
            ["content-length-range", CLAIMS.size, CLAIMS.size],
        ],
        ExpiresIn=int(FORM_LIFETIME.total_seconds()),
    )


def bare_download() -> object:
    """What boto3 alone makes of the URL."""
    return plain.s3.generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.vault_bucket,
            "Key": ADMITTED,
            "ResponseContentDisposition": DISPOSITION,
            "ResponseCacheControl": "private, no-store",
        },
        ExpiresIn=int(DOWNLOAD_LIFETIME.total_seconds()),
    )


def parts() -> object:
    """The URLs of a hundred parts, as one request asks for them."""
    return presigning.sign_parts(ADMITTED, S3_UPLOAD_ID, PARTS, PART_URL_LIFETIME)


def bare_parts() -> object:
    """What boto3 alone makes of them."""
    return [
        plain.s3.generate_presigned_url(
            "upload_part",
            {
                "Bucket": settings.vault_bucket,
                "Key": ADMITTED,
                "UploadId": S3_UPLOAD_ID,
                "PartNumber": part.number,
                "ContentLength": part.size,
            },
            int(PART_URL_LIFETIME.total_seconds()),
        )
        for part in PARTS
    ]
