"""A proxy on loopback that breaks what passes through it: in front of the API, of S3, and between the service and AWS.

It runs in a thread of this process. The signed URLs of the stack behind it must name its S3 front, for their signatures
cover the host. What the API itself asks of S3 goes the same way, and is never touched. A service that is to find AWS at
the third front has its own calls broken there, and not what its clients send that way.
"""

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import urlsplit

from local.processes import HOST

from .conversation import Conversation, Ends, Exchange, begin
from .kinds import AwsCall, Fault, Place, Position
from .plans import NoFaults, Plan
from .wire import Head, read_head, reset

REFUSING_SECONDS = 0.01
BACKLOG = 128
_API = [
    (re.compile(pattern), Position(name))
    for pattern, name in (
        (r"GET /kinds", "kinds"),
        (r"POST /products", "product"),
        (r"POST /products/[^/]+/\w+s/uploads", "issue"),
        (r"POST /products/[^/]+/\w+s/uploads/[^/]+/parts", "sign"),
        (r"GET /products/[^/]+/\w+s/uploads/[^/]+/parts", "held parts"),
        (r"POST /products/[^/]+/\w+s/uploads/[^/]+/confirm", "confirm"),
        (r"DELETE /products/[^/]+/\w+s/uploads/[^/]+", "cancel"),
        (r"GET /products(/[^/]+(/\w+s)?)?", "list"),
        (r"POST /products/[^/]+/\w+s/[^/]+/download", "download"),
    )
]
_S3 = {"PUT": Position.PART, "POST": Position.FORM, "GET": Position.OBJECT, "HEAD": Position.OBJECT}
# What S3 is asked, by method and by what is in the query or the headers: the first that fits.
_CALLS_OF_S3 = (
    ("GET", "list-type", AwsCall.LIST_OBJECTS),
    ("GET", "uploadid", AwsCall.LIST_PARTS),
    ("GET", "", AwsCall.GET_OBJECT),
    ("HEAD", "", AwsCall.HEAD_OBJECT),
    ("PUT", "x-amz-copy-source", AwsCall.COPY_OBJECT),
    ("PUT", "", AwsCall.PUT_OBJECT),
    ("POST", "uploads", AwsCall.CREATE_MULTIPART_UPLOAD),
    ("POST", "uploadid", AwsCall.COMPLETE_MULTIPART_UPLOAD),
    ("DELETE", "uploadid", AwsCall.ABORT_MULTIPART_UPLOAD),
    ("DELETE", "", AwsCall.DELETE_OBJECT),
)


class Proxy:
    """All fronts, the plan that they follow, and what has passed. Each request of a client takes `delay_seconds` longer."""

    def __init__(self) -> None:
        self.api = Front(self, _position_at_api)
        self.s3 = Front(self, _position_at_s3)
        self.aws = Front(self, _call_of_aws)
        self.plan: Plan = NoFaults()
        self.delay_seconds = 0.0
        self.on_bytes: Callable[[Exchange], None] = lambda _: None
        self.on_request: Callable[[Exchange], None] = lambda _: None
        self.on_silence: Callable[[Exchange], None] = lambda _: None
        self.defects: list[str] = []
        self._exchanges: list[Exchange] = []
        self._lock = threading.Lock()

    @property
    def exchanges(self) -> list[Exchange]:
        """All requests of clients since the last `follow`, in the order in which they came."""
        with self._lock:
            return list(self._exchanges)

    def follow(self, plan: Plan) -> None:
        """Forget what has passed, and follow another plan."""
        with self._lock:
            self._exchanges.clear()
        self.plan = plan
        self.on_bytes = self.on_request = self.on_silence = lambda _: None

    def note(self, position: Place, request: Head) -> Exchange:
        """Give a request its fault."""
        exchange = begin(position, request, self.plan.choose(position))
        with self._lock:
            self._exchanges.append(exchange)
        self.on_request(exchange)
        return exchange


