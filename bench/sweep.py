"""The sweep: the calls of an hourly run, in vaults of many sizes, and the CPU that an object costs when all are judged.

Both vaults were filled at 100 files a day, and 100 new orphans lie in each; their calls are counted, and are the same
in every run. The CPU is that of the service's own code and clients, from S3's and DynamoDB's bytes to the judgement;
boto3 reads the same bytes beside it. It grows with the objects, and with nothing else: so it is told for ten million.
"""

import gc
import itertools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib import telemetry
from chalicelib.ids import new_ulid
from chalicelib.kinds import IMAGE, vault_key
from chalicelib.models import READY, Image, file_key
from chalicelib.orphans import PASSES, ROWS_PER_READ, sweep_pass
from chalicelib.settings import settings
from chalicelib.sweep_run import Run
from tests.simulation.full_vault import NOW, add_orphans, calls_of_a_run, fill
from tests.simulation.stores import stand_in

from . import Figure, interleave, plain, say
from .canned_aws import Answer, aws

FEW, MANY, NEW = 10_000, 100_000, 100
PAGES, PAGE = 5, 1000
ROUNDS = 11
WANTED_US = 10.0
IN_A_LARGE_VAULT = 10_000_000


def run() -> list[Figure]:
    """Count the calls of one run in each vault, and measure an object."""
    of_an_object = _of_an_object()  # first: what is stored for counting is none of a function's memory
    few, many = (_calls(files) for files in (FEW, MANY))
    counted = Figure(f"hourly sweep, {MANY:,} files", many, few, "calls", f"the same with {FEW:,}", budget=1.10)
    return [counted, *of_an_object]


def _calls(files: int) -> int:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(telemetry.log, "info", lambda *_, **__: None)
        stores = stand_in(monkeypatch, NOW)
        fill(stores, files)
        add_orphans(stores, NEW)
        calls = calls_of_a_run(stores)
    say(f"› sweep of {files:,} files and {NEW} new orphans: {calls.total()} calls")
    for name, number in sorted(calls.items()):
        say(f"    {number:5} {name}")
    return calls.total()


def _of_an_object() -> list[Figure]:
    vault = _Vault()
    aws.answers = vault
    way = PASSES[0]

    def judge() -> None:
        run = Run(NOW, report_only=True)
        sweep_pass(way, run, monthly_in_full=False)
        if run.found:
            raise SystemExit(f"✗ nothing was to be found, and {run.found} was")

    objects = PAGES * PAGE
    gc.collect()
    gc.freeze()  # boto3, moto and the tests are loaded here, and not in a function: they are not to be looked through
    say(f"› sweep: {objects:,} live objects, all judged, {ROUNDS} rounds in turn with boto3")
    costs = interleave({"sweep": judge, "boto3": vault.read_by_boto3}, ROUNDS, 1)
    ours, boto3 = (costs[case].cpu_ms * 1000 / objects for case in ("sweep", "boto3"))
    for name, taken in (("sweep", ours), ("boto3", boto3)):
        minutes = taken * IN_A_LARGE_VAULT / 1e6 / 60
        say(f"  {name:5}  {taken:5.1f} µs CPU an object, {minutes:3.0f} minutes for {IN_A_LARGE_VAULT:,}")
    return [
        Figure("sweep, an object", ours, WANTED_US, "µs", "the most that is wanted", budget=1.0),
        Figure("sweep, an object", ours, boto3, "µs", "boto3, reading the same and judging nothing"),
    ]


class _Vault(Mapping[str, Answer]):
    """The answers of a pass over a full vault, again and again: no progress yet, then pages and their rows."""

    def __init__(self) -> None:
        stored_at = NOW - timedelta(days=2)
        row = Image(state="live", filename="", size=1, content_type="image/png", series="", version=1)
        row.admitted_at, row.rendition_state, row.width, row.height = NOW, READY, 1, 1
        pages, batches = [], [_rows([])]
        self._asked: list[list[dict[str, Any]]] = [[{"pk": {"S": "SWEEP"}, "sk": {"S": "images/post"}}]]
        for number in range(PAGES):
            uploads = [(new_ulid(NOW), new_ulid(stored_at)) for _ in range(PAGE)]
            keys = [vault_key(IMAGE, product, upload, "3HL4kqtJvjVBH40Nrjfkd5vX") for product, upload in uploads]
            pages.append(page_of(keys, more=number < PAGES - 1))
            for at in range(0, PAGE, ROWS_PER_READ):
                found = [_row(row, *upload, key) for upload, key in zip(uploads[at:], keys[at:], strict=True)]
                batches.append(_rows(found[:ROWS_PER_READ]))
                self._asked.append([{name: item[name] for name in ("pk", "sk")} for item in found[:ROWS_PER_READ]])
        self._told = {"ListObjectsV2": itertools.cycle(pages), "BatchGetItem": itertools.cycle(batches)}

    def read_by_boto3(self) -> None:
        """The same calls."""
        for _ in range(PAGES):
            plain.s3.list_objects_v2(Bucket=settings.vault_bucket, Prefix="images/")
        for keys in self._asked:
            plain.dynamodb.batch_get_item(RequestItems={settings.table: {"Keys": keys, "ConsistentRead": True}})

    def __getitem__(self, operation: str) -> Answer:
        return next(self._told[operation])

    def __iter__(self) -> Any:
        return iter(self._told)

    def __len__(self) -> int:
        return len(self._told)


def _row(row: Image, product: str, upload: str, key: str) -> dict[str, Any]:
    """As much of the row as the sweep asks for."""
    pk, sk = file_key(product, IMAGE, upload)
    kept = {name: row.to_dynamodb_dict()[name] for name in ("type", "state", "rendition_state")}
    return kept | {"pk": {"S": pk}, "sk": {"S": sk}, "key": {"S": key}}


def _rows(found: list[dict[str, Any]]) -> Answer:
    return Answer(200, msgspec.json.encode({"Responses": {settings.table: found}, "UnprocessedKeys": {}}))


def page_of(keys: list[str], *, more: bool) -> Answer:
    """A page of a list of the vault, as S3 writes it."""
    objects = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2026-03-08T12:00:00.000Z</LastModified>"
        f"<ETag>&quot;{'a' * 32}&quot;</ETag>"
        "<ChecksumAlgorithm>SHA256</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>12345</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
        for key in keys
    )
    told = f"<EncodingType>url</EncodingType><IsTruncated>{str(more).lower()}</IsTruncated>{objects}"
    return Answer(200, f"<ListBucketResult>{told}</ListBucketResult>".encode())
