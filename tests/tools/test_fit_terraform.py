"""Chalice's Terraform, and how it is fitted: golden files, and a loud refusal of anything new.

After a change that is meant, `UPDATE_GOLDEN=1 make test ARGS=tests/tools` writes the golden files anew: read the diff.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.fit_terraform import CannotFit, fit

HERE = Path(__file__).parent
EMITTED = HERE / "golden" / "sample.chalice.json"
FITTED = HERE / "golden" / "sample.fitted.json"


def golden(file: Path, found: dict[str, Any]) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(json.dumps(found, indent=2) + "\n")
    assert found == json.loads(file.read_text())


def emitted() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(EMITTED.read_text())
    return document


def test_chalice_still_emits_what_the_fitting_was_written_for(tmp_path: Path) -> None:
    """Fails when an upgrade of Chalice changes its output: then look at it, before the fitting does something to it."""
    shutil.copytree(HERE / "sample", tmp_path / "sample", ignore=shutil.ignore_patterns("__pycache__"))
    chalice = str(Path(sys.executable).with_name("chalice"))
    command = [chalice, "package", "--pkg-format", "terraform", "--stage", "dev", str(tmp_path / "output")]
    subprocess.run(command, cwd=tmp_path / "sample", check=True, capture_output=True)
    found = json.loads((tmp_path / "output" / "chalice.tf.json").read_text())
    for function in found["resource"]["aws_lambda_function"].values():
        function["runtime"] = "python3.x"  # that of whoever packages
    golden(EMITTED, found)


def test_the_fitted_document_is_the_golden_one() -> None:
    golden(FITTED, fit(emitted(), "${var.allowed_origin}"))


def test_fitting_changes_nothing_it_was_given() -> None:
    before = emitted()
    fit(before, "x")
    assert before == emitted()


def test_what_terraform_refuses_is_gone() -> None:
    fitted = fit(emitted(), "x")
    assert set(fitted) == {"resource", "locals", "data"}
    assert "null_data_source" not in json.dumps(fitted)
    deployment = fitted["resource"]["aws_api_gateway_deployment"]["rest_api"]
    assert not {"stage_name", "stage_description"} & set(deployment)
    assert deployment["triggers"] == {"redeployment": "${md5(local.chalice_api_swagger)}"}
    assert deployment["lifecycle"] == {"create_before_destroy": True}


def test_every_name_begins_with_the_prefix_of_the_stage() -> None:
    resources = fit(emitted(), "x")["resource"]
    names = [function["function_name"] for function in resources["aws_lambda_function"].values()]
    names += [rule["name"] for rule in resources["aws_cloudwatch_event_rule"].values()]
    names += [api["name"] for api in resources["aws_api_gateway_rest_api"].values()]
    assert sorted(names) == [
        "${var.prefix}", "${var.prefix}-api", "${var.prefix}-render", "${var.prefix}-sweep", "${var.prefix}-sweep"
    ]  # fmt: skip


def test_a_notification_waits_for_its_permission() -> None:
    notifications = fit(emitted(), "x")["resource"]["aws_s3_bucket_notification"]
    assert list(notifications) == ["render"]
    assert notifications["render"]["depends_on"] == ["aws_lambda_permission.render-s3event"]


def test_s3_may_call_render_for_our_own_bucket_only() -> None:
    """A bucket that was lost, and registered by another account, has the same ARN."""
    permissions = fit(emitted(), "x")["resource"]["aws_lambda_permission"].values()
    (of_s3,) = [permission for permission in permissions if permission["principal"] == "s3.amazonaws.com"]
    assert of_s3["source_arn"].endswith(":s3:::${var.vault_bucket}")
    assert of_s3["source_account"] == "${data.aws_caller_identity.chalice.account_id}"


def test_every_function_has_a_log_group_that_forgets() -> None:
    resources = fit(emitted(), "x")["resource"]
    assert set(resources["aws_cloudwatch_log_group"]) == set(resources["aws_lambda_function"])
    for key, group in resources["aws_cloudwatch_log_group"].items():
        assert group["retention_in_days"] == "${var.log_retention_days}"
        assert group["name"] == "/aws/lambda/" + resources["aws_lambda_function"][key]["function_name"]


def test_every_function_is_traced_by_the_switch_of_the_stage() -> None:
    for function in fit(emitted(), "x")["resource"]["aws_lambda_function"].values():
        assert function["tracing_config"] == {"mode": '${var.xray ? "Active" : "PassThrough"}'}


def test_the_gateways_own_answers_are_problems_with_cors() -> None:
    swagger = json.loads(fit(emitted(), "https://shop.example")["locals"]["chalice_api_swagger"])
    responses = swagger["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "UNAUTHORIZED", "THROTTLED"} <= set(responses)
    for response in responses.values():
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'https://shop.example'"
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        body = json.loads(response["responseTemplates"]["application/json"])
        assert str(body["status"]) == response["statusCode"]
        assert body["request_id"] == "$context.requestId"
    assert responses["THROTTLED"]["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"


def test_an_unknown_resource_is_refused_by_name() -> None:
    with pytest.raises(CannotFit, match="aws_sqs_queue"):
        fit(emitted() | {"resource": emitted()["resource"] | {"aws_sqs_queue": {}}}, "x")


def test_an_unknown_section_is_refused_by_name() -> None:
    with pytest.raises(CannotFit, match="moved"):
        fit(emitted() | {"moved": {}}, "x")


def test_an_output_without_functions_is_refused() -> None:
    with pytest.raises(CannotFit, match="aws_lambda_function"):
        fit({"resource": {"aws_api_gateway_rest_api": {}}}, "x")
