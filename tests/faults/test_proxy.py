"""Each fault really happens: what a client sees of it, and what the server does."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.faults import conversation
from tests.faults import proxy as proxies
from tests.faults.canned import NOISE
from tests.faults.kinds import AwsCall, Fault, Position
from tests.faults.plans import AtCall, AtRandom, NoFaults, Script
from tests.faults.proxy import Proxy, fault_proxy

BODY = b"0123456789" * 30_000
ANSWER = b"answer" * 2_000
SILENCE = 0.3
PART = "/vault/key?partNumber=3&X-Amz-Signature=secret"


@dataclass
class Server:
    """What stands behind the proxy, and the bodies it was sent."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", str(len(ANSWER)))
            self.end_headers()
            self.wfile.write(ANSWER)

        do_POST = do_PUT  # noqa: N815 (so http.server wants it)

        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(ANSWER)))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        server.url = f"http://127.0.0.1:{listening.server_address[1]}"
        yield server
        listening.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def running(server: Server) -> Iterator[Proxy]:
    with fault_proxy() as proxy:
        proxy.api.lead_to(server.url)
        proxy.s3.lead_to(server.url)
        proxy.aws.lead_to(server.url)
        yield proxy


@pytest.fixture
def proxy(running: Proxy, server: Server) -> Proxy:
    server.bodies.clear()
    running.follow(NoFaults())
    return running


def connect(proxy: Proxy) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", proxy.s3.port, timeout=SILENCE)


