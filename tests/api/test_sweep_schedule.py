"""The scheduled function: as the deployment is set up, and with what it tells of its run."""

import dataclasses
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from chalice.test import Client

from app import app
from chalicelib import reminders, renditions, sweep
from chalicelib.ids import new_ulid
from chalicelib.kinds import IMAGE, vault_key
from chalicelib.models import file_key
from chalicelib.problems import StorageUnavailable
from chalicelib.progress import Progress
from chalicelib.settings import settings
from chalicelib.sweep_run import Run
from tests.api.aws import s3
from tests.api.conftest import Api, vault_keys
from tests.api.wire import Wire, dynamodb_error
from tests.conftest import Logs
from tests.samples import image

PNG = image("image/png")
A_DAY_ON = timedelta(hours=25)
TOLD = ("version", "account", "region", "detail", "detail-type", "source", "time", "id", "resources")
LONG = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 900_000)
SHORT = SimpleNamespace(aws_request_id="2", get_remaining_time_in_millis=lambda: 119_000)


@pytest.fixture(autouse=True)
def a_day_on(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scheduled function has its time from the clock: let that be ahead of the one by which moto dates objects."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            assert tz is UTC
            return datetime.now(tz) + A_DAY_ON

    monkeypatch.setattr(sweep, "datetime", Clock)
    Progress("SWEEP", "reminders", since=datetime.now(UTC).date().isoformat()).keep()


def copied(product: str) -> None:
    key = vault_key(IMAGE, product, new_ulid(datetime.now(UTC)), "version")
    s3.put_object(Bucket=settings.vault_bucket, Key=key, Body=PNG)


def metrics(logs: Logs) -> dict[str, float]:
    """What the run's lines in CloudWatch's embedded format say."""
    told: dict[str, float] = {}
    for entry in logs.all():
        for about in entry.get("_aws", {}).get("CloudWatchMetrics", []):
            assert about["Namespace"] == "Vestibule"
            told |= {metric["Name"]: entry[metric["Name"]][0] for metric in about["Metrics"]}
    return told


def test_a_run_tells_what_it_found(product: str, logs: Logs) -> None:
    for _ in range(2):
        copied(product)
    sweep.on_schedule(LONG)
    assert vault_keys() == []
    expected = {"Orphans": 2, "OrphanBytes": 2 * len(PNG), "Purged": 0, "PurgeBacklog": 0}
    assert metrics(logs) == expected


def test_the_schedule_runs_it(product: str, monkeypatch: pytest.MonkeyPatch) -> None:
    copied(product)
    monkeypatch.setattr(sweep, "SECONDS_TO_SPARE", 0)  # Chalice's test client gives it a minute
    with Client(app) as client:
        client.lambda_.invoke("sweep", dict.fromkeys(TOLD, ""))
    assert vault_keys() == []


def test_report_only_is_a_setting(product: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "settings", dataclasses.replace(settings, sweep_report_only=True))
    copied(product)
    sweep.on_schedule(LONG)
    assert len(vault_keys()) == 1


def test_the_maximum_of_deletions_is_a_setting() -> None:
    assert Run(datetime.now(UTC)).deletions_left == settings.sweep_max_deletions == 10_000


@pytest.mark.parametrize(("in_full", "left"), [(True, 0), (False, 1)])
def test_the_monthly_look_at_everything_is_a_setting(
    product: str, monkeypatch: pytest.MonkeyPatch, in_full: bool, left: int
) -> None:
    monkeypatch.setattr(sweep, "settings", dataclasses.replace(settings, sweep_monthly_in_full=in_full))
    copied(product)
    Progress("SWEEP", "images/post", judged_until=datetime.now(UTC) + timedelta(minutes=5)).keep()
    sweep.on_schedule(LONG)
    assert len(vault_keys()) == left


def test_a_run_with_too_little_time_does_nothing_and_does_not_fail(product: str, logs: Logs) -> None:
    copied(product)
    sweep.on_schedule(SHORT)
    assert len(vault_keys()) == 1
    assert metrics(logs)["Orphans"] == 0
    sweep.on_schedule(LONG)
    assert vault_keys() == []


def test_what_could_not_be_done_makes_the_run_fail_at_its_end(
    api: Api, product: str, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the decoder does not run")

    monkeypatch.setattr(renditions, "decode", broken)
    file_id = api.add(product, "image", PNG, "image/png")["id"]
    reminders.render_later(file_key(product, IMAGE, file_id), datetime.now(UTC))
    copied(product)
    with pytest.raises(sweep.SweepFailed, match="1 could not be done away with"):
        sweep.on_schedule(LONG)
    assert len(vault_keys()) == 1  # the orphan is gone, whatever became of the image
    assert metrics(logs)["Orphans"] == 1


def test_an_outage_fails_the_run_which_tells_what_it_has_done(
    product: str, wire: Wire, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    for _ in range(2):
        copied(product)
    fault, tombstones = dynamodb_error(500, "InternalServerError"), []

    def fail_the_second(_: int, name: str) -> Any:
        if name == "dynamodb.PutItem" and vault_keys_left() == 1:
            tombstones.append(name)
            return fault
        return None

    def vault_keys_left() -> int:
        return 2 - wire.calls.count("s3.DeleteObject")

    wire.calls.clear()
    wire.fail = fail_the_second
    with pytest.raises(StorageUnavailable):
        sweep.on_schedule(LONG)
    wire.fail = lambda *_: None
    assert tombstones
    assert len(vault_keys()) == 1
    assert metrics(logs)["Orphans"] == 2
    sweep.on_schedule(LONG)
    assert vault_keys() == []
