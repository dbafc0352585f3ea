"""The files that sellers choose: real ones, on the disk, as a browser wants them."""

import hashlib
from pathlib import Path

from PIL import Image

from tests.pictures import encoded, smooth
from tests.samples import zip_file

MIB = 1024**2
PART_BYTES = 16 * MIB
"""What the service cuts a file into that goes in parts, up to 1 GiB."""
FILM = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"


def picture(path: Path, turn: int = 0) -> Path:
    """A picture of soft colours; each turn (0 to 255) is another one."""
    red, green, blue = smooth(1200, 800).split()
    hue = green.point(lambda value: (value + turn) % 256)
    kind = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}[path.suffix]
    path.write_bytes(encoded(Image.merge("RGB", (red, hue, blue)), kind))
    return path


def archive(path: Path, size: int = 2000) -> Path:
    """A zip file of about so many bytes before it is compressed."""
    path.write_bytes(zip_file(size))
    return path


def film(path: Path, size: int) -> Path:
    """A film of so many bytes, each of whose parts is another one. It takes hardly any room on the disk."""
    with path.open("wb") as file:
        file.write(FILM)
        for at in range(PART_BYTES // 2, size, PART_BYTES):
            file.seek(at)
            file.write(f"scene at {at}".encode())
        file.truncate(size)
    return path


LAST_PART = "*partNumber=8&*"


def eight_parts(path: Path) -> Path:
    """A film in eight parts, the last of which (`LAST_PART`) is small: what is held goes through memory."""
    return film(path, 7 * PART_BYTES + 1000)


def sha256(path: Path) -> str:
    """In hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
