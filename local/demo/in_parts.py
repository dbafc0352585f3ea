"""A large file by the command, killed in the middle: run again, it goes on where it ended."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..processes import home_environment
from ..stack import Running
from .main_job import same_bytes
from .screen import WentWrong, console, head, note, proven
from .seller import Seller

PARTS, PART_BYTES = 8, 16 * 1024**2  # the service's choice for a file of this size
KILLED_AFTER = 3


def in_parts(running: Running, seller: Seller) -> None:
    """Upload a file of 128 MiB, kill the command when some parts have arrived, and run it again."""
    head(f"A deliverable of {PARTS * PART_BYTES / 1e6:.0f} MB, in parts, by the command, killed in the middle")
    product = seller.ask("POST", "/products", 201, {"title": "How to paint water"})["id"]
    with tempfile.TemporaryDirectory(prefix="vestibule-") as home:
        film = Path(home) / "film.mp4"
        film.write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + os.urandom(PARTS * PART_BYTES - 24))
        outputs = Path(home) / "outputs.json"
        outputs.write_text(json.dumps(running.outputs()))
        words = ["upload", str(film), "--product", product, "--stack", str(outputs), "--parts", "1"]
        environment = home_environment(Path(home)) | {"VESTIBULE_TOKEN": seller.token}
        with _command(words, environment, quiet=True) as upload:
            held = _held_when_killed(seller, Path(home), upload)
        note(f"killed, with {held} of {PARTS} parts in S3; the product is as it was, and so is the file")
        began = time.perf_counter()
        with _command(words, environment) as upload:
            if upload.wait() != 0:
                raise WentWrong("the command did not go on")
        proven(f"the same command once more, {time.perf_counter() - began:.1f} s: it sent what was missing")
        _compare(seller, f"/products/{product}/deliverables", film)


@contextlib.contextmanager
def _command(
    words: list[str], environment: Mapping[str, str], *, quiet: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command; whatever happens here, it does not stay."""
    console.print(f"  [cyan]vestibule upload film.mp4 --product {words[3]}[/]", soft_wrap=True)
    silence = subprocess.DEVNULL if quiet else None
    process = subprocess.Popen(
        [sys.executable, "-m", "vestibule_client", *words], env=environment, stdout=silence, stderr=silence
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _held_when_killed(seller: Seller, home: Path, upload: subprocess.Popen[bytes]) -> int:
    """Kill it when S3 holds some parts, as its notes for its next start let us ask; returns how many."""
    while True:
        if upload.poll() is not None:
            raise WentWrong("the command ended before it was killed")
        kept = next(home.glob("state/vestibule/uploads/*.json"), None)
        if kept is not None:
            parts_url = json.loads(kept.read_bytes())["issued"]["multipart"]["parts_url"]
            answer = seller.http.get(parts_url, headers={"Authorization": seller.token})
            held = len(answer.json()["parts"]) if answer.is_success else 0
            if held >= KILLED_AFTER:
                upload.kill()
                upload.wait()
                return held
        time.sleep(0.02)


def _compare(seller: Seller, files: str, film: Path) -> None:
    listed: list[dict[str, Any]] = seller.ask("GET", files, 200)["deliverables"]
    if len(listed) != 1:
        raise WentWrong(f"expected one file, and the product has {len(listed)}")
    content = film.read_bytes()
    if listed[0]["sha256"] != hashlib.sha256(content).hexdigest():
        raise WentWrong("the product has another file than the one that was sent")
    same_bytes(seller, files, listed[0], content)
    proven("one file, and it came back byte for byte")
