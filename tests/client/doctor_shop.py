"""A healthy stage of AWS, as far as a stranger or a token sees it before anything is uploaded; and how to make it ill."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
from vestibule_client.doctor import Finding, Site
from vestibule_client.stack import Stack

from tests.sign_in import OneToken

NOW = datetime(2026, 11, 23, 12, 0, 0, 500_000, tzinfo=UTC)
ORIGIN = "https://shop.example"
API = "https://api.shop.example/dev"
REGION = "eu-central-1"
STACK = Stack.from_outputs(
    {
        "api_url": API,
        "region": REGION,
        "user_pool_id": f"{REGION}_Example01",
        "user_pool_client_id": "exampleclient",
        "media_url": "https://media.shop.example",
        "buckets": {role: f"vestibule-dev-{role}-123456789012" for role in ("staging", "vault", "media")},
        "table": "vestibule-dev",
    }
)
OPENAPI = Path(__file__).parents[2] / "docs" / "openapi.json"
CLAIMS = {
    "token_use": "id",
    "aud": "exampleclient",
    "iss": f"https://cognito-idp.{REGION}.amazonaws.com/{REGION}_Example01",
    "exp": int((NOW + timedelta(minutes=60)).timestamp()),
}
SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}
CORS = {
    "Access-Control-Allow-Origin": ORIGIN,
    "Access-Control-Allow-Headers": "Authorization,Content-Type,If-Match",
    "Access-Control-Expose-Headers": "ETag,Location,Retry-After",
}
KIND = {"min_bytes": 1, "max_bytes": 1000, "max_per_product": 20}
KINDS: dict[str, Any] = {
    "kinds": [{"name": "image", **KIND}, {"name": "deliverable", **KIND}],
    "max_staged_uploads": 50,
}

Change = Callable[[httpx.Request, httpx.Response], httpx.Response]


def token(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(CLAIMS | claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2lnbmF0dXJl"


def site(change: Change = lambda _, answer: answer, *, origin: str | None = ORIGIN, held: str | None = None) -> Site:
    """A site whose answers are those of a healthy one, after `change`."""

    def answer(request: httpx.Request) -> httpx.Response:
        return change(request, healthy(request))

    http = httpx.Client(transport=httpx.MockTransport(answer))
    return Site(STACK, OneToken(held or token()), http, origin, lambda: NOW, lambda _: None)


def healthy(request: httpx.Request) -> httpx.Response:
    answer = _api(request) if request.url.host == "api.shop.example" else _s3(request)
    answer.headers["Date"] = format_datetime(NOW.replace(microsecond=0), usegmt=True)
    return answer


def problem(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code}, headers=CORS | {"Content-Type": "application/problem+json"})


def failures(findings: Iterator[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings if finding.outcome in ("failed", "warning")}


def _api(request: httpx.Request) -> httpx.Response:
    path = request.url.path.removeprefix("/dev")
    if request.method == "OPTIONS":
        return httpx.Response(204, headers=CORS | {"Access-Control-Allow-Methods": "GET,POST,PUT,PATCH,DELETE,OPTIONS"})
    if path == "/health":
        return httpx.Response(200, json={"status": "ok"}, headers=SECURITY | CORS)
    if path == "/openapi.json":
        return httpx.Response(200, content=OPENAPI.read_bytes(), headers=SECURITY | CORS)
    if path not in ("/kinds", "/usage", "/products"):
        return problem(404, "not_found")
    if not request.headers.get("Authorization", "").endswith(".c2lnbmF0dXJl"):
        return problem(401, "unauthenticated")
    if request.headers.get("Content-Type") == "text/plain":
        return problem(415, "unsupported_media_type")
    bodies = {"/kinds": KINDS, "/usage": {"bytes": 0, "files": 0, "quota": 1}, "/products": {"products": []}}
    return httpx.Response(200, json=bodies[path], headers=SECURITY | CORS)


def _s3(request: httpx.Request) -> httpx.Response:
    used = {"-staging-": ("POST",), "-vault-": ("GET", "PUT")}
    methods = next((methods for part, methods in used.items() if part in request.url.host), ())
    asked = request.headers.get("Access-Control-Request-Method")
    if request.method != "OPTIONS" or asked not in methods or request.headers["Origin"] != ORIGIN:
        return httpx.Response(403, text="<Error><Code>AccessDenied</Code></Error>")
    allowed = {
        "Access-Control-Allow-Origin": ORIGIN,
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", ""),
        "Access-Control-Expose-Headers": "ETag",
    }
    return httpx.Response(200, headers=allowed)
