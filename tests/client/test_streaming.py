"""Memory and framing, over real sockets: nothing is held that need not be."""

import contextlib
import json
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from vestibule_client.http import new_http
from vestibule_client.problems import StorageRefused, Unreachable
from vestibule_client.storage import Storage

MiB = 1024 * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """64 MiB at most over what importing takes; the file is sparse, and larger than all that is allowed."""
    path = tmp_path / "film"
    with path.open("wb") as file:
        file.truncate(384 * MiB)
    command = [sys.executable, "-m", "tests.client.measured_upload", str(path), str(tmp_path / "state")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    grown_kib = json.loads(ran.stdout)
    print(f"peak memory over import: {grown_kib / 1024:.1f} MiB")
    assert grown_kib < 64 * 1024


class Handler(BaseHTTPRequestHandler):
    """Notes how a request came, and answers as told."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[tuple[str | None, str | None, bytes]]]
    reads = True
    status = 200

    def do_PUT(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length) if self.reads else b""
        self.seen.append((self.headers["Content-Length"], self.headers["Transfer-Encoding"], body))
        if not self.reads:
            self.close_connection = True
        text = b"<Error><Code>AccessDenied</Code></Error>"
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def served(handler: type[socketserver.BaseRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/part"
        finally:
            server.shutdown()
            thread.join()


def put(url: str, pieces: list[bytes], **limits: float) -> None:
    with new_http(**limits) as http:  # type: ignore[arg-type]
        Storage(http).put_part(url, {"x-amz-checksum-sha256": "c"}, sum(map(len, pieces)), iter(pieces))


def test_a_part_is_streamed_with_its_length_said_before() -> None:
    class Reads(Handler):
        seen: ClassVar[list[tuple[str | None, str | None, bytes]]] = []

    with served(Reads) as url:
        put(url, [b"a" * 300_000, b"b" * 7])
    assert Reads.seen == [("300007", None, b"a" * 300_000 + b"b" * 7)]


def test_a_refusal_that_comes_before_the_body_was_read_is_understood() -> None:
    class Refuses(Handler):
        seen: ClassVar[list[tuple[str | None, str | None, bytes]]] = []
        reads, status = False, 403

    with served(Refuses) as url, pytest.raises((StorageRefused, Unreachable)) as refused:
        put(url, [bytes(1000)])
    assert isinstance(refused.value, StorageRefused)
    assert refused.value.storage_code == "AccessDenied"


def test_a_line_that_stalls_is_given_up() -> None:
    class Stalls(Handler):
        seen: ClassVar[list[tuple[str | None, str | None, bytes]]] = []

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            given_up.wait(10)
            self.close_connection = True

    given_up = threading.Event()
    with served(Stalls) as url:
        with pytest.raises(Unreachable, match="stalled"):
            put(url, [b"x"], stall_seconds=0.05)
        given_up.set()
