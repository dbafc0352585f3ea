"""Servers in processes of their own: started, measured from outside by what the kernel counts for them, and stopped."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.processes import HOST, Process, choose_port, running, wait_for_http

FRONT = Path(__file__).parent / "servers" / "front.py"
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Server:
    """One process that listens on several connections, or as many processes as there are to be connections."""

    ports: tuple[int, ...]
    pids: tuple[int, ...]
    logs: tuple[Path, ...]

    def port(self, connection: int) -> int:
        """Where the connection of this number goes."""
        return self.ports[connection % len(self.ports)]

    def cpu_seconds(self) -> float:
        """CPU time since the start, user and system, of all threads of all processes, to the nanosecond.

        By the clocks of clock_getcpuclockid(3), which Linux has for each process; /proc/<pid>/stat has ticks of 10 ms.
        """
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.pids)

    def resident_mb(self) -> float:
        """Memory that the largest of the processes holds just now, in MB."""
        return max(_status_kib(pid, "VmRSS") for pid in self.pids) * 1024 / 1e6

    def log_bytes(self) -> int:
        """What has been logged so far."""
        return sum(log.stat().st_size for log in self.logs)


@contextlib.contextmanager
def chalice_server(app: str, environment: Mapping[str, str], folder: Path, instances: int) -> Iterator[Server]:
    """Serve a Chalice app, `module:name`, with so many instances, as Lambda has one for each request under way."""
    python_path = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(FRONT.parent)])}
    name = app.partition(":")[0]
    with contextlib.ExitStack() as things:
        started: list[tuple[int, Process, Path]] = []
        for number in range(instances):
            port, log = choose_port(0, "PORT"), folder / f"{name}-{number}.log"
            command = [sys.executable, "-P", "-W", "ignore", str(FRONT), app, str(port)]
            process = things.enter_context(running(command, dict(environment) | python_path, log))
            started.append((port, process, log))
        for port, process, log in started:
            wait_for_http(f"http://{HOST}:{port}/health", process, log)
        ports, processes, logs = zip(*started, strict=True)
        yield Server(ports, tuple(process.pid for process in processes), logs)


def _status_kib(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
