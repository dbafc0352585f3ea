"""What no service of this kind can do without, each in a Chalice view: nothing at all, a form by boto3, a form by hand.

The forms have the fields that the service's own have; nobody is asked, nothing is checked.
"""

import base64
import hashlib
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from chalice.app import Chalice

BUCKET, ENDPOINT, REGION = os.environ["BUCKET"], os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
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
signing_keys: dict[str, bytes] = {}


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
    signature = hmac.new(_signing_key(day), policy, hashlib.sha256).hexdigest()
    del fields["bucket"]  # the URL has it
    return {
        "url": f"{ENDPOINT}/{BUCKET}",
        "fields": fields | {"policy": policy.decode(), "x-amz-signature": signature},
    }


def _signing_key(day: str) -> bytes:
    if day not in signing_keys:
        key = f"AWS4{SECRET}".encode()
        for part in (day, REGION, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        signing_keys[day] = key
    return signing_keys[day]
