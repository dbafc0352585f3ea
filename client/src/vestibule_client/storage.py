"""S3, as a client without credentials uses it: signed URLs and forms, bytes streamed with their length said before."""

import contextlib
import secrets
from collections.abc import Iterable, Iterator, Mapping

import httpx

from .http import named_failures
from .problems import Unreachable
from .refusals import storage_refusal

CREATED = 201
OK = 200
PARTIAL = 206


class Storage:
    """Sends and fetches. Nothing is tried again here.

    Raises, each call:
        StorageRefused: S3 refuses.
        Unreachable: the line broke, or what answered is not S3.
    """

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def put_part(self, url: str, headers: Mapping[str, str], size: int, pieces: Iterable[bytes]) -> None:
        """PUT one part of `size` bytes."""
        self._send("PUT", url, {**headers, "Content-Length": str(size)}, pieces, OK)

    def post_form(self, url: str, fields: Mapping[str, str], size: int, pieces: Iterable[bytes]) -> None:
        """POST a form: all fields, then the file of `size` bytes as the last one."""
        boundary = secrets.token_hex(16)
        before, after = _frame(fields, boundary)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(before) + size + len(after)),
        }
        self._send("POST", url, headers, _framed(before, pieces, after), CREATED)

    @contextlib.contextmanager
    def get(self, url: str, start: int = 0) -> Iterator[httpx.Response]:
        """GET an object from byte `start` on; the body is still to be read."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        with named_failures("S3"), self._http.stream("GET", url, headers=headers) as response:
            if response.status_code not in (OK, PARTIAL):
                response.read()
                raise storage_refusal(response)
            yield response

    def _send(self, method: str, url: str, headers: Mapping[str, str], content: Iterable[bytes], wanted: int) -> None:
        with named_failures("S3"):
            response = self._http.request(method, url, headers=headers, content=content)
        if response.is_success and response.status_code != wanted:
            raise Unreachable(f"S3 should answer {wanted}, and something answered {response.status_code}.")
        if response.status_code != wanted:
            raise storage_refusal(response)


def _frame(fields: Mapping[str, str], boundary: str) -> tuple[bytes, bytes]:
    """What stands before and after the file (RFC 7578). Its name travels as a signed field, not here."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = 'Content-Disposition: form-data; name="file"; filename="file"\r\nContent-Type: application/octet-stream'
    parts.append(f"--{boundary}\r\n{head}\r\n\r\n")
    return "".join(parts).encode(), f"\r\n--{boundary}--\r\n".encode()


def _framed(before: bytes, pieces: Iterable[bytes], after: bytes) -> Iterator[bytes]:
    """A small file goes out in one write with its frame."""
    held = before
    for piece in pieces:
        yield held + piece if held else piece
        held = b""
    yield after
