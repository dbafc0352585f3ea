"""A seller of the packaged service, and a look behind it: rows and objects, read with the emulator's root key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from local.bootstrap import Stack
from local.buckets import VAULT
from local.permissions import TABLE
from tests.behind import Item, Rows, by_key, rows_under, vault_objects
from tests.faults.content import sha256_of
from tests.samples import upload_request

from .packaged_app import Answer, PackagedApp, event
from .stories import Story

STEP = "/products/{product_id}/%ss/uploads"


@dataclass
class Upload:
    """An upload that has arrived, and waits for its confirm."""

    story: Story
    product: str
    id: str
    replaces: str | None

    @property
    def file_id(self) -> str:
        """What its file will be called."""
        return self.id.partition("~")[0]

    @property
    def key(self) -> tuple[str, str]:
        """Primary key of the row that it will get."""
        return f"P#{self.product}", f"{self.story.kind}#{self.file_id}"


@dataclass
class Shop:
    """One seller."""

    app: PackagedApp
    stack: Stack
    s3: Any = field(init=False)
    dynamodb: Any = field(init=False)

    def __post_init__(self) -> None:
        self.s3, self.dynamodb = self.stack.client("s3"), self.stack.client("dynamodb")

    def products(self, count: int) -> list[str]:
        """Make products."""
        made = self.app.call(*[self._event("POST", "/products", {}, {"title": "Brush set"})] * count)
        return [cast(str, answer.body["id"]) for answer in made]

    def arrive(self, wanted: Iterable[tuple[Story, str, str | None]], http: httpx.Client) -> list[Upload]:
        """Issue uploads of these stories to these products, replacing these files, and send their bytes."""
        asked = list(wanted)
        issued = _successes(self.app.call(*[self._issue(*one) for one in asked]))
        uploads = [
            Upload(story, product, body["upload"]["id"], replaces)
            for (story, product, replaces), body in zip(asked, issued, strict=True)
        ]
        in_parts = [upload for upload in uploads if upload.story.strategy == "multipart"]
        signed = _successes(
            self.app.call(*[self._step(upload, "/parts", {"part_numbers": [1]}) for upload in in_parts])
        )
        urls = {upload.id: body["parts"][0]["url"] for upload, body in zip(in_parts, signed, strict=True)}
        for upload, body in zip(uploads, issued, strict=True):
            content = upload.story.content
            if upload.id in urls:
                sent = http.put(urls[upload.id], content=content)
            else:
                sent = http.post(body["url"], data=body["fields"], files={"file": ("file", content)})
            sent.raise_for_status()
        return uploads

    def confirmation(self, upload: Upload) -> Item:
        """The event of its confirm."""
        return self._step(upload, "/confirm")

    def rows_of(self, product: str) -> Rows:
        """All rows of a product, and the seller's usage."""
        rows = rows_under(self.dynamodb, f"P#{product}")
        usage = self.dynamodb.get_item(
            TableName=TABLE,
            Key={"pk": {"S": f"O#{self.stack.seller.sub}"}, "sk": {"S": "usage"}},
            ConsistentRead=True,
        )
        return rows | by_key([usage["Item"]] if "Item" in usage else [])

    def vault_of(self, product: str) -> dict[str, int]:
        """The vault's objects of a product, and their bytes."""
        return {key: size for key, size in vault_objects(self.stack).items() if f"/{product}/" in key}

    def stored_sha256(self, key: str) -> str:
        """Of an object of the vault, in hex."""
        return sha256_of(self.s3.get_object(Bucket=VAULT, Key=key)["Body"])

    def _issue(self, story: Story, product: str, replaces: str | None) -> Item:
        more = {"replaces": replaces} if replaces else {}
        body = upload_request(story.content, story.content_type, strategy=story.strategy, **more)
        return self._event("POST", STEP % story.kind, {"product_id": product}, body)

    def _step(self, upload: Upload, step: str, body: object = None) -> Item:
        ids = {"product_id": upload.product, "upload_id": upload.id}
        return self._event("POST", STEP % upload.story.kind + "/{upload_id}" + step, ids, body)

    def _event(self, method: str, resource: str, ids: Mapping[str, str], body: object) -> Item:
        pool = self.stack.environment["VESTIBULE_USER_POOL_ARN"].rpartition("/")[2]
        claims = {
            "sub": self.stack.seller.sub,
            "token_use": "id",
            "aud": self.stack.client_id,
            "iss": f"https://cognito-idp.{pool.partition('_')[0]}.amazonaws.com/{pool}",
        }
        return event(method, resource, ids, claims, body)


def _successes(answers: list[Answer]) -> list[dict[str, Any]]:
    for answer in answers:
        assert answer.status < 300, answer
    return [answer.body for answer in answers]
