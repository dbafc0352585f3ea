"""A proxy on loopback between the services and AWS that names each call that passes; the clients' go the same way."""

import contextlib
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from local.processes import HOST

TIMEOUT_SECONDS = 30
NOT_PASSED_ON = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
# By method, and by what is in the query or the headers: the first that fits.
S3 = (
    ("GET", "list-type", "ListObjectsV2"),
    ("GET", "", "GetObject"),
    ("HEAD", "", "HeadObject"),
    ("PUT", "x-amz-copy-source", "CopyObject"),
    ("PUT", "", "PutObject"),
    ("POST", "policy", "PostObject"),
    ("DELETE", "", "DeleteObject"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call, by AWS's name for it; `said` is what DynamoDB was asked."""

    name: str
    said: dict[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def counting_proxy(endpoint: str, note: Callable[[Call], None]) -> Iterator[str]:
    """Pass everything on, noting it first; yields where, until the block ends."""
    server = _Server(endpoint, note)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="counting proxy", daemon=True)
    with server:
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def __init__(self, endpoint: str, note: Callable[[Call], None]) -> None:
        super().__init__((HOST, 0), _Handler)
        self.behind = urlsplit(endpoint).netloc
        self.note = note


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one piece

    def answer(self) -> None:
        """Pass on a request of any method. Its Host stays as it is: signatures cover it."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.note(self._call(body))
        connection = http.client.HTTPConnection(self.server.behind, timeout=TIMEOUT_SECONDS)
        with contextlib.closing(connection):
            connection.request(self.command, self.path, body or None, dict(self.headers.items()))
            response = connection.getresponse()
            content = response.read()
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in NOT_PASSED_ON:
                self.send_header(name, value)
        length = response.headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(content)

    do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 (for the base class)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Say nothing."""

    def _call(self, body: bytes) -> Call:
        if "X-Amz-Target" in self.headers:
            return Call(self.headers["X-Amz-Target"].partition(".")[2], json.loads(body))
        said = {name.lower() for name in self.headers} | {""}
        said |= {name.lower() for name in parse_qs(urlsplit(self.path).query, keep_blank_values=True)}
        if self.headers.get("Content-Type", "").startswith("multipart/form-data"):
            said.add("policy")
        named = (name for method, mark, name in S3 if method == self.command and mark in said)
        return Call(next(named, f"{self.command} of S3"))
