"""docs/frontend.md does what it says: the snippets of each language, one after the other, against the local stack."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import Seller
from tests.samples import image, zip_file
from tools.node import WEB, Node

PAGE = Path("docs/frontend.md").read_text()
SURROUNDINGS = """// What a page has: the files that somebody chose, and somebody who is signed in.
import { File } from "node:buffer";
import { readFileSync } from "node:fs";
const read = (name, type) => new File([readFileSync(name)], name, { type });
const [film, cover] = [read("film.mp4", "video/mp4"), read("cover.png", "image/png")];
const { API, TOKEN, PRODUCT } = process.env;
const getToken = async () => TOKEN;
"""


def snippets(language: str) -> str:
    """All of a language, in order: later ones use what earlier ones made."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"the page has no {language} any more"
    return "\n".join(found)


def needed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        assert not os.environ.get("CI"), f"{program} is not installed"
        pytest.skip(f"!! NOT TESTED, snippets of docs/frontend.md: {program} is not installed")
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What somebody has who follows the page."""
    (tmp_path / "brushes.zip").write_bytes(zip_file(2000))
    film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
    (tmp_path / "film.mp4").write_bytes(film.ljust(17 * 1024**2, b"\0"))
    (tmp_path / "cover.png").write_bytes(image("image/png"))
    return tmp_path


def run(command: list[str], folder: Path, seller: Seller, product: str) -> str:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "API": seller.running.url,
        "TOKEN": seller.token,
        "VESTIBULE_TOKEN": seller.token,
        "PRODUCT": product,
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files_of(seller: Seller, product: str) -> list[str]:
    answer = seller.call("GET", f"/products/{product}").json()
    return sorted(file["filename"] for file in answer["images"] + answer["deliverables"])


def test_curl(seller: Seller, product: str, folder: Path) -> None:
    needed("jq")
    printed = run([needed("bash"), "-euo", "pipefail", "-c", snippets("sh")], folder, seller, product)
    assert printed.splitlines() == ["brushes.zip: live", "[1,2]", "film.mp4: live"]
    assert files_of(seller, product) == ["brushes.zip", "film.mp4"]


def test_the_command_and_python(seller: Seller, product: str, folder: Path) -> None:
    (folder / "outputs.json").write_text(json.dumps(seller.running.outputs()))
    for command in (
        [needed("bash"), "-euo", "pipefail", "-c", snippets("bash")],
        [sys.executable, "-W", "error", "-c", snippets("python")],
    ):
        run(command, folder, seller, product)
    assert files_of(seller, product) == ["cover.png", "film.mp4"]


def test_javascript_and_uppy(seller: Seller, product: str, folder: Path, node: Node) -> None:
    for name in ("vestibule.js", "vestibule-worker.js", "uppy-vestibule.js"):
        (folder / name).symlink_to(WEB / name)
    (folder / "node_modules").symlink_to(WEB / "node_modules")
    (folder / "page.mjs").write_text(SURROUNDINGS + snippets("js"))
    printed = run([str(node.program), "page.mjs"], folder, seller, product).splitlines()
    assert "film.mp4 live" in printed
    assert printed[-1] == "cover.png 0"
    assert files_of(seller, product) == ["cover.png", "film.mp4"]
