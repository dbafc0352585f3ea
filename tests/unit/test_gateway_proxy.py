"""PutRestApi for the emulator: the translation of a Swagger body, the calls it becomes, and what passes unchanged."""

import contextlib
import copy
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gateway_proxy import gateway_proxy, put_rest_api
from local.gateway_swagger import (
    Call,
    CreateAuthorizer,
    CreateResource,
    PutGatewayResponse,
    PutIntegration,
    PutIntegrationResponse,
    PutMethod,
    PutMethodResponse,
    SetMinimumCompressionSize,
    Untranslatable,
    plan,
)

POOL = "arn:aws:cognito-idp:eu-central-1:000000000000:userpool/eu-central-1_abc"
FUNCTION = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:0:function:f/invocations"
RESPONSES = {"200": {"description": "200 response", "schema": {"$ref": "#/definitions/Empty"}}}
INTEGRATION = {
    "responses": {"default": {"statusCode": "200"}},
    "uri": FUNCTION,
    "passthroughBehavior": "when_no_match",
    "httpMethod": "POST",
    "contentHandling": "CONVERT_TO_TEXT",
    "type": "aws_proxy",
}
GET = {
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "responses": RESPONSES,
    "x-amazon-apigateway-integration": INTEGRATION,
    "summary": "Tell something.",
}
ORIGIN = {"Access-Control-Allow-Origin": {"type": "string"}}
OPTIONS = {
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "responses": {"200": RESPONSES["200"] | {"headers": ORIGIN}},
    "x-amazon-apigateway-integration": {
        "responses": {
            "default": {
                "statusCode": "200",
                "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'https://shop.example'"},
            }
        },
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "passthroughBehavior": "when_no_match",
        "type": "mock",
        "contentHandling": "CONVERT_TO_TEXT",
    },
}
PRODUCT_ID = {"name": "product_id", "in": "path", "required": True, "type": "string"}
UNAUTHORIZED = {
    "statusCode": "401",
    "responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'https://shop.example'"},
    "responseTemplates": {"application/json": '{"detail":$context.error.messageString}'},
}
BODY: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"version": "1.0", "title": "vestibule"},
    "schemes": ["https"],
    "paths": {
        "/health": {"get": GET, "options": OPTIONS},
        "/products/{product_id}/images": {"get": GET | {"security": [{"sellers": []}], "parameters": [PRODUCT_ID]}},
    },
    "definitions": {"Empty": {"type": "object", "title": "Empty Schema"}},
    "x-amazon-apigateway-binary-media-types": [],
    "x-amazon-apigateway-gateway-responses": {"UNAUTHORIZED": UNAUTHORIZED, "DEFAULT_4XX": {}},
    "x-amazon-apigateway-minimum-compression-size": 1024,
    "securityDefinitions": {
        "sellers": {
            "in": "header",
            "type": "apiKey",
            "name": "Authorization",
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [POOL]},
        }
    },
}
AUTHORIZER = "securityDefinitions sellers x-amazon-apigateway-authorizer"
OF_HEALTH = "paths /health get x-amazon-apigateway-integration"


def changed(place: str, value: Any) -> dict[str, Any]:
    """The body with one member, at a place spelled with spaces, set to a value."""
    body = copy.deepcopy(BODY)
    *parents, last = place.split()
    inner = body
    for name in parents:
        inner = inner[name]
    inner[last] = value
    return body


def test_a_body_of_chalice_becomes_calls_in_the_order_they_need_each_other() -> None:
    get = "/products/{product_id}/images", "GET"
    kind = "WHEN_NO_MATCH", "CONVERT_TO_TEXT"
    origin = "method.response.header.Access-Control-Allow-Origin"
    model = {"application/json": "Empty"}
    assert plan(BODY) == [
        CreateAuthorizer("sellers", "method.request.header.Authorization", (POOL,)),
        CreateResource("/health"),
        CreateResource("/products"),
        CreateResource("/products/{product_id}"),
        CreateResource("/products/{product_id}/images"),
        PutMethod("/health", "GET"),
        PutIntegration("/health", "GET", "AWS_PROXY", *kind, FUNCTION, "POST"),
        PutMethodResponse("/health", "GET", "200", {}, model),
        PutIntegrationResponse("/health", "GET", "200"),
        PutMethod("/health", "OPTIONS"),
        PutIntegration("/health", "OPTIONS", "MOCK", *kind, None, None, {"application/json": '{"statusCode": 200}'}),
        PutMethodResponse("/health", "OPTIONS", "200", {origin: False}, model),
        PutIntegrationResponse("/health", "OPTIONS", "200", "", {origin: "'https://shop.example'"}),
        PutMethod(*get, "sellers", (), {"method.request.path.product_id": True}),
        PutIntegration(*get, "AWS_PROXY", *kind, FUNCTION, "POST"),
        PutMethodResponse(*get, "200", {}, model),
        PutIntegrationResponse(*get, "200"),
        PutGatewayResponse(
            "UNAUTHORIZED", "401", UNAUTHORIZED["responseParameters"], UNAUTHORIZED["responseTemplates"]  # type: ignore[arg-type]
        ),
        PutGatewayResponse("DEFAULT_4XX"),
        SetMinimumCompressionSize(1024),
    ]  # fmt: skip


