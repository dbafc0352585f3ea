"""What is asked of every S3 and every DynamoDB that the service is tried on, and what they say, to be compared.

`ask` makes one call: botocore's operation and its parameters. Of an answer is kept what the service acts on.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.settings import settings
from tests.simulation.dynamodb import Table

Ask = Callable[[str, dict[str, Any]], Any]

MiB = 1024**2
# Which of the two it is, the service does not ask.
SAME_TO_US = {"NoSuchVersion": "NoSuchKey"}


def told(error: ClientError) -> Any:
    """What a refusal says: its code, whether a delete marker hides what was asked for, and a transaction's reasons."""
    code = error.response["Error"]["Code"]
    reasons = [(reason["Code"], reason.get("Item")) for reason in error.response.get("CancellationReasons", [])]
    headers: Mapping[str, str] = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    marked = headers.get("x-amz-delete-marker") == "true"
    return SAME_TO_US.get(code, code), marked, reasons


def s3_script(ask: Ask, bucket: str) -> dict[str, Any]:
    """Every answer by what it is to, in a bucket that is empty and versioned."""
    script = _Script(ask, bucket)
    for section in (_versions, _ranges, _lists, _copies, _parts, _open_uploads):
        section(script)
    return script.said


class _Script:
    def __init__(self, ask: Ask, bucket: str) -> None:
        self._ask, self._bucket = ask, bucket
        self.said: dict[str, Any] = {}

    def do(self, operation: str, **params: Any) -> Any:
        """What must succeed, to get somewhere."""
        return self._ask(operation, {"Bucket": self._bucket, **params})

    def note(self, what: str, operation: str, **params: Any) -> None:
        """Note what is answered."""
        try:
            answer = self.do(operation, **params)
        except ClientError as error:
            self.said[what] = told(error)
        except Exception as error:  # noqa: BLE001 (moto's own, which it should have answered)
            self.said[what] = repr(error)
        else:
            self.said[what] = _kept(operation, answer)

    def put(self, key: str, body: bytes) -> str:
        return str(self.do("PutObject", Key=key, Body=body, ContentType="a/b", Metadata={"owner": "me"})["VersionId"])


def _kept(operation: str, answer: Mapping[str, Any]) -> Any:
    match operation:
        case "GetObject":
            kept = {name: answer.get(name) for name in ("ContentLength", "ContentRange", "ContentType", "Metadata")}
            return kept | {"body": answer["Body"].read()}
        case "ListObjectsV2":
            found = [(item["Key"], item["Size"]) for item in answer.get("Contents", [])]
            return found, answer["KeyCount"], answer["IsTruncated"]
        case "ListParts":
            return [(part["PartNumber"], part["Size"], part["ETag"]) for part in answer.get("Parts", [])]
        case "ListMultipartUploads":
            return [upload["Key"] for upload in answer.get("Uploads", [])]
    return "done"


def _versions(script: _Script) -> None:
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
    script.note("a delete of what never was", "DeleteObject", Key="versions/3")
    script.note("what never was", "GetObject", Key="versions/4")
    script.note("what never was, without reading", "HeadObject", Key="versions/4")


def _ranges(script: _Script) -> None:
    version = script.put("ranges/1", b"0123456789")
    script.put("ranges/empty", b"")
    script.note("the beginning", "GetObject", Key="ranges/1", Range="bytes=0-3")
    script.note("more than there is", "GetObject", Key="ranges/1", Range="bytes=0-65535")
    script.note("a middle of a version", "GetObject", Key="ranges/1", VersionId=version, Range="bytes=4-6")
    script.note("behind the end", "GetObject", Key="ranges/1", Range="bytes=10-20")
    script.note("the beginning of nothing", "GetObject", Key="ranges/empty", Range="bytes=0-3")


def _lists(script: _Script) -> None:
    for number in range(7):
        script.put(f"lists/{number}", b"0123456789"[: number + 1])
    script.do("DeleteObject", Key="lists/5")
    for after, most in (("", 1000), ("", 3), ("lists/3", 3), ("lists/6", 3), ("lists/2x", 1)):
        asked = {"Prefix": "lists/", "StartAfter": after, "MaxKeys": most}
        script.note(f"{most} after {after!r}", "ListObjectsV2", **asked)
    script.note("a prefix of nothing", "ListObjectsV2", Prefix="nothing/", StartAfter="", MaxKeys=3)


def _copies(script: _Script) -> None:
    first = script.put("copies/from", b"first")
    second = script.put("copies/from", b"second")
    how = {"MetadataDirective": "REPLACE", "ContentType": "c/d", "IfNoneMatch": "*", "ChecksumAlgorithm": "SHA256"}

    def source(version: str) -> dict[str, str]:
        return {"Bucket": script._bucket, "Key": "copies/from", "VersionId": version}

    script.note("a copy of the older version", "CopyObject", Key="copies/to", CopySource=source(first), **how)
    script.note("the copy", "GetObject", Key="copies/to")
    script.note("a copy to where one is", "CopyObject", Key="copies/to", CopySource=source(second), **how)
    script.note("the copy, as it was", "GetObject", Key="copies/to")
    script.do("DeleteObject", Key="copies/from")
    script.note("a copy from behind a marker", "CopyObject", Key="copies/2", CopySource=source(second), **how)
    script.do("DeleteObject", Key="copies/from", VersionId=second)
    script.note("a copy of a version that is gone", "CopyObject", Key="copies/3", CopySource=source(second), **how)
    script.note("no copy of it", "HeadObject", Key="copies/3")


