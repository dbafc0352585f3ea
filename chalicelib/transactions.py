"""How a transaction is written: all of it happens, or nothing does, and what refused it is told."""

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from pynamodb.exceptions import CancellationReason, TransactWriteError
from pynamodb.transactions import TransactWrite

from .outages import is_transient, outages_refused
from .problems import StorageUnavailable
from .rows import Row, connection

R = TypeVar("R", bound=Row)

ATTEMPTS = 6
"""How often a transaction is tried when it meets another one on the same rows."""
FIRST_PAUSE_SECONDS = 0.02


class Cancelled(Exception):
    """A condition refused the transaction. Items count in PynamoDB's order: checks, deletes, puts, updates."""

    def __init__(self, reasons: Sequence[CancellationReason | None]) -> None:
        super().__init__()
        self._reasons = reasons

    def refused(self, item: int) -> bool:
        """Whether the condition of this item failed."""
        reason = self._reasons[item] if item < len(self._reasons) else None
        return reason is not None and reason.code == "ConditionalCheckFailed"

    def row(self, item: int, of: type[R]) -> R | None:
        """The row as it was, for an item written with ALL_OLD; None if there was none."""
        reason = self._reasons[item]
        return of.from_raw_data(reason.raw_item) if reason is not None and reason.raw_item else None


def commit(build: Callable[[TransactWrite], None]) -> None:
    """Commit what `build` puts into a transaction; repeat it, after a random pause, when others are in the way.

    Raises:
        Cancelled: a condition failed.
        StorageUnavailable: DynamoDB failed, or the conflicts did not end.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, FIRST_PAUSE_SECONDS * 2**attempt))  # noqa: S311
        try:
            with outages_refused, TransactWrite(connection=connection()) as transaction:
                build(transaction)
        except TransactWriteError as error:
            reasons = error.cancellation_reasons
            if any(reason and reason.code == "ConditionalCheckFailed" for reason in reasons):
                raise Cancelled(reasons) from error
            if not any(reason and is_transient(reason.code) for reason in reasons):
                raise
        else:
            return
    raise busy()


def busy() -> StorageUnavailable:
    """The refusal when others keep changing the same rows."""
    return StorageUnavailable("Others are changing the same product. Nothing was lost or changed: repeat the request.")
