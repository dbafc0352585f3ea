"""A user's files, from the command line to admitted, beside boto3's `upload_file` into a bucket of the same emulator.

Both are programs of their own, started anew each time, as people start them: `vestibule upload`, and a script with one
client that sends file after file. All by the clock, in turn; what is stored is removed in between. Without a distance
to the service, what counts is the emulator's and the API's own work, which for three steps is more than for one PUT:
so small files are measured at a distance too, where each request of either takes as much longer.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from local.bootstrap import ROOT, sign_in
from local.emulator import REGION
from local.processes import clean_environment, home_environment
from local.stack import Running, local_stack
from tests.faults.content import write_file
from tests.faults.proxy import fault_proxy

from . import Figure, say
from .stored import forget

MiB = 1024**2
SMALL_FILES, SMALL_BYTES, SMALL_ROUNDS = 200, 100_000, 5
LARGE_BYTES, LARGE_ROUNDS = 512 * MiB, 3
PER_PRODUCT = 100  # as many as one may have
DISTANCE_SECONDS = 0.03
BUDGET_SMALL, BUDGET_LARGE = 1.6, 1.1
ORIGIN = "https://shop.example"
BUCKET = "plain"
SCRIPT = """
import sys, boto3
client = boto3.client("s3", endpoint_url=sys.argv[1])
for number, path in enumerate(sys.argv[2:]):
    client.upload_file(path, "plain", str(number))
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A stack, seen from where the user is: `s3` is where the script finds S3."""

    running: Running
    outputs: dict[str, Any]
    s3: str
    token: str
    home: Path

    def vestibule(self, *words: str, given: str = "") -> None:
        """Run the command.

        Raises:
            SystemExit: it failed.
        """
        _run([sys.executable, "-m", "vestibule_client", *words], home_environment(self.home), given)

    def sign_in(self) -> None:
        """Once for all rounds, as people do."""
        (self.home / "outputs.json").write_text(json.dumps(self.outputs))
        seller, stack = self.running.stack.seller, str(self.home / "outputs.json")
        self.vestibule("login", "--stack", stack, "--email", seller.email, "--password-stdin", given=seller.password)

    def product(self) -> str:
        """Make one."""
        headers = {"Authorization": self.token}
        answer = httpx.post(f"{self.running.url}/products", json={"title": "Brush set"}, headers=headers)
        return str(answer.raise_for_status().json()["id"])

    def ours(self, paths: Sequence[Path]) -> float:
        """Seconds for all files by the command, as many in one call as a product may have."""
        batches = [paths[at : at + PER_PRODUCT] for at in range(0, len(paths), PER_PRODUCT)]
        products = [self.product() for _ in batches]
        began = time.perf_counter()
        for product, batch in zip(products, batches, strict=True):
            self.vestibule("upload", "--quiet", "--product", product, *map(str, batch))
        return time.perf_counter() - began

    def plain(self, paths: Sequence[Path]) -> float:
        """Seconds for all files by boto3."""
        keys = {**ROOT, "AWS_DEFAULT_REGION": REGION}
        began = time.perf_counter()
        _run([sys.executable, "-c", SCRIPT, self.s3, *map(str, paths)], clean_environment() | keys)
        return time.perf_counter() - began

    def forget(self) -> None:
        """Free the emulator's memory."""
        forget(self.running.stack.client("s3"), (BUCKET, *self.outputs["buckets"].values()))


def run() -> list[Figure]:
    """Measure small files near by and at a distance, and a large one."""
    with tempfile.TemporaryDirectory(prefix="vestibule-bench-") as folder:
        small = [Path(folder) / f"brush {number}.bin" for number in range(SMALL_FILES)]
        for number, path in enumerate(small):
            write_file(path, SMALL_BYTES, number)
        large = Path(folder) / "film.bin"
        write_file(large, LARGE_BYTES, 0)
        many, big = f"{SMALL_FILES} × {SMALL_BYTES // 1000} KB", f"{LARGE_BYTES // MiB} MiB"
        with _place(Path(folder) / "near") as near:
            figures = [
                _figure(f"{many}, at once", near, small, SMALL_ROUNDS, None),
                _figure(f"1 × {big}", near, [large], LARGE_ROUNDS, BUDGET_LARGE),
            ]
        distance = f"{DISTANCE_SECONDS * 1000:.0f} ms away"
        with _place(Path(folder) / "far", DISTANCE_SECONDS) as far:
            figures.append(_figure(f"{many}, {distance}", far, small, SMALL_ROUNDS, BUDGET_SMALL))
    return figures


def _figure(name: str, place: Place, paths: Sequence[Path], rounds: int, budget: float | None) -> Figure:
    say(f"› uploads: {name}, {rounds} rounds in turn")
    ways: dict[str, Callable[[Sequence[Path]], float]] = {"vestibule": place.ours, "boto3": place.plain}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for way, upload in ways.items():
        upload(paths[:2])  # what is compiled and connected at first is not measured
        seconds[way].clear()
    for _ in range(rounds):
        for way, upload in ways.items():
            place.forget()
            seconds[way].append(upload(paths))
    place.forget()
    for way, taken in seconds.items():
        say(f"  {way:10} {', '.join(f'{second:.1f}' for second in taken)} s")
    ours, plain = (statistics.median(seconds[way]) for way in ways)
    return Figure(name, ours, plain, "s", "boto3's upload_file, file after file", budget=budget)


@contextlib.contextmanager
def _place(home: Path, distance_seconds: float = 0.0) -> Iterator[Place]:
    """A stack of its own; at a distance, behind proxies that take so much longer for each request from outside."""
    home.mkdir(mode=0o700)
    with contextlib.ExitStack() as things:
        ours = plain = None
        if distance_seconds:
            ours, plain = things.enter_context(fault_proxy()), things.enter_context(fault_proxy())
        running = things.enter_context(local_stack(0, 0, lambda _: None, ORIGIN, None if ours is None else ours.s3.url))
        running.pump.stop()
        outputs, s3 = running.outputs(), running.stack.endpoint
        if ours is not None and plain is not None:
            ours.api.lead_to(running.url)
            ours.s3.lead_to(running.stack.endpoint)
            plain.api.lead_to(running.stack.endpoint)
            ours.delay_seconds = plain.delay_seconds = distance_seconds
            outputs, s3 = outputs | {"api_url": ours.api.url}, plain.api.url
        running.stack.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        token = sign_in(running.stack, running.stack.seller)["IdToken"]
        place = Place(running, outputs, s3, token, home)
        place.sign_in()
        yield place


def _run(command: Sequence[str], environment: dict[str, str], given: str = "") -> None:
    ended = subprocess.run(command, env=environment, input=given.encode(), capture_output=True, check=False)
    if ended.returncode:
        raise SystemExit(f"✗ {os.fsdecode(ended.stderr)[-2000:]}")