def _begin(script: _Script, key: str) -> dict[str, str]:
    asked = {"Key": key, "ContentType": "a/b", "Metadata": {"owner": "me"}}
    return {"Key": key, "UploadId": script.do("CreateMultipartUpload", **asked)["UploadId"]}


def _send(script: _Script, upload: dict[str, str], *bodies: bytes) -> list[dict[str, Any]]:
    return [
        {"PartNumber": number, "ETag": script.do("UploadPart", **upload, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate(bodies, start=1)
    ]


def _parts(script: _Script) -> None:
    upload = _begin(script, "parts/1")
    script.note("no parts yet", "ListParts", **upload)
    _send(script, upload, b"0" * 5 * MiB, b"early")
    parts = _send(script, upload, b"1" * 5 * MiB, b"last")
    script.note("parts that were sent twice", "ListParts", **upload)
    script.note("nothing to be read yet", "HeadObject", Key="parts/1")
    other = [parts[0], {"PartNumber": 2, "ETag": '"00000000000000000000000000000000"'}]
    whole: dict[str, Any] = {"MpuObjectSize": 5 * MiB + 4, "IfNoneMatch": "*"}
    script.note("another part", "CompleteMultipartUpload", **upload, MultipartUpload={"Parts": other}, **whole)
    joined = {"MultipartUpload": {"Parts": parts}}
    less = whole | {"MpuObjectSize": 5}
    script.note("another size", "CompleteMultipartUpload", **upload, **joined, **less)
    if script.said["another size"] == "done":  # it should have been refused
        upload = _begin(script, "parts/instead")
        joined = {"MultipartUpload": {"Parts": _send(script, upload, b"1" * 5 * MiB, b"last")}}
    script.note("the joining", "CompleteMultipartUpload", **upload, **joined, **whole)
    script.note("what was joined", "GetObject", Key=upload["Key"], Range="bytes=5242875-5242883")
    script.note("parts of what is complete", "ListParts", **upload)
    script.note("an end to what is complete", "AbortMultipartUpload", **upload)

    small = _begin(script, "parts/small")
    parts = _send(script, small, b"1", b"2")
    asked: dict[str, Any] = {"MultipartUpload": {"Parts": parts}, "MpuObjectSize": 2, "IfNoneMatch": "*"}
    script.note("a small part that is not the last", "CompleteMultipartUpload", **small, **asked)

    script.put("parts/there", b"there")
    late = _begin(script, "parts/there")
    asked = {"MultipartUpload": {"Parts": _send(script, late, b"1")}, "MpuObjectSize": 1, "IfNoneMatch": "*"}
    script.note("the joining to where an object is", "CompleteMultipartUpload", **late, **asked)
    script.note("the object, as it was", "GetObject", Key="parts/there")


def _open_uploads(script: _Script) -> None:
    upload = _begin(script, "open/1")
    listed = script.do("ListMultipartUploads").get("Uploads", [])
    script.said["an open upload is listed"] = "open/1" in [found["Key"] for found in listed]
    script.note("an end to it", "AbortMultipartUpload", **upload)
    script.note("parts of what has ended", "ListParts", **upload)
    listed = script.do("ListMultipartUploads").get("Uploads", [])
    script.said["an upload that ended is listed"] = "open/1" in [found["Key"] for found in listed]
    asked: dict[str, Any] = {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": '"0"'}]}, "MpuObjectSize": 1}
    script.note("the joining of what has ended", "CompleteMultipartUpload", **upload, **asked, IfNoneMatch="*")


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    """What the two do not answer alike."""
    assert ours.keys() == theirs.keys()
    return (what for what in ours if ours[what] != theirs[what])


def table_like_ours(name: str) -> dict[str, Any]:
    """What CreateTable takes, but for the index, which no request of the simulation asks."""
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        "BillingMode": "PAY_PER_REQUEST",
    }


@dataclass
class Both(Table):
    """Asks the other one the same, and compares. It has a table of another name, perhaps."""

    theirs: Any = None
    their_table: str = settings.table
    compared: int = 0

    def answer(self, operation: str, params: Mapping[str, Any]) -> Any:
        ours = self._outcome(super().answer, operation, params)
        theirs = self._outcome(self.theirs._make_api_call, operation, self._renamed(params))
        assert self._comparable(ours) == self._comparable(theirs), (operation, params)
        self.compared += 1
        if isinstance(ours, ClientError):
            raise ours
        return ours

    @staticmethod
    def _outcome(ask: Any, operation: str, params: Mapping[str, Any]) -> Any:
        try:
            return ask(operation, params)
        except ClientError as error:
            return error

    def _renamed(self, params: Mapping[str, Any]) -> Any:
        return json.loads(json.dumps(params).replace(f'"{settings.table}"', f'"{self.their_table}"'))

    def _comparable(self, outcome: Any) -> Any:
        if isinstance(outcome, ClientError):
            return told(outcome)
        rows = outcome.get("Items", next(iter(outcome.get("Responses", {}).values()), []))
        return sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))
