"""What the doctor sees without uploading anything: each check finds a healthy stage fine, and its own illness."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from vestibule_client.doctor import Finding, Options, Site, address, examine
from vestibule_client.doctor.api_cors import check_api_cors, find_origin
from vestibule_client.doctor.clock import check_clock
from vestibule_client.doctor.examination import guarded
from vestibule_client.doctor.exposure import check_exposure
from vestibule_client.doctor.gateway import check_gateway
from vestibule_client.doctor.s3_cors import check_s3_cors
from vestibule_client.doctor.service import check_rules, check_service
from vestibule_client.doctor.token import check_token

from tests.client.doctor_shop import API, CORS, KINDS, NOW, ORIGIN, Change, failures, healthy, problem, site, token

Look = Callable[[Site], Iterator[Finding]]


def origin(site: Site) -> Iterator[Finding]:
    yield find_origin(site)[1]


def gateway(site: Site) -> Iterator[Finding]:
    return check_gateway(site, site.tokens.id_token())


LOOKS: list[Look] = [
    check_clock,
    check_token,
    check_service,
    check_rules,
    origin,
    check_api_cors,
    check_s3_cors,
    gateway,
    check_exposure,
]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.__name__)
def test_a_healthy_stage_is_fine(look: Look) -> None:
    assert {finding.outcome for finding in look(site())} == {"ok"}


def changing(method: str, ending: str, **changes: Any) -> Change:
    """Answer the requests of a method, to URLs that end so, with other headers or another status."""

    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method != method or not str(request.url).endswith(ending):
            return answer
        headers = dict(answer.headers) | changes.get("headers", {})
        kept = {name: value for name, value in headers.items() if value is not None and name != "content-length"}
        content = changes.get("content", answer.content)
        return httpx.Response(changes.get("status", answer.status_code), headers=kept, content=content)

    return change


def late(**by: float) -> dict[str, str]:
    return {"date": format_datetime((NOW - timedelta(**by)).replace(microsecond=0), usegmt=True)}


FOREIGN = {"access-control-allow-origin": "*"}
NO_CORS = {"access-control-allow-origin": None}
STAGING = "staging-123456789012.s3.eu-central-1.amazonaws.com/"
VAULT = "vault-123456789012.s3.eu-central-1.amazonaws.com/"
LIST = "?list-type=2&max-keys=1"

ILLNESSES: list[tuple[str, Look, Change, str, str]] = [
    ("clock.api", check_clock, changing("GET", "/health", headers=late(minutes=6)), "360 s ahead", "timedatectl"),
    ("clock.s3", check_clock, changing("GET", STAGING, headers=late(minutes=-2)), "120 s behind", "timedatectl"),
    ("service.health", check_service, changing("GET", "/health", status=500), "/health answers 500", "log group"),
    (
        "service.contract",
        check_service,
        changing("GET", "/openapi.json", content=b'{"paths": {"/health": {"get": {}}}}'),
        "lacks GET /kinds",
        "make deploy",
    ),
    (
        "service.kinds",
        check_rules,
        lambda request, answer: httpx.Response(200, json=KINDS | {"kinds": KINDS["kinds"][:1]}),
        "no kind deliverable",
        "settings",
    ),
    (
        "service.headers",
        check_rules,
        changing("GET", "/usage", headers={"cache-control": None}),
        "cache-control",
        "CDN",
    ),
    ("token.accepted", check_token, changing("GET", "/usage", status=401), "with 401", "vestibule login"),
    ("origin.allowed", origin, changing("GET", "/health", headers=NO_CORS), "no origin", "allowed_origin"),
    ("origin.allowed", origin, changing("GET", "/health", headers=FOREIGN), "every site", "allowed_origin"),
    (
        "cors.api.preflight",
        check_api_cors,
        changing("OPTIONS", "/products", headers={"access-control-allow-headers": "Content-Type"}),
        "/products: authorization, if-match may not be sent",
        "allowed_origin",
    ),
    (
        "cors.api.preflight",
        check_api_cors,
        changing("OPTIONS", "/order", headers={"access-control-allow-methods": "GET"}),
        "/products/{product_id}/images/order: PUT may not be used",
        "allowed_origin",
    ),
    (
        "cors.api.exposed",
        check_api_cors,
        changing("GET", "/health", headers={"access-control-expose-headers": "Location"}),
        "ETag, Retry-After",
        "allowed_origin",
    ),
    ("cors.api.foreign", check_api_cors, changing("OPTIONS", "/products", headers=FOREIGN), "other sites", "origin"),
    ("cors.staging.post", check_s3_cors, changing("OPTIONS", STAGING, status=403), "answered 403", "bucket staging"),
    (
        "cors.vault.put",
        check_s3_cors,
        changing("OPTIONS", VAULT, headers={"access-control-allow-methods": "GET"}),
        "PUT may not be used",
        "terraform/modules/buckets",
    ),
    (
        "cors.vault.put",
        check_s3_cors,
        changing("OPTIONS", VAULT, headers={"access-control-allow-headers": "content-type"}),
        "x-amz-checksum-sha256 may not be sent",
        "terraform/modules/buckets",
    ),
    ("cors.vault.get", check_s3_cors, changing("OPTIONS", VAULT, headers=NO_CORS), "no origin", "bucket vault"),
    (
        "cors.s3.foreign",
        check_s3_cors,
        changing("OPTIONS", STAGING, status=200, headers={**FOREIGN, "access-control-allow-headers": "*"}),
        "any site may use staging",
        "bucket staging",
    ),
    ("gateway.no_token", gateway, changing("GET", "/products", headers=NO_CORS), "without CORS", "gateway responses"),
    (
        "gateway.no_token",
        gateway,
        changing("GET", "/products", headers={"content-type": "application/json"}),
        "not as problem+json",
        "gateway responses",
    ),
    ("gateway.forged_token", gateway, changing("GET", "/products", status=200), "let in", "authorizer"),
    (
        "gateway.unknown_path",
        gateway,
        changing("GET", "/no-such-route", status=403),
        "403 instead of 404",
        "gateway responses",
    ),
    ("gateway.content_type", gateway, changing("POST", "/products", status=500), "500 instead of 415", "deploy"),
    ("exposure.vault.list", check_exposure, changing("GET", VAULT + LIST, status=200), "no signature", "Block all"),
    ("exposure.media.list", check_exposure, changing("GET", LIST, status=301), "answers 301", "region and name"),
    (
        "exposure.staging.write",
        check_exposure,
        changing("PUT", "may-not-write-this", status=200),
        "delete the object vestibule-doctor-may-not-write-this",
        "Block all",
    ),
]


@pytest.mark.parametrize(
    ("check", "look", "change", "seen", "mend"),
    ILLNESSES,
    ids=[f"{check}: {seen}" for check, _, _, seen, _ in ILLNESSES],
)
def test_an_illness_is_found_and_how_to_mend_it(check: str, look: Look, change: Change, seen: str, mend: str) -> None:
    found = failures(look(site(change)))
    assert seen in found[check].seen
    assert mend in found[check].mend


@pytest.mark.parametrize(
    ("claims", "seen"),
    [
        ({"token_use": "access"}, "not an ID token"),
        ({"aud": "another"}, "another app client"),
        ({"iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Another01"}, "another user pool"),
    ],
)
def test_a_token_of_something_else_is_found(claims: dict[str, Any], seen: str) -> None:
    found = failures(check_token(site(held=token(**claims))))["token.claims"]
    assert seen in found.seen
    assert "vestibule login" in found.mend


@pytest.mark.parametrize(("minutes", "outcome"), [(-1, "failed"), (3, "warning"), (30, "ok")])
def test_the_time_a_token_has_left_is_told(minutes: int, outcome: str) -> None:
    held = token(exp=int((NOW + timedelta(minutes=minutes)).timestamp()))
    assert [each.outcome for each in check_token(site(held=held)) if each.check == "token.time"] == [outcome]


def test_what_is_no_token_is_found() -> None:
    assert set(failures(check_token(site(held="garbage")))) >= {"token.claims", "token.time", "token.accepted"}


def test_the_origin_that_the_api_allows_is_taken_if_none_is_named() -> None:
    assert find_origin(site(origin=None))[0] == ORIGIN


def test_another_origin_than_the_allowed_one_is_found() -> None:
    found, finding = find_origin(site(origin="https://other.example"))
    assert found == ORIGIN  # for which the rest is checked: one cause is one failure
    assert "lets in pages of https://shop.example, and not of https://other.example" in finding.seen
    assert "terraform/stages/<stage>.tfvars" in finding.mend


def test_a_clock_that_cannot_be_compared_is_not_checked() -> None:
    findings = list(check_clock(site(changing("GET", "/health", headers={"date": None}))))
    assert [finding.outcome for finding in findings] == ["not_checked", "ok"]


def test_neither_token_nor_forged_token_is_shown() -> None:
    sick = site(lambda _, __: httpx.Response(500, text="it broke"))
    shown = "".join(
        f"{finding.seen}{finding.mend}" for look in LOOKS for finding in failures(_guarded(look, sick)).values()
    )
    assert shown
    assert not any(piece in shown for piece in token().split(".")[1:])


def _guarded(look: Look, site: Site) -> Iterator[Finding]:
    return guarded("look", lambda: look(site))


def test_a_connection_that_breaks_is_told_by_its_host_alone() -> None:
    def change(request: httpx.Request, _: httpx.Response) -> httpx.Response:
        raise httpx.ReadError("reset", request=request)

    (finding,) = guarded("exposure", lambda: check_exposure(site(change)))
    host = "vestibule-dev-staging-123456789012.s3.eu-central-1.amazonaws.com"
    assert finding.seen == f"the connection to {host} failed (ReadError)"
    assert "network and proxy" in finding.mend


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    monkeypatch.setattr(address, "getproxies", dict)


class Connection:
    """As httpcore shows the TLS of a connection."""

    def __init__(self, version: str, ends: str) -> None:
        self._version = version
        self._ends = ends

    def get_extra_info(self, name: str) -> "Connection":
        return self

    def version(self) -> str:
        return self._version

    def getpeercert(self) -> dict[str, str]:
        return {"notAfter": self._ends}


@pytest.mark.parametrize(
    ("version", "ends", "outcome", "seen"),
    [
        ("TLSv1.3", "Jan 23 12:00:00 2027 GMT", "ok", "good for 60 days"),
        ("TLSv1.3", "Nov 30 12:00:00 2026 GMT", "warning", "ends in 6 days"),
        ("TLSv1.1", "Jan 23 12:00:00 2027 GMT", "failed", "browsers refuse"),
    ],
)
@pytest.mark.usefixtures("name_server")
def test_tls_is_judged(version: str, ends: str, outcome: str, seen: str) -> None:
    def change(_: httpx.Request, answer: httpx.Response) -> httpx.Response:
        answer.extensions["network_stream"] = Connection(version, ends)
        return answer

    found = [finding for finding in address.check_address(site(change)) if finding.check == "address.tls"]
    assert [finding.outcome for finding in found] == [outcome]
    assert seen in found[0].seen


@pytest.mark.parametrize(
    ("error", "seen", "mend"),
    [
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] unable to verify"), "certificate", "SSL_CERT_FILE"),
        (httpx.ConnectTimeout("timed out"), "in time", "proxy"),
        (httpx.ConnectError("refused"), "no connection", "deployed"),
    ],
)
@pytest.mark.usefixtures("name_server")
def test_an_api_that_cannot_be_reached_ends_the_examination(error: Exception, seen: str, mend: str) -> None:
    def change(_: httpx.Request, __: httpx.Response) -> httpx.Response:
        raise error

    findings = list(examine(site(change), Options()))
    assert [finding.outcome for finding in findings] == ["ok", "failed", "not_checked"]
    assert seen in findings[1].seen
    assert mend in findings[1].mend


@pytest.mark.usefixtures("name_server")
def test_behind_a_proxy_the_name_is_its_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "getproxies", lambda: {"https": "http://proxy.example:3128"})
    monkeypatch.setattr(address, "proxy_bypass", lambda host: False)
    outcomes = {finding.check: finding.outcome for finding in address.check_address(site())}
    assert outcomes == {"address.name": "not_checked", "address.connection": "ok", "address.tls": "not_checked"}


def test_a_name_without_an_address_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_name(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    monkeypatch.setattr(address, "getproxies", dict)
    found = failures(address.check_address(site()))["address.name"]
    assert "api.shop.example has no address" in found.seen
    assert "api_url in outputs.json" in found.mend


@pytest.mark.usefixtures("name_server")
def test_an_api_that_redirects_is_found() -> None:
    found = failures(address.check_address(site(changing("GET", "/health", status=307))))["address.connection"]
    assert "redirect (307)" in found.seen
    assert "final address" in found.mend


@pytest.mark.usefixtures("name_server")
def test_nothing_is_uploaded_with_a_token_that_the_api_does_not_take() -> None:
    sent = []

    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        sent.append((request.method, request.url.path))
        return problem(401, "unauthenticated") if "Authorization" in request.headers else answer

    findings = {finding.check: finding for finding in examine(site(change), Options())}
    assert findings["canary"].outcome == "not_checked"
    assert findings["gateway.content_type"].outcome == "not_checked"
    assert findings["cors.staging.post"].outcome == "ok"
    assert not [path for method, path in sent if method == "POST"]


@pytest.mark.usefixtures("name_server")
def test_a_page_of_somebody_else_instead_of_the_api_is_found() -> None:
    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(200, html="<h1>Log in to the hotel's network</h1>") if API in str(request.url) else answer

    found = failures(examine(site(change), Options()))
    assert "instead of JSON" in found["service"].seen
    assert "let in" in found["gateway.no_token"].seen


@pytest.mark.usefixtures("name_server")
def test_outputs_that_lack_something_are_found() -> None:
    whole = site()
    (finding,) = examine(replace(whole, stack=replace(whole.stack, table=None)), Options())
    assert finding.outcome == "failed"
    assert "no table" in finding.seen
    assert "make outputs" in finding.mend


def test_the_healthy_stage_of_these_tests_refuses_what_it_should() -> None:
    assert healthy(httpx.Request("GET", f"{API}/products")).status_code == 401
    assert CORS["Access-Control-Allow-Origin"] == ORIGIN
