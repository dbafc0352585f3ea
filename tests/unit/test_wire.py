"""HTTP on loopback, against a server that sends whatever a test says, in whatever pieces, and hangs up when it likes."""

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from botocore import exceptions
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.connections import Connection
from chalicelib.aws.wire import Pool, Request, Response
from chalicelib.outages import outages_refused
from chalicelib.problems import StorageUnavailable

Conversation = Callable[[socket.socket], None]


@dataclass
class Server:
    """Holds one conversation with each connection, in turn; the last one with all that follow."""

    conversations: list[Conversation] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    connections: int = 0

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._listening.getsockname()[1]}"

    def stop(self) -> None:
        with contextlib.suppress(OSError):  # it was stopped before
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connected in self._open:
            connected.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connected, _ = self._listening.accept()
                self.connections += 1
                self._open.append(connected)
                talk = self.conversations[min(self.connections, len(self.conversations)) - 1]
                threading.Thread(target=self._talk, args=(connected, talk), daemon=True).start()

    def _talk(self, connected: socket.socket, talk: Conversation) -> None:
        with contextlib.suppress(OSError):
            if self.tls is not None:
                connected = self.tls.wrap_socket(connected, server_side=True)
                self._open.append(connected)
            talk(connected)

    def says(self, *answers: bytes, end: bool = False, pieces: int = 1 << 20) -> Conversation:
        """One answer to each request, sent in pieces; at the end of them it hangs up, or waits."""

        def talk(connected: socket.socket) -> None:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for told in answers:
                self.received.append(request_of(connected))
                for at in range(0, len(told), pieces):
                    connected.sendall(told[at : at + pieces])
            if end:
                connected.shutdown(socket.SHUT_RDWR)
                connected.close()

        return talk


