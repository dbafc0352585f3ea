"""Lines for CloudWatch, and the metrics that they carry."""

import logging
from types import SimpleNamespace

from chalicelib import telemetry
from tests.conftest import Logs

CONTEXT = SimpleNamespace(aws_request_id="dc233ae7-d1ea-4e6c-be56-97e7c811006d")


def test_the_next_line_carries_the_metrics_and_the_one_after_it_does_not(logs: Logs) -> None:
    with telemetry.invocation(CONTEXT, product_id="1"):
        telemetry.count("Files")
        telemetry.count("Files", 2)
        telemetry.count_bytes("Bytes", 7)
        telemetry.log.info("first")
        telemetry.log.info("second")
    first, second = logs.all()
    assert (first["Files"], first["Bytes"], first["product_id"], first["service"]) == ([1, 2], [7], "1", "vestibule")
    directives = first["_aws"]["CloudWatchMetrics"]
    assert [directive["Metrics"] for directive in directives] == [
        [{"Name": "Files", "Unit": "Count"}],
        [{"Name": "Bytes", "Unit": "Bytes"}],
    ]
    assert {tuple(directive["Dimensions"][0]) for directive in directives} == {("service",)}
    assert first["_aws"]["Timestamp"] > 1_700_000_000_000
    assert not {"_aws", "Files", "Bytes"} & set(second)
    assert second["request_id"] == first["request_id"] == CONTEXT.aws_request_id


def test_metrics_that_no_line_follows_get_one(logs: Logs) -> None:
    with telemetry.invocation(CONTEXT), telemetry.timed("Time"):
        pass
    (line,) = logs.all()
    assert (line["message"], line["Time"][0] >= 0) == ("metrics", True)


def test_what_a_block_that_fails_took_is_not_measured(logs: Logs) -> None:
    try:
        with telemetry.invocation(CONTEXT), telemetry.timed("Time"):
            raise ValueError
    except ValueError:
        pass
    assert logs.all() == []


def test_outside_of_an_invocation_nothing_is_measured_that_the_next_one_would_tell(logs: Logs) -> None:
    telemetry.count("Files")
    with telemetry.invocation(CONTEXT):
        telemetry.log.info("a line")
    assert "Files" not in logs.all()[0]


def test_an_error_is_logged_with_its_trace_whoever_logs_it(logs: Logs) -> None:
    try:
        raise ValueError("on purpose")
    except ValueError as error:
        telemetry.log.exception("being handled", facts_of="this time")
        logging.getLogger(telemetry.LOGGER).exception("by %s", "Chalice")
        kept = error
    telemetry.log.exception("given", kept)
    handled, by_chalice, given = logs.all()
    assert (handled["level"], handled["facts_of"]) == ("ERROR", "this time")
    assert by_chalice["message"] == "by Chalice"
    assert all("ValueError: on purpose" in line["exception"] for line in (handled, by_chalice, given))


def test_half_a_character_in_the_error_of_a_library_is_no_error_of_ours(logs: Logs) -> None:
    telemetry.log.exception("a bug", ValueError("half \ud83d a character"))
    (line,) = logs.all()
    assert "half \ud83d a character" in line["exception"]
