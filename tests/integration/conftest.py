"""The whole service as `make dev` starts it: chalice local with real tokens, on ministack with AUTH=true."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.bootstrap import Person, Stack, sign_in
from local.buckets import MEDIA, STAGING, VAULT
from local.permissions import TABLE
from local.stack import Running, local_stack
from tests.integration.node import installed_node
from tests.log_lines import keep_text
from tests.samples import upload_request
from tools.node import Node

ORIGIN = "https://shop.example"


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """One stack for all of these tests; each test makes products of its own."""
    with local_stack(0, 0, lambda _: None, ORIGIN) as running:
        yield running
        for program in (running.api, running.pump):  # to be read for secrets, with the logs of all other tests
            keep_text("\n".join(line for line in program.log.read_text().splitlines() if line.startswith("{")))


@pytest.fixture(scope="session")
def node() -> Node:
    """Node.js, with what web/ needs installed."""
    return installed_node()


@pytest.fixture(scope="session")
def stack(running: Running) -> Stack:
    return running.stack


@pytest.fixture
def no_pump(running: Running) -> Iterator[None]:
    """For tests that count, compare or race: nothing happens in the background but what they do themselves."""
    running.pump.stop()
    yield
    running.pump.stop()
    running.pump.start()


def wait_until(true: Callable[[], bool], what: str, seconds: float = 30, every: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s: {what}"
        time.sleep(every)


def json_lines(log: Path) -> list[dict[str, Any]]:
    """What the functions logged, without the lines for people."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


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

    def images(self, product: str) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.call("GET", f"/products/{product}/images").json()["images"]
        return listed

    def rendered(self, product: str) -> list[dict[str, Any]]:
        """The product's images, once all of them have been rendered, or cannot be."""

        def none_is_processing() -> bool:
            return all(image["rendition_state"] != "processing" for image in self.images(product))

        wait_until(none_is_processing, f"{self.running.pump.log.read_text()[-2000:]}")
        return self.images(product)


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

    def media(self, product: str) -> dict[str, tuple[str, str]]:
        """Name → ETag and time of everything public of a product."""
        contents = self.stack.client("s3").list_objects_v2(Bucket=MEDIA, Prefix=f"{product}/").get("Contents", [])
        return {item["Key"]: (item["ETag"], item["LastModified"].isoformat()) for item in contents}

    def reminders(self, product: str) -> list[str]:
        """What the sweep is to look at again."""
        return [row["what"]["S"] for row in self.rows() if row.get("of_pk", {}).get("S") == f"P#{product}"]

    def waiting_events(self) -> int:
        """Events that nobody has dealt with yet."""
        return self._count("ApproximateNumberOfMessages") + self.taken_events()

    def taken_events(self) -> int:
        """Events that somebody is dealing with."""
        return self._count("ApproximateNumberOfMessagesNotVisible")

    def _count(self, what: str) -> int:
        sqs = self.stack.client("sqs")
        counted = sqs.get_queue_attributes(QueueUrl=self.stack.events_url, AttributeNames=[what])
        return int(counted["Attributes"][what])

    def next_event(self, product: str) -> dict[str, Any]:
        """S3's own event about a product; those of other tests are dropped on the way."""
        sqs, url = self.stack.client("sqs"), self.stack.events_url
        while True:
            (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if f"/{product}/" in message["Body"]:
                event: dict[str, Any] = json.loads(message["Body"])
                return event

    def send_events(self, *events: dict[str, Any]) -> None:
        sqs = self.stack.client("sqs")
        entries = [{"Id": str(number), "MessageBody": json.dumps(event)} for number, event in enumerate(events)]
        for at in range(0, len(entries), 10):
            sqs.send_message_batch(QueueUrl=self.stack.events_url, Entries=entries[at : at + 10])

    def staged(self, product: str) -> list[str]:
        contents = self.stack.client("s3").list_objects_v2(Bucket=STAGING).get("Contents", [])
        return [item["Key"] for item in contents if f"/{product}/" in item["Key"]]


@pytest.fixture(scope="session")
def behind(stack: Stack) -> Behind:
    return Behind(stack)
