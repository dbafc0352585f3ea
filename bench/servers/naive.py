"""The same three steps as one writes them first: Chalice, boto3's clients as they come, a row for each upload.

It keeps what the service promises (size and type are as declared, the bytes are looked at, the file is moved and
recorded once), with a call for each thought: PutItem to issue; HEAD, GET, COPY, DELETE and a transaction to confirm.
"""

import os
import time
import uuid
from typing import Any

import boto3
from chalice.app import BadRequestError, Chalice, ConflictError, NotFoundError, Response

INCOMING, KEPT, TABLE = os.environ["BUCKET"], os.environ["KEPT_BUCKET"], os.environ["TABLE"]
MAX_BYTES = 20 * 1024**2
LIFETIME_SECONDS = 900
MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}

app = Chalice(app_name="naive")
s3 = boto3.client("s3")
dynamodb = boto3.client("dynamodb")


@app.route("/health")
def health() -> dict[str, str]:
    """It is there."""
    return {}


@app.route("/products/{product}/uploads", methods=["POST"])
def issue(product: str) -> Response:
    """Step 1: check what is declared, write the row, sign the form."""
    said, owner, upload = _body(), _owner(), uuid.uuid4().hex
    if said["content_type"] not in MAGIC or not 0 < said["size"] <= MAX_BYTES:
        raise BadRequestError("not an image of at most 20 MiB")
    key = f"{owner}/{product}/{upload}"
    row = {
        "pk": {"S": product},
        "sk": {"S": f"upload#{upload}"},
        "owner": {"S": owner},
        "state": {"S": "pending"},
        "key": {"S": key},
        "filename": {"S": said["filename"]},
        "content_type": {"S": said["content_type"]},
        "size": {"N": str(said["size"])},
        "created_at": {"N": str(int(time.time()))},
    }
    dynamodb.put_item(TableName=TABLE, Item=row, ConditionExpression="attribute_not_exists(pk)")
    fields = {"Content-Type": said["content_type"], "success_action_status": "201"}
    form = s3.generate_presigned_post(
        INCOMING,
        key,
        Fields=dict(fields),
        Conditions=[
            *({name: value} for name, value in fields.items()),
            ["content-length-range", said["size"], said["size"]],
        ],
        ExpiresIn=LIFETIME_SECONDS,
    )
    # The client declares it again at confirm, which saves this design a read of its row that it could well want.
    return Response({"id": upload, **form}, status_code=201)


@app.route("/products/{product}/uploads/{upload}/confirm", methods=["POST"])
def confirm(product: str, upload: str) -> Response:
    """Step 3: look at the object, move it, and record both."""
    said, owner = _body(), _owner()
    key = f"{owner}/{product}/{upload}"
    try:
        head = s3.head_object(Bucket=INCOMING, Key=key)
    except s3.exceptions.ClientError:
        raise NotFoundError("it has not arrived") from None
    if head["ContentLength"] != said["size"] or head["ContentType"] != said["content_type"]:
        raise BadRequestError("not what was declared")
    first = s3.get_object(Bucket=INCOMING, Key=key, Range="bytes=0-65535")["Body"].read()
    if not first.startswith(MAGIC[said["content_type"]]):
        raise BadRequestError("not of the declared type")
    s3.copy_object(Bucket=KEPT, Key=key, CopySource={"Bucket": INCOMING, "Key": key}, CopySourceIfMatch=head["ETag"])
    s3.delete_object(Bucket=INCOMING, Key=key)
    try:
        dynamodb.transact_write_items(TransactItems=_record(product, upload, owner, key))
    except dynamodb.exceptions.TransactionCanceledException:
        raise ConflictError("it was confirmed before") from None
    return Response({"id": upload, "state": "live"}, status_code=201)


def _record(product: str, upload: str, owner: str, key: str) -> list[dict[str, Any]]:
    """The upload's row becomes live, and a row for the file of the product is written."""
    return [
        {
            "Update": {
                "TableName": TABLE,
                "Key": {"pk": {"S": product}, "sk": {"S": f"upload#{upload}"}},
                "UpdateExpression": "SET #state = :live",
                "ConditionExpression": "#state = :pending AND #owner = :owner",
                "ExpressionAttributeNames": {"#state": "state", "#owner": "owner"},
                "ExpressionAttributeValues": {
                    ":live": {"S": "live"},
                    ":pending": {"S": "pending"},
                    ":owner": {"S": owner},
                },
            }
        },
        {
            "Put": {
                "TableName": TABLE,
                "Item": {"pk": {"S": product}, "sk": {"S": f"file#{upload}"}, "owner": {"S": owner}, "key": {"S": key}},
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        },
    ]


def _body() -> Any:
    assert app.current_request is not None
    return app.current_request.json_body


def _owner() -> str:
    assert app.current_request is not None
    return str(app.current_request.context["authorizer"]["claims"]["sub"])
