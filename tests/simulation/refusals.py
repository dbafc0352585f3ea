"""How S3 and DynamoDB say no."""

from typing import Any

from botocore.exceptions import ClientError


def refusal(operation: str, status: int, code: str, *, is_hidden: bool = False, **more: Any) -> ClientError:
    """`is_hidden`: S3 tells of the delete marker that lies over an object. `more` stands beside the error."""
    headers = {"x-amz-delete-marker": "true"} if is_hidden else {}
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": headers}
    told: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": metadata} | more
    return ClientError(told, operation)
