"""Purges: what was deleted or replaced, and can no longer be restored, goes for good.

    1  TransactWriteItems   the row, if it is still to be purged → `purged`; its bytes given back to its seller's quota
    2  DeleteObject         the original, and the renditions of an image
    3  UpdateItem           the row may expire, which nobody needs any more
    4  DeleteItem           the reminder

The row first: from then on nothing can restore the file, so that no live row loses its object. The reminder last: a
crash anywhere leaves it, and the next run does again what is left, however late it comes.
"""

from datetime import date, datetime

from pynamodb.constants import ALL_OLD
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from . import media, reminders, renditions, vault
from .kinds import FINAL_ROWS_KEPT
from .models import (
    DELETED,
    LIVE,
    PURGED,
    SUPERSEDED,
    File,
    Image,
    Product,
    Usage,
    read_product_with_files,
    read_rows,
    usage_key,
    was_refused,
)
from .outages import outages_refused
from .problems import StorageUnavailable
from .progress import Progress
from .reminders import Reminder
from .rows import Key, Row
from .sweep_run import Exhausted, Finding, Run
from .telemetry import log
from .transactions import Cancelled, commit

OUTAGES_IN_A_RUN = 3
"""One file that S3 never gives must not keep the others waiting; but a store that is down ends the run."""


def follow_reminders(run: Run) -> None:
    """Do what reminders that have fallen due say: purge, or render.

    Raises:
        Exhausted: there is more to do, for the next run.
        StorageUnavailable: S3 or DynamoDB failed again and again; what is left is done by the next run.
    """
    progress = Progress.of("reminders")
    since = reminders.EARLIEST if progress.since is None else date.fromisoformat(progress.since)
    left_from = run.now.date()
    outages = 0
    for reminder in reminders.due(since, run.now):
        try:
            finished = _follow(reminder, run)
        except Exhausted:
            left_from = min(left_from, reminder.due_at.date())
            run.purge_backlog = reminders.count_due(left_from, run.now)
            _keep(progress, left_from, run)
            raise
        except StorageUnavailable:
            outages += 1
            if outages == OUTAGES_IN_A_RUN:
                raise
            run.failed += 1
            finished = False
        except Exception:  # noqa: BLE001 (one that fails must not keep others waiting; the run fails in the end)
            log.exception("a reminder could not be followed")
            run.failed += 1
            finished = False
        if finished:
            reminders.done(reminder)
        else:
            left_from = min(left_from, reminder.due_at.date())
    _keep(progress, left_from, run)


def _keep(progress: Progress, since: date, run: Run) -> None:
    if not run.report_only:
        progress.since = since.isoformat()
        progress.keep()


def _follow(reminder: Reminder, run: Run) -> bool:
    """Returns whether the reminder has done its part."""
    run.may_go_on()
    if reminder.what == "render":
        run.meets(Finding("render", f"{reminder.of_pk} {reminder.of_sk}", since=reminder.due_at))
        return not run.report_only and renditions.render_again(reminder.of, run.now)
    if reminder.of_sk == "product":
        return _purge_product(reminder.of, run)
    (row,) = read_rows(reminder.of)
    if not isinstance(row, File) or not _is_due(row, run.now):
        return not run.report_only  # restored, or deleted again, which has a reminder of its own
    return _purge(row, run)


def _is_due(row: File | Product, now: datetime) -> bool:
    """Whether the time to restore it is over. A crash may have left a purged one half done."""
    gone = row.state in (SUPERSEDED, DELETED, PURGED)
    return gone and row.purge_at is not None and row.purge_at <= now


def _purge_product(of: Key, run: Run) -> bool:
    product, files = read_product_with_files(of[0].removeprefix("P#"))
    if not isinstance(product, Product) or not _is_due(product, run.now):
        return not run.report_only
    for file in files:
        _purge(file, run, with_product=True)
    if run.report_only:
        return False
    expires_at = run.now + FINAL_ROWS_KEPT
    _update_if(Product.state == DELETED, product, Product.state.set(PURGED), Product.expires_at.set(expires_at))
    return True


def _purge(file: File, run: Run, *, with_product: bool = False) -> bool:
    if file.state != PURGED:
        run.meets(Finding("purge", file.key, file.size, file.purge_at))
    if run.report_only:
        return False
    if file.state == PURGED:
        run.may_go_on()  # not spent again: else a product with more files than a run may delete were never finished
    else:
        run.spend()
        if not _mark(file, run.now, with_product=with_product):
            log.info("restored at the last moment: left alone", product_id=file.product_id, upload_id=file.file_id)
            return True
    vault.delete(file.key)
    if isinstance(file, Image):
        media.delete(file.product_id, file.file_id)
    _let_expire(file, run.now)
    log.info("purged", product_id=file.product_id, upload_id=file.file_id)
    return True


def _let_expire(file: File, now: datetime) -> None:
    """Only now: the row is all that tells of the bytes and of the renditions, should a run die before they are gone."""
    row = type(file)(file.pk, file.sk)
    _update_if(File.state == PURGED, row, File.expires_at.set(now + FINAL_ROWS_KEPT))


def _update_if(condition: Condition, row: Row, *actions: Action) -> None:
    """Update a row, unless another run was faster."""
    try:
        with outages_refused:
            row.update(actions=list(actions), condition=condition)
    except UpdateError as error:
        if not was_refused(error):
            raise


def _mark(file: File, now: datetime, *, with_product: bool) -> bool:
    """The point of no return. Returns False if the file is not to be purged any more.

    One that another run has marked still is: that run may have died before it deleted anything.
    """
    due = File.state.is_in(LIVE, SUPERSEDED, DELETED) if with_product else File.state.is_in(SUPERSEDED, DELETED)
    if not with_product:
        due &= File.purge_at <= now

    def write(transaction: TransactWrite) -> None:
        transaction.update(
            type(file)(file.pk, file.sk),
            actions=[File.state.set(PURGED)],
            condition=due,
            return_values=ALL_OLD,
        )
        assert file.owner is not None
        transaction.update(Usage(*usage_key(file.owner)), actions=[Usage.bytes.add(-file.size), Usage.files.add(-1)])

    try:
        commit(write)
    except Cancelled as cancelled:
        found = cancelled.row(0, Row)
        return isinstance(found, File) and found.state == PURGED
    return True
