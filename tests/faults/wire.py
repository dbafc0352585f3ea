"""HTTP/1.1 on sockets, as far as a proxy needs it that must be able to break it anywhere."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Self

PIECE = 256 * 1024
_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Head:
    """The first line and the headers of a request or an answer, as they came; header names in lower case."""

    raw: bytes
    first: str
    headers: Mapping[str, str]

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Split the bytes up to and with the empty line."""
        first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(raw, first, {name.strip().lower(): value.strip() for name, _, value in pairs})

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.first.split(" ", 2)[1])

    @property
    def length(self) -> int | None:
        """Bytes of the body; None where only its end tells."""
        if "content-length" in self.headers:
            return int(self.headers["content-length"])
        has_none = self.first.startswith(("GET ", "HEAD ", "DELETE ", "HTTP/1.1 204", "HTTP/1.0 204", "HTTP/1.1 304"))
        return 0 if has_none or not self.first.startswith("HTTP/") else None

    def closing(self) -> bytes:
        """A request, asking that the connection be closed after its answer."""
        return b"\r\n".join([*self._lines(), b"Connection: close", b"", b""])

    def keeping(self) -> bytes:
        """An answer, on a connection that can bring more; servers in AWS keep theirs, whatever the local ones do."""
        first, *headers = self._lines()
        return b"\r\n".join([first.replace(b"HTTP/1.0", b"HTTP/1.1"), *headers, b"", b""])

    def _lines(self) -> list[bytes]:
        lines = self.raw.split(b"\r\n")[:-2]
        return [line for line in lines if not line.lower().startswith((b"connection:", b"keep-alive:", b"expect:"))]


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Read up to the empty line; None where the other side has gone."""
    try:
        return Head.parse(await reader.readuntil(b"\r\n\r\n"))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def pieces(reader: asyncio.StreamReader, length: int | None) -> AsyncIterator[bytes]:
    """Read a body of `length` bytes, or up to the end, in pieces.

    Raises:
        EOFError: it ended before.
    """
    left = length
    while left is None or left > 0:
        piece = await reader.read(PIECE if left is None else min(PIECE, left))
        if not piece:
            if left is None:
                return
            raise EOFError
        if left is not None:
            left -= len(piece)
        yield piece


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection by RST: what was sent and not yet read is lost."""
    sock: socket.socket = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):  # it has gone already
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    writer.transport.abort()
