"""What goes over the wire to AWS: every call counted, and any call failed on purpose."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chalicelib.aws.client import Call, Client, Waiting
from chalicelib.aws.wire import Response
from tests.played import answer

_sent = Client._sent


@dataclass
class Wire:
    """The calls made, in order, as `service.Operation`; `fail` maps a call's number (from 0) to a fault."""

    calls: list[str] = field(default_factory=list)
    fail: Callable[[int, str], Response | Exception | None] = lambda number, name: None
    fail_after: Callable[[int, str], Exception | None] = lambda number, name: None
    _numbers: dict[int, int] = field(default_factory=dict)

    def sent(self, client: Client, operation: str, call: Call, attempt: int) -> Waiting:
        name = f"{client.service}.{operation}"
        if attempt == 1:  # further ones count as the call they repeat
            self.calls.append(name)
            self._numbers[id(call)] = len(self.calls) - 1
        number = self._numbers[id(call)]
        fault = self.fail(number, name)
        if isinstance(fault, Exception):
            raise fault
        waiting = _sent(client, operation, call, attempt) if fault is None else lambda: fault

        def answered() -> Response:
            response = waiting()
            lost = self.fail_after(number, name)
            if lost is not None:
                raise lost
            return response

        return answered


@contextmanager
def wired() -> Iterator[Wire]:
    wire = Wire()

    def sent(client: Client, operation: str, call: Call, attempt: int) -> Waiting:
        return wire.sent(client, operation, call, attempt)

    Client._sent = sent  # type: ignore[method-assign, assignment]
    try:
        yield wire
    finally:
        Client._sent = _sent  # type: ignore[method-assign]


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
