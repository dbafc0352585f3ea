"""An image in the vault becomes the renditions that everybody sees: on S3's event, seconds after confirm.

    1  BatchGetItem     the row: which image it is, and whether it waits for its renditions
    2  GetObject        the original, into the function's own folder
    3  (a child)        pixels.py decodes it and writes the renditions, without credentials
    4  PutObject        each rendition
    5  UpdateItem       the row, if it still waits

Events come more than once, late, and in any order: the row decides. A crash after any call leaves nothing that a repeat
does not put right. What an event finds too early, or a store that is down, is tried again by Lambda, then by the sweep.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from . import media, reminders, vault
from .attributes import Rendition
from .ids import ulid_time
from .kinds import CONFIRM_WITHIN, IMAGE, parse_vault_key
from .models import (
    DELETED,
    FAILED,
    LIVE,
    PROCESSING,
    READY,
    SUPERSEDED,
    Image,
    Product,
    file_key,
    key_of,
    product_key,
    read_rows,
    was_refused,
)
from .outages import outages_refused
from .rows import Key, Row
from .settings import bare_environment, settings
from .telemetry import count, invocation, log, timed

WIDTHS = (320, 640, 1280, 1920)
GAVE_UP = 3  # pixels.GAVE_UP; importing that module would load libvips into this process
RENDER_SECONDS = 60
"""After which the child is stopped. The function's own timeout comes later, and a purge much later."""
NOT_BEFORE_PURGE = timedelta(hours=1)

TYPES = {"webp": "image/webp", "avif": "image/avif", "jpg": "image/jpeg"}
_NAME = re.compile(r"[0-9]{1,4}\.(webp|avif|jpg)")
TOO_MUCH = "The image could not be decoded: it is damaged, or takes too much memory or time. Export it again."


class DecoderBroken(Exception):
    """The child did not run, or did not say what it made: our fault, not the image's. See the log."""


class NotAdmittedYet(Exception):
    """The image has no row: its confirm is about to commit, or died. Lambda's retry finds out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an image: its renditions and BlurHash, or a sentence that says why there are none."""

    renditions: Sequence[Rendition] = ()
    placeholder: str = ""
    reason: str | None = None


def on_created(bucket: str, key: str, context: Any) -> None:
    """S3's event: something was written to a bucket.

    Raises:
        NotAdmittedYet, DecoderBroken, StorageUnavailable: it is to be tried again, which is Lambda's part.
    """
    place = parse_vault_key(key) if bucket == settings.vault_bucket else None
    if place is None or place.kind is not IMAGE:
        with invocation(context):
            log.warning("an event about something that is no image in the vault: left alone")
        return
    with invocation(context, product_id=place.product_id, upload_id=place.upload_id):
        of = file_key(place.product_id, IMAGE, place.upload_id)
        try:
            row, product = read_rows(of, product_key(place.product_id))
            if row is None:
                raise NotAdmittedYet
            render(row, product, key)
        except Exception:
            # Lambda tries twice more, within minutes; the sweep after that. All three leave the same reminder.
            reminders.render_later(of, _next_full_hour(datetime.now(UTC)))
            raise


def _next_full_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def render_again(of: Key, now: datetime) -> bool:
    """The sweep's reminder: render what no event has. Returns whether the reminder has done its part.

    Raises:
        StorageUnavailable: it is to be tried again.
    """
    row, product = read_rows(of, (of[0], "product"))
    if row is None:
        return now - ulid_time(of[1].partition("#")[2]) > CONFIRM_WITHIN + timedelta(hours=1)
    if isinstance(row, Image):
        render(row, product, row.key)
    return True


def render(row: Row, product: Row | None, key: str) -> None:
    """Make the renditions of an image, if it waits for them and this is its object."""
    if not isinstance(row, Image) or not _waits(row, product, key):
        log.info("nothing to render: the image is not there any more, or has its renditions")
        return
    with tempfile.TemporaryDirectory() as folder, timed("RenderTime"):
        original, made = Path(folder, "original"), Path(folder, "made")
        made.mkdir()
        try:
            vault.fetch(key, original)
        except vault.OriginalRemoved:
            _explain_removal(row, product)
            return
        outcome = decode(original, made, row.content_type)
        for rendition in outcome.renditions:
            media.put(made / rendition.name, row.product_id, row.file_id, rendition.content_type)
    _record(row, key, outcome)


