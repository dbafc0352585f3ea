"""How S3 says no."""

from typing import Any

from botocore.exceptions import ClientError


def s3_refusal(operation: str, status: int, code: str, is_hidden: bool = False) -> ClientError:
    headers = {"x-amz-delete-marker": "true"} if is_hidden else {}
    metadata: Any = {"HTTPStatusCode": status, "HTTPHeaders": headers}
    return ClientError({"Error": {"Code": code, "Message": ""}, "ResponseMetadata": metadata}, operation)
