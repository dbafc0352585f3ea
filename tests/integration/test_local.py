"""`make dev` and `make demo` as a person uses them."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.dev import welcome
from local.log_view import LogView
from local.processes import HOST
from local.stack import Running
from tests.integration.conftest import wait_until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def dev(port: int, emulator_port: int, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    ports = {"PORT": port, "EMULATOR_PORT": emulator_port, "PAGE_PORT": free_port()}
    environment = os.environ | {name: str(number) for name, number in ports.items()}
    with output.open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "local.dev"], env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(text: str, output: Path, seconds: float = 30) -> str:
    deadline = time.monotonic() + seconds
    while text not in (shown := output.read_text()):
        assert time.monotonic() < deadline, shown
        time.sleep(0.1)
    return shown


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}/health", timeout=2).status_code in (200, 404)
    except httpx.TransportError:
        return False


def processes_about(*ports: int) -> list[str]:
    """Command lines that name one of these ports: the API's, the pump's."""
    if sys.platform != "linux":
        return []
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # ended meanwhile
            command = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if "local." in command and any(str(port) in command for port in ports):
                found.append(command)
    return found


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_dev_starts_everything_and_a_signal_stops_everything(tmp_path: Path, end: signal.Signals) -> None:
    port, emulator_port, output = free_port(), free_port(), tmp_path / "output"
    with dev(port, emulator_port, output) as process:
        shown = wait_for("Ctrl-C stops everything", output)
        assert f"http://{HOST}:{port}" in shown
        assert "demo@vestibule.example" in shown
        assert answers(port)
        wait_for("waiting for S3's events", output)
        if sys.platform == "linux":
            assert len(processes_about(port, emulator_port)) == 2, "the API and the pump"
        process.send_signal(end)
        assert process.wait(30) == (0 if end == signal.SIGINT else 128 + signal.SIGTERM)
    assert not answers(port)
    assert not answers(emulator_port)
    assert processes_about(port, emulator_port) == []


def test_even_when_dev_is_killed_nothing_stays_behind(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a child that its parent died")
    port, emulator_port, output = free_port(), free_port(), tmp_path / "output"
    with dev(port, emulator_port, output) as process:
        wait_for("waiting for S3's events", output)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 10
        while answers(port) or answers(emulator_port) or processes_about(port, emulator_port):
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.parametrize("which", ["PORT", "EMULATOR_PORT"])
def test_a_busy_port_is_told_with_a_way_out(tmp_path: Path, which: str) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        busy = int(taken.getsockname()[1])
        ports = {"PORT": str(free_port()), "EMULATOR_PORT": str(free_port())} | {which: str(busy)}
        ended = subprocess.run(
            [sys.executable, "-m", "local.dev"],
            env=os.environ | ports,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 1
    assert f"port {busy} is busy" in ended.stderr
    assert f"{which}={busy + 1}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_commands_that_dev_prints_work_when_pasted(running: Running) -> None:
    shown = welcome(running, "http://localhost:5173")
    commands = shown[shown.index("TOKEN=") : shown.index("  Ctrl-C")]
    pasted = subprocess.run(["bash", "-ec", commands], check=False, capture_output=True, text=True, timeout=60)
    assert pasted.returncode == 0, pasted.stderr
    assert '"method":"POST"' in pasted.stdout
    assert '"x-amz-signature"' in pasted.stdout


def test_changed_code_restarts_the_programs_and_broken_code_is_told(tmp_path: Path) -> None:
    """On a copy of the project, so that nobody's own files are touched."""
    copy = tmp_path / "project"
    copy.mkdir()
    for name in ("app.py", "chalicelib", "local", "tools", "terraform", ".chalice", "pyproject.toml"):
        subprocess.run(["cp", "-r", name, str(copy)], check=True)
    (copy / ".local").symlink_to(Path(".local").absolute())
    port, output = free_port(), tmp_path / "output"
    environment = os.environ | {"PORT": str(port), "EMULATOR_PORT": str(free_port())}
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.dev"], env=environment, stdout=log, stderr=log, cwd=copy
        )
    try:
        wait_for("Ctrl-C stops everything", output)
        app = copy / "app.py"
        text = app.read_text()
        app.write_text(text + "\nthis is no Python\n")
        wait_for("does not start", output)
        app.write_text(text)
        wait_for("restarted the API and the pump", output)
        assert answers(port)
        wait_until(
            lambda: "waiting for S3's events" in output.read_text().rpartition("restarted the API and the pump")[2],
            "the pump is there again",
        )
    finally:
        process.terminate()
        process.wait(30)


def test_the_demo_comes_out_right_and_leaves_nothing_behind() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local.demo"], check=False, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "every step and every refusal came out right" in ended.stdout
    for shown in (
        "320.webp",
        "the rendition tells nothing of it",
        "found: 2 purges",
        "exactly the live file",
        "byte for byte",
    ):
        assert shown in ended.stdout
    for code in ("content_type_mismatch", "EntityTooLarge", "not_found", "unauthenticated"):
        assert code in ended.stdout
    for port in re.findall(rf"http://{HOST}:(\d+)", ended.stdout):
        assert not answers(int(port))
        assert processes_about(int(port)) == []


def test_a_log_is_shown_in_short_and_no_line_by_halves(tmp_path: Path) -> None:
    log = tmp_path / "log"
    view = LogView(log)
    assert view.news() == []
    about = {"CloudWatchMetrics": [{"Metrics": [{"Name": "RenditionsReady", "Unit": "Count"}]}]}
    rendered: dict[str, Any] = {"level": "INFO", "message": "rendered", "timestamp": "…", "service": "vestibule"}
    rendered |= {"upload_id": "01M8", "_aws": about, "RenditionsReady": [1]}
    dropped = {"level": "ERROR", "message": "an event was dropped", "exception": "Traceback …\nOops"}
    request = {"level": "INFO", "message": "request", "route": "/health", "status": 200}
    metric = {"level": "INFO", "message": "metrics", "_aws": about, "RenditionsReady": [1]}
    lines = ["GET    /health → 200 in 1 ms", *(json.dumps(entry) for entry in (request, metric, rendered, dropped))]
    log.write_text("\n".join(lines) + "\nhal")
    assert view.news() == [
        "GET    /health → 200 in 1 ms",
        "       info: rendered  upload_id=01M8",
        "       error: an event was dropped\nTraceback …\nOops",
    ]
    with log.open("a") as file:
        file.write("f a line\n")
    assert view.news() == ["half a line"]
    assert view.news() == []


def test_many_may_come_at_once_to_an_api_that_is_busy(running: Running) -> None:
    process = running.api._process
    assert process is not None
    port = int(running.url.rpartition(":")[2])
    with contextlib.ExitStack() as things:
        os.kill(process.pid, signal.SIGSTOP)  # as busy as can be
        things.callback(os.kill, process.pid, signal.SIGCONT)
        waiting = [things.enter_context(socket.create_connection((HOST, port), timeout=0.5)) for _ in range(50)]
        os.kill(process.pid, signal.SIGCONT)
        for connection in waiting:
            connection.settimeout(30)
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
