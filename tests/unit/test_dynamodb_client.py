"""Our client of DynamoDB asks what botocore's asks and reads what it reads; attempts of a transaction are one."""

import json
import uuid
from binascii import crc32
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, HTTPClientError
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.client import Call, Client, Limits, Waiting
from chalicelib.aws.dynamodb import DynamoDB
from chalicelib.aws.endpoints import dynamodb_address
from chalicelib.aws.signing import _signer
from chalicelib.settings import settings
from tests.played import answer
from tests.unit.botocores import ENVIRONMENT, KEYS, Answer, Botocore

ONCE = Limits(connect_timeout=1, read_timeout=1, attempts=1)
THRICE = Limits(connect_timeout=1, read_timeout=1, attempts=3)

items = st.recursive(
    st.one_of(
        st.text(max_size=20).map(lambda text: {"S": text}),
        st.integers().map(lambda number: {"N": str(number)}),
        st.booleans().map(lambda truth: {"BOOL": truth}),
        st.just({"NULL": True}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda found: {"L": found}),
        st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3).map(lambda found: {"M": found}),
    ),
    max_leaves=5,
)
rows = st.dictionaries(st.text(min_size=1, max_size=8), items, max_size=5)
OPERATIONS = ("BatchGetItem", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "TransactWriteItems")


def ours(limits: Limits = ONCE) -> DynamoDB:
    return DynamoDB(dynamodb_address(settings.region, {}), settings.region, "vestibule", limits)


THEIRS = Botocore("dynamodb", ONCE)


