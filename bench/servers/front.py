"""HTTP on loopback in front of a Chalice app: what API Gateway does in AWS, and no more of it than the app can see.

python bench/servers/front.py app:app 8000

Like an instance of a Lambda function it takes one request at a time: who wants several at once starts several. What it
costs by itself is seen at a route that does nothing. Not a module of the package `bench`, which would take the
settings of the service out of the environment.
"""

import cProfile
import importlib
import os
import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

HOST = "127.0.0.1"
PROFILE = "PROFILE"
"""A method of our own: with a file's name as path, begin to profile; once more, and the profile is in the file."""
CONTEXT = SimpleNamespace(
    aws_request_id="dc233ae7-d1ea-4e6c-be56-97e7c811006d",
    function_name="bench",
    get_remaining_time_in_millis=lambda: 29_000,
)
PHRASES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}" for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came; `headers` by their names as sent."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str | None


class Gateway:
    """Knows the app's routes, and makes of a request the event of a REST API's proxy integration."""

    def __init__(self, app: Any) -> None:
        self._app = app
        # What is spelled out goes before what is a parameter, as in API Gateway.
        self._resources = sorted(app.routes, key=lambda path: [part.startswith("{") for part in path.split("/")])
        self._names = [re.findall(r"{(\w+)}", resource) for resource in self._resources]
        # One group around each resource, so that `lastindex` tells which it was.
        self._any = re.compile("|".join("({})".format(re.sub(r"{\w+}", "([^/]+)", path)) for path in self._resources))
        groups = [1]
        for names in self._names:
            groups.append(groups[-1] + len(names) + 1)
        self._resource_of = {group: number for number, group in enumerate(groups[:-1])}
        self._claims = {
            "token_use": "id",
            "aud": os.environ.get("VESTIBULE_USER_POOL_CLIENT_ID"),
            "iss": _issuer(os.environ.get("VESTIBULE_USER_POOL_ARN", "")),
        }

    def answer(self, request: Request) -> bytes:
        """Call the app; return its answer as bytes to send."""
        match = self._any.fullmatch(request.path)
        if match is None or match.lastindex is None:
            return _encode(404, {}, "")
        number = self._resource_of[match.lastindex]
        ids = dict(zip(self._names[number], match.groups()[match.lastindex :], strict=False))
        response = self._app(self._event(request, self._resources[number], ids), CONTEXT)
        headers = response.get("headers") or {}
        return _encode(response["statusCode"], headers, response.get("body") or "")

    def _event(self, request: Request, resource: str, ids: dict[str, str]) -> dict[str, Any]:
        """With the claims of whom `Authorization` names: the gateway's authorizer has checked the token by then."""
        return {
            "resource": resource,
            "headers": request.headers,
            "multiValueQueryStringParameters": parse_qs(request.query) or None,
            "pathParameters": ids or None,
            "stageVariables": None,
            "body": request.body,
            "isBase64Encoded": False,
            "requestContext": {
                "resourcePath": resource,
                "path": request.path,
                "httpMethod": request.method,
                "domainName": "api.shop.example",
                "authorizer": {"claims": {"sub": request.headers.get("Authorization"), **self._claims}},
            },
        }


def main() -> None:
    """Serve until stopped, connection after connection."""
    where, port = sys.argv[1:]
    module, _, name = where.partition(":")
    gateway = Gateway(getattr(importlib.import_module(module), name))
    profile: cProfile.Profile | None = None
    with socket.create_server((HOST, int(port))) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for request in _requests(connection):
                    if request.method == PROFILE:
                        profile = _toggle(profile, request.path)
                    answer = _encode(204, {}, "") if request.method == PROFILE else gateway.answer(request)
                    connection.sendall(answer)


def _requests(connection: socket.socket) -> Iterator[Request]:
    """The requests of one connection, until the client closes it. The clients are ours: they send what is read here."""
    pending = b""
    while True:
        while (end := pending.find(b"\r\n\r\n")) < 0:
            if not (received := connection.recv(2**16)):
                return
            pending += received
        first, *lines = pending[:end].decode("latin-1").split("\r\n")
        pending = pending[end + 4 :]
        method, target, _ = first.split(" ")
        path, _, query = target.partition("?")
        headers = dict(line.split(": ", 1) for line in lines)
        length = int(headers.get("Content-Length", "0"))
        while len(pending) < length:
            pending += connection.recv(2**16)
        yield Request(method, path, query, headers, pending[:length].decode() or None)
        pending = pending[length:]


def _encode(status: int, headers: dict[str, str], body: str) -> bytes:
    content = body.encode()
    lines = [PHRASES[status], *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""]).encode() + content


def _toggle(profile: cProfile.Profile | None, path: str) -> cProfile.Profile | None:
    if profile is None:
        profile = cProfile.Profile()
        profile.enable()
        return profile
    profile.disable()
    profile.dump_stats(path)
    return None


def _issuer(pool_arn: str) -> str:
    """As Cognito signs its tokens with the pool's name in them."""
    region, _, pool = pool_arn.partition("cognito-idp:")[2].partition(":userpool/")
    return f"https://cognito-idp.{region.partition(':')[0]}.amazonaws.com/{pool}"


if __name__ == "__main__":
    main()
