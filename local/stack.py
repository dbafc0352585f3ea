"""Everything together: emulator, bootstrap, API, pump. Used by `make dev`, `make demo` and the integration tests."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .bootstrap import Stack, bootstrap
from .emulator import REGION, emulator
from .processes import HOST, Process, choose_port, running, wait_for_http

DEFAULT_ORIGIN = "http://localhost:5173"


@dataclass(frozen=True, slots=True)
class Running:
    """A stack that answers at `url`. The pump calls the background functions."""

    url: str
    stack: Stack
    api: "Program"
    pump: "Program"

    def outputs(self) -> dict[str, Any]:
        """What a client needs to know, as Terraform's outputs say it; and where Cognito is, which is known of AWS."""
        environment = self.stack.environment
        roles = ("staging", "vault", "media")
        return {
            "api_url": self.url,
            "region": REGION,
            "user_pool_id": self.stack.pool_id,
            "user_pool_client_id": self.stack.client_id,
            "media_url": environment["VESTIBULE_MEDIA_URL"],
            "buckets": {role: environment[f"VESTIBULE_{role.upper()}_BUCKET"] for role in roles},
            "table": environment["VESTIBULE_TABLE"],
            "cognito_endpoint": self.stack.endpoint,
            "s3_endpoint": environment.get("AWS_ENDPOINT_URL_S3", self.stack.endpoint),
        }


Say = Callable[[str], None]


@contextlib.contextmanager
def local_stack(
    port: int,
    emulator_port: int,
    say: Say,
    origin: str = DEFAULT_ORIGIN,
    s3_endpoint: str | None = None,
) -> Iterator[Running]:
    """Start everything, saying so line by line; stop it when the block ends, however it ends. Port 0: any free one.

    `s3_endpoint` is where the API finds S3, and sends clients, if not at the emulator: a proxy in front of it.

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
        stack = bootstrap(endpoint, origin, s3_endpoint)
        tell("buckets, events, table, user pool, client, two people, and least-privilege keys of API and functions")
        url = f"http://{HOST}:{port}"
        serve = ["local.api", "--port", str(port), "--jwks", stack.jwks_url]
        api = Program(serve, stack.environment, folder / "api.log", f"{url}/health")
        pump = Program(["local.pump", "--events", stack.events_url], stack.background, folder / "pump.log")
        for program in (api, pump):  # nobody waits for the pump: events wait in their queue until it has come up
            things.callback(program.stop)
            program.start()
        tell(f"chalice local --stage local at {url}, verifying tokens; S3's events call `render`, the clock `sweep`")
        yield Running(url, stack, api, pump)


class Program:
    """A Python module that runs on its own, and can be started again when the code has changed."""

    def __init__(
        self, module: Sequence[str], environment: Mapping[str, str], log: Path, answers_at: str | None = None
    ) -> None:
        self.log = log
        self._command = [sys.executable, "-W", "ignore", "-m", *module]
        self._environment = environment
        self._answers_at = answers_at
        self._running = contextlib.ExitStack()
        self._process: Process | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it was started, and has ended without being stopped."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Start it; if it has an address, it answers there when this returns.

        Raises:
            CannotStart: it does not come up; the message has the end of its log.
        """
        self._process = self._running.enter_context(running(self._command, self._environment, self.log))
        if self._answers_at is not None:
            wait_for_http(self._answers_at, self._process, self.log)

    def stop(self) -> None:
        """Stop it, if it runs."""
        self._running.close()
        self._process = None