def request_of(connected: socket.socket) -> bytes:
    """A whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connected.recv(65536)
        if not more:
            raise OSError("no request")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"content-length: ")), 0)
    while len(body) < length:
        body += connected.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def pool() -> Pool:
    return Pool(connect_timeout=5, read_timeout=5)


def get(server: Server, method: str = "GET", body: bytes = b"", **headers: str) -> Request:
    return Request(method, server.origin, "b.example", "/k?x=1", headers, body)


def simple(body: bytes, *headers: str) -> bytes:
    head = "".join(f"{header}\r\n" for header in headers)
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body


def chunked(*chunks: bytes, trailer: bytes = b"", extension: bytes = b"") -> bytes:
    written = b"".join(b"%x%s\r\n%s\r\n" % (len(chunk), extension, chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + written + b"0\r\n" + trailer + b"\r\n"


# What is read of each, and whether the connection is kept for another request.
WELL_FORMED: dict[str, tuple[str, bytes, bytes, bool]] = {
    "a length": ("GET", simple(b"hello"), b"hello", True),
    "nothing": ("GET", simple(b""), b"", True),
    "chunks": ("GET", chunked(b"hel", b"lo"), b"hello", True),
    "chunks with more": ("GET", chunked(b"hello", trailer=b"x: y\r\n", extension=b";a=b"), b"hello", True),
    "no chunks": ("GET", chunked(), b"", True),
    "its own end": ("GET", b"HTTP/1.1 200 OK\r\n\r\nhello", b"hello", False),
    "HTTP/1.0": ("GET", simple(b"hello").replace(b"1.1", b"1.0"), b"hello", False),
    "an end that is announced": ("GET", simple(b"hello", "Connection: close"), b"hello", False),
    "a wait first": ("PUT", b"HTTP/1.1 100 Continue\r\n\r\n" + simple(b"hello"), b"hello", True),
    "no content": ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    "not modified": ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b"", True),
    "a head": ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"", True),
    "no reason": ("GET", b"HTTP/1.1 200\r\nContent-Length:5\r\n\r\nhello", b"hello", True),
    "a length twice": ("GET", simple(b"hello", "content-length: 5"), b"hello", True),
}


@pytest.mark.parametrize("pieces", [1, 7, 1 << 20])
@pytest.mark.parametrize("name", WELL_FORMED)
def test_an_answer_is_read_whatever_its_pieces_and_its_connection_kept_if_it_can_be(
    server: Server, pool: Pool, name: str, pieces: int
) -> None:
    method, told, body, is_kept = WELL_FORMED[name]
    server.conversations = [server.says(told, told, end=True, pieces=pieces)]
    if not is_kept:
        server.conversations = [server.says(told, end=True, pieces=pieces)]
    for _ in range(2):
        response = pool.send(get(server, method))()
        assert response.read() == body
    assert server.connections == (1 if is_kept else 2)


@given(body=st.binary(max_size=300), cuts=st.lists(st.integers(0, 400), max_size=6), in_chunks=st.booleans())
def test_any_cut_of_an_answer_reads_alike(body: bytes, cuts: list[int], in_chunks: bool) -> None:
    parts = [body[at : at + 50] for at in range(0, len(body), 50)]
    told = chunked(*parts) if in_chunks else simple(body, "x-amz-meta-a: b", 'ETag: "x"')
    here, there = socket.socketpair()
    edges = sorted({0, len(told), *(cut for cut in cuts if cut < len(told))})
    with here, there:
        connection = Connection("http://x", here)
        sender = threading.Thread(target=_send, args=(there, [told[a:b] for a, b in itertools.pairwise(edges)]))
        sender.start()
        response = Response(Pool(1, 1), connection, Request("GET", "http://x", "x", "/", {}))
        assert response.read() == body
        sender.join()


def _send(connected: socket.socket, pieces: list[bytes]) -> None:
    for piece in pieces:
        connected.sendall(piece)


BROKEN = {
    "nothing at all": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a body": simple(b"hello")[:-2],
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "a chunk without an end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello",
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "a chunk that is longer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
    "a chunk of no number": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n",
    "a chunk of less than nothing": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "two lengths": simple(b"hello", "Content-Length: 4"),
    "a length of no number": b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
    "a length of less than nothing": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
    "a length with a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
    "a coding we do not know": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\nx",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "another HTTP": b"HTTP/2 200\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "a header without a name": b"HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n",
    "a header without a colon": b"HTTP/1.1 200 OK\r\nx\r\nContent-Length: 0\r\n\r\n",
    "a header on two lines": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "a space before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
    "a head without an end": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_answer_is_an_outage_and_its_connection_is_not_used_again(
    server: Server, pool: Pool, name: str
) -> None:
    server.conversations = [server.says(BROKEN[name], end=True), server.says(simple(b"well"))]
    with pytest.raises((exceptions.HTTPClientError, exceptions.ConnectionError)):
        pool.send(get(server))().read()
    assert pool.send(get(server))().read() == b"well"
    assert server.connections == 2


def test_a_request_is_sent_as_it_is(server: Server, pool: Pool) -> None:
    server.conversations = [server.says(simple(b""), simple(b""))]
    pool.send(get(server, "PUT", b"x" * 5, etag="y"))().read()
    pool.send(get(server))().read()
    assert server.received == [
        b"PUT /k?x=1 HTTP/1.1\r\nhost: b.example\r\netag: y\r\ncontent-length: 5\r\n\r\nxxxxx",
        b"GET /k?x=1 HTTP/1.1\r\nhost: b.example\r\n\r\n",
    ]


def test_large_bodies_go_both_ways(server: Server, pool: Pool) -> None:
    large = bytes(range(256)) * 20_000
    server.conversations = [server.says(simple(large))]
    response = pool.send(get(server, "PUT", large))()
    assert b"".join(response.iter_chunks(1000)) == large
    assert server.received[0].endswith(large)


@pytest.mark.parametrize("value", ["a\r\nx-amz-acl: public-read", "a\nb", "a\rb", "a\r\n\r\nGET / HTTP/1.1"])
def test_a_header_with_a_line_break_is_never_sent(server: Server, pool: Pool, value: str) -> None:
    server.conversations = [server.says(simple(b""))]
    with pytest.raises(ValueError, match="line break"):
        pool.send(get(server, disposition=value))()
    with pytest.raises(UnicodeEncodeError):
        pool.send(get(server, disposition="\u202e"))()
    assert server.received == []


def test_an_idle_connection_that_was_closed_is_not_used(server: Server, pool: Pool) -> None:
    server.conversations = [server.says(simple(b"one"), end=True), server.says(simple(b"two"))]
    assert pool.send(get(server))().read() == b"one"
    _until(lambda: all(connection.is_stale() for idle in pool._idle.values() for connection in idle))
    assert pool.send(get(server))().read() == b"two"
    assert server.connections == 2


def test_bytes_that_nobody_asked_for_are_no_answer_to_the_next_request(server: Server, pool: Pool) -> None:
    server.conversations = [server.says(simple(b"one") + simple(b"of another")), server.says(simple(b"two"))]
    assert pool.send(get(server))().read() == b"one"
    assert pool.send(get(server))().read() == b"two"
    assert server.connections == 2


@pytest.mark.parametrize("told", [simple(b"0123456789"), chunked(b"01234", b"56789")])
def test_what_is_not_read_to_its_end_is_given_up_with_its_connection(server: Server, pool: Pool, told: bytes) -> None:
    server.conversations = [server.says(told, pieces=3), server.says(simple(b"two"))]
    assert pool.send(get(server))().read(4) == b"0123"
    assert pool.send(get(server))().read() == b"two"
    assert server.connections == 2


def test_a_beginning_longer_than_the_whole_is_the_whole(server: Server, pool: Pool) -> None:
    server.conversations = [server.says(simple(b"0123"), simple(b"two"))]
    assert pool.send(get(server))().read(400) == b"0123"


def test_silence_is_a_timeout_and_an_outage(server: Server) -> None:
    server.conversations = [server.says(b"HTTP/1.1 200 OK\r\n")]
    with pytest.raises(exceptions.ReadTimeoutError):
        Pool(connect_timeout=1, read_timeout=0.05).send(get(server))()
    with pytest.raises(StorageUnavailable), outages_refused:
        Pool(connect_timeout=1, read_timeout=0.05).send(get(server))()


def test_silence_in_the_middle_of_a_body_is_one_too(server: Server) -> None:
    server.conversations = [server.says(simple(b"hello")[:-2])]
    response = Pool(connect_timeout=1, read_timeout=0.05).send(get(server))()
    with pytest.raises(exceptions.ReadTimeoutError):
        response.read()


def test_nobody_there_is_an_outage(server: Server, pool: Pool) -> None:
    nobody = get(server)
    server.stop()
    with pytest.raises(exceptions.EndpointConnectionError):
        pool.send(nobody)()
    with pytest.raises(StorageUnavailable), outages_refused:
        pool.send(nobody)()


def test_nobody_who_accepts_is_a_timeout(monkeypatch: pytest.MonkeyPatch, pool: Pool) -> None:
    def never(*_: object, **__: object) -> socket.socket:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", never)
    with pytest.raises(exceptions.ConnectTimeoutError):
        pool.send(Request("GET", "http://127.0.0.1:1", "x", "/", {}))()


def test_a_connection_that_is_reset_is_an_outage(server: Server, pool: Pool) -> None:
    def reset(connected: socket.socket) -> None:
        request_of(connected)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connected.close()

    server.conversations = [reset]
    with pytest.raises(exceptions.ConnectionClosedError):
        pool.send(get(server))().read()


def test_threads_share_a_pool(server: Server, pool: Pool) -> None:
    server.conversations = [server.says(*[simple(b"x" * 100)] * 1000)]
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(50):
                assert pool.send(get(server))().read() == b"x" * 100
        except BaseException as error:  # noqa: BLE001 (told below)
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert server.connections <= 8


@dataclass
class Authority:
    """A certificate authority, and servers it vouches for."""

    of: trustme.CA
    file: Path

    def server(self, name: str) -> Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.of.issue_cert(name).configure_cert(context)
        return Server(tls=context)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    authority = Authority(trustme.CA(), tmp_path / "ca.pem")
    authority.of.cert_pem.write_to_path(str(authority.file))
    return authority


def test_tls_is_trusted_by_its_authority_and_its_name_only(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, is_trusted, is_told in (
        ("127.0.0.1", True, True),
        ("127.0.0.1", False, False),
        ("10.0.0.1", True, False),
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file) if is_trusted else "/dev/null")
        server = authority.server(name)
        server.conversations = [server.says(simple(b"one"), simple(b"two"))]
        pool = Pool(connect_timeout=5, read_timeout=5)
        if is_told:
            assert [pool.send(get(server))().read() for _ in range(2)] == [b"one", b"two"]
            assert server.connections == 1
        else:
            with pytest.raises(exceptions.SSLError):
                pool.send(get(server))()
            assert server.received == []
        server.stop()


def _until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        threading.Event().wait(0.01)
    raise AssertionError("waited 5 s")
