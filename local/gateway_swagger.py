"""What PutRestApi makes of a Swagger body, as the single calls it stands for. Nothing is called here.

Only what Chalice emits and our fitting adds is known. Anything else is refused: left out in silence, it would first be
missed on AWS. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html

The fields of a call are the API's own, but for `path` and `authorizer`: ids are known only once the calls are made.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")


class Untranslatable(Exception):
    """The body has something that is not known here; the message says where and what."""


@dataclass(frozen=True, slots=True)
class CreateAuthorizer:
    """An authorizer that admits the tokens of user pools."""

    name: str
    identity_source: str
    provider_arns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CreateResource:
    """A path; its parent was created before it."""

    path: str


@dataclass(frozen=True, slots=True)
class PutMethod:
    """A method of a path, and who may call it: anyone, or whom the named authorizer admits."""

    path: str
    http_method: str
    authorizer: str | None = None
    authorization_scopes: tuple[str, ...] = ()
    request_parameters: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PutIntegration:
    """What answers a method: a function, by its `uri`, or a mock."""

    path: str
    http_method: str
    type: str
    passthrough_behavior: str
    content_handling: str | None = None
    uri: str | None = None
    integration_http_method: str | None = None
    request_templates: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PutMethodResponse:
    """A status that a method may answer with, and the headers it may then set."""

    path: str
    http_method: str
    status_code: str
    response_parameters: Mapping[str, bool] = field(default_factory=dict)
    response_models: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PutIntegrationResponse:
    """What an integration's answers become. The empty pattern is that of every answer."""

    path: str
    http_method: str
    status_code: str
    selection_pattern: str = ""
    response_parameters: Mapping[str, str] = field(default_factory=dict)
    response_templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PutGatewayResponse:
    """What the gateway itself answers to a request that reaches no integration."""

    response_type: str
    status_code: str | None = None
    response_parameters: Mapping[str, str] = field(default_factory=dict)
    response_templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetMinimumCompressionSize:
    """Answers of so many bytes or more are compressed."""

    size_bytes: int


MethodCall: TypeAlias = PutMethod | PutIntegration | PutMethodResponse | PutIntegrationResponse
Call: TypeAlias = CreateAuthorizer | CreateResource | MethodCall | PutGatewayResponse | SetMinimumCompressionSize


_Path: TypeAlias = Annotated[str, Meta(pattern="^(/|(/[^/]+)+)$")]
_Requirement: TypeAlias = Annotated[dict[str, tuple[str, ...]], Meta(min_length=1, max_length=1)]
_Size: TypeAlias = Annotated[int, Meta(ge=0, le=10 * 1024 * 1024)]
_Verb: TypeAlias = Literal["delete", "get", "head", "options", "patch", "post", "put"]


class _Known(msgspec.Struct, forbid_unknown_fields=True, rename="camel"): ...


class _UserPools(_Known, tag_field="type", tag="cognito_user_pools"):
    provider_arns: Annotated[tuple[str, ...], Meta(min_length=1)] = msgspec.field(name="providerARNs")


class _SecurityScheme(_Known):
    type: Literal["apiKey"]
    header: str = msgspec.field(name="name")
    place: Literal["header"] = msgspec.field(name="in")
    kind: Literal["cognito_user_pools"] = msgspec.field(name="x-amazon-apigateway-authtype")
    authorizer: _UserPools = msgspec.field(name="x-amazon-apigateway-authorizer")


class _Response(_Known):
    description: str
    schema: dict[Literal["$ref"], Literal["#/definitions/Empty"]] = {}
    headers: dict[str, dict[Literal["type"], Literal["string"]]] = {}


class _PathParameter(_Known):
    name: str
    required: Literal[True]
    type: Literal["string"]
    place: Literal["path"] = msgspec.field(name="in")


class _Answer(_Known):
    status_code: str | None = None
    response_parameters: dict[str, str] = {}
    response_templates: dict[str, str] = {}


class _Integration(_Known, kw_only=True):
    responses: dict[str, _Answer]
    passthrough_behavior: Literal["when_no_match", "when_no_templates", "never"] = "when_no_match"
    content_handling: Literal["CONVERT_TO_TEXT", "CONVERT_TO_BINARY"] | None = None


class _Function(_Integration, tag_field="type", tag="aws_proxy", kw_only=True):
    uri: Annotated[str, Meta(pattern="^arn:aws[a-z-]*:apigateway:[^:]+:lambda:path/")]
    http_method: Literal["POST"]  # how a function is invoked, whatever the method


class _Mock(_Integration, tag_field="type", tag="mock", kw_only=True):
    request_templates: dict[str, str]


