"""What a story is made of: what sellers do, each for itself, and what the service's own functions do in between."""

import contextlib
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib import catalog, confirm, files, parts, recovery, renditions, sweep, uploads
from chalicelib.bodies import DeliverableUploadRequest, ImageUploadRequest, PartsRequest
from chalicelib.kinds import DELIVERABLE, IMAGE, Kind, multipart_key
from chalicelib.models import FILE_ROWS, LIVE, File, Product
from chalicelib.problems import NotFound, StorageUnavailable
from chalicelib.settings import settings
from chalicelib.sweep_run import Run
from chalicelib.upload_ids import UploadId
from tests.samples import png_header
from tests.simulation import lifecycle
from tests.simulation.invariants import Violation
from tests.simulation.ledger import Ledger
from tests.simulation.stores import Stores

SIZE = 64
TYPES = {IMAGE.name: "image/png", DELIVERABLE.name: "application/zip"}


@dataclass
class Upload:
    """One that was begun. `fields` of its form, or none if it goes in parts."""

    owner: str
    product_id: str
    kind: Kind
    id: UploadId
    fields: dict[str, str] | None
    expires_at: datetime


class Nothing(Exception):
    """There is nothing to do the deed to."""


@dataclass(repr=False)
class Cast:
    """Those who act, what they know of, and what they have come to: `outcomes` counts it."""

    stores: Stores
    ledger: Ledger
    chance: random.Random
    outcomes: Counter[str]
    uploads: list[Upload] = field(default_factory=list)
    events: list[tuple[str, int]] = field(default_factory=list)

    # Whom and what

    def rows(self, of: type[Any], owner: str, *states: str) -> list[Any]:
        found = [row for row in self.stores.rows() if isinstance(row, of) and row.owner == owner]
        return [row for row in found if not states or row.state in states]

    def one(self, of: type[Any], owner: str, *states: str) -> Any:
        found = self.rows(of, owner, *states)
        if not found:
            raise Nothing
        return self.chance.choice(found)

    def a_product(self, owner: str) -> str:
        """Mostly the seller's first one, so that things meet."""
        found = self.rows(Product, owner, LIVE)
        if not found:
            raise Nothing
        product: Product = found[0] if self.chance.random() < 0.85 else self.chance.choice(found)
        return product.product_id

    def an_upload(self, owner: str) -> Upload:
        of = [upload for upload in self.uploads if upload.owner == owner]
        if not of:
            raise Nothing
        # Mostly one of the last: with those things still happen.
        return of[-1 - min(int(self.chance.expovariate(0.7)), len(of) - 1)]

    def body(self, kind: Kind) -> bytes:
        """Bytes that nobody sent before; now and then, such as were not declared."""
        is_bad = self.chance.random() < 0.12
        begins = png_header(8, 8) if (kind is IMAGE) != is_bad else b"PK\x03\x04"
        body = (begins + self.chance.randbytes(SIZE))[:SIZE]
        if is_bad:
            self.ledger.bad.add(body)
        return body

    # What sellers do

    def create_product(self, owner: str) -> None:
        catalog.create_product(owner, "Brush set")

    def rename_product(self, owner: str) -> None:
        product = self.one(Product, owner, LIVE)
        seen = self.chance.choice(
            [None, product.version, product.version - 1]
        )  # the last: before somebody else's change
        catalog.rename_product(owner, product.product_id, "Brushes", seen)

    def delete_product(self, owner: str) -> None:
        catalog.delete_product(owner, self.one(Product, owner).product_id)

    def begin(self, owner: str, replaces: File | None = None) -> Upload:
        """Step 1."""
        if replaces is None:
            product_id = self.a_product(owner)
            kind = self.chance.choice([IMAGE, DELIVERABLE])
        else:
            product_id, kind = replaces.product_id, kind_of(replaces)
        asks: dict[str, Any] = {"filename": "cover", "content_type": TYPES[kind.name], "size": SIZE}
        if replaces is not None:
            asks["replaces"] = replaces.file_id
        if kind is DELIVERABLE and self.chance.random() < 0.5:
            asks["strategy"] = "multipart"
        request = (ImageUploadRequest if kind is IMAGE else DeliverableUploadRequest)(**asks)
        issued = uploads.issue(owner, kind, product_id, request)
        upload = Upload(
            owner, product_id, kind, issued.id, issued.form.fields if issued.form else None, issued.expires_at
        )
        self.uploads.append(upload)
        return upload

    def send(self, upload: Upload) -> None:
        """Step 2; as often as one likes."""
        body = self.body(upload.kind)
        if upload.fields is not None:
            if self.stores.now > upload.expires_at:
                raise Nothing  # S3 refuses the form: tests/integration
            metadata = {
                name.removeprefix("x-amz-meta-"): value
                for name, value in upload.fields.items()
                if name.startswith("x-amz-meta-")
            }
            self.stores.client(
                "PutObject",
                Bucket=settings.staging_bucket,
                Key=upload.fields["key"],
                Body=body,
                ContentType=upload.fields["Content-Type"],
                Metadata=metadata,
            )
            return
        signed = parts.sign_parts(
            upload.owner, upload.kind, upload.product_id, upload.id, PartsRequest(part_numbers=[1, 2])
        )
        key = multipart_key(upload.kind, upload.product_id, upload.id.ulid, SIZE)
        if signed and self.chance.random() < 0.1:
            signed.pop()  # it gives up before the last one
        for part in signed:
            piece = body[part.offset : part.offset + part.size]
            place = {"Bucket": settings.vault_bucket, "Key": key, "UploadId": upload.id.s3_upload_id}
            with contextlib.suppress(Exception):  # what is not open any more
                self.stores.client("UploadPart", **place, PartNumber=part.number, Body=piece)

    def confirm(self, upload: Upload) -> None:
        """Step 3."""
        confirmed = confirm.confirm(upload.owner, upload.kind, upload.product_id, upload.id)
        self.outcomes["confirm: admitted" if confirmed.created else "confirm: repeated"] += 1
        self.ledger.tells(upload.id.ulid, confirmed)

    def upload(self, owner: str, replaces: File | None = None) -> None:
        """All three steps; and what fails for want of storage is tried again."""
        upload = self.begin(owner, replaces)
        self.send(upload)
        try:
            self.confirm(upload)
        except StorageUnavailable:
            self.confirm(upload)

    def replace(self, owner: str) -> None:
        self.upload(owner, self.one(File, owner, LIVE))

    def begin_and_send(self, owner: str) -> None:
        upload = self.begin(owner)
        if self.chance.random() < 0.8:
            self.send(upload)

    def send_again(self, owner: str) -> None:
        self.send(self.an_upload(owner))

    def confirm_one(self, owner: str) -> None:
        self.confirm(self.an_upload(owner))

    def confirm_as_another_kind(self, owner: str) -> None:
        upload = self.an_upload(owner)
        other = DELIVERABLE if upload.kind is IMAGE else IMAGE
        confirm.confirm(owner, other, upload.product_id, upload.id)
        raise Violation("an upload was confirmed as another kind")

    def confirm_another_ones(self, owner: str) -> None:
        others = [upload for upload in self.uploads if upload.owner != owner]
        if not others:
            raise Nothing
        upload = self.chance.choice(others)
        with contextlib.suppress(NotFound):
            confirm.confirm(owner, upload.kind, upload.product_id, upload.id)
            raise Violation("somebody else's upload was confirmed")

    def cancel(self, owner: str) -> None:
        upload = self.an_upload(owner)
        uploads.cancel(owner, upload.kind, upload.product_id, upload.id)

    def list_parts(self, owner: str) -> None:
        upload = self.an_upload(owner)
        parts.held_parts(owner, upload.kind, upload.product_id, upload.id)

    def delete(self, owner: str) -> None:
        file = self.one(File, owner)
        recovery.delete(owner, kind_of(file), file.product_id, file.file_id)

    def restore(self, owner: str) -> None:
        file = self.one(File, owner, "deleted", "superseded")
        recovery.restore(owner, kind_of(file), file.product_id, file.file_id)

    def delete_another_ones(self, owner: str) -> None:
        others = [row for row in self.stores.rows() if isinstance(row, File) and row.owner != owner]
        if not others:
            raise Nothing
        file = self.chance.choice(others)
        with contextlib.suppress(NotFound):
            recovery.delete(owner, kind_of(file), file.product_id, file.file_id)
            raise Violation("somebody else's file was deleted")

    def order(self, owner: str) -> None:
        product_id = self.one(Product, owner, LIVE).product_id
        images = [image.file_id for image in files.list_files(owner, IMAGE, product_id)]
        self.chance.shuffle(images)
        files.order_images(owner, product_id, images)

    def rename(self, owner: str) -> None:
        file = self.one(File, owner)
        files.rename_file(owner, kind_of(file), file.product_id, file.file_id, "other")

    def download(self, owner: str) -> None:
        file = self.one(File, owner)
        files.download(owner, kind_of(file), file.product_id, file.file_id)

    # What the service's own functions do

    def deliver(self) -> None:
        """S3's events: late, in any order, and again if they fail; a third time is the last."""
        if not self.events:
            raise Nothing
        key, tries = self.events.pop(self.chance.randrange(len(self.events)))
        if tries < 2:
            self.events.append((key, tries + 1))  # given back now, since who dies cannot; taken away once it is done
        renditions.on_created(settings.vault_bucket, key, None)
        if (key, tries + 1) in self.events and self.chance.random() < 0.9:
            self.events.remove((key, tries + 1))

    def run_sweep(self) -> None:
        run = Run(self.stores.now, deletions_left=self.chance.choice([1, 3, 1000]))
        sweep.sweep(run)
        self.outcomes["sweep: exhausted" if run.exhausted else "sweep: finished"] += 1

    def report(self) -> None:
        sweep.sweep(Run(self.stores.now, report_only=True))

    def expire(self) -> None:
        lifecycle.expire(self.stores)


