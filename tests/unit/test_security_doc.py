"""docs/security.md keeps what it promises: each threat is there, and what it names as its proof exists."""

import ast
import re
from pathlib import Path

import pytest

PAGE = Path("docs/security.md").read_text()
THREATS = {
    f"{family}{number}"
    for family, count in {"A": 16, "B": 9, "C": 15, "D": 12, "E": 10, "F": 8, "G": 18}.items()
    for number in range(1, count + 1)
}
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if line.startswith("|")]
DEFENDED = {row[0].strip(): row for row in ROWS if len(row) == 4 and row[0].strip() in THREATS}
OPEN = {row[0].strip(): row for row in ROWS if len(row) == 2 and row[0].strip() in THREATS}
_beyond = PAGE.partition("\n## Beyond these\n")[2].partition("\n## ")[0]
BEYOND = [row for row in ROWS if len(row) == 3 and f"| {row[0]} |" in _beyond and row[0] not in ("threat", "---")]


def existing() -> set[str]:
    """The names of all tests there are, by their source: of Python, and of Terraform."""
    trees = (ast.parse(file.read_text()) for file in Path("tests").rglob("test_*.py"))
    functions = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    runs = {
        name
        for file in Path("terraform").rglob("*.tftest.hcl")
        for name in re.findall(r'^run "(\w+)"', file.read_text(), re.MULTILINE)
    }
    return {name for name in functions if name.startswith("test_")} | runs


TESTS = existing()


def test_every_threat_stands_there_once() -> None:
    assert BEYOND
    assert set(DEFENDED) | set(OPEN) == THREATS
    assert not set(DEFENDED) & set(OPEN)
    numbers = [row[0].strip() for row in ROWS if row[0].strip() in THREATS]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("row", [*DEFENDED.values(), *BEYOND], ids=lambda row: row[0].strip())
def test_a_defence_has_a_test_that_exists(row: list[str]) -> None:
    named = re.findall(r"`([^`]+)`", row[-1])
    assert named
    assert [name for name in named if name not in TESTS] == []


def test_all_that_the_page_names_exists() -> None:
    names = set(re.findall(r"(?<![/\w])test_\w+(?!\w*\.py)", PAGE))
    assert names - TESTS == set()
    paths = set(re.findall(r"\btests/[\w/]+\.py", PAGE))
    assert len(paths) > 2
    assert [path for path in paths if not Path(path).exists()] == []


def test_what_is_left_is_left_for_a_reason() -> None:
    assert [number for number, row in OPEN.items() if len(row[1]) < 60] == []
