"""Multipart uploads of the S3 in memory. An object is dated by the beginning of its upload, as S3 does."""
# ruff: noqa: N803 (the parameters have S3's names)

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.simulation.refusals import refusal

if TYPE_CHECKING:
    from tests.simulation.stores import Bucket


@dataclass(frozen=True)
class Open:
    """An upload that was begun, and its parts in order."""

    begun: datetime
    content_type: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    parts: tuple[tuple[int, bytes], ...] = ()

    def listed(self) -> list[dict[str, Any]]:
        return [{"PartNumber": number, "Size": len(body), "ETag": _etag(body)} for number, body in self.parts]


class Multiparts:
    """The calls."""

    now: datetime
    multiparts: dict[tuple[str, str], Open]
    smallest_part: int

    def _stored(self, bucket: "Bucket", key: str, body: bytes, of: Open) -> None:
        raise NotImplementedError

    def _open(self, key: str, upload_id: str, operation: str) -> Open:
        found = self.multiparts.get((key, upload_id))
        if found is None:
            raise refusal(operation, 404, "NoSuchUpload")
        return found

    def _create_multipart_upload(self, bucket: "Bucket", Key: str, **more: Any) -> Any:
        upload_id = f"upload{len(self.multiparts)}"
        self.multiparts[Key, upload_id] = Open(self.now, more.get("ContentType", ""), more.get("Metadata", {}))
        return {"UploadId": upload_id}

    def _upload_part(self, bucket: "Bucket", Key: str, UploadId: str, PartNumber: int, Body: bytes, **_: Any) -> Any:
        found = self._open(Key, UploadId, "UploadPart")
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
        held = {part["PartNumber"]: part["ETag"] for part in found.listed()}
        wanted = {part["PartNumber"]: part["ETag"] for part in MultipartUpload["Parts"]}
        if any(held.get(number) != etag for number, etag in wanted.items()):
            raise refusal("CompleteMultipartUpload", 400, "InvalidPart")
        if any(len(body) < self.smallest_part for number, body in found.parts[:-1] if number in wanted):
            raise refusal("CompleteMultipartUpload", 400, "EntityTooSmall")
        body = b"".join(body for number, body in found.parts if number in wanted)
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
