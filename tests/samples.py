"""Real files and plausible bodies, made in one place."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image


def image(content_type: str, width: int = 64, height: int = 48) -> bytes:
    """A real image of this type and size."""
    buffer = io.BytesIO()
    picture = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    picture.save(buffer, format=content_type.removeprefix("image/").upper())
    return buffer.getvalue()


def zip_file(size: int = 2000) -> bytes:
    """A real zip file of about `size` bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("brushes/readme.txt", b"x" * size)
    return buffer.getvalue()


# Wang, Feng, Lai and Yu, "Collisions for Hash Functions", 2004: two texts with one MD5, and so one ETag.
_COLLISION = (
    "d131dd02c5e6eec4693d9a0698aff95c2fcab5{}12467eab4004583eb8fb7f8955ad340609f4b30283e4888325{}415a085125e8f7cdc99fd91dbd{}"
    "80373c5bd8823e3156348f5bae6dacd436c919c6dd53e2{}87da03fd02396306d248cda0e99f33420f577ee8ce54b67080{}0d1ec69821bcb6a88393"
    "96f965{}6ff72a70"
)
SAME_MD5 = (
    bytes.fromhex(_COLLISION.format("87", "71", "f2", "b4", "a8", "2b")),
    bytes.fromhex(_COLLISION.format("07", "f1", "72", "34", "28", "ab")),
)


def webp(width: int, height: int, *, lossless: bool, alpha: bool) -> bytes:
    """A real WebP of one of its three forms."""
    buffer = io.BytesIO()
    colour = (200, 30, 30, 128) if alpha else (200, 30, 30)
    Image.new("RGBA" if alpha else "RGB", (width, height), colour).save(buffer, "WEBP", lossless=lossless)
    return buffer.getvalue()


def with_long_metadata(jpeg: bytes, size: int) -> bytes:
    """The same JPEG with so many bytes of comments before its header."""
    comment = b"\xff\xfe" + struct.pack(">H", 60_002) + b"x" * 60_000
    return jpeg[:2] + comment * (size // 60_000 + 1) + jpeg[2:]


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims these dimensions and has no pixels: enough for a header check, a bomb if believed."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk))


def upload_request(content: bytes, content_type: str = "image/png", **more: Any) -> dict[str, Any]:
    """The body of step 1 for this file."""
    return {"filename": "cover.png", "content_type": content_type, "size": len(content), **more}
