"""What is asked of S3's objects: versions and markers, ranges, lists, copies, conditions, checksums."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from tests.simulation.contract.parts import open_uploads, parts, parts_with_checksums
from tests.simulation.contract.script import Ask, Said, Script


class S3Script(Script):
    """Names each version by when it was sent, as every store has ids of its own."""

    def __init__(self, ask: Ask, bucket: str) -> None:
        super().__init__(ask, self._of_s3, Bucket=bucket)
        self.names: dict[str, str] = {}

    def put(self, key: str, body: bytes, **more: Any) -> str:
        """Send an object; returns its version id."""
        version = self.do("PutObject", Key=key, Body=body, ContentType="a/b", Metadata={"owner": "me"}, **more)
        return self.named(str(version["VersionId"]), f"{key} {body!r}")

    def hide(self, key: str) -> str:
        """Delete without a version; returns the marker's id."""
        return self.named(str(self.do("DeleteObject", Key=key)["VersionId"]), f"marker of {key}")

    def named(self, version: str, name: str) -> str:
        assert version not in self.names, "a version id was given twice"
        self.names[version] = name
        return version

    def _of_s3(self, operation: str, answer: Mapping[str, Any]) -> Any:
        match operation:
            case "GetObject":
                kept = {name: answer.get(name) for name in ("ContentLength", "ContentRange", "ContentType", "Metadata")}
                version = self.names.get(answer["VersionId"])
                return kept | {"body": answer["Body"].read(), "version": version}
            case "HeadObject":
                return {name: answer.get(name) for name in ("ChecksumSHA256", "ChecksumCRC64NVME")}
            case "CopyObject":
                return answer["CopyObjectResult"].get("ChecksumSHA256")
            case "DeleteObject":
                return answer.get("DeleteMarker", False)
            case "ListObjectsV2":
                found = [(item["Key"], item["Size"]) for item in answer.get("Contents", [])]
                return found, answer["KeyCount"], answer["IsTruncated"]
            case "ListParts":
                names = ("PartNumber", "Size", "ETag", "ChecksumSHA256")
                return [[part.get(name) for name in names] for part in answer.get("Parts", [])]
        return "done"


def s3_script(ask: Ask, bucket: str) -> Said:
    """Put all questions to a bucket that is empty and versioned."""
    script = S3Script(ask, bucket)
    for section in (_versions, _markers, _ranges, _lists, _copies, _conditions, _checksums):
        section(script)
    for section in (parts, parts_with_checksums, open_uploads):
        section(script)
    return script.said


def _versions(script: S3Script) -> None:
    first, second = script.put("versions/1", b"first"), script.put("versions/1", b"second")
    script.note("the newest of two versions", "GetObject", Key="versions/1")
    script.note("the older of two versions", "GetObject", Key="versions/1", VersionId=first)
    script.note("a delete", "DeleteObject", Key="versions/1")
    script.note("a delete again", "DeleteObject", Key="versions/1")
    script.note("what a marker hides", "GetObject", Key="versions/1")
    script.note("a version behind a marker", "GetObject", Key="versions/1", VersionId=second)
    script.note("what a marker hides, without reading", "HeadObject", Key="versions/1")
    script.put("versions/1", b"third")
    script.note("what was sent after a marker", "GetObject", Key="versions/1")
    script.put("versions/2", b"first")
    last = script.put("versions/2", b"second")
    script.note("a delete of a version", "DeleteObject", Key="versions/2", VersionId=last)
    script.note("the version before it", "GetObject", Key="versions/2")
    script.note("a version that is gone", "GetObject", Key="versions/2", VersionId=last)
    script.note("a delete of a version that is gone", "DeleteObject", Key="versions/2", VersionId=last)
    script.note("a delete of what never was", "DeleteObject", Key="versions/3")
    script.note("what never was, and was deleted", "GetObject", Key="versions/3")
    script.note("what never was", "GetObject", Key="versions/4")
    script.note("what never was, without reading", "HeadObject", Key="versions/4")


def _markers(script: S3Script) -> None:
    script.put("markers/1", b"first")
    marker = script.hide("markers/1")
    script.note("a marker itself", "GetObject", Key="markers/1", VersionId=marker)
    script.note("a delete of a marker", "DeleteObject", Key="markers/1", VersionId=marker)
    script.note("what was behind the marker that is gone", "GetObject", Key="markers/1")
    one, other = script.hide("markers/1"), script.hide("markers/1")
    script.do("DeleteObject", Key="markers/1", VersionId=other)
    script.note("behind one of two markers", "HeadObject", Key="markers/1")
    script.do("DeleteObject", Key="markers/1", VersionId=one)
    script.note("behind neither of them", "GetObject", Key="markers/1")
    script.hide("markers/1")
    second = script.put("markers/1", b"second")
    script.do("DeleteObject", Key="markers/1", VersionId=second)
    script.note("a marker comes to light again", "HeadObject", Key="markers/1")
    only = script.put("markers/2", b"only")
    hidden = script.hide("markers/2")
    script.do("DeleteObject", Key="markers/2", VersionId=only)
    script.note("a marker that hides nothing", "HeadObject", Key="markers/2")
    script.do("DeleteObject", Key="markers/2", VersionId=hidden)
    script.note("nothing, and no marker", "HeadObject", Key="markers/2")


