"""The service and S3 in one transport, without a socket: small parts, scripted faults, and a record of what was asked."""

import base64
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx

API = "https://api.shop.example/dev"
GOOD_TOKEN = "head.eyJzdWIiOiAic2VsbGVyIn0.signature"  # of the sub "seller"
S3 = "https://s3.eu-central-1.example"
KIND = {"min_bytes": 1, "max_per_product": 100, "max_pixels": None}
KINDS = {
    "kinds": [
        {
            **KIND,
            "name": "image",
            "content_types": ["image/png", "image/jpeg"],
            "max_bytes": 5000,
            "strategies": ["post"],
        },
        {
            **KIND,
            "name": "deliverable",
            "content_types": None,
            "max_bytes": 10**12,
            "strategies": ["post", "multipart"],
        },
    ],
    "max_filename_bytes": 255,
    "max_alt_bytes": 250,
    "max_staged_uploads": 50,
}
Proceed = Callable[[], httpx.Response]
Fault = Callable[[httpx.Request, Proceed], httpx.Response]


def problem(status: int, code: str, detail: str = "", *, retryable: bool = False, **more: Any) -> Fault:
    """The service refuses."""
    body = {"status": status, "code": code, "title": code, "detail": detail or code, "retryable": retryable, **more}
    return lambda request, proceed: httpx.Response(
        status, json=body, headers={"Content-Type": "application/problem+json"}
    )


def xml(status: int, code: str, message: str = "") -> Fault:
    """S3 refuses."""
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return lambda request, proceed: httpx.Response(status, text=text)


def reset(request: httpx.Request, proceed: Proceed) -> httpx.Response:
    """Nothing arrives."""
    raise httpx.WriteError("reset")


def lost(request: httpx.Request, proceed: Proceed) -> httpx.Response:
    """It is done, and nobody hears of it."""
    proceed()
    raise httpx.RemoteProtocolError("Server disconnected")


@dataclass
class Held:
    """An upload at the service, and its bytes at S3."""

    id: str
    kind: str
    product: str
    request: dict[str, Any]
    strategy: str
    staged: bytes | None = None
    parts: dict[int, bytes] = field(default_factory=dict)
    open: bool = True
    file: dict[str, Any] | None = None