def test_the_root_is_a_path_that_is_always_there() -> None:
    calls = plan(BODY | {"paths": {"/": {"get": GET}}})
    assert not [call for call in calls if isinstance(call, CreateResource)]
    assert PutMethod("/", "GET") in calls


def test_scopes_pass_to_the_method() -> None:
    calls = plan(changed("paths /health get security", [{"sellers": ["a/read"]}]))
    assert PutMethod("/health", "GET", "sellers", ("a/read",)) in calls


def test_an_answer_other_than_the_default_is_chosen_by_its_pattern() -> None:
    calls = plan(changed(f"{OF_HEALTH} responses", {"4\\d{2}": {"statusCode": "200"}}))
    assert PutIntegrationResponse("/health", "GET", "200", "4\\d{2}") in calls


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("swagger", "3.0"),
        ("openapi", "3.0.1"),
        ("basePath", "/v1"),
        ("security", [{"sellers": []}]),
        ("x-amazon-apigateway-policy", {}),
        ("x-amazon-apigateway-binary-media-types", ["image/png"]),
        ("x-amazon-apigateway-minimum-compression-size", -1),
        ("x-amazon-apigateway-minimum-compression-size", "1024"),
        ("definitions Product", {"type": "object"}),
        ("definitions Empty", {"type": "string"}),
        ("info description", "words"),
        ("paths health", {}),
        ("paths /health/", {}),
        ("paths //health", {}),
        ("paths /products/{id}", {}),
        ("paths /health x-amazon-apigateway-any-method", GET),
        ("paths /health trace", GET),
        ("paths /health parameters", [PRODUCT_ID]),
        ("paths /health get operationId", "health"),
        ("paths /health get x-amazon-apigateway-request-validator", "all"),
        ("paths /health get security", [{"strangers": []}]),
        ("paths /health get security", [{"sellers": []}, {"sellers": []}]),
        ("paths /health get security", [{}]),
        ("paths /health get parameters", [PRODUCT_ID | {"in": "query"}]),
        ("paths /health get produces", ["text/html"]),
        ("paths /health get responses 200 schema", {"$ref": "#/definitions/Product"}),
        ("paths /health get x-amazon-apigateway-integration", None),
        (f"{OF_HEALTH} type", "http_proxy"),
        (f"{OF_HEALTH} type", "aws"),
        (f"{OF_HEALTH} uri", "${aws_lambda_function.api_handler.invoke_arn}"),
        (f"{OF_HEALTH} uri", "arn:aws:apigateway:eu-central-1:sqs:path/0/queue"),
        (f"{OF_HEALTH} httpMethod", "GET"),
        (f"{OF_HEALTH} credentials", "arn:aws:iam::0:role/r"),
        (f"{OF_HEALTH} requestTemplates", {}),
        (f"{OF_HEALTH} responses default", {}),
        (f"{OF_HEALTH} responses default statusCode", "500"),
        (f"{OF_HEALTH} responses default responseParameters", {"method.response.header.X": "'1'"}),
        ("securityDefinitions sellers in", "query"),
        ("securityDefinitions sellers type", "oauth2"),
        ("securityDefinitions sellers x-amazon-apigateway-authtype", "custom"),
        ("securityDefinitions key", {"type": "apiKey", "name": "x-api-key", "in": "header"}),
        (f"{AUTHORIZER} type", "token"),
        (f"{AUTHORIZER} providerARNs", []),
        (f"{AUTHORIZER} authorizerResultTtlInSeconds", 0),
        ("x-amazon-apigateway-gateway-responses DEFAULT_4XX", {"statusCode": 400}),
        ("x-amazon-apigateway-gateway-responses DEFAULT_4XX", {"responseTypes": {}}),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_and_never_left_out(place: str, value: Any) -> None:
    with pytest.raises(Untranslatable):
        plan(changed(place, value))


