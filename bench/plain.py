"""boto3's clients with the service's own limits: what its own are measured beside."""

from typing import Any

import boto3
from botocore.config import Config

from chalicelib import rows, storage
from chalicelib.aws.client import Limits
from chalicelib.settings import settings


def options(limits: Limits) -> dict[str, Any]:
    """The limits as botocore's configuration takes them."""
    return {
        "connect_timeout": limits.connect_timeout,
        "read_timeout": limits.read_timeout,
        "retries": {"total_max_attempts": limits.attempts, "mode": "standard"},
    }


S3_OPTIONS: dict[str, Any] = options(storage.LIMITS) | {"signature_version": "s3v4"}
DYNAMODB_OPTIONS = options(rows.LIMITS)

s3 = boto3.client("s3", region_name=settings.region, config=Config(**S3_OPTIONS))
dynamodb = boto3.client("dynamodb", region_name=settings.region, config=Config(**DYNAMODB_OPTIONS))
