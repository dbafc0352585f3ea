"""A vault that has been swept for as long as it has been filled, at so many files a day."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from chalicelib import sweep
from chalicelib.ids import new_ulid
from chalicelib.kinds import IMAGE, SWEEP_AFTER, vault_key
from chalicelib.models import READY, Image, file_key
from chalicelib.orphans import PASSES
from chalicelib.progress import Progress
from chalicelib.sweep_run import Run
from tests.simulation.buckets import Stored
from tests.simulation.stores import Stores

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
A_DAY = timedelta(days=1)
BODY = b"x"


def fill(stores: Stores, files: int, files_a_day: int = 100) -> None:
    """So many live, rendered images and their rows, the newest two days old; every one has been judged."""
    made = Image(state="live", filename="", size=1, content_type="image/png", series="", version=1, width=1, height=1)
    made.admitted_at, made.rendition_state = NOW, READY
    row = made.to_dynamodb_dict()
    product_id = new_ulid(NOW)
    for number in range(files):
        stored_at = NOW - 2 * A_DAY - number // files_a_day * A_DAY
        upload_id = new_ulid(stored_at)
        key = vault_key(IMAGE, product_id, upload_id, "version")
        pk, sk = file_key(product_id, IMAGE, upload_id)
        stores.table.items[pk, sk] = row | {"pk": {"S": pk}, "sk": {"S": sk}, "key": {"S": key}}
        stores.vault.put(key, Stored(BODY, stored_at, "version"))
    for way in PASSES:
        judged_until = NOW - SWEEP_AFTER[way.strategy] - timedelta(hours=1)
        Progress("SWEEP", f"{way.prefix}{way.strategy}", judged_until=judged_until).keep()
    Progress("SWEEP", "reminders", since=NOW.date().isoformat()).keep()


def add_orphans(stores: Stores, number: int) -> None:
    """Copies of the last hour but a day, that nobody refers to."""
    stored_at = NOW - A_DAY - timedelta(minutes=30)
    for _ in range(number):
        key = vault_key(IMAGE, new_ulid(NOW), new_ulid(stored_at), "version")
        stores.vault.put(key, Stored(BODY, stored_at, "version"))


def calls_of_a_run(stores: Stores, run: Run | None = None) -> Counter[str]:
    """The calls, by their names, of the next hourly run."""
    stores.calls.clear()
    sweep.sweep(run or Run(NOW))
    return Counter(stores.calls)
