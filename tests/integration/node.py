"""Node.js, with what web/ needs installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
INSTALLED = WEB / "node_modules" / ".package-lock.json"


def installed_npm() -> str:
    """npm, with what the tests need installed; once, and again when the lock has changed."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        assert "CI" not in os.environ, "Node.js is not installed: CI must have it, to test web/"
        pytest.skip("!! NOT TESTED, all of web/: Node.js is not installed")
    lock = WEB / "package-lock.json"
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < lock.stat().st_mtime:
        run_in_web([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
    return npm


def run_in_web(command: list[str], **environment: str) -> str:
    """What it prints.

    Raises:
        AssertionError: it failed; with what it printed.
    """
    done = subprocess.run(command, cwd=WEB, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    return done.stdout