def put(proxy: Proxy, fault: Fault | None) -> tuple[int, bytes]:
    """PUT a part that meets the fault; returns status and body, or raises what a client would."""
    proxy.follow(Script({} if fault is None else {(Position.PART, 1): fault}))
    connection = connect(proxy)
    try:
        connection.request("PUT", PART, BODY)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def refuses(proxy: Proxy) -> bool:
    try:
        socket.create_connection(("127.0.0.1", proxy.s3.port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_without_a_fault_everything_passes_as_it_is(proxy: Proxy, server: Server) -> None:
    assert put(proxy, None) == (200, ANSWER)
    assert server.bodies == [BODY]
    (exchange,) = proxy.exchanges
    assert (exchange.part_number, exchange.received_bytes, exchange.status) == (3, len(BODY), 200)
    assert "secret" not in repr(exchange)


@pytest.mark.parametrize("fault", [Fault.RESET_BEFORE, Fault.RESET_IN_BODY])
def test_a_reset_while_sending_reaches_no_server(proxy: Proxy, server: Server, fault: Fault) -> None:
    with pytest.raises(ConnectionError):
        put(proxy, fault)
    assert server.bodies == []


def test_a_refused_connection_is_refused_also_when_tried_again_at_once(
    proxy: Proxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "REFUSING_SECONDS", 0.5)
    with pytest.raises(ConnectionError):
        put(proxy, Fault.REFUSED)
    assert refuses(proxy)
    assert server.bodies == []
    deadline = time.monotonic() + 10
    while refuses(proxy):
        assert time.monotonic() < deadline, "it went on refusing"


def test_a_lost_answer_is_one_that_the_server_gave(proxy: Proxy, server: Server) -> None:
    with pytest.raises(ConnectionError):
        put(proxy, Fault.LOST_ANSWER)
    assert server.bodies == [BODY]
    assert [exchange.upstream_status for exchange in proxy.exchanges] == [200]


def test_a_reset_in_the_answer_comes_after_its_beginning(proxy: Proxy, server: Server) -> None:
    with pytest.raises((ConnectionError, http.client.IncompleteRead)):
        put(proxy, Fault.RESET_IN_ANSWER)
    assert server.bodies == [BODY]


def test_a_truncated_answer_promises_more_than_it_brings(proxy: Proxy, server: Server) -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        put(proxy, Fault.TRUNCATED)
    assert caught.value.partial == ANSWER[: len(ANSWER) // 2]
    assert server.bodies == [BODY]


def test_noise_has_the_servers_own_status(proxy: Proxy, server: Server) -> None:
    assert put(proxy, Fault.GARBAGE) == (200, NOISE)
    assert server.bodies == [BODY]


def test_a_portal_says_200_and_nothing_was_done(proxy: Proxy, server: Server) -> None:
    status, body = put(proxy, Fault.PORTAL)
    assert (status, b"Welcome" in body, server.bodies) == (200, True, [])


def test_a_trickle_is_slow_and_whole(proxy: Proxy) -> None:
    assert put(proxy, Fault.TRICKLE) == (200, ANSWER)


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        (Fault.STALL_BEFORE, False),
        (Fault.STALL_IN_BODY, False),
        (Fault.STALL_AFTER, True),
        (Fault.STALL_IN_ANSWER, True),
    ],
)
def test_a_silence_lasts_until_the_client_has_had_enough(
    proxy: Proxy, server: Server, fault: Fault, done: bool
) -> None:
    with pytest.raises(TimeoutError):
        put(proxy, fault)
    assert server.bodies == ([BODY] if done else [])


def test_deafness_fills_the_buffers_until_sending_blocks(proxy: Proxy) -> None:
    proxy.follow(Script({(Position.PART, 1): Fault.STALL_IN_BODY}))
    connection = connect(proxy)
    with pytest.raises(TimeoutError):
        connection.request("PUT", PART, bytes(64 * 1024**2))
    connection.close()
    (exchange,) = proxy.exchanges
    assert exchange.received_bytes < 64 * 1024**2


@pytest.mark.parametrize(
    ("fault", "status", "found"),
    [
        (Fault.BAD_GATEWAY, 502, b"<html>"),
        (Fault.INTERNAL_ERROR, 500, b"<Code>InternalError</Code>"),
        (Fault.UNAVAILABLE, 503, b"<Code>SlowDown</Code>"),
        (Fault.SKEWED, 403, b"<Code>RequestTimeTooSkewed</Code>"),
        (Fault.EXPIRED, 403, b"<Message>Request has expired</Message>"),
        (Fault.READ_TIMEOUT, 400, b"<Code>RequestTimeout</Code>"),
    ],
)
def test_an_answer_without_the_server_looks_like_one_of_s3(
    proxy: Proxy, server: Server, fault: Fault, status: int, found: bytes
) -> None:
    answered, body = put(proxy, fault)
    assert (answered, found in body, server.bodies) == (status, True, [])


def test_a_gateway_timeout_hides_what_was_done(proxy: Proxy, server: Server) -> None:
    status, body = put(proxy, Fault.GATEWAY_TIMEOUT_AFTER)
    assert (status, b"<html>" in body, server.bodies) == (504, True, [BODY])


def test_who_is_turned_away_is_answered_before_the_body_was_read(proxy: Proxy, server: Server) -> None:
    proxy.follow(Script({(Position.PART, 1): Fault.TURNED_AWAY}))
    with socket.create_connection(("127.0.0.1", proxy.s3.port), timeout=5) as client:
        client.sendall(f"PUT {PART} HTTP/1.1\r\nHost: s3\r\nContent-Length: {len(BODY)}\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 503 ")
    assert server.bodies == []


def test_a_flipped_bit_is_all_that_differs(proxy: Proxy, server: Server) -> None:
    assert put(proxy, Fault.CORRUPTED) == (200, ANSWER)
    (body,) = server.bodies
    assert [at for at, (sent, came) in enumerate(zip(BODY, body, strict=True)) if sent != came] == [0]


def test_a_form_with_a_flipped_bit_is_refused_as_s3_would(proxy: Proxy, server: Server) -> None:
    proxy.follow(Script({(Position.FORM, 1): Fault.CORRUPTED}))
    connection = connect(proxy)
    connection.request("POST", "/staging/", BODY)
    answer = connection.getresponse()
    assert (answer.status, b"<Code>BadDigest</Code>" in answer.read(), server.bodies) == (400, True, [])
    connection.close()


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.UNAUTHENTICATED, 401, b'"unauthenticated"'),
        (Fault.UNAVAILABLE, 503, b'"storage_unavailable"'),
        (Fault.RATE_LIMITED, 429, b'"rate_limited"'),
        (Fault.INTERNAL_ERROR, 500, b'"internal_error"'),
    ],
)
def test_the_api_refuses_with_problems(proxy: Proxy, fault: Fault, status: int, code: bytes) -> None:
    proxy.follow(Script({(Position.CONFIRM, 1): fault}))
    connection = http.client.HTTPConnection("127.0.0.1", proxy.api.port, timeout=5)
    connection.request("POST", "/products/1/images/uploads/2/confirm", b"{}")
    answer = connection.getresponse()
    assert (answer.status, code in answer.read()) == (status, True)
    assert (answer.getheader("Retry-After") is not None) == (status in (429, 503))
    connection.close()


def test_what_the_api_asks_of_s3_is_never_touched(proxy: Proxy, server: Server) -> None:
    proxy.follow(AtRandom(seed=1, probability=1))
    connection = connect(proxy)
    connection.request("PUT", "/vault/key", BODY, {"Authorization": "AWS4-HMAC-SHA256 Credential=…".encode()})
    assert connection.getresponse().status == 200
    connection.close()
    assert (server.bodies, proxy.exchanges) == ([BODY], [])


