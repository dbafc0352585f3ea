"""Every test runs with this environment; nothing of the machine's own AWS configuration is seen."""

import os
from typing import Any

ENVIRONMENT = {
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "VESTIBULE_TABLE": "vestibule-test",
    "VESTIBULE_STAGING_BUCKET": "vestibule-test-staging",
    "VESTIBULE_VAULT_BUCKET": "vestibule-test-vault",
    "VESTIBULE_MEDIA_BUCKET": "vestibule-test-media",
    "VESTIBULE_MEDIA_URL": "https://media.shop.example",
    "VESTIBULE_USER_POOL_ARN": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_Example01",
    "VESTIBULE_USER_POOL_CLIENT_ID": "exampleclient",
    "VESTIBULE_ALLOWED_ORIGIN": "https://shop.example",
}
from tests import proving  # noqa: E402 (reads what was given, before tools are imported)

for name in list(os.environ):
    if name.startswith(("AWS_", "VESTIBULE_")) and not name.startswith(proving.OF_THE_TESTS):
        del os.environ[name]
os.environ.update(ENVIRONMENT)

import moto  # noqa: E402, F401  (hooks botocore; must come before the app makes its clients)
from hypothesis import HealthCheck, settings  # noqa: E402

# A busy machine is no failure: nothing here is timed. A failing example is printed so that it can be run again.
settings.register_profile("vestibule", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("vestibule")

import pytest  # noqa: E402

from chalicelib import telemetry  # noqa: E402
from tests import distribution, log_lines, played  # noqa: E402
from tests.tally import Proven, Tally  # noqa: E402

played.by_moto()

telemetry.write_line = log_lines.kept(telemetry.write_line)  # type: ignore[assignment]


_processes = distribution.Processes()
_tally = Tally()

HOLD_THE_COVERAGE = ("tests/unit/", "tests/api/", "tests/tools/")
"""Tests that cover the code. What runs it a million times over is not measured: that takes twice as long."""


def _is_worker(config: pytest.Config) -> bool:
    """Whether this is one of several processes that run tests for another one (pytest-xdist)."""
    return hasattr(config, "workerinput")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="tell one story of tests/simulation, by its seed")


def pytest_configure(config: pytest.Config) -> None:
    if not _is_worker(config):
        log_lines.forget()
        proving.give_on()
    elif config.workerinput["everything"] != proving.EVERYTHING:  # type: ignore[attr-defined]
        raise pytest.UsageError("VESTIBULE_PROVE did not reach the process that runs the tests.")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Of pytest-xdist: what a process is told."""
    node.workerinput["everything"] = proving.EVERYTHING


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    distribution.tell_apart(items)
    items.sort(key=lambda item: distribution.place_in_line(item.nodeid))
    for item in items:
        if not item.nodeid.startswith(HOLD_THE_COVERAGE):
            item.add_marker("no_cover")  # of pytest-cov


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> distribution.ByGroup | None:
    """Instead of pytest-xdist's own way with groups."""
    return distribution.ByGroup(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a stack is mostly waited for."""
    return (os.cpu_count() or 1) + 1


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if (process := getattr(report, "node", None)) is not None:  # of pytest-xdist, where it comes in
        _processes.note(report.nodeid, process.gateway.id)
    if report.when == "call" and report.passed:
        _tally.add(report.user_properties)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if lines := list(_tally.lines()):
        terminalreporter.section("proven" if proving.EVERYTHING else "proven: a part of what `make prove` proves")
        terminalreporter.write("\n".join([*lines, ""]))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Read all logs of the whole session, and look at which process ran what: the last of all tests."""
    if _is_worker(session.config):
        return
    if session.config.getoption("dist", "no") == "loadgroup" and (torn := _processes.torn()):
        print(f"\nTORN APART, each with a stack of its own: {torn}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    lines, secrets = log_lines.read_all()
    for what, line in secrets[:20]:
        print(f"\nLOGGED: {what}, in: {line[:1000]}")
    print(f"\nlogs: {lines} lines were read, {len(secrets)} of them with what must not be logged")
    if secrets:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def proven(request: pytest.FixtureRequest) -> Proven:
    """Takes how many of something this test has proven; the end of the run tells all of them."""
    return Proven(request.node.user_properties)


class Logs:
    """What the service logged in this test."""

    def __init__(self) -> None:
        self._mark = len(log_lines.LINES)

    def all(self) -> list[dict[str, Any]]:
        return log_lines.since(self._mark)

    def above_info(self) -> list[dict[str, Any]]:
        return [line for line in self.all() if line["level"] != "INFO"]


@pytest.fixture
def logs() -> Logs:
    return Logs()
