"""The real command in a process of its own, with a home of its own."""

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from local.processes import home_environment


@dataclass(frozen=True)
class Ended:
    """How a command ended. Negative codes are signals; `peak_bytes` is the most memory that it held (VmHWM)."""

    code: int
    said: str
    complained: str
    peak_bytes: int


class Command:
    """One start of `vestibule`."""

    def __init__(self, home: Path, *arguments: str, given: str = "") -> None:
        self._files = [(home / "out").open("w+b"), (home / "err").open("w+b")]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vestibule_client", *arguments],
            env=home_environment(home),
            stdin=subprocess.PIPE,
            stdout=self._files[0],
            stderr=self._files[1],
            start_new_session=True,
        )
        assert self.process.stdin is not None
        self.process.stdin.write(given.encode())
        self.process.stdin.close()

    def signal(self, number: int) -> None:
        """Send a signal; it does not matter if it has ended."""
        if self.process.returncode is None:
            os.kill(self.process.pid, number)

    def wait(self, seconds: float) -> Ended:
        """Wait for its end.

        Raises:
            AssertionError: it did not come.
        """
        deadline, peak = time.monotonic() + seconds, 0
        while self.process.poll() is None:
            # Not ru_maxrss: that counts what this process had when it forked.
            peak = max(peak, _peak_bytes(self.process.pid))
            if time.monotonic() > deadline:
                self.process.kill()
                self.process.wait()
            time.sleep(0.01)
        texts = []
        for file in self._files:
            file.seek(0)
            texts.append(file.read().decode())
            file.close()
        assert time.monotonic() <= deadline, f"it did not end within {seconds} s: {texts}"
        return Ended(self.process.returncode, texts[0], texts[1], peak)


def _peak_bytes(pid: int) -> int:
    """VmHWM of a process; 0 if it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
