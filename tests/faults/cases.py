"""What one run does: which file, which way, and how much goes wrong. All of it follows from the seed."""

import hashlib
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.samples import image

from .content import write_file

MiB = 1024**2
PART_BYTES = 16 * MiB


@dataclass(frozen=True)
class Case:
    """A file of `size` bytes to upload; the `replaced` one is there before. `attempts` is the client's patience."""

    seed: int
    kind: Literal["deliverable", "image"]
    strategy: Literal["post", "multipart"] | None
    size: int
    replaces: bool
    downloads: bool
    probability: float
    attempts: int

    def __str__(self) -> str:
        way = f"{self.kind} of {self.size:,} bytes by {self.strategy or 'the default'}"
        return f"seed {self.seed}: {way}{', a replacement' if self.replaces else ''}, {self.probability:.0%} faults"


def case_of(seed: int) -> Case:
    """Throw the dice. One file in thirty has several parts; most are small."""
    chance = random.Random(f"case {seed}")
    kind: Literal["deliverable", "image"] = "image" if chance.random() < 0.2 else "deliverable"
    strategy: Literal["post", "multipart"] | None = None
    size = int(math.exp(chance.uniform(0, math.log(300_000))))
    if kind == "deliverable":
        strategy = chance.choice(["post", "multipart"])
        if chance.random() < 0.1:
            size = chance.randrange(MiB, 4 * MiB)
        elif chance.random() < 0.04:
            strategy, size = "multipart", chance.choice([PART_BYTES, PART_BYTES + 1, 24 * MiB, 40 * MiB])
    return Case(
        seed,
        kind,
        strategy,
        size,
        replaces=kind == "deliverable" and chance.random() < 0.2,
        downloads=chance.random() < 0.3,
        probability=chance.choice([0.0, 0.05, 0.1, 0.2, 0.3, 0.5]),
        attempts=chance.choice([2, 4, 8, 20]),
    )


def make_file(case: Case, folder: Path) -> tuple[Path, str]:
    """Write the file of a case; returns it and its SHA-256 in hex. An image is a real one, whatever its size."""
    if case.kind == "deliverable":
        path = folder / f"film {case.seed}.bin"
        return path, write_file(path, case.size, case.seed)
    path, content = folder / f"cover {case.seed}.png", image("image/png", 8 + case.size % 500, 8 + case.seed % 500)
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()
