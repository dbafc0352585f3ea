"""The stores of the simulation answer as the emulator does, with signatures and policies, wherever it is right."""

import uuid

import pytest

from chalicelib.settings import settings
from local.bootstrap import Stack
from tests.simulation.contract import Both, differences, s3_script, table_like_ours
from tests.simulation.environment import simulated
from tests.simulation.interleave import at_random
from tests.simulation.samples import SAMPLED
from tests.simulation.scenarios import EXHAUSTIVE
from tests.simulation.stores import stand_in
from tests.simulation.world import World

EMULATOR_DIFFERS = {
    "a middle of a version": "it does not look at the range where a version is named",
    "a copy to where one is": "it does not look at If-None-Match",
    "the copy, as it was": "so it has written over it",
    "a small part that is not the last": "it does not look at the size of parts",
}
SCENARIOS = EXHAUSTIVE | SAMPLED


def test_the_buckets_answer_as_the_emulator_does(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    s3, bucket = stack.client("s3"), f"contract-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": settings.region})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    theirs = s3_script(s3._make_api_call, bucket)
    stores = stand_in(monkeypatch)
    ours = s3_script(lambda operation, params: stores.answer("s3", operation, params), settings.staging_bucket)
    for what in differences(ours, theirs):
        print(what, ours[what], theirs[what], sep="\n    ")
    assert set(differences(ours, theirs)) == EMULATOR_DIFFERS.keys()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_table_answers_every_request_of_the_service_as_the_emulator_does(stack: Stack, scenario: str) -> None:
    dynamodb, table = stack.client("dynamodb"), f"contract-{uuid.uuid4().hex[:8]}"
    dynamodb.create_table(**table_like_ours(table))
    with simulated() as stores:
        world = World(stores)
        stores.before_call = world.on_call
        stores.table = both = Both(theirs=dynamodb, their_table=table)
        SCENARIOS[scenario](world)
        world.run_actors(at_random(0))
    assert both.compared > 10
    dynamodb.delete_table(TableName=table)
