"""Runs many images through the decoder quickly: `python -m tests.decoding`, with one order a line of its input.

The modules are loaded once; each image has a process of its own all the same, forked before libvips did anything. Prints
for each order a line of JSON: the exit status (negative: the signal that ended it) and what it said.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AT_ONCE = 2


@dataclass(frozen=True)
class Decoded:
    """How the decoder's process ended, what it said, and what it took."""

    status: int
    said: dict[str, Any]
    cpu_seconds: float
    peak_mb: float
    folder: Path

    @property
    def rendered(self) -> bool:
        return "renditions" in self.said

    @property
    def as_it_should(self) -> bool:
        """Rendered, or refused with a sentence."""
        return self.status == 0 and (self.rendered or self.said["reason"].endswith("."))


def decode_all(images: Sequence[tuple[bytes, str]], tmp_path: Path) -> list[Decoded]:
    """Render images of these types, each in a process of its own."""
    folders = [Path(tempfile.mkdtemp(dir=tmp_path)) for _ in images]
    orders = []
    for (content, content_type), folder in zip(images, folders, strict=True):
        (folder / "original").write_bytes(content)
        (folder / "made").mkdir()
        order = {"source": str(folder / "original"), "folder": str(folder / "made"), "content_type": content_type}
        orders.append(json.dumps(order | {"max_pixels": 40_000_000, "widths": (320, 640, 1280, 1920)}))
    with ThreadPoolExecutor(AT_ONCE) as workers:
        lines = list(workers.map(_run, [orders[number::AT_ONCE] for number in range(AT_ONCE)]))
    results: list[Decoded] = []
    for place, folder in enumerate(folders):
        line = lines[place % AT_ONCE][place // AT_ONCE]
        results.append(Decoded(folder=folder / "made", **json.loads(line)))
    return results


def _run(orders: list[str]) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-m", "tests.decoding"],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]},
        input="\n".join(orders),
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
        text=True,
    )
    return run.stdout.splitlines()


def main() -> None:
    from chalicelib import pixels  # noqa: PLC0415 (libvips is for the children alone)

    for line in sys.stdin.read().splitlines():
        said = Path(tempfile.mkdtemp(dir=Path(json.loads(line)["folder"]).parent), "said")
        child = os.fork()
        if child == 0:
            with said.open("w") as file, open(os.devnull, "w") as nothing:  # noqa: PTH123
                os.dup2(nothing.fileno(), 2)
                sys.stdout = file
                status = pixels.main(line)
            os._exit(status)
        _, ended, took = os.wait4(child, 0)
        text = said.read_text() if said.exists() else ""
        answer = {
            "status": os.waitstatus_to_exitcode(ended),
            "said": json.loads(text) if text else {},
            "cpu_seconds": took.ru_utime + took.ru_stime,
            "peak_mb": took.ru_maxrss * 1024 / 1e6,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
