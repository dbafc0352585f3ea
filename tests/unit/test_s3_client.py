"""Our client of S3 asks what botocore's asks, and reads what botocore's reads: the same requests and answers to both."""

import random
import string
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, HTTPClientError
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.client import Call, Client, Limits, Waiting
from chalicelib.aws.endpoints import s3_endpoint
from chalicelib.aws.s3 import _OPERATIONS, S3
from chalicelib.aws.signing import _signer
from chalicelib.settings import settings
from tests.played import answer
from tests.unit.botocores import ENVIRONMENT, KEYS, Answer, Botocore

ONCE = Limits(connect_timeout=1, read_timeout=1, attempts=1)
OF_BOTOCORE_ALONE = {
    "user-agent",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",  # compared by itself, over the headers that are ours
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-content-sha256",  # by TLS botocore leaves the body unsigned where it adds a checksum; ours is signed always
    "content-length",
    "expect",  # which costs a round trip; what we send is small
}
"""What botocore's requests have for its own sake."""

keys = st.text(string.ascii_letters + string.digits + "-._~/ +%&=?#;:@$,'\"()!*äß–😀", min_size=1, max_size=60).filter(
    lambda key: not key.startswith("/") and "//" not in key and "/." not in key and not key.startswith(".")
)
words = st.text(string.ascii_letters + string.digits + "-._~+/= ", min_size=1, max_size=40).map(str.strip).filter(bool)
dispositions = st.sampled_from(
    ["inline", 'attachment; filename="a  b.zip"', "attachment; filename*=UTF-8''%E2%82%AC%20rates", 'a; filename="\\""']
)
parts = st.lists(
    st.fixed_dictionaries({"PartNumber": st.integers(1, 10_000), "ETag": words.map(lambda text: f'"{text}"')}),
    min_size=1,
    max_size=4,
)
metadata = st.dictionaries(st.text(string.ascii_lowercase, min_size=1, max_size=8), words, max_size=4)
owner = st.just("123456789012")

PARAMETERS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "AbortMultipartUpload": {"Key": keys, "UploadId": words},
    "CompleteMultipartUpload": {
        "Key": keys,
        "UploadId": words,
        "MultipartUpload": parts.map(lambda chosen: {"Parts": chosen}),
        "MpuObjectSize": st.integers(0, 2**42),
        "IfNoneMatch": st.just("*"),
    },
    "CopyObject": {
        "Key": keys,
        "CopySource": st.fixed_dictionaries({"Bucket": st.just("a-bucket"), "Key": keys, "VersionId": words}),
        "IfNoneMatch": st.just("*"),
        "MetadataDirective": st.just("REPLACE"),
        "TaggingDirective": st.just("REPLACE"),
        "ContentType": words,
        "ContentDisposition": dispositions,
        "ChecksumAlgorithm": st.just("SHA256"),
        "ExpectedSourceBucketOwner": owner,
    },
    "CreateMultipartUpload": {
        "Key": keys,
        "Metadata": metadata,
        "ContentType": words,
        "ContentDisposition": dispositions,
        "ChecksumAlgorithm": st.just("SHA256"),
    },
    "DeleteObject": {"Key": keys, "VersionId": words},
    "GetObject": {
        "Key": keys,
        "VersionId": words,
        "Range": st.integers(0, 2**40).map(lambda last: f"bytes=0-{last}"),
        "ChecksumMode": st.just("ENABLED"),
    },
    "HeadObject": {"Key": keys, "ChecksumMode": st.just("ENABLED")},
    "ListMultipartUploads": {"KeyMarker": keys, "UploadIdMarker": words},
    "ListObjectsV2": {"Prefix": keys, "StartAfter": keys, "MaxKeys": st.integers(1, 1000)},
    "ListParts": {"Key": keys, "UploadId": words, "PartNumberMarker": st.integers(0, 10_000)},
    "PutObject": {
        "Key": keys,
        "Body": st.binary(max_size=100),
        "ContentType": words,
        "CacheControl": words,
        "Metadata": metadata,
    },
}
# What the service always names; the rest is there or not.
ALWAYS = {"Key", "UploadId", "CopySource", "MultipartUpload", "MpuObjectSize", "Body", "ChecksumMode"}


def test_every_operation_is_compared() -> None:
    assert PARAMETERS.keys() == _OPERATIONS.keys()


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    operation = draw(st.sampled_from(sorted(PARAMETERS)))
    known = PARAMETERS[operation] | {"ExpectedBucketOwner": owner}
    chosen = [name for name in known if name in ALWAYS or draw(st.booleans())]
    return operation, {"Bucket": "a-bucket"} | {name: draw(known[name]) for name in chosen}


