"""Requests, answers and refusals; and trying again."""

import json
from collections.abc import Callable

import httpx
import pytest
from vestibule_client.api import Api, UploadRequest
from vestibule_client.http import new_http
from vestibule_client.problems import NotSignedIn, Problem, StorageRefused, UnexpectedAnswer, Unreachable
from vestibule_client.refusals import storage_refusal
from vestibule_client.storage import Storage

from tests.client.conftest import VirtualTime

URL = "https://api.shop.example/dev"
PRODUCT = {
    "id": "P",
    "title": "Brush set",
    "image_count": 0,
    "deliverable_count": 0,
    "version": 1,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
}
Answer = httpx.Response | Exception


class Tokens:
    def __init__(self) -> None:
        self.given = 1

    def id_token(self) -> str:
        return f"token-{self.given}"

    def renewed(self, refused: str) -> str:
        self.given += 1
        return self.id_token()


class Line(httpx.BaseTransport):
    """Answers one after the other."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


MakeApi = Callable[..., tuple[Api, Line]]


@pytest.fixture
def make_api(virtual_time: VirtualTime) -> MakeApi:
    def make(*answers: Answer) -> tuple[Api, Line]:
        line = Line(*answers)
        return Api(URL, Tokens(), httpx.Client(transport=line), virtual_time.patience()), line

    return make


def ok(body: object = PRODUCT) -> httpx.Response:
    return httpx.Response(200, json=body)


def refused(status: int, code: str, *, retryable: bool = False, **headers: str) -> httpx.Response:
    body = {"status": status, "code": code, "title": "T", "detail": "Expected A, and found B.", "retryable": retryable}
    more = {"expected": "A", "actual": 2, "errors": [{"pointer": "/size", "detail": "x"}], "request_id": "r"}
    return httpx.Response(status, json={**body, **more}, headers=headers)


def test_members_unknown_here_are_ignored(make_api: MakeApi) -> None:
    api, line = make_api(ok({**PRODUCT, "tomorrow": [1], "images": [], "deliverables": []}))
    assert api.product("P").title == "Brush set"
    assert line.requests[0].headers["Authorization"] == "token-1"
    assert str(line.requests[0].url) == f"{URL}/products/P"


@pytest.mark.parametrize(
    "body",
    [[], {"id": "P"}, {**PRODUCT, "version": "1"}, {**PRODUCT, "created_at": "soon"}, {**PRODUCT, "version": True}],
)
def test_an_answer_of_another_shape_is_asked_for_again(make_api: MakeApi, body: object) -> None:
    api, line = make_api(ok(body), ok())
    assert api.product("P").id == "P"
    assert len(line.requests) == 2


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("gone"),
        httpx.DecodingError("garbage"),
        httpx.Response(200, text="<html>Welcome</html>"),
        httpx.Response(502, text="<html>Bad gateway</html>"),
        httpx.Response(503, json={"message": "no code"}),
        httpx.Response(200, text="[" * 100_000),
        refused(500, "internal_error"),
        refused(503, "storage_unavailable", retryable=True),
        refused(429, "rate_limited", retryable=True),
    ],
)
def test_what_may_pass_is_tried_again(make_api: MakeApi, virtual_time: VirtualTime, fault: Answer) -> None:
    api, _ = make_api(fault, fault, ok())
    assert api.product("P").id == "P"
    assert virtual_time.slept == [0.5, 1.0]


@pytest.mark.parametrize(
    ("status", "code"), [(404, "not_found"), (429, "quota_exceeded"), (409, "upload_not_received")]
)
def test_what_is_final_is_raised_at_once(make_api: MakeApi, virtual_time: VirtualTime, status: int, code: str) -> None:
    api, _ = make_api(refused(status, code))
    with pytest.raises(Problem, match="Expected A, and found B") as problem:
        api.product("P")
    found = problem.value
    assert (found.status, found.code, found.expected, found.actual) == (status, code, "A", 2)
    assert (found.errors[0].pointer, virtual_time.slept) == ("/size", [])


def test_retry_after_is_honoured(make_api: MakeApi, virtual_time: VirtualTime) -> None:
    busy = {"retryable": True, "Retry-After": "7"}
    api, _ = make_api(refused(503, "storage_unavailable", **busy), ok())  # type: ignore[arg-type]
    api.product("P")
    assert virtual_time.slept == [7.0]


def test_patience_ends(make_api: MakeApi, virtual_time: VirtualTime) -> None:
    api, line = make_api(*[httpx.ConnectError("refused")] * 100)
    with pytest.raises(Unreachable, match="Could not reach the service"):
        api.product("P")
    assert len(line.requests) <= 20
    assert sum(virtual_time.slept) <= 300
    assert virtual_time.slept[:6] == [0.5, 1, 2, 4, 8, 16]
    assert max(virtual_time.slept) == 20


def test_jitter_spreads_the_pauses(virtual_time: VirtualTime) -> None:
    line = Line(*[httpx.ConnectError("refused")] * 2, ok())
    api = Api(URL, Tokens(), httpx.Client(transport=line), virtual_time.patience(random=0.25))
    api.product("P")
    assert virtual_time.slept == [0.125, 0.25]


def test_a_bug_of_the_service_is_not_asked_twenty_times(make_api: MakeApi) -> None:
    api, line = make_api(*[refused(500, "internal_error")] * 20)
    with pytest.raises(Problem, match="Expected A"):
        api.product("P")
    assert len(line.requests) == 5


def test_a_refused_token_is_renewed_once(make_api: MakeApi) -> None:
    api, line = make_api(refused(401, "unauthenticated"), ok())
    api.product("P")
    assert [request.headers["Authorization"] for request in line.requests] == ["token-1", "token-2"]


@pytest.mark.parametrize(
    "answer", [refused(401, "unauthenticated"), httpx.Response(401, json={"message": "Unauthorized"})]
)
def test_a_token_that_is_refused_twice_is_no_sign_in(make_api: MakeApi, answer: httpx.Response) -> None:
    api, _ = make_api(answer, answer)
    with pytest.raises(NotSignedIn):
        api.product("P")


def test_a_product_is_never_made_twice(make_api: MakeApi) -> None:
    api, line = make_api(httpx.ReadError("lost"), ok())
    with pytest.raises(Unreachable):
        api.create_product("Brush set")
    assert len(line.requests) == 1


def test_products_are_listed_page_by_page(make_api: MakeApi) -> None:
    pages = [{"products": [PRODUCT], "next_cursor": "a&b"}, {"products": [PRODUCT, PRODUCT], "next_cursor": None}]
    api, line = make_api(*[ok(page) for page in pages])
    assert len(list(api.products())) == 3
    assert str(line.requests[1].url) == f"{URL}/products?cursor=a%26b"


def test_what_is_no_text_is_for_the_service_to_refuse(make_api: MakeApi) -> None:
    api, line = make_api(refused(400, "malformed_json"))
    with pytest.raises(Problem):
        api.create_product("\udcff")
    assert line.requests[0].content == b'{"title": "\\udcff"}'


def test_a_url_that_is_none_is_no_crash() -> None:
    with new_http() as http, pytest.raises(UnexpectedAnswer, match="an address that is none"):
        Storage(http).put_part("http://a:b/", {}, 1, [b"x"])


def test_the_token_goes_nowhere_but_to_the_service(make_api: MakeApi, virtual_time: VirtualTime) -> None:
    api, line = make_api()
    with pytest.raises(UnexpectedAnswer, match="not its own"):
        api.held_parts("https://elsewhere.example/dev/products/P/parts")
    assert line.requests == []


def test_ids_cannot_lead_elsewhere(make_api: MakeApi) -> None:
    api, line = make_api(httpx.Response(204))
    api.cancel("P", "deliverable", "../../other?x#y~1")
    assert line.requests[0].url.raw_path == b"/dev/products/P/deliverables/uploads/..%2F..%2Fother%3Fx%23y~1"


def test_only_what_is_said_is_sent_with_step_1() -> None:
    assert UploadRequest("a.zip", "application/zip", 1).body() == {
        "filename": "a.zip",
        "content_type": "application/zip",
        "size": 1,
    }


@pytest.mark.parametrize("errors", [5, None, ["x"], [{"pointer": 1}]])
def test_a_refusal_with_odd_members_is_still_one(make_api: MakeApi, errors: object) -> None:
    api, _ = make_api(httpx.Response(404, content=json.dumps({"code": "not_found", "errors": errors, "expected": []})))
    with pytest.raises(Problem, match="not_found"):
        api.product("P")


@pytest.mark.parametrize(
    ("status", "text", "sentence", "passing"),
    [
        (503, "<Error><Code>SlowDown</Code><Message>Reduce</Message></Error>", "status 503 (SlowDown: Reduce)", True),
        (400, "<Error><Code>RequestTimeout</Code></Error>", "status 400 (RequestTimeout)", True),
        (403, "<Error><Code>AccessDenied</Code><Message>a\x1b[2Jb</Message></Error>", "(AccessDenied: a[2Jb)", False),
        (400, "<!DOCTYPE x [<!ENTITY a 'b'>]><Code>&a;</Code>", "status 400 (&a;)", False),
        (500, "", "status 500.", True),
    ],
)
def test_s3s_refusals_are_read_without_a_parser(status: int, text: str, sentence: str, passing: bool) -> None:
    refusal = storage_refusal(httpx.Response(status, text=text))
    assert isinstance(refusal, StorageRefused)
    assert sentence in str(refusal)
    assert refusal.passing is passing


def test_no_signed_url_gets_into_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "httpx")
    with new_http() as http:
        http._transport = Line(httpx.Response(200))
        http.put("https://s3.example/key?X-Amz-Signature=secret")
    assert "https://s3.example/key " in caplog.text
    assert "secret" not in caplog.text
