"""HTTP/1.1 over connections that are kept, one request at a time on each. What goes wrong is told as botocore tells it.

The standard library reads the head of an answer as that of an e-mail, which takes as long as all the rest of a call.
https://www.rfc-editor.org/rfc/rfc9112 is followed as far as S3 and DynamoDB use it: an answer has a length, or chunks,
or ends with its connection.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import partial

from botocore.exceptions import HTTPClientError, ResponseStreamingError
from msgspec import Struct

from .connections import AT_ONCE, Connection, Connector

KEPT_CONNECTIONS = 10
_LINE_END, _HEAD_END = b"\r\n", b"\r\n\r\n"
# A name is a token (RFC 9110, section 5.6.2); what is no header by itself is none.
_HEADERS = re.compile(r"^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*(?:\r$|\Z)", re.MULTILINE)
_NUMBERS = {10: re.compile(rb"[0-9]{1,15}"), 16: re.compile(rb"[0-9A-Fa-f]{1,12}")}


class Request(Struct, frozen=True):
    """What is sent to `origin`, as https://host: `target` is path and query, percent-encoded."""

    method: str
    origin: str
    host: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    def head(self) -> bytes:
        """The request line and the headers.

        Raises:
            ValueError: a header has a line break, with which it would be two.
        """
        lines = [f"{self.method} {self.target} HTTP/1.1", f"host: {self.host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body or self.method in ("PUT", "POST"):
            lines.append(f"content-length: {len(self.body)}")
        text = "\r\n".join(lines)
        if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
            raise ValueError("A header with a line break.")
        return f"{text}\r\n\r\n".encode("ascii")


class Response:
    """An answer, whose body is read once: whole, its beginning, or piece by piece."""

    __slots__ = ("_chunked", "_connection", "_keep", "_left", "_pool", "headers", "status_code")

    def __init__(self, pool: "Pool", connection: Connection, request: Request) -> None:
        self._pool, self._connection = pool, connection
        self.status_code, self.headers = _head(connection)
        while 100 <= self.status_code < 200:
            self.status_code, self.headers = _head(connection)
        self._chunked = "transfer-encoding" in self.headers
        self._left = self._length(request.method)
        self._keep = self._left is not None or self._chunked
        if self._left == 0:
            self._done()

    def read(self, up_to: int | None = None) -> bytes:
        """The whole body; or its first `up_to` bytes, and the rest is given up."""
        if up_to is None:
            return b"".join(self.iter_chunks())
        head = b""
        for piece in (pieces := self.iter_chunks()):
            head += piece
            if len(head) >= up_to:
                break
        pieces.close()
        return head[:up_to]

    def iter_chunks(self, chunk_size: int = AT_ONCE) -> Generator[bytes]:
        """The body, in pieces of `chunk_size` bytes at most.

        Raises:
            botocore.exceptions.HTTPClientError: it ended too early.
        """
        try:
            if self._chunked:
                yield from self._chunks(chunk_size)
            elif self._left is None:
                while piece := self._connection.some(chunk_size):
                    yield piece
            else:
                yield from self._exactly(self._left, chunk_size)
        except BaseException:  # whoever stops half-way too
            self._connection.close()
            raise
        if self._left != 0:
            self._done()

    def _exactly(self, size: int, chunk_size: int) -> Iterator[bytes]:
        while size:
            piece = self._connection.some(min(chunk_size, size))
            if not piece:
                raise ResponseStreamingError(error="The answer ended before its end.")
            size -= len(piece)
            yield piece

    def _chunks(self, chunk_size: int) -> Iterator[bytes]:
        connection = self._connection
        while size := _number(connection.until(_LINE_END).partition(b";")[0], 16):
            yield from self._exactly(size, chunk_size)
            if connection.until(_LINE_END):
                raise ResponseStreamingError(error="A chunk is longer than it says.")
        while connection.until(_LINE_END):
            pass  # trailers

    def _length(self, method: str) -> int | None:
        """Bytes of the body; None: it has chunks, or ends with the connection."""
        if method == "HEAD" or self.status_code in (204, 304):
            self._chunked = False
            return 0
        if self._chunked:
            if self.headers["transfer-encoding"].lower() != "chunked":
                raise HTTPClientError(error="An unknown transfer coding.")
            return None
        length = self.headers.get("content-length")
        return None if length is None else _number(length.encode(), 10)

    def _done(self) -> None:
        self._left = 0
        if self._keep and self.headers.get("connection", "").lower() != "close":
            self._pool.keep(self._connection)
        else:
            self._connection.close()


def _head(connection: Connection) -> tuple[int, dict[str, str]]:
    """The status and the headers, by their names in lower case."""
    first, _, lines = connection.until(_HEAD_END).decode("latin-1").partition("\r\n")
    version, _, status = first.partition(" ")
    if not version.startswith("HTTP/1.") or not (status[:3].isascii() and status[:3].isdigit()):
        raise HTTPClientError(error="Not an answer by HTTP/1.")
    named = _HEADERS.findall(lines)
    if len(named) != (lines.count("\n") + 1 if lines else 0):
        raise HTTPClientError(error="A malformed header in an answer.")
    headers = {name.lower(): value for name, value in named}
    if len(headers) != len(named):
        headers = _joined(named)
    if version == "HTTP/1.0":
        headers.setdefault("connection", "close")
    return int(status[:3]), headers


def _joined(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers of which some come twice."""
    headers: dict[str, str] = {}
    for name, value in ((name.lower(), value) for name, value in named):
        if name in headers and headers[name] != value:
            if name == "content-length":
                raise HTTPClientError(error="An answer of two lengths.")
            headers[name] = f"{headers[name]}, {value}"
        else:
            headers[name] = value
    return headers


def _number(text: bytes, base: int) -> int:
    if not _NUMBERS[base].fullmatch(text.strip()):
        raise HTTPClientError(error="Not a length in an answer.")
    return int(text, base)


class Pool:
    """The connections to some origins. Timeouts in seconds: to connect, and to wait for the next bytes of an answer."""

    def __init__(self, connect_timeout: float, read_timeout: float) -> None:
        self._connector = Connector(connect_timeout, read_timeout)
        self._idle: dict[str, list[Connection]] = {}

    def send(self, request: Request) -> Callable[[], Response]:
        """Send a request. What is returned waits for the head of its answer; who never calls it gives the answer up.

        Raises:
            botocore.exceptions.HTTPClientError: both; there is no answer, and if it was done nobody knows.
        """
        connection = self._kept(request.origin) or self._connector.connect(request.origin)
        try:
            connection.send(request.head(), request.body)
        except BaseException:
            connection.close()
            raise
        return partial(self._answer, connection, request)

    def _answer(self, connection: Connection, request: Request) -> Response:
        try:
            return Response(self, connection, request)
        except BaseException:
            connection.close()
            raise

    def keep(self, connection: Connection) -> None:
        """Keep a connection for the next request."""
        idle = self._idle.setdefault(connection.origin, [])
        if len(idle) < KEPT_CONNECTIONS:
            idle.append(connection)
        else:
            connection.close()

    def _kept(self, origin: str) -> Connection | None:
        idle = self._idle.get(origin)
        while idle:
            try:
                connection = idle.pop()
            except IndexError:  # another thread was faster
                return None
            if not connection.is_stale():
                return connection
            connection.close()
        return None