def ours(*, path_style: bool = False) -> S3:
    return S3(s3_endpoint(settings.region, {}, path_style=path_style), settings.region, "vestibule", ONCE)


# Ours signs the SHA-256 of what it sends, which S3 compares: it needs no checksum beside it.
NO_CHECKSUMS = {"request_checksum_calculation": "when_required"}
STYLES = {style: Botocore("s3", ONCE, s3={"addressing_style": style}, **NO_CHECKSUMS) for style in ("virtual", "path")}


@pytest.mark.parametrize("style", ["virtual", "path"])
@given(call=calls())
def test_the_same_parameters_make_the_same_request(style: str, call: tuple[str, dict[str, Any]]) -> None:
    operation, params = call
    theirs = STYLES[style]
    theirs.sent.clear()
    theirs.answers = lambda: Answer(500)
    with pytest.raises(ClientError):
        theirs.call(operation, dict(params))
    (wanted,) = theirs.sent
    request = ours(path_style=style == "path")._signed(ours(path_style=style == "path")._built(operation, params))
    made, meant = urlsplit(request.origin + request.target), urlsplit(str(wanted.url))
    assert (request.method, made.netloc, made.path) == (wanted.method, meant.netloc, meant.path)
    by_name = [sorted(parse_qsl(parts.query, keep_blank_values=True)) for parts in (made, meant)]
    assert by_name[0] == by_name[1]
    named = {name.lower(): _text(value) for name, value in wanted.headers.items()}
    unlike = OF_BOTOCORE_ALONE | {"user-agent", "host"}
    if "ChecksumMode" not in params:
        unlike |= {"x-amz-checksum-mode"}  # it asks for one always; we where it is of use
    if operation in ("CompleteMultipartUpload", "PutObject"):
        unlike |= {"content-type"} if "ContentType" not in params else set()
    assert _without(request.headers, unlike) == _without(named, unlike)
    if operation == "CompleteMultipartUpload":
        assert _tree(request.body) == _tree(_body(wanted))
    elif operation == "PutObject":
        assert request.body == _body(wanted)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _body(request: Any) -> bytes:
    body = request.body
    return bytes(body) if isinstance(body, bytes | bytearray) else b"" if body is None else bytes(body.read())


def _without(headers: Any, names: set[str]) -> dict[str, str]:
    return {name: " ".join(value.split()) for name, value in headers.items() if name not in names}


def _tree(xml: bytes) -> Any:
    return [[(child.tag.rpartition("}")[2], child.text) for child in part] for part in ElementTree.fromstring(xml)]


@pytest.mark.parametrize("token", [None, "a token=/+"])
@given(call=calls(), second=st.integers(0, 2**31))
def test_the_signature_is_botocores(
    token: str | None, call: tuple[str, dict[str, Any]], second: int, monkeypatch_once: pytest.MonkeyPatch
) -> None:
    for name, value in (ENVIRONMENT | {"AWS_SESSION_TOKEN": token or ""}).items():
        monkeypatch_once.setenv(name, value)
    monkeypatch_once.setattr("time.time", lambda: float(second))
    now = datetime.fromtimestamp(second, UTC)
    monkeypatch_once.setattr("botocore.auth.get_current_datetime", lambda **_: now.replace(tzinfo=None))
    _signer.cache_clear()
    request = ours()._signed(ours()._built(*call))
    _signer.cache_clear()
    signed_by_them = {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "user-agent"}
    headers = {name: value for name, value in request.headers.items() if name not in signed_by_them}
    # Without TLS botocore signs the body too; the scheme itself is not signed.
    url = f"http://{request.host}{request.target}"
    theirs = AWSRequest(request.method, url, headers=headers, data=request.body)
    secret = Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"], token)
    S3SigV4Auth(secret, "s3", settings.region).add_auth(theirs)
    assert request.headers["authorization"] == theirs.headers["Authorization"]


@pytest.fixture(scope="module")
def monkeypatch_once() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
CONTENTS = """<Contents><Key>{}</Key><LastModified>2026-03-10T12:00:01.000Z</LastModified><ETag>&quot;e&quot;</ETag>
<ChecksumAlgorithm>SHA256</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>{}</Size>
<Owner><ID>1</ID><DisplayName>Size</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents>"""
OBJECT = {
    "ETag": '"abc"',
    "Last-Modified": "Tue, 10 Mar 2026 12:00:00 GMT",
    "Content-Type": "image/png",
    "x-amz-version-id": "v1",
    "x-amz-meta-owner": "me",
    "x-amz-meta-filename": "a%20b",
    "x-amz-checksum-sha256": "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
    "x-amz-checksum-crc64nvme": "AAAAAAAAAAA=",
    "x-amz-checksum-type": "FULL_OBJECT",
}
RANGE = {name: value for name, value in OBJECT.items() if "checksum" not in name}
PART = (
    "<Part><PartNumber>{}</PartNumber><LastModified>2026-03-10T12:00:00.000Z</LastModified><ETag>&quot;e{}&quot;</ETag>\
<Size>5242880</Size><ChecksumSHA256>AAAA</ChecksumSHA256></Part>"
)
UPLOAD = "<Upload><Key>{}</Key><UploadId>id.{}</UploadId><Initiator><ID>arn:1</ID></Initiator><Owner><ID>2</ID></Owner>\
<StorageClass>STANDARD</StorageClass><Initiated>2026-03-10T12:00:00.000Z</Initiated></Upload>"


