"""The package that goes to Lambda: what ships, unpacked, as Chalice puts it together."""

import importlib.metadata
import inspect
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import chalice
import chalice.app

from . import Figure, say

BUDGET_MB = 60
LARGEST = 5


def run() -> list[Figure]:
    """Put the package together in a temporary folder, and weigh it."""
    say("› package: installing requirements.txt into a temporary folder")
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder)
        _assemble(package)
        total_mb = _megabytes(list(package.rglob("*")))
        sizes = {
            f"{distribution.name} {distribution.version}": _megabytes(
                [Path(str(file.locate())) for file in distribution.files or ()]
            )
            for distribution in importlib.metadata.distributions(path=[folder])
        }
        for part in ("chalice", "chalicelib"):
            sizes[part] = _megabytes(list((package / part).rglob("*")))
    for name in sorted(sizes, key=lambda name: sizes[name], reverse=True)[:LARGEST]:
        say(f"  {sizes[name]:5.1f} MB  {name}")
    say(f"  {total_mb:5.1f} MB  all, unpacked")
    return [Figure("package, unpacked", total_mb, BUDGET_MB, "MB", "the budget", budget=1)]


def _assemble(package: Path) -> None:
    """As chalice/deploy/packager.py does: dependencies, two files of Chalice's own, app.py, chalicelib/."""
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
    done = subprocess.run(
        [*pip, "--target", str(package), "--requirement", "requirements.txt"],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"✗ pip could not install requirements.txt:\n{done.stderr}")
    (package / "chalice").mkdir()
    for module in (chalice, chalice.app):
        shutil.copy(inspect.getfile(module), package / "chalice")
    shutil.copy("app.py", package)
    shutil.copytree("chalicelib", package / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))


def _megabytes(files: list[Path]) -> float:
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6
