"""The commit point of confirm: the one transaction by which a verified file enters the house."""

from dataclasses import dataclass
from functools import partial

from pynamodb.constants import ALL_OLD
from pynamodb.transactions import TransactWrite

from . import reminders
from .kinds import RECOVERY_WINDOW, Kind
from .models import COUNTERS, LIVE, SUPERSEDED, File, Product, Usage, product_key, require_product, usage_key
from .problems import LimitReached, QuotaExceeded, VersionMismatch
from .rows import Row
from .settings import settings
from .transactions import ATTEMPTS, Cancelled, busy, commit


@dataclass(frozen=True, slots=True)
class Admission:
    """What the commit found: the file's row, and whether this commit wrote it or met it."""

    row: Row
    created: bool


def admit(file: File, kind: Kind, replaces: str | None) -> Admission:
    """The commit point of confirm: write the file's row, and with it the counters, the usage and the replaced row.

    A seller may have a quota of his own, and what is replaced may have been moved or restored since the upload was
    issued: the refused transaction tells so, and is tried again with what it told.

    Raises:
        NotFound: the product is not there any more, or is someone else's.
        LimitReached: the product is full.
        VersionMismatch: the file to replace is no longer live.
        QuotaExceeded: the seller's quota does not hold the file.
        StorageUnavailable: DynamoDB failed, or conflicts did not end.
    """
    quota: int | None = None
    for _ in range(ATTEMPTS):
        try:
            commit(partial(_admission, file=file, kind=kind, replaces=replaces, quota=quota))
            return Admission(file, created=True)
        except Cancelled as cancelled:
            if cancelled.refused(0) and (winner := cancelled.row(0, Row)) is not None:
                return Admission(winner, created=False)
            if cancelled.refused(1):
                raise limit_reached(require_product(cancelled.row(1, Row), file.owner), kind) from None
            if cancelled.refused(3):
                _inherit(file, cancelled.row(3, Row))
            if cancelled.refused(2):
                usage = cancelled.row(2, Usage) or Usage.none_yet(file.owner)
                check_quota(usage, file.size)
                quota = usage.quota
    raise busy()


def _admission(write: TransactWrite, *, file: File, kind: Kind, replaces: str | None, quota: int | None) -> None:
    counter = COUNTERS[kind.name]
    left = (settings.quota_bytes if quota is None else quota) - file.size
    has_room = Usage.bytes <= left
    if left >= 0:
        has_room |= Usage.bytes.does_not_exist()
    has_room &= Usage.quota.does_not_exist() if quota is None else Usage.quota == quota
    product_is_fine = (Product.owner == file.owner) & (Product.state == LIVE)
    if replaces is None:
        product_is_fine &= counter < kind.max_per_product
    write.save(file, condition=Row.pk.does_not_exist(), return_values=ALL_OLD)
    write.update(
        Product(*product_key(file.product_id)),
        actions=[
            Product.updated_at.set(file.admitted_at),
            counter.add(0 if replaces else 1),
            Product.changes.add(1),
        ],
        condition=product_is_fine,
        return_values=ALL_OLD,
    )
    write.update(
        Usage(*usage_key(file.owner)),
        # The first file makes the row; an update does not write PynamoDB's discriminator by itself.
        actions=[Usage.bytes.add(file.size), Usage.files.add(1), Usage.row_type.set(Usage)],
        condition=has_room,
        return_values=ALL_OLD,
    )
    if replaces is not None:
        at_its_position = File.position.does_not_exist() if file.position is None else File.position == file.position
        write.update(
            type(file)(file.pk, f"{kind.name}#{replaces}"),
            actions=[File.state.set(SUPERSEDED), File.purge_at.set(file.admitted_at + RECOVERY_WINDOW)],
            condition=(
                (File.state == LIVE)
                & (File.series == file.series)
                & (File.version == file.version - 1)
                & at_its_position
            ),
            return_values=ALL_OLD,
        )
        reminders.purge_file(write, file.product_id, kind, replaces, file.admitted_at + RECOVERY_WINDOW)


def check_room(product: Product, kind: Kind) -> None:
    """Refuse if the product can take no further file of this kind.

    Raises:
        LimitReached: it is full.
    """
    if getattr(product, COUNTERS[kind.name].attr_name) >= kind.max_per_product:
        raise limit_reached(product, kind)


def check_quota(usage: Usage, size_bytes: int) -> None:
    """Refuse if the seller's quota does not hold so many bytes more.

    Raises:
        QuotaExceeded: it does not.
    """
    left = max(usage.quota_bytes - usage.bytes, 0)
    if size_bytes > left:
        raise QuotaExceeded(
            f"The file has {size_bytes:,} bytes, and {left:,} of the quota of {usage.quota_bytes:,} are left.",
            expected=left,
            actual=size_bytes,
        )


def limit_reached(product: Product, kind: Kind) -> LimitReached:
    """The refusal of one file too many."""
    return LimitReached(
        f"A product may have at most {kind.max_per_product} {kind.name}s: delete or replace one.",
        expected=kind.max_per_product,
        actual=getattr(product, COUNTERS[kind.name].attr_name),
    )


def _inherit(file: File, replaced: Row | None) -> None:
    """Give the new file the place and the next version of what it replaces, as they are by now."""
    if not isinstance(replaced, File) or replaced.state != LIVE or replaced.series != file.series:
        raise VersionMismatch("The file to replace is no longer live.", pointer="/replaces")
    file.position = replaced.position
    file.version = replaced.version + 1
