"""Orphans: objects of the vault that no row refers to. Judged once, when they are old enough, and removed.

Age alone proves nothing: a paused confirm may be about to commit. So a tombstone is put first, where the row would be,
if nothing is there; from then on no confirm of this upload can commit, and only then is the object deleted.

Keys begin with the day. A run looks through the few days in which objects may have reached the age since the last run,
and judges those that have, whatever else the vault holds. How far it came is a row, kept page by page.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.exceptions import PutError

from . import reminders, vault
from .kinds import DELIVERABLE, FINAL_ROWS_KEPT, SWEEP_AFTER, Strategy, VaultPlace, parse_vault_key
from .listing import Listed
from .models import (
    DELETED,
    FAILED,
    LIVE,
    PROCESSING,
    PURGED,
    READY,
    SUPERSEDED,
    File,
    Image,
    Tombstone,
    file_key,
    key_of,
    read_rows,
    was_refused,
)
from .outages import outages_refused
from .progress import Progress
from .rows import Item, Key, Row, read_items
from .sweep_run import Finding, Run
from .telemetry import log

ROWS_PER_READ = 100
REMINDERS_ARE_FOLLOWED_WITHIN = timedelta(days=1)
LONGEST_WAY_INTO_THE_VAULT = timedelta(hours=24)
"""From the making of an id, whose day the key has, to the copy: staged objects do not live longer."""


_JUDGED_BY = ("type", "state", "key", "rendition_state", "purge_at")
_LIVE, _DELIVERABLE, _RENDERED = {"S": LIVE}, {"S": DELIVERABLE.name}, ({"S": READY}, {"S": FAILED})


@dataclass(frozen=True, slots=True)
class Pass:
    """One way through the vault: the objects of a kind that came by a strategy, which have an age of their own."""

    prefix: str
    strategy: Strategy


PASSES = (Pass("images/", "post"), Pass("deliverables/", "post"), Pass("deliverables/", "multipart"))


def sweep_pass(way: Pass, run: Run, *, monthly_in_full: bool) -> None:
    """Judge the objects that have reached the age of their strategy; remove those that nobody refers to.

    A pass that an earlier run has left is finished first, and what has come of age since then is a second one.

    Raises:
        Exhausted: there is more to do, for the next run.
    """
    progress = Progress.of(f"{way.prefix}{way.strategy}")
    month = f"{run.now:%Y-%m}"
    if run.in_full or (monthly_in_full and progress.full_month != month):
        progress.judged_until = progress.judging_until = progress.after = None
    progress.full_month = month
    was_left = progress.judging_until is not None
    since, until = progress.judged_until, progress.judging_until or run.now - SWEEP_AFTER[way.strategy]
    after = progress.after or _before_day(way, since)
    for page in vault.pages(way.prefix, after):
        run.may_go_on()
        old_enough = [item for item in page if item.stored_at <= until and (since is None or item.stored_at > since)]
        if _judge(way, old_enough, run):
            progress.judging_until, progress.after = until, page[-1].key
            _keep(progress, run)
        # Behind all keys of that day. A look at everything goes on, for keys that are not ours.
        if since is not None and page[-1].key > f"{way.prefix}{until.date().isoformat()}0":
            break
    progress.judged_until, progress.judging_until, progress.after = until, None, None
    _keep(progress, run)
    if was_left and not run.report_only:
        sweep_pass(way, run, monthly_in_full=monthly_in_full)


def _before_day(way: Pass, since: datetime | None) -> str:
    """Where the keys of all objects stored after `since` begin."""
    if since is None:
        return way.prefix
    return f"{way.prefix}{(since - LONGEST_WAY_INTO_THE_VAULT).date().isoformat()}"


def _judge(way: Pass, objects: list[Listed], run: Run) -> bool:
    """Judge some objects; returns whether there were any of this way's strategy."""
    placed: list[tuple[Listed, VaultPlace]] = []
    for item in objects:
        place = parse_vault_key(item.key)
        if place is None and way.strategy == "post":
            run.meets(Finding("unknown", item.key, item.size, item.stored_at))
        if place is not None and place.strategy == way.strategy:
            placed.append((item, place))
    for at in range(0, len(placed), ROWS_PER_READ):
        some = [(item, place, _row_key(place)) for item, place in placed[at : at + ROWS_PER_READ]]
        rows = read_items((key for _, _, key in some), _JUDGED_BY)
        for item, place, key in some:
            row = rows.get(key)
            if row is None or not _is_settled(row, item):
                _judge_one(item, place, None if row is None else Row.from_raw_data(row), run)
    return bool(placed)


def _row_key(place: VaultPlace) -> Key:
    return file_key(place.product_id, place.kind, place.upload_id)


def _is_settled(row: Item, item: Listed) -> bool:
    """Whether a row is of this very object and leaves nothing to be done. Nearly all are so, and no model is made."""
    is_rendered = row.get("rendition_state") in _RENDERED or row.get("type") == _DELIVERABLE
    return is_rendered and row.get("state") == _LIVE and row["key"]["S"] == item.key and "purge_at" not in row


def _judge_one(item: Listed, place: VaultPlace, row: Row | None, run: Run) -> None:
    if isinstance(row, File) and _refers_to(row, item):
        if not run.report_only:
            _remind(row, run)
        return
    run.meets(Finding("orphan" if row is None else "leftover", item.key, item.size, item.stored_at))
    if run.report_only:
        return
    run.spend()
    if row is None and _refers_to(_put_tombstone(place, run), item):
        log.info("a confirm was faster: left alone", product_id=place.product_id, upload_id=place.upload_id)
        return
    vault.delete(item.key)
    log.info("an object nobody refers to was deleted", product_id=place.product_id, upload_id=place.upload_id)


def _remind(file: File, run: Run) -> None:
    """What a lost event, or a lost reminder, has left undone is seen when the object is judged, and done next."""
    if isinstance(file, Image) and file.rendition_state == PROCESSING:
        reminders.render_later(key_of(file), run.now)
    overdue = file.purge_at is not None and file.purge_at < run.now - REMINDERS_ARE_FOLLOWED_WITHIN
    if overdue and file.state in (SUPERSEDED, DELETED):
        reminders.purge_later(key_of(file), run.now)


def _refers_to(row: Row | None, item: Listed) -> bool:
    return isinstance(row, File) and row.key == item.key and row.state != PURGED


def _put_tombstone(place: VaultPlace, run: Run) -> Row | None:
    """Say for good that this upload is not admitted. Returns what stands there now.

    Not always our tombstone, when the write is refused: a confirm may have been faster, with this object or with
    another one; or it is a tombstone, of this very write (botocore repeats one whose answer was lost) or another run's.
    """
    tombstone = Tombstone(*_row_key(place), expires_at=run.now + FINAL_ROWS_KEPT)
    try:
        with outages_refused:
            tombstone.save(condition=Row.pk.does_not_exist())
    except PutError as error:
        if not was_refused(error):
            raise
        return read_rows(_row_key(place))[0]
    return tombstone


def _keep(progress: Progress, run: Run) -> None:
    if not run.report_only:
        progress.keep()