class Front:
    """One address of the proxy. The server behind it may start later: its signed URLs need this address first."""

    def __init__(self, proxy: Proxy, position: Callable[[Head], Place | None]) -> None:
        self.port = 0
        self._proxy = proxy
        self._position = position
        self._upstream: tuple[str, int] | None = None
        self._listener: asyncio.Server | None = None
        self._clients: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://{HOST}:{self.port}"

    def lead_to(self, url: str) -> None:
        """Name the server behind."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._upstream = parts.hostname, parts.port

    @contextlib.asynccontextmanager
    async def listening(self) -> Any:
        """Answer, until the block ends."""
        # A socket that never listens keeps the port ours while connections are refused.
        with _bound(0) as reserved:
            self.port = reserved.getsockname()[1]
            await self._listen()
            try:
                yield
            finally:
                assert self._listener is not None
                self._listener.close()

    def hang_up(self) -> None:
        """End all connections."""
        for writer in self._clients:
            reset(writer)

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._serve, sock=_bound(self.port), backlog=BACKLOG, limit=2**19)

    async def _refuse_for_a_moment(self) -> None:
        assert self._listener is not None
        self._listener.close()
        await asyncio.sleep(REFUSING_SECONDS)
        await self._listen()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._clients.add(writer)
        try:
            while (request := await read_head(reader)) is not None:
                if not await self._converse(request, reader, writer):
                    break
        except (EOFError, ConnectionError):
            reset(writer)  # one side has gone; so goes the other
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _converse(self, request: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        assert self._upstream is not None, "no server was named"
        position = self._position(request)
        if position is None:
            exchange = begin(Position.OTHER, request, None)
            ends = Ends(reader, writer, *self._upstream, lambda _: None, lambda _: None)
            return await Conversation(ends, request, exchange).play()
        exchange = self._proxy.note(position, request)
        if exchange.fault == Fault.REFUSED:
            refusing = asyncio.create_task(self._refuse_for_a_moment())
        try:
            await asyncio.sleep(self._proxy.delay_seconds)
            ends = Ends(reader, writer, *self._upstream, self._proxy.on_bytes, self._proxy.on_silence)
            lasts = await Conversation(ends, request, exchange).play()
            await writer.drain()
        finally:
            exchange.ended = asyncio.get_running_loop().time()
        if exchange.fault == Fault.REFUSED:
            await refusing
        return lasts


@contextlib.contextmanager
def fault_proxy() -> Iterator[Proxy]:
    """Run a proxy until the block ends."""
    proxy = Proxy()
    up, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, context: proxy.defects.append(str(context.get("exception", context))))

    async def run() -> None:
        fronts = (proxy.api, proxy.s3, proxy.aws)
        async with contextlib.AsyncExitStack() as listening:
            for front in fronts:
                await listening.enter_async_context(front.listening())
            up.set()
            await stop.wait()
            for front in fronts:
                front.hang_up()
            await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    thread = threading.Thread(target=_run, args=(loop, run()), name="fault proxy", daemon=True)
    thread.start()
    up.wait()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
    assert not proxy.defects, f"the proxy itself failed: {proxy.defects}"


def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> None:
    try:
        loop.run_until_complete(work)
    finally:
        loop.close()


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((HOST, port))
    return sock


def _position_at_api(request: Head) -> Place | None:
    method, target, _ = request.first.split(" ", 2)
    asked = f"{method} {target.partition('?')[0]}"
    return next((position for pattern, position in _API if pattern.fullmatch(asked)), Position.OTHER)


def _position_at_s3(request: Head) -> Place | None:
    """None for what the API itself asks of S3: only its requests are signed in a header."""
    if "x-amz-target" in request.headers:
        return Position.TOKEN
    if _is_of_the_service(request):
        return None
    return _S3.get(request.first.partition(" ")[0], Position.OTHER)


def _call_of_aws(request: Head) -> Place | None:
    """None for what clients of the service ask of S3."""
    if not _is_of_the_service(request):
        return None
    if "x-amz-target" in request.headers:
        return AwsCall(request.headers["x-amz-target"].partition(".")[2])
    method, target, _ = request.first.split(" ", 2)
    query = target.partition("?")[2].lower()
    said = {pair.partition("=")[0] for pair in query.split("&")} | request.headers.keys() | {""}
    return next(call for of_method, mark, call in _CALLS_OF_S3 if of_method == method and mark in said)


def _is_of_the_service(request: Head) -> bool:
    return request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256")
