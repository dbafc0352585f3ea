"""What follows in the month after: deleting and restoring, a new version, a crash, and the sweep that cleans up."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ..buckets import MEDIA, VAULT
from ..stack import Running
from .files import archive, picture
from .main_job import Shelf, check_usage, same_bytes, upload
from .screen import WentWrong, head, note, proven, show
from .seller import Seller, declared


def afterwards(running: Running, seller: Seller, shelf: Shelf) -> None:
    """Take things away, and look who is gone when."""
    images, deliverables = f"{shelf.product}/images", f"{shelf.product}/deliverables"
    image, rendition = f"{images}/{shelf.image['id']}", shelf.image["renditions"][0]["url"]

    head("Delete the image, change your mind, delete it all the same")
    seller.ask("DELETE", image, 204)
    seller.ask("POST", f"{image}/restore", 200)
    seller.ask("DELETE", image, 204)

    head("A new version of the deliverable takes the place of the first")
    newer = archive(2)
    body = declared("brushes 13.zip", "application/zip", newer, replaces=shelf.deliverable["id"])
    replacement = upload(seller, deliverables, body, newer)
    note("for 30 days both can be restored, and both count")
    check_usage(seller, shelf.image, shelf.deliverable, replacement)

    head("A confirm that died between its copy and the database: its object is in the vault, and no row knows it")
    abandoned = picture()
    form = seller.ask("POST", f"{images}/uploads", 201, declared("cover.png", "image/png", abandoned))
    orphan = _put_as_confirm_does(running, shelf.product.rpartition("/")[2], form["upload"]["id"], abandoned)

    head("The sweep, as it runs 25 hours from now")
    _sweep(running, 25, {"orphan": 1})
    if orphan in set(_keys(running, VAULT)):
        raise WentWrong(f"the orphan is still there: {orphan}")
    proven("the orphan is gone; should its confirm go on now, it finds a tombstone")
    seller.ask("POST", form["confirm_url"], 410, code="gone")
    seller.visit(rendition, 200)

    head("The sweep, as it runs 31 days from now")
    _sweep(running, 31 * 24, {"purge": 2})
    seller.visit(rendition, 403, 404)
    seller.ask("POST", f"{image}/restore", 410, code="gone")
    seller.ask("POST", f"{deliverables}/{shelf.deliverable['id']}/restore", 410, code="gone")
    check_usage(seller, replacement)
    same_bytes(seller, deliverables, replacement, newer)
    left = [*_keys(running, VAULT), *_keys(running, MEDIA)]
    if len(left) != 1 or replacement["id"] not in left[0]:
        raise WentWrong(f"there should be one object, and there are {left}")
    proven("of all that was uploaded, exactly the live file is still stored")


def _sweep(running: Running, hours: int, wanted: dict[str, int]) -> None:
    """In a process of its own, with the key of the background functions."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "local.later", "--hours", str(hours)]
    ran = subprocess.run(command, env=running.stack.background, check=False, capture_output=True, text=True)
    if ran.returncode != 0:
        raise WentWrong(f"the sweep failed: {ran.stdout}{ran.stderr}")
    *findings, done = (json.loads(line) for line in ran.stdout.splitlines())
    show(
        f"sweep, {hours} h from now", None, 200, {**done, "found": _counted(done["found"])}, time.perf_counter() - began
    )
    for finding in findings:
        note(f"{finding['what']}: {finding['key']}, {finding['bytes']:,} bytes")
    if wanted.items() - done["found"].items():  # besides, S3's event about the orphan may have left a reminder
        raise WentWrong(f"the sweep should have found {wanted}, and found {done['found']}")


def _counted(found: dict[str, int]) -> str:
    return " and ".join(f"{number} {what}{'s' if number > 1 else ''}" for what, number in found.items())


def _put_as_confirm_does(running: Running, product_id: str, upload_id: str, content: bytes) -> str:
    key = f"images/{datetime.now(UTC):%Y-%m-%d}/{product_id}/{upload_id}.{hashlib.sha256(content).hexdigest()[:16]}"
    began = time.perf_counter()
    running.stack.client("s3").put_object(Bucket=VAULT, Key=key, Body=content, ContentType="image/png")
    show("PUT into the vault", None, 200, {"Key": f"…/{key.rpartition('/')[2]}"}, time.perf_counter() - began)
    return key


def _keys(running: Running, bucket: str) -> Iterator[str]:
    contents: list[dict[str, Any]] = running.stack.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return (item["Key"] for item in contents)
