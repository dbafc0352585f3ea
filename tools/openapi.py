"""Writes docs/openapi.json (OpenAPI 3.1) from the routes, the schemas and the problems; `--check` only compares.

The document lies in chalicelib/, because the service serves it; docs/openapi.json is a link to it.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from .environment import use_placeholders

use_placeholders()

from app import app  # noqa: E402
from chalicelib import bodies, schemas  # noqa: E402
from chalicelib.http import Operation  # noqa: E402
from chalicelib.problems import (  # noqa: E402
    PROBLEMS,
    InternalError,
    InvalidParameter,
    MalformedJson,
    NotFound,
    PreconditionRequired,
    Problem,
    RateLimited,
    StorageUnavailable,
    Unauthenticated,
    UnsupportedMediaType,
)
from chalicelib.routes.service import OPENAPI_FILE  # noqa: E402
from chalicelib.schema_types import Ulid, UploadIdText  # noqa: E402

from .openapi_examples import EXAMPLES  # noqa: E402

STATUS_TEXTS = {200: "Done.", 201: "Created.", 204: "Done. There is no body."}
PATH_TYPES = {"upload_id": UploadIdText}
REF = "#/components/schemas/{name}"


def document() -> dict[str, Any]:
    """The whole document."""
    shapes = [*_leaves(bodies.Request), *_leaves(schemas.Answer)]
    _, components = msgspec.json.schema_components(shapes, ref_template=REF)
    version = tomllib.loads(Path("pyproject.toml").read_text())["project"]["version"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vestibule",
            "version": version,
            "summary": "Sellers upload promo images and deliverables in three steps.",
            "description": (
                "Step 1: ask for an upload. Step 2: POST its form, with the file as last field, to its URL (S3); "
                "or PUT its parts to URLs that are signed when they are asked for. Step 3: confirm. "
                "The database does not change before step 3. "
                "Every refusal is an application/problem+json (RFC 9457) with a `code` of a closed list."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in ("products", "images", "deliverables", "service")],
        "paths": {
            path: {method.lower(): _operation(path, method, entry.view_function) for method, entry in methods.items()}
            for path, methods in sorted(app.routes.items())
        },
        "components": {
            "schemas": dict(sorted(components.items())),
            "examples": {problem.code: {"value": _problem(problem)} for problem in PROBLEMS},
            "securitySchemes": {
                "sellers": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The ID token of the Cognito user pool.",
                }
            },
        },
    }


def _operation(path: str, method: str, view: Any) -> dict[str, Any]:
    summary, _, more = (view.__doc__ or "").partition("\n")
    described: dict[str, Any] = {"operationId": view.__name__, "tags": [_tag(path)], "summary": summary}
    if more.strip():
        described["description"] = " ".join(more.split())
    operation: Operation | None = getattr(view, "operation", None)
    if operation is None:  # this document itself
        return described | {
            "security": [],
            "responses": {"200": {"description": "This document.", "content": {"application/json": {"schema": {}}}}},
        }
    described["security"] = [] if operation.public else [{"sellers": []}]
    parameters = _parameters(path, operation)
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        needed = bodies.is_needed(operation.body)
        described["requestBody"] = {"required": needed, "content": _content("application/json", operation.body)}
    described["responses"] = _answers(method, operation) | _refusals(path, operation)
    return described


def _tag(path: str) -> str:
    nouns = [step for step in path.split("/") if step in ("products", "images", "deliverables")]
    return nouns[-1] if nouns else "service"


def _parameters(path: str, operation: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": msgspec.json.schema(PATH_TYPES.get(name, Ulid))}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    for name, of in operation.query.items():
        shape = msgspec.json.schema(of)
        text = shape.pop("description")
        parameters.append({"name": name, "in": "query", "required": False, "description": text, "schema": shape})
    if operation.needs_version:
        text = "The ETag of the version to change, or * for any."
        shape = {"type": "string", "pattern": r'^(\*|"[0-9]{1,15}")$'}
        parameters.append({"name": "If-Match", "in": "header", "required": True, "description": text, "schema": shape})
    return parameters


def _answers(method: str, operation: Operation) -> dict[str, Any]:
    answers = {}
    for status in operation.statuses:
        answer: dict[str, Any] = {"description": STATUS_TEXTS[status]}
        if len(operation.statuses) > 1:
            answer["description"] = "Admitted." if status == 201 else "Admitted before: the same file."
        if operation.answer is not None:
            answer["content"] = _content("application/json", operation.answer)
            if issubclass(operation.answer, schemas.Product):
                answer["headers"] = {"ETag": _header("Names this version of the product, for If-Match.")}
            if method == "POST" and operation.answer is schemas.Product:
                answer["headers"]["Location"] = _header("The new product.")
        answers[str(status)] = answer
    return answers


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}


def _refusals(path: str, operation: Operation) -> dict[str, Any]:
    """What the operation says that it refuses, and what any of its form may."""
    problems = [*operation.refuses]
    if operation.body is not None:
        problems += [MalformedJson, InvalidParameter, UnsupportedMediaType]
    if "{" in path:
        problems += [InvalidParameter, NotFound]
    if operation.needs_version:
        problems += [InvalidParameter, PreconditionRequired]
    if not operation.public:
        problems += [Unauthenticated, StorageUnavailable, RateLimited, InternalError]
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in dict.fromkeys(problems):
        by_status.setdefault(problem.status, []).append(problem)
    return {str(status): _refusal(problems) for status, problems in sorted(by_status.items())}


def _refusal(problems: Iterable[type[Problem]]) -> dict[str, Any]:
    problems = list(problems)
    refusal: dict[str, Any] = {
        "description": " ".join(f"`{problem.code}`: {(problem.__doc__ or '').splitlines()[0]}" for problem in problems),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": REF.format(name="Problem")},
                "examples": {problem.code: {"$ref": f"#/components/examples/{problem.code}"} for problem in problems},
            }
        },
    }
    if any(problem.retry_after_seconds is not None for problem in problems):
        refusal["headers"] = {
            "Retry-After": {"description": "Seconds to wait before repeating.", "schema": {"type": "integer"}}
        }
    return refusal


def _problem(problem: type[Problem]) -> Any:
    detail = (problem.__doc__ or "").splitlines()[0]
    return msgspec.to_builtins(
        schemas.Problem(
            type=f"urn:vestibule:problem:{problem.code}",
            title=problem.title,
            status=problem.status,
            detail=detail,
            instance="/products",
            code=problem.code,
            message=detail,
            retryable=problem.retryable,
            request_id="dc233ae7-d1ea-4e6c-be56-97e7c811006d",
            errors=[],
        )
    )


def _content(media_type: str, shape: type) -> dict[str, Any]:
    example = json.loads(msgspec.json.encode(EXAMPLES[shape]))
    if issubclass(shape, bodies.UploadRequest):  # what is not sent need not be shown
        example = {name: value for name, value in example.items() if value is not None}
    return {media_type: {"schema": {"$ref": REF.format(name=shape.__name__)}, "example": example}}


def _leaves(base: type[Any]) -> list[type[Any]]:
    """The classes below a base that are no bases themselves, or are answers of their own too."""
    below: list[type[Any]] = []
    for child in base.__subclasses__():
        below += [*([child] if child in EXAMPLES or child is schemas.Problem else []), *_leaves(child)]
    return below


def main() -> int:
    """Write the document, or compare it; returns the exit status."""
    text = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if "--check" in sys.argv:
        if not OPENAPI_FILE.exists() or OPENAPI_FILE.read_text() != text:
            print(f"✗ {OPENAPI_FILE} is not what the code says: run `make openapi` and commit the result.")
            return 1
        print("  docs/openapi.json is what the code says")
        return 0
    OPENAPI_FILE.write_text(text)
    print(f"  wrote docs/openapi.json: {text.count('operationId')} operations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
