"""A seller's product, an upload or two, what the functions do to them, and what must hold after every single call."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib import (
    catalog,
    confirm,
    orphans,
    purges,
    recovery,
    reminders,
    renditions,
    sweep,
    uploads,
)
from chalicelib.claims import Claims
from chalicelib.ids import new_ulid
from chalicelib.kinds import DELIVERABLE, IMAGE, Kind, Strategy, multipart_key, staging_key, vault_key
from chalicelib.models import LIVE, READY, File, Image, file_key
from chalicelib.progress import Progress
from chalicelib.reminders import Reminder
from chalicelib.settings import settings
from chalicelib.sweep_run import Run
from chalicelib.upload_ids import UploadId
from tests.proving import EVERYTHING
from tests.samples import image, png_header, zip_file
from tests.simulation import invariants
from tests.simulation.environment import START, WINDOW, Clock
from tests.simulation.interleave import Actor, Schedule, current, every_schedule, play, yield_point
from tests.simulation.invariants import must
from tests.simulation.ledger import Ledger
from tests.simulation.stores import Stores

ORPHANED = START + timedelta(hours=25)
PARTS_ORPHANED = START + timedelta(days=8, hours=1)
FOR_GOOD = START + WINDOW + timedelta(hours=1)
LATER = (START + timedelta(days=4), START + timedelta(days=6))
IN_PARTS_LATER = (START + timedelta(days=9), START + timedelta(days=11))
SELLER = "5d8d78a2-6b88-49c2-a521-b29092234934"
CONTENT = {IMAGE.name: (image("image/png"), "image/png"), DELIVERABLE.name: (zip_file(), "application/zip")}


@dataclass(frozen=True)
class Moment:
    """A world as it was."""

    stored: tuple[Any, ...]
    removed: Mapping[str, set[str]]
    tokens: Mapping[str, Any]
    now: datetime
    clock: datetime
    ledger: Ledger


@dataclass
class World:
    """Set up anew for each schedule; `check` reads behind the scenes."""

    stores: Stores
    product_id: str = ""
    upload_id: str = ""
    kind: Kind = IMAGE
    in_parts: UploadId | None = None
    actors: list[Actor] = field(default_factory=list)

    def begin(self, kind: Kind = IMAGE) -> None:
        """A product without files, and one upload that has arrived."""
        self.stores.clear()
        self.stores.now = Clock.moment = START
        self.kind, self.actors, self.in_parts = kind, [], None
        self.ledger = Ledger(self.stores)
        self.stores.table.wrote = self.ledger.wrote
        self.product_id = catalog.create_product(SELLER, "Brush set").product_id
        Progress("SWEEP", "reminders", since=START.date().isoformat()).save()
        self.upload_id = self.upload()

    def as_it_is(self) -> "Moment":
        """All that is stored, told and seen by now; for `go_back`, as often as wanted."""
        removed = {name: set(bucket.removed) for name, bucket in self.stores.buckets.items()}
        tokens = dict(self.stores.table.tokens)
        return Moment(self.stores.snapshot(), removed, tokens, self.stores.now, Clock.moment, self.ledger.copy())

    def go_back(self, moment: "Moment") -> None:
        """As if nothing had happened since."""
        self.stores.go_back(moment.stored)
        for name, bucket in self.stores.buckets.items():
            bucket.removed = set(moment.removed[name])
        self.stores.table.tokens = dict(moment.tokens)
        self.stores.now, Clock.moment = moment.now, moment.clock
        self.ledger, self.actors = moment.ledger.copy(), []
        self.stores.table.wrote = self.ledger.wrote

    def begin_in_parts(self) -> None:
        """The same, but of an upload whose parts have arrived."""
        self.begin(DELIVERABLE)
        ulid = new_ulid(START)
        content, content_type = CONTENT[DELIVERABLE.name]
        key = multipart_key(DELIVERABLE, self.product_id, ulid, len(content))
        claims = Claims(
            owner=SELLER,
            product=self.product_id,
            kind=DELIVERABLE.name,
            upload=ulid,
            size=len(content),
            filename="brushes.zip",
        )
        vault = {"Bucket": settings.vault_bucket, "Key": key}
        described = {"ContentType": content_type, "Metadata": claims.to_metadata()}
        begun = self.stores.answer("s3", "CreateMultipartUpload", vault | described)["UploadId"]
        self.stores.answer("s3", "UploadPart", vault | {"UploadId": begun, "PartNumber": 1, "Body": content})
        self.upload_id, self.in_parts = ulid, UploadId(ulid, len(content), begun)

    def upload(self, **claimed: Any) -> str:
        """Steps 1 and 2."""
        upload_id = new_ulid(START)
        self.send(upload_id, **claimed)
        return upload_id

    def swap(self) -> None:
        """Step 2 once more, with bytes that are not what was declared."""
        yield_point("client.PutObject")
        size = len(CONTENT[self.kind.name][0])
        begins = bytes(size) if self.kind is IMAGE else png_header(8, 8)
        other = begins[:size].ljust(size, b"\0")
        self.send(self.upload_id, body=other)
        self.ledger.bad.add(other)

    def send(self, upload_id: str, body: bytes | None = None, **claimed: Any) -> None:
        """Step 2, which a client may repeat: another version of the staged object."""
        content, content_type = CONTENT[self.kind.name]
        claims = Claims(
            owner=SELLER,
            product=self.product_id,
            kind=self.kind.name,
            upload=upload_id,
            size=len(content),
            filename="cover.png",
            **claimed,
        )
        key = staging_key(SELLER, self.product_id, self.kind, upload_id, "post")
        params = {"Bucket": settings.staging_bucket, "Key": key, "Body": body or content}
        self.stores.answer("s3", "PutObject", params | {"ContentType": content_type, "Metadata": claims.to_metadata()})

    def actor(
        self, name: str, act: Callable[[], Any], now: datetime = START, *expected: type[Exception], **more: Any
    ) -> None:
        self.actors.append(Actor(name, act, now, expected=expected, **more))

    def run_actors(self, choose: Callable[[int], int]) -> Schedule:
        """Play what was set up, checking after each call; then let the time pass, and check that nothing is left."""
        schedule = play(self.actors, choose, self.check)
        try:
            for moment in IN_PARTS_LATER if self.in_parts else LATER:
                self.sweep_at(moment)
                self.check()
            self.check_nothing_is_left()
        except AssertionError as error:
            error.add_note(f"after the schedule\n{schedule}")
            raise
        return schedule

    def crash(self, act: Callable[[], Any], dies_at: int, now: datetime = START) -> None:
        """Do something alone, that dies before its call of this number."""
        play([Actor("crashing", act, now, dies_at=dies_at)], lambda _: 0, self.check)

    # What the actors do

    def confirm(self, upload_id: str | None = None) -> None:
        upload = self.in_parts if upload_id is None and self.in_parts else UploadId(upload_id or self.upload_id)
        confirmed = confirm.confirm(SELLER, self.kind, self.product_id, upload)
        self.ledger.tells(upload.ulid, confirmed)

    def cancel(self) -> None:
        uploads.cancel(SELLER, self.kind, self.product_id, self.in_parts or UploadId(self.upload_id))

    def delete(self) -> None:
        recovery.delete(SELLER, self.kind, self.product_id, self.upload_id)

    def restore(self) -> None:
        recovery.restore(SELLER, self.kind, self.product_id, self.upload_id)

    def delete_product(self) -> None:
        catalog.delete_product(SELLER, self.product_id)

    def judge(self, now: datetime) -> None:
        """The sweep's way through the images, or deliverables."""
        strategy: Strategy = "multipart" if self.in_parts else "post"
        way = next(way for way in orphans.PASSES if way == orphans.Pass(f"{self.kind.name}s/", strategy))
        orphans.sweep_pass(way, Run(now), monthly_in_full=False)

    def is_judged(self, until: datetime = ORPHANED) -> None:
        """What such a run writes at its end: no later one looks at these objects again."""
        Progress("SWEEP", f"{self.kind.name}s/post", judged_until=until).keep()

    def follow_reminders(self, now: datetime) -> None:
        """All due ones."""
        run = Run(now)
        purges.follow_reminders(run)
        must(not run.failed, "a reminder could not be followed")

    def follow(self, reminder: Reminder, now: datetime) -> None:
        """One of them, without looking for it."""
        if purges._follow(reminder, Run(now)):
            reminders.done(reminder)

    def render(self) -> None:
        """S3's event, and Lambda's two further tries."""
        for _ in range(3):
            for key in self.copies():
                with contextlib.suppress(renditions.NotAdmittedYet):
                    renditions.on_created(settings.vault_bucket, key, None)
                    return

    def run_sweep(self, now: datetime) -> None:
        """A whole run."""
        run = Run(now)
        sweep.sweep(run)
        must(not run.failed and not run.exhausted, "the sweep did not come to its end")

    def sweep_at(self, now: datetime) -> None:
        """A whole run, alone."""
        Clock.moment = self.stores.now = now
        self.run_sweep(now)

    # What there is, and what must hold

    def copies(self) -> list[str]:
        """Keys the upload may have in the vault: the event names one."""
        key = staging_key(SELLER, self.product_id, self.kind, self.upload_id, "post")
        versions = [version for of, version in self.stores.buckets[settings.staging_bucket].versions if of == key]
        return [vault_key(self.kind, self.product_id, self.upload_id, version) for version in versions]

    def reminders(self) -> list[Reminder]:
        return [row for row in self.stores.rows() if isinstance(row, Reminder)]

    def file(self, upload_id: str | None = None) -> File:
        sk = file_key(self.product_id, self.kind, upload_id or self.upload_id)[1]
        return next(row for row in self.stores.rows() if isinstance(row, File) and row.sk == sk)

    def on_call(self, name: str) -> None:
        """S3's clock is never behind an actor's."""
        actor = current()
        if actor is not None:
            yield_point(name)
            self.stores.now = max(self.stores.now, actor.now)

    def check(self) -> None:
        """After every call."""
        invariants.check(self.stores, self.ledger.seen)

    def check_nothing_is_left(self) -> None:
        """At the end of all things."""
        done = {actor.name for actor in self.actors if actor.error is None}
        invariants.check_nothing_is_left(self.stores, self.ledger.seen)
        if "restore" in done:
            must(self.file().state == LIVE, "a file was restored, and is gone")
        if any(actor.name.startswith("render") for actor in self.actors):
            live = [row for row in self.stores.rows() if isinstance(row, Image) and row.state == LIVE]
            must(all(row.rendition_state == READY for row in live), "a live image was never rendered")


MOST_INTERRUPTIONS = None if EVERYTHING else 2
"""In an ordinary run. The mutants are caught within this bound."""


def explore(world: World, set_up: Callable[[], None]) -> int:
    """Play the schedules of what `set_up` sets up, all of them to prove; returns their number."""

    def play_once(choose: Callable[[int], int]) -> Schedule:
        set_up()
        return world.run_actors(choose)

    return every_schedule(play_once, MOST_INTERRUPTIONS)
