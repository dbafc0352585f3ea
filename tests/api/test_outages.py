"""S3 and DynamoDB failing at each call: a 503 that may be repeated, nothing changed by halves, and a repeat that works."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import botocore.exceptions
import pytest

from chalicelib import rows, storage, transactions
from chalicelib.aws.wire import Response
from chalicelib.kinds import staging_prefix
from chalicelib.settings import settings
from tests.api.conftest import Api, send, table, vault_keys
from tests.api.test_issue_refusals import refused
from tests.api.wire import Wire, answered, cancelled, dynamodb_error, s3_error
from tests.conftest import Logs
from tests.log_lines import SELLER
from tests.played import answer
from tests.samples import image, upload_request, with_long_metadata

PNG = image("image/png")
LONG_JPEG = with_long_metadata(image("image/jpeg"), 100_000)

S3_FAULTS: dict[str, Callable[[], Any]] = {
    "500": lambda: s3_error(500, "InternalError"),
    "503": lambda: s3_error(503, "SlowDown"),
    "garbage": lambda: s3_error(502, ""),
    "conflict": lambda: s3_error(409, "OperationAborted"),
    "no answer": lambda: botocore.exceptions.ReadTimeoutError(endpoint_url="https://on.purpose"),
    "no connection": lambda: botocore.exceptions.EndpointConnectionError(endpoint_url="https://on.purpose"),
}
DYNAMODB_FAULTS: dict[str, Callable[[], Any]] = {
    "500": lambda: dynamodb_error(500, "InternalServerError"),
    "503": lambda: dynamodb_error(503, "ServiceUnavailable"),
    "throttled": lambda: dynamodb_error(400, "ProvisionedThroughputExceededException"),
    "rate": lambda: dynamodb_error(400, "ThrottlingException"),
    "failure": lambda: dynamodb_error(500, "InternalFailure"),
    "garbage": lambda: dynamodb_error(502, ""),
    "in progress": lambda: dynamodb_error(400, "TransactionInProgressException"),
    "no answer": lambda: botocore.exceptions.ReadTimeoutError(endpoint_url="https://on.purpose"),
}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The retries of botocore and of our transactions wait; nothing is learnt by waiting here."""
    monkeypatch.setattr("time.sleep", lambda _: None)


def failing(wire: Wire, number: int, fault: Callable[[], Response | Exception]) -> None:
    """From now on, let the call of this number fail, with all its retries."""
    wire.calls.clear()
    wire.fail = lambda at, _: fault() if at == number else None


def working(wire: Wire) -> None:
    wire.fail = lambda *_: None


def test_an_upload_in_parts_that_could_not_begin_does_not_count_against_the_cap(
    api: Api, product: str, wire: Wire
) -> None:
    wire.fail = lambda _, name: s3_error(503, "SlowDown") if name.endswith("CreateMultipartUpload") else None
    body = upload_request(b"film", "video/mp4", strategy="multipart")
    refused(api.post(f"/products/{product}/deliverables/uploads", body), 503, "storage_unavailable")
    assert [name for name in wire.calls if name.endswith("PutObject")], "it was counted before it began"
    assert storage.count_staged(staging_prefix(SELLER, "multipart"), 1) == 0


@pytest.mark.parametrize("fault", DYNAMODB_FAULTS)
def test_step_1_without_the_database_is_refused_for_now(api: Api, product: str, wire: Wire, fault: str) -> None:
    failing(wire, 0, DYNAMODB_FAULTS[fault])
    answer = api.post(f"/products/{product}/images/uploads", upload_request(PNG))
    assert refused(answer, 503, "storage_unavailable")["retryable"]
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("fault", S3_FAULTS)
def test_step_1_without_s3_is_refused_for_now(api: Api, product: str, wire: Wire, fault: str) -> None:
    failing(wire, 1, S3_FAULTS[fault])
    refused(api.post(f"/products/{product}/images/uploads", upload_request(PNG)), 503, "storage_unavailable")


def test_what_was_begun_when_s3_failed_is_given_up_and_the_next_request_gets_its_own_answers(
    api: Api, product: str, wire: Wire
) -> None:
    failing(wire, 1, S3_FAULTS["no answer"])
    refused(api.post(f"/products/{product}/images/uploads", upload_request(PNG)), 503, "storage_unavailable")
    working(wire)
    assert api.issue(product, "image", PNG, "image/png")["upload"]["product_id"] == product


