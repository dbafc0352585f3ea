"""Two keys that may do exactly what the roles may do in AWS: signatures and permissions are enforced here too."""

import json
from typing import Any

from .buckets import MEDIA, STAGING, VAULT
from .emulator import REGION

TABLE = "vestibule-local"
_TABLE_ARN = f"arn:aws:dynamodb:{REGION}:*:table/{TABLE}"
_VAULT_OBJECTS = [f"arn:aws:s3:::{VAULT}/images/*", f"arn:aws:s3:::{VAULT}/deliverables/*"]

Statement = dict[str, Any]
Credentials = dict[str, str]


def api_key(iam: Any) -> Credentials:
    """Make the API's key; returns the environment variables that hold it."""
    return _make_key(
        iam,
        "vestibule-api",
        _allow(
            ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"],
            [_TABLE_ARN, f"{_TABLE_ARN}/index/owner-index"],
        ),
        # Without ListBucket S3 answers 403 instead of 404 for an object that is not there.
        _allow(["s3:ListBucket"], [f"arn:aws:s3:::{STAGING}"]),
        _allow(
            ["s3:PutObject", "s3:GetObject", "s3:GetObjectVersion", "s3:DeleteObject"],
            [f"arn:aws:s3:::{STAGING}/u/*"],
        ),
        _allow(["s3:PutObject", "s3:DeleteObject"], [f"arn:aws:s3:::{STAGING}/m/*"]),
        _allow(["s3:PutObject", "s3:GetObject"], _VAULT_OBJECTS),
        _allow(["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], [f"arn:aws:s3:::{VAULT}/deliverables/*"]),
    )


def background_key(iam: Any) -> Credentials:
    """Make the key of `render` and `sweep`; in AWS each has a role of its own, and `render` may do less."""
    return _make_key(
        iam,
        "vestibule-background",
        _allow(
            [
                "dynamodb:BatchGetItem",
                "dynamodb:DeleteItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ],
            [_TABLE_ARN],
        ),
        _allow(["s3:ListBucket", "s3:ListBucketMultipartUploads"], [f"arn:aws:s3:::{VAULT}"]),
        _allow(["s3:GetObject"], [f"arn:aws:s3:::{VAULT}/images/*"]),
        _allow(["s3:DeleteObject", "s3:AbortMultipartUpload"], _VAULT_OBJECTS),
        _allow(["s3:ListBucket"], [f"arn:aws:s3:::{MEDIA}"]),
        _allow(["s3:PutObject", "s3:DeleteObject"], [f"arn:aws:s3:::{MEDIA}/*"]),
    )


def _allow(actions: list[str], resources: list[str]) -> Statement:
    return {"Effect": "Allow", "Action": actions, "Resource": resources}


def _make_key(iam: Any, user: str, *statements: Statement) -> Credentials:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="least-privilege", PolicyDocument=policy)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
