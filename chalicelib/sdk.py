"""The clients of S3 and DynamoDB. They answer as botocore's do, whose stubs say what they take and give."""

import os
from typing import TYPE_CHECKING, Any, cast

from .aws.client import Limits
from .aws.dynamodb import DynamoDB
from .aws.endpoints import dynamodb_address, s3_endpoint
from .aws.s3 import S3
from .settings import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from pynamodb.connection import Connection

s3_location = s3_endpoint(settings.region, os.environ, path_style=settings.s3_addressing_style == "path")


def s3_client(limits: Limits) -> "S3Client":
    """A client of S3."""
    return cast("S3Client", S3(s3_location, settings.region, settings.service, limits))


def connect(connection: "Connection", limits: Limits) -> None:
    """Let PynamoDB call through our client: it has no other way to be given one."""
    address = dynamodb_address(settings.region, os.environ)
    client = DynamoDB(address, settings.region, settings.service, limits)
    connection._client = cast(Any, client)  # noqa: SLF001
