"""What docs/security.md says is shown by a test is shown by one: each that it names is there, and each row names one."""

import re
from functools import cache
from pathlib import Path

DOCUMENT = Path("docs/security.md")
NAMED = re.compile(r"`((?:test_|tests/)[\w/.]+)`")
THREATS = re.compile(r"^\| threat \|.*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


@cache
def all_tests() -> set[str]:
    """The names of all tests."""
    return {name for file in Path("tests").rglob("*.py") for name in re.findall(r"def (test_\w+)\(", file.read_text())}


def missing(named: str) -> bool:
    """Whether there is no such test, or file of tests."""
    return not Path(named).exists() if named.startswith("tests/") else named not in all_tests()


def rows() -> list[str]:
    """Those of the tables of threats, without their headings."""
    tables = THREATS.findall(DOCUMENT.read_text())
    return [row for table in tables for row in table.splitlines()[2:]]


def test_every_test_that_the_document_names_is_there() -> None:
    named = NAMED.findall(DOCUMENT.read_text())
    assert len(named) > 50
    assert [name for name in named if missing(name)] == []


def test_a_name_that_is_not_there_would_be_seen() -> None:
    assert missing("test_every_test_that_the_document_name")
    assert missing("tests/unit/test_security_docs.py")


def test_every_threat_names_a_test_that_shows_its_defence() -> None:
    assert len(rows()) > 30
    assert [row for row in rows() if not NAMED.search(row) and "the same" not in row] == []
