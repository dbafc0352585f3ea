"""What the gateway answers by itself. Without CORS a browser tells the page of CORS, and never of the 401."""

from collections.abc import Iterator

import httpx

from . import cors
from .answers import is_problem
from .findings import Finding, failed, not_checked, ok
from .site import Site

_UNSIGNED = "e30.e30.AAAA"
_MEND = "The gateway responses are not those of this service: package and deploy the stage anew (make deploy STAGE=…)."


def check_gateway(site: Site, token: str | None) -> Iterator[Finding]:
    """No token, a forged one, a route that is not there; with a token that is good, a body that is no JSON."""
    products = f"{site.api_url}/products"
    yield _refused(site, "gateway.no_token", "a call without a token", site.visit("GET", products, site.origin), 401)
    forged = site.visit("GET", products, site.origin, headers={"Authorization": forge(token or _UNSIGNED)})
    yield _refused(site, "gateway.forged_token", "a forged token", forged, 401)
    yield _unknown_path(site)
    if token is None:
        yield not_checked("gateway.content_type", "a body that is not JSON: the API does not take this token")
        return
    typed = {"Content-Type": "text/plain"}
    answer = site.call("POST", "/products", headers=typed, content=b"title=doctor")
    yield _refused(site, "gateway.content_type", "a body that is not JSON", answer, 415)


def forge(token: str) -> str:
    """The same token, with a signature that nobody made."""
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{signature[::-1]}"


def _unknown_path(site: Site) -> Finding:
    answer = site.visit("GET", f"{site.api_url}/no-such-route", site.origin)
    if site.is_local and not is_problem(answer):
        return not_checked("gateway.unknown_path", "a route that is not there: the local gateway has words of its own")
    return _refused(site, "gateway.unknown_path", "a route that is not there", answer, 404)


def _refused(site: Site, check: str, what: str, answer: httpx.Response, wanted: int) -> Finding:
    status = answer.status_code
    if wanted == 401 and answer.is_success:
        mend = "Deploy the stage anew at once: the API's authorizer is not attached, and everybody gets in."
        return failed(check, f"{what} is let in ({status})", mend)
    complaints = [] if status == wanted else [f"answered {status} instead of {wanted}"]
    if not is_problem(answer):
        complaints.append("not as problem+json")
    if site.origin is not None and not cors.lets(answer, site.origin):
        complaints.append("without CORS, so that browsers hide it")
    if complaints:
        return failed(check, f"{what} is {', '.join(complaints)}", _MEND)
    return ok(check, f"{what}: {status}, as problem+json{', with CORS' if site.origin else ''}")
