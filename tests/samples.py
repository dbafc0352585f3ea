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
