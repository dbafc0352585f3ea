"""What no service of this kind can do without, each in a Chalice view.

Nothing at all; a form by boto3; a form by hand; and the same after the two calls to AWS that step 1 makes, by hand too.
The forms have the fields that the service's own have; nothing is checked, logged or read of what AWS answers.
"""

import base64
import hashlib
import hmac
import json
import os
import socket
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
from chalice.app import Chalice

BUCKET, ENDPOINT, REGION = os.environ["BUCKET"], os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
TABLE, HOST = os.environ["TABLE"], urlsplit(ENDPOINT).netloc
KEY_ID, SECRET = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
LIFETIME = timedelta(minutes=15)
KEY = "u/5d8d78a2-6b88-49c2-a521-b29092234934/01KAJ3J1V7Y0K2T6W1S4R9Q8PD/image/01KAJ3J1V7Y0K2T6W1S4R9Q8PE"
FIELDS = {
    "Content-Type": "image/png",
    "success_action_status": "201",
    "x-amz-meta-owner": "5d8d78a2-6b88-49c2-a521-b29092234934",
    "x-amz-meta-product": "01KAJ3J1V7Y0K2T6W1S4R9Q8PD",
    "x-amz-meta-kind": "image",
    "x-amz-meta-upload": "01KAJ3J1V7Y0K2T6W1S4R9Q8PE",
    "x-amz-meta-size": "100000",
    "x-amz-meta-filename": "cover.png",
}
SIZE = int(FIELDS["x-amz-meta-size"])

app = Chalice(app_name="anchors")
s3 = boto3.client("s3")
signing_keys: dict[tuple[str, str], bytes] = {}
connections: list[socket.socket] = []


@app.route("/health")
@app.route("/empty", methods=["POST"], name="empty")
def empty() -> dict[str, str]:
    """Nothing: what HTTP and Chalice take."""
    return {}


@app.route("/boto3", methods=["POST"])
def by_boto3() -> dict[str, Any]:
    """The form by `generate_presigned_post`."""
    conditions = [*({name: value} for name, value in FIELDS.items()), ["content-length-range", SIZE, SIZE]]
    form: dict[str, Any] = s3.generate_presigned_post(
        BUCKET, KEY, Fields=dict(FIELDS), Conditions=conditions, ExpiresIn=int(LIFETIME.total_seconds())
    )
    return form


@app.route("/by-hand", methods=["POST"])
def by_hand() -> dict[str, Any]:
    """The form by Signature Version 4 and nothing around it: the least that a form can cost in Python."""
    now = datetime.now(UTC)
    day = f"{now:%Y%m%d}"
    fields = FIELDS | {
        "bucket": BUCKET,
        "key": KEY,
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": f"{KEY_ID}/{day}/{REGION}/s3/aws4_request",
        "x-amz-date": f"{now:%Y%m%dT%H%M%SZ}",
    }
    conditions = [*({name: value} for name, value in fields.items()), ["content-length-range", SIZE, SIZE]]
    document = {"expiration": f"{now + LIFETIME:%Y-%m-%dT%H:%M:%SZ}", "conditions": conditions}
    policy = base64.b64encode(json.dumps(document).encode())
    signature = hmac.new(_signing_key(day, "s3"), policy, hashlib.sha256).hexdigest()
    del fields["bucket"]  # the URL has it
    return {
        "url": f"{ENDPOINT}/{BUCKET}",
        "fields": fields | {"policy": policy.decode(), "x-amz-signature": signature},
    }


@app.route("/two-calls", methods=["POST"])
def two_calls() -> dict[str, Any]:
    """Two rows and a list, asked for at once over sockets that are kept, and then the form."""
    try:
        _ask()
    except OSError:  # they were closed while the others were measured
        connections.clear()
        _ask()
    form: dict[str, Any] = by_hand()
    return form


def _ask() -> None:
    if not connections:
        address = urlsplit(ENDPOINT)
        connections.extend(socket.create_connection((str(address.hostname), address.port or 80)) for _ in "12")
        for connection in connections:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    keys = [{"pk": {"S": pk}, "sk": {"S": "product"}} for pk in (FIELDS["x-amz-meta-product"], "O#owner")]
    rows = json.dumps({"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": True}}}).encode()
    told = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.BatchGetItem"}
    query = f"list-type=2&max-keys=50&prefix={quote(KEY.rpartition('/')[0], safe='')}"
    connections[0].sendall(_signed("dynamodb", "POST", "/?", told, rows))
    connections[1].sendall(_signed("s3", "GET", f"/{BUCKET}?{query}", {}, b""))
    for connection in reversed(connections):
        _answer(connection)


def _signed(service: str, method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
    """A request by Signature Version 4."""
    path, _, query = target.partition("?")
    now, digest = datetime.now(UTC), hashlib.sha256(body).hexdigest()
    moment, day = f"{now:%Y%m%dT%H%M%SZ}", f"{now:%Y%m%d}"
    headers = {**headers, "host": HOST, "x-amz-content-sha256": digest, "x-amz-date": moment}
    names = ";".join(sorted(headers))
    canonical = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    asked = hashlib.sha256(f"{method}\n{path}\n{query}\n{canonical}\n{names}\n{digest}".encode()).hexdigest()
    scope = f"{day}/{REGION}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{asked}"
    signature = hmac.digest(_signing_key(day, service), text.encode(), "sha256").hex()
    proof = f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={names}, Signature={signature}"
    headers = {**headers, "authorization": proof, "content-length": str(len(body))}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def _answer(connection: socket.socket) -> bytes:
    """The body of an answer that has a length or chunks."""
    received = _more(connection)
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    assert received.startswith(b"HTTP/1.1 200"), received
    head, _, body = received.partition(b"\r\n\r\n")
    _, found, length = head.lower().partition(b"content-length: ")
    while len(body) < int(length.partition(b"\r\n")[0]) if found else not body.endswith(b"0\r\n\r\n"):
        body += _more(connection)
    return body


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(2**16)
    if not received:
        raise ConnectionResetError
    return received


def _signing_key(day: str, service: str) -> bytes:
    if (day, service) not in signing_keys:
        key = f"AWS4{SECRET}".encode()
        for part in (day, REGION, service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        signing_keys[day, service] = key
    return signing_keys[day, service]
