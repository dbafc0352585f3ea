"""Bucket policies and lifecycle rules, as they were applied."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from local.emulator import REGION
from tests.e2e.conftest import STAGE, Applied
from tests.e2e.test_stack import Seller
from tests.lifecycle.test_model import STAGING_CHECKS, VAULT_CHECKS, failing
from tests.samples import image, upload_request

PNG = image("image/png")
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


def policy_of(applied: Applied, bucket: str) -> dict[str, Any]:
    document = applied.client("s3").get_bucket_policy(Bucket=applied.outputs["buckets"][bucket])["Policy"]
    policy: dict[str, Any] = json.loads(document)
    return policy


@contextmanager
def without(applied: Applied, bucket: str, sid: str) -> Iterator[None]:
    """The bucket's policy without one statement."""
    s3, name, policy = applied.client("s3"), applied.outputs["buckets"][bucket], policy_of(applied, bucket)
    kept = [statement for statement in policy["Statement"] if statement["Sid"] != sid]
    assert len(kept) == len(policy["Statement"]) - 1
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({**policy, "Statement": kept}))
    try:
        yield
    finally:
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))


@pytest.fixture(scope="module")
def colleague(applied: Applied) -> Any:
    """S3 for another user of the account, whose own policy allows everything."""
    iam = applied.client("iam")
    iam.create_user(UserName="colleague")
    iam.put_user_policy(UserName="colleague", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    key = iam.create_access_key(UserName="colleague")["AccessKey"]
    yield boto3.client(
        "s3",
        endpoint_url=applied.endpoint,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    iam.delete_access_key(UserName="colleague", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="colleague", PolicyName="all")
    iam.delete_user(UserName="colleague")


def allowed(request: Callable[[], Any]) -> bool:
    """Whether S3 does what it is asked for."""
    try:
        request()
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


@contextmanager
def role(applied: Applied, function: str) -> Iterator[Any]:
    """S3 for the role of a function, as if its own policy allowed everything."""
    iam, name = applied.client("iam"), f"vestibule-{STAGE}-{function}"
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    arn = iam.get_role(RoleName=name)["Role"]["Arn"]
    key = applied.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    try:
        yield boto3.client(
            "s3",
            endpoint_url=applied.endpoint,
            region_name=REGION,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key["SessionToken"],
        )
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="all")


def stands_alone(applied: Applied, bucket: str, sid: str, goes_through: Callable[[], bool]) -> None:
    """The statement refuses the request, which goes through when only that statement is gone."""
    assert not goes_through(), sid
    with without(applied, bucket, sid):
        assert goes_through(), sid
    assert not goes_through(), sid


def test_each_refusal_of_staging_stands_alone(applied: Applied, colleague: Any) -> None:
    seller = Seller(applied, "buckets@shop.example")
    product = seller.call("POST", "/products", {"title": "x"}).json()["id"]
    host = {"Host": applied.endpoint.removeprefix("http://")}
    staging = applied.outputs["buckets"]["staging"]

    def send_without_tls() -> bool:
        form = seller.call("POST", f"/products/{product}/images/uploads", upload_request(PNG)).json()
        url = form["url"].replace(applied.endpoint, applied.behind_tls)
        return httpx.post(url, data=form["fields"], files={"file": ("f", PNG)}, headers=host).status_code == 201

    def write_as_a_colleague() -> bool:
        return allowed(lambda: colleague.put_object(Bucket=staging, Key="u/x", Body=b""))

    stands_alone(applied, "staging", "OnlyTLS", send_without_tls)
    stands_alone(applied, "staging", "OnlyTheIssuerWrites", write_as_a_colleague)
    seller.http.close()


def test_only_the_renderers_publish(applied: Applied, colleague: Any) -> None:
    media = applied.outputs["buckets"]["media"]

    def publish(s3: Any) -> bool:
        return allowed(lambda: s3.put_object(Bucket=media, Key="x/y/320.webp", Body=b""))

    stands_alone(applied, "media", "OnlyRenderersWrite", lambda: publish(colleague))
    with role(applied, "api") as api:
        stands_alone(applied, "media", "OnlyRenderersWrite", lambda: publish(api))
    for function in ("render", "sweep"):
        with role(applied, function) as s3:
            assert publish(s3)
    assert allowed(lambda: colleague.delete_object(Bucket=media, Key="x/y/320.webp")), "destroy must be able to"


@pytest.mark.parametrize("function", ["api", "render"])
def test_what_was_admitted_is_deleted_by_the_sweep_alone(applied: Applied, colleague: Any, function: str) -> None:
    vault = applied.outputs["buckets"]["vault"]
    root = applied.client("s3")

    def put() -> str:
        return str(root.put_object(Bucket=vault, Key="deliverables/x", Body=b"")["VersionId"])

    def delete(s3: Any) -> bool:
        return allowed(lambda: s3.delete_object(Bucket=vault, Key="deliverables/x"))

    def delete_version(s3: Any, version: str) -> bool:
        return allowed(lambda: s3.delete_object(Bucket=vault, Key="deliverables/x", VersionId=version))

    version = put()
    with role(applied, function) as s3:
        stands_alone(applied, "vault", "NeitherAPINorRenderDeletes", lambda: delete(s3))
        stands_alone(applied, "vault", "NeitherAPINorRenderDeletes", lambda: delete_version(s3, version))
    version = put()
    with role(applied, "sweep") as s3:
        assert delete(s3)
    assert delete_version(colleague, version), "destroy must be able to"


@pytest.mark.parametrize(
    ("bucket", "sid", "action", "resource", "condition"),
    [
        (bucket, "NoOldSignatures", "s3:*", "/*", {"NumericGreaterThan": {"s3:signatureAge": "960000"}})
        for bucket in ("staging", "vault", "media")
    ]
    + [
        (bucket, "NoClientKeys", "s3:PutObject", "/*", {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}})
        for bucket in ("staging", "vault", "media")
    ]
    + [("vault", "NoSignedWritesOfImages", "s3:PutObject", "/images/*", {"StringEquals": {"s3:authType": ["REST-QUERY-STRING", "POST"]}})],
)  # fmt: skip
def test_refusals_that_no_emulator_knows_are_written_down(
    applied: Applied, bucket: str, sid: str, action: str, resource: str, condition: dict[str, Any]
) -> None:
    (statement,) = [found for found in policy_of(applied, bucket)["Statement"] if found["Sid"] == sid]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] in ("*", {"AWS": "*"})
    assert statement["Action"] == action
    assert statement["Resource"] == f"arn:aws:s3:::{applied.outputs['buckets'][bucket]}{resource}"
    assert {
        test: {key: _sorted(value) for key, value in keys.items()} for test, keys in statement["Condition"].items()
    } == {test: {key: _sorted(value) for key, value in keys.items()} for test, keys in condition.items()}


def _sorted(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


@pytest.mark.parametrize(("bucket", "checks"), [("staging", STAGING_CHECKS), ("vault", VAULT_CHECKS)])
def test_the_lifecycle_that_was_applied_keeps_what_it_promises(applied: Applied, bucket: str, checks: Any) -> None:
    name = applied.outputs["buckets"][bucket]
    assert name == f"vestibule-{STAGE}-{bucket}-000000000000"
    configuration = applied.client("s3").get_bucket_lifecycle_configuration(Bucket=name)
    assert failing(checks, configuration) == set()


def test_every_bucket_is_private_and_encrypted(applied: Applied) -> None:
    s3 = applied.client("s3")
    for role, name in applied.outputs["buckets"].items():
        closed = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        assert all(closed.values()), role
        (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        (ownership,) = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
        assert ownership["ObjectOwnership"] == "BucketOwnerEnforced"
