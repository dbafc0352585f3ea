"""Every permission of every role is needed, and it is shown for what: each is taken away in turn, and a flow breaks.

A third of them each day; all with VESTIBULE_PROVE=1.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import STAGE, Applied
from tests.e2e.flows import APIFlows, Flows, RenderFlows, SweepFlows
from tests.e2e.functions import later_sweep
from tests.e2e.stored import Stored
from tests.e2e.test_stack import Seller
from tests.proving import part_of_today

TABLE_FILE = Path("docs/security.md")
# Needed in AWS, where the emulator does not look. Each has a reason.
UNSEEN = {
    "Log logs:CreateLogStream": "the emulator keeps a function's output without asking its role",
    "Log logs:PutLogEvents": "the emulator keeps a function's output without asking its role",
}

Policy = dict[str, Any]


@pytest.fixture(scope="module")
def seller(applied: Applied) -> Iterator[Seller]:
    seller = Seller(applied, "iam@shop.example")
    with seller.http:
        yield seller


def policy_of(applied: Applied, function: str) -> Policy:
    role = f"vestibule-{STAGE}-{function}"
    found: Policy = applied.client("iam").get_role_policy(RoleName=role, PolicyName=function)["PolicyDocument"]
    return found


def actions_of(statement: dict[str, Any]) -> list[str]:
    return sorted([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])


@contextmanager
def without(applied: Applied, function: str, sid: str, action: str) -> Iterator[None]:
    """The role's policy without one action of one statement."""
    policy = policy_of(applied, function)
    statements = [
        statement | {"Action": [kept for kept in actions_of(statement) if (statement["Sid"], kept) != (sid, action)]}
        for statement in policy["Statement"]
    ]
    changed = policy | {"Statement": [statement for statement in statements if statement["Action"]]}
    write(applied, function, changed)
    try:
        yield
    finally:
        write(applied, function, policy)


def write(applied: Applied, function: str, policy: Policy) -> None:
    role, document = f"vestibule-{STAGE}-{function}", json.dumps(policy)
    applied.client("iam").put_role_policy(RoleName=role, PolicyName=function, PolicyDocument=document)


def broken(flows: Flows) -> list[str]:
    failed = []
    for name, flow in flows.all().items():
        try:
            flow()
        except (AssertionError, httpx.HTTPError):
            failed.append(name)
    return failed


def hold_the_table(applied: Applied, function: str, flows: Flows) -> None:
    """Take the permissions of a function's role away in turn. What breaks is a table in the documentation."""
    flows.prepare()
    assert broken(flows) == []

    permissions = [
        (statement["Sid"], action)
        for statement in policy_of(applied, function)["Statement"]
        for action in actions_of(statement)
    ]
    table = TABLE_FILE.read_text()
    untold = [f"{sid} {action}" for sid, action in permissions if f"| {sid} {action} | " not in table]
    assert untold == [], f"{TABLE_FILE} does not tell what these are for"

    superfluous, wrong = [], []
    for sid, action in part_of_today(permissions, 3):
        name = f"{sid} {action}"
        breaks = UNSEEN.get(name)
        if breaks is None:
            flows.prepare()
            with without(applied, function, sid, action):
                breaks = ", ".join(broken(flows))
        row = f"| {name} | {breaks} |"
        print(row)
        if not breaks:
            superfluous.append(name)
        if row not in table:
            wrong.append(row)
    assert superfluous == []
    assert wrong == [], f"{TABLE_FILE} does not have these rows"


def test_each_permission_of_the_api_is_needed_for_something(applied: Applied, seller: Seller) -> None:
    hold_the_table(applied, "api", APIFlows(seller))


def test_each_permission_of_the_renderer_is_needed_for_something(applied: Applied, seller: Seller) -> None:
    hold_the_table(applied, "render", RenderFlows(seller, Stored(applied)))


def test_each_permission_of_the_sweep_is_needed_for_something(applied: Applied, packaged: Path, seller: Seller) -> None:
    with later_sweep(applied, packaged) as sweep:
        hold_the_table(applied, "sweep", SweepFlows(seller, Stored(applied), sweep))


def test_no_permission_is_for_everything(applied: Applied) -> None:
    iam = applied.client("iam")
    for role in iam.list_roles()["Roles"]:
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            policy = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
            for statement in policy["Statement"]:
                actions, resources = statement["Action"], statement["Resource"]
                assert not any("*" in action for action in ([actions] if isinstance(actions, str) else actions))
                assert "*" not in ([resources] if isinstance(resources, str) else resources)
