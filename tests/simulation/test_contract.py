"""The stores in memory answer as moto does, wherever moto is right."""

from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.settings import settings
from tests.proving import EVERYTHING
from tests.simulation.contract import known
from tests.simulation.contract.both import Both
from tests.simulation.contract.objects import s3_script
from tests.simulation.contract.rows import table_like_ours, table_script
from tests.simulation.contract.script import CONFIG, compare
from tests.simulation.contract.service import service_script
from tests.simulation.interleave import at_random
from tests.simulation.samples import SAMPLED
from tests.simulation.scenarios import EXHAUSTIVE
from tests.simulation.stores import Stores
from tests.simulation.world import World


@pytest.fixture
def moto_s3() -> Iterator[Any]:
    """With the buckets of the service."""
    with mock_aws():
        s3 = boto3.client("s3", config=CONFIG)
        for bucket in (settings.staging_bucket, settings.vault_bucket, settings.media_bucket):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        yield s3


def test_the_buckets_answer_as_moto_does(stores: Stores, moto_s3: Any) -> None:
    theirs = s3_script(moto_s3._make_api_call, settings.staging_bucket)
    compare(s3_script(partial(stores.answer, "s3"), settings.staging_bucket), theirs, known.MOTO_S3)


def test_the_service_takes_the_stores_for_what_it_takes_moto_for(stores: Stores, moto_s3: Any) -> None:
    theirs = service_script(moto_s3._make_api_call)
    compare(service_script(partial(stores.answer, "s3")), theirs, known.MOTO_SERVICE)


def test_the_table_answers_as_moto_does(stores: Stores) -> None:
    with mock_aws():
        dynamodb: Any = boto3.client("dynamodb", config=CONFIG)
        dynamodb.create_table(**table_like_ours(settings.table))
        theirs = table_script(dynamodb._make_api_call, settings.table)
    compare(table_script(partial(stores.answer, "dynamodb"), settings.table), theirs, known.MOTO_TABLE)


def test_what_nobody_holds_the_stores_to_is_said() -> None:
    pairs = (
        (known.MOTO_S3, known.EMULATOR_S3),
        (known.MOTO_SERVICE, known.EMULATOR_SERVICE),
        (known.MOTO_TABLE, known.EMULATOR_TABLE),
    )
    nobody = {what for moto, emulator in pairs for what in moto.keys() & emulator.keys()}
    assert nobody == known.ON_THE_WORD_OF_AWS.keys()


@pytest.mark.parametrize(
    ("theirs", "expected", "found"),
    [("other", "", "answered otherwise"), ("same", "size", "listed as different"), ("other", "size", None)],
)
def test_a_contract_finds_what_is_not_as_its_list_says(theirs: str, expected: str, found: str | None) -> None:
    finds = nullcontext() if found is None else pytest.raises(AssertionError, match=found)
    with finds:
        compare({"size": "same"}, {"size": theirs}, {expected} - {""})


SCENARIOS = EXHAUSTIVE | SAMPLED


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_table_answers_every_request_of_the_service_as_moto_does(world: World, scenario: str) -> None:
    set_up = SCENARIOS[scenario]
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        for seed in range(4 if EVERYTHING else 1):
            dynamodb.create_table(**table_like_ours(settings.table))
            world.stores.table = both = Both(theirs=dynamodb)
            set_up(world)
            world.run_actors(at_random(seed))
            assert both.compared > 10
            dynamodb.delete_table(TableName=settings.table)
