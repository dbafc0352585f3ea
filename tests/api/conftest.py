"""The whole API in process, on moto. Nothing about policies, signatures or concurrency is proven here."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
import pytest
from chalice.test import Client, HTTPResponse
from moto import mock_aws

from app import app
from chalicelib.rows import Row
from chalicelib.settings import settings
from tests.api.aws import s3
from tests.api.wire import Wire, wired
from tests.log_lines import SELLER, STRANGER
from tests.samples import upload_request


def token(sub: str = SELLER, **changed: Any) -> str:
    """An ID token as Chalice's test client reads it: only the payload counts there, nobody checks the signature."""
    claims = {
        "sub": sub,
        "cognito:username": sub,
        "token_use": "id",
        "aud": settings.user_pool_client_id,
        "iss": settings.token_issuer,
        **changed,
    }
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"


@dataclass
class Api:
    """Speaks to the API as one seller."""

    client: Client
    headers: dict[str, str] = field(default_factory=lambda: {"Authorization": token()})

    def as_seller(self, sub: str) -> "Api":
        return Api(self.client, {"Authorization": token(sub)})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HTTPResponse:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if raw:
            sent.setdefault("Content-Type", "application/json")
        return self.client.http.request(method, path, headers=sent, body=raw)

    def get(self, path: str, **headers: str) -> HTTPResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HTTPResponse:
        return self.call("POST", path, body, **headers)

    def product(self, title: str = "Brush set") -> str:
        return str(self.post("/products", {"title": title}).json_body["id"])

    def issue(self, product_id: str, kind: str, content: bytes, content_type: str, **more: Any) -> dict[str, Any]:
        body = upload_request(content, content_type, **more)
        answer = self.post(f"/products/{product_id}/{kind}s/uploads", body)
        assert answer.status_code == 201, answer.json_body
        return cast(dict[str, Any], answer.json_body)

    def confirm(self, issued: dict[str, Any], kind: str | None = None) -> HTTPResponse:
        upload = issued["upload"]
        kind = kind or upload["kind"]
        return self.post(f"/products/{upload['product_id']}/{kind}s/uploads/{upload['id']}/confirm")

    def add(self, product_id: str, kind: str, content: bytes, content_type: str, **more: Any) -> dict[str, Any]:
        """All three steps."""
        issued = self.issue(product_id, kind, content, content_type, **more)
        send(issued, content)
        answer = self.confirm(issued)
        assert answer.status_code == 201, answer.json_body
        return cast(dict[str, Any], answer.json_body)


def send(issued: dict[str, Any], content: bytes) -> str:
    """Step 2. moto's POST ignores the policy, so this puts what the form says; returns the VersionId."""
    fields = issued["fields"]
    return s3.put_object(
        Bucket=settings.staging_bucket,
        Key=fields["key"],
        Body=content,
        ContentType=fields["Content-Type"],
        ChecksumAlgorithm="SHA256",
        Metadata={
            name.removeprefix("x-amz-meta-"): value for name, value in fields.items() if name.startswith("x-amz-meta-")
        },
    )["VersionId"]


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        s3 = boto3.client("s3")
        for bucket in (settings.staging_bucket, settings.vault_bucket, settings.media_bucket):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_bucket_versioning(Bucket=settings.staging_bucket, VersioningConfiguration={"Status": "Enabled"})
        Row.create_table(wait=True)
        yield


@pytest.fixture
def api(aws: None) -> Api:
    return Api(Client(app, stage_name="local"))


@pytest.fixture
def stranger(api: Api) -> Api:
    return api.as_seller(STRANGER)


@pytest.fixture
def product(api: Api) -> str:
    return api.product()


@pytest.fixture
def wire(api: Api, product: str) -> Iterator[Wire]:
    """Counts calls from here on: the product is there already."""
    with wired() as wire:
        yield wire


def vault_keys() -> list[str]:
    contents = s3.list_objects_v2(Bucket=settings.vault_bucket).get("Contents", [])
    return [item["Key"] for item in contents]


def table() -> list[dict[str, Any]]:
    """Everything in the database, in a fixed order, to compare before and after."""
    rows = [row.to_dynamodb_dict() for row in Row.scan()]
    return sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))
