"""Everything together: emulator, bootstrap, API. Used by `make dev`, `make demo` and the integration tests."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .bootstrap import Stack, bootstrap
from .emulator import emulator
from .processes import HOST, choose_port, running, wait_for_http

DEFAULT_ORIGIN = "http://localhost:5173"


@dataclass(frozen=True, slots=True)
class Running:
    """A stack that answers at `url`."""

    url: str
    stack: Stack
    api: "Api"


Say = Callable[[str], None]


@contextlib.contextmanager
def local_stack(port: int, emulator_port: int, say: Say, origin: str = DEFAULT_ORIGIN) -> Iterator[Running]:
    """Start everything, saying so line by line; stop it when the block ends, however it ends. Port 0: any free one.

    Raises:
        CannotStart: a port is busy, or something did not come up.
    """
    port = choose_port(port, "PORT")
    emulator_port = choose_port(emulator_port, "EMULATOR_PORT")
    began = time.perf_counter()

    def tell(text: str) -> None:
        say(f"{text} ({time.perf_counter() - began:.1f} s)")

    with contextlib.ExitStack() as things:
        folder = Path(things.enter_context(tempfile.TemporaryDirectory(prefix="vestibule-")))
        endpoint = things.enter_context(emulator(emulator_port, folder))
        tell(f"emulator of S3, DynamoDB, Cognito and IAM at {endpoint}, enforcing signatures and policies")
        stack = bootstrap(endpoint, origin)
        tell("buckets, table, user pool, client, two people and the API's own least-privilege key")
        url = f"http://{HOST}:{port}"
        api = Api(stack, port, folder / "api.log")
        things.callback(api.stop)
        api.start()
        tell(f"chalice local --stage local at {url}, verifying tokens")
        yield Running(url, stack, api)


class Api:
    """The API's process, which can be started again when the code has changed."""

    def __init__(self, stack: Stack, port: int, log: Path) -> None:
        self.log = log
        self._stack = stack
        self._port = port
        self._running = contextlib.ExitStack()

    def start(self) -> None:
        """Start it; it answers when this returns.

        Raises:
            CannotStart: it does not come up; the message has the end of its log.
        """
        jwks = self._stack.jwks_url
        command = [sys.executable, "-W", "ignore", "-m", "local.api", "--port", str(self._port), "--jwks", jwks]
        process = self._running.enter_context(running(command, self._stack.environment, self.log))
        wait_for_http(f"http://{HOST}:{self._port}/health", process, self.log)

    def stop(self) -> None:
        """Stop it, if it runs."""
        self._running.close()
