"""What goes wrong on the way: requests that are held, refused or changed, a slow line, an API that is gone.

By Chromium's own protocol, and only what matches: Playwright's `route` would stop every request of the page, answer its
CORS preflights itself, and read each part of a file into memory.
"""

import contextlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page

from .stage import Stage

SLOW_DOWN = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass
class Stopped:
    """A request that has not left the browser yet."""

    method: str
    url: str
    headers: dict[str, str]
    _id: str
    _session: CDPSession

    def go_on(self, headers: Mapping[str, str] | None = None) -> None:
        """Send it, with other headers if they are given."""
        more = {} if headers is None else {"headers": _as_list(headers)}
        self._session.send("Fetch.continueRequest", {"requestId": self._id, **more})

    def answer(self, status: int, body: str, headers: Mapping[str, str]) -> None:
        """Answer it in the server's place."""
        content = b64encode(body.encode()).decode()
        answer = {"responseCode": status, "responseHeaders": _as_list(headers), "body": content}
        self._session.send("Fetch.fulfillRequest", {"requestId": self._id, **answer})


Deed = Callable[[Stopped], None]


@contextlib.contextmanager
def meddling(page: Page, pattern: str, deed: Deed) -> Iterator[None]:
    """Do this with each request whose URL matches (`*` is anything); CORS preflights go their way."""
    session = page.context.new_cdp_session(page)

    def on_stopped(event: dict[str, Any]) -> None:
        request = event["request"]
        stopped = Stopped(request["method"], request["url"], request["headers"], event["requestId"], session)
        if stopped.method == "OPTIONS":
            stopped.go_on()
        else:
            deed(stopped)

    session.on("Fetch.requestPaused", on_stopped)
    session.send("Fetch.enable", {"patterns": [{"urlPattern": pattern}]})
    yield
    session.send("Fetch.disable")
    session.detach()


class Holding:
    """A deed: stops requests until they are let go."""

    def __init__(self) -> None:
        self._held: list[Stopped] = []
        self._is_open = False

    def __call__(self, stopped: Stopped) -> None:
        if self._is_open:
            stopped.go_on()
        else:
            self._held.append(stopped)

    def let_go(self) -> None:
        """Send those that wait, and hold no more."""
        self._is_open = True
        while self._held:
            self._held.pop(0).go_on()


class FirstTimes:
    """A deed that is done to the first few requests; others go on."""

    def __init__(self, times: int, deed: Deed) -> None:
        self.left = times
        self._deed = deed

    def __call__(self, stopped: Stopped) -> None:
        if self.left > 0:
            self.left -= 1
            self._deed(stopped)
        else:
            stopped.go_on()


def answering(status: int, body: str, **headers: str) -> Deed:
    """A deed: this answer. A name's `_` is a `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda stopped: stopped.answer(status, body, named)


def with_a_stale_token(stopped: Stopped) -> None:
    """A deed: the service gets a token whose signature is no longer what it was."""
    name = next(name for name in stopped.headers if name.lower() == "authorization")
    token = stopped.headers[name]
    stopped.go_on(stopped.headers | {name: token[:-8] + token[-8:][::-1]})


@contextlib.contextmanager
def slow_line(page: Page, bytes_per_second: int = -1, latency_ms: int = 0) -> Iterator[None]:
    """What the page sends goes no faster than this, and each answer takes at least so long."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    free = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    slow = {"latency": latency_ms, "uploadThroughput": bytes_per_second}
    session.send("Network.emulateNetworkConditions", free | slow)
    yield
    session.send("Network.emulateNetworkConditions", free)
    session.detach()


@contextlib.contextmanager
def offline(page: Page) -> Iterator[None]:
    """The network is gone."""
    page.context.set_offline(True)
    yield
    page.context.set_offline(False)


@contextlib.contextmanager
def api_is_down(stage: Stage) -> Iterator[None]:
    """The API's process is killed; it is started again when the block ends, however it ends."""
    stage.keep_logs()
    stage.running.api.stop()
    try:
        yield
    finally:
        stage.running.api.start()


def _as_list(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]