CONFIRM_CALLS = ["s3.GetObject", "s3.GetObject", "s3.CopyObject", "dynamodb.TransactWriteItems", "s3.DeleteObject"]


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (number, fault)
        for number, call in enumerate(CONFIRM_CALLS[:-1])
        for fault in (S3_FAULTS if call.startswith("s3") else DYNAMODB_FAULTS)
    ],
)
def test_confirm_is_refused_for_now_and_a_repeat_admits_the_file(
    api: Api, product: str, wire: Wire, number: int, fault: str
) -> None:
    issued = api.issue(product, "image", LONG_JPEG, "image/jpeg")
    send(issued, LONG_JPEG)
    before = table()
    faults = S3_FAULTS if CONFIRM_CALLS[number].startswith("s3") else DYNAMODB_FAULTS
    failing(wire, number, faults[fault])

    refused(api.confirm(issued), 503, "storage_unavailable")

    assert wire.calls == CONFIRM_CALLS[: number + 1]
    working(wire)
    assert table() == before
    assert api.confirm(issued).status_code == 201
    assert len(vault_keys()) == 1
    assert api.get("/usage").json_body["files"] == 1


@pytest.mark.parametrize("fault", [*S3_FAULTS, "denied"])
def test_a_failed_delete_of_the_staged_object_is_only_logged(
    api: Api, product: str, wire: Wire, logs: Logs, fault: str
) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    failing(wire, 3, S3_FAULTS.get(fault, lambda: s3_error(403, "AccessDenied")))

    first = api.confirm(issued)

    assert first.status_code == 201
    left = [line for line in logs.above_info() if line["message"] == "a staged object is left to the lifecycle"]
    assert [(line["level"], line["upload_id"]) for line in left] == [("WARNING", issued["upload"]["id"])]
    working(wire)
    assert api.confirm(issued).body == first.body


@pytest.mark.parametrize("fault", DYNAMODB_FAULTS)
def test_a_refusal_that_cannot_look_at_the_row_is_no_refusal(api: Api, product: str, wire: Wire, fault: str) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    failing(wire, 1, DYNAMODB_FAULTS[fault])
    refused(api.confirm(issued), 503, "storage_unavailable")


def test_a_commit_whose_answer_was_lost_is_found_by_the_repeat(api: Api, product: str, wire: Wire) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    lost = botocore.exceptions.ReadTimeoutError(endpoint_url="https://on.purpose")
    wire.fail_after = lambda _, name: lost if name == "dynamodb.TransactWriteItems" else None
    answer = api.confirm(issued)
    wire.fail_after = lambda *_: None
    refused(answer, 503, "storage_unavailable")
    assert "is done or not" in answer.json_body["detail"], "it cannot know that nothing was changed"
    rows = table()
    answer = api.confirm(issued)
    assert answer.status_code == 200
    assert (table(), len(vault_keys())) == (rows, 1)
    assert api.get(f"/products/{product}").json_body["image_count"] == 1


def test_a_product_created_by_a_write_whose_answer_was_lost_is_created(api: Api, wire: Wire) -> None:
    """botocore repeats the write, and meets the row it wrote itself."""
    wire.fail = lambda _, name: (
        dynamodb_error(400, "ConditionalCheckFailedException") if name.endswith("PutItem") else None
    )
    assert api.post("/products", {"title": "x"}).status_code == 201


def test_a_rename_whose_answer_was_lost_is_answered_by_the_repeat(api: Api, product: str) -> None:
    path = f"/products/{product}"
    first = api.call("PATCH", path, {"title": "New"}, If_Match='"1"')
    again = api.call("PATCH", path, {"title": "New"}, If_Match='"1"')
    assert (again.status_code, again.body, again.headers["ETag"]) == (200, first.body, '"2"')


def test_a_conflict_is_tried_again(api: Api, product: str, wire: Wire) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    wire.calls.clear()
    conflict = partial(cancelled, "None", "TransactionConflict", "None")
    wire.fail = lambda at, name: conflict() if name == "dynamodb.TransactWriteItems" and at < 4 else None

    assert api.confirm(issued).status_code == 201
    assert wire.calls.count("dynamodb.TransactWriteItems") == 3


def test_conflicts_that_do_not_end_are_refused_for_now(api: Api, product: str, wire: Wire) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    wire.calls.clear()
    conflict = partial(cancelled, "None", "TransactionConflict", "None")
    wire.fail = lambda _, name: conflict() if name == "dynamodb.TransactWriteItems" else None

    refused(api.confirm(issued), 503, "storage_unavailable")
    assert wire.calls.count("dynamodb.TransactWriteItems") == transactions.ATTEMPTS


def test_a_transaction_that_is_wrong_in_itself_is_a_bug_and_not_an_outage(api: Api, product: str, wire: Wire) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    wire.fail = lambda _, name: cancelled("ValidationError") if name == "dynamodb.TransactWriteItems" else None
    refused(api.confirm(issued), 500, "internal_error")


