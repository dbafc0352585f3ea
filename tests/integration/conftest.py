"""The whole service as `make dev` starts it: chalice local with real tokens, on ministack with AUTH=true."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from local.bootstrap import Person, Stack, sign_in
from local.buckets import STAGING, VAULT
from local.permissions import TABLE
from local.stack import Running, local_stack
from tests.samples import upload_request

ORIGIN = "https://shop.example"


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """One stack for all of these tests; each test makes products of its own."""
    with local_stack(0, 0, lambda _: None, ORIGIN) as running:
        yield running


@pytest.fixture(scope="session")
def stack(running: Running) -> Stack:
    return running.stack


@dataclass
class Seller:
    """Speaks to the API and to S3 over HTTP, as a frontend does."""

    running: Running
    token: str
    http: httpx.Client

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        url = path if path.startswith("http") else self.running.url + path
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(method, url, json=body, headers={"Authorization": self.token, **named})

    def product(self) -> str:
        return str(self.call("POST", "/products", {"title": "Brush set"}).json()["id"])

    def issue(self, product: str, kind: str, content: bytes, content_type: str, **more: Any) -> dict[str, Any]:
        body = upload_request(content, content_type, **more)
        answer = self.call("POST", f"/products/{product}/{kind}s/uploads", body)
        assert answer.status_code == 201, answer.text
        issued: dict[str, Any] = answer.json()
        return issued

    def send(self, issued: dict[str, Any], content: bytes) -> httpx.Response:
        return self.http.post(issued["url"], data=issued["fields"], files={"file": ("file", content)})

    def confirm(self, issued: dict[str, Any]) -> httpx.Response:
        return self.call("POST", issued["confirm_url"])

    def add(self, product: str, kind: str, content: bytes, content_type: str, **more: Any) -> dict[str, Any]:
        issued = self.issue(product, kind, content, content_type, **more)
        assert self.send(issued, content).status_code == 201
        answer = self.confirm(issued)
        assert answer.status_code == 201, answer.text
        file: dict[str, Any] = answer.json()
        return file


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as client:
        yield client


def signed_in(running: Running, person: Person, http: httpx.Client) -> Seller:
    return Seller(running, sign_in(running.stack, person)["IdToken"], http)


@pytest.fixture(scope="session")
def seller(running: Running, http: httpx.Client) -> Seller:
    return signed_in(running, running.stack.seller, http)


@pytest.fixture(scope="session")
def stranger(running: Running, http: httpx.Client) -> Seller:
    return signed_in(running, running.stack.stranger, http)


@pytest.fixture
def product(seller: Seller) -> str:
    return seller.product()


@dataclass
class Behind:
    """What lies behind the API, seen with the emulator's root key."""

    stack: Stack

    def rows(self) -> list[dict[str, Any]]:
        """The whole table, in a fixed order."""
        items: list[dict[str, Any]] = self.stack.client("dynamodb").scan(TableName=TABLE)["Items"]
        return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    def rows_of(self, product: str) -> dict[str, dict[str, Any]]:
        return {row["sk"]["S"]: row for row in self.rows() if row["pk"]["S"] == f"P#{product}"}

    def vault_keys(self, product: str) -> list[str]:
        contents = self.stack.client("s3").list_objects_v2(Bucket=VAULT).get("Contents", [])
        return [item["Key"] for item in contents if f"/{product}/" in item["Key"]]

    def vault_bytes(self, key: str) -> bytes:
        content: bytes = self.stack.client("s3").get_object(Bucket=VAULT, Key=key)["Body"].read()
        return content

    def staged(self, product: str) -> list[str]:
        contents = self.stack.client("s3").list_objects_v2(Bucket=STAGING).get("Contents", [])
        return [item["Key"] for item in contents if f"/{product}/" in item["Key"]]


@pytest.fixture(scope="session")
def behind(stack: Stack) -> Behind:
    return Behind(stack)
