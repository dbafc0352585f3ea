"""Whether the API can be reached at all: name, address, TLS."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from .findings import Finding, failed, not_checked, ok, warning
from .site import Site

_OLD_TLS = ("SSLv3", "TLSv1", "TLSv1.1")
_SOON_DAYS = 14
_OUTPUTS = "Check api_url in outputs.json (make outputs STAGE=… prints it)"


def check_address(site: Site) -> Iterator[Finding]:
    """The name has an address, and something answers there."""
    host, port = urlsplit(site.api_url).hostname, urlsplit(site.api_url).port
    if _by_proxy(urlsplit(site.api_url).scheme, host or ""):
        yield not_checked("address.name", f"the address of {host}: a proxy looks it up")
        yield from _connect(site, host or "")
        return
    try:
        found = {address[4][0] for address in socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)}
    except OSError as error:
        yield failed(
            "address.name", f"{host} has no address ({error.strerror})", f"{_OUTPUTS}, and this machine's network."
        )
        return
    yield ok("address.name", f"{host} has {len(found)} address{'es' if len(found) > 1 else ''}")
    yield from _connect(site, host or "")


def _by_proxy(scheme: str, host: str) -> bool:
    """Whether this machine's settings send such requests to a proxy."""
    return scheme in getproxies() and not proxy_bypass(host)


def _connect(site: Site, host: str) -> Iterator[Finding]:
    try:
        with site.http.stream("GET", f"{site.api_url}/health") as answer:
            yield from _connection(site, answer)
    except httpx.TransportError as error:
        yield _unreachable(host, error)


def _connection(site: Site, answer: httpx.Response) -> Iterator[Finding]:
    if answer.is_redirect:
        yield failed(
            "address.connection",
            f"the API answers with a redirect ({answer.status_code}), which browsers refuse before a preflight",
            f"{_OUTPUTS}: it must be the final address.",
        )
        return
    yield ok("address.connection", f"it answers, by {answer.http_version}")
    if site.is_local and not site.api_url.startswith("https://"):
        yield not_checked("address.tls", "there is no TLS on loopback")
        return
    stream = answer.extensions.get("network_stream")
    connection = stream.get_extra_info("ssl_object") if stream is not None else None
    if connection is None:
        yield not_checked("address.tls", "this connection does not tell its certificate")
        return
    yield _tls(site, str(connection.version()), connection.getpeercert() or {})


def _tls(site: Site, version: str, certificate: dict[str, Any]) -> Finding:
    if version in _OLD_TLS:
        mend = "Give the API's domain the security policy TLS_1_2."
        return failed("address.tls", f"the connection is {version}, which browsers refuse", mend)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    days = (ends - site.now()).days
    if days < _SOON_DAYS:
        mend = "See in ACM why it was not renewed: its DNS record of validation must stay."
        return warning("address.tls", f"{version}; the certificate ends in {days} days", mend)
    return ok("address.tls", f"{version}; the certificate is good for {days} days more")


def _unreachable(host: str, error: httpx.TransportError) -> Finding:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        mend = "Use the name that the certificate is for; behind a proxy that opens TLS, set SSL_CERT_FILE to its root."
        return failed("address.connection", f"the certificate of {host} is not trusted here", mend)
    if isinstance(error, httpx.TimeoutException):
        mend = "Check this machine's network and proxy (HTTPS_PROXY); a firewall that drops packets looks like this."
        return failed("address.connection", f"{host} does not answer in time", mend)
    mend = f"{_OUTPUTS}, and that the stage is deployed; locally, that `make dev` runs."
    return failed("address.connection", f"no connection to {host} ({type(error).__name__})", mend)