def listed(contents: str, more: str = "false", count: int = 0) -> bytes:
    head = f"<Name>b</Name><Prefix>Contents</Prefix><KeyCount>{count}</KeyCount><MaxKeys>1000</MaxKeys>"
    tail = f"<EncodingType>url</EncodingType><IsTruncated>{more}</IsTruncated>{contents}</ListBucketResult>"
    return f"{XML}<ListBucketResult {NAMESPACE}>{head}{tail}".encode()


def error(code: str, message: str = "It was &lt;not&gt; done.") -> bytes:
    return f"{XML}<Error><Code>{code}</Code><Message>{message}</Message><RequestId>1</RequestId></Error>".encode()


REFUSALS = {
    "refused": Answer(403, error("AccessDenied")),
    "not there": Answer(404, error("NoSuchKey")),
    "behind a marker": Answer(404, error("NoSuchKey"), {"x-amz-delete-marker": "true", "x-amz-version-id": "m"}),
    "a precondition": Answer(412, error("PreconditionFailed")),
    "in the way": Answer(409, error("ConditionalRequestConflict")),
    "slow down": Answer(503, error("SlowDown")),
    "a page of HTML": Answer(503, b"<html><body><h1>503 Service Unavailable</h1>"),
    "nothing": Answer(404),
}
ANSWERS: dict[str, dict[str, Answer]] = {
    "AbortMultipartUpload": {"done": Answer(204)},
    "DeleteObject": {"done": Answer(204, b"", {"x-amz-delete-marker": "true", "x-amz-version-id": "m"})},
    "PutObject": {"done": Answer(200, b"", {"ETag": '"e"'})},
    "CopyObject": {
        "done": Answer(
            200,
            f"{XML}<CopyObjectResult {NAMESPACE}><LastModified>2026-03-10T12:00:00.000Z</LastModified>"
            "<ETag>&quot;e&quot;</ETag><ChecksumSHA256>AAAA</ChecksumSHA256></CopyObjectResult>".encode(),
        ),
        "pretty": Answer(200, f"{XML}<CopyObjectResult>\n  <ETag>e</ETag>\n</CopyObjectResult>\n".encode()),
        "refused after all": Answer(200, error("InternalError")),
        "slow down after all": Answer(200, error("SlowDown")),
    },
    "CreateMultipartUpload": {
        "done": Answer(
            200,
            f"{XML}<InitiateMultipartUploadResult {NAMESPACE}><Bucket>b</Bucket><Key>k</Key>"
            "<UploadId>VXBsb2Fk._-1</UploadId></InitiateMultipartUploadResult>".encode(),
        )
    },
    "CompleteMultipartUpload": {
        "done": Answer(
            200,
            f"{XML}\n \n<CompleteMultipartUploadResult {NAMESPACE}><Location>l</Location><Bucket>b</Bucket><Key>k</Key>"
            "<ETag>&quot;e-2&quot;</ETag><ChecksumCRC64NVME>AAAAAAAAAAA=</ChecksumCRC64NVME>"
            "</CompleteMultipartUploadResult>".encode(),
        ),
        "refused after all": Answer(200, b"   \n  " + error("InternalError").removeprefix(XML.encode())),
    },
    "GetObject": {
        "whole": Answer(200, b"abc", OBJECT | {"Content-Length": "3"}),
        "a range": Answer(206, b"ab", RANGE | {"Content-Length": "2", "Content-Range": "bytes 0-1/3"}),
        "bare": Answer(200, b"", {"Content-Length": "0"}),
    },
    "HeadObject": {"done": Answer(200, b"", OBJECT | {"Content-Length": "3"})},
    "ListObjectsV2": {
        "none": Answer(200, listed("")),
        "some": Answer(200, listed(CONTENTS.format("images/a%2Bb%20c", 1) + CONTENTS.format("plain+plus", 0), count=2)),
        "more": Answer(200, listed(CONTENTS.format("%C3%A4", 10**12), "true", 1)),
        "odd": Answer(200, listed(CONTENTS.format("%3CContents%3E%00%26", 7), count=1)),
    },
    "ListParts": {
        "none": Answer(
            200, f"{XML}<ListPartsResult {NAMESPACE}><IsTruncated>false</IsTruncated></ListPartsResult>".encode()
        ),
        "some": Answer(
            200,
            f"{XML}<ListPartsResult {NAMESPACE}><Initiator><ID>1</ID></Initiator><NextPartNumberMarker>2</NextPartNumberMarker>"
            f"<IsTruncated>true</IsTruncated>{PART.format(1, 1)}{PART.format(2, 2)}</ListPartsResult>".encode(),
        ),
    },
    "ListMultipartUploads": {
        "none": Answer(
            200,
            f"{XML}<ListMultipartUploadsResult {NAMESPACE}><IsTruncated>false</IsTruncated>"
            "</ListMultipartUploadsResult>".encode(),
        ),
        "some": Answer(
            200,
            f"{XML}<ListMultipartUploadsResult {NAMESPACE}><EncodingType>url</EncodingType><NextKeyMarker>a%20b</NextKeyMarker>"
            "<NextUploadIdMarker>id.2</NextUploadIdMarker><IsTruncated>true</IsTruncated>"
            f"{UPLOAD.format('a+b', 1)}{UPLOAD.format('a%20b', 2)}</ListMultipartUploadsResult>".encode(),
        ),
    },
}
CASES = [
    (operation, name, given)
    for operation, answers in ANSWERS.items()
    for name, given in (answers | REFUSALS).items()
    if operation != "HeadObject" or not given.body
]


