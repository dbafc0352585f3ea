"""What goes over the wire to AWS: every call counted, and any call failed on purpose."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from botocore.awsrequest import AWSResponse
from moto.core.models import botocore_stubber

from chalicelib import storage
from chalicelib.models import connection

Answer = Callable[[Any], AWSResponse]


@dataclass
class Wire:
    """The calls made, in order, as `service.Operation`; `fail` maps a call's number (from 0) to a fault."""

    calls: list[str] = field(default_factory=list)
    fail: Callable[[int, str], AWSResponse | Exception | None] = lambda number, name: None

    def before_send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        service, operation = event_name.split(".")[1:]
        name = f"{service}.{operation}"
        # botocore's retries of one call come through here again; they count as the call they repeat
        if request.headers.get("amz-sdk-request", b"attempt=1").decode().startswith("attempt=1"):
            self.calls.append(name)
        fault = self.fail(len(self.calls) - 1, name)
        # botocore asks every handler and takes the first answer: moto must not do what is to have failed
        botocore_stubber.enabled = fault is None
        if isinstance(fault, Exception):
            raise fault
        return fault


@contextmanager
def wired() -> Iterator[Wire]:
    wire = Wire()
    emitters: list[Any] = [storage.s3.meta.events, connection().client.meta.events]
    for emitter in emitters:
        emitter.register_first("before-send", wire.before_send)
    try:
        yield wire
    finally:
        for emitter in emitters:
            emitter.unregister("before-send", wire.before_send)
        botocore_stubber.enabled = True


def s3_error(status: int, code: str, **headers: str) -> AWSResponse:
    """An error as S3 says it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _response(status, f"<Error><Code>{code}</Code><Message>on purpose</Message></Error>", named)


def dynamodb_error(status: int, code: str) -> AWSResponse:
    """An error as DynamoDB says it."""
    return _response(status, '{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"on purpose"}' % code)


def cancelled(*codes: str) -> AWSResponse:
    """A transaction cancelled for these reasons, one an item."""
    reasons = ",".join('{"Code":"%s"}' % code for code in codes)
    body = '{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[%s]}'
    return _response(400, body % reasons)


def _response(status: int, body: str, headers: dict[str, str] | None = None) -> AWSResponse:
    class Raw:
        def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
            yield body.encode()

    return AWSResponse("https://on.purpose", status, cast(Any, headers or {}), Raw())


def answered(body: str) -> AWSResponse:
    """An answer of S3's, played."""
    return _response(200, f'<?xml version="1.0" encoding="UTF-8"?>{body}')
