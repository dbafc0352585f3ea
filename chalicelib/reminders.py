"""What the sweep has to look at again, and when: one row a reminder, in a partition for each day it falls due.

So a run finds what is due without a scan. A reminder is a hint and no more: whoever follows it reads the file's row.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal, Self

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from .kinds import Kind
from .models import file_key, product_key
from .outages import outages_refused
from .rows import Key, Row

What = Literal["purge", "render"]

EARLIEST = date(2026, 1, 1)
"""No reminder is older than the service. Where a first run begins: runs may have only reported for months before it."""


class Reminder(Row, discriminator="reminder"):
    """Look at the row `of_pk`, `of_sk` when `due_at` has come: to `purge` it, or to `render` it."""

    what = UnicodeAttribute()
    of_pk = UnicodeAttribute()
    of_sk = UnicodeAttribute()
    due_at = UTCDateTimeAttribute()

    @classmethod
    def make(cls, what: What, of: Key, due_at: datetime) -> Self:
        """A reminder about the row of this key. Making the same one again is the same row."""
        due_at = due_at.astimezone(UTC)
        sk = f"{due_at.isoformat(timespec='microseconds')}#{what}#{of[0]}#{of[1]}"
        return cls(_partition(due_at.date()), sk, what=what, of_pk=of[0], of_sk=of[1], due_at=due_at)

    @property
    def of(self) -> Key:
        """Primary key of the row it is about."""
        return self.of_pk, self.of_sk


def purge_file(write: TransactWrite, product_id: str, kind: Kind, file_id: str, due_at: datetime) -> None:
    """Have a file purged, with the transaction that takes it away. Always the last of its items."""
    _write(write, Reminder.make("purge", file_key(product_id, kind, file_id), due_at))


def purge_product(write: TransactWrite, product_id: str, due_at: datetime) -> None:
    """Have a product's files purged, with the transaction that deletes it."""
    _write(write, Reminder.make("purge", product_key(product_id), due_at))


def render_later(of: Key, due_at: datetime) -> None:
    """Have an image rendered by the sweep, should nothing else have done it by then."""
    with outages_refused:
        Reminder.make("render", of, due_at).save()


def purge_later(of: Key, due_at: datetime) -> None:
    """Have a file purged whose reminder was lost."""
    with outages_refused:
        Reminder.make("purge", of, due_at).save()


def due(since: date, now: datetime) -> Iterator[Reminder]:
    """All reminders due by now, in the order of their times, beginning with the day `since`."""
    for day in _days(since, now):
        with outages_refused:
            yield from Reminder.query(_partition(day), Reminder.sk < _after(now), consistent_read=True)


def count_due(since: date, now: datetime) -> int:
    """How many of them there are."""
    with outages_refused:
        return sum(Reminder.count(_partition(day), Reminder.sk < _after(now)) for day in _days(since, now))


def done(reminder: Reminder) -> None:
    """Forget it."""
    with outages_refused:
        reminder.delete()


def _days(since: date, now: datetime) -> Iterator[date]:
    while since <= now.date():
        yield since
        since += timedelta(days=1)


def _after(now: datetime) -> str:
    """What sorts behind every reminder due by now."""
    return f"{now.astimezone(UTC).isoformat(timespec='microseconds')}~"


def _partition(day: date) -> str:
    return f"R#{day.isoformat()}"


def _write(write: TransactWrite, reminder: Reminder) -> None:
    """As an update and not as a put: the puts of a transaction come first, and would shift what callers count on."""
    actions: list[Action] = [
        Reminder.row_type.set(Reminder),
        Reminder.what.set(reminder.what),
        Reminder.of_pk.set(reminder.of_pk),
        Reminder.of_sk.set(reminder.of_sk),
        Reminder.due_at.set(reminder.due_at),
    ]
    write.update(Reminder(reminder.pk, reminder.sk), actions=actions)