def asked(operation: str) -> dict[str, Any]:
    known = {
        "Key": "k",
        "UploadId": "u",
        "CopySource": {"Bucket": "b", "Key": "k", "VersionId": "v"},
        "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": "e"}]},
        "MpuObjectSize": 1,
        "Body": b"",
    }
    return {"Bucket": "b"} | {name: value for name, value in known.items() if name in PARAMETERS[operation]}


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except ClientError as refused:
        metadata = refused.response["ResponseMetadata"]
        marker = metadata["HTTPHeaders"].get("x-amz-delete-marker")
        return refused.response["Error"]["Code"], metadata["HTTPStatusCode"], marker, refused.operation_name


@pytest.mark.parametrize(("operation", "name", "given"), CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
def test_the_same_answer_is_read_alike(
    operation: str, name: str, given: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sent(client: Client, operation: str, call: Call, attempt: int) -> Waiting:
        return lambda: answer(given.status, given.headers, given.body, call.method)

    monkeypatch.setattr(Client, "_sent", sent)
    theirs = STYLES["virtual"]
    theirs.answers = lambda: given
    read = outcome(lambda: ours()._make_api_call(operation, asked(operation)))
    wanted = outcome(lambda: theirs.call(operation, asked(operation)))
    if isinstance(read, tuple) or isinstance(wanted, tuple):
        assert read == wanted
        return
    if "Body" in read:
        assert read.pop("Body").read() == wanted.pop("Body").read()
    assert read == {what: _like(read[what], wanted.get(what)) for what in read}


def _like(read: Any, wanted: Any) -> Any:
    """What botocore read, but only as much of it as we have; of a list or a name that is empty it has none."""
    if isinstance(read, dict) and isinstance(wanted, dict):
        return {name: _like(value, wanted.get(name)) for name, value in read.items()}
    if isinstance(read, list) and isinstance(wanted, list):
        return [_like(one, other) for one, other in zip(read, wanted, strict=True)]
    return type(read)() if wanted is None and not read else wanted


SHARE = random.Random(7)


def test_a_list_that_is_not_whole_is_no_list() -> None:
    whole = listed(CONTENTS.format("a", 1), count=1)
    for at in SHARE.sample(range(len(whole) - 1), 200):
        assert "Contents" not in _list_or_error(whole[:at])


def _list_or_error(body: bytes) -> Any:
    try:
        return ours()._read(answer(200, {}, body), "ListObjectsV2")
    except HTTPClientError:
        return {}


def test_a_redirect_is_a_refusal_and_followed_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    moved = answer(301, {"x-amz-bucket-region": "us-west-2"}, error("PermanentRedirect"))
    monkeypatch.setattr(Client, "_sent", lambda *_: lambda: moved)
    with pytest.raises(ClientError, match="PermanentRedirect"):
        ours().delete_object(Bucket="b", Key="k")


def test_a_parameter_that_is_not_known_is_a_bug_and_not_left_out() -> None:
    with pytest.raises(TypeError, match="ACL"):
        ours()._built("PutObject", {"Bucket": "b", "Key": "k", "ACL": "public-read"})
