"""Looks behind the service, and changes what is stored, with the root key: rows, originals, renditions."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.ids import new_ulid
from chalicelib.kinds import DELIVERABLE, IMAGE, Kind, vault_key
from chalicelib.models import file_key
from chalicelib.reminders import Reminder
from chalicelib.rows import Key
from tests.e2e.conftest import Applied


@dataclass(frozen=True)
class Snapshot:
    """Rows, and an original in the vault with its renditions."""

    items: list[dict[str, Any]]
    key: str
    original: bytes
    renditions: dict[str, bytes]


@dataclass(frozen=True)
class Stored:
    """The table and the buckets of the applied stack."""

    applied: Applied

    @property
    def s3(self) -> Any:
        return self.applied.client("s3")

    @property
    def rows(self) -> Any:
        return self.applied.client("dynamodb")

    def bucket(self, role: str) -> str:
        return str(self.applied.outputs["buckets"][role])

    def row(self, key: Key) -> dict[str, Any] | None:
        """A row, each attribute as its only value."""
        item = self.rows.get_item(TableName=self.applied.outputs["table"], Key=_key(key), ConsistentRead=True).get(
            "Item"
        )
        return None if item is None else {name: next(iter(value.values())) for name, value in item.items()}

    def image_row(self, product: str, image: str) -> dict[str, Any]:
        row = self.row(file_key(product, IMAGE, image))
        assert row is not None
        return row

    def forget_renditions(self, product: str, image: str) -> None:
        """Put an image back to where its event was lost."""
        self.rows.update_item(
            TableName=self.applied.outputs["table"],
            Key=_key(file_key(product, IMAGE, image)),
            UpdateExpression="SET rendition_state = :processing REMOVE renditions, placeholder",
            ExpressionAttributeValues={":processing": {"S": "processing"}},
        )
        for name in self.renditions(product, image):
            self.s3.delete_object(Bucket=self.bucket("media"), Key=name)

    def remind(self, product: str, image: str) -> Key:
        """Have the sweep asked to render an image; returns the key of the reminder's row."""
        reminder = Reminder.make("render", file_key(product, IMAGE, image), datetime.now(UTC) - timedelta(minutes=1))
        self.rows.put_item(TableName=self.applied.outputs["table"], Item=reminder.serialize())
        return reminder.pk, reminder.sk

    def reminders_of(self, product: str) -> list[dict[str, Any]]:
        """All reminders of files of a product."""
        answer = self.rows.scan(
            TableName=self.applied.outputs["table"],
            ConsistentRead=True,
            FilterExpression="of_pk = :product",
            ExpressionAttributeValues={":product": {"S": f"P#{product}"}},
        )
        found: list[dict[str, Any]] = answer["Items"]
        return found

    def forget_the_sweeps(self) -> None:
        """Let the next sweep look at everything since today again, whatever day the last one thought it was."""
        for name in ("images/post", "deliverables/post", "deliverables/multipart"):
            self.rows.delete_item(TableName=self.applied.outputs["table"], Key=_key(("SWEEP", name)))
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        item = {**_key(("SWEEP", "reminders")), "type": {"S": "sweep"}, "since": {"S": yesterday}}
        self.rows.put_item(TableName=self.applied.outputs["table"], Item=item)

    def renditions(self, product: str, image: str) -> list[str]:
        """Keys of an image's objects in the media bucket."""
        found = self.s3.list_objects_v2(Bucket=self.bucket("media"), Prefix=f"{product}/{image}/")
        return [item["Key"] for item in found.get("Contents", [])]

    def holds(self, key: str) -> bool:
        """Whether there is such an object in the vault."""
        found = self.s3.list_objects_v2(Bucket=self.bucket("vault"), Prefix=key)
        return any(item["Key"] == key for item in found.get("Contents", []))

    def snapshot(self, product: str, image: str) -> "Snapshot":
        """All that is stored of a deleted image, which brings it back to where it is to be purged."""
        row = self.image_row(product, image)
        table = self.applied.outputs["table"]
        keys = [file_key(product, IMAGE, image), (f"O#{row['owner']}", "usage")]
        items = [self.rows.get_item(TableName=table, Key=_key(key))["Item"] for key in keys]
        reminders = [item for item in self.reminders_of(product) if item["of_sk"] == items[0]["sk"]]
        (purge,) = [item for item in reminders if item["what"]["S"] == "purge"]
        media = self.bucket("media")
        renditions = {
            name: self.s3.get_object(Bucket=media, Key=name)["Body"].read() for name in self.renditions(product, image)
        }
        original = self.s3.get_object(Bucket=self.bucket("vault"), Key=row["key"])["Body"].read()
        return Snapshot([*items, purge], row["key"], original, renditions)

    def bring_back(self, snapshot: "Snapshot") -> None:
        """Store all that a snapshot holds."""
        for item in snapshot.items:
            self.rows.put_item(TableName=self.applied.outputs["table"], Item=item)
        self.s3.put_object(Bucket=self.bucket("vault"), Key=snapshot.key, Body=snapshot.original)
        for name, content in snapshot.renditions.items():
            self.s3.put_object(Bucket=self.bucket("media"), Key=name, Body=content)

    def put_orphan(self, product: str, kind: Kind, content: bytes = b"x") -> tuple[str, Key]:
        """An object in the vault without a row; returns its key, and that of the row it should have."""
        key, row_key = self.new_key(product, kind)
        self.s3.put_object(Bucket=self.bucket("vault"), Key=key, Body=content)
        return key, row_key

    def new_key(self, product: str, kind: Kind) -> tuple[str, Key]:
        """A key in the vault that nothing has yet, and that of its row."""
        ulid = new_ulid(datetime.now(UTC))
        return vault_key(kind, product, ulid, "any version"), file_key(product, kind, ulid)

    def begin_multipart(self, product: str) -> str:
        """A multipart upload that nobody goes on with; returns its key."""
        posted, _ = self.new_key(product, DELIVERABLE)
        key = posted.rpartition(".")[0] + ".m"
        self.s3.create_multipart_upload(Bucket=self.bucket("vault"), Key=key)
        return key

    def open_multiparts(self) -> list[str]:
        """Keys of the multipart uploads that were begun in the vault."""
        found = self.s3.list_multipart_uploads(Bucket=self.bucket("vault"))
        return [upload["Key"] for upload in found.get("Uploads", [])]


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}
