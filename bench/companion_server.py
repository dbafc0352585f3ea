"""Uppy Companion from npm, as a server beside ours: installed into .local/companion on first use, by its lock file."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from local.processes import HOST, choose_port, running, wait_for_http
from tools.node import find_node

from . import say
from .server import Server

SOURCES = Path(__file__).parent / "companion"
INSTALLED = Path(".local/companion")
LOCK = "package-lock.json"
NPM_CI = ("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")


@contextlib.contextmanager
def companion_server(environment: Mapping[str, str], folder: Path) -> Iterator[Server | None]:
    """Serve Companion until the block ends; None, said loudly, if there is no Node.js to run it."""
    node = find_node()
    if node is None:
        say("!! NOT MEASURED BESIDE UPPY COMPANION: there is no Node.js here (python -m tools.node installs one)")
        yield None
        return
    _install(node.npm)
    port, log = choose_port(0, "PORT"), folder / "companion.log"
    variables = {"FOLDER": str(folder), "NODE_ENV": "production", "PORT": str(port)}
    command = [str(node.program), str(INSTALLED / "server.mjs")]
    with running(command, dict(environment) | variables, log) as process:
        wait_for_http(f"http://{HOST}:{port}/health", process, log)
        yield Server((port,), (process.pid,), (log,))


def _install(npm: tuple[str, ...]) -> None:
    """Once, and when the lock changes. The lock is copied last, so that what was interrupted is begun anew."""
    lock = (SOURCES / LOCK).read_bytes()
    mark = INSTALLED / ".installed"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    if not mark.exists() or mark.read_bytes() != lock:
        say(f"› installing Uppy Companion into {INSTALLED} (npm ci; once, and when its lock changes)")
        for name in ("package.json", LOCK):
            shutil.copy(SOURCES / name, INSTALLED)
        ran = subprocess.run([*npm, *NPM_CI], cwd=INSTALLED, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise SystemExit(f"✗ npm ci failed in {INSTALLED}:\n{ran.stderr[-2000:]}")
        mark.write_bytes(lock)
    shutil.copy(SOURCES / "server.mjs", INSTALLED)  # Node.js looks for packages where a module lies
