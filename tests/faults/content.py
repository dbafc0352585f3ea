"""Files whose bytes follow from a seed, written and compared without ever being in memory as a whole."""

import hashlib
import random
from pathlib import Path
from typing import BinaryIO

PIECE = 1024**2


def write_file(path: Path, size: int, seed: int) -> str:
    """Write `size` bytes; returns their SHA-256 in hex."""
    chance, digest, left = random.Random(seed), hashlib.sha256(), size
    with path.open("wb") as file:
        while left:
            piece = chance.randbytes(min(PIECE, left))
            digest.update(piece)
            file.write(piece)
            left -= len(piece)
    return digest.hexdigest()


def sha256_of(file: BinaryIO) -> str:
    """Read to the end; returns the SHA-256 in hex."""
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()
