"""The function that Lambda would run, called with API Gateway's events: each call is a process that can be killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORK_SERVER = Path(__file__).with_name("fork_server.py")


@dataclass(frozen=True)
class Answer:
    """What the function answered."""

    status: int
    body: dict[str, Any]


class PackagedApp:
    """Calls the packaged function; one call, or one row of calls, at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._pid = 0

    def call(self, *events: dict[str, Any]) -> list[Answer]:
        """Have a process of its own answer the events one after the other."""
        self.begin(*events)
        said = self._end()
        assert said["status"] == 0, f"it ended with {said['status']}"
        return [Answer(answer["statusCode"], json.loads(answer["body"] or "{}")) for answer in said["answers"]]

    def begin(self, *events: dict[str, Any]) -> None:
        """Have a process begin to answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(events) + "\n")
        self._process.stdin.flush()
        self._pid = self._read()

    def kill(self) -> None:
        """End the process that began, in the middle of what it does.

        Raises:
            AssertionError: it had ended before.
        """
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        said = self._end()
        assert os.WIFSIGNALED(said["status"]), f"it was not killed: {said}"

    def _end(self) -> Any:
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the packaged app could not be started: see its log"
        return json.loads(line)


@contextlib.contextmanager
def packaged_app(unpacked: Path, environment: Mapping[str, str], log: Path) -> Iterator[PackagedApp]:
    """Start the package by the Python that this one was made from, without any installed package; stop it at the end."""
    bare = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    command = [str(bare), "-I", "-S", str(FORK_SERVER), str(unpacked)]
    with (
        log.open("wb") as logged,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=logged, text=True
        ) as process,
    ):
        try:
            yield PackagedApp(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()  # it ends when there are no more events, also if we are killed
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def event(
    method: str, resource: str, ids: Mapping[str, str], claims: Mapping[str, str], body: object = None
) -> dict[str, Any]:
    """What API Gateway hands to the function for a route, once its authorizer has verified the token."""
    headers = {"Host": "api.shop.example", "Content-Type": "application/json"}
    path = resource.format(**ids)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": dict(ids) or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": path,
            "stage": "v1",
            "domainName": "api.shop.example",
            "requestId": "00000000-0000-4000-8000-000000000000",
            "identity": {"sourceIp": "127.0.0.1"},
            "authorizer": {"claims": dict(claims)},
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