def _ranges(script: S3Script) -> None:
    version = script.put("ranges/1", b"0123456789")
    script.put("ranges/empty", b"")
    script.note("the beginning", "GetObject", Key="ranges/1", Range="bytes=0-3")
    script.note("more than there is", "GetObject", Key="ranges/1", Range="bytes=0-65535")
    script.note("a middle of a version", "GetObject", Key="ranges/1", VersionId=version, Range="bytes=4-6")
    script.note("the last byte", "GetObject", Key="ranges/1", Range="bytes=9-9")
    script.note("behind the end", "GetObject", Key="ranges/1", Range="bytes=10-20")
    script.note("nothing as a whole", "GetObject", Key="ranges/empty")
    script.note("the beginning of nothing", "GetObject", Key="ranges/empty", Range="bytes=0-3")


def _lists(script: S3Script) -> None:
    for number in range(7):
        script.put(f"lists/{number}", b"0123456789"[: number + 1])
    script.do("DeleteObject", Key="lists/5")
    for after, most in (("", 1000), ("", 3), ("lists/3", 3), ("lists/6", 3), ("lists/2x", 1), ("z", 3)):
        asked = {"Prefix": "lists/", "StartAfter": after, "MaxKeys": most}
        script.note(f"{most} after {after!r}", "ListObjectsV2", **asked)
    script.note("a prefix of nothing", "ListObjectsV2", Prefix="nothing/", StartAfter="", MaxKeys=3)
    for name in ("b", "a", "B", "a/b", "a-b", "ä", "~"):
        script.put(f"order/{name}", name.encode())
    script.note("keys in the order of their bytes", "ListObjectsV2", Prefix="order/", StartAfter="", MaxKeys=10)


def _copies(script: S3Script) -> None:
    first = script.put("copies/from", b"first")
    second = script.put("copies/from", b"second")
    how = {"MetadataDirective": "REPLACE", "ContentType": "c/d", "IfNoneMatch": "*", "ChecksumAlgorithm": "SHA256"}

    def source(version: str) -> dict[str, str]:
        return {"Bucket": script.common["Bucket"], "Key": "copies/from", "VersionId": version}

    script.note("a copy of the older version", "CopyObject", Key="copies/to", CopySource=source(first), **how)
    script.note("the copy", "GetObject", Key="copies/to")
    script.note("the copy's checksums", "HeadObject", Key="copies/to", ChecksumMode="ENABLED")
    script.note("a copy to where one is", "CopyObject", Key="copies/to", CopySource=source(second), **how)
    script.note("the copy, as it was", "GetObject", Key="copies/to")
    script.hide("copies/to")
    script.note("a copy to where one was", "CopyObject", Key="copies/to", CopySource=source(second), **how)
    script.do("DeleteObject", Key="copies/from")
    script.note("a copy from behind a marker", "CopyObject", Key="copies/2", CopySource=source(second), **how)
    script.do("DeleteObject", Key="copies/from", VersionId=second)
    script.note("a copy of a version that is gone", "CopyObject", Key="copies/3", CopySource=source(second), **how)
    script.note("no copy of it", "HeadObject", Key="copies/3")


def _conditions(script: S3Script) -> None:
    asked: dict[str, Any] = {"Key": "once/1", "ContentType": "a/b", "IfNoneMatch": "*"}
    script.note("a write where nothing is", "PutObject", Body=b"first", **asked)
    script.note("a write where something is", "PutObject", Body=b"second", **asked)
    script.note("what is written once", "GetObject", Key="once/1", Range="bytes=0-10")
    script.hide("once/1")
    script.note("a write where something was", "PutObject", Body=b"third", **asked)


def _checksums(script: S3Script) -> None:
    body = b"checked"
    sha256 = b64encode(hashlib.sha256(body).digest()).decode()
    other = b64encode(hashlib.sha256(b"other").digest()).decode()
    script.note("other bytes than declared", "PutObject", Key="checksums/1", Body=body, ChecksumSHA256=other)
    script.note("nothing is there then", "HeadObject", Key="checksums/1")
    script.put("checksums/1", body, ChecksumSHA256=sha256)
    script.note("the checksums of what was sent with one", "HeadObject", Key="checksums/1", ChecksumMode="ENABLED")
    script.note("nobody asks for checksums", "HeadObject", Key="checksums/1")
