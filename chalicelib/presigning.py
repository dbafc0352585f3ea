"""Signed permissions, with which a client may do one thing in S3 by itself. No call is made here.

They are for the regional host: the global one may redirect, which a browser's CORS check does not survive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from .aws.signing import Signer, signer
from .checksums import as_base64
from .sdk import s3_location
from .settings import settings

# Some upload clients build a wrong address from a URL without the final slash (boto3#1392).
_FORM_URL = s3_location.address(settings.staging_bucket).url.rstrip("/") + "/"


@dataclass(frozen=True, slots=True)
class SignedForm:
    """A presigned POST: send `fields` and then `file`, as multipart/form-data, to `url`."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class PartToSend:
    """A part of an upload, of `size` bytes. S3 demands its SHA-256, in hex here, if it is given."""

    number: int
    size: int
    sha256: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that the PUT must have, beside its Content-Length."""
        return {} if self.sha256 is None else {"x-amz-checksum-sha256": as_base64(self.sha256)}


def sign_form(key: str, fields: Mapping[str, str], size_bytes: int, lifetime: timedelta) -> SignedForm:
    """Sign permission to POST exactly `size_bytes` bytes to exactly this staging key, with exactly these fields.

    The policy has an `eq` condition for each field, so that none can be changed, left out or added.
    """
    size_range = size_bytes, size_bytes
    return SignedForm(_FORM_URL, _signer().form_fields(settings.staging_bucket, key, fields, size_range, lifetime))


def sign_download(vault_key: str, content_disposition: str, lifetime: timedelta) -> str:
    """Sign a URL that saves a vault object under a file name."""
    parameters = {
        "response-content-disposition": content_disposition,
        "response-cache-control": "private, no-store",
    }
    address = s3_location.address(settings.vault_bucket, vault_key)
    (url,) = _signer().urls("GET", address, [(parameters, {})], lifetime)
    return url


def sign_parts(key: str, s3_upload_id: str, parts: Sequence[PartToSend], lifetime: timedelta) -> list[str]:
    """Sign a URL to PUT each of some parts of an upload, all with a SHA-256 or all without."""
    requests = [
        (
            {"uploadId": s3_upload_id, "partNumber": str(part.number)},
            {"content-length": str(part.size), **part.headers},
        )
        for part in parts
    ]
    return _signer().urls("PUT", s3_location.address(settings.vault_bucket, key), requests, lifetime)


def _signer() -> Signer:
    return signer("s3", settings.region)
