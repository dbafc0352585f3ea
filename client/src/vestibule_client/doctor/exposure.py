"""What everybody can do with the buckets, without any signature: nothing."""

from collections.abc import Iterator

from .findings import Finding, failed, judged, not_checked, ok
from .site import Site

_MEND = (
    "Block all public access of the bucket (four switches), and take away any statement of its policy for everybody: "
    "deploying the stage restores both."
)
_TRIED = "vestibule-doctor-may-not-write-this"


def check_exposure(site: Site) -> Iterator[Finding]:
    """Lists and writes, of all three buckets."""
    for role in ("staging", "vault", "media"):
        listed = site.visit("GET", f"{site.bucket_url(role)}?list-type=2&max-keys=1")
        yield _closed(f"exposure.{role}.list", f"a list of the bucket {role}", listed.status_code)
        yield _write(site, role)


def unreadable(check: str, site: Site, role: str, key: str) -> Finding:
    """That nobody can read an object that is there, without a signature."""
    if role == "media" and site.is_local:
        return not_checked(check, "whether the CDN is the only way to a rendition: there is none on loopback")
    return _closed(check, f"an object of the bucket {role}", site.visit("GET", site.bucket_url(role) + key).status_code)


def _write(site: Site, role: str) -> Finding:
    check, url = f"exposure.{role}.write", site.bucket_url(role) + _TRIED
    status = site.visit("PUT", url, content=b"vestibule doctor").status_code
    if 200 <= status < 300:
        gone = site.visit("DELETE", url).is_success
        left = "it was deleted again" if gone else f"delete the object {_TRIED}"
        return failed(check, f"everybody can write into the bucket {role}; {left}", _MEND)
    return _closed(check, f"a write into the bucket {role}", status)


def _closed(check: str, what: str, status: int) -> Finding:
    if status == 403:
        return ok(check, f"{what} without a signature is refused")
    complaint = f"{what} needs no signature" if 200 <= status < 300 else f"{what} without a signature answers {status}"
    mend = _MEND if 200 <= status < 300 else "Expected is 403: check region and name of the bucket in outputs.json."
    return judged(check, [complaint], "", mend)