def asked(operation: str, row: dict[str, Any]) -> dict[str, Any]:
    table = {"TableName": "t"}
    values = {"ExpressionAttributeNames": {"#0": "a"}, "ExpressionAttributeValues": {":0": {"S": "b"}}}
    match operation:
        case "BatchGetItem":
            return {"RequestItems": {"t": {"Keys": [row], "ConsistentRead": True}}}
        case "TransactWriteItems":
            put = {"Put": {"Item": row, **table, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
            return {"TransactItems": [put], "ClientRequestToken": "mine"}
        case "PutItem":
            return table | {"Item": row, "ConditionExpression": "attribute_not_exists (#0)", **values}
        case "Query":
            return table | {"KeyConditionExpression": "#0 = :0", "ExclusiveStartKey": row, **values}
        case "Scan":
            return table | {"Segment": 0, "TotalSegments": 2}
    return table | {"Key": row}


@given(operation=st.sampled_from(OPERATIONS), row=rows)
def test_the_same_parameters_make_the_same_request(operation: str, row: dict[str, Any]) -> None:
    THEIRS.sent.clear()
    THEIRS.answers = lambda: Answer(200, b"{}")
    THEIRS.call(operation, asked(operation, row))
    (wanted,) = THEIRS.sent
    request = ours()._signed(ours()._built(operation, asked(operation, row)))
    assert f"{request.origin}{request.target}" == wanted.url
    assert json.loads(request.body) == json.loads(_text(wanted.body))
    named = {name.lower(): _text(value) for name, value in wanted.headers.items()}
    for name in ("x-amz-target", "content-type"):
        assert request.headers[name] == named[name]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("token", [None, "a token=/+"])
@pytest.mark.parametrize("second", [0, 951_782_399, 1_772_150_400, 4_102_444_799])
def test_the_signature_is_botocores(token: str | None, second: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (ENVIRONMENT | {"AWS_SESSION_TOKEN": token or ""}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("time.time", lambda: float(second))
    now = datetime.fromtimestamp(second, UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: now.replace(tzinfo=None))
    _signer.cache_clear()
    request = ours()._signed(ours()._built("GetItem", asked("GetItem", {"pk": {"S": "ä"}})))
    _signer.cache_clear()
    sent = {name: request.headers[name] for name in ("x-amz-target", "content-type")}
    theirs = AWSRequest("POST", f"{request.origin}{request.target}", headers=sent, data=request.body)
    secret = Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"], token)
    SigV4Auth(secret, "dynamodb", settings.region).add_auth(theirs)
    assert request.headers["authorization"] == theirs.headers["Authorization"]


def refused(code: str, **more: Any) -> bytes:
    return json.dumps({"__type": code, **more}).encode()


REASONS = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "no", "Item": {"pk": {"S": "1"}}}]
ANSWERS = {
    "an item": Answer(200, b'{"Item":{"pk":{"S":"\\u00e4"},"n":{"N":"1"},"l":{"L":[{"BOOL":true}]}}}'),
    "nothing": Answer(200, b"{}"),
    "a refusal": Answer(400, refused("com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", message="no")),
    "a refusal without its place": Answer(400, refused("ValidationException", message="no")),
    "a refusal with a capital": Answer(400, refused("com.amazon.coral.service#AccessDeniedException", Message="no")),
    "a cancellation": Answer(
        400,
        refused(
            "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", Message="x", CancellationReasons=REASONS
        ),
    ),
    "a failure": Answer(500, refused("com.amazonaws.dynamodb.v20120810#InternalServerError")),
    "a page of HTML": Answer(502, b"<html>Bad gateway"),
    "nothing at all": Answer(503),
}


def outcome(call: Callable[[], Any]) -> Any:
    try:
        answered = call()
    except ClientError as error:
        response: Any = error.response
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        return response["Error"]["Code"], response.get("CancellationReasons") or [], status, error.operation_name
    answered.pop("ResponseMetadata", None)
    return answered


def playing(monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> list[Call]:
    """Let our clients be told these in turn; returns the calls that are made."""
    made: list[Call] = []

    def sent(client: Client, operation: str, call: Call, attempt: int) -> Waiting:
        made.append(call)
        given = answers[min(len(made), len(answers)) - 1]
        return lambda: answer(given.status, given.headers, given.body)

    monkeypatch.setattr(Client, "_sent", sent)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return made


@pytest.mark.parametrize("name", ANSWERS)
def test_the_same_answer_is_read_alike(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    THEIRS.answers = lambda: ANSWERS[name]
    playing(monkeypatch, ANSWERS[name])
    params = asked("TransactWriteItems", {})
    operation = "TransactWriteItems" if name == "a cancellation" else "GetItem"
    params = asked(operation, {"pk": {"S": "1"}})
    read = outcome(lambda: ours()._make_api_call(operation, params))
    assert read == outcome(lambda: THEIRS.call(operation, params))


def test_all_attempts_of_a_transaction_have_one_token_and_others_another(monkeypatch: pytest.MonkeyPatch) -> None:
    made = playing(monkeypatch, Answer(500), Answer(500), Answer(200, b"{}"))
    params = {"TransactItems": [{"Put": {"TableName": "t", "Item": {}}}]}
    client = ours(THRICE)
    client._make_api_call("TransactWriteItems", params)
    assert [len({json.loads(call.body)["ClientRequestToken"] for call in made}), len(made)] == [1, 3]
    client._make_api_call("TransactWriteItems", params)
    tokens = {json.loads(call.body)["ClientRequestToken"] for call in made}
    assert len(tokens) == 2
    assert all(len(token) <= 36 and uuid.UUID(token) for token in tokens)
    assert "ClientRequestToken" not in params


def test_a_token_that_is_given_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made = playing(monkeypatch, Answer(200, b"{}"))
    ours()._make_api_call("TransactWriteItems", {"TransactItems": [], "ClientRequestToken": "mine"})
    assert json.loads(made[0].body)["ClientRequestToken"] == "mine"


def test_an_answer_with_another_checksum_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'{"Item":{"pk":{"S":"1"}}}'
    right, wrong = (Answer(200, body, {"x-amz-crc32": str(crc)}) for crc in (crc32(body), crc32(body) ^ 1))
    made = playing(monkeypatch, wrong, right)
    assert ours(THRICE)._make_api_call("GetItem", asked("GetItem", {}))["Item"] == {"pk": {"S": "1"}}
    assert len(made) == 2
    playing(monkeypatch, wrong)
    with pytest.raises(HTTPClientError, match="checksum"):
        ours(THRICE)._make_api_call("GetItem", asked("GetItem", {}))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff"])
def test_what_is_no_answer_is_asked_for_again(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    made = playing(monkeypatch, Answer(200, body), Answer(200, b"{}"))
    assert ours(THRICE)._make_api_call("GetItem", asked("GetItem", {})) == {}
    assert len(made) == 2
