"""The edge: who calls, headers, CORS, errors of Chalice's own, and the answers held against the OpenAPI document."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from chalice.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import app
from chalicelib import catalog
from chalicelib.problems import PROBLEMS
from chalicelib.settings import settings
from tests.api.conftest import Api, token
from tests.api.test_issue_refusals import refused
from tests.conftest import Logs
from tests.samples import image, upload_request

DOCUMENT: dict[str, Any] = json.loads(Path("docs/openapi.json").read_text())


@pytest.mark.parametrize(
    "changed",
    [
        {"token_use": "access"},
        {"aud": "another-client"},
        {"aud": ["exampleclient"]},
        {"iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Another"},
        {"iss": settings.token_issuer + "/"},
        {"sub": ""},
        {"sub": None},
        {"sub": "../../somebody"},
        {"sub": "5d8d78a2-6b88-49c2-a521-b29092234934/"},
        {"token_use": None},
    ],
    ids=str,
)
def test_claims_that_the_gateway_lets_through_are_checked_again(api: Api, changed: dict[str, Any]) -> None:
    api.headers["Authorization"] = token(**changed)
    refused(api.get("/products"), 401, "unauthenticated")


def test_without_claims_nobody_is_served(api: Api) -> None:
    api.headers.clear()
    refused(api.get("/products"), 401, "unauthenticated")
    refused(api.post("/products/x/images/uploads", {}), 401, "unauthenticated")


def test_only_health_and_the_document_are_public() -> None:
    public = {path for path, methods in app.routes.items() for entry in methods.values() if entry.authorizer is None}
    assert public == {"/health", "/openapi.json"}


def test_health_needs_nothing(api: Api) -> None:
    api.headers.clear()
    answer = api.get("/health")
    assert (answer.status_code, answer.json_body) == (200, {"status": "ok"})


def test_the_document_is_served(api: Api) -> None:
    api.headers.clear()
    assert api.get("/openapi.json").json_body == DOCUMENT


def test_the_kinds_are_told(api: Api) -> None:
    kinds = {kind["name"]: kind for kind in api.get("/kinds").json_body["kinds"]}
    assert kinds["image"]["content_types"] == ["image/jpeg", "image/png", "image/webp", "image/avif"]
    assert (kinds["image"]["max_bytes"], kinds["image"]["max_pixels"]) == (20 * 1024**2, 40_000_000)
    assert (kinds["deliverable"]["content_types"], kinds["deliverable"]["strategies"]) == (None, ["post", "multipart"])
    assert kinds["deliverable"]["max_bytes"] == 5 * 1024**4


def test_every_answer_has_the_security_headers_and_cors(api: Api, product: str) -> None:
    for answer in (api.get("/products"), api.get("/products?limit=0"), api.call("DELETE", f"/products/{product}")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
        assert answer.headers["Access-Control-Allow-Origin"] == settings.allowed_origin
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


def test_a_wrong_method_is_a_problem_with_cors(api: Api) -> None:
    answer = api.call("PUT", "/products")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST, GET"


def test_a_bug_of_ours_is_a_problem_that_tells_nothing(api: Api, monkeypatch: pytest.MonkeyPatch, logs: Logs) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("with a secret")

    monkeypatch.setattr(catalog, "read_usage", broken)
    body = refused(api.get("/usage"), 500, "internal_error")
    assert "secret" not in json.dumps(body)
    (line,) = logs.above_info()
    assert "ZeroDivisionError" in line["exception"]


def test_a_problem_says_what_where_and_which_request(api: Api) -> None:
    body = refused(api.get("/products/x"), 400, "invalid_parameter", "/product_id")
    assert body["type"] == "urn:vestibule:problem:invalid_parameter"
    assert body["instance"] == "/products/x"
    assert body["message"] == body["detail"]
    assert body["retryable"] is False
    assert len(body["request_id"]) == 36


@pytest.mark.parametrize(
    ("context", "headers", "url"),
    [
        ({"domainName": "abc.execute-api.eu-central-1.amazonaws.com", "path": "/dev/products"}, {}, "https://abc.execute-api.eu-central-1.amazonaws.com/dev/products"),
        ({"domainName": "api.shop.example", "path": "/products/"}, {"host": "evil.example"}, "https://api.shop.example/products"),
        ({"path": "/products"}, {"host": "127.0.0.1:8000"}, "http://127.0.0.1:8000/products"),
    ],
)  # fmt: skip
def test_the_service_knows_its_own_address(
    api: Api, context: dict[str, str], headers: dict[str, str], url: str
) -> None:
    claims = {
        "sub": "5d8d78a2-6b88-49c2-a521-b29092234934",
        "token_use": "id",
        "aud": settings.user_pool_client_id,
        "iss": settings.token_issuer,
    }
    event = {
        "requestContext": {
            "httpMethod": "POST",
            "resourcePath": "/products",
            "authorizer": {"claims": claims},
            **context,
        },
        "headers": {"content-type": "application/json", **headers},
        "pathParameters": {},
        "multiValueQueryStringParameters": None,
        "stageVariables": {},
        "body": '{"title": "x"}',
    }
    answer = app(event, None)
    assert answer["statusCode"] == 201
    assert answer["headers"]["Location"] == f"{url}/{json.loads(answer['body'])['id']}"


def test_the_document_is_valid_openapi_31() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_document_names_every_route_and_problem() -> None:
    routes = {(path, method.lower()) for path, methods in app.routes.items() for method in methods}
    assert {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods} == routes
    assert set(DOCUMENT["components"]["examples"]) == {problem.code for problem in PROBLEMS}


def operations() -> list[Any]:
    return [
        pytest.param(operation, id=operation["operationId"])
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        if operation["operationId"] != "get_openapi"
    ]


@pytest.mark.parametrize("operation", operations())
def test_every_body_has_an_example_that_fits_its_schema(operation: dict[str, Any]) -> None:
    contents = [response.get("content", {}) for response in operation["responses"].values()]
    contents.append(operation.get("requestBody", {}).get("content", {}))
    for content in (media for media_types in contents for media in media_types.values()):
        examples = [content["example"]] if "example" in content else [
            DOCUMENT["components"]["examples"][example["$ref"].rpartition("/")[2]]["value"] for example in content["examples"].values()
        ]  # fmt: skip
        assert examples
        for example in examples:
            check_against_schema(example, content["schema"])


MAY_BE_SAID = {
    "POST /products": {"title"},
    "PATCH /products/{product_id}": {"title"},
    "PUT /products/{product_id}/images/order": {"image_ids"},
    "PATCH /products/{product_id}/images/{image_id}": {"alt"},
    "PATCH /products/{product_id}/deliverables/{deliverable_id}": {"filename"},
    "POST /products/{product_id}/images/uploads": {
        "filename", "content_type", "size", "sha256", "strategy", "replaces", "alt"
    },
    "POST /products/{product_id}/deliverables/uploads": {
        "filename", "content_type", "size", "sha256", "strategy", "replaces", "part_checksums"
    },
    "POST /products/{product_id}/deliverables/uploads/{upload_id}/parts": {"part_numbers", "sha256"},
    "POST /products/{product_id}/images/uploads/{upload_id}/confirm": {"sha256", "crc64nvme"},
    "POST /products/{product_id}/deliverables/uploads/{upload_id}/confirm": {"sha256", "crc64nvme"},
}  # fmt: skip


def test_no_request_names_a_key_a_bucket_an_owner_or_a_text_to_be_signed() -> None:
    """All that can be said in a body, by name: whoever adds a member thinks about what it lets a stranger choose."""
    said = {}
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                shape = DOCUMENT["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
                assert shape["additionalProperties"] is False
                said[f"{method.upper()} {path}"] = set(shape["properties"])
    assert said == MAY_BE_SAID


def check_against_schema(value: Any, schema: dict[str, Any]) -> None:
    resolvable = schema | {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(resolvable, format_checker=jsonschema.FormatChecker()).validate(value)


def test_what_the_api_answers_fits_the_document(api: Api, product: str) -> None:
    content = image("image/png")
    file = api.add(product, "image", content, "image/png", alt="x")
    deliverable = api.add(product, "deliverable", content, "image/png")
    paths = {"product_id": product, "image_id": file["id"], "deliverable_id": deliverable["id"]}
    for path, method, body in (
        ("/health", "get", None),
        ("/kinds", "get", None),
        ("/usage", "get", None),
        ("/products", "post", {"title": "x"}),
        ("/products", "get", None),
        ("/products/{product_id}", "get", None),
        ("/products/{product_id}", "patch", {"title": "y"}),
        ("/products/{product_id}/images/uploads", "post", upload_request(content)),
        ("/products/{product_id}/images", "get", None),
        ("/products/{product_id}/images/{image_id}", "patch", {"alt": "y"}),
        ("/products/{product_id}/images/{image_id}/download", "post", None),
        ("/products/{product_id}/images/{image_id}/restore", "post", None),
        ("/products/{product_id}/deliverables/uploads", "post", upload_request(content)),
        ("/products/{product_id}/deliverables", "get", None),
        ("/products/{product_id}/deliverables/{deliverable_id}", "patch", {"filename": "y"}),
        ("/products/{product_id}/deliverables/{deliverable_id}/download", "post", None),
        ("/products/{product_id}/deliverables/{deliverable_id}/restore", "post", None),
    ):
        answer = api.call(method.upper(), path.format(**paths), body, If_Match="*")
        described = DOCUMENT["paths"][path][method]["responses"][str(answer.status_code)]
        assert answer.status_code < 300
        check_against_schema(answer.json_body, described["content"]["application/json"]["schema"])


def test_preflight_is_answered(api: Api) -> None:
    gateway = Client(app, stage_name="local").http._local_gateway
    answer = gateway.handle_request("OPTIONS", "/products", {"Origin": settings.allowed_origin}, b"")
    assert answer["headers"]["Access-Control-Allow-Origin"] == settings.allowed_origin
    assert "If-Match" in answer["headers"]["Access-Control-Allow-Headers"]
    assert "PATCH" not in answer["headers"]["Access-Control-Allow-Methods"]
    assert "POST" in answer["headers"]["Access-Control-Allow-Methods"]
