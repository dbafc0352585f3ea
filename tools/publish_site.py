"""Builds the page, and puts it and its config.json where the stage's CloudFront finds them.

python -m tools.publish_site STAGE
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from .build_site import BUILT, build
from .node import NoNode
from .site_headers import cache_control, config, content_type
from .terraform import ROOT, CannotRun, Terraform, cli_configuration, find_terraform

FIRST = "index.html"
CONFIG = "config.json"
RELEASED = "released.json"  # the names of this deployment's files, for the next one


def publish(s3: Any, bucket: str, outputs: Mapping[str, Any], folder: Path) -> list[str]:
    """Upload all files of the folder; returns what was deleted.

    index.html comes last, when all that it names is there. The files of the deployment before stay, for pages that are
    open and load a part of themselves later; older ones are deleted.

    Raises:
        CannotRun: nothing is built.
    """
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    if FIRST not in files:
        raise CannotRun(f"{folder} has no {FIRST}: run `make web` first.")
    before = _released(s3, bucket)
    for name in [*(name for name in files if name != FIRST), CONFIG, FIRST]:
        content = _json(config(outputs)) if name == CONFIG else (folder / name).read_bytes()
        _put(s3, bucket, name, content)
    kept = {*files, *before, CONFIG, RELEASED}
    deleted = sorted(_names(s3, bucket) - kept)
    for name in deleted:
        s3.delete_object(Bucket=bucket, Key=name)
    _put(s3, bucket, RELEASED, _json(files))
    return deleted


def invalidate(cloudfront: Any, distribution_id: str) -> None:
    """Have the edges forget what has the same name in every deployment."""
    paths = ["/", f"/{FIRST}", f"/{CONFIG}"]
    cloudfront.create_invalidation(
        DistributionId=distribution_id,
        InvalidationBatch={"Paths": {"Quantity": len(paths), "Items": paths}, "CallerReference": str(time.time_ns())},
    )


def _put(s3: Any, bucket: str, name: str, content: bytes) -> None:
    s3.put_object(
        Bucket=bucket, Key=name, Body=content, ContentType=content_type(name), CacheControl=cache_control(name)
    )


def _names(s3: Any, bucket: str) -> set[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {item["Key"] for page in pages for item in page.get("Contents", [])}


def _released(s3: Any, bucket: str) -> list[str]:
    if RELEASED not in _names(s3, bucket):
        return []
    names: list[str] = json.loads(s3.get_object(Bucket=bucket, Key=RELEASED)["Body"].read())
    return names


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()


def report(outputs: Mapping[str, Any]) -> str:
    """Where the page is, and what is still to do if the API does not let it call."""
    url, allowed = outputs["site_url"], outputs["allowed_origin"]
    if url == allowed:
        return f"› the page is at {url}"
    return (
        f"› the page is at {url}\n"
        f"!! It cannot call the API: browsers may call from {allowed} only.\n"
        f'!! If this page is your frontend, set allowed_origin = "{url}" in the stage\'s tfvars and deploy again; '
        f"if it is not, take site = true away."
    )


def main() -> int:
    """Publish to one stage; returns the exit status."""
    parser = argparse.ArgumentParser(description="Put the built page where the stage's CloudFront finds it.")
    parser.add_argument("stage", nargs="?", default="dev")
    options = parser.parse_args()
    try:
        with cli_configuration() as environment:
            terraform = Terraform(find_terraform(), ROOT, environment)
            terraform.select(options.stage)
            outputs = terraform.outputs()
        if outputs.get("site_bucket") is None:
            print("› this stage has no page of ours: site = true in its tfvars would give it one")
            return 0
        build()
        print("› publishing the page", flush=True)
        deleted = publish(boto3.client("s3", region_name=outputs["region"]), outputs["site_bucket"], outputs, BUILT)
        invalidate(boto3.client("cloudfront", region_name=outputs["region"]), outputs["site_distribution_id"])
    except (CannotRun, NoNode) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    if deleted:
        print(f"› deleted {len(deleted)} files of older deployments")
    print(report(outputs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
