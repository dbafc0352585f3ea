"""S3 and DynamoDB in memory, in place of botocore's own calls: for tests that make a hundred thousand of them.

S3 is strongly consistent and versioned, and knows the calls that the service makes, and their refusals. Each call is
atomic; `before_call` is told of it first. `contract` holds all this against moto and the emulator.
"""
# ruff: noqa: N803 (the parameters have S3's names)

import io
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import pytest
from botocore.response import StreamingBody
from moto.core.utils import camelcase_to_underscores

from chalicelib import storage
from chalicelib.rows import Row, connection
from chalicelib.settings import settings
from tests.simulation.buckets import Bucket, Stored, sha256
from tests.simulation.dynamodb import Item, Key, Table
from tests.simulation.faults import SLOW_CALL, Fault, struck
from tests.simulation.interleave import current
from tests.simulation.multiparts import Multiparts, Open
from tests.simulation.refusals import refusal


@dataclass
class Stores(Multiparts):
    """All that is stored. `now` is S3's clock; `calls` counts them by name."""

    now: datetime
    before_call: Callable[[str], None] = lambda name: None
    fault: Callable[[str], Fault | None] = lambda name: None
    created: Callable[[str], None] = lambda key: None
    copy_limit: int = 5 * 1024**3
    smallest_part: int = 5 * 1024**2
    calls: Counter[str] = field(default_factory=Counter)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    multiparts: dict[tuple[str, str], Open] = field(default_factory=dict)
    table: Table = field(default_factory=Table)
    _rows: dict[Key, tuple[Item, Row]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Empty everything, at the cost of a few dictionaries."""
        self.multiparts.clear()
        self._rows.clear()
        for name in (settings.staging_bucket, settings.vault_bucket, settings.media_bucket):
            self.buckets[name] = Bucket()
        self.table.items.clear()
        self.table.tokens.clear()

    @property
    def vault(self) -> Bucket:
        return self.buckets[settings.vault_bucket]

    @property
    def media(self) -> Bucket:
        return self.buckets[settings.media_bucket]

    def snapshot(self) -> tuple[Any, ...]:
        """All that is stored, to compare, or to go back to."""
        buckets = {name: bucket.copy() for name, bucket in self.buckets.items()}
        return buckets, dict(self.table.items), dict(self.multiparts)

    def go_back(self, snapshot: tuple[Any, ...]) -> None:
        buckets, items, multiparts = snapshot
        self.table.items, self.multiparts = dict(items), dict(multiparts)
        self.buckets = {name: bucket.copy() for name, bucket in buckets.items()}

    def rows(self) -> list[Row]:
        """Every row, read behind the scenes: no call."""
        return [self._row(key, item) for key, item in sorted(self.table.items.items())]

    def _row(self, key: Key, item: Item) -> Row:
        known = self._rows.get(key)
        if known is None or known[0] is not item:
            known = self._rows[key] = item, Row.from_raw_data(dict(item))
        return known[1]

    def answer(self, service: str, operation: str, params: dict[str, Any]) -> Any:
        """Do one call, or what a fault leaves of it."""
        name = f"{service}.{operation}"
        self.before_call(name)
        self.calls[name] += 1
        fault = self.fault(name)
        if fault is Fault.SLOW:
            self.now += SLOW_CALL
            self.before_call(name)  # others come first
        do = self._s3 if service == "s3" else self.table.answer
        return struck(fault, service, operation, params, lambda: do(operation, params))

    def client(self, operation: str, **params: Any) -> Any:
        """A call of a client's own, to S3: no fault of ours."""
        self.before_call(f"client.{operation}")
        return self._s3(operation, params)

    def _s3(self, operation: str, params: dict[str, Any]) -> Any:
        bucket = self.buckets[params["Bucket"]]
        return getattr(self, _method_of(operation))(bucket, **params)

    def _new(self, body: bytes, content_type: str, metadata: dict[str, str]) -> Stored:
        return Stored(body, self.now, f"version{next(self._numbers)}", content_type, metadata)

    def _put_object(self, bucket: Bucket, Key: str, Body: Any, **more: Any) -> Any:
        body = Body
        if not isinstance(body, bytes):
            Body.seek(0)
            body = Body.read()
        if more.get("IfNoneMatch") == "*" and Key in bucket.objects:
            raise refusal("PutObject", 412, "PreconditionFailed")
        declared = more.get("ChecksumSHA256")
        if declared not in (None, sha256(body)):
            raise refusal("PutObject", 400, "BadDigest")
        stored = self._new(body, more.get("ContentType", ""), more.get("Metadata", {}))
        bucket.put(Key, replace(stored, has_sha256=declared is not None))
        return {"VersionId": stored.version_id}

    def _find(self, bucket: Bucket, key: str, version_id: str | None, operation: str) -> Stored:
        stored = bucket.objects.get(key) if version_id is None else bucket.versions.get((key, version_id))
        if version_id is not None and bucket.is_marker(key, version_id):
            raise refusal(operation, 405, "MethodNotAllowed", is_hidden=True)
        if stored is None:
            raise refusal(operation, 404, "NoSuchKey", is_hidden=version_id is None and key in bucket.hidden)
        return stored

    def _get_object(self, bucket: Bucket, Key: str, VersionId: str | None = None, Range: str = "", **_: Any) -> Any:
        stored = self._find(bucket, Key, VersionId, "GetObject")
        if (actor := current()) is not None:
            actor.has_read.add(stored.version_id)
        body, told = stored.body, {}
        if Range:
            first, last = (int(number) for number in Range.removeprefix("bytes=").split("-"))
            if first >= len(body):
                raise refusal("GetObject", 416, "InvalidRange")
            body = body[first : last + 1]
            told = {"ContentRange": f"bytes {first}-{first + len(body) - 1}/{len(stored.body)}"}
        return told | {
            "Body": StreamingBody(io.BytesIO(body), len(body)),
            "ContentLength": len(body),
            "ContentType": stored.content_type,
            "Metadata": stored.metadata,
            "VersionId": stored.version_id,
            "LastModified": stored.stored_at,
        }

    def _copy_object(self, bucket: Bucket, Key: str, CopySource: dict[str, str], **more: Any) -> Any:
        source = self.buckets[CopySource["Bucket"]]
        stored = self._find(source, CopySource["Key"], CopySource["VersionId"], "CopyObject")
        if len(stored.body) > self.copy_limit:
            raise refusal("CopyObject", 400, "InvalidRequest")
        if more.get("IfNoneMatch") == "*" and Key in bucket.objects:
            raise refusal("CopyObject", 412, "PreconditionFailed")
        copy = self._new(stored.body, more["ContentType"], {})
        copy = replace(copy, copied_from=stored.version_id, has_sha256=more.get("ChecksumAlgorithm") == "SHA256")
        self._created(bucket, Key, copy)
        return {"CopyObjectResult": copy.checksums}

    def _head_object(self, bucket: Bucket, Key: str, ChecksumMode: str = "", **_: Any) -> Any:
        stored = bucket.objects.get(Key)
        if stored is None:  # its answer has no body that could say more than the status
            raise refusal("HeadObject", 404, "404", is_hidden=Key in bucket.hidden)
        return stored.checksums if ChecksumMode == "ENABLED" else {}

    def _delete_object(self, bucket: Bucket, Key: str, VersionId: str | None = None, **_: Any) -> Any:
        if VersionId is None:
            return {"DeleteMarker": True, "VersionId": bucket.remove(Key)}
        was_marker = bucket.is_marker(Key, VersionId)
        bucket.remove_version(Key, VersionId)
        return {"DeleteMarker": was_marker, "VersionId": VersionId}

    def _list_objects_v2(
        self, bucket: Bucket, Prefix: str = "", StartAfter: str = "", MaxKeys: int = 1000, **_: Any
    ) -> Any:
        keys = bucket.after(StartAfter, Prefix, MaxKeys + 1)
        found = [(key, bucket.objects[key]) for key in keys[:MaxKeys]]
        contents = [{"Key": key, "Size": len(it.body), "LastModified": it.stored_at} for key, it in found]
        return {"Contents": contents, "KeyCount": len(found), "IsTruncated": len(keys) > MaxKeys}

    def _stored(self, bucket: Bucket, key: str, body: bytes, of: Open) -> None:
        self._created(bucket, key, replace(self._new(body, of.content_type, of.metadata), stored_at=of.begun))

    def _created(self, bucket: Bucket, key: str, stored: Stored) -> None:
        bucket.put(key, stored)
        if bucket is self.vault:
            self.created(key)


@cache
def _method_of(operation: str) -> str:
    return f"_{camelcase_to_underscores(operation)}"


def stand_in(monkeypatch: pytest.MonkeyPatch, now: datetime = datetime(2026, 3, 10, 12, tzinfo=UTC)) -> Stores:
    """Put stores in the place of AWS."""
    stores = Stores(now)
    for service, client in (("s3", storage.s3), ("dynamodb", connection().client)):

        def begin(operation: str, params: dict[str, Any], service: str = service) -> Callable[[], Any]:
            return partial(stores.answer, service, operation, params)  # done when its answer is waited for

        monkeypatch.setattr(client, "begin", begin)
    return stores
