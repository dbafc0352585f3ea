"""Answers that servers, gateways and proxies give when something is wrong."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from .kinds import FROM_DYNAMODB, FROM_S3, Fault, Place

RETRY_AFTER_SECONDS = 1
NOISE = bytes(range(128, 256)) * 4


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    content_type: str
    body: bytes
    retry_after: int | None = None

    def encode(self, *, close: bool = False, to_head: bool = False) -> bytes:
        """As it goes over the wire; `to_head`: without the body whose length it tells."""
        headers = [
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
        ]
        if self.retry_after is not None:
            headers.append(f"Retry-After: {self.retry_after}")
        if close:
            headers.append("Connection: close")
        return "\r\n".join([*headers, "", ""]).encode() + (b"" if to_head else self.body)


def _page(status: int) -> Answer:
    title = f"{status} {HTTPStatus(status).phrase}"
    text = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>\r\n"
    return Answer(status, "text/html", text.encode())


def _xml(status: int, code: str, message: str) -> Answer:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>"
    )
    return Answer(status, "application/xml", text.encode())


def _problem(status: int, code: str, detail: str, *, retryable: bool) -> Answer:
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "message": detail,
        "retryable": retryable,
        "request_id": "00000000-0000-4000-8000-000000000000",
        "errors": [],
    }
    retry_after = RETRY_AFTER_SECONDS if retryable else None
    return Answer(status, "application/problem+json", json.dumps(problem).encode(), retry_after)


_THROTTLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "message": "The level of configured provisioned throughput for the table was exceeded.",
}

_FOR_EVERYBODY = {
    Fault.PORTAL: Answer(200, "text/html", b"<html><body>Welcome to the hotel. Please sign in.</body></html>"),
    Fault.BAD_GATEWAY: _page(502),
    Fault.GATEWAY_TIMEOUT_AFTER: _page(504),
}
_OF_S3 = {
    Fault.INTERNAL_ERROR: _xml(500, "InternalError", "We encountered an internal error. Please try again."),
    Fault.UNAVAILABLE: _xml(503, "SlowDown", "Please reduce your request rate."),
    Fault.TURNED_AWAY: _xml(503, "SlowDown", "Please reduce your request rate."),
    Fault.SKEWED: _xml(
        403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."
    ),
    Fault.EXPIRED: _xml(403, "AccessDenied", "Request has expired"),
    Fault.READ_TIMEOUT: _xml(
        400, "RequestTimeout", "Your socket connection to the server was not read from within the timeout period."
    ),
    Fault.CORRUPTED: _xml(400, "BadDigest", "The SHA256 you specified did not match the calculated checksum."),
}
_OF_API = {
    Fault.INTERNAL_ERROR: _problem(500, "internal_error", "Something went wrong here.", retryable=False),
    Fault.UNAVAILABLE: _problem(503, "storage_unavailable", "Storage is busy: repeat it.", retryable=True),
    Fault.RATE_LIMITED: _problem(429, "rate_limited", "Too many requests: repeat it later.", retryable=True),
    Fault.UNAUTHENTICATED: _problem(401, "unauthenticated", "The token has expired: sign in.", retryable=False),
}
_OF_DYNAMODB = {Fault.UNAVAILABLE: Answer(400, "application/x-amz-json-1.0", json.dumps(_THROTTLED).encode())}


def canned(fault: Fault, position: Place) -> Answer | None:
    """The answer that stands for this fault there, if it is one that is answered without the server."""
    own = _OF_S3 if position in FROM_S3 else _OF_DYNAMODB if position in FROM_DYNAMODB else _OF_API
    return (_FOR_EVERYBODY | own).get(fault)
