"""The three buckets in the emulator, and the queue through which the vault tells what has come in."""

import json
from typing import Any

from .emulator import REGION

STAGING, VAULT, MEDIA = "vestibule-local-staging", "vestibule-local-vault", "vestibule-local-media"
EVENTS = "vestibule-local-events"
INVISIBLE_SECONDS = 120
"""How long an event is nobody else's once the pump has it: longer than `render` may take."""


def make_buckets(s3: Any, origin: str) -> None:
    """Make the buckets, for a page served from `origin`."""
    for bucket in (STAGING, VAULT, MEDIA):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for bucket in (STAGING, VAULT):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for bucket, methods in ((STAGING, ["POST"]), (VAULT, ["GET", "PUT"]), (MEDIA, ["GET"])):
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [_cors(origin, methods)]})
    # In AWS only the CDN reads this bucket, and everybody reads the CDN. There is none here.
    everybody_reads = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{MEDIA}/*",
    }
    s3.delete_public_access_block(Bucket=MEDIA)
    s3.put_bucket_policy(Bucket=MEDIA, Policy=_policy(everybody_reads))


def make_events(s3: Any, sqs: Any) -> str:
    """Have the vault tell a queue of every image that comes in; returns the queue's URL.

    In AWS S3 hands its events to Lambda, which keeps them in a queue of its own until the function has done its part.
    """
    attributes = {"VisibilityTimeout": str(INVISIBLE_SECONDS)}
    url: str = sqs.create_queue(QueueName=EVENTS, Attributes=attributes)["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    only_the_vault = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{VAULT}"}},
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _policy(only_the_vault)})
    images_only = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "images/"}]}}
    created = {"QueueArn": queue, "Events": ["s3:ObjectCreated:*"], "Filter": images_only}
    s3.put_bucket_notification_configuration(Bucket=VAULT, NotificationConfiguration={"QueueConfigurations": [created]})
    return url


def _cors(origin: str, methods: list[str]) -> dict[str, Any]:
    return {
        "AllowedOrigins": [origin],
        "AllowedMethods": methods,
        "AllowedHeaders": ["content-type", "x-amz-*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 3000,
    }


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
