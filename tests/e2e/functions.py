"""The background functions, called as AWS calls them, and waited for."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from tests.e2e.conftest import STAGE, Applied

RENDER, SWEEP = f"vestibule-{STAGE}-render", f"vestibule-{STAGE}-sweep"
LATER = f"{SWEEP}-later"
DAYS_LATER = 31
"""Beyond every age that the sweep waits for, and the end of every recovery window."""

# The packaged sweep, by its own role, on a later day: nothing else makes an emulator's objects old.
LATER_MODULE = f"""
from datetime import datetime, timedelta

import app
from chalicelib import sweep


class Later(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(days={DAYS_LATER})


sweep.datetime = Later
handler = app.sweep
"""

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], seconds: float = 30) -> Found:
    """What `look` finds, as soon as it is true; what it found last, when the time is over."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def call_render(applied: Applied, key: str) -> str | None:
    """Have the image of this vault key rendered, as S3's event does, but waiting. Returns the error, if there was one."""
    bucket = {"name": applied.outputs["buckets"]["vault"]}
    return _call(applied, RENDER, {"Records": [{"s3": {"bucket": bucket, "object": {"key": key}}}]})


def call_sweep(applied: Applied, function: str = SWEEP) -> str | None:
    """Sweep, as the rule does, but waiting. Returns the error, if there was one."""
    event = {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": datetime.now(UTC).isoformat(),
        "region": applied.outputs["region"],
        "resources": [],
        "detail": {},
    }
    return _call(applied, function, event)


def _call(applied: Applied, function: str, event: dict[str, Any]) -> str | None:
    answer = applied.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    payload: str = answer["Payload"].read().decode()
    return payload if "FunctionError" in answer else None


def count_calls(applied: Applied, function: str) -> int:
    """How often a function was called, by its log."""
    pages = applied.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
    return sum(event["message"].startswith("START ") for page in pages for event in page["events"])


@contextmanager
def later_sweep(applied: Applied, packaged: Path) -> Iterator[Callable[[], str | None]]:
    """A function that sweeps on a later day, with all the rest as it was deployed; yields what calls it."""
    functions = applied.client("lambda")
    deployed = functions.get_function_configuration(FunctionName=SWEEP)
    package = io.BytesIO((packaged / "deployment.zip").read_bytes())
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr("later.py", LATER_MODULE)
    kept = ("Runtime", "Role", "Timeout", "MemorySize", "Environment", "Architectures")
    functions.create_function(
        FunctionName=LATER,
        Handler="later.handler",
        Code={"ZipFile": package.getvalue()},
        **{name: deployed[name] for name in kept},
    )
    try:
        yield lambda: call_sweep(applied, LATER)
    finally:
        functions.delete_function(FunctionName=LATER)
        logs = applied.client("logs")
        with suppress(logs.exceptions.ResourceNotFoundException):  # made by the first call, and not by Terraform
            logs.delete_log_group(logGroupName=f"/aws/lambda/{LATER}")
