"""Pictures that stand for what sellers, and attackers, send: made here, piece by piece."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageDraw, PngImagePlugin

MARKER = "PlantedByTheSeller"
"""What must not be in any rendition, wherever it was in the original."""

TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif")
RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 220, 30)
CORNERS = (RED, GREEN, BLUE, YELLOW)
"""Top left, top right, bottom left, bottom right, of an upright picture."""

# Primaries adapted to D50, as their profiles give them: red, green, blue, each X Y Z.
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))

# How a picture must be stored, so that EXIF's orientation turns it upright.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def encoded(picture: Image.Image, content_type: str, **options: Any) -> bytes:
    """The picture as a file of this type."""
    buffer = io.BytesIO()
    picture.save(buffer, format=content_type.removeprefix("image/").upper(), **options)
    return buffer.getvalue()


def quarters(width: int = 400, height: int = 240) -> Image.Image:
    """Four quarters, each of its own colour: shows which way is up."""
    picture = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), GREEN)
    draw.rectangle((0, height // 2, width // 2 - 1, height), BLUE)
    draw.rectangle((width // 2, height // 2, width, height), YELLOW)
    return picture


def turned(content_type: str, orientation: int) -> bytes:
    """The quarters, stored as a camera held that way would, with the EXIF orientation that says so."""
    picture, transpose = quarters(), STORED[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(picture if transpose is None else picture.transpose(transpose), content_type, exif=exif)


def smooth(width: int = 300, height: int = 200) -> Image.Image:
    """Soft colours that no encoder has difficulties with."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (across, down, Image.radial_gradient("L").resize((width, height))))


def profile(primaries: tuple[tuple[float, float, float], ...], *, gamma: float = 2.2, more: bytes = b"") -> bytes:
    """An ICC profile (version 2, matrix and gamma) of a display with these primaries. ICC.1:2001-04."""
    text = b"text" + bytes(4) + MARKER.encode() + b"\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(MARKER) + 1) + MARKER.encode() + bytes(79)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    tags = {b"desc": description, b"cprt": text, b"wtpt": _xyz(0.9642, 1.0, 0.8249)}
    tags |= {name: _xyz(*values) for name, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve} | ({b"more": more} if more else {})
    table, body, at = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", at + len(body), len(content))
        body += padded
    header = struct.pack(">I4sI4s4s4s", at + len(body), b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + body


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def exif(*, gps: bool = True) -> bytes:
    """EXIF with an owner, a place on earth, a comment, and a thumbnail, all of which bear the marker."""
    data = Image.Exif()
    data[0x010E] = data[0x013B] = data[0x8298] = MARKER
    if gps:
        data[0x8825] = {1: "N", 2: (47.0, 22.0, 1.0), 3: "E", 4: (8.0, 33.0, 1.0), 29: MARKER}
    data[0x8769] = {0x9286: b"ASCII\0\0\0" + MARKER.encode()}
    thumbnail = encoded(Image.new("RGB", (16, 16)), "image/jpeg", comment=MARKER)
    return data.tobytes() + thumbnail


def xmp() -> bytes:
    """XMP that bears the marker."""
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>{MARKER}</dc:creator></x:xmpmeta>'.encode()


def told_all(content_type: str) -> bytes:
    """A picture with the marker in every place for metadata that its type has, and behind its end."""
    options: dict[str, Any] = {"exif": exif(), "icc_profile": profile(ADOBE_RGB)}
    marker = MARKER.encode()
    if content_type == "image/jpeg":
        content = encoded(smooth(), content_type, **options, comment=marker, xmp=xmp())
        iptc = b"\x1c\x02\x50" + struct.pack(">H", len(marker)) + marker
        photoshop = b"Photoshop 3.0\x00" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc
        content = with_segment(with_segment(content, 0xED, photoshop), 0xEF, marker)
    elif content_type == "image/png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", MARKER)
        info.add_text("Description", MARKER, zip=True)
        info.add_itxt("XML:com.adobe.xmp", xmp().decode())
        info.add(b"prVt", marker)
        content = encoded(smooth(), content_type, **options, pnginfo=info)
    elif content_type == "image/webp":
        content = encoded(smooth(), content_type, **options, xmp=xmp()) + b"note" + struct.pack("<I", 18) + marker
        content = content[:4] + struct.pack("<I", len(content) - 8) + content[8:]
    else:
        content = encoded(smooth(), content_type, **options, xmp=xmp())
        content += struct.pack(">I4s", 8 + len(marker), b"free") + marker
    return content + f"<script>{MARKER}</script>".encode()


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """The same JPEG with one more segment before all others."""
    return jpeg[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content + jpeg[2:]


def png_chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(
    width: int, height: int, *, bits: int, colour: int, rows: bytes, before: bytes = b"", interlace: int = 0
) -> bytes:
    """A PNG of these bytes of rows, each with its filter's byte; `before` are chunks before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    ends = png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + before + ends


def zeros(size: int) -> bytes:
    """So many zero bytes, deflated: a thousandth of that."""
    deflate, piece = zlib.compressobj(9), bytes(2**20)
    return b"".join(deflate.compress(piece) for _ in range(size // 2**20)) + deflate.flush()


def segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment of a JPEG, those between its scans too."""
    at = 2
    while at < len(jpeg) and jpeg[at + 1] != 0xD9:
        marker = jpeg[at + 1]
        size = int.from_bytes(jpeg[at + 2 : at + 4])
        yield marker, jpeg[at + 4 : at + 2 + size]
        at += 2 + size
        if marker == 0xDA:  # compressed pixels follow, where 0xFF is stuffed
            while jpeg[at] != 0xFF or jpeg[at + 1] == 0 or 0xD0 <= jpeg[at + 1] <= 0xD7:
                at += 1
    assert jpeg[at:] == b"\xff\xd9", "something follows the end of the image"


def chunks(webp: bytes) -> Iterator[bytes]:
    """The names of a WebP's chunks."""
    assert webp[:4] == b"RIFF"
    assert int.from_bytes(webp[4:8], "little") + 8 == len(webp), "something follows the end of the image"
    at = 12
    while at < len(webp):
        yield webp[at : at + 4]
        size = int.from_bytes(webp[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
