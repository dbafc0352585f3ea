"""What Terraform makes in AWS, made in the emulator: buckets, table, user pool, client, people, and the API's key."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3

from .emulator import REGION
from .processes import clean_environment

STAGING, VAULT, TABLE = "vestibule-local-staging", "vestibule-local-vault", "vestibule-local"
PASSWORD = "Vestibule-demo-1"  # of the people in an emulator on loopback, which is gone when it stops


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who can sign in."""

    email: str
    password: str
    sub: str


@dataclass(frozen=True, slots=True)
class Stack:
    """What was made, and how to reach it. `environment` is what the API runs with."""

    endpoint: str
    pool_id: str
    client_id: str
    seller: Person
    stranger: Person
    environment: dict[str, str]

    @property
    def jwks_url(self) -> str:
        """Where the pool publishes the keys its tokens are signed with."""
        return f"{self.endpoint}/{self.pool_id}/.well-known/jwks.json"

    def client(self, service: str, **more: Any) -> Any:
        """A boto3 client with the emulator's root key, for the bootstrap and for tests that look behind the API."""
        make: Callable[..., Any] = boto3.client  # its stubs want a literal name
        return make(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            **more,
        )


def bootstrap(endpoint: str, origin: str) -> Stack:
    """Make everything the API needs, for a page served from `origin`."""
    blank = Stack(endpoint, "", "", Person("", "", ""), Person("", "", ""), {})
    _make_buckets(blank.client("s3"), origin)
    pool_arn, client_id = _make_pool(blank.client("cognito-idp"))
    pool_id = pool_arn.partition("/")[2]
    key_id, secret = _make_api_key(blank.client("iam"))
    environment = clean_environment() | {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
        "VESTIBULE_TABLE": TABLE,
        "VESTIBULE_STAGING_BUCKET": STAGING,
        "VESTIBULE_VAULT_BUCKET": VAULT,
        "VESTIBULE_USER_POOL_ARN": pool_arn,
        "VESTIBULE_USER_POOL_CLIENT_ID": client_id,
        "VESTIBULE_ALLOWED_ORIGIN": origin,
        "VESTIBULE_S3_ADDRESSING_STYLE": "path",
    }
    _make_table(environment)
    cognito = blank.client("cognito-idp")
    return Stack(
        endpoint,
        pool_id,
        client_id,
        _make_person(cognito, pool_id, "demo@vestibule.example"),
        _make_person(cognito, pool_id, "stranger@vestibule.example"),
        environment,
    )


def sign_in(stack: Stack, person: Person) -> dict[str, str]:
    """Sign a person in; returns Cognito's tokens: IdToken, AccessToken, RefreshToken."""
    answer = stack.client("cognito-idp").initiate_auth(
        ClientId=stack.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person.email, "PASSWORD": person.password},
    )
    tokens: dict[str, str] = answer["AuthenticationResult"]
    return tokens


def _make_buckets(s3: Any, origin: str) -> None:
    for bucket in (STAGING, VAULT):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_cors(Bucket=STAGING, CORSConfiguration={"CORSRules": [_cors(origin, "POST")]})
    s3.put_bucket_cors(Bucket=VAULT, CORSConfiguration={"CORSRules": [_cors(origin, "GET", "PUT")]})


def _cors(origin: str, *methods: str) -> dict[str, Any]:
    return {
        "AllowedOrigins": [origin],
        "AllowedMethods": list(methods),
        "AllowedHeaders": ["content-type", "x-amz-*"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 3000,
    }


def _make_table(environment: dict[str, str]) -> None:
    """By PynamoDB, from the rows as the service declares them, in a process with the API's settings."""
    program = "from chalicelib.models import Row; Row.create_table(wait=True)"
    root = environment | {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}  # the API's key may not do it
    subprocess.run([sys.executable, "-c", program], env=root, check=True)


def _make_pool(cognito: Any) -> tuple[str, str]:
    pool = cognito.create_user_pool(
        PoolName="vestibule-local",
        UsernameAttributes=["email"],
        Policies={"PasswordPolicy": {"MinimumLength": 12}},
    )["UserPool"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool["Id"],
        ClientName="shop",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]
    return pool["Arn"], client["ClientId"]


def _make_person(cognito: Any, pool_id: str, email: str) -> Person:
    attributes = cognito.admin_create_user(
        UserPoolId=pool_id,
        Username=email,
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        MessageAction="SUPPRESS",
    )["User"]["Attributes"]
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=email, Password=PASSWORD, Permanent=True)
    return Person(email, PASSWORD, next(item["Value"] for item in attributes if item["Name"] == "sub"))


def _make_api_key(iam: Any) -> tuple[str, str]:
    """A key that may do exactly what the API's role may do in AWS: signatures and permissions are enforced here too."""
    iam.create_user(UserName="vestibule-api")
    iam.put_user_policy(
        UserName="vestibule-api", PolicyName="least-privilege", PolicyDocument=json.dumps(_api_policy())
    )
    key = iam.create_access_key(UserName="vestibule-api")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def _api_policy() -> dict[str, Any]:
    table = f"arn:aws:dynamodb:{REGION}:*:table/{TABLE}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "dynamodb:BatchGetItem",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                    "dynamodb:Query",
                ],
                "Resource": [table, f"{table}/index/owner-index"],
            },
            # Without ListBucket S3 answers 403 instead of 404 for an object that is not there.
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [f"arn:aws:s3:::{STAGING}"]},
            {
                "Effect": "Allow",
                "Action": [
                    "s3:PutObject",
                    "s3:GetObject",
                    "s3:GetObjectVersion",
                    "s3:DeleteObject",
                    "s3:DeleteObjectVersion",
                ],
                "Resource": [f"arn:aws:s3:::{STAGING}/u/*"],
            },
            {
                "Effect": "Allow",
                "Action": ["s3:PutObject", "s3:GetObject"],
                "Resource": [f"arn:aws:s3:::{VAULT}/images/*", f"arn:aws:s3:::{VAULT}/deliverables/*"],
            },
        ],
    }
