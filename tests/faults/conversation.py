"""One request and its answer, between a client and the server behind the proxy, and all that can go wrong there."""

import asyncio
import contextlib
import select
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from .canned import NOISE, canned
from .kinds import Fault, Place, Position
from .wire import Head, pieces, read_head, reset

STALL_SECONDS = 20.0
"""A silence ends when the client has had enough; this is for one that never has."""
TRICKLES = 25
LATE_SECONDS = 0.15


@dataclass(slots=True, eq=False)
class Exchange:
    """What happened to a request. Sizes in bytes, times monotonic; no header and no query, for both hold secrets."""

    position: Place
    method: str
    path: str
    part_number: int | None
    declared_bytes: int
    began: float
    fault: Fault | None = None
    received_bytes: int = 0
    upstream_status: int | None = None
    status: int | None = None
    ended: float | None = None

    @property
    def open(self) -> bool:
        """Whether it is still going on."""
        return self.ended is None

    def __str__(self) -> str:
        part = f" part {self.part_number}" if self.part_number else ""
        fault = f" ✗ {self.fault}" if self.fault else ""
        return f"{self.position}{part}: {self.status or 'no answer'}{fault}"


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of the proxy, and what it calls when bytes of a request's body have come in, and when it goes silent."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    upstream_host: str
    upstream_port: int
    on_bytes: Callable[[Exchange], None]
    on_silence: Callable[[Exchange], None]