def kind_of(file: File) -> Kind:
    """Its kind."""
    return IMAGE if isinstance(file, FILE_ROWS[IMAGE.name]) else DELIVERABLE


Deed = Callable[[Cast, str], None]
OF_SELLERS: dict[str, tuple[Deed, int, bool]] = {
    "upload": (Cast.upload, 22, True),
    "replace": (Cast.replace, 14, True),
    "begin and send": (Cast.begin_and_send, 6, False),
    "send again": (Cast.send_again, 7, False),
    "confirm": (Cast.confirm_one, 14, True),
    "confirm as another kind": (Cast.confirm_as_another_kind, 2, False),
    "confirm another one's": (Cast.confirm_another_ones, 2, False),
    "cancel": (Cast.cancel, 5, False),
    "list parts": (Cast.list_parts, 1, False),
    "delete": (Cast.delete, 11, True),
    "restore": (Cast.restore, 14, True),
    "delete another one's": (Cast.delete_another_ones, 1, False),
    "order": (Cast.order, 3, True),
    "rename": (Cast.rename, 2, True),
    "download": (Cast.download, 1, False),
    "create product": (Cast.create_product, 1, True),
    "rename product": (Cast.rename_product, 1, True),
    "delete product": (Cast.delete_product, 2, True),
}
OF_THE_SERVICE: dict[str, tuple[Callable[[Cast], None], int, bool]] = {
    "event": (Cast.deliver, 12, True),
    "sweep": (Cast.run_sweep, 8, True),
    "report": (Cast.report, 1, False),
    "lifecycle": (Cast.expire, 3, True),
}
"""Each deed with how often it comes, and whether it may change a row."""

_UPLOADING = ("upload", "replace", "begin and send", "confirm", "confirm as another kind", "confirm another one's")
COUNTED_AS = {deed: "uploading" if deed in _UPLOADING else deed for deed in (*OF_SELLERS, *OF_THE_SERVICE)}
"""As what a deed is counted where processes die: those of uploading call the same functions, in different states."""
