"""Multipart uploads of the S3 in memory. An object is dated by the beginning of its upload, as S3 does."""
# ruff: noqa: N803 (the parameters have S3's names)

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.simulation.buckets import sha256
from tests.simulation.refusals import refusal

if TYPE_CHECKING:
    from tests.simulation.buckets import Bucket


@dataclass(frozen=True)
class Open:
    """An upload that was begun, and its parts in order. `checked`: S3 demands the SHA-256 of each."""

    begun: datetime
    content_type: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    parts: tuple[tuple[int, bytes], ...] = ()
    checked: bool = False

    def listed(self) -> list[dict[str, Any]]:
        return [
            {"PartNumber": number, "Size": len(body), "ETag": _etag(body)}
            | ({"ChecksumSHA256": sha256(body)} if self.checked else {})
            for number, body in self.parts
        ]

    def names(self, parts: list[dict[str, Any]]) -> bool:
        """Whether it has such parts."""
        held = {part["PartNumber"]: part for part in self.listed()}
        return all(part.items() <= held.get(part["PartNumber"], {}).items() for part in parts)


class Multiparts:
    """The calls."""

    now: datetime
    multiparts: dict[tuple[str, str], Open]
    smallest_part: int
    _numbers: Iterator[int]

    def _stored(self, bucket: "Bucket", key: str, body: bytes, of: Open) -> None:
        raise NotImplementedError

    def _open(self, key: str, upload_id: str, operation: str) -> Open:
        found = self.multiparts.get((key, upload_id))
        if found is None:
            raise refusal(operation, 404, "NoSuchUpload")
        return found

    def _create_multipart_upload(self, bucket: "Bucket", Key: str, **more: Any) -> Any:
        upload_id = f"upload{next(self._numbers)}"
        described = more.get("ContentType", ""), more.get("Metadata", {})
        self.multiparts[Key, upload_id] = Open(self.now, *described, checked="ChecksumAlgorithm" in more)
        return {"UploadId": upload_id}

    def _upload_part(self, bucket: "Bucket", Key: str, UploadId: str, PartNumber: int, Body: bytes, **more: Any) -> Any:
        found = self._open(Key, UploadId, "UploadPart")
        declared = more.get("ChecksumSHA256")
        if found.checked and declared is None:
            raise refusal("UploadPart", 400, "InvalidRequest")
        if declared not in (None, sha256(Body)):
            raise refusal("UploadPart", 400, "BadDigest")
        parts = tuple(sorted({**dict(found.parts), PartNumber: Body}.items()))
        self.multiparts[Key, UploadId] = replace(found, parts=parts)
        return {"ETag": _etag(Body)}

    def _list_parts(self, bucket: "Bucket", Key: str, UploadId: str, **_: Any) -> Any:
        return {"Parts": self._open(Key, UploadId, "ListParts").listed(), "IsTruncated": False}

    def _complete_multipart_upload(
        self, bucket: "Bucket", Key: str, UploadId: str, MultipartUpload: Any, MpuObjectSize: int, **more: Any
    ) -> Any:
        found = self._open(Key, UploadId, "CompleteMultipartUpload")
        if more.get("IfNoneMatch") == "*" and Key in bucket.objects:
            raise refusal("CompleteMultipartUpload", 412, "PreconditionFailed")
        named = MultipartUpload["Parts"]
        wanted = [part["PartNumber"] for part in named]
        if wanted != sorted(wanted):
            raise refusal("CompleteMultipartUpload", 400, "InvalidPartOrder")
        if not found.names(named):
            raise refusal("CompleteMultipartUpload", 400, "InvalidPart")
        bodies = [body for number, body in found.parts if number in wanted]
        if any(len(body) < self.smallest_part for body in bodies[:-1]):
            raise refusal("CompleteMultipartUpload", 400, "EntityTooSmall")
        body = b"".join(bodies)
        if len(body) != MpuObjectSize:
            raise refusal("CompleteMultipartUpload", 400, "InvalidRequest")
        del self.multiparts[Key, UploadId]
        self._stored(bucket, Key, body, found)
        return {}

    def _list_multipart_uploads(self, bucket: "Bucket", **_: Any) -> Any:
        found = sorted(self.multiparts.items())
        items = [{"Key": key, "UploadId": upload_id, "Initiated": of.begun} for (key, upload_id), of in found]
        return {"Uploads": items, "IsTruncated": False}

    def _abort_multipart_upload(self, bucket: "Bucket", Key: str, UploadId: str, **_: Any) -> Any:
        self._open(Key, UploadId, "AbortMultipartUpload")
        del self.multiparts[Key, UploadId]
        return {}


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