class _Operation(_Known):
    responses: dict[str, _Response]
    integration: _Function | _Mock = msgspec.field(name="x-amazon-apigateway-integration")
    security: Annotated[list[_Requirement], Meta(max_length=1)] = []
    parameters: list[_PathParameter] = []
    produces: list[Literal["application/json"]] = []
    consumes: list[str] = []  # this and what follows tells readers something, and the gateway nothing
    summary: str = ""
    description: str = ""


class _Swagger(_Known):
    swagger: Literal["2.0"]
    info: dict[Literal["title", "version"], str]  # AWS renames the API to the title; Terraform then undoes that
    paths: dict[_Path, dict[_Verb, Any]]
    schemes: list[Literal["https"]] = []
    definitions: dict[Literal["Empty"], dict[Literal["type", "title"], Literal["object", "Empty Schema"]]] = {}
    security: dict[str, _SecurityScheme] = msgspec.field(default_factory=dict, name="securityDefinitions")
    binary_types: tuple[()] = msgspec.field(default=(), name="x-amazon-apigateway-binary-media-types")  # all is JSON
    answers: dict[str, _Answer] = msgspec.field(default_factory=dict, name="x-amazon-apigateway-gateway-responses")
    compress_from: _Size | None = msgspec.field(default=None, name="x-amazon-apigateway-minimum-compression-size")


def plan(body: object) -> list[Call]:
    """Translate a whole Swagger 2.0 body into calls, in an order in which each finds what it needs.

    Raises:
        Untranslatable: something in the body is not known here.
    """
    swagger = _read(body, _Swagger, "the body")
    calls: list[Call] = []
    for name, scheme in swagger.security.items():
        calls.append(CreateAuthorizer(name, f"method.request.header.{scheme.header}", scheme.authorizer.provider_arns))
    calls += _resources(swagger.paths)
    for path, operations in swagger.paths.items():
        for verb, operation in operations.items():
            calls += _operation(path, verb.upper(), _read(operation, _Operation, f"{verb} {path}"), swagger.security)
    calls += [PutGatewayResponse(name, *msgspec.structs.astuple(answer)) for name, answer in swagger.answers.items()]
    if swagger.compress_from is not None:
        calls.append(SetMinimumCompressionSize(swagger.compress_from))
    return calls


def _read(body: object, form: type[T], where: str) -> T:
    try:
        return msgspec.convert(body, form)
    except msgspec.ValidationError as error:
        raise Untranslatable(f"{where}: {error}") from None


def _resources(paths: Iterable[str]) -> Iterator[CreateResource]:
    """Every path and its parents, once, parents first. The root is always there."""
    seen = {""}
    variables: dict[str, str] = {}
    for path in paths:
        parent = ""
        for part in path.split("/")[1:]:
            if part.startswith("{") and variables.setdefault(parent, part) != part:
                raise Untranslatable(f"{path}: AWS refuses {part} beside {variables[parent]}")
            parent = f"{parent}/{part}".removesuffix("/")
            if parent not in seen:
                seen.add(parent)
                yield CreateResource(parent)


def _operation(path: str, method: str, operation: _Operation, known: Collection[str]) -> Iterator[MethodCall]:
    where, integration = f"{method} {path}", operation.integration
    authorizer, scopes = next(iter(operation.security[0].items())) if operation.security else (None, ())
    if authorizer is not None and authorizer not in known:
        raise Untranslatable(f"{where}: {authorizer} is not among the securityDefinitions")
    required = {f"method.request.path.{parameter.name}": True for parameter in operation.parameters}
    yield PutMethod(path, method, authorizer, scopes, required)
    common = (integration.passthrough_behavior.upper(), integration.content_handling)
    if isinstance(integration, _Mock):
        yield PutIntegration(path, method, "MOCK", *common, request_templates=integration.request_templates)
    else:
        yield PutIntegration(path, method, "AWS_PROXY", *common, integration.uri, integration.http_method)
    for status, response in operation.responses.items():
        headers = {f"method.response.header.{name}": False for name in response.headers}  # none of them must be there
        yield PutMethodResponse(path, method, status, headers, {"application/json": "Empty"} if response.schema else {})
    for pattern, answer in integration.responses.items():
        status, parameters = answer.status_code or "", answer.response_parameters
        declared = operation.responses.get(status)
        if declared is None or parameters.keys() - {f"method.response.header.{name}" for name in declared.headers}:
            raise Untranslatable(f"{where}: the {pattern} answer has a status or a header that is not declared")
        selection = "" if pattern == "default" else pattern
        yield PutIntegrationResponse(path, method, status, selection, parameters, answer.response_templates)
