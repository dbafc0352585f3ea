"""Whether what answers is Vestibule, in a version that this client knows, with limits that make sense."""

from collections.abc import Iterator

from .answers import Body, NotUnderstood, Refused
from .findings import Finding, failed, judged, ok
from .site import Site

# What this client calls. A stage that lacks one of them is older than the client.
CALLED = {
    "/health": ("get",),
    "/kinds": ("get",),
    "/products": ("get", "post"),
    "/products/{product_id}": ("get", "delete"),
    "/products/{product_id}/deliverables": ("get",),
    "/products/{product_id}/deliverables/uploads": ("post",),
    "/products/{product_id}/deliverables/uploads/{upload_id}": ("delete",),
    "/products/{product_id}/deliverables/uploads/{upload_id}/confirm": ("post",),
    "/products/{product_id}/deliverables/uploads/{upload_id}/parts": ("get", "post"),
    "/products/{product_id}/deliverables/{deliverable_id}": ("delete",),
    "/products/{product_id}/deliverables/{deliverable_id}/download": ("post",),
    "/products/{product_id}/images": ("get",),
    "/products/{product_id}/images/uploads": ("post",),
    "/products/{product_id}/images/uploads/{upload_id}": ("delete",),
    "/products/{product_id}/images/uploads/{upload_id}/confirm": ("post",),
    "/products/{product_id}/images/{image_id}": ("delete",),
    "/products/{product_id}/images/{image_id}/download": ("post",),
    "/usage": ("get",),
}
_METHODS = ("get", "put", "post", "patch", "delete")
_DEPLOY = "Deploy the stage anew (make deploy STAGE=…)"


def check_service(site: Site) -> Iterator[Finding]:
    """The two routes that need no token."""
    answer = site.visit("GET", f"{site.api_url}/health")
    complaints = [] if answer.status_code == 200 else [f"/health answers {answer.status_code}"]
    yield judged(
        "service.health", complaints, "/health says ok", "Look at the log group /aws/lambda/vestibule-<stage>-api."
    )
    yield _contract(site)


def check_rules(site: Site) -> Iterator[Finding]:
    """What a token opens: the limits, and how answers may be kept and read."""
    yield _kinds(site)
    answer = site.call("GET", "/usage")
    if answer.status_code != 200:
        raise Refused("GET /usage", answer)
    wanted = {
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "strict-transport-security": "max-age=",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'",
    }
    missing = [name for name, value in wanted.items() if value not in answer.headers.get(name, "")]
    complaints = [f"answers lack {', '.join(missing)}"] if missing else []
    fine = "answers are not cached, not sniffed, not framed, and by https only"
    mend = f"{_DEPLOY}; if a proxy or CDN stands before the API, let these headers through."
    yield judged("service.headers", complaints, fine, mend)


def operations(site: Site) -> dict[str, list[str]]:
    """The methods of every path that the stage describes.

    Raises:
        NotUnderstood: what it answers is no OpenAPI document.
    """
    answer = site.visit("GET", f"{site.api_url}/openapi.json")
    if answer.status_code != 200:
        raise NotUnderstood(f"GET /openapi.json answered {answer.status_code}")
    paths = Body.of(answer, "GET /openapi.json").members("paths")
    return {path: [method for method in _METHODS if method in held] for path, held in paths.items()}


def _contract(site: Site) -> Finding:
    described = operations(site)
    missing = [
        f"{method.upper()} {path}"
        for path, methods in CALLED.items()
        for method in methods
        if method not in described.get(path, ())
    ]
    if missing:
        named = ", ".join(missing[:3]) + (f", and {len(missing) - 3} more" if len(missing) > 3 else "")
        seen = f"this client is newer than the stage, which lacks {named}"
        return failed("service.contract", seen, f"{_DEPLOY}, or use the client that came with it.")
    count = sum(len(methods) for methods in described.values())
    return ok("service.contract", f"the stage describes {count} operations, all that this client calls among them")


def _kinds(site: Site) -> Finding:
    kinds = site.ask("GET", "/kinds")
    complaints = []
    names = set()
    for kind in kinds.bodies("kinds"):
        name = kind.text("name")
        names.add(name)
        if not 1 <= kind.number("min_bytes") <= kind.number("max_bytes"):
            complaints.append(f"{name}: no size lies between min_bytes and max_bytes")
        if kind.number("max_per_product") < 1:
            complaints.append(f"{name}: a product may have none")
    if kinds.number("max_staged_uploads") < 1:
        complaints.append("no upload may wait to be confirmed")
    complaints += [f"there is no kind {name}" for name in ("deliverable", "image") if name not in names]
    mend = "Check the VESTIBULE_MAX_… settings of the stage, and deploy it anew."
    return judged("service.kinds", complaints, "the limits of images and deliverables make sense", mend)
