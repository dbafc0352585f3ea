"""`chalice local --stage local`, with the token check that Chalice's local mode lacks.

python -m local.api --port 8000 --jwks http://127.0.0.1:4566/<pool>/.well-known/jwks.json
"""

import argparse
import functools
import sys
import time
from pathlib import Path
from typing import Any

from chalice.cli.factory import CLIFactory
from chalice.local import ChaliceRequestHandler, LocalGateway
from chalice.local import create_local_server as create_chalice_server

from .processes import HOST
from .token_check import TokenCheck, VerifyingAuthorizer

BACKLOG = 128
"""Connections that may wait to be accepted."""


class RequestHandler(ChaliceRequestHandler):
    """Chalice's own, with real authorization, one line of log a request, and no wait for the client's ACKs."""

    disable_nagle_algorithm = True

    def __init__(self, *args: Any, check: TokenCheck, **more: Any) -> None:
        self._check = check
        self._began = time.perf_counter()
        super().__init__(*args, **more)

    @property
    def local_gateway(self) -> LocalGateway:
        """The gateway of this request, whose authorizer verifies."""
        return self._gateway

    @local_gateway.setter
    def local_gateway(self, gateway: LocalGateway) -> None:
        gateway._authorizer = VerifyingAuthorizer(gateway._app_object, self._check)  # noqa: SLF001 (Chalice has no hook)
        self._gateway = gateway

    def parse_request(self) -> bool:
        """Start the clock of this request: a connection may bring many."""
        self._began = time.perf_counter()
        return bool(super().parse_request())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        """Say what was asked, what was answered, and how long it took. No query, no header, no body."""
        milliseconds = (time.perf_counter() - self._began) * 1000
        method, path = self.command or "-", getattr(self, "path", "-").partition("?")[0]
        sys.stdout.write(f"{method:6} {path} → {getattr(code, 'value', code)} in {milliseconds:.0f} ms\n")
        sys.stdout.flush()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--jwks", required=True)
    options = parser.parse_args()

    factory = CLIFactory(str(Path.cwd()))
    config = factory.create_config_obj(chalice_stage_name="local")
    server = create_chalice_server(config.chalice_app, config, HOST, options.port)
    server.server.socket.listen(BACKLOG)  # again: http.server lets five wait, and resets the connections of others
    server.server.RequestHandlerClass = functools.partial(
        RequestHandler, check=TokenCheck(options.jwks), app_object=server.app_object, config=config
    )
    server.serve_forever()


if __name__ == "__main__":
    main()