def test_a_copy_that_fails_after_its_200_is_no_copy(api: Api, product: str, wire: Wire) -> None:
    """S3 begins its answer before a copy is done: an error may stand in the body of a 200."""
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    before = table()
    failing(wire, 1, lambda: answered("<Error><Code>InternalError</Code><Message>on purpose</Message></Error>"))

    refused(api.confirm(issued), 503, "storage_unavailable")

    assert wire.calls == ["s3.GetObject", "s3.CopyObject"]
    assert table() == before
    working(wire)
    assert api.confirm(issued).status_code == 201


def test_a_copy_that_is_there_already_is_success(api: Api, product: str, wire: Wire) -> None:
    """S3 answers 412 to If-None-Match; moto and ministack overwrite."""
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    failing(wire, 2, lambda: dynamodb_error(500, "InternalServerError"))
    refused(api.confirm(issued), 503, "storage_unavailable")  # copied, and not committed
    failing(wire, 1, lambda: s3_error(412, "PreconditionFailed"))

    answer = api.confirm(issued)

    assert answer.status_code == 201
    assert answer.json_body["sha256"] is not None
    assert wire.calls[1:3] == ["s3.CopyObject", "s3.HeadObject"]


@pytest.mark.parametrize("status", [403, 404])
def test_a_copy_that_the_sweep_takes_while_it_is_looked_at_is_no_bug(
    api: Api, product: str, wire: Wire, status: int
) -> None:
    issued = api.issue(product, "image", PNG, "image/png")
    send(issued, PNG)
    answers = {
        "s3.CopyObject": s3_error(412, "PreconditionFailed"),
        "s3.HeadObject": s3_error(status, str(status)),  # what botocore makes of an answer without a body
    }
    wire.fail = lambda _, name: answers.get(name)
    refused(api.confirm(issued), 409, "upload_changed")
    working(wire)
    assert api.confirm(issued).status_code == 201


def test_unprocessed_keys_are_an_outage(api: Api, product: str, wire: Wire) -> None:
    left_out = {settings.table: {"Keys": [{"pk": {"S": "x"}, "sk": {"S": "y"}}]}}
    body = json.dumps({"Responses": {}, "UnprocessedKeys": left_out}).encode()
    failing(wire, 0, lambda: answer(200, {}, body))
    refused(api.get("/usage"), 503, "storage_unavailable")


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket"])
def test_a_misconfigured_bucket_is_a_bug_and_not_an_outage(api: Api, product: str, wire: Wire, code: str) -> None:
    failing(wire, 1, lambda: s3_error(403, code))
    answer = api.post(f"/products/{product}/images/uploads", upload_request(PNG))
    body = refused(answer, 500, "internal_error")
    assert body["detail"] == "The error was logged."


OTHER_CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/products", None),
    ("POST", "/products", {"title": "x"}),
    ("GET", "/products/{product}", None),
    ("PATCH", "/products/{product}", {"title": "y"}),
    ("DELETE", "/products/{product}", None),
    ("GET", "/products/{product}/images", None),
    ("PUT", "/products/{product}/images/order", {"image_ids": []}),
    ("PATCH", "/products/{product}/images/{file}", {"alt": "x"}),
    ("DELETE", "/products/{product}/images/{file}", None),
    ("POST", "/products/{product}/images/{file}/restore", None),
    ("POST", "/products/{product}/images/{file}/download", None),
    ("GET", "/products/{product}/deliverables", None),
    ("GET", "/usage", None),
]


@pytest.mark.parametrize("fault", ["500", "throttled"])
@pytest.mark.parametrize(("method", "path", "body"), OTHER_CALLS)
def test_every_other_route_without_the_database_is_refused_for_now(
    api: Api, product: str, wire: Wire, method: str, path: str, body: Any, fault: str
) -> None:
    failing(wire, 0, DYNAMODB_FAULTS[fault])
    path = path.format(product=product, file="01M82DBFBA1G1MMNPQSXNXJXZE")
    refused(api.call(method, path, body, If_Match="*"), 503, "storage_unavailable")


def test_cancel_without_s3_is_refused_for_now(api: Api, product: str, wire: Wire) -> None:
    failing(wire, 0, S3_FAULTS["503"])
    answer = api.call("DELETE", f"/products/{product}/images/uploads/01M82DBFBA1G1MMNPQSXNXJXZE")
    refused(answer, 503, "storage_unavailable")


def test_the_service_waits_for_storage_less_than_the_gateway_waits_for_the_service() -> None:
    """API Gateway gives up after 29 s: the longest single call, all tries of it, must end before."""
    for limits in (storage.LIMITS, rows.LIMITS):
        assert limits.attempts * (limits.connect_timeout + limits.read_timeout) <= 25
