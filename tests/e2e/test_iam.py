"""Every permission of every role is needed, and it is shown for what: each is taken away in turn, and a flow breaks."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import STAGE, Applied
from tests.e2e.test_stack import Seller
from tests.samples import image, upload_request, with_long_metadata

ROLE = f"vestibule-{STAGE}-api"
TABLE_FILE = Path("docs/security.md")
# Needed in AWS, where the emulator does not look. Each has a reason.
UNSEEN = {
    "Log logs:CreateLogStream": "the emulator keeps a function's output without asking its role",
    "Log logs:PutLogEvents": "the emulator keeps a function's output without asking its role",
}

PNG = image("image/png")
LONG = with_long_metadata(image("image/jpeg"), 100_000)


def issue(seller: Seller, product: str, content: bytes = PNG, content_type: str = "image/png") -> dict[str, Any]:
    answer = seller.call("POST", f"/products/{product}/images/uploads", upload_request(content, content_type))
    assert answer.status_code == 201, answer.text
    issued: dict[str, Any] = answer.json()
    return issued


def send(issued: dict[str, Any], content: bytes = PNG) -> None:
    answer = httpx.post(issued["url"], data=issued["fields"], files={"file": ("f", content)})
    assert answer.status_code == 201, answer.text


def confirm(seller: Seller, product: str, issued: dict[str, Any], *statuses: int) -> dict[str, Any]:
    answer = seller.call("POST", f"/products/{product}/images/uploads/{issued['upload']['id']}/confirm")
    assert answer.status_code in (statuses or (201,)), answer.text
    file: dict[str, Any] = answer.json()
    return file


def ok(answer: httpx.Response) -> httpx.Response:
    assert answer.status_code < 300, answer.text
    return answer


class Flows:
    """What sellers do, each from the beginning. What an earlier step prepared is made with all permissions."""

    def __init__(self, seller: Seller) -> None:
        self.seller = seller
        self.product = str(ok(seller.call("POST", "/products", {"title": "Flows"})).json()["id"])
        first = issue(seller, self.product)
        send(first)
        self.file = confirm(seller, self.product, first)["id"]
        self.confirmed = first

    def prepare(self) -> None:
        """Stage what the next round confirms; the product takes only so many."""
        self.product = str(ok(self.seller.call("POST", "/products", {"title": "Flows"})).json()["id"])
        self.staged = issue(self.seller, self.product)
        send(self.staged)
        self.staged_long = issue(self.seller, self.product, LONG, "image/jpeg")
        send(self.staged_long, LONG)
        self.unsent = issue(self.seller, self.product)
        self.to_cancel = issue(self.seller, self.product)
        kept = issue(self.seller, self.product)
        send(kept)
        self.file = confirm(self.seller, self.product, kept)["id"]
        self.confirmed = kept

    def all(self) -> dict[str, Callable[[], object]]:
        seller, product = self.seller, self.product
        path = f"/products/{product}"
        return {
            "create a product": lambda: ok(seller.call("POST", "/products", {"title": "x"})),
            "list products": lambda: ok(seller.call("GET", "/products")),
            "read a product": lambda: ok(seller.call("GET", path)),
            "rename a product": lambda: ok(seller.call("PATCH", path, {"title": "y"}, If_Match="*")),
            "issue an upload": lambda: issue(seller, product),
            "send the form": lambda: send(self.unsent),
            "confirm": lambda: confirm(seller, product, self.staged),
            "confirm, header far in": lambda: confirm(seller, product, self.staged_long),
            "confirm again": lambda: confirm(seller, product, self.confirmed, 200),
            "cancel": lambda: ok(seller.call("DELETE", f"{path}/images/uploads/{self.to_cancel['upload']['id']}")),
            "describe an image": lambda: ok(seller.call("PATCH", f"{path}/images/{self.file}", {"alt": "x"})),
            "download": self._download,
            "usage": lambda: ok(seller.call("GET", "/usage")),
        }

    def _download(self) -> None:
        signed = ok(self.seller.call("POST", f"/products/{self.product}/images/{self.file}/download")).json()
        answer = httpx.get(signed["url"])
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def flows(applied: Applied) -> Iterator[Flows]:
    seller = Seller(applied, "iam@shop.example")
    with seller.http:
        yield Flows(seller)


@contextmanager
def without(applied: Applied, policy: dict[str, Any], sid: str, action: str) -> Iterator[None]:
    """The role's policy without one action of one statement."""
    iam = applied.client("iam")
    changed = json.loads(json.dumps(policy))
    for statement in changed["Statement"]:
        if statement["Sid"] == sid:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            statement["Action"] = [kept for kept in actions if kept != action]
    changed["Statement"] = [statement for statement in changed["Statement"] if statement["Action"]]
    iam.put_role_policy(RoleName=ROLE, PolicyName="api", PolicyDocument=json.dumps(changed))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=ROLE, PolicyName="api", PolicyDocument=json.dumps(policy))


def broken(flows: Flows) -> list[str]:
    failed = []
    for name, flow in flows.all().items():
        try:
            flow()
        except (AssertionError, httpx.HTTPError):
            failed.append(name)
    return failed


def test_each_permission_of_the_api_is_needed_for_something(applied: Applied, flows: Flows) -> None:
    policy = applied.client("iam").get_role_policy(RoleName=ROLE, PolicyName="api")["PolicyDocument"]
    flows.prepare()
    assert broken(flows) == []

    rows = []
    for statement in policy["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        for action in sorted(actions):
            name = f"{statement['Sid']} {action}"
            flows.prepare()
            with without(applied, policy, statement["Sid"], action):
                failed = broken(flows)
            rows.append((name, ", ".join(failed) or UNSEEN.get(name, "")))
    table = "\n".join(f"| {name} | {breaks} |" for name, breaks in rows)
    print("\n" + table)

    superfluous = [name for name, breaks in rows if not breaks]
    assert superfluous == []
    assert table in TABLE_FILE.read_text(), f"docs/security.md does not have this table:\n{table}"


def test_no_permission_is_for_everything(applied: Applied) -> None:
    iam = applied.client("iam")
    for role in iam.list_roles()["Roles"]:
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
            for statement in policy["Statement"]:
                actions, resources = statement["Action"], statement["Resource"]
                assert not any("*" in action for action in ([actions] if isinstance(actions, str) else actions))
                assert "*" not in ([resources] if isinstance(resources, str) else resources)