class Conversation:
    """Plays one exchange, with its fault."""

    def __init__(self, ends: Ends, request: Head, exchange: Exchange) -> None:
        self._ends = ends
        self._request = request
        self._exchange = exchange

    async def play(self) -> bool:
        """Forward, or break; returns whether the connection can bring another request."""
        if self._passes():
            return await self._forward()
        match self._exchange.fault:
            case Fault.REFUSED | Fault.RESET_BEFORE:
                self._reset()
            case Fault.RESET_IN_BODY:
                await self._take(self._exchange.declared_bytes // 2)
                self._reset()
            case Fault.STALL_BEFORE:
                await self._silence()
            case Fault.STALL_IN_BODY:
                await self._take(self._exchange.declared_bytes // 2)
                await self._deafness()
            case Fault.TURNED_AWAY:
                self._answer_without_server(close=True)
            case Fault.LOST_ANSWER | Fault.STALL_AFTER | Fault.GARBAGE | Fault.GATEWAY_TIMEOUT_AFTER as fault:
                return await self._done_but(fault)
            case Fault.TRICKLE | Fault.RESET_IN_ANSWER | Fault.TRUNCATED | Fault.STALL_IN_ANSWER as fault:
                return await self._broken_answer(fault)
            case _:
                await self._take(self._exchange.declared_bytes)
                self._answer_without_server()
                return True
        return False

    def _passes(self) -> bool:
        """The emulator compares the checksum of a part as S3 does, but not that of a form: that has a canned answer."""
        exchange = self._exchange
        is_corrupted_part = exchange.fault == Fault.CORRUPTED and exchange.position == Position.PART
        return exchange.fault in (None, Fault.LATE) or is_corrupted_part

    async def _forward(self) -> bool:
        async with self._server_has_answered() as (answer, reader):
            if self._exchange.fault == Fault.LATE:
                await asyncio.sleep(LATE_SECONDS)
            self._exchange.status = answer.status
            self._ends.writer.write(answer.keeping() if answer.length is not None else answer.raw)
            async for piece in pieces(reader, answer.length):
                self._ends.writer.write(piece)
                await self._ends.writer.drain()
            return answer.length is not None

    async def _done_but(self, fault: Fault) -> bool:
        """The server does it all; the client is told something else, or nothing."""
        async with self._server_has_answered() as (answer, reader):
            if answer.length:
                async for _ in pieces(reader, answer.length):
                    pass
        if fault == Fault.LOST_ANSWER:
            self._reset()
        elif fault == Fault.STALL_AFTER:
            await self._silence()
        elif fault == Fault.GARBAGE:
            self._exchange.status = answer.status
            head = f"HTTP/1.1 {answer.status} As it was\r\nContent-Type: application/json\r\nContent-Length: {len(NOISE)}\r\n\r\n"
            self._ends.writer.write(head.encode() + NOISE)
            return True
        else:
            self._answer_without_server()
            return True
        return False

    async def _broken_answer(self, fault: Fault) -> bool:
        """The beginning of the true answer, and then what the fault says; a trickle comes to its end."""
        async with self._server_has_answered() as (answer, reader):
            self._exchange.status = answer.status
            body = b"".join([piece async for piece in pieces(reader, answer.length)])
            head = answer.keeping() if answer.length is not None else answer.raw
            whole = head + body
            cut = len(head) + len(body) // 2 if body else len(head) // 2
        if fault == Fault.TRICKLE:
            step = -(-len(whole) // TRICKLES)
            for at in range(0, len(whole), step):
                self._ends.writer.write(whole[at : at + step])
                await self._ends.writer.drain()
                await asyncio.sleep(0.002)
            return answer.length is not None
        self._ends.writer.write(whole[:cut])
        await self._ends.writer.drain()
        if fault == Fault.RESET_IN_ANSWER:
            self._reset()
        elif fault == Fault.STALL_IN_ANSWER:
            await self._silence()
        return False

    @contextlib.asynccontextmanager
    async def _server_has_answered(self) -> AsyncIterator[tuple[Head, asyncio.StreamReader]]:
        """Send the whole request on; yields the head of the answer and what to read the body from.

        Raises:
            EOFError: the client left in the middle of its request, or the server before its answer.
        """
        ends = self._ends
        reader, writer = await asyncio.open_connection(ends.upstream_host, ends.upstream_port, limit=2**20)
        try:
            writer.write(self._request.closing())
            body = self._body(self._exchange.declared_bytes)
            if self._exchange.fault == Fault.CORRUPTED:
                body = _corrupted(body)
            async for piece in body:
                writer.write(piece)
                await writer.drain()
            answer = await read_head(reader)
            if answer is None:
                raise EOFError
            if self._request.first.startswith("HEAD "):  # it tells the length of what it does not bring
                answer = replace(answer, headers={**answer.headers, "content-length": "0"})
            self._exchange.upstream_status = answer.status
            yield answer, reader
        finally:
            writer.close()

    async def _take(self, count: int) -> None:
        async for _ in self._body(count):
            pass

    async def _body(self, count: int) -> AsyncIterator[bytes]:
        if count and self._request.headers.get("expect", "").lower() == "100-continue":  # who asks so waits for it
            self._ends.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        async for piece in pieces(self._ends.reader, count):
            self._exchange.received_bytes += len(piece)
            self._ends.on_bytes(self._exchange)
            yield piece

    def _answer_without_server(self, *, close: bool = False) -> None:
        exchange = self._exchange
        assert exchange.fault is not None
        answer = canned(exchange.fault, exchange.position)
        assert answer is not None, exchange.fault
        exchange.status = answer.status
        self._ends.writer.write(answer.encode(close=close, to_head=exchange.method == "HEAD"))

    async def _silence(self) -> None:
        """Until the client leaves; what it sends meanwhile is read, so that its leaving is seen."""
        self._ends.on_silence(self._exchange)
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(STALL_SECONDS):
                while await self._ends.reader.read(2**16):
                    pass

    async def _deafness(self) -> None:
        """Like silence, but nothing is read any more: what the client still has to send stays with it."""
        self._ends.writer.transport.pause_reading()  # type: ignore[attr-defined]
        watch = select.poll()
        watch.register(self._ends.writer.get_extra_info("socket").fileno(), select.POLLRDHUP)
        until = time.monotonic() + STALL_SECONDS
        while time.monotonic() < until and not watch.poll(0):
            await asyncio.sleep(0.01)

    def _reset(self) -> None:
        reset(self._ends.writer)


async def _corrupted(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same, but for one bit of its first byte."""
    first = True
    async for piece in body:
        yield bytes([piece[0] ^ 1]) + piece[1:] if first else piece
        first = False


def begin(position: Place, request: Head, fault: Fault | None) -> Exchange:
    """Note that a request has come."""
    method, target, _ = request.first.split(" ", 2)
    path, _, query = target.partition("?")
    number = dict(pair.partition("=")[::2] for pair in query.split("&")).get("partNumber")
    part_number = int(number) if number else None
    return Exchange(position, method, path, part_number, request.length or 0, time.monotonic(), fault)
