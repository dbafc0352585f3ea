"""The stack, the page and a browser, each of another origin, as in AWS: what the tests of this folder look at."""

import contextlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect, sync_playwright

from local.bootstrap import Person, make_person
from local.buckets import STAGING, VAULT
from local.processes import HOST, choose_port, clean_environment
from local.stack import Program, Running, local_stack
from tests.log_lines import keep_text
from tools.build_site import build
from tools.node import find_node

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The first two for machines and containers without a sandbox and a screen; the others keep it from calling home.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 60_000
"""How long anything may take that is waited for. A busy machine is no failure."""


class NoStage(Exception):
    """The page cannot be looked at here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stack with its page at `origin`, and a browser to open it with."""

    running: Running
    origin: str
    browser: Browser

    def seller(self, email: str | None = None) -> Person:
        """A seller whom nobody has seen before."""
        stack = self.running.stack
        return make_person(stack.client("cognito-idp"), stack.pool_id, email or new_email())

    def context(self, width: int = 1280, height: int = 900, scale: float = 1) -> BrowserContext:
        """A browser of its own: nothing stored, no cookies, nobody signed in."""
        size: ViewportSize = {"width": width, "height": height}
        context = self.browser.new_context(
            viewport=size,
            device_scale_factor=scale,
            is_mobile=width < 500,
            locale="en-GB",
            timezone_id="UTC",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        return context

    @property
    def api(self) -> str:
        """Where the API is, without a slash at its end."""
        return self.running.url

    @property
    def cognito(self) -> str:
        """Where Cognito is: the emulator answers it at its root."""
        return f"{self.running.stack.endpoint}/"

    @property
    def buckets(self) -> tuple[str, str]:
        """Where the page sends files: the addresses of the staging bucket and of the vault."""
        endpoint = self.running.stack.endpoint
        return f"{endpoint}/{STAGING}", f"{endpoint}/{VAULT}"

    @property
    def media(self) -> str:
        """Where renditions are."""
        return self.running.stack.environment["VESTIBULE_MEDIA_URL"]

    def keep_logs(self) -> None:
        """To be read for secrets, with the logs of all other tests. A program that is started again has a new one."""
        for program in (self.running.api, self.running.pump):
            keep_text("\n".join(line for line in program.log.read_text().splitlines() if line.startswith("{")))


def new_email() -> str:
    """An address that nobody has."""
    return f"seller-{secrets.token_hex(6)}@vestibule.example"


@contextlib.contextmanager
def raised() -> Iterator[Stage]:
    """Build the page and start everything; stop it when the block ends.

    Raises:
        NoStage: there is no browser, or no Node.js to build the page with.
        NoNode: the page cannot be built.
    """
    program = _browser()
    if find_node() is None:
        raise NoStage("Node.js is not installed. (`make web` gets it from PyPI)")
    build()
    expect.set_options(timeout=PATIENCE_MS)
    with contextlib.ExitStack() as things:
        port = choose_port(0, "PAGE_PORT")
        origin = f"http://localhost:{port}"
        running = things.enter_context(local_stack(0, 0, lambda _: None, origin))
        folder = Path(things.enter_context(tempfile.TemporaryDirectory(prefix="vestibule-page-")))
        outputs = folder / "outputs.json"
        outputs.write_text(json.dumps(running.outputs()))
        serve = ["local.site", "--port", str(port), "--outputs", str(outputs)]
        page = Program(serve, clean_environment(), folder / "page.log", f"http://{HOST}:{port}/")
        things.callback(page.stop)
        page.start()
        playwright = things.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        things.callback(browser.close)
        stage = Stage(running, origin, browser)
        things.callback(stage.keep_logs)
        yield stage


def raised_or_skipped() -> Iterator[Stage]:
    """The same for tests: what cannot be tested here is skipped, loudly, but never in CI."""
    try:
        with raised() as stage:
            yield stage
    except NoStage as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(f"!! NOT TESTED, all of tests/browser: {reason}")


def _browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise NoStage("Chromium is not installed. (Debian: apt-get install chromium)")
    return found
