"""What goes over the wire to AWS: every call counted, and any call failed on purpose."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chalicelib.aws.client import Call, Client
from chalicelib.aws.wire import Response
from tests.played import answer

_attempt = Client._attempt


@dataclass
class Wire:
    """The calls made, in order, as `service.Operation`; `fail` maps a call's number (from 0) to a fault."""

    calls: list[str] = field(default_factory=list)
    fail: Callable[[int, str], Response | Exception | None] = lambda number, name: None
    fail_after: Callable[[int, str], Exception | None] = lambda number, name: None

    def attempt(self, client: Client, operation: str, call: Call, attempt: int) -> Response:
        name = f"{client.service}.{operation}"
        if attempt == 1:  # further ones count as the call they repeat
            self.calls.append(name)
        number = len(self.calls) - 1
        fault = self.fail(number, name)
        if isinstance(fault, Exception):
            raise fault
        response = fault or _attempt(client, operation, call, attempt)
        lost = self.fail_after(number, name)
        if lost is not None:
            raise lost
        return response


@contextmanager
def wired() -> Iterator[Wire]:
    wire = Wire()

    def attempt(client: Client, operation: str, call: Call, number: int) -> Response:
        return wire.attempt(client, operation, call, number)

    Client._attempt = attempt  # type: ignore[method-assign, assignment]
    try:
        yield wire
    finally:
        Client._attempt = _attempt  # type: ignore[method-assign]


def s3_error(status: int, code: str, **headers: str) -> Response:
    """An error as S3 says it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _response(status, f"<Error><Code>{code}</Code><Message>on purpose</Message></Error>", named)


def dynamodb_error(status: int, code: str) -> Response:
    """An error as DynamoDB says it."""
    return _response(status, '{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"on purpose"}' % code)


def cancelled(*codes: str) -> Response:
    """A transaction cancelled for these reasons, one an item."""
    reasons = ",".join('{"Code":"%s"}' % code for code in codes)
    body = '{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[%s]}'
    return _response(400, body % reasons)


def _response(status: int, body: str, headers: dict[str, str] | None = None) -> Response:
    return answer(status, headers or {}, body.encode())


def answered(body: str) -> Response:
    """An answer of S3's, played."""
    return _response(200, f'<?xml version="1.0" encoding="UTF-8"?>{body}')
