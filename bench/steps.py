"""The steps, warm: from API Gateway's event to the answer, beside an empty Chalice view and beside the AWS SDK alone.

The app is called as Lambda calls it; AWS answers at once. A second Chalice app has the baselines: a view that does
nothing, one that presigns, and for each step one that makes only the calls to AWS that the step was seen to make.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from chalice.app import Chalice

from app import app
from chalicelib.ids import new_ulid
from chalicelib.settings import settings
from tests.samples import image, upload_request

from . import Figure, interleave, of_time, say
from .canned_aws import Answer, SdkCall, at_confirm, at_issue, at_repeat, aws
from .presign import bare_form

ROUNDS = 21
CALLS = 40
SELLER = "5d8d78a2-6b88-49c2-a521-b29092234934"
UPLOADS = "/products/{product_id}/images/uploads"
CONFIRM = UPLOADS + "/{upload_id}/confirm"
CONTEXT = SimpleNamespace(aws_request_id="dc233ae7-d1ea-4e6c-be56-97e7c811006d")

Response = dict[str, Any]

baselines = Chalice(app_name="baselines")


@dataclass(frozen=True, slots=True)
class Step:
    """A request of our own app, and what AWS answers meanwhile."""

    event: Mapping[str, Any]
    answers: Mapping[str, Answer]

    def take(self) -> Response:
        """Call the app."""
        aws.answers = self.answers
        response: Response = app(self.event, CONTEXT)
        return response

    def check(self, status: int) -> tuple[Any, list[SdkCall]]:
        """Take it once, and see to its status; return the answer and the calls that were made."""
        with aws.recorded() as calls:
            response = _checked(self.take(), status)
        say(f"  {status} {self.event['resource']}: {', '.join(call.operation for call in calls)}")
        return json.loads(response["body"]), calls

    def baseline(self, name: str, *calls: Callable[[], object]) -> Callable[[], Response]:
        """A view that makes these calls, with AWS answering the same."""
        view = _view(name, *calls)

        def take() -> Response:
            aws.answers = self.answers
            return view()

        return take


def run() -> list[Figure]:
    """Go through the steps once, checking each; then measure them in turn."""
    say("› steps: once each, to see that they succeed")
    picture, product = image("image/png"), new_ulid(datetime.now(UTC))
    body = json.dumps(upload_request(picture, alt="Six brushes on wet paper"))
    issue = Step(_event(UPLOADS, body, product_id=product), at_issue(SELLER, product))
    form, issue_calls = issue.check(201)
    confirm_event = _event(CONFIRM, None, product_id=product, upload_id=form["upload"]["id"])
    confirm = Step(confirm_event, at_confirm(form["fields"], picture))
    first, confirm_calls = confirm.check(201)
    repeat = Step(confirm_event, at_repeat(confirm_calls))
    second, repeat_calls = repeat.check(200)
    if first != second:
        raise SystemExit(f"✗ a confirm was answered {first}, and its repeat {second}")

    say(f"› steps: {ROUNDS} rounds of {CALLS} calls each, in turn")
    cases = {
        "empty view": _view("empty"),
        "bare presign": _view("presign", bare_form),
        "step 1": issue.take,
        "step 1, SDK": issue.baseline("issue", *(call.repeat for call in issue_calls), bare_form),
        "confirm": confirm.take,
        "confirm, SDK": confirm.baseline("confirm", *(call.repeat for call in confirm_calls)),
        "repeat": repeat.take,
        "repeat, SDK": repeat.baseline("repeat", *(call.repeat for call in repeat_calls)),
    }
    for call in cases.values():
        _checked(call(), 200, 201)
    costs = interleave(cases, ROUNDS, CALLS)
    for name, cost in costs.items():
        say(f"  {name:12}  {cost.cpu_ms * 1000:6.0f} µs CPU  {cost.wall_ms * 1000:6.0f} µs wall")
    figures = [of_time("step 1", costs["step 1"], "a Chalice view with generate_presigned_post", costs["bare presign"])]
    for step in ("step 1", "confirm", "repeat"):
        figures.append(of_time(step, costs[step], "an empty Chalice view", costs["empty view"]))
        figures.append(of_time(step, costs[step], "a Chalice view with the same SDK calls", costs[f"{step}, SDK"]))
    return figures


def _view(name: str, *calls: Callable[[], object]) -> Callable[[], Response]:
    """Give the second app a view that makes these calls; return what invokes it."""

    def view() -> dict[str, str]:
        for call in calls:
            call()
        return {}

    baselines.route(f"/{name}", methods=["POST"], name=name)(view)
    event = _event(f"/{name}", None)
    return lambda: baselines(event, CONTEXT)


def _checked(response: Response, *statuses: int) -> Response:
    if response["statusCode"] not in statuses:
        raise SystemExit(f"✗ not {statuses} but {response['statusCode']}: {response['body']}")
    return response


def _event(resource: str, body: str | None, **ids: str) -> dict[str, Any]:
    """What Chalice reads of the event that API Gateway's REST proxy sends, once its authorizer let the token pass."""
    claims = {"sub": SELLER, "token_use": "id", "aud": settings.user_pool_client_id, "iss": settings.token_issuer}
    return {
        "resource": resource,
        "headers": {"Content-Type": "application/json", "Origin": settings.allowed_origin},
        "multiValueQueryStringParameters": None,
        "pathParameters": ids or None,
        "stageVariables": None,
        "body": body,
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": resource,
            "path": "/prod" + resource.format(**ids),
            "httpMethod": "POST",
            "domainName": "api.shop.example",
            "authorizer": {"claims": claims},
        },
    }
