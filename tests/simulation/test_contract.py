"""The stores in memory answer as moto does, wherever moto is right."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.settings import settings
from tests.proving import EVERYTHING
from tests.simulation.contract import Both, differences, s3_script, table_like_ours
from tests.simulation.interleave import at_random
from tests.simulation.samples import SAMPLED
from tests.simulation.scenarios import EXHAUSTIVE
from tests.simulation.stores import stand_in
from tests.simulation.world import World

MOTO_DIFFERS = {
    "what a marker hides": "it does not say that there is a marker",
    "a copy to where one is": "it does not look at If-None-Match",
    "the copy, as it was": "so it has written over it",
    "another size": "it does not look at the size",
    "the joining of what has ended": "it fails",
}


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


def test_the_buckets_answer_as_moto_does(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = settings.staging_bucket
    with mock_aws():
        s3: Any = boto3.client("s3")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        theirs = s3_script(s3._make_api_call, bucket)
    stores = stand_in(monkeypatch)
    ours = s3_script(lambda operation, params: stores.answer("s3", operation, params), bucket)
    for what in differences(ours, theirs):
        print(what, ours[what], theirs[what], sep="\n    ")
    assert set(differences(ours, theirs)) == MOTO_DIFFERS.keys()
