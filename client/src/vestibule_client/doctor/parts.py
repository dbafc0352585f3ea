"""Uploads in parts: what was signed, what S3 refuses, and that two parts become one file."""

import base64
import hashlib
import random
from collections.abc import Iterator

import httpx

from .answers import Body
from .canary import Canary, File
from .downloads import check_download
from .findings import Finding, failed, judged
from .s3_cors import exposes_etag
from .signatures import address_complaints, url_complaints
from .site import Site

MiB = 1024 * 1024
TWO_PARTS_BYTES = 17 * MiB
"""The server makes parts of at least 16 MiB."""
QUICK_BYTES = 64 * 1024
_SUM = "x-amz-checksum-sha256"
_MEND = "Deploy the stage anew: parts must be signed with their length and checksum, for the vault's regional host."


def check_parts(canary: Canary, size: int) -> Iterator[Finding]:
    """A deliverable of `size` bytes in parts, the last of which is sent with a changed byte first."""
    site = canary.site
    content = random.Random(5).randbytes(size)  # noqa: S311 (any bytes that do not compress)
    file = File("deliverable", "vestibule-doctor.bin", "application/octet-stream", content)
    issued = canary.issue(file, strategy="multipart", part_checksums=True)
    parts = _sign(site, issued, file)
    complaints = []
    for part in parts:
        complaints += address_complaints(part.text("url"), site.bucket_url("vault"), local=site.is_local)
        complaints += url_complaints(part.text("url"), site.stack.region, ("content-length", "host", _SUM))
    yield judged("parts.signed", sorted(set(complaints)), "part URLs fix length and checksum, for 15 minutes", _MEND)
    yield _tampered(site, parts[-1], file)
    statuses, last = [], None
    for part in parts:
        last = put(site, part, _bytes_of(part, file))
        statuses.append(last.status_code)
    if last is None or set(statuses) != {200}:
        seen = f"S3 answers parts with {', '.join(map(str, sorted(set(statuses))))}"
        yield failed("parts.sent", seen, "403 tells of a clock that is wrong (see clock.s3), or of a proxy.")
        return
    yield exposes_etag("parts.etag", site, "vault", last)
    yield _held(site, issued, parts)
    confirmed, file_id = canary.confirm("parts.confirmed", file, issued)
    yield confirmed
    yield from check_download("parts.download", canary, file, file_id)


def check_cancel(canary: Canary) -> Iterator[Finding]:
    """An upload in parts that is given up is gone."""
    site = canary.site
    file = File("deliverable", "vestibule-doctor-cancelled.bin", "application/octet-stream", b"\0" * QUICK_BYTES)
    issued = canary.issue(file, strategy="multipart", part_checksums=True)
    (part,) = _sign(site, issued, file)
    status = canary.cancel(file, issued).status_code
    complaints = [] if status == 204 else [f"cancelling answers {status} instead of 204"]
    if (late := put(site, part, _bytes_of(part, file))).is_success:
        complaints.append(f"S3 still takes a part afterwards ({late.status_code})")
    if (listed := site.call("GET", issued.text("multipart", "parts_url")).status_code) != 410:
        complaints.append(f"its parts answer {listed} instead of 410")
    mend = "The role vestibule-<stage>-api must be allowed s3:AbortMultipartUpload in the vault: deploy the stage anew."
    yield judged("parts.cancelled", complaints, "a cancelled upload is gone, and takes no part any more", mend)


def put(site: Site, part: Body, content: bytes) -> httpx.Response:
    """Send bytes as a part."""
    return site.visit("PUT", part.text("url"), site.origin, content=content, headers=part.texts("headers"))


def _sign(site: Site, issued: Body, file: File) -> list[Body]:
    size, count = issued.number("multipart", "part_size"), issued.number("multipart", "part_count")
    digests = [hashlib.sha256(file.content[at : at + size]).hexdigest() for at in range(0, len(file.content), size)]
    asked = {"part_numbers": list(range(1, count + 1)), "sha256": digests}
    return site.ask("POST", issued.text("multipart", "parts_url"), asked).bodies("parts")


def _bytes_of(part: Body, file: File) -> bytes:
    return file.content[part.number("offset") :][: part.number("size")]


def _tampered(site: Site, part: Body, file: File) -> Finding:
    right = _bytes_of(part, file)
    wrong = bytes((right[0] ^ 1,)) + right[1:]
    complaints = []
    if (status := put(site, part, wrong).status_code) not in (400, 403):
        complaints.append(f"S3 answers a part with one byte changed with {status} instead of 400")
    changed = {**part.texts("headers"), _SUM: base64.b64encode(hashlib.sha256(wrong).digest()).decode()}
    answer = site.visit("PUT", part.text("url"), site.origin, content=wrong, headers=changed)
    if answer.status_code != 403:
        complaints.append(f"S3 answers a part with another checksum than the signed with {answer.status_code}")
    return judged("parts.tampered", complaints, "a part with one byte changed is refused", _MEND)


def _held(site: Site, issued: Body, sent: list[Body]) -> Finding:
    """What an upload that was interrupted goes on from."""
    held = site.ask("GET", issued.text("multipart", "parts_url")).bodies("parts")
    wanted = [(part.number("part_number"), part.number("size")) for part in sent]
    found = [(part.number("part_number"), part.number("size")) for part in held]
    complaints = [] if wanted == found else [f"{len(found)} of {len(wanted)} parts are listed"]
    count = "1 part" if len(wanted) == 1 else f"{len(wanted)} parts"
    fine = f"S3 takes {count}, and lists what it holds, to resume from"
    mend = "The role vestibule-<stage>-api must be allowed s3:ListMultipartUploadParts in the vault."
    return judged("parts.listed", complaints, fine, mend)