def test_a_refusal_says_where_and_what() -> None:
    with pytest.raises(Untranslatable, match=r"get /health: Invalid value 'http_proxy' - at .*integration\.type"):
        plan(changed(f"{OF_HEALTH} type", "http_proxy"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
PLACES = ["paths", "info", "definitions", "paths /health", "paths /health get", OF_HEALTH, "paths /health get security",
          "paths /health get responses", "securityDefinitions", AUTHORIZER, "x-amazon-apigateway-gateway-responses"]  # fmt: skip


@given(st.sampled_from(PLACES), JSON)
def test_any_json_anywhere_is_either_translated_or_refused(place: str, value: Any) -> None:
    with contextlib.suppress(Untranslatable):
        plan(changed(place, value))


@given(JSON)
def test_a_body_of_any_json_is_refused(body: Any) -> None:
    with pytest.raises(Untranslatable):
        plan(body)


class Gateway:
    """API Gateway as far as `put_rest_api` uses it, with what it holds in plain sight."""

    def __init__(self) -> None:
        self.paths: dict[str, dict[str, Any]] = {"0": {"id": "0", "path": "/", "resourceMethods": {}}}
        self.authorizers: dict[str, dict[str, Any]] = {}
        self.responses: dict[str, dict[str, Any]] = {}
        self.patches: list[Any] = []
        self._made = 0

    def get_paginator(self, operation: str) -> Any:
        responses = [{"defaultResponse": False, "responseType": name} for name in self.responses]
        items = {
            "get_resources": list(self.paths.values()),
            "get_authorizers": list(self.authorizers.values()),
            "get_gateway_responses": [*responses, {"defaultResponse": True, "responseType": "THROTTLED"}],
        }[operation]

        class Pages:
            @staticmethod
            def paginate(**_: Any) -> list[Any]:
                return [{"items": items[:1]}, {"items": items[1:]}]

        return Pages

    def create_resource(self, *, parentId: str, pathPart: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        parent = self.paths[parentId]["path"].rstrip("/")
        made = self._id()
        self.paths[made] = {"id": made, "path": f"{parent}/{pathPart}", "resourceMethods": {}}
        return self.paths[made]

    def create_authorizer(self, *, restApiId: str, **given: Any) -> dict[str, Any]:  # noqa: N803
        made = {"id": self._id(), **given}
        self.authorizers[made["id"]] = made
        return made

    def put_method(self, *, restApiId: str, resourceId: str, httpMethod: str, **given: Any) -> None:  # noqa: N803
        self.paths[resourceId]["resourceMethods"][httpMethod] = given

    def _put_in_method(self, *, restApiId: str, resourceId: str, httpMethod: str, **given: Any) -> None:  # noqa: N803
        self.paths[resourceId]["resourceMethods"][httpMethod].setdefault("more", []).append(given)

    put_integration = put_method_response = put_integration_response = _put_in_method

    def put_gateway_response(self, *, restApiId: str, responseType: str, **given: Any) -> None:  # noqa: N803
        self.responses[responseType] = given

    def update_rest_api(self, *, restApiId: str, patchOperations: Any) -> None:  # noqa: N803
        self.patches += patchOperations

    def delete_resource(self, *, restApiId: str, resourceId: str) -> None:  # noqa: N803
        path = self.paths.pop(resourceId)["path"]
        assert not [found for found in self.paths.values() if found["path"].startswith(f"{path}/")], "children first"

    def delete_method(self, *, restApiId: str, resourceId: str, httpMethod: str) -> None:  # noqa: N803
        del self.paths[resourceId]["resourceMethods"][httpMethod]

    def delete_authorizer(self, *, restApiId: str, authorizerId: str) -> None:  # noqa: N803
        del self.authorizers[authorizerId]

    def delete_gateway_response(self, *, restApiId: str, responseType: str) -> None:  # noqa: N803
        del self.responses[responseType]

    def routes(self) -> set[str]:
        return {f"{method} {found['path']}" for found in self.paths.values() for method in found["resourceMethods"]}

    def state(self) -> Any:
        return copy.deepcopy((self.paths, self.authorizers, self.responses))

    def _id(self) -> str:
        self._made += 1
        return str(self._made)


def put(gateway: Gateway, calls: list[Call], *, overwrite: bool = True) -> None:
    put_rest_api(gateway, "api", calls, overwrite=overwrite)


@pytest.fixture
def gateway() -> Gateway:
    """A gateway that has what the body says."""
    made = Gateway()
    put(made, plan(BODY))
    return made


def test_the_calls_make_the_api(gateway: Gateway) -> None:
    assert gateway.routes() == {"GET /health", "OPTIONS /health", "GET /products/{product_id}/images"}
    [authorizer] = gateway.authorizers.values()
    assert authorizer["providerARNs"] == [POOL]
    [images] = [found for found in gateway.paths.values() if found["path"].endswith("/images")]
    method = images["resourceMethods"]["GET"]
    assert (method["authorizationType"], method["authorizerId"]) == ("COGNITO_USER_POOLS", authorizer["id"])
    assert method["requestParameters"] == {"method.request.path.product_id": True}
    [integration] = [said for said in method["more"] if "uri" in said]
    assert (integration["uri"], integration["type"], integration["integrationHttpMethod"]) == (
        FUNCTION,
        "AWS_PROXY",
        "POST",
    )
    [health] = [found for found in gateway.paths.values() if found["path"] == "/health"]
    assert health["resourceMethods"]["GET"]["authorizationType"] == "NONE"
    assert gateway.responses == {
        "UNAUTHORIZED": UNAUTHORIZED,
        "DEFAULT_4XX": {"responseParameters": {}, "responseTemplates": {}},
    }
    assert gateway.patches == [{"op": "replace", "path": "/minimumCompressionSize", "value": "1024"}]


@pytest.mark.parametrize("overwrite", [True, False])
def test_the_same_body_twice_changes_nothing(gateway: Gateway, overwrite: bool) -> None:
    before = gateway.state()
    put(gateway, plan(BODY), overwrite=overwrite)
    assert gateway.state() == before


def test_overwrite_deletes_what_the_body_does_not_speak_of(gateway: Gateway) -> None:
    put(gateway, plan({"swagger": "2.0", "info": {}, "paths": {"/health": {"get": GET}}}))
    assert gateway.routes() == {"GET /health"}
    assert {found["path"] for found in gateway.paths.values()} == {"/", "/health"}
    assert gateway.authorizers == {}
    assert gateway.responses == {}


def test_merge_deletes_nothing(gateway: Gateway) -> None:
    put(gateway, plan({"swagger": "2.0", "info": {}, "paths": {"/new": {"get": GET}}}), overwrite=False)
    assert gateway.routes() == {"GET /health", "OPTIONS /health", "GET /products/{product_id}/images", "GET /new"}
    assert len(gateway.authorizers) == 1
    assert set(gateway.responses) == {"UNAUTHORIZED", "DEFAULT_4XX"}


@pytest.mark.parametrize("overwrite", [True, False])
def test_an_authorizer_that_changed_is_replaced_and_its_methods_follow(gateway: Gateway, overwrite: bool) -> None:
    put(gateway, plan(changed(f"{AUTHORIZER} providerARNs", [POOL + "2"])), overwrite=overwrite)
    [authorizer] = gateway.authorizers.values()
    assert authorizer["providerARNs"] == [POOL + "2"]
    [images] = [found for found in gateway.paths.values() if found["path"].endswith("/images")]
    assert images["resourceMethods"]["GET"]["authorizerId"] == authorizer["id"]


Seen = list[tuple[str, str, list[tuple[str, str]], bytes]]


@pytest.fixture
def emulator() -> Iterator[tuple[str, Seen]]:
    """An emulator that knows nothing, and what it was asked."""
    seen: Seen = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            seen.append((self.command, self.path, self.headers.items(), body))
            self.send_response_only(403 if "Bad" in self.headers.values() else 404)
            self.send_header("X-Twice", "a")
            self.send_header("X-Twice", "b")
            self.end_headers()
            self.wfile.write(b'{"message": "unknown"}')

        do_GET = do_PUT = do_PATCH = answer  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def ask(
    endpoint: str, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, list[tuple[str, str]], bytes]:
    with contextlib.closing(http.client.HTTPConnection(endpoint.removeprefix("http://"))) as connection:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()


def test_what_is_not_put_rest_api_passes_unchanged_both_ways(emulator: tuple[str, Seen]) -> None:
    endpoint, seen = emulator
    with gateway_proxy(endpoint) as proxy:
        path, headers = (
            "/restapis/a%2Fb?x=1&x=%202",
            {"Host": "apigateway.example:1", "authorization": "AWS4 ü", "X-Odd": "1"},
        )
        status, answered, body = ask(proxy, "PATCH", path, b"\0\xff", **headers)
    assert status == 404
    assert [value for name, value in answered if name == "X-Twice"] == ["a", "b"]
    assert body == b'{"message": "unknown"}'
    [(method, seen_path, seen_headers, seen_body)] = seen
    assert (method, seen_path, seen_body) == ("PATCH", path, b"\0\xff")
    expected = headers | {"Accept-Encoding": "identity", "Content-Length": "2", "X-Forwarded-Proto": "https"}
    assert sorted(seen_headers) == sorted(expected.items())


def test_a_body_that_cannot_be_translated_is_refused_before_anything_is_changed(emulator: tuple[str, Seen]) -> None:
    endpoint, seen = emulator
    with gateway_proxy(endpoint) as proxy:
        answers = [
            ask(proxy, "PUT", "/restapis/a?mode=overwrite", json.dumps(changed("x-foo", 1)).encode()),
            ask(proxy, "PUT", "/restapis/a?mode=overwrite", b"swagger: '2.0'"),
            ask(proxy, "PUT", "/restapis/a?mode=replace", json.dumps(BODY).encode()),
            ask(proxy, "PUT", "/restapis/a?mode=merge&basepath=split", json.dumps(BODY).encode()),
        ]
    assert [status for status, _, _ in answers] == [400] * 4
    assert ("x-amzn-ErrorType", "BadRequestException") in answers[0][1]
    assert "unknown field `x-foo`" in json.loads(answers[0][2])["message"]
    assert [method for method, *_ in seen] == ["PUT"] * 4  # of each only the request itself was passed on


def test_a_caller_that_the_emulator_refuses_is_refused(emulator: tuple[str, Seen]) -> None:
    """The translated calls are made with the root key: no one gets that for the asking."""
    endpoint, seen = emulator
    with gateway_proxy(endpoint) as proxy:
        status, _, _ = ask(proxy, "PUT", "/restapis/a?mode=overwrite", json.dumps(BODY).encode(), Authorization="Bad")
    assert status == 403
    assert len(seen) == 1


def test_a_refusal_of_the_emulator_reaches_the_caller(emulator: tuple[str, Seen]) -> None:
    endpoint, _ = emulator
    with gateway_proxy(endpoint) as proxy:
        status, _, body = ask(proxy, "PUT", "/restapis/a?mode=overwrite", json.dumps(BODY).encode())
    assert status == 404
    assert json.loads(body)["message"] == "gateway_proxy: GetResources: unknown"


def test_without_an_emulator_the_answer_is_502() -> None:
    with gateway_proxy("http://127.0.0.1:1") as proxy:
        assert ask(proxy, "GET", "/restapis")[0] == 502


def test_a_caller_that_waits_to_send_its_body_is_told_to_go_on(emulator: tuple[str, Seen]) -> None:
    """As boto3 does with each object, which goes on by itself only after a second."""
    endpoint, seen = emulator
    with gateway_proxy(endpoint) as proxy:
        host, port = proxy.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as caller, caller.makefile("rb") as answers:
            caller.sendall(
                b"PUT /vault/x HTTP/1.1\r\nHost: s3.example\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
            )
            assert answers.readline().split()[1] == b"100"
            assert answers.readline() == b"\r\n"
            assert seen == []
            caller.sendall(b"ab")
            assert answers.readline().split()[1] == b"404"
            assert answers.read().endswith(b'{"message": "unknown"}')
    [(method, path, headers, body)] = seen
    assert (method, path, body) == ("PUT", "/vault/x", b"ab")
    assert "expect" not in {name.lower() for name, _ in headers}


def test_a_body_of_unknown_length_is_refused(emulator: tuple[str, Seen]) -> None:
    with gateway_proxy(emulator[0]) as proxy:
        assert ask(proxy, "PUT", "/restapis/a", b"", **{"Transfer-Encoding": "chunked"})[0] == 411


def test_the_proxy_is_gone_when_its_block_ends(emulator: tuple[str, Seen]) -> None:
    with gateway_proxy(emulator[0]) as proxy:
        assert ask(proxy, "GET", "/restapis")[0] == 404
    with pytest.raises(ConnectionRefusedError):
        ask(proxy, "GET", "/restapis")
