"""Bucket policies and lifecycle rules, as they were applied."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import httpx
import pytest

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


def test_each_refusal_of_the_buckets_stands_alone(applied: Applied, colleague: Any) -> None:
    """A request that the statement refuses, and that goes through when only that statement is gone."""
    seller = Seller(applied, "buckets@shop.example")
    product = seller.call("POST", "/products", {"title": "x"}).json()["id"]
    host = {"Host": applied.endpoint.removeprefix("http://")}

    def send_without_tls() -> bool:
        form = seller.call("POST", f"/products/{product}/images/uploads", upload_request(PNG)).json()
        url = form["url"].replace(applied.endpoint, applied.behind_tls)
        return httpx.post(url, data=form["fields"], files={"file": ("f", PNG)}, headers=host).status_code == 201

    def write_as_a_colleague() -> bool:
        try:
            colleague.put_object(Bucket=applied.outputs["buckets"]["staging"], Key="u/x", Body=b"")
        except colleague.exceptions.ClientError:
            return False
        return True

    requests: dict[str, Callable[[], bool]] = {
        "OnlyTLS": send_without_tls,
        "OnlyTheIssuerWrites": write_as_a_colleague,
    }
    for sid, goes_through in requests.items():
        assert not goes_through(), sid
        with without(applied, "staging", sid):
            assert goes_through(), sid
        assert not goes_through(), sid
    seller.http.close()


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
