"""Our clients try a failed call again as often as botocore's standard mode, after the same pauses, and not for ever."""

import functools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore import exceptions

from chalicelib.aws.client import Call, Client, Limits, Waiting
from chalicelib.aws.dynamodb import DynamoDB
from chalicelib.aws.endpoints import dynamodb_address, s3_endpoint
from chalicelib.aws.s3 import S3
from chalicelib.settings import settings
from tests.played import answer
from tests.unit.botocores import Answer, Botocore

NOWHERE = "https://on.purpose"
SERVICES = ("s3", "dynamodb")
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "s3": ("DeleteObject", {"Bucket": "b", "Key": "k"}),
    "dynamodb": ("GetItem", {"TableName": "t", "Key": {"pk": {"S": "1"}}}),
}


def refused(service: str, status: int, code: str, **headers: str) -> Answer:
    """A refusal as this service says it; without a code, as something before it does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if not code:
        return Answer(status, b"", named)
    if service == "s3":
        return Answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode(), named)
    return Answer(status, f'{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"no"}}'.encode(), named)


def done(service: str) -> Answer:
    return Answer(204) if service == "s3" else Answer(200, b"{}")


CODES = [
    (400, "RequestTimeout"),
    (400, "RequestTimeoutException"),
    (400, "PriorRequestNotComplete"),
    (400, "Throttling"),
    (400, "ThrottlingException"),
    (400, "ThrottledException"),
    (400, "RequestThrottledException"),
    (400, "TooManyRequestsException"),
    (400, "ProvisionedThroughputExceededException"),
    (400, "TransactionInProgressException"),
    (400, "RequestLimitExceeded"),
    (400, "BandwidthLimitExceeded"),
    (400, "LimitExceededException"),
    (400, "RequestThrottled"),
    (503, "SlowDown"),
    (500, "InternalError"),
    (500, "InternalServerError"),
    (500, ""),
    (502, ""),
    (503, ""),
    (504, ""),
    (429, ""),
    (501, "NotImplemented"),
    (400, "ValidationException"),
    (400, "ConditionalCheckFailedException"),
    (400, "TransactionCanceledException"),
    (400, "ExpiredToken"),
    (403, "AccessDenied"),
    (403, "RequestTimeTooSkewed"),
    (404, "NoSuchKey"),
    (409, "OperationAborted"),
    (409, "ConditionalRequestConflict"),
    (412, "PreconditionFailed"),
]
ERRORS: dict[str, Exception] = {
    "no connection": exceptions.EndpointConnectionError(endpoint_url=NOWHERE),
    "no connection in time": exceptions.ConnectTimeoutError(endpoint_url=NOWHERE),
    "no answer in time": exceptions.ReadTimeoutError(endpoint_url=NOWHERE),
    "a connection that ended": exceptions.ConnectionClosedError(endpoint_url=NOWHERE),
    "half an answer": exceptions.ResponseStreamingError(error="half"),
    "another one's certificate": exceptions.SSLError(endpoint_url=NOWHERE, error=OSError("not its name")),
    "something else": exceptions.HTTPClientError(error="else"),
}


Following = Iterator[Answer | Exception]


@dataclass
class Course:
    """What happened in one call: how it ended, after how many attempts, and the pauses between them, in seconds."""

    end: str = ""
    attempts: int = 0
    pauses: list[float] = field(default_factory=list)


@dataclass
class Pair:
    """Ours and botocore's, of one service; each is told the same, and given the same luck."""

    service: str
    attempts: int

    def __post_init__(self) -> None:
        limits = Limits(connect_timeout=1, read_timeout=1, attempts=self.attempts)
        region = settings.region
        self.theirs = Botocore(self.service, limits)
        self.ours: Client = (
            S3(s3_endpoint(region, {}, path_style=False), region, "vestibule", limits)
            if self.service == "s3"
            else DynamoDB(dynamodb_address(region, {}), region, "vestibule", limits)
        )

    def courses(self, answers: list[Answer | Exception], seed: int = 1) -> tuple[Course, Course]:
        """One call by each, which is told these in turn, and the last one ever after."""
        return self._course(self._ours, answers, seed), self._course(self._theirs, answers, seed)

    @staticmethod
    def _course(call: Callable[[Following], None], answers: list[Answer | Exception], seed: int) -> Course:
        course = Course()
        random.seed(seed)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("time.sleep", course.pauses.append)
            try:
                call(_each(answers, course))
                course.end = "done"
            except exceptions.ClientError as error:
                course.end = f"{error.response['Error']['Code']} {error.response['ResponseMetadata']['HTTPStatusCode']}"
            except exceptions.BotoCoreError as error:
                course.end = type(error).__name__
        return course

    def _ours(self, following: Following) -> None:
        def sent(client: Client, operation: str, call: Call, attempt: int) -> Waiting:
            told = next(following)
            if isinstance(told, Exception):
                raise told
            return lambda: answer(told.status, told.headers, told.body, call.method)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Client, "_sent", sent)
            operation, params = CALLS[self.service]
            self.ours._make_api_call(operation, params)

    def _theirs(self, following: Following) -> None:
        self.theirs.answers = lambda: next(following)
        operation, params = CALLS[self.service]
        self.theirs.call(operation, dict(params))


