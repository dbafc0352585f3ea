"""Uploads by one form: what was signed, and what S3 makes of it."""

from collections.abc import Iterator, Mapping

import httpx

from .answers import Body, Refused
from .canary import Canary, File
from .downloads import check_download
from .findings import Finding, failed, judged
from .signatures import address_complaints, form_complaints
from .site import Site

_SIGNED_MEND = "Deploy the stage anew; in AWS its s3_addressing_style must be `virtual`, and its region the bucket's."
_TEXT = b"A deliverable by vestibule doctor.\n" * 30


def check_form(check: str, site: Site, issued: Body, file: File) -> Finding:
    """The form leads to the right place, and permits this file there and nothing else."""
    bucket, region = site.bucket("staging"), site.stack.region
    complaints = address_complaints(issued.text("url"), site.bucket_url("staging"), local=site.is_local)
    complaints += form_complaints(issued.texts("fields"), len(file.content), bucket, region, site.now())
    where = "the emulator" if site.is_local else "the regional host"
    return judged(check, complaints, f"a form for {where}, for exactly this file, for 15 minutes", _SIGNED_MEND)


def send(
    site: Site, issued: Body, file: File, changed: Mapping[str, str] | None = None, content: bytes | None = None
) -> httpx.Response:
    """Step 2, with some fields or the bytes changed, if so wanted."""
    fields = {**issued.texts("fields"), **(changed or {})}
    sent = (file.filename, file.content if content is None else content, file.content_type)
    return site.visit("POST", issued.text("url"), site.origin, data=fields, files={"file": sent})


def check_post(canary: Canary) -> Iterator[Finding]:
    """A small deliverable: what the form does not permit is refused, and what it does arrives as it was."""
    site = canary.site
    file = File("deliverable", "vestibule-doctor.txt", "text/plain", _TEXT)
    yield _not_kept(canary, file)
    issued = canary.issue(file, strategy="post")
    yield check_form("post.form", site, issued, file)
    yield from _tampered(site, issued, file)
    answer = send(site, issued, file)
    if answer.status_code != 201:
        yield failed("post.sent", f"S3 answers the form with {answer.status_code}", _SIGNED_MEND)
        return
    confirmed, file_id = canary.confirm("post.confirmed", file, issued)
    yield confirmed
    yield from check_download("post.download", canary, file, file_id)


def _tampered(site: Site, issued: Body, file: File) -> Iterator[Finding]:
    mend = "Deploy the stage anew at once: its forms permit more than the file that was declared."
    status = send(site, issued, file, {"Content-Type": "text/html"}).status_code
    changed = [] if status == 403 else [f"S3 answers a form with another Content-Type with {status} instead of 403"]
    yield judged("post.changed_field", changed, "a form with a changed field is refused", mend)
    status = send(site, issued, file, content=file.content + b"x").status_code
    longer = [] if status in (400, 403) else [f"S3 answers a form with a longer file with {status} instead of 400"]
    yield judged("post.longer_file", longer, "a form with a longer file is refused", mend)


def _not_kept(canary: Canary, file: File) -> Finding:
    """An answer with a signature in it must not lie in any cache; and an upload can be given up."""
    uploads = f"/products/{canary.product_id}/deliverables/uploads"
    answer = canary.site.call("POST", uploads, file.declared(strategy="post"))
    if answer.status_code != 201:
        raise Refused("POST …/deliverables/uploads", answer)
    kept = [] if "no-store" in answer.headers.get("cache-control", "") else ["answers with signatures may be cached"]
    status = canary.cancel(file, Body.of(answer, "step 1")).status_code
    if status != 204:
        kept.append(f"cancelling it answers {status} instead of 204")
    mend = "Deploy the stage anew; a proxy or CDN before the API must keep Cache-Control, and let DELETE through."
    return judged("post.cancelled", kept, "step 1 is not cached, and can be cancelled", mend)
