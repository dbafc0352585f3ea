"""Which tests share a process, where several run them (pytest-xdist): what needs one stack stays together.

Not by pytest-xdist's own `xdist_group`: version 3.8.0 writes the group into `_nodeid`, which pytest 9.2 reads no more, so
that every test went its own way without a word, and each process applied a stack of its own.
"""

from collections import Counter, defaultdict

import pytest
from _pytest.nodeid import coerce_node_id
from xdist.scheduler import LoadScopeScheduling

SHARED = ("browser", "e2e", "faults", "integration")
"""Folders of tests with a stack in common."""
NOTHING_SHARED = tuple(f"tests/simulation/test_{name}.py" for name in ("stories", "faults", "mutants"))
"""Files whose tests go their own ways: each takes long, and has a world of its own."""
OF_ITS_OWN = ("tests/e2e/test_kills.py",)
"""Files in a folder of a stack in common that have one of their own."""
LONGEST_FIRST = (
    "tests/e2e/",
    "tests/browser/",
    "tests/integration/",
    "tests/faults/",
    "tests/simulation/test_faults.py",
    "tests/simulation/test_stories.py",
    "tests/unit/test_pixels.py",
    "tests/api/",
)
"""What takes minutes in one process begins, so that it does not run alone at the end."""


def group_of(test: str) -> str:
    """The tests that this one must run with, by its node id or file: those of its stack, or of its file."""
    file = test.partition("::")[0]
    if file in NOTHING_SHARED:
        return test
    kind = file.split("/")[1]
    return kind if kind in SHARED and file not in OF_ITS_OWN else file


def place_in_line(test: str) -> int:
    """From 0 for what begins. pytest-xdist must not sort by the number of tests: --no-loadscope-reorder."""
    return next((place for place, start in enumerate(LONGEST_FIRST) if test.startswith(start)), len(LONGEST_FIRST))


def tell_apart(items: list[pytest.Item]) -> None:
    """Let each test have an id of its own: of several with one id pytest-xdist runs one, and says nothing.

    schemathesis names its tests by their operations, but leaves that out of their ids.

    Raises:
        pytest.UsageError: two have the same all the same.
    """
    for item in items:
        if not item.nodeid.endswith(item.name):
            item._id = coerce_node_id(f"{item.nodeid.partition('::')[0]}::{item.name}")
    twice = [test for test, number in Counter(item.nodeid for item in items).items() if number > 1]
    if twice:
        raise pytest.UsageError(f"Tests with one id, of which one would be run: {twice}")


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
    """Hands whole groups to processes."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


class Processes:
    """Which processes ran the tests of each stack."""

    def __init__(self) -> None:
        self._of = defaultdict[str, set[str]](set)

    def note(self, test: str, process: str) -> None:
        """A test ran in a process."""
        if (group := group_of(test)) in SHARED:
            self._of[group].add(process)

    def torn(self) -> dict[str, list[str]]:
        """The groups that ran in more than one process."""
        return {group: sorted(processes) for group, processes in self._of.items() if len(processes) > 1}
