"""HTTP at the edge: what a route promises, and how answers and refusals look. Nothing below knows HTTP."""

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import msgspec
from chalice.app import Blueprint, CognitoUserPoolAuthorizer, CORSConfig, Request, Response

from . import bodies, schemas
from .ids import is_ulid
from .parsing import own_url, owner_of, parse_body, parse_ids
from .problems import (
    InternalError,
    MalformedJson,
    MethodNotAllowed,
    PreconditionRequired,
    Problem,
    UnsupportedMediaType,
)
from .settings import settings
from .telemetry import count_refused, invocation, log

B = TypeVar("B")

Headers = dict[str, str | list[str]]

SELLERS = CognitoUserPoolAuthorizer("sellers", provider_arns=[settings.user_pool_arn])


class Cors(CORSConfig):
    """As Chalice has it, with headers that are made once: it asks for them with each request."""

    def get_access_control_headers(self) -> dict[str, str]:
        """The headers of every answer; nobody may change them."""
        return self._headers

    @functools.cached_property
    def _headers(self) -> dict[str, str]:
        return super().get_access_control_headers()


CORS = Cors(
    allow_origin=settings.allowed_origin,
    allow_headers=["If-Match"],
    expose_headers=["ETag", "Location", "Retry-After"],
    max_age=3000,
)
SECURITY_HEADERS: Headers = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}
JSON: Headers = {"Content-Type": "application/json"}
PROBLEM_JSON: Headers = {"Content-Type": "application/problem+json"}

_CHALICE_ERRORS: dict[int, type[Problem]] = {400: MalformedJson, 405: MethodNotAllowed, 415: UnsupportedMediaType}


@dataclass(frozen=True, slots=True)
class Call(Generic[B]):
    """One request, checked: whose it is, its body, its query, the version it is about, and its own address."""

    owner: str
    body: B
    query: Mapping[str, str]
    if_match: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with another status than the operation's usual one, or with headers of its own."""

    body: schemas.Answer | None
    status: int | None = None
    headers: Headers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route promises. The OpenAPI document is made from it."""

    body: type[bodies.Request] | None
    answer: type[schemas.Answer] | None
    statuses: tuple[int, ...]
    refuses: tuple[type[Problem], ...]
    public: bool
    needs_version: bool
    query: Mapping[str, Any]


class Routes(Blueprint):
    """A blueprint whose views take a checked `Call` and the path's ids, and return an answer or raise a Problem."""

    def operation(
        self,
        method: str,
        path: str,
        *,
        answer: type[schemas.Answer] | None = None,
        statuses: tuple[int, ...] = (200,),
        body: type[bodies.Request] | None = None,
        refuses: tuple[type[Problem], ...] = (),
        public: bool = False,
        needs_version: bool = False,
        query: Mapping[str, Any] | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
        """Make a view of the function. The first of `statuses` is the usual one; `query` has the parameters' types."""
        operation = Operation(body, answer, statuses, refuses, public, needs_version, query or {})

        def register(view: Callable[..., Any]) -> Callable[..., Response]:
            @functools.wraps(view)
            def handle(**ids: str) -> Response:
                request = self.current_request
                try:
                    call = _checked_call(request, operation)
                    return _respond(view(call, **parse_ids(ids)), statuses[0])
                except Problem as problem:
                    return refusal(problem, request)

            handle.operation = operation  # type: ignore[attr-defined]
            route = self.route(path, methods=[method], authorizer=None if public else SELLERS)
            return cast(Callable[..., Response], route(handle))

        return register


def problems_only(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Middleware: give Chalice's own errors our form, and CORS to those it answers without (chalice#787)."""
    response = get_response(request)
    if isinstance(response.body, dict) and "Code" in response.body:
        kind = _CHALICE_ERRORS.get(response.status_code, InternalError)
        detail = response.body["Message"] if kind is not InternalError else "The error was logged."
        allowed = {name: value for name, value in response.headers.items() if name == "Allow"}  # of a 405, by RFC 9110
        response = refusal(kind(detail), request)
        response.headers |= allowed
    for name, value in CORS.get_access_control_headers().items():
        response.headers.setdefault(name, value)
    return response


def logged(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Middleware: one line of log for each request, by its ids; never its body, its query or its headers."""
    began = time.perf_counter()
    # Of a multipart upload's id the ULID only: the rest is S3's.
    steps = ((name, value.partition("~")[0]) for name, value in (request.uri_params or {}).items())
    ids = {name: ulid for name, ulid in steps if is_ulid(ulid)}
    with invocation(request.lambda_context, **ids):
        response = get_response(request)
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        log.info("request", method=request.method, route=request.path, status=response.status_code, ms=milliseconds)
    return response


def problem_body(problem: Problem, instance: str, request_id: str) -> bytes:
    """The problem+json of a refusal (RFC 9457)."""
    return msgspec.json.encode(
        schemas.Problem(
            type=f"urn:vestibule:problem:{problem.code}",
            title=problem.title,
            status=problem.status,
            detail=problem.detail,
            instance=instance,
            code=problem.code,
            message=problem.detail,
            retryable=problem.retryable,
            request_id=request_id,
            errors=[schemas.ProblemError(pointer=error.pointer, detail=error.detail) for error in problem.errors],
            expected=problem.expected,
            actual=problem.actual,
        )
    )


def refusal(problem: Problem, request: Request) -> Response:
    """The response that tells a client of a refusal."""
    headers = SECURITY_HEADERS | PROBLEM_JSON
    if problem.retry_after_seconds is not None:
        headers["Retry-After"] = str(problem.retry_after_seconds)
    context = request.lambda_context
    count_refused(problem.code)
    body = problem_body(problem, str(request.context.get("path", request.path)), getattr(context, "aws_request_id", ""))
    return Response(body.decode(), headers, problem.status)


def _checked_call(request: Request, operation: Operation) -> Call[Any]:
    owner = "" if operation.public else owner_of(request.context.get("authorizer", {}).get("claims", {}))
    if_match = request.headers.get("if-match")
    if operation.needs_version and if_match is None:
        raise PreconditionRequired("Send the ETag of the version you are changing as If-Match (or * for any).")
    return Call(
        owner=owner,
        body=None if operation.body is None else _body(request.raw_body, operation.body),
        query=request.query_params or {},
        if_match=if_match,
        url=own_url(request),
    )


def _body(raw: bytes | str, shape: type[bodies.Request]) -> bodies.Request:
    return parse_body(raw if raw or bodies.is_needed(shape) else b"{}", shape)


def _respond(result: schemas.Answer | Reply | None, status: int) -> Response:
    reply = result if isinstance(result, Reply) else Reply(result)
    headers = SECURITY_HEADERS | reply.headers
    if reply.body is None:
        return Response("", headers, reply.status or status)
    return Response(msgspec.json.encode(reply.body).decode(), headers | JSON, reply.status or status)
