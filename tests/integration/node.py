"""Node.js, with what web/ needs installed."""

import os

import pytest

from tools.node import Node, NoNode, find_node


def installed_node() -> Node:
    """Node.js, with what the tests need installed."""
    found = find_node()
    if found is None:
        assert "CI" not in os.environ, "Node.js is not installed, and `make test` could not get it from PyPI"
        pytest.skip("!! NOT TESTED, all of web/: Node.js is not installed")
    found.install_packages()
    return found


def run_in_web(node: Node, *command: str, **environment: str) -> str:
    """What npm prints.

    Raises:
        AssertionError: it failed; with what it printed.
    """
    try:
        return node.run(command, environment, quiet=True)
    except NoNode as error:
        raise AssertionError(str(error)) from None
