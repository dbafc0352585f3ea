"""The pump itself: the clock, and stopping in the middle."""

import sys
from pathlib import Path

import pytest

from local.bootstrap import Stack
from local.processes import running as running_process
from local.stack import Running
from tests.integration.conftest import Behind, Seller, json_lines, wait_until
from tests.samples import image


@pytest.mark.usefixtures("no_pump")
def test_the_clock_starts_the_sweep(stack: Stack, behind: Behind, tmp_path: Path) -> None:
    log = tmp_path / "pump.log"
    command = [sys.executable, "-m", "local.pump", "--events", stack.events_url, "--sweep-every", "0.5"]
    with running_process(command, stack.background, log):
        wait_until(lambda: log.read_text().count("sweep  → done") >= 2, log.read_text())
    swept = [entry for entry in json_lines(log) if entry.get("message") == "swept"]
    assert len(swept) >= 2
    assert not any(entry["failed"] or entry["exhausted"] or entry["report_only"] for entry in swept)
    assert any("Purged" in entry for entry in json_lines(log)), "its metrics were written"
    assert [row["sk"]["S"] for row in behind.rows() if row["pk"]["S"] == "SWEEP"] != []


@pytest.mark.usefixtures("no_pump")
def test_an_event_in_whose_middle_the_pump_is_stopped_is_taken_up_by_the_next(
    running: Running, seller: Seller, product: str, behind: Behind
) -> None:
    """Not after the two minutes in which it would be nobody else's."""
    seller.add(product, "image", image("image/png", 4000, 3000), "image/png")
    running.pump.start()
    wait_until(lambda: "waiting for S3's events" in running.pump.log.read_text(), "started")
    wait_until(lambda: behind.taken_events() == 1, "taken")
    running.pump.stop()
    assert behind.taken_events() == 0
    running.pump.start()
    assert seller.rendered(product)[0]["rendition_state"] == "ready"


def test_the_pumps_log_holds_ids_and_no_names_or_signatures(running: Running, seller: Seller, product: str) -> None:
    seller.add(product, "image", image("image/png"), "image/png", filename="secret-name.png", alt="secret-alt")
    seller.rendered(product)
    log = running.pump.log.read_text()
    for secret in (
        "secret-",
        "X-Amz",
        "AWSAccessKeyId",
        "http://",
        "eyJ",
        running.stack.background["AWS_ACCESS_KEY_ID"],
    ):
        assert secret not in log
