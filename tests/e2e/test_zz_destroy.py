"""The last of these tests, by its name: `terraform destroy` leaves nothing."""

import json
import re

from tests.e2e.conftest import Applied, variables
from tests.log_lines import keep_text


def test_no_secret_is_in_the_state(applied: Applied) -> None:
    state = applied.terraform.run("state", "pull", quiet=True)
    assert re.findall(r'"(?:client_secret|secret|password|private_key)": "[^"]+"', state) == []
    assert "BEGIN " not in state


def test_the_functions_logs_are_handed_over_to_be_read(applied: Applied) -> None:
    """For secrets, with those of all other tests. Here, because the next test takes them away."""
    logs = applied.client("logs")
    kept = 0
    for group in logs.describe_log_groups()["logGroups"]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        lines = [event["message"] for page in pages for event in page["events"]]
        keep_text("\n".join(lines))
        kept += len(lines)
    assert kept > 0


def test_destroy_leaves_nothing(applied: Applied) -> None:
    applied.terraform.run("destroy", "-auto-approve", "-input=false", *variables(), quiet=True)

    assert json.loads(applied.terraform.run("state", "pull", quiet=True))["resources"] == []
    assert applied.client("s3").list_buckets()["Buckets"] == []
    assert applied.client("dynamodb").list_tables()["TableNames"] == []
    assert applied.client("lambda").list_functions()["Functions"] == []
    assert applied.client("apigateway").get_rest_apis()["items"] == []
    assert applied.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []
    assert [
        role["RoleName"] for role in applied.client("iam").list_roles()["Roles"] if "vestibule" in role["RoleName"]
    ] == []
    assert applied.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert applied.client("sns").list_topics()["Topics"] == []
    assert applied.client("logs").describe_log_groups()["logGroups"] == []
