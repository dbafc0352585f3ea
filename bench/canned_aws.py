"""S3 and DynamoDB without a network: requests are built and signed and answers parsed, as ever, but nothing is sent."""

import base64
import copy
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from chalicelib import models
from chalicelib.aws.client import Call, Client, Waiting
from chalicelib.aws.wire import Response
from chalicelib.settings import settings
from tests import played

from . import plain

_begin = Client.begin


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answers to one operation."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SdkCall:
    """A call that the service made, for boto3 to make."""

    client: Any
    operation: str
    params: Mapping[str, Any]

    def repeat(self) -> None:
        """Make the same call by boto3, and nothing else; a refusal by the service is fine if it was one before."""
        with suppress(ClientError):
            self.client._make_api_call(self.operation, dict(self.params))


class CannedAws:
    """Answers each operation with what `answers` has under its name: the service's own clients, and boto3's."""

    def __init__(self) -> None:
        self.answers: Mapping[str, Answer] = {}
        for client in (plain.s3, plain.dynamodb):
            events: Any = client.meta.events
            events.register_first("before-send", self._answer_boto3)

        def sent(client: Client, operation: str, call: Call, _: int) -> Waiting:
            answer = self._answer(client, operation, call)
            return lambda: answer

        Client._sent = sent  # type: ignore[method-assign, assignment]

    @contextmanager
    def recorded(self) -> Iterator[list[SdkCall]]:
        """The calls made inside the `with`, in their order. Outside one nothing is noted, which would cost time."""
        calls: list[SdkCall] = []

        def noted(client: Client, operation: str, params: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
            by = plain.s3 if client.service == "s3" else plain.dynamodb
            calls.append(SdkCall(by, operation, copy.deepcopy(params)))
            return _begin(client, operation, params)

        Client.begin = noted  # type: ignore[method-assign, assignment]
        try:
            yield calls
        finally:
            Client.begin = _begin  # type: ignore[method-assign]

    def _answer(self, client: Client, operation: str, call: Call) -> Response:
        client._signed(call).head()
        answer = self.answers[operation]
        return played.answer(answer.status, dict(answer.headers), answer.body)

    def _answer_boto3(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        answer = self.answers[event_name.rpartition(".")[2]]
        headers: Any = answer.headers
        return AWSResponse(request.url, answer.status, headers, _Raw(answer.body))


aws = CannedAws()
"""The one of this process: it takes the place of every client's wire."""


def at_issue(owner: str, product: str) -> dict[str, Answer]:
    """The product is there and the seller's, and nothing is staged."""
    now = datetime.now(UTC)
    row = models.Product(
        *models.product_key(product),
        owner=owner,
        state=models.LIVE,
        title="Brush set",
        image_count=3,
        deliverable_count=1,
        created_at=now,
        updated_at=now,
        version=1,
    )
    listing = "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"
    return {"BatchGetItem": _rows(row.to_dynamodb_dict()), "ListObjectsV2": Answer(200, listing.encode())}


def at_confirm(fields: Mapping[str, str], picture: bytes) -> dict[str, Answer]:
    """The picture was sent with the form's fields; the copy and the transaction succeed."""
    sha256 = base64.b64encode(hashlib.sha256(picture).digest()).decode()
    etag = f'"{hashlib.md5(picture).hexdigest()}"'
    staged = {name: value for name, value in fields.items() if name.startswith("x-amz-meta-")} | {
        "content-type": fields["Content-Type"],
        "content-length": str(len(picture)),
        "content-range": f"bytes 0-{len(picture) - 1}/{len(picture)}",
        "etag": etag,
        "last-modified": format_datetime(datetime.now(UTC), usegmt=True),
        "x-amz-version-id": "3HL4kqtJvjVBH40Nrjfkd5vXTJoAXfNm",
    }
    copy = f"<CopyObjectResult><ETag>{etag}</ETag><ChecksumSHA256>{sha256}</ChecksumSHA256></CopyObjectResult>"
    return {
        "GetObject": Answer(206, picture, staged),
        "CopyObject": Answer(200, copy.encode()),
        "TransactWriteItems": Answer(200, b"{}"),
        "DeleteObject": Answer(204),
    }


def at_repeat(confirm_calls: list[SdkCall]) -> dict[str, Answer]:
    """The staged object is gone, and the row is the one that confirm wrote."""
    transaction = next(call.params for call in confirm_calls if call.operation == "TransactWriteItems")
    written = next(item["Put"]["Item"] for item in transaction["TransactItems"] if "Put" in item)
    gone = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
    return {"GetObject": Answer(404, gone.encode()), "BatchGetItem": _rows(written)}


def _rows(*rows: Mapping[str, Any]) -> Answer:
    return Answer(200, json.dumps({"Responses": {settings.table: rows}, "UnprocessedKeys": {}}).encode())


class _Raw(io.BytesIO):
    """As urllib3's response, which botocore streams."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
