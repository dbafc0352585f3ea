"""The sweep as it would run some time from now, in a process of its own: see local/later.py."""

import json
import subprocess
import sys
from typing import Any

from local.bootstrap import Stack


def sweep_later(stack: Stack, hours: float) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Sweep with the background functions' key; returns what it found, one by one, and what it did.

    Raises:
        AssertionError: something failed.
    """
    command = [sys.executable, "-m", "local.later", "--hours", str(hours)]
    ran = subprocess.run(command, env=stack.background, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-10_000:] + ran.stderr[-10_000:]
    *findings, done = map(json.loads, ran.stdout.splitlines())
    return findings, done
