"""What is asked of S3's uploads in parts."""

import hashlib
from base64 import b64encode
from typing import Any

from tests.simulation.contract.script import Script

MiB = 1024**2
NO_ETAG = '"00000000000000000000000000000000"'


def _begin(script: Script, key: str, **more: Any) -> dict[str, str]:
    asked = {"Key": key, "ContentType": "a/b", "Metadata": {"owner": "me"}}
    return {"Key": key, "UploadId": script.do("CreateMultipartUpload", **asked, **more)["UploadId"]}


def _send(script: Script, upload: dict[str, str], *bodies: bytes) -> list[dict[str, Any]]:
    return [
        {"PartNumber": number, "ETag": script.do("UploadPart", **upload, PartNumber=number, Body=body)["ETag"]}
        for number, body in enumerate(bodies, start=1)
    ]


def _join(script: Script, what: str, upload: dict[str, str], named: list[dict[str, Any]], size: int) -> Any:
    asked: dict[str, Any] = {"MultipartUpload": {"Parts": named}, "MpuObjectSize": size, "IfNoneMatch": "*"}
    return script.note(what, "CompleteMultipartUpload", **upload, **asked)


def parts(script: Script) -> None:
    """Sent, listed, joined, refused."""
    upload = _begin(script, "parts/1")
    script.note("no parts yet", "ListParts", **upload)
    _send(script, upload, b"0" * 5 * MiB, b"early")
    named = _send(script, upload, b"1" * 5 * MiB, b"last")
    script.note("parts that were sent twice", "ListParts", **upload)
    script.note("nothing to be read yet", "HeadObject", Key="parts/1")
    _join(script, "another part", upload, [named[0], {"PartNumber": 2, "ETag": NO_ETAG}], 5 * MiB + 4)
    _join(script, "a part that was never sent", upload, [*named, {"PartNumber": 3, "ETag": NO_ETAG}], 5 * MiB + 4)
    if _join(script, "another size", upload, named, 5):  # it should have been refused
        upload = _begin(script, "parts/instead")
        named = _send(script, upload, b"1" * 5 * MiB, b"last")
    _join(script, "the joining", upload, named, 5 * MiB + 4)
    script.note("what was joined", "GetObject", Key=upload["Key"], Range="bytes=5242875-5242883")
    script.note("parts of what is complete", "ListParts", **upload)
    script.note("a part for what is complete", "UploadPart", **upload, PartNumber=1, Body=b"late")
    script.note("an end to what is complete", "AbortMultipartUpload", **upload)
    script.note("what was joined, after that", "GetObject", Key=upload["Key"], Range="bytes=0-3")
    _join(script, "the joining again", upload, named, 5 * MiB + 4)

    turned = _begin(script, "parts/turned")
    named = _send(script, turned, b"1" * 5 * MiB, b"2" * 5 * MiB)
    _join(script, "parts in another order", turned, named[::-1], 10 * MiB)
    small = _begin(script, "parts/small")
    _join(script, "a small part that is not the last", small, _send(script, small, b"1", b"2"), 2)
    only = _begin(script, "parts/only")
    _join(script, "a small part that is the only one", only, _send(script, only, b"1"), 1)
    fewer = _begin(script, "parts/fewer")
    _join(script, "fewer parts than were sent", fewer, _send(script, fewer, b"1", b"2")[:1], 1)
    script.note("what was joined of fewer", "GetObject", Key="parts/fewer", Range="bytes=0-9")

    script.do("PutObject", Key="parts/there", Body=b"there", ContentType="a/b")
    late = _begin(script, "parts/there")
    _join(script, "the joining to where an object is", late, _send(script, late, b"1"), 1)
    script.note("the object, as it was", "GetObject", Key="parts/there", Range="bytes=0-9")


def parts_with_checksums(script: Script) -> None:
    """With the SHA-256 of each part, which S3 was told to demand."""
    upload = _begin(script, "parts/checked", ChecksumAlgorithm="SHA256")
    sha256 = b64encode(hashlib.sha256(b"checked").digest()).decode()
    other = b64encode(hashlib.sha256(b"other").digest()).decode()
    sent: dict[str, Any] = {**upload, "PartNumber": 1, "Body": b"checked"}
    script.note("other bytes of a part than declared", "UploadPart", **sent, ChecksumSHA256=other)
    script.note("a part without the checksum that is demanded", "UploadPart", **sent)
    etag = script.do("UploadPart", **sent, ChecksumSHA256=sha256)["ETag"]
    script.note("a part with its checksum", "ListParts", **upload)
    named = {"PartNumber": 1, "ETag": etag}
    _join(script, "a part of another checksum", upload, [named | {"ChecksumSHA256": other}], 7)
    _join(script, "a part of this checksum", upload, [named | {"ChecksumSHA256": sha256}], 7)


def open_uploads(script: Script) -> None:
    """Those that have begun, those that have ended, and one that never was."""
    upload = _begin(script, "open/1")
    script.said["an open upload is listed"] = _is_listed(script, upload)
    script.note("an end to it", "AbortMultipartUpload", **upload)
    again = _begin(script, "open/1")
    script.said["no id is given twice"] = upload["UploadId"] != again["UploadId"]
    script.said["an upload that has ended is listed"] = _is_listed(script, upload)
    script.said["the one that was begun since is listed"] = _is_listed(script, again)
    for what, ended in (
        ("what has ended", upload),
        ("what never was", {"Key": "open/1", "UploadId": "0" * len(upload["UploadId"])}),
        ("what is another key's", again | {"Key": "open/2"}),
    ):
        script.note(f"parts of {what}", "ListParts", **ended)
        script.note(f"a part for {what}", "UploadPart", **ended, PartNumber=1, Body=b"late")
        script.note(f"an end to {what}", "AbortMultipartUpload", **ended)
        _join(script, f"the joining of {what}", ended, [{"PartNumber": 1, "ETag": NO_ETAG}], 1)


def _is_listed(script: Script, upload: dict[str, str]) -> bool:
    listed = script.do("ListMultipartUploads").get("Uploads", [])
    return (upload["Key"], upload["UploadId"]) in [(found["Key"], found["UploadId"]) for found in listed]
