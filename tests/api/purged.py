"""What the tests of purges and of reminders share: files that were taken away, and runs when their time is over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import renditions, sweep
from chalicelib.attributes import Rendition
from chalicelib.kinds import DELIVERABLE, IMAGE
from chalicelib.models import File, Usage, file_key, read_rows, usage_key
from chalicelib.progress import Progress
from chalicelib.reminders import Reminder
from chalicelib.settings import settings
from chalicelib.sweep_run import Run
from tests.api.aws import s3
from tests.api.conftest import Api, table
from tests.log_lines import SELLER
from tests.samples import image

PNG = image("image/png")
TOO_LATE = timedelta(days=30, minutes=1)


@pytest.fixture(autouse=True)
def swept_before(aws: None) -> None:
    """The first run of all looks for reminders of years, a call for each day."""
    Progress("SWEEP", "reminders", since=datetime.now(UTC).date().isoformat()).keep()


@pytest.fixture(autouse=True)
def decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the child that decodes."""

    def decode(original: Path, folder: Path, content_type: str) -> renditions.Outcome:
        (folder / "320.jpg").write_bytes(original.read_bytes())
        made = Rendition(name="320.jpg", content_type="image/jpeg", width=320, height=240, bytes=1)  # type: ignore[no-untyped-call]
        return renditions.Outcome([made], placeholder="hash")

    monkeypatch.setattr(renditions, "decode", decode)


def swept(after: timedelta = TOO_LATE, **how: Any) -> Run:
    run = Run(datetime.now(UTC) + after, **how)
    sweep.sweep(run)
    return run


def taken() -> tuple[int, int]:
    (usage,) = read_rows(usage_key(SELLER))
    assert isinstance(usage, Usage)
    return usage.bytes, usage.files


def row_of(product: str, kind: str, file_id: str) -> File:
    (row,) = read_rows(file_key(product, IMAGE if kind == "image" else DELIVERABLE, file_id))
    assert isinstance(row, File)
    return row


def due() -> list[Reminder]:
    return [Reminder.from_raw_data(row) for row in table() if row["type"]["S"] == "reminder"]


def media_keys() -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=settings.media_bucket).get("Contents", [])]


def add_image(api: Api, product: str) -> str:
    """An image with its renditions; returns its id."""
    file_id = str(api.add(product, "image", PNG, "image/png")["id"])
    renditions.on_created(settings.vault_bucket, row_of(product, "image", file_id).key, None)
    return file_id


def add_deleted(api: Api, product: str, kind: str = "deliverable") -> str:
    file_id = add_image(api, product) if kind == "image" else str(api.add(product, kind, PNG, "image/png")["id"])
    assert api.call("DELETE", f"/products/{product}/{kind}s/{file_id}").status_code == 204
    return file_id
