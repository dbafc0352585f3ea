"""What must hold of the service's source wherever it is: no single flow would show that one place was forgotten."""

import ast
import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MODULES = [Path("app.py"), *sorted(Path("chalicelib").rglob("*.py"))]
TREES = {path: ast.parse(path.read_text()) for path in MODULES}
UNPACKING = {"zipfile", "tarfile", "gzip", "bz2", "lzma", "zlib", "shutil", "pickle", "marshal", "shelve"}


def calls_of_s3() -> list[tuple[str, str, set[str | None]]]:
    """Where, what, and with which parameters."""
    return [
        (f"{path}:{call.lineno}", call.func.attr, {keyword.arg for keyword in call.keywords})
        for path, tree in TREES.items()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "s3"
    ]


def test_every_call_to_s3_says_which_account_must_own_the_bucket() -> None:
    calls = calls_of_s3()
    assert {"get_object", "copy_object", "list_parts", "complete_multipart_upload"} <= {name for _, name, _ in calls}
    assert [(where, name) for where, name, parameters in calls if "ExpectedBucketOwner" not in parameters] == []
    copies = [parameters for _, name, parameters in calls if name == "copy_object"]
    assert all("ExpectedSourceBucketOwner" in parameters for parameters in copies)


def test_nothing_unpacks_or_runs_what_was_uploaded() -> None:
    imported = {
        name.partition(".")[0]
        for tree in TREES.values()
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported & UNPACKING == set()
    called = {
        node.func.id
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert called & {"eval", "exec", "compile", "__import__"} == set()


def pinned() -> dict[str, Requirement]:
    """What ships to the Python that runs this."""
    lines = [line for line in Path("requirements.txt").read_text().splitlines() if line and not line.startswith("#")]
    found = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): one for one in found if one.marker is None or one.marker.evaluate()}


@pytest.mark.parametrize("name", pinned())
def test_what_ships_is_pinned_with_all_that_it_needs(name: str) -> None:
    assert re.fullmatch(r"==[0-9][0-9a-z.]*", str(pinned()[name].specifier))
    needed = [Requirement(text) for text in distribution(name).requires or []]
    needed = [one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    assert {canonicalize_name(one.name) for one in needed} <= set(pinned())
