"""What S3 answers, as botocore shapes it: of headers and XML, what the service reads."""

import hashlib
from base64 import b64encode
from collections.abc import Container, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote_plus
from xml.etree import ElementTree

from botocore.exceptions import FlexibleChecksumError, HTTPClientError

from .wire import Response

_SAID = {
    "VersionId": "x-amz-version-id",
    "ETag": "etag",
    "ContentType": "content-type",
    "ContentRange": "content-range",
    "ChecksumSHA256": "x-amz-checksum-sha256",
    "ChecksumCRC64NVME": "x-amz-checksum-crc64nvme",
    "ChecksumType": "x-amz-checksum-type",
}
_META = "x-amz-meta-"
_OF_A_COPY = ("ETag", "ChecksumSHA256", "ChecksumCRC64NVME")
_OF_A_PART = ("ETag", "ChecksumSHA256")


class Body:
    """The bytes of an object, which are compared with the checksum that S3 has of the whole, if it says one."""

    def __init__(self, response: Response) -> None:
        self._response = response
        said = response.headers.get("x-amz-checksum-sha256")
        # That of an object made of parts is none of its bytes, and a part of an object has none.
        self._sha256 = said if response.status_code == 200 and said and "-" not in said else None

    def read(self, amt: int | None = None) -> bytes:
        """The whole; or its first `amt` bytes, and the rest is given up."""
        return b"".join(self.iter_chunks()) if amt is None else self._response.read(amt)

    def iter_chunks(self, chunk_size: int = 1024) -> Iterator[bytes]:
        """Piece by piece, of `chunk_size` bytes at most.

        Raises:
            botocore.exceptions.HTTPClientError: it ended too early.
            botocore.exceptions.FlexibleChecksumError: these are not the bytes that were stored.
        """
        if self._sha256 is None:
            yield from self._response.iter_chunks(chunk_size)
            return
        digest = hashlib.sha256()
        for piece in self._response.iter_chunks(chunk_size):
            digest.update(piece)
            yield piece
        if b64encode(digest.digest()).decode() != self._sha256:
            raise FlexibleChecksumError(error_msg="The object's bytes do not have its SHA-256.")


def refused(response: Response) -> dict[str, Any]:
    """A refusal. One without a body, as to HEAD, has its status as its code."""
    return _refusal(response, response.read())


def nothing(response: Response) -> dict[str, Any]:
    """Nothing that anybody reads."""
    response.read()
    return {}


def described(response: Response) -> dict[str, Any]:
    """What the headers say of an object."""
    headers = response.headers
    answer: dict[str, Any] = {name: headers[header] for name, header in _SAID.items() if header in headers}
    answer["Metadata"] = {name[len(_META) :]: headers[name] for name in headers if name.startswith(_META)}
    if "content-length" in headers:
        answer["ContentLength"] = int(headers["content-length"])
    if "last-modified" in headers:
        answer["LastModified"] = parsedate_to_datetime(headers["last-modified"])
    return answer


def content(response: Response) -> dict[str, Any]:
    """The same, and the bytes, which are read from the connection."""
    return described(response) | {"Body": Body(response)}


def copied(response: Response) -> dict[str, Any]:
    """The checksum of a copy."""
    root = _xml(response)
    return _refusal_in(response, root) or {"CopyObjectResult": _texts(root, _OF_A_COPY)}


def begun(response: Response) -> dict[str, Any]:
    """The id of an upload in parts."""
    return _texts(_xml(response), ("UploadId",))


def completed(response: Response) -> dict[str, Any]:
    """What an upload in parts became. S3 says 200 before it knows, and keeps the connection busy with blanks."""
    root = _xml(response)
    return _refusal_in(response, root) or _texts(root, _OF_A_COPY)


def listed(response: Response) -> dict[str, Any]:
    """A page of a bucket. By the thousand: no tree is built."""
    text = response.read().decode()
    if not text.rstrip().endswith("</ListBucketResult>"):
        raise HTTPClientError(error="Not a whole list.")
    contents = [
        {
            "Key": unquote_plus(_within(item, "<Key>", "</Key>")),
            "Size": int(_within(item, "<Size>", "</Size>")),
            "LastModified": datetime.fromisoformat(_within(item, "<LastModified>", "</LastModified>")),
        }
        for item in text.split("<Contents>")[1:]
    ]
    return {
        "Contents": contents,
        "KeyCount": len(contents),
        "IsTruncated": "<IsTruncated>true</IsTruncated>" in text,
    }


def parts(response: Response) -> dict[str, Any]:
    """A page of the parts of an upload."""
    root = _xml(response)
    answer = _texts(root)
    return {
        "Parts": [
            _texts(part, _OF_A_PART) | {name: int(_texts(part)[name]) for name in ("PartNumber", "Size")}
            for part in _named(root, "Part")
        ],
        "IsTruncated": answer["IsTruncated"] == "true",
        "NextPartNumberMarker": int(answer.get("NextPartNumberMarker") or 0),
    }


def multiparts(response: Response) -> dict[str, Any]:
    """A page of the open uploads of a bucket."""
    root = _xml(response)
    answer = _texts(root)
    return {
        "Uploads": [
            {
                "Key": found["Key"],
                "UploadId": found["UploadId"],
                "Initiated": datetime.fromisoformat(found["Initiated"]),
            }
            for found in map(_texts, _named(root, "Upload"))
        ],
        "IsTruncated": answer["IsTruncated"] == "true",
        "NextKeyMarker": answer.get("NextKeyMarker", ""),
        "NextUploadIdMarker": answer.get("NextUploadIdMarker", ""),
    }


def _refusal(response: Response, body: bytes) -> dict[str, Any]:
    try:
        told = _texts(_parsed(body)) if body else {}
    except ElementTree.ParseError:
        told = {}  # from something between S3 and us
    return {"Error": {"Code": told.get("Code") or str(response.status_code), "Message": told.get("Message", "")}}


def _refusal_in(response: Response, root: ElementTree.Element) -> dict[str, Any] | None:
    """A refusal that came after S3 had said 200: as botocore, it counts as S3's own failure, and is tried again."""
    if _local(root) != "Error":
        return None
    response.status_code = 500
    told = _texts(root)
    return {"Error": {"Code": told.get("Code", "500"), "Message": told.get("Message", "")}}


def _xml(response: Response) -> ElementTree.Element:
    try:
        return _parsed(response.read())
    except ElementTree.ParseError as error:
        raise HTTPClientError(error=error) from error


def _within(text: str, begin: str, end: str) -> str:
    """What stands between two tags: keys are percent-encoded, so that no text has entities."""
    at = text.index(begin) + len(begin)
    return text[at : text.index(end, at)]


def _parsed(body: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(body)  # noqa: S314 (S3's own, over TLS; and expat expands nothing without limits)


def _texts(element: ElementTree.Element, only: Container[str] | None = None) -> dict[str, str]:
    said = {_local(child): child.text or "" for child in element if len(child) == 0}
    return said if only is None else {name: text for name, text in said.items() if name in only}


def _named(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (child for child in element if _local(child) == name)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
