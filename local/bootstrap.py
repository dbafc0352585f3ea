"""What Terraform makes in AWS, made in the emulator: buckets, events, table, user pool, client, people, and keys."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3

from .buckets import MEDIA, STAGING, VAULT, make_buckets, make_events
from .emulator import REGION
from .permissions import TABLE, api_key, background_key
from .processes import clean_environment

ROOT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
PASSWORD = "Vestibule-demo-1"  # of the people in an emulator on loopback, which is gone when it stops


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who can sign in."""

    email: str
    password: str
    sub: str


@dataclass(frozen=True, slots=True)
class Stack:
    """What was made, and how to reach it.

    The API runs with `environment`, the background functions with `background`: the same, but for the key.
    """

    endpoint: str
    pool_id: str
    client_id: str
    seller: Person
    stranger: Person
    events_url: str
    environment: dict[str, str]
    background: dict[str, str]

    @property
    def jwks_url(self) -> str:
        """Where the pool publishes the keys its tokens are signed with."""
        return f"{self.endpoint}/{self.pool_id}/.well-known/jwks.json"

    def client(self, service: str, **more: Any) -> Any:
        """A client for the bootstrap, and for tests that look behind the API."""
        return root_client(self.endpoint, service, **more)


def root_client(endpoint: str, service: str, **more: Any) -> Any:
    """A boto3 client with the emulator's root key, which may do anything."""
    make: Callable[..., Any] = boto3.client  # its stubs want a literal name
    return make(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ROOT["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ROOT["AWS_SECRET_ACCESS_KEY"],
        **more,
    )


def bootstrap(endpoint: str, origin: str, s3_endpoint: str | None = None) -> Stack:
    """Make everything the service needs, for a page served from `origin`; the API may find S3 elsewhere."""
    s3, cognito, iam = (root_client(endpoint, service) for service in ("s3", "cognito-idp", "iam"))
    make_buckets(s3, origin)
    events_url = make_events(s3, root_client(endpoint, "sqs"))
    pool_arn, client_id = _make_pool(cognito)
    pool_id = pool_arn.partition("/")[2]
    shared = clean_environment() | {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "VESTIBULE_TABLE": TABLE,
        "VESTIBULE_STAGING_BUCKET": STAGING,
        "VESTIBULE_VAULT_BUCKET": VAULT,
        "VESTIBULE_MEDIA_BUCKET": MEDIA,
        "VESTIBULE_MEDIA_URL": f"{endpoint}/{MEDIA}",
        "VESTIBULE_USER_POOL_ARN": pool_arn,
        "VESTIBULE_USER_POOL_CLIENT_ID": client_id,
        "VESTIBULE_ALLOWED_ORIGIN": origin,
        "VESTIBULE_S3_ADDRESSING_STYLE": "path",
    }
    _make_table(shared | ROOT)  # no other key may
    return Stack(
        endpoint,
        pool_id,
        client_id,
        make_person(cognito, pool_id, "demo@vestibule.example"),
        make_person(cognito, pool_id, "stranger@vestibule.example"),
        events_url,
        shared | api_key(iam) | ({} if s3_endpoint is None else {"AWS_ENDPOINT_URL_S3": s3_endpoint}),
        shared | background_key(iam),
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


def _make_table(environment: dict[str, str]) -> None:
    """By PynamoDB, from the rows as the service declares them, in a process with the service's settings."""
    program = "from chalicelib.rows import Row; Row.create_table(wait=True)"
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


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


def make_person(cognito: Any, pool_id: str, email: str) -> Person:
    """Somebody new in the pool, who can sign in."""
    attributes = cognito.admin_create_user(
        UserPoolId=pool_id,
        Username=email,
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        MessageAction="SUPPRESS",
    )["User"]["Attributes"]
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=email, Password=PASSWORD, Permanent=True)
    return Person(email, PASSWORD, next(item["Value"] for item in attributes if item["Name"] == "sub"))
