"""How far the sweep has come: a row for each of its ways through what is stored, so that the next run goes on there."""

from typing import Self

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from .models import read_rows
from .outages import outages_refused
from .rows import Row


class Progress(Row, discriminator="sweep"):
    """Of a pass: all objects stored by `judged_until` are judged; `full_month` is the month of its last look at all.

    While `judging_until` is there, a pass up to that time is under way, and has come to the key `after`.
    Of the reminders: those due before the day `since` have been followed.
    """

    judged_until = UTCDateTimeAttribute(null=True)
    judging_until = UTCDateTimeAttribute(null=True)
    after = UnicodeAttribute(null=True)
    full_month = UnicodeAttribute(null=True)
    since = UnicodeAttribute(null=True)

    @classmethod
    def of(cls, name: str) -> Self:
        """The row of that name, as it is, or a new one."""
        (row,) = read_rows(("SWEEP", name))
        return row if isinstance(row, cls) else cls("SWEEP", name)

    def keep(self) -> None:
        """Write it. Two runs at once may set each other back, which costs work and nothing else."""
        with outages_refused:
            self.save()
