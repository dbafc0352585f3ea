"""Taking files away, and taking that back: within the recovery window nothing is lost."""

from datetime import UTC, datetime

from pynamodb.constants import ALL_OLD
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from . import reminders
from .admission import check_room
from .kinds import RECOVERY_WINDOW, Kind
from .models import (
    COUNTERS,
    DELETED,
    FILE_ROWS,
    LIVE,
    SUPERSEDED,
    File,
    Product,
    file_key,
    product_key,
    read_product_with_files,
    require_file,
    require_product,
    was_refused,
)
from .outages import outages_refused
from .problems import Gone, NotFound, VersionMismatch
from .rows import Row
from .transactions import Cancelled, commit


def delete(owner: str, kind: Kind, product_id: str, file_id: str) -> None:
    """Take a file away, in one transaction: it can be restored until it is purged. Repeatable.

    Raises:
        NotFound: the product or the file is not there, or is someone else's.
    """
    now = datetime.now(UTC)

    def write(transaction: TransactWrite) -> None:
        transaction.update(
            Product(*product_key(product_id)),
            actions=[COUNTERS[kind.name].add(-1), Product.changes.add(1), Product.updated_at.set(now)],
            condition=(Product.owner == owner) & (Product.state == LIVE),
        )
        transaction.update(
            FILE_ROWS[kind.name](*file_key(product_id, kind, file_id)),
            actions=[File.state.set(DELETED), File.purge_at.set(now + RECOVERY_WINDOW)],
            condition=(File.owner == owner) & (File.state == LIVE),
            return_values=ALL_OLD,
        )
        reminders.purge_file(transaction, product_id, kind, file_id, now + RECOVERY_WINDOW)

    try:
        commit(write)
    except Cancelled as cancelled:
        if cancelled.refused(0):
            raise NotFound("There is no such product of yours.") from None
        file = cancelled.row(1, Row)
        if not isinstance(file, File) or file.owner != owner:
            raise NotFound("There is no such file of yours.") from None
        if file.state == SUPERSEDED:
            _withdraw(file)


def restore(owner: str, kind: Kind, product_id: str, file_id: str) -> File:
    """Make a deleted or superseded file live again, as the newest version of its series. Repeatable.

    A live version of the same series gives way to it, and becomes recoverable in turn.

    Raises:
        NotFound: the product or the file is not there, or is someone else's.
        Gone: it is too late.
        LimitReached: the product is full.
        VersionMismatch: the file was changed meanwhile.
    """
    product_row, files = read_product_with_files(product_id)
    product = require_product(product_row, owner)
    key = file_key(product_id, kind, file_id)
    row = next((file for file in files if (file.pk, file.sk) == key), None)
    file = require_file(row, owner, LIVE, SUPERSEDED, DELETED)
    if file.state == LIVE:
        return file
    now = datetime.now(UTC)
    if not file.is_recoverable(now):
        raise Gone("The file can no longer be restored.")
    sibling = _give_next_version(file, [other for other in files if other.series == file.series and other is not file])
    if sibling is None:
        check_room(product, kind)

    def write(transaction: TransactWrite) -> None:
        # Whatever makes a file live, or ends that, is counted by its product: so the series is still as it was read.
        # (Not by `updated_at`: two changes can have the same time.)
        unchanged = Product.changes.does_not_exist() if product.changes is None else Product.changes == product.changes
        one_more = COUNTERS[kind.name].add(1 if sibling is None else 0)
        transaction.update(
            Product(*product_key(product_id)),
            actions=[one_more, Product.changes.add(1), Product.updated_at.set(now)],
            condition=(Product.state == LIVE) & unchanged,
        )
        actions: list[Action] = [File.state.set(LIVE), File.version.set(file.version), File.purge_at.remove()]
        if file.position is not None:
            actions.append(File.position.set(file.position))
        transaction.update(
            type(file)(*key), actions=actions, condition=File.state.is_in(DELETED, SUPERSEDED), return_values=ALL_OLD
        )
        if sibling is not None:
            transaction.update(
                type(sibling)(sibling.pk, sibling.sk),
                actions=[File.state.set(SUPERSEDED), File.purge_at.set(now + RECOVERY_WINDOW)],
                condition=File.state == LIVE,
            )
            reminders.purge_file(transaction, product_id, kind, sibling.file_id, now + RECOVERY_WINDOW)

    try:
        commit(write)
    except Cancelled as cancelled:
        other_restore = cancelled.row(1, Row) if cancelled.refused(1) else None
        if isinstance(other_restore, File) and other_restore.state == LIVE:
            return other_restore
        raise VersionMismatch("The product was changed meanwhile: look at it again.") from None
    file.state, file.purge_at = LIVE, None
    return file


def _withdraw(superseded: File) -> None:
    """A superseded version is no longer counted: only its state changes. Its time until the purge goes on."""
    try:
        with outages_refused:
            superseded.update(actions=[File.state.set(DELETED)], condition=File.state == SUPERSEDED)
    except UpdateError as error:
        if not was_refused(error):
            raise
        raise VersionMismatch("The file was changed meanwhile: look at it again.") from None


def _give_next_version(file: File, others: list[File]) -> File | None:
    """Make the file the newest of its series. Returns the live one, which gives it its place."""
    file.version = max([file.version, *(other.version + 1 for other in others)])
    sibling = next((other for other in others if other.state == LIVE), None)
    if sibling is not None:
        file.position = sibling.position
    return sibling
