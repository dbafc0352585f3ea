"""What a deployment of the page puts into its bucket, keeps and deletes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.tools.test_site_headers import OUTPUTS
from tools.publish_site import publish, report
from tools.terraform import CannotRun

BUCKET = "site"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def built(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def keys(s3: Any) -> set[str]:
    return {item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}


def test_files_have_their_types_and_only_assets_are_kept_by_browsers(s3: Any, tmp_path: Path) -> None:
    publish(s3, BUCKET, OUTPUTS, built(tmp_path, "index.html", "assets/index-1a2b.js"))
    page, script = (s3.head_object(Bucket=BUCKET, Key=name) for name in ("index.html", "assets/index-1a2b.js"))
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")
    assert script["ContentType"] == "text/javascript; charset=utf-8"
    assert script["CacheControl"] == "public, max-age=31536000, immutable"


def test_the_page_finds_its_own_stack(s3: Any, tmp_path: Path) -> None:
    publish(s3, BUCKET, OUTPUTS, built(tmp_path, "index.html"))
    found = json.loads(s3.get_object(Bucket=BUCKET, Key="config.json")["Body"].read())
    assert found["api_url"] == OUTPUTS["api_url"]
    assert "table" not in found


def test_what_an_open_page_may_still_load_stays_for_one_deployment_more(s3: Any, tmp_path: Path) -> None:
    for version in "123":
        deleted = publish(s3, BUCKET, OUTPUTS, built(tmp_path / version, "index.html", f"assets/{version}.js"))
    assert deleted == ["assets/1.js"]
    assert keys(s3) == {"index.html", "config.json", "released.json", "assets/2.js", "assets/3.js"}


def test_nothing_is_touched_if_nothing_is_built(s3: Any, tmp_path: Path) -> None:
    publish(s3, BUCKET, OUTPUTS, built(tmp_path / "good", "index.html"))
    with pytest.raises(CannotRun, match="make web"):
        publish(s3, BUCKET, OUTPUTS, built(tmp_path / "bad", "assets/1.js"))
    assert "index.html" in keys(s3)


def test_a_page_that_may_not_call_the_api_is_told_loudly() -> None:
    site = {"site_url": "https://d1.cloudfront.net", "allowed_origin": "https://shop.example"}
    assert 'set allowed_origin = "https://d1.cloudfront.net"' in report(site)
    assert "!!" not in report(site | {"allowed_origin": site["site_url"]})
