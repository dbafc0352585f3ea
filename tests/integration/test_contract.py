"""The stores of the simulation answer as the emulator does, with signatures and policies, wherever it is right."""

import json
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.settings import settings
from local.bootstrap import Stack
from local.emulator import REGION
from tests.simulation.contract import known
from tests.simulation.contract.both import Both
from tests.simulation.contract.objects import s3_script
from tests.simulation.contract.rows import key, table_like_ours, table_script
from tests.simulation.contract.script import CONFIG, compare
from tests.simulation.contract.service import service_script
from tests.simulation.environment import simulated
from tests.simulation.interleave import at_random
from tests.simulation.samples import SAMPLED
from tests.simulation.scenarios import EXHAUSTIVE
from tests.simulation.world import World

SCENARIOS = EXHAUSTIVE | SAMPLED
NAME = f"contract-{uuid.uuid4().hex[:8]}"
"""Of a bucket and of tables that the contract's key may use; beside them:"""
OF_THE_SERVICE = (settings.staging_bucket, settings.vault_bucket, settings.media_bucket)
OBJECTS = "AbortMultipartUpload DeleteObject DeleteObjectVersion GetObject GetObjectVersion ListMultipartUploadParts PutObject"
ROWS = "BatchGetItem ConditionCheckItem DeleteItem PutItem Query UpdateItem"

MakeClient = Callable[..., Any]


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[MakeClient]:
    """Makes clients with a key of its own: the emulator does not look at a signature by its root key."""
    buckets, iam = [f"arn:aws:s3:::{bucket}" for bucket in (NAME, *OF_THE_SERVICE)], stack.client("iam")
    allowed = (
        ([f"s3:{action}" for action in OBJECTS.split()], [f"{bucket}/*" for bucket in buckets]),
        (["s3:ListBucket", "s3:ListBucketMultipartUploads"], buckets),
        ([f"dynamodb:{action}" for action in ROWS.split()], [f"arn:aws:dynamodb:{REGION}:*:table/{NAME}*"]),
    )
    statements = [{"Effect": "Allow", "Action": actions, "Resource": resources} for actions, resources in allowed]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.create_user(UserName=NAME)
    iam.put_user_policy(UserName=NAME, PolicyName="contract", PolicyDocument=policy)
    made = iam.create_access_key(UserName=NAME)["AccessKey"]

    def make(service: str, secret: str = made["SecretAccessKey"]) -> Any:
        keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": secret}
        make: Any = boto3.client  # its stubs want a literal name
        return make(service, endpoint_url=stack.endpoint, region_name=REGION, config=CONFIG, **keys)

    yield make
    iam.delete_access_key(UserName=NAME, AccessKeyId=made["AccessKeyId"])
    iam.delete_user_policy(UserName=NAME, PolicyName="contract")
    iam.delete_user(UserName=NAME)


@pytest.fixture
def table(stack: Stack) -> Iterator[str]:
    dynamodb, name = stack.client("dynamodb"), f"{NAME}-{uuid.uuid4().hex[:8]}"
    dynamodb.create_table(**table_like_ours(name))
    yield name
    dynamodb.delete_table(TableName=name)


@pytest.fixture(scope="module")
def bucket(stack: Stack) -> str:
    _make_bucket(stack, NAME)
    return NAME


@pytest.fixture(scope="module")
def buckets_of_the_service(stack: Stack) -> None:
    """As the tests call them; the stack has some of its own."""
    for name in OF_THE_SERVICE:
        _make_bucket(stack, name)


def _make_bucket(stack: Stack, name: str) -> None:
    s3 = stack.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def test_the_buckets_answer_as_the_emulator_does(client: MakeClient, bucket: str) -> None:
    theirs = s3_script(client("s3")._make_api_call, bucket)
    with simulated() as stores:
        ours = s3_script(partial(stores.answer, "s3"), settings.staging_bucket)
    compare(ours, theirs, known.EMULATOR_S3)


@pytest.mark.usefixtures("buckets_of_the_service")
def test_the_service_takes_the_stores_for_what_it_takes_the_emulator_for(client: MakeClient) -> None:
    with simulated() as stores:
        theirs = service_script(client("s3")._make_api_call)
        ours = service_script(partial(stores.answer, "s3"))
    compare(ours, theirs, known.EMULATOR_SERVICE)


def test_the_table_answers_as_the_emulator_does(client: MakeClient, table: str) -> None:
    theirs = table_script(client("dynamodb")._make_api_call, table)
    with simulated() as stores:
        ours = table_script(partial(stores.answer, "dynamodb"), settings.table)
    compare(ours, theirs, known.EMULATOR_TABLE)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_table_answers_every_request_of_the_service_as_the_emulator_does(
    client: MakeClient, table: str, scenario: str
) -> None:
    with simulated() as stores:
        world = World(stores)
        stores.before_call = world.on_call
        stores.table = both = Both(theirs=client("dynamodb"), their_table=table)
        SCENARIOS[scenario](world)
        world.run_actors(at_random(0))
    assert both.compared > 10


def test_the_emulator_looks_at_the_signatures_of_this_key(client: MakeClient, bucket: str, table: str) -> None:
    s3, dynamodb = client("s3", secret="another"), client("dynamodb", secret="another")
    assert _code(s3.put_object, Bucket=bucket, Key="refused", Body=b"") == "SignatureDoesNotMatch"
    assert _code(dynamodb.put_item, TableName=table, Item=key("refused", "1")) == "InvalidSignatureException"


def test_the_emulator_looks_at_what_this_key_may_do(client: MakeClient, stack: Stack) -> None:
    s3, dynamodb, service = client("s3"), client("dynamodb"), stack.environment
    staging, table = service["VESTIBULE_STAGING_BUCKET"], service["VESTIBULE_TABLE"]
    assert _code(s3.put_object, Bucket=staging, Key="refused", Body=b"") == "AccessDenied"
    assert _code(dynamodb.put_item, TableName=table, Item=key("refused", "1")) == "AccessDeniedException"


def _code(ask: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as refused:
        ask(**params)
    return str(refused.value.response["Error"]["Code"])
