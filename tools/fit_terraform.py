"""Fits Chalice's Terraform output into terraform/service: a pure function from JSON to JSON.

Chalice 1.34 emits what Terraform 1.11 and the AWS provider 5 and 6 refuse, and leaves out what a browser needs. Each
step below says what it mends, and whose issue it is. What it does not know it refuses: a new Chalice that emits
something else must be looked at by a person.
"""

import json
from collections.abc import Mapping
from typing import Any

from .gateway_responses import gateway_responses

KNOWN_RESOURCES = frozenset(
    {
        "aws_api_gateway_deployment",
        "aws_api_gateway_rest_api",
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_event_target",
        "aws_lambda_function",
        "aws_lambda_permission",
        "aws_s3_bucket_notification",
    }
)
KNOWN_SECTIONS = frozenset({"data", "locals", "output", "resource", "terraform"})
API_FUNCTION = "api_handler"

Document = dict[str, Any]


class CannotFit(Exception):
    """Chalice emitted something that this program does not know."""


def fit(chalice: Mapping[str, Any], allowed_origin: str) -> Document:
    """Fit the content of chalice.tf.json. `allowed_origin` is the Terraform expression for the frontend's origin.

    Raises:
        CannotFit: a section or resource type is unknown, or a part that must be there is not.
    """
    document: Document = json.loads(json.dumps(chalice))
    _refuse_the_unknown(document)
    resources = document["resource"]
    _drop_what_init_refuses(document)
    _name_functions(resources)
    _trace_functions(resources)
    _fit_api(document, resources, allowed_origin)
    _name_rules(resources)
    _key_notifications(resources)
    _drop_unused_data(document)
    return document


def _refuse_the_unknown(document: Document) -> None:
    unknown = (set(document) - KNOWN_SECTIONS) | (set(document.get("resource", {})) - KNOWN_RESOURCES)
    if unknown:
        raise CannotFit(
            f"Chalice emitted {', '.join(sorted(unknown))}, which tools/fit_terraform.py does not know. "
            "Look at what it is, teach the program, and add it to the golden files."
        )
    missing = {"aws_lambda_function", "aws_api_gateway_rest_api"} - set(document.get("resource", {}))
    if missing:
        raise CannotFit(f"Chalice emitted no {', '.join(sorted(missing))}: was it run in the project's folder?")


def _drop_what_init_refuses(document: Document) -> None:
    """`terraform < 1.4`, `aws < 5`, and a provider for a data source that nothing reads (chalice/package.py)."""
    document.pop("terraform", None)
    document.get("data", {}).pop("null_data_source", None)
    document.pop("output", None)  # ours are in outputs.tf


def _name_functions(resources: Document) -> None:
    """Names by the stage's prefix, and log groups made before their function could make one that never expires.

    `log_retention_in_days` of Chalice's own crashes its packager (chalice#2079).
    """
    groups = resources.setdefault("aws_cloudwatch_log_group", {})
    for key, function in resources["aws_lambda_function"].items():
        name = "api" if key == API_FUNCTION else key.replace("_", "-")
        function["function_name"] = f"${{var.prefix}}-{name}"
        function.pop("tags", None)  # the provider's default tags say the same
        function["depends_on"] = [f"aws_cloudwatch_log_group.{key}"]
        groups[key] = {
            "name": f"/aws/lambda/${{var.prefix}}-{name}",
            "retention_in_days": "${var.log_retention_days}",
        }


def _trace_functions(resources: Document) -> None:
    """By a switch of the stage: Chalice's own (`xray`) would be another thing to say twice."""
    for function in resources["aws_lambda_function"].values():
        function["tracing_config"] = {"mode": '${var.xray ? "Active" : "PassThrough"}'}


def _fit_api(document: Document, resources: Document, allowed_origin: str) -> None:
    """A stage of its own (chalice#1838; v6 of the provider has no other way), and answers a browser can read.

    The gateway refuses a token before any of our code runs, and then sends neither CORS headers nor a problem
    (chalice#787, #960): so the body of the API brings its own responses.
    """
    api = resources["aws_api_gateway_rest_api"]["rest_api"]
    api["name"] = "${var.prefix}"
    if not api.get("binary_media_types"):
        api.pop("binary_media_types", None)
    deployment = resources["aws_api_gateway_deployment"]["rest_api"]
    deployment.pop("stage_name")
    deployment["triggers"] = {"redeployment": deployment.pop("stage_description")}

    swagger = json.loads(document["locals"]["chalice_api_swagger"])
    swagger["info"]["title"] = "${var.prefix}"  # PutRestApi renames the API to it
    swagger["x-amazon-apigateway-gateway-responses"] = gateway_responses(allowed_origin)
    document["locals"]["chalice_api_swagger"] = json.dumps(swagger)


def _name_rules(resources: Document) -> None:
    """Two stages of one account would fight over one rule (chalice#2135)."""
    for key, rule in resources.get("aws_cloudwatch_event_rule", {}).items():
        rule["name"] = f"${{var.prefix}}-{key.removesuffix('-event').replace('_', '-')}"


def _key_notifications(resources: Document) -> None:
    """A legal key where the bucket is an expression; the permission first, since S3 tries it at once (azul#5030)."""
    notifications = resources.get("aws_s3_bucket_notification", {})
    for key in list(notifications):
        notification = notifications.pop(key)
        handlers = [
            function["lambda_function_arn"].removeprefix("${aws_lambda_function.").removesuffix(".arn}")
            for function in notification["lambda_function"]
        ]
        notification["depends_on"] = [f"aws_lambda_permission.{handler}-s3event" for handler in handlers]
        notifications["-".join(handlers)] = notification


def _drop_unused_data(document: Document) -> None:
    data = document.pop("data", {})
    text = json.dumps(document)
    used = {kind: entries for kind, entries in data.items() if f"data.{kind}." in text}
    if used:
        document["data"] = used
