"""S3's protocol, of the calls that the service makes: parameters are headers, a query or XML.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html. Shapes of
parameters and answers are botocore's, so that its types hold for this client too; what nobody here reads is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from . import s3_answers as answers
from .client import Call, Client, Limits
from .endpoints import S3Endpoint
from .signing import canonical_query
from .wire import Response

_HEADERS = {
    "CacheControl": "cache-control",
    "ChecksumAlgorithm": "x-amz-checksum-algorithm",
    "ChecksumMode": "x-amz-checksum-mode",
    "ContentDisposition": "content-disposition",
    "ContentType": "content-type",
    "ExpectedBucketOwner": "x-amz-expected-bucket-owner",
    "ExpectedSourceBucketOwner": "x-amz-source-expected-bucket-owner",
    "IfNoneMatch": "if-none-match",
    "MetadataDirective": "x-amz-metadata-directive",
    "MpuObjectSize": "x-amz-mp-object-size",
    "Range": "range",
    "TaggingDirective": "x-amz-tagging-directive",
}
_QUERY = {
    "KeyMarker": "key-marker",
    "MaxKeys": "max-keys",
    "PartNumberMarker": "part-number-marker",
    "Prefix": "prefix",
    "StartAfter": "start-after",
    "UploadId": "uploadId",
    "UploadIdMarker": "upload-id-marker",
    "VersionId": "versionId",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """How an operation is asked for, and how its answer is read; `query` is the same for all calls."""

    method: str
    read: Callable[[Response], dict[str, Any]]
    query: Mapping[str, str] = field(default_factory=dict)


_OPERATIONS = {
    "AbortMultipartUpload": Operation("DELETE", answers.nothing),
    "CompleteMultipartUpload": Operation("POST", answers.completed),
    "CopyObject": Operation("PUT", answers.copied),
    "CreateMultipartUpload": Operation("POST", answers.begun, {"uploads": ""}),
    "DeleteObject": Operation("DELETE", answers.nothing),
    "GetObject": Operation("GET", answers.content),
    "HeadObject": Operation("HEAD", answers.described),
    "ListMultipartUploads": Operation("GET", answers.multiparts, {"uploads": ""}),
    "ListObjectsV2": Operation("GET", answers.listed, {"list-type": "2", "encoding-type": "url"}),
    "ListParts": Operation("GET", answers.parts),
    "PutObject": Operation("PUT", answers.nothing),
}


def _method(operation: str) -> Callable[..., dict[str, Any]]:
    def call(self: "S3", **params: Any) -> dict[str, Any]:
        return self._make_api_call(operation, params)

    call.__doc__ = f"S3's {operation}."
    return call


class S3(Client):
    """S3, with botocore's names for its operations. Types come from botocore's stubs: `sdk.s3_client`."""

    service = "s3"

    abort_multipart_upload = _method("AbortMultipartUpload")
    complete_multipart_upload = _method("CompleteMultipartUpload")
    copy_object = _method("CopyObject")
    create_multipart_upload = _method("CreateMultipartUpload")
    delete_object = _method("DeleteObject")
    get_object = _method("GetObject")
    head_object = _method("HeadObject")
    list_multipart_uploads = _method("ListMultipartUploads")
    list_objects_v2 = _method("ListObjectsV2")
    list_parts = _method("ListParts")
    put_object = _method("PutObject")

    def __init__(self, endpoint: S3Endpoint, region: str, user_agent: str, limits: Limits) -> None:
        super().__init__(region, user_agent, limits)
        self._endpoint = endpoint

    def _built(self, operation: str, params: Mapping[str, Any]) -> Call:
        how = _OPERATIONS[operation]
        query, headers, body = dict(how.query), dict[str, str](), b""
        for name, value in params.items():
            if name in _HEADERS:
                headers[_HEADERS[name]] = str(value)
            elif name in _QUERY:
                query[_QUERY[name]] = str(value)
            elif name == "Metadata":
                headers |= {f"x-amz-meta-{key}": text for key, text in value.items()}
            elif name == "CopySource":
                headers["x-amz-copy-source"] = _source(**value)
            elif name == "MultipartUpload":
                headers["content-type"] = "application/xml"
                body = _parts(value["Parts"])
            elif name == "Body":
                body = value
            elif name not in ("Bucket", "Key"):
                raise TypeError(f"{operation}: {name} is not known here.")
        address = self._endpoint.address(params["Bucket"], params.get("Key", ""))
        return Call(how.method, address, canonical_query(query), headers, body)

    def _read(self, response: Response, operation: str) -> dict[str, Any]:
        if response.status_code >= 300:
            return answers.refused(response)
        return _OPERATIONS[operation].read(response)


def _source(Bucket: str, Key: str, VersionId: str) -> str:  # noqa: N803 (botocore's)
    return f"{quote(f'{Bucket}/{Key}', safe='/~')}?versionId={VersionId}"  # which S3 makes fit for a URL


def _parts(parts: list[dict[str, Any]]) -> bytes:
    listed = "".join(
        "<Part>" + "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in part.items()) + "</Part>"
        for part in parts
    )
    root = '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    return f"{root}{listed}</CompleteMultipartUpload>".encode()