def test_who_asks_whether_to_go_on_is_told_to(proxy: Proxy, server: Server) -> None:
    with socket.create_connection(("127.0.0.1", proxy.s3.port), timeout=5) as client:
        head = f"PUT {PART} HTTP/1.1\r\nHost: s3\r\nExpect: 100-continue\r\nContent-Length: {len(BODY)}\r\n\r\n"
        client.sendall(head.encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
        client.sendall(BODY)
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert server.bodies == [BODY]


def test_one_connection_brings_many_requests(proxy: Proxy, server: Server) -> None:
    proxy.follow(Script({(Position.PART, 2): Fault.UNAVAILABLE}))
    connection = connect(proxy)
    statuses = []
    connection.connect()
    socket_before = connection.sock
    for _ in range(2):
        connection.request("PUT", PART, BODY)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    assert (statuses, connection.sock is socket_before) == ([200, 503], True)
    connection.close()


SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential="}
DYNAMODB = {"X-Amz-Target": "DynamoDB_20120810.TransactWriteItems"}


@pytest.mark.parametrize(
    ("method", "target", "headers", "call"),
    [
        ("GET", "/staging?list-type=2&prefix=u", {}, AwsCall.LIST_OBJECTS),
        ("GET", "/staging/key?versionId=1", {}, AwsCall.GET_OBJECT),
        ("HEAD", "/vault/key", {}, AwsCall.HEAD_OBJECT),
        ("PUT", "/vault/key", {"X-Amz-Copy-Source": "staging/key"}, AwsCall.COPY_OBJECT),
        ("PUT", "/staging/key", {}, AwsCall.PUT_OBJECT),
        ("DELETE", "/staging/key", {}, AwsCall.DELETE_OBJECT),
        ("POST", "/vault/key?uploads", {}, AwsCall.CREATE_MULTIPART_UPLOAD),
        ("GET", "/vault/key?uploadId=1", {}, AwsCall.LIST_PARTS),
        ("POST", "/vault/key?uploadId=1", {}, AwsCall.COMPLETE_MULTIPART_UPLOAD),
        ("DELETE", "/vault/key?uploadId=1", {}, AwsCall.ABORT_MULTIPART_UPLOAD),
        ("POST", "/", DYNAMODB, AwsCall.TRANSACT_WRITE_ITEMS),
    ],
)
def test_a_call_of_the_service_is_known_and_fails_as_aws_fails(
    proxy: Proxy, method: str, target: str, headers: dict[str, str], call: AwsCall
) -> None:
    proxy.follow(Script({(call, 1): Fault.UNAVAILABLE}))
    connection = http.client.HTTPConnection("127.0.0.1", proxy.aws.port, timeout=5)
    connection.request(method, target, headers=SIGNED | headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert [exchange.position for exchange in proxy.exchanges] == [call]
    if headers is DYNAMODB:
        assert (answer.status, b"#ProvisionedThroughputExceededException" in body) == (400, True)
    else:
        assert (answer.status, b"<Code>SlowDown</Code>" in body) == (503, method != "HEAD")


def test_what_clients_send_that_way_is_no_call_of_the_service(proxy: Proxy, server: Server) -> None:
    proxy.follow(AtRandom(seed=1, probability=1))
    connection = http.client.HTTPConnection("127.0.0.1", proxy.aws.port, timeout=5)
    connection.request("PUT", PART, BODY)
    assert connection.getresponse().status == 200
    connection.close()
    assert (server.bodies, proxy.exchanges) == ([BODY], [])


def test_an_answer_to_head_tells_a_length_and_brings_nothing(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.aws.port, timeout=5)
    for _ in range(2):
        connection.request("HEAD", "/vault/key", headers=SIGNED)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Length"), answer.read()) == (200, str(len(ANSWER)), b"")
    connection.close()


def test_a_refusal_of_head_has_no_body_that_would_be_taken_for_the_next_answer(proxy: Proxy) -> None:
    proxy.follow(Script({(AwsCall.HEAD_OBJECT, number): Fault.UNAVAILABLE for number in (1, 2)}))
    asked = f"HEAD /vault/key HTTP/1.1\r\nHost: s3\r\nAuthorization: {SIGNED['Authorization']}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", proxy.aws.port), timeout=5) as client:
        client.sendall(asked + asked)
        answers = b""
        while answers.count(b"\r\n\r\n") < 2:
            answers += client.recv(10_000)
    assert b"<Code>" not in answers


def test_a_late_answer_is_the_servers_own(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "LATE_SECONDS", 0.1)
    began = time.monotonic()
    assert put(proxy, Fault.LATE) == (200, ANSWER)
    assert time.monotonic() - began >= 0.1


def test_the_proxy_tells_when_it_falls_silent(proxy: Proxy, server: Server) -> None:
    silent = []
    proxy.follow(AtCall(1, Fault.STALL_AFTER))
    proxy.on_silence = lambda exchange: silent.append((exchange.position, len(server.bodies)))
    connection = connect(proxy)
    connection.request("PUT", PART, BODY)
    connection.getresponse().read()
    connection.request("PUT", PART, BODY)
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    assert silent == [(Position.PART, 2)]
