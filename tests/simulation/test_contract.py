"""The stores in memory answer as moto does, wherever moto is right."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib import storage
from chalicelib.settings import settings
from tests.proving import EVERYTHING
from tests.simulation.dynamodb import Table
from tests.simulation.interleave import at_random
from tests.simulation.samples import SAMPLED
from tests.simulation.scenarios import EXHAUSTIVE
from tests.simulation.stores import stand_in
from tests.simulation.world import World


def told(error: ClientError) -> Any:
    """What the service acts on."""
    reasons = [(reason["Code"], reason.get("Item")) for reason in error.response.get("CancellationReasons", [])]
    return error.response["Error"]["Code"], reasons


class Both(Table):
    """Asks moto the same, and compares."""

    moto: Any = None
    compared = 0

    def answer(self, operation: str, params: Mapping[str, Any]) -> Any:
        ours = self._outcome(super().answer, operation, params)
        theirs = self._outcome(self.moto._make_api_call, operation, json.loads(json.dumps(params)))
        assert self._comparable(ours) == self._comparable(theirs), (operation, params)
        self.compared += 1
        if isinstance(ours, ClientError):
            raise ours
        return ours

    @staticmethod
    def _outcome(ask: Any, operation: str, params: Mapping[str, Any]) -> Any:
        try:
            return ask(operation, params)
        except ClientError as error:
            return error

    @staticmethod
    def _comparable(outcome: Any) -> Any:
        if isinstance(outcome, ClientError):
            return told(outcome)
        rows = outcome.get("Items", outcome.get("Responses", {}).get(settings.table, []))
        return sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))


SCENARIOS = EXHAUSTIVE | SAMPLED


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_table_answers_every_request_of_the_service_as_moto_does(world: World, scenario: str) -> None:
    set_up = SCENARIOS[scenario]
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        for seed in range(4 if EVERYTHING else 1):
            world.stores.table = both = Both()
            both.moto = dynamodb
            dynamodb.create_table(
                TableName=settings.table,
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
                BillingMode="PAY_PER_REQUEST",
            )
            set_up(world)
            world.run_actors(at_random(seed))
            assert both.compared > 10
            dynamodb.delete_table(TableName=settings.table)


def s3_script() -> list[Any]:
    """What the background functions ask of S3, and what they look at."""
    s3, bucket, seen = storage.s3, settings.vault_bucket, list[Any]()
    for number in range(7):
        s3.put_object(Bucket=bucket, Key=f"images/{number}", Body=b"0123456789"[: number + 1])
    s3.put_object(Bucket=bucket, Key="other/1", Body=b"1")
    for prefix, after, most in (
        ("", "", 1000),
        ("images/", "", 3),
        ("images/", "images/3", 3),
        ("images/", "images/6", 3),
    ):
        page = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, StartAfter=after, MaxKeys=most)
        found = [(item["Key"], item["Size"]) for item in page.get("Contents", [])]
        seen.append((found, page["KeyCount"], page["IsTruncated"]))
    part = s3.get_object(Bucket=bucket, Key="images/6", Range="bytes=0-3")
    seen.append((part["Body"].read(), part["ContentLength"], part["ContentRange"]))
    s3.delete_object(Bucket=bucket, Key="images/6")
    s3.delete_object(Bucket=bucket, Key="images/6")
    for ask in (s3.get_object, s3.head_object):
        with pytest.raises(ClientError) as refused:
            ask(Bucket=bucket, Key="images/6")
        seen.append(refused.value.response["Error"]["Code"])
    return seen + parts_script()


def parts_script() -> list[Any]:
    """What the service asks of an upload in parts."""
    s3: Any = storage.s3
    vault, seen = {"Bucket": settings.vault_bucket, "Key": "deliverables/1"}, list[Any]()
    upload = vault | {"UploadId": s3.create_multipart_upload(**vault, ContentType="a/b")["UploadId"]}
    for body in (b"12345", b"123456"):
        s3.upload_part(**upload, PartNumber=1, Body=body)
    parts = [{name: part[name] for name in ("PartNumber", "ETag")} for part in s3.list_parts(**upload)["Parts"]]
    seen.append(parts)
    whole: dict[str, Any] = {"MpuObjectSize": 6, "IfNoneMatch": "*"}
    # Twice, moto says yes; AWS may say NoSuchUpload as well, which is harder on the service.
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, **whole)
    seen.append(s3.get_object(**vault)["Body"].read())
    for ask in (s3.list_parts, s3.abort_multipart_upload):
        seen.append(_code(partial(ask, **upload)))
    again = vault | {"UploadId": s3.create_multipart_upload(**vault)["UploadId"]}
    etag = s3.upload_part(**again, PartNumber=1, Body=b"x")["ETag"]
    other = {"Parts": [{"PartNumber": 1, "ETag": etag.replace(etag[1:3], "zz")}]}
    seen.append(_code(lambda: s3.complete_multipart_upload(**again, MultipartUpload=other, MpuObjectSize=1)))
    return seen


def _code(ask: Callable[[], Any]) -> str | None:
    try:
        ask()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def test_the_buckets_answer_as_moto_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_aws():
        boto3.client("s3").create_bucket(
            Bucket=settings.vault_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        theirs = s3_script()
    stand_in(monkeypatch)
    assert s3_script() == theirs
