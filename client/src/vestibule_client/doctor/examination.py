"""All checks in their order. What cannot be checked because something before it failed is said, not guessed."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, replace

import httpx

from ..problems import NotSignedIn, Unreachable
from .address import check_address
from .answers import NotUnderstood, Refused
from .api_cors import check_api_cors, find_origin
from .aws import check_aws
from .canary import canary_product
from .clock import check_clock
from .exposure import check_exposure
from .findings import Finding, failed, not_checked
from .forms import check_post
from .gateway import check_gateway
from .image_canary import check_image
from .parts import QUICK_BYTES, TWO_PARTS_BYTES, check_cancel, check_parts
from .s3_cors import check_s3_cors
from .service import check_rules, check_service
from .site import Site
from .token import check_token


@dataclass(frozen=True, slots=True)
class Options:
    """`quick`: the upload in parts has one small part only. `wait_seconds`: for renditions, at most."""

    quick: bool = False
    wait_seconds: float = 30


def examine(site: Site, options: Options) -> Generator[Finding, None, None]:
    """Every finding as it comes. Close the generator if you stop early: what it uploaded is deleted then."""
    if missing := [name for name in ("buckets", "media_url", "table") if getattr(site.stack, name) is None]:
        mend = "Print it anew: make outputs STAGE=… > outputs.json."
        yield failed("outputs", f"outputs.json has no {', '.join(missing)}", mend)
        return
    reached = True
    for finding in guarded("address", lambda: check_address(site)):
        reached &= finding.outcome != "failed"
        yield finding
    if not reached:
        yield not_checked("everything_else", "the API cannot be reached")
        return
    yield from guarded("clock", lambda: check_clock(site))
    accepted = True
    for finding in guarded("token", lambda: check_token(site)):
        accepted &= (finding.check, finding.outcome) not in (("token.accepted", "failed"), ("token", "failed"))
        yield finding
    yield from guarded("service", lambda: check_service(site))
    if accepted:
        yield from guarded("service", lambda: check_rules(site))
    site, found = _with_origin(site)
    yield found
    yield from guarded("cors.api", lambda: check_api_cors(site))
    yield from guarded("cors.s3", lambda: check_s3_cors(site))
    yield from guarded("gateway", lambda: check_gateway(site, site.tokens.id_token() if accepted else None))
    yield from guarded("exposure", lambda: check_exposure(site))
    if accepted:
        yield from guarded("canary", lambda: _uploads(site, options))
    else:
        yield not_checked("canary", "uploads: the API does not take this token, so nothing was sent")
    yield from check_aws(site)


def guarded(check: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of a group; and one for what kept it from going on."""
    try:
        yield from look()
    except (Refused, NotUnderstood) as stopped:
        yield failed(check, str(stopped), "See the log group /aws/lambda/vestibule-<stage>-api.")
    except (NotSignedIn, Unreachable) as failure:
        yield failed(check, failure.sentence, failure.advice)
    except (httpx.RequestError, httpx.InvalidURL) as error:
        yield _disconnected(check, error)


def _with_origin(site: Site) -> tuple[Site, Finding]:
    try:
        origin, finding = find_origin(site)
    except httpx.RequestError as error:
        return site, _disconnected("origin", error)
    return replace(site, origin=origin), finding


def _uploads(site: Site, options: Options) -> Iterator[Finding]:
    with canary_product(site) as canary:
        yield from guarded("image", lambda: check_image(canary, options.wait_seconds))
        yield from guarded("post", lambda: check_post(canary))
        size = QUICK_BYTES if options.quick else TWO_PARTS_BYTES
        yield from guarded("parts", lambda: check_parts(canary, size))
        yield from guarded("parts.cancelled", lambda: check_cancel(canary))
        yield canary.clean_up()


def _disconnected(check: str, error: httpx.RequestError | httpx.InvalidURL) -> Finding:
    """Which host it was, and never the rest of the URL, which may be signed."""
    to = f" to {error.request.url.host}" if isinstance(error, httpx.RequestError) else ""
    mend = "Try again; if it stays, check this machine's network and proxy, and the host in outputs.json."
    return failed(check, f"the connection{to} failed ({type(error).__name__})", mend)
