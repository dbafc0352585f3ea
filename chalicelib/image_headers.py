"""Width and height from the header of a JPEG, PNG, WebP or AVIF file, without decoding anything. Pure.

Each reader returns None when the header is not (yet) in the bytes it was given: more bytes may help. Every read is
bounds-checked by `unpack_from`, whose error means the same.
"""

import struct
from collections.abc import Callable, Iterator

Dimensions = tuple[int, int]


def read_dimensions(content_type: str, head: bytes) -> Dimensions | None:
    """Width and height in pixels as stored, or None if `head` does not hold them."""
    try:
        return _READERS[content_type](head)
    except (struct.error, IndexError, ValueError):
        return None


def _jpeg(head: bytes) -> Dimensions | None:
    """ITU-T T.81, annex B: walk the marker segments up to the frame header (SOF)."""
    at = 2
    while True:
        at = head.index(0xFF, at)  # decoders pass over stray bytes between segments
        while head[at] == 0xFF:  # any number of fill bytes
            at += 1
        marker = head[at]
        at += 1
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", head, at + 3)
            return width, height
        if marker in (0xD9, 0xDA):  # end of image, or pixels before any frame header
            return None
        if marker != 0x01 and not 0xD0 <= marker <= 0xD7:  # all but TEM and RSTn have a length
            (length,) = struct.unpack_from(">H", head, at)
            at += length


def _png(head: bytes) -> Dimensions | None:
    """W3C PNG, 11.2.1: the first chunk is IHDR."""
    if head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _webp(head: bytes) -> Dimensions | None:
    """RFC 9649: extended (VP8X), lossless (VP8L) or lossy (VP8)."""
    chunk = head[12:16]
    if chunk == b"VP8X":
        return _uint24(head, 24) + 1, _uint24(head, 27) + 1
    if chunk == b"VP8L" and head[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _avif(head: bytes) -> Dimensions | None:
    """ISO/IEC 23008-12: the `ispe` property that `ipma` associates with the primary item (`pitm`)."""
    meta = _find(_boxes(head, 0, len(head)), b"meta")
    if meta is None or meta[1] > len(head):
        return None
    inside = dict(_boxes(head, meta[0] + 4, meta[1]))
    pitm, iprp = inside.get(b"pitm"), inside.get(b"iprp")
    if pitm is None or iprp is None:
        return None
    (primary,) = struct.unpack_from(">H" if head[pitm[0]] == 0 else ">I", head, pitm[0] + 4)
    properties = list(_boxes(head, *iprp))
    ipco, ipma = _find(iter(properties), b"ipco"), _find(iter(properties), b"ipma")
    if ipco is None or ipma is None:
        return None
    shapes = [span[0] if name == b"ispe" else None for name, span in _boxes(head, *ipco)]
    for index in _associations(head, ipma[0], primary):
        if 0 < index <= len(shapes) and (at := shapes[index - 1]) is not None:
            width, height = struct.unpack_from(">II", head, at + 4)
            return width, height
    return None


Span = tuple[int, int]


def _boxes(head: bytes, at: int, end: int) -> Iterator[tuple[bytes, Span]]:
    """The boxes of ISO/IEC 14496-12 between two offsets: name, and where the content begins and ends."""
    while at + 8 <= end:
        size, name = struct.unpack_from(">I4s", head, at)
        begin = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", head, begin)
            begin += 8
        elif size == 0:
            size = end - at
        if size < begin - at:
            return
        yield name, (begin, at + size)
        at += size


def _find(boxes: Iterator[tuple[bytes, Span]], wanted: bytes) -> Span | None:
    return next((span for name, span in boxes if name == wanted), None)


def _associations(head: bytes, at: int, item: int) -> list[int]:
    """The property indexes (from 1) that an `ipma` box gives an item."""
    version, wide = head[at], head[at + 3] & 1
    (entries,) = struct.unpack_from(">I", head, at + 4)
    at += 8
    for _ in range(entries):
        (entry_item,) = struct.unpack_from(">H" if version < 1 else ">I", head, at)
        at += 2 if version < 1 else 4
        count = head[at]
        at += 1
        if entry_item == item:
            if wide:
                return [index & 0x7FFF for index in struct.unpack_from(f">{count}H", head, at)]
            return [index & 0x7F for index in head[at : at + count]]
        at += count * (2 if wide else 1)
    return []


def _uint24(head: bytes, at: int) -> int:
    low, high = struct.unpack_from("<HB", head, at)
    return int(low) | int(high) << 16


_READERS: dict[str, Callable[[bytes], Dimensions | None]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/avif": _avif,
}
