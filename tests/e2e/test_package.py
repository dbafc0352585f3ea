"""The package alone, in a Python that has nothing else: what was left out is not missed."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.samples import image
from tools.environment import PLACEHOLDERS

# Every module, since some are imported when they are called only.
EVERYTHING = """
import importlib, json, pathlib, sys
sys.path[:0] = [sys.argv[1]]
import app
names = [f"chalicelib.{file.stem}" for file in pathlib.Path(sys.argv[1], "chalicelib").glob("*.py")]
modules = [importlib.import_module(name) for name in sorted(names)]
strangers = {m for m in sys.modules.values() if "-packages" in (getattr(m, "__file__", None) or "")}
print(json.dumps({"modules": len(modules), "strangers": sorted(m.__name__ for m in strangers)}))
"""
RENDER = """
import json, pathlib, sys
sys.path[:0] = [sys.argv[1]]
from chalicelib.renditions import decode
made = decode(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), "image/png")
print(json.dumps({"names": [rendition.name for rendition in made.renditions], "reason": made.reason}))
"""


@pytest.fixture(scope="module")
def unpacked(packaged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(packaged / "deployment.zip") as archive:
        archive.extractall(folder)
    return folder


def run(program: str, *arguments: Path) -> Any:
    """Run it by the Python that this one was made from: isolated, and without any installed package."""
    bare = str(Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"))
    command = [bare, "-I", "-S", "-c", program, *map(str, arguments)]
    environment = PLACEHOLDERS | {"PATH": os.environ["PATH"]}
    ran = subprocess.run(command, env=environment, cwd="/", check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_every_module_loads_from_the_package_alone(unpacked: Path) -> None:
    found = run(EVERYTHING, unpacked)
    assert found == {"modules": len(list(Path("chalicelib").glob("*.py"))), "strangers": []}


def test_the_package_alone_renders_an_image(unpacked: Path, tmp_path: Path) -> None:
    original, folder = tmp_path / "original", tmp_path / "made"
    folder.mkdir()
    original.write_bytes(image("image/png", 640, 480))
    found = run(RENDER, unpacked, original, folder)
    assert found["reason"] is None
    assert "640.webp" in found["names"]
