"""Clients of a server, each with connections of its own that stay open; what each asks in turn is timed."""

import contextlib
import http.client
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from local.processes import HOST

from .server import Server

TIMEOUT_SECONDS = 30
PROFILE = "PROFILE"
"""A method that bench/servers/front.py knows."""
PAUSE_SECONDS = float(os.environ.get("BENCH_PAUSE_SECONDS", "0"))
"""Before each call. Without one, whoever waits for nobody finds the processor's caches as it left them."""
JSON = {"Content-Type": "application/json"}
Seconds = dict[str, list[float]]
"""How long each request took, by the name of its step."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of a step, and the status that it must be answered with."""

    method: str
    path: str
    body: bytes | None = None
    status: int = 200


@dataclass(slots=True)
class Lane:
    """A seller with a connection to the server and one to S3."""

    api: http.client.HTTPConnection
    s3: http.client.HTTPConnection
    seller: str
    products: list[str] = field(default_factory=list)
    seconds: Seconds = field(default_factory=dict)

    def ask(self, step: str, ask: Ask) -> Any:
        """Ask the server; the answer's JSON, and the time under the step's name."""
        headers = {"Authorization": self.seller, **JSON}
        began = time.perf_counter()
        answer = _exchange(self.api, ask, headers)
        self.seconds.setdefault(step, []).append(time.perf_counter() - began)
        return json.loads(answer or b"null")

    @contextlib.contextmanager
    def profiled(self, path: str) -> Iterator[None]:
        """Have the server of this lane profile itself until the block ends, into this file."""
        _exchange(self.api, Ask(PROFILE, path, status=204), {})
        yield
        _exchange(self.api, Ask(PROFILE, path, status=204), {})

    def send(self, form: Mapping[str, Any], content: bytes) -> None:
        """Send bytes to S3 by the form, as a browser does. Nobody's time: the server has no part in it."""
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in form["fields"].items()
        ]
        file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="cover.png"\r\n'
        head = "".join([*parts, file, "Content-Type: image/png\r\n\r\n"])
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        _exchange(self.s3, Ask("POST", urlsplit(form["url"]).path, body, 201), headers)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a server and its clients took for some calls: CPU in seconds each, and the times of all requests."""

    cpu_seconds: float
    seconds: Seconds


def open_lanes(server: Server, s3_endpoint: str, number: int) -> list[Lane]:
    """So many clients; connections are made when first used."""
    s3 = urlsplit(s3_endpoint)
    return [
        Lane(
            http.client.HTTPConnection(HOST, server.port(lane), timeout=TIMEOUT_SECONDS),
            http.client.HTTPConnection(str(s3.hostname), s3.port, timeout=TIMEOUT_SECONDS),
            str(uuid.uuid4()),
        )
        for lane in range(number)
    ]


def drive(server: Server, lanes: Sequence[Lane], calls: int, action: Callable[[Lane], None]) -> Taken:
    """Let the lanes do it side by side, so many times in all."""
    each = calls // len(lanes)
    for lane in lanes:
        lane.seconds = {}
    began = server.cpu_seconds()
    stopping = threading.Event()
    with ThreadPoolExecutor(len(lanes)) as threads:
        try:
            for done in [threads.submit(_repeat, action, lane, each, stopping) for lane in lanes]:
                done.result()
        finally:  # of the others too, if one failed, or somebody has seen enough
            stopping.set()
    cpu = server.cpu_seconds() - began
    seconds: Seconds = {}
    for lane in lanes:
        for step, times in lane.seconds.items():
            seconds.setdefault(step, []).extend(times)
    return Taken(cpu / (each * len(lanes)), seconds)


def _repeat(action: Callable[[Lane], None], lane: Lane, times: int, stopping: threading.Event) -> None:
    for _ in range(times):
        if stopping.is_set():
            break
        time.sleep(PAUSE_SECONDS)
        action(lane)


def _exchange(connection: http.client.HTTPConnection, ask: Ask, headers: Mapping[str, str]) -> bytes:
    connection.request(ask.method, ask.path, ask.body, dict(headers))
    response = connection.getresponse()
    answer = response.read()
    if response.status != ask.status:
        raise SystemExit(f"✗ {ask.method} {ask.path}: {response.status}, not {ask.status}: {answer[:2000]!r}")
    return answer
