"""CORS of the API, for the origin of the shop's pages."""

import re
from collections.abc import Iterator

import httpx

from . import cors
from .findings import Finding, failed, judged, not_checked, ok, warning
from .service import operations
from .site import FOREIGN_ORIGIN, Site

_HEADERS = ("authorization", "content-type", "if-match")
_EXPOSED = ("ETag", "Location", "Retry-After")
_SOME_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
_MEND = "Set allowed_origin in terraform/stages/<stage>.tfvars to the origin of your pages, and deploy the stage."


def find_origin(site: Site) -> tuple[str | None, Finding]:
    """The origin to check the rest for; and whether the API lets in the one that was asked for, if one was."""
    check = "origin.allowed"
    allowed = cors.allowed_origin(site.visit("GET", f"{site.api_url}/health", site.origin))
    if allowed is None:
        mend = f"{_MEND} Until then no page of any site can use the API."
        return site.origin, failed(check, "the API's answers allow no origin", mend)
    if allowed == "*":
        origin = site.origin or site.api_url
        return origin, warning(check, "the API lets pages of every site call it", _MEND)
    if site.origin is None:
        return allowed, ok(check, f"pages of {allowed} may call the API (--origin checks for another)")
    if site.origin != allowed:
        # One cause, said once: whether the stage is sound otherwise is seen by the origin that it is made for.
        seen = f"the API lets in pages of {allowed}, and not of {site.origin}; the rest is checked for {allowed}"
        return allowed, failed(check, seen, _MEND)
    return site.origin, ok(check, f"pages of {allowed} may call the API")


def check_api_cors(site: Site) -> Iterator[Finding]:
    """The preflights of all routes, what pages may read, and that pages of others may not."""
    if site.origin is None:
        yield not_checked("cors.api", "no origin is known: name the one of your pages by --origin")
        return
    yield _preflights(site, site.origin)
    answer = site.visit("GET", f"{site.api_url}/health", site.origin)
    unreadable = (
        [f"pages cannot read {', '.join(cors.hidden(answer, _EXPOSED))}"] if cors.hidden(answer, _EXPOSED) else []
    )
    yield judged("cors.api.exposed", unreadable, f"pages can read {', '.join(_EXPOSED)}", _MEND)
    yield _foreign(site)


def _preflights(site: Site, origin: str) -> Finding:
    complaints = []
    routes = 0
    for path, methods in operations(site).items():
        if path in ("/health", "/openapi.json"):
            continue  # simple requests, without a preflight
        routes += 1
        url = site.api_url + re.sub(r"\{\w+\}", _SOME_ID, path)
        used = tuple(method.upper() for method in methods)
        found = cors.obstacles(site.preflight(url, used[-1], _HEADERS, origin), origin, used, _HEADERS)
        complaints += [f"{path}: {complaint}" for complaint in found]
    if len(complaints) > 3:
        complaints = [*complaints[:3], f"and {len(complaints) - 3} more"]
    return judged("cors.api.preflight", complaints, f"browsers may call all {routes} routes", _MEND)


def _foreign(site: Site) -> Finding:
    answer: httpx.Response = site.preflight(f"{site.api_url}/products", "POST", _HEADERS, FOREIGN_ORIGIN)
    if cors.lets(answer, FOREIGN_ORIGIN):
        return warning("cors.api.foreign", "pages of other sites may call the API, too", _MEND)
    return ok("cors.api.foreign", "pages of other sites may not")
