"""What benchmarks leave in the emulator, which keeps all of it in memory."""

from collections.abc import Iterable
from typing import Any


def forget(s3: Any, buckets: Iterable[str]) -> None:
    """Delete all versions of all objects in these buckets, to free the emulator's memory."""
    for bucket in buckets:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            named = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
            if named:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