def _waits(image: Image, product: Row | None, key: str) -> bool:
    """Whether the renditions of this image are to be made from the object of this key.

    Also of one that was deleted: it can be restored. But nothing may be published once its purge may have begun.
    """
    purge_times = [image.purge_at, product.purge_at if isinstance(product, Product) else None]
    soon = datetime.now(UTC) + NOT_BEFORE_PURGE
    return (
        image.key == key
        and image.state in (LIVE, SUPERSEDED, DELETED)
        and image.rendition_state == PROCESSING
        and all(purge_at is None or purge_at > soon for purge_at in purge_times)
    )


def _explain_removal(image: Image, product: Row | None) -> None:
    (row,) = read_rows(key_of(image))
    if isinstance(row, Image) and _waits(row, product, image.key):
        raise AssertionError("an image waits whose original cannot be read: see docs/operations.md, audit")
    log.info("the image was removed meanwhile")


def decode(original: Path, folder: Path, content_type: str) -> Outcome:
    """Have a child decode the file and write the renditions into the folder.

    A decoder that crashes, hangs or grows ends its process, and so makes the image a failed one: once, and for good.
    """
    program, environment = command(original, folder, content_type)
    try:
        child = subprocess.run(  # noqa: S603
            program, env=environment, check=False, capture_output=True, timeout=RENDER_SECONDS
        )
    except subprocess.TimeoutExpired:
        log.error("the decoder was stopped: it took too long")
        return Outcome(reason=TOO_MUCH)
    if child.returncode < 0 or child.returncode == GAVE_UP:
        log.error("the decoder gave up", exit_status=child.returncode)
        return Outcome(reason=TOO_MUCH)
    try:
        return _outcome(json.loads(b"" if child.returncode else child.stdout), folder)
    except (ValueError, TypeError, KeyError):
        said = child.stderr[-2000:].decode(errors="replace")
        log.error("the decoder does not run", exit_status=child.returncode, said=said)
        raise DecoderBroken from None


def _outcome(answer: Mapping[str, Any], folder: Path) -> Outcome:
    """What the child says, as far as it can be believed: whoever took it over may say anything.

    Only plain files in the folder are published, under names of ours, or it would publish what this process can read.
    """
    if "reason" in answer:
        return Outcome(reason=str(answer["reason"]))
    renditions = [Rendition(**made) for made in answer["renditions"]]  # type: ignore[no-untyped-call]
    for made in renditions:
        path, name = folder / made.name, _NAME.fullmatch(made.name)
        if name is None or made.content_type != TYPES[name[1]] or path.is_symlink() or not path.is_file():
            raise ValueError(made.name)
    return Outcome(renditions, str(answer["placeholder"]))


def command(original: Path, folder: Path, content_type: str) -> tuple[list[str], dict[str, str]]:
    """The child's command line and environment: no credentials, no settings, what Python needs to start and no more."""
    order = {
        "source": str(original),
        "folder": str(folder),
        "content_type": content_type,
        "max_pixels": IMAGE.max_pixels,
        "widths": WIDTHS,
        "avif": settings.render_avif,
    }
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environment = bare_environment() | {"PYTHONPATH": path, "TMPDIR": str(folder)}
    return [sys.executable, "-m", f"{__package__}.pixels", json.dumps(order)], environment


def _record(image: Image, key: str, outcome: Outcome) -> None:
    """Write what became of it to the row, if it still waits. Its state is not touched: nothing comes back to life."""
    if outcome.reason is not None:
        actions: list[Action] = [Image.rendition_state.set(FAILED), Image.rendition_error.set(outcome.reason)]
    else:
        actions = [
            Image.rendition_state.set(READY),
            Image.renditions.set(list(outcome.renditions)),
            Image.placeholder.set(outcome.placeholder),
        ]
    try:
        with outages_refused:
            image.update(
                actions=actions,
                condition=(
                    Image.state.is_in(LIVE, SUPERSEDED, DELETED)
                    & (Image.key == key)
                    & ((Image.rendition_state == PROCESSING) | Image.rendition_state.does_not_exist())
                ),
            )
    except UpdateError as error:
        if not was_refused(error):
            raise
        log.info("somebody else was faster")
        return
    count("RenditionsReady" if outcome.reason is None else "RenditionsFailed")
    log.info("rendered" if outcome.reason is None else "cannot be rendered")
