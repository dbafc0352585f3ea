"""The edge in front of the emulator: it stands for TLS, and for PutRestApi, which the emulator has not.

Chalice's Terraform describes the API by the `body` of an `aws_api_gateway_rest_api`, which the provider sends by
`PUT /restapis/{id}`. Here that becomes the single calls that ministack knows; all else passes through as it is.
"""

import contextlib
import dataclasses
import http.client
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .emulator import REGION
from .gateway_swagger import (
    Call,
    CreateAuthorizer,
    CreateResource,
    PutGatewayResponse,
    PutMethod,
    SetMinimumCompressionSize,
    Untranslatable,
    plan,
)
from .processes import HOST

REST_API = re.compile(r"/restapis/([^/]+)")
TIMEOUT_SECONDS = 60
# Of one connection only (RFC 9110, 7.6.1). Every other header passes as it is, above all Host: signatures cover it.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
# Answered here (RFC 9110, 10.1.1): the body is there when the emulator is asked.
ANSWERED = {"expect"}


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the caller."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


@contextlib.contextmanager
def gateway_proxy(emulator_endpoint: str, port: int = 0) -> Iterator[str]:
    """Serve the emulator, PutRestApi included, until the block ends; yields the endpoint, on loopback.

    To the emulator every request comes as from an edge that ended TLS: bucket policies refuse anything else.
    """
    with _Server(emulator_endpoint, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="gateway-proxy", daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def put_rest_api(client: Any, api_id: str, calls: Sequence[Call], *, overwrite: bool) -> None:
    """Make these calls; with `overwrite`, then delete what none of them speaks of. Twice is as good as once.

    Raises:
        ClientError: the emulator refuses one of them; the ones before it are done.
    """
    api = _RestApi(client, api_id)
    for call in calls:
        api.make(call)
    api.sweep(calls, overwrite=overwrite)


class _RestApi:
    """A REST API as it is in the emulator, with the ids that calls need."""

    def __init__(self, client: Any, api_id: str) -> None:
        self._client = client
        self._api_id = api_id
        self._resources = {found["path"]: found for found in self._all("get_resources", embed=["methods"])}
        self._authorizers = self._all("get_authorizers")
        self._authorizer_ids: dict[str, str] = {}

    def make(self, call: Call) -> None:
        """Make the call, unless it would make what is already there."""
        match call:
            case CreateResource(path):
                if path not in self._resources:
                    parent, _, part = path.rpartition("/")
                    parent_id = self._resources[parent or "/"]["id"]
                    self._resources[path] = self._do("create_resource", parentId=parent_id, pathPart=part)
            case CreateAuthorizer(name):
                self._authorizer_ids[name] = self._authorizer_id(call)
            case SetMinimumCompressionSize(size):
                operation = {"op": "replace", "path": "/minimumCompressionSize", "value": str(size)}
                self._do("update_rest_api", patchOperations=[operation])
            case _:  # a call's name and its fields' names are those of the API
                fields = dataclasses.asdict(call)
                if (path := fields.pop("path", None)) is not None:
                    fields["resource_id"] = self._resources[path]["id"]
                if isinstance(call, PutMethod):
                    authorizer = fields.pop("authorizer")
                    fields["authorization_type"] = "NONE" if authorizer is None else "COGNITO_USER_POOLS"
                    fields["authorizer_id"] = self._authorizer_ids.get(authorizer)
                given = {_camel_case(name): value for name, value in fields.items() if value is not None}
                self._do(xform_name(type(call).__name__), **given)

    def sweep(self, calls: Sequence[Call], *, overwrite: bool) -> None:
        """Delete authorizers that others took the place of and, to `overwrite`, all that the calls do not speak of."""
        for authorizer in self._authorizers:
            replaced = overwrite or authorizer["name"] in self._authorizer_ids
            if replaced and authorizer["id"] not in self._authorizer_ids.values():
                self._do("delete_authorizer", authorizerId=authorizer["id"])
        if overwrite:
            self._sweep_resources(calls)
            types = {call.response_type for call in calls if isinstance(call, PutGatewayResponse)}
            for response in self._all("get_gateway_responses"):
                if not response["defaultResponse"] and response["responseType"] not in types:
                    self._do("delete_gateway_response", responseType=response["responseType"])

    def _sweep_resources(self, calls: Sequence[Call]) -> None:
        paths = {"/"} | {call.path for call in calls if isinstance(call, CreateResource)}
        methods = {(call.path, call.http_method) for call in calls if isinstance(call, PutMethod)}
        # Children first: AWS deletes them with their parent, ministack leaves them behind.
        for path, resource in sorted(self._resources.items(), reverse=True):
            if path not in paths:
                self._do("delete_resource", resourceId=resource["id"])
                continue
            for method in resource.get("resourceMethods", {}).keys() - {name for at, name in methods if at == path}:
                self._do("delete_method", resourceId=resource["id"], httpMethod=method)

    def _authorizer_id(self, call: CreateAuthorizer) -> str:
        made: dict[str, Any] = {"name": call.name, "type": "COGNITO_USER_POOLS"}
        made["identitySource"] = call.identity_source
        made["providerARNs"] = list(call.provider_arns)
        for found in self._authorizers:
            if made.items() <= found.items():
                return str(found["id"])
        return str(self._do("create_authorizer", **made)["id"])

    def _do(self, operation: str, **arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self._client, operation)(restApiId=self._api_id, **arguments)
        return answer

    def _all(self, operation: str, **arguments: Any) -> list[dict[str, Any]]:
        pages = self._client.get_paginator(operation).paginate(restApiId=self._api_id, **arguments)
        return [item for page in pages for item in page["items"]]


class _Server(ThreadingHTTPServer):
    def __init__(self, emulator_endpoint: str, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.emulator = urlsplit(emulator_endpoint).netloc
        self.client = boto3.client(
            "apigateway",
            endpoint_url=emulator_endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=TIMEOUT_SECONDS),
        )
        self.client.meta.events.register("before-call.apigateway.UpdateRestApi", _send_a_number)
        self.one_at_a_time = threading.Lock()  # two bodies at once would make a mixture of both


class _Handler(BaseHTTPRequestHandler):
    """One request on one connection (HTTP/1.0): none lingers when the server stops."""

    server: _Server
    disable_nagle_algorithm = True
    timeout = TIMEOUT_SECONDS

    def answer(self) -> None:
        """Answer a request of any method."""
        url = urlsplit(self.path)
        api = REST_API.fullmatch(url.path)
        try:
            if "Transfer-Encoding" in self.headers:
                answer = _refusal(411, "LengthRequiredException", "a body needs a Content-Length here")
            else:
                if self.headers.get("Expect", "").lower() == "100-continue":
                    self.handle_expect_100()  # boto3 waits a second for it, with each object that it puts
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                answer = self._forward(body)
                # 404: the signature is good, and the emulator still does not know PutRestApi.
                if answer.status == 404 and self.command == "PUT" and api is not None:
                    answer = self._put_rest_api(api[1], parse_qs(url.query), body)
        except ClientError as error:
            said, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            answer = _refusal(status, said["Code"], f"{error.operation_name}: {said['Message']}")
        except (OSError, http.client.HTTPException, BotoCoreError) as error:
            answer = _refusal(502, "BadGatewayException", f"the emulator does not answer: {error}")
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = answer  # noqa: N815 (for the base class)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Say nothing: the emulator has a log."""

    def _put_rest_api(self, api_id: str, query: Mapping[str, Sequence[str]], body: bytes) -> Answer:
        mode = query.get("mode", ["merge"])[-1]  # AWS's default; the provider always says which
        try:
            if mode not in ("merge", "overwrite") or query.keys() - {"mode"}:
                raise Untranslatable(f"the query {dict(query)}: only a mode is known, merge or overwrite")
            calls = plan(json.loads(body))  # whole, before anything is changed
        except (Untranslatable, ValueError) as error:
            return _refusal(400, "BadRequestException", f"cannot translate PutRestApi: {error}")
        with self.server.one_at_a_time:
            put_rest_api(self.server.client, api_id, calls, overwrite=mode == "overwrite")
            api = self.server.client.get_rest_api(restApiId=api_id)
        del api["ResponseMetadata"]
        return _json_answer(200, api)

    def _forward(self, body: bytes) -> Answer:
        connection = http.client.HTTPConnection(self.server.emulator, timeout=TIMEOUT_SECONDS)
        with contextlib.closing(connection):
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in HOP_BY_HOP | ANSWERED:
                    connection.putheader(name, value)
            connection.putheader("X-Forwarded-Proto", "https")
            connection.endheaders(body or None)
            response = connection.getresponse()
            headers = [(name, value) for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP]
            return Answer(response.status, headers, response.read())


def _send_a_number(params: dict[str, Any], **_: Any) -> None:
    """Send the size as a number: ministack gives back what it got, and the provider cannot read a text there."""
    patch = json.loads(params["body"])
    for operation in patch["patchOperations"]:
        operation["value"] = int(operation["value"])
    params["body"] = json.dumps(patch).encode()


def _refusal(status: int, code: str, message: str) -> Answer:
    answer = _json_answer(status, {"message": f"gateway_proxy: {message}", "__type": code})
    return dataclasses.replace(answer, headers=[*answer.headers, ("x-amzn-ErrorType", code)])


def _json_answer(status: int, content: Mapping[str, Any]) -> Answer:
    body = json.dumps(content, default=lambda when: when.timestamp()).encode()  # of datetimes, the API's seconds
    return Answer(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body)


def _camel_case(name: str) -> str:
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)