class FakeService(httpx.BaseTransport):
    """Answers as the service and S3 do, as far as a client can tell."""

    def __init__(self, part_size: int = 1000) -> None:
        self.part_size = part_size
        self.uploads: dict[str, Held] = {}
        self.asked: list[str] = []
        self.signed: list[list[int]] = []
        self.sent_parts: list[int] = []
        self.contents: dict[str, bytes] = {}
        self.generation = 0
        self.sees_checksums = True
        self._faults: dict[str, list[Fault | None]] = defaultdict(list)
        self._count = 0

    def fail(self, step: str, *faults: Fault | None) -> None:
        """The next requests of this step meet these; None lets one through."""
        self._faults[step] += faults

    def expire_urls(self) -> None:
        """Everything signed until now is too old."""
        self.generation += 1

    @property
    def files(self) -> list[dict[str, Any]]:
        return [upload.file for upload in self.uploads.values() if upload.file]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        step, answer = self._route(request)
        self.asked.append(step)
        waiting = self._faults[step]
        fault = waiting.pop(0) if waiting else None
        return answer() if fault is None else fault(request, answer)

    def _route(self, request: httpx.Request) -> tuple[str, Proceed]:
        url, method = str(request.url), request.method
        if url.startswith(S3):
            return self._storage(request)
        if request.headers.get("Authorization") != GOOD_TOKEN:
            return "stranger", lambda: problem(401, "unauthenticated")(request, lambda: httpx.Response(500))
        path = url.removeprefix(API)
        body = json.loads(request.content) if request.content else {}
        routes: list[tuple[str, str, str, Callable[..., httpx.Response]]] = [
            ("GET", r"/kinds", "kinds", lambda: httpx.Response(200, json=KINDS)),
            (
                "POST",
                r"/products/(\w+)/(image|deliverable)s/uploads",
                "issue",
                lambda product, kind: self._issue(product, kind, body),
            ),
            ("POST", r"/.*/uploads/([^/]+)/parts", "sign", lambda at: self._sign(at, body)),
            ("GET", r"/.*/uploads/([^/]+)/parts", "held", self._list),
            ("POST", r"/.*/uploads/([^/]+)/confirm", "confirm", lambda at: self._confirm(at, body)),
            ("DELETE", r"/.*/uploads/([^/]+)", "cancel", self._cancel),
            ("POST", r"/products/\w+/\w+s/(\w+)/download", "sign_download", self._download),
        ]
        for wanted, pattern, step, answer in routes:
            if method == wanted and (found := re.fullmatch(pattern, unquote(path))):
                return step, lambda answer=answer, found=found: answer(*found.groups())
        return "unknown", lambda: httpx.Response(404, json={"code": "not_found", "detail": "no such route"})

    def _issue(self, product: str, kind: str, body: dict[str, Any]) -> httpx.Response:
        self._count += 1
        strategy = body.get("strategy") or "post"
        upload = Held(f"UPLOAD{self._count}", kind, product, body, strategy)
        if strategy == "multipart":
            upload.id += f"~{body['size']}"
        self.uploads[upload.id] = upload
        base = f"{API}/products/{product}/{kind}s/uploads/{upload.id}"
        answer: dict[str, Any] = {
            "upload": {
                "id": upload.id,
                "kind": kind,
                "product_id": product,
                "strategy": strategy,
                "filename": body["filename"],
                "content_type": body["content_type"],
                "size": body["size"],
                "expires_at": "2030-01-01T00:00:00Z",
            },
            "confirm_url": f"{base}/confirm",
        }
        if strategy == "post":
            answer |= {
                "method": "POST",
                "url": f"{S3}/form/{self.generation}/",
                "fields": {"key": upload.id, "policy": "p"},
            }
        else:
            answer["multipart"] = {
                "part_size": self.part_size,
                "part_count": -(-body["size"] // self.part_size),
                "parts_url": f"{base}/parts",
                "max_parts_per_call": 100,
                "part_url_expires_in": 900,
                "part_checksums": bool(body.get("part_checksums")),
            }
        return httpx.Response(201, json=answer)

    def _sign(self, upload_id: str, body: dict[str, Any]) -> httpx.Response:
        upload = self.uploads[upload_id]
        self.signed.append(body["part_numbers"])
        parts = []
        for number, digest in zip(body["part_numbers"], body["sha256"], strict=True):
            offset = (number - 1) * self.part_size
            url = f"{S3}/part/{self.generation}/{upload_id}/{number}?signature=secret"
            headers = {"x-amz-checksum-sha256": base64.b64encode(bytes.fromhex(digest)).decode()}
            size = min(self.part_size, upload.request["size"] - offset)
            part = {"part_number": number, "offset": offset, "size": size, "url": url, "headers": headers}
            parts.append({**part, "expires_at": "2030-01-01T00:00:00Z"})
        return httpx.Response(200, json={"parts": parts})

    def _list(self, upload_id: str) -> httpx.Response:
        upload = self.uploads[upload_id]
        if not upload.open:
            return self._refuse(410, "gone")
        parts = [
            {"part_number": number, "size": len(content), "etag": "e", "sha256": hashlib.sha256(content).hexdigest()}
            for number, content in sorted(upload.parts.items())
        ]
        count = -(-upload.request["size"] // self.part_size)
        return httpx.Response(200, json={"part_size": self.part_size, "part_count": count, "parts": parts})

    def _confirm(self, upload_id: str, body: dict[str, Any]) -> httpx.Response:
        upload = self.uploads[upload_id]
        if upload.file:
            return httpx.Response(200, json=upload.file)
        if upload.strategy == "post":
            if not upload.open:
                return self._refuse(410, "gone")
            if upload.staged is None:
                return self._refuse(409, "upload_not_received", retryable=True)
            content = upload.staged
        else:
            content = b"".join(upload.parts[number] for number in sorted(upload.parts))
            if len(content) != upload.request["size"]:
                return self._refuse(*((422, "incomplete_parts") if upload.open else (410, "gone")))
        upload.open = False
        members = {name: upload.request[name] for name in ("filename", "content_type", "size")}
        upload.file = {
            "id": upload.id.partition("~")[0],
            "product_id": upload.product,
            "state": "live",
            **members,
            "sha256": body.get("sha256") if upload.strategy == "multipart" else hashlib.sha256(content).hexdigest(),
            "crc64nvme": None,
            "series": upload.id,
            "version": 1,
            "admitted_at": "2026-01-01T00:00:00Z",
            "purge_at": None,
        }
        self.contents[upload.file["id"]] = content
        return httpx.Response(201, json=upload.file)

    def _cancel(self, upload_id: str) -> httpx.Response:
        self.uploads[upload_id].open = False
        return httpx.Response(204)

    def _download(self, file_id: str) -> httpx.Response:
        url = f"{S3}/get/{self.generation}/{file_id}?signature=secret"
        return httpx.Response(200, json={"url": url, "filename": "x", "expires_at": "2030-01-01T00:00:00Z"})

    def _storage(self, request: httpx.Request) -> tuple[str, Proceed]:
        what, generation, *rest = request.url.path.strip("/").split("/")
        if int(generation) != self.generation:
            return what, lambda: xml(403, "AccessDenied", "Request has expired")(request, lambda: httpx.Response(500))
        if what == "part":
            return "put", lambda: self._put(request, unquote(rest[0]), int(rest[1]))
        if what == "form":
            return "form", lambda: self._form(request)
        return "get", lambda: self._get(request, rest[0])

    def _put(self, request: httpx.Request, upload_id: str, number: int) -> httpx.Response:
        upload, content = self.uploads[upload_id], request.content
        if not upload.open:
            return xml(404, "NoSuchUpload")(request, lambda: httpx.Response(500))
        assert request.headers["Content-Length"] == str(len(content))
        assert "Transfer-Encoding" not in request.headers
        self.sent_parts.append(number)
        declared = base64.b64decode(request.headers["x-amz-checksum-sha256"])
        if self.sees_checksums and hashlib.sha256(content).digest() != declared:
            return xml(400, "BadDigest")(request, lambda: httpx.Response(500))
        upload.parts[number] = content
        return httpx.Response(200)

    def _form(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Content-Length"] == str(len(request.content))
        fields = form_fields(request)
        assert list(fields)[-1] == "file"
        self.uploads[fields["key"].decode()].staged = fields["file"]
        return httpx.Response(201)

    def _get(self, request: httpx.Request, file_id: str) -> httpx.Response:
        content = self.contents[file_id]
        start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if start == 0:
            return httpx.Response(200, stream=Whole(content))
        if start >= len(content):
            return xml(416, "InvalidRange")(request, lambda: httpx.Response(500))
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        return httpx.Response(206, stream=Whole(content[start:]), headers=headers)

    @staticmethod
    def _refuse(status: int, code: str, *, retryable: bool = False) -> httpx.Response:
        return httpx.Response(status, json={"code": code, "detail": code, "retryable": retryable})


def form_fields(request: httpx.Request) -> dict[str, bytes]:
    """A multipart/form-data body taken apart."""
    boundary = request.headers["Content-Type"].partition("boundary=")[2].encode()
    first, *fields, end = request.content.split(b"--" + boundary)
    assert (first, end) == (b"", b"--\r\n")
    found = {}
    for one in fields:
        head, _, value = one.partition(b"\r\n\r\n")
        found[re.search(rb' name="([^"]+)"', head)[1].decode()] = value.removesuffix(b"\r\n")  # type: ignore[index]
    return found


class Whole(httpx.SyncByteStream):
    """A body that comes as a stream."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content


class Broken(httpx.SyncByteStream):
    """A body that ends in the middle."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        raise httpx.ReadError("reset")
