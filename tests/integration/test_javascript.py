"""The browser's module and the Uppy plugin: their own tests, and against the local stack."""

from tests.integration.conftest import Seller
from tests.integration.node import run_in_web
from tools.node import Node


def test_the_module_passes_its_own_tests_and_uploads_to_the_stack(node: Node, seller: Seller) -> None:
    printed = run_in_web(node, "test", VESTIBULE_API_URL=seller.running.url, VESTIBULE_TOKEN=seller.token)
    assert "skipped 0" in printed


def test_all_of_it_is_formatted(node: Node) -> None:
    run_in_web(node, "exec", "--", "prettier", "--check", ".")
