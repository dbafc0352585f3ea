"""The audit of all that is stored: CPU and memory for an object and its row, and how they grow with what is stored.

S3's and DynamoDB's answers lie ready as bytes; all that the audit and the clients do with them is measured. Memory is
the peak of what Python allocates meanwhile. What ten million take is told by what an object takes.
"""

import time
import tracemalloc
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from chalicelib.ids import new_ulid
from chalicelib.kinds import DELIVERABLE, vault_key
from chalicelib.models import Deliverable, file_key
from tests.simulation.full_vault import NOW
from tools.audit import audit

from . import Figure, say
from .canned_aws import Answer, aws
from .sweep import page_of

FEW, MANY = 60_000, 240_000
PAGE = 1000
IN_A_LARGE_VAULT = 10_000_000
CPU_GROWTH, MEMORY_GROWTH = 1.3, 1.3
"""How much more an object may take, and all of them may hold, where there are four times as many."""


def run() -> list[Figure]:
    """Audit few and many."""
    (few_us, few_mb), (many_us, many_mb) = (_measured(size) for size in (FEW, MANY))
    say(f"  {many_us * IN_A_LARGE_VAULT / 1e6 / 60:.0f} minutes of CPU for {IN_A_LARGE_VAULT:,}")
    few = f"the same with {FEW:,}"
    return [
        Figure(f"audit, an object of {MANY:,}", many_us, few_us, "µs", few, budget=CPU_GROWTH),
        Figure(f"audit, memory for {MANY:,}", many_mb, few_mb, "MB", few, budget=MEMORY_GROWTH),
    ]


def _measured(size: int) -> tuple[float, float]:
    """µs of CPU an object, and MB at the peak."""
    say(f"› audit: {size:,} objects and their rows")
    store = _Store(size)
    aws.answers = store
    began = time.process_time()
    _audit(size)
    cpu = time.process_time() - began
    tracemalloc.start()
    _audit(size)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    say(f"  {cpu * 1e6 / size:.1f} µs CPU an object, {peak / 1e6:.0f} MB at the peak")
    return cpu * 1e6 / size, peak / 1e6


def _audit(size: int) -> None:
    totals = audit(NOW, lambda finding: say(f"  ✗ {finding}"), lambda _: None)
    if (totals.rows, totals.objects, totals.findings) != (size, size, 0):
        raise SystemExit(f"✗ {size} live files were to be found, and {totals} were")


class _Store(Mapping[str, Answer]):
    """So many deliverables: the pages of their rows, in another order than that of the keys, and of the vault."""

    def __init__(self, size: int) -> None:
        row = Deliverable(filename="a.zip", size=12345, content_type="application/zip", series="", version=1)
        row.state, row.admitted_at, row.owner = "live", NOW, "5d8d78a2-6b88-49c2-a521-b29092234934"
        like: dict[str, Any] = row.to_dynamodb_dict()
        rows, keys = [], []
        for number in range(size):
            product, upload = new_ulid(NOW), new_ulid(NOW - timedelta(days=number % 400))
            pk, sk = file_key(product, DELIVERABLE, upload)
            keys.append(vault_key(DELIVERABLE, product, upload, "3HL4kqtJvjVBH40Nrjfkd5vX"))
            rows.append(like | {"pk": {"S": pk}, "sk": {"S": sk}, "key": {"S": keys[-1]}})
        keys.sort()
        edges = range(0, size, PAGE)
        self._scans = [_scanned(rows[at : at + PAGE], more=at + PAGE < size) for at in edges]
        self._pages = [page_of(keys[at : at + PAGE], more=at + PAGE < size) for at in edges]
        self._media = page_of([], more=False)
        self._told = self._in_order()

    def _in_order(self) -> Iterator[Answer]:
        """The audit reads all rows, and then lists both buckets, again and again."""
        while True:
            yield from (*self._scans, self._media, *self._pages)

    def __getitem__(self, operation: str) -> Answer:
        return next(self._told)

    def __iter__(self) -> Iterator[str]:
        return iter(("Scan", "ListObjectsV2"))

    def __len__(self) -> int:
        return 2


def _scanned(rows: list[dict[str, Any]], *, more: bool) -> Answer:
    last = {"LastEvaluatedKey": {name: rows[-1][name] for name in ("pk", "sk")}} if more else {}
    return Answer(200, msgspec.json.encode({"Items": rows, "Count": len(rows), "ScannedCount": len(rows)} | last))
