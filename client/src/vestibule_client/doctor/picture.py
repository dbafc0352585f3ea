"""A picture to upload."""

import struct
import zlib


def picture(width: int = 64, height: int = 48) -> bytes:
    """A PNG of one colour, 8 bits RGB."""
    row = b"\0" + bytes((0x2F, 0x6F, 0x4F)) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(row * height))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