known_pair = functools.cache(Pair)
"""One that has been told other things before: both have the same past, and as much of their quota left."""


def _each(answers: list[Answer | Exception], course: Course) -> Iterator[Answer | Exception]:
    while True:
        course.attempts += 1
        yield answers[min(course.attempts, len(answers)) - 1]


@pytest.mark.parametrize("attempts", [1, 2, 3, 5])
@pytest.mark.parametrize(("status", "code"), CODES)
@pytest.mark.parametrize("service", SERVICES)
def test_a_refusal_is_tried_again_as_botocore_does(service: str, status: int, code: str, attempts: int) -> None:
    ours, theirs = known_pair(service, attempts).courses([refused(service, status, code)])
    assert ours == theirs


@pytest.mark.parametrize("attempts", [1, 3])
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("service", SERVICES)
def test_no_answer_is_tried_again_as_botocore_does(service: str, error: str, attempts: int) -> None:
    ours, theirs = Pair(service, attempts).courses([ERRORS[error]])
    assert ours == theirs
    assert ours.attempts == attempts


@pytest.mark.parametrize("service", SERVICES)
def test_a_call_that_succeeds_at_last_has_succeeded(service: str) -> None:
    faults: list[Answer | Exception] = [ERRORS["no answer in time"], refused(service, 503, "SlowDown"), done(service)]
    ours, theirs = Pair(service, 3).courses(faults)
    assert ours == theirs
    assert (ours.end, ours.attempts, len(ours.pauses)) == ("done", 3, 2)


@pytest.mark.parametrize("milliseconds", ["1500", "0", "99000", "-5", "soon", ""])
@pytest.mark.parametrize("service", SERVICES)
def test_a_pause_that_is_asked_for_is_made(service: str, milliseconds: str) -> None:
    later = refused(service, 503, "SlowDown", x_amz_retry_after=milliseconds)
    ours, theirs = Pair(service, 3).courses([later, later, done(service)])
    assert ours == theirs


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_in_trouble_is_spared_until_it_recovers(service: str) -> None:
    """Over a long way, on which the quota of further attempts runs empty and fills again, each call is the same."""
    pair, choose = Pair(service, 4), random.Random(11)
    seen = set()
    for number in range(1500):
        is_bad = number % 500 < 250
        faults: list[Answer | Exception] = [
            refused(service, 500, ""),
            refused(service, 400, "ThrottlingException"),
            ERRORS["no answer in time"],
            refused(service, 404, "NoSuchKey"),
        ]
        answers = [
            choose.choice(faults) if choose.random() < (0.9 if is_bad else 0.02) else done(service) for _ in range(4)
        ]
        ours, theirs = pair.courses(answers, seed=number)
        assert ours == theirs, number
        seen.add((is_bad, ours.end == "done", ours.attempts))
    assert {(True, False, 1), (True, False, 4), (True, True, 3), (False, True, 1)} <= seen
