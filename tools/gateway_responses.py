"""What API Gateway answers by itself, as the problems that our own code answers, with CORS.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
from typing import Any

from chalicelib.problems import (
    FileTooLarge,
    InvalidParameter,
    MalformedJson,
    NotFound,
    Problem,
    RateLimited,
    StorageUnavailable,
    Unauthenticated,
    UnsupportedMediaType,
)

RESPONSES: dict[str, tuple[type[Problem], str]] = {
    "DEFAULT_4XX": (InvalidParameter, "The request could not be understood."),
    "DEFAULT_5XX": (StorageUnavailable, "The gateway failed. Nothing was changed by halves: repeat."),
    "UNAUTHORIZED": (Unauthenticated, "The token is missing, expired or not valid here."),
    "EXPIRED_TOKEN": (Unauthenticated, "The token has expired: sign in again."),
    "ACCESS_DENIED": (Unauthenticated, "The token is not valid here."),
    "INVALID_SIGNATURE": (Unauthenticated, "Send the ID token of this service's client as Authorization."),
    "MISSING_AUTHENTICATION_TOKEN": (NotFound, "There is no such route."),
    "RESOURCE_NOT_FOUND": (NotFound, "There is no such route."),
    "BAD_REQUEST_BODY": (MalformedJson, "The body is not what the route takes."),
    "REQUEST_TOO_LARGE": (FileTooLarge, "The request is too large: files go to S3, not through the API."),
    "UNSUPPORTED_MEDIA_TYPE": (UnsupportedMediaType, "Send the body as application/json."),
    "THROTTLED": (RateLimited, "Too many requests: wait a moment."),
    "QUOTA_EXCEEDED": (RateLimited, "Too many requests: wait a moment."),
    "INTEGRATION_FAILURE": (StorageUnavailable, "The service failed. Nothing was changed by halves: repeat."),
    "INTEGRATION_TIMEOUT": (
        StorageUnavailable,
        "The service was too slow. Nothing was changed by halves: repeat.",
    ),
}


def gateway_responses(allowed_origin: str) -> dict[str, Any]:
    """The `x-amazon-apigateway-gateway-responses` of the API's body."""
    return {kind: _response(problem, detail, allowed_origin) for kind, (problem, detail) in RESPONSES.items()}


def _response(problem: type[Problem], detail: str, allowed_origin: str) -> dict[str, Any]:
    headers = {
        "Access-Control-Allow-Origin": allowed_origin,
        "Access-Control-Expose-Headers": "Retry-After",
        "Cache-Control": "no-store",
        "Content-Type": "application/problem+json",
        "X-Content-Type-Options": "nosniff",
    }
    if problem.retry_after_seconds is not None:
        headers["Retry-After"] = str(problem.retry_after_seconds)
    return {
        "statusCode": str(problem.status),
        "responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()},
        "responseTemplates": {"application/json": _template(problem, detail)},
    }


def _template(problem: type[Problem], detail: str) -> str:
    """The problem's body; API Gateway fills in the two variables."""
    return json.dumps(
        {
            "type": f"urn:vestibule:problem:{problem.code}",
            "title": problem.title,
            "status": problem.status,
            "detail": detail,
            "instance": "$context.path",
            "code": problem.code,
            "message": detail,
            "retryable": problem.retryable,
            "request_id": "$context.requestId",
            "errors": [],
        }
    )
