"""Child processes and ports: started, awaited and surely stopped."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

HOST = "127.0.0.1"
PR_SET_PDEATHSIG = 1


Process = subprocess.Popen[bytes]


class CannotStart(Exception):
    """Something could not be started; the message says what to do."""


def choose_port(wanted: int, option: str) -> int:
    """Return the port if it is free; 0 chooses a free one.

    Raises:
        CannotStart: another program listens on it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as error:
            raise CannotStart(
                f"port {wanted} is busy ({error.strerror}): stop the program that listens there, or choose another, "
                f"for example {option}={wanted + 1}"
            ) from None
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log_file: Path) -> Iterator[Process]:
    """Run a program until the block ends, its output in a file. It ends with us, even if we are killed (on Linux)."""
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to handle: we stop the children, in order
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 (we have one thread here)
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: Process) -> None:
    """End a program of ours: ask it, and after three seconds insist."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_http(url: str, process: Process, log_file: Path, seconds: float = 30) -> None:
    """Wait until the URL answers.

    Raises:
        CannotStart: the program ended, or did not answer in time; with the end of its output.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310
            return
        time.sleep(0.05)
    why = "it did not answer" if process.poll() is None else f"it ended with status {process.returncode}"
    tail = "\n".join(log_file.read_text(errors="replace").splitlines()[-15:])
    raise CannotStart(f"{url} could not be reached: {why}. The end of {log_file}:\n{tail}")


def exit_on_signals() -> None:
    """Let SIGTERM and SIGHUP unwind like Ctrl-C does, so that every block above stops what it started."""

    def unwind(number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, unwind)
    # Python leaves SIGINT ignored where a shell has started it in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def clean_environment() -> dict[str, str]:
    """Our environment without any AWS account or Vestibule setting of the person at the keyboard."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "VESTIBULE_", "CHALICE_"))
    }
    return environment | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def home_environment(home: Path) -> dict[str, str]:
    """The same, with a home of its own: what the command `vestibule` keeps lies there."""
    folders = {"HOME": home, "XDG_CONFIG_HOME": home / "config", "XDG_STATE_HOME": home / "state"}
    return clean_environment() | {name: str(folder) for name, folder in folders.items()}


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
