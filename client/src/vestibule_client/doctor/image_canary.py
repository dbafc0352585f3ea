"""A small picture, through all three steps, until everybody can see it: form, bucket, confirm, event, render, CDN."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from .answers import Body
from .canary import Canary, File
from .downloads import check_download
from .exposure import unreadable
from .findings import Finding, failed, judged, not_checked, ok
from .forms import check_form, send
from .picture import picture
from .s3_cors import exposes_etag
from .site import Site

_EVERY_SECONDS = 0.25


def check_image(canary: Canary, wait_seconds: float) -> Iterator[Finding]:
    """Upload a picture; wait for its renditions for at most `wait_seconds`."""
    site = canary.site
    file = File("image", "vestibule-doctor.png", "image/png", picture())
    issued = canary.issue(file, alt="A picture by vestibule doctor")
    yield check_form("image.form", site, issued, file)
    answer = send(site, issued, file)
    if answer.status_code != 201:
        yield failed("image.sent", f"S3 answers the form with {answer.status_code}", _S3_MEND)
        return
    yield ok("image.sent", "S3 takes the form")
    yield exposes_etag("image.etag", site, "staging", answer)
    yield unreadable("image.private", site, "staging", issued.texts("fields")["key"])
    confirmed, image_id = canary.confirm("image.confirmed", file, issued)
    yield confirmed
    yield from check_download("image.download", canary, file, image_id)
    yield from _renditions(canary, image_id, wait_seconds)


def _renditions(canary: Canary, image_id: str, wait_seconds: float) -> Iterator[Finding]:
    check, site = "image.rendered", canary.site
    began = site.now()
    while (image := _find(canary, image_id)).text("rendition_state") == "processing":
        if (site.now() - began).total_seconds() > wait_seconds:
            mend = (
                "The vault's notification must call the function render: vestibule doctor with AWS credentials says "
                "whether it does; then see /aws/lambda/vestibule-<stage>-render. Locally: the pump of `make dev`."
            )
            yield failed(check, f"there are no renditions after {wait_seconds:.0f} s", mend)
            return
        site.sleep(_EVERY_SECONDS)
    renditions = image.bodies("renditions")
    if image.text("rendition_state") != "ready" or not renditions:
        mend = "See the log group /aws/lambda/vestibule-<stage>-render: was it packaged for its architecture?"
        why = image.optional_text("rendition_error") or "no reason is given"
        yield failed(check, f"the picture is {image.text('rendition_state')}, without renditions: {why}", mend)
        return
    took = (site.now() - began).total_seconds()
    yield ok(check, f"{len(renditions)} renditions after {took:.1f} s: S3's event and the function render work")
    yield from check_published(site, renditions[0])


def check_published(site: Site, rendition: Body) -> Iterator[Finding]:
    """Everybody sees a rendition, by the CDN and no other way, and browsers take it for a picture only."""
    url = rendition.text("url")
    if not url.startswith(site.media_url + "/"):
        mend = "Deploy the stage anew, or print outputs.json anew (make outputs STAGE=…)."
        yield failed("image.public", f"renditions are at {urlsplit(url).hostname}, and not at media_url", mend)
        return
    answer = site.visit("GET", url)
    complaints = [] if answer.status_code == 200 else [f"a rendition answers {answer.status_code}"]
    if answer.status_code == 200 and len(answer.content) != rendition.number("bytes"):
        complaints.append(f"a rendition has {len(answer.content):,} bytes instead of {rendition.number('bytes'):,}")
    if answer.headers.get("content-type") != rendition.text("content_type"):
        complaints.append(f"its type is {answer.headers.get('content-type', 'not told')}")
    if "immutable" not in answer.headers.get("cache-control", ""):
        complaints.append("browsers are not told to keep it")
    mend = "See the distribution of terraform/modules/cdn: its origin, its access control, its cache policy."
    yield judged("image.public", complaints, "everybody sees a rendition, and may keep it", mend)
    if site.is_local:
        yield not_checked("image.headers", "the headers of a rendition: there is no CDN on loopback that adds them")
    else:
        wanted = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox"}
        lacking = [name for name, value in wanted.items() if value not in answer.headers.get(name, "")]
        missing = [f"renditions lack {', '.join(lacking)}"] if lacking else []
        policy = "Give the distribution the response-headers policy of terraform/modules/cdn."
        yield judged("image.headers", missing, "browsers neither guess its type nor run it", policy)
    key = urlsplit(url).path.removeprefix(urlsplit(site.media_url).path).lstrip("/")
    yield unreadable("image.by_cdn_only", site, "media", key)


def _find(canary: Canary, image_id: str) -> Body:
    listed = canary.site.ask("GET", f"/products/{canary.product_id}/images").bodies("images")
    found = [image for image in listed if image.text("id") == image_id]
    return found[0] if found else Body({}, "the image, once admitted")


_S3_MEND = (
    "403 tells of a clock that is wrong, or of a role that may not write: see clock.s3, and the role "
    "vestibule-<stage>-api. 400: the request was changed on its way, by a proxy."
)
