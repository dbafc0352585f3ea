"""CORS of the buckets that browsers send to and read from."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from . import cors
from .findings import Finding, failed, judged, not_checked, ok
from .site import FOREIGN_ORIGIN, Site


@dataclass(frozen=True, slots=True)
class Use:
    """What a page does with a bucket."""

    role: str
    method: str
    headers: tuple[str, ...]
    what: str


USES = (
    Use("staging", "POST", ("content-type", "x-amz-meta-upload"), "send forms to staging"),
    Use("vault", "PUT", ("x-amz-checksum-sha256",), "send parts to the vault"),
    Use("vault", "GET", (), "read downloads from the vault"),
)


def check_s3_cors(site: Site) -> Iterator[Finding]:
    """Real preflights, of the shop's origin and of a foreign one."""
    if site.origin is None:
        yield not_checked("cors.s3", "no origin is known: name the one of your pages by --origin")
        return
    for use in USES:
        check = f"cors.{use.role}.{use.method.lower()}"
        url = site.bucket_url(use.role)
        complaints = cors.obstacles(
            site.preflight(url, use.method, use.headers, site.origin), site.origin, (use.method,), use.headers
        )
        found = [f"pages of {site.origin} may not {use.what}: {complaint}" for complaint in complaints]
        yield judged(check, found, f"pages of {site.origin} may {use.what}", _mend(use.role, site.origin))
    yield _foreign(site, site.origin)


def exposes_etag(check: str, site: Site, role: str, answer: httpx.Response) -> Finding:
    """Whether a page could read the answer of S3 to what it has just sent, and the ETag in it.

    A page that cannot is stuck at 100 %: the bytes are there, and the browser says that the request failed.
    """
    if site.origin is None:
        return not_checked(check, "no origin is known: name the one of your pages by --origin")
    complaints = []
    if not cors.lets(answer, site.origin):
        allowed = cors.allowed_origin(answer) or "no origin"
        complaints.append(f"pages of {site.origin} cannot read S3's answer: it allows {allowed}")
    elif cors.hidden(answer, ("ETag",)):
        complaints.append("pages cannot read the ETag of what they sent")
    return judged(check, complaints, "pages can read the answer of S3, and its ETag", _mend(role, site.origin))


def _foreign(site: Site, origin: str) -> Finding:
    open_to_all = sorted(
        {
            use.role
            for use in USES
            if not cors.obstacles(
                site.preflight(site.bucket_url(use.role), use.method, use.headers, FOREIGN_ORIGIN),
                FOREIGN_ORIGIN,
                (use.method,),
                use.headers,
            )
        }
    )
    if open_to_all:
        seen = f"pages of any site may use {' and '.join(open_to_all)}"
        return failed("cors.s3.foreign", seen, _mend(open_to_all[0], origin))
    return ok("cors.s3.foreign", "pages of other sites may use neither bucket")


def _mend(role: str, origin: str) -> str:
    return (
        f"Give the bucket {role} the CORS rule of terraform/modules/buckets for {origin}: set allowed_origin in "
        "terraform/stages/<stage>.tfvars and deploy; something else may have changed the bucket since."
    )
