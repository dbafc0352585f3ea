"""Answers of AWS that come over no socket: moto's, and those that a test makes up. They are read as all others are."""

from typing import Any

from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from moto.core.models import botocore_stubber

from chalicelib.aws.client import Waiting
from chalicelib.aws.connections import Connection
from chalicelib.aws.wire import Pool, Request, Response

_send = Pool.send


class Played(Connection):
    """A connection on which an answer lies ready."""

    def __init__(self, answer: bytes) -> None:
        self.origin = "https://played"
        self._buffer = answer

    def _receive(self, up_to: int) -> bytes:
        return b""

    def close(self) -> None:
        pass


class _KeepsNone(Pool):
    def keep(self, connection: Connection) -> None:
        pass


def answer(status: int, headers: dict[str, Any], body: bytes, method: str = "GET") -> Response:
    """An answer with these headers and this body."""
    length = {} if method == "HEAD" else {"content-length": len(body)}
    named = {name.lower(): value for name, value in headers.items() if name.lower() != "transfer-encoding"} | length
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    raw = f"HTTP/1.1 {status} Played\r\n{head}\r\n".encode() + (b"" if method == "HEAD" else body)
    return Response(_KeepsNone(1, 1), Played(raw), Request(method, "", "", "", {}))


def _by_moto_or_wire(pool: Pool, request: Request) -> Waiting:
    url = f"{request.origin}{request.target}"
    headers: Any = HeadersDict({**request.headers, "host": request.host})
    prepared = AWSPreparedRequest(request.method, url, headers, request.body, stream_output=False)
    played = botocore_stubber("before-send", prepared)
    if played is None:
        return _send(pool, request)
    played_answer = answer(played.status_code, dict(played.headers), played.content, request.method)
    return lambda: played_answer


def by_moto() -> None:
    """From now on moto answers the service's own clients too, wherever `mock_aws` has it answer botocore's."""
    Pool.send = _by_moto_or_wire  # type: ignore[method-assign, assignment]
