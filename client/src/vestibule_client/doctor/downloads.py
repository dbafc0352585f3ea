"""The same bytes back, by a signed URL."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import cors
from .exposure import unreadable
from .findings import Finding, failed, judged
from .signatures import address_complaints, url_complaints

if TYPE_CHECKING:
    from .canary import Canary, File

_LIFETIME = timedelta(minutes=5)


def check_download(check: str, canary: "Canary", file: "File", file_id: str) -> Iterator[Finding]:
    """A download is signed well, brings the same bytes as an attachment, and nothing comes without its signature."""
    site = canary.site
    path = f"/products/{canary.product_id}/{file.kind}s/{file_id}/download"
    url = site.ask("POST", path).text("url")
    complaints = address_complaints(url, site.bucket_url("vault"), local=site.is_local)
    complaints += url_complaints(url, site.stack.region, lifetime=_LIFETIME)
    answer = site.visit("GET", url, site.origin)
    if answer.status_code != 200:
        mend = "See clock.s3; the role vestibule-<stage>-api must be allowed s3:GetObject in the vault."
        yield failed(check, f"S3 answers a download with {answer.status_code}", mend)
        return
    if hashlib.sha256(answer.content).hexdigest() != file.sha256:
        complaints.append("other bytes came back than were sent")
    if site.origin is not None and not cors.lets(answer, site.origin):
        complaints.append("pages may not read what they download")
    if not answer.headers.get("content-disposition", "").startswith("attachment"):
        complaints.append("browsers would show it instead of saving it")
    mend = "Deploy the stage anew, after whatever cors.vault.get says; a proxy on the way must leave all as it is."
    yield judged(check, complaints, "the same bytes come back, as an attachment", mend)
    key = urlsplit(url).path.removeprefix(urlsplit(site.bucket_url("vault")).path)
    yield unreadable(f"{check}_signed", site, "vault", key)
