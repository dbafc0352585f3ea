"""The site, as a page of the shop reaches it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import httpx

from .answers import Body, Refused

if TYPE_CHECKING:
    from ..api import Tokens
    from ..stack import Stack

FOREIGN_ORIGIN = "https://not-the-shop.invalid"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Site:
    """A stage, someone's ID token for it, and the origin of the pages that use it.

    `origin` None: take the one that the API itself allows. `now` is this machine's clock, in UTC.
    """

    stack: "Stack"
    tokens: "Tokens"
    http: httpx.Client
    origin: str | None = None
    now: Callable[[], datetime] = _now
    sleep: Callable[[float], None] = time.sleep

    @property
    def api_url(self) -> str:
        """The API's address, without a final slash."""
        return self.stack.api_url.rstrip("/")

    @property
    def is_local(self) -> bool:
        """Whether it is an emulated stage of `make dev`: some things of AWS are not there then."""
        return self.stack.is_local

    @property
    def media_url(self) -> str:
        """Where renditions are public, without a final slash."""
        return (self.stack.media_url or "").rstrip("/")

    def bucket(self, role: str) -> str:
        """The name of a bucket."""
        return str(getattr(self.stack.buckets, role))

    def bucket_url(self, role: str) -> str:
        """Where a bucket answers: its own regional host in AWS, a path of the emulator's. Ends in a slash."""
        name = self.bucket(role)
        if self.stack.s3_endpoint is not None:
            return f"{self.stack.s3_endpoint.rstrip('/')}/{name}/"
        suffix = "amazonaws.com.cn" if self.stack.region.startswith("cn-") else "amazonaws.com"
        return f"https://{name}.s3.{self.stack.region}.{suffix}/"

    def visit(self, method: str, url: str, origin: str | None = None, **more: Any) -> httpx.Response:
        """Send a request as a page would, without any credentials of ours."""
        headers = {**more.pop("headers", {}), **({"Origin": origin} if origin else {})}
        return self.http.request(method, url, headers=headers, **more)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Send a request to the API as whoever is signed in. `path` may be a whole URL of the API's."""
        url = path if path.startswith(self.api_url + "/") else self.api_url + path
        headers = {"Authorization": self.tokens.id_token(), **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        return self.visit(method, url, self.origin, headers=headers, **more)

    def ask(self, method: str, path: str, body: Any = None, *, wanted: int = 200) -> Body:
        """Send a request to the API; return the body of its answer.

        Raises:
            Refused: another status came back.
            NotUnderstood: no JSON came back.
        """
        answer = self.call(method, path, body)
        what = f"{method} {route_of(path)}"
        if answer.status_code != wanted:
            raise Refused(what, answer)
        return Body.of(answer, what)

    def preflight(self, url: str, method: str, headers: tuple[str, ...], origin: str) -> httpx.Response:
        """Ask what a browser asks before it lets a page of that origin send such a request."""
        asked = {"Access-Control-Request-Method": method}
        if headers:
            asked["Access-Control-Request-Headers"] = ",".join(sorted(headers))
        return self.visit("OPTIONS", url, origin, headers=asked)


def route_of(path: str) -> str:
    """A path fit to be shown: no host, no query, no id of an upload."""
    steps = urlsplit(path).path.split("/")
    return "/".join("…" if "~" in step or "%7E" in step.upper() else step for step in steps)


def segment(upload_id: str) -> str:
    """An id as a step of a path."""
    return quote(upload_id, safe="~")
