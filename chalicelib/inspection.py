"""Bytes in, facts out: what a file is, and how large an image is. Pure; it reads no more than it is given."""

from .image_headers import read_dimensions
from .kinds import LONG_HEAD_BYTES, Kind
from .problems import ContentTypeMismatch, ImageTooLarge, ImageUnreadable
from .signatures import GENERIC_TYPES, SIGNATURES


def sniff(head: bytes) -> str | None:
    """The media type that the first bytes prove, or None if they prove nothing."""
    return next((signature.content_type for signature in SIGNATURES if signature.begins(head)), None)


def check_type(kind: Kind, declared: str, head: bytes) -> None:
    """Refuse bytes that are not of the declared type.

    A kind with a list of types is decided by the bytes alone. One that takes any type refuses only a contradiction.

    Raises:
        ContentTypeMismatch: with the declared type as `expected` and the sniffed one as `actual`.
    """
    actual = sniff(head)
    agrees = not _contradicts(declared, head) if kind.content_types is None else actual == declared
    if not agrees:
        found = actual or "not of a type we know"
        raise ContentTypeMismatch(f"Declared {declared}, but the bytes are {found}.", expected=declared, actual=found)


def needs_more(content_type: str, head: bytes, size_bytes: int) -> bool:
    """Whether the image's dimensions lie further in than `head`, and the file does go on."""
    return len(head) < min(size_bytes, LONG_HEAD_BYTES) and read_dimensions(content_type, head) is None


def measure(kind: Kind, content_type: str, head: bytes) -> tuple[int, int]:
    """Width and height in pixels, as the image's header gives them (before any orientation is applied).

    Raises:
        ImageUnreadable: there is no header in the first MiB, or it is broken.
        ImageTooLarge: more pixels than the kind allows.
    """
    dimensions = read_dimensions(content_type, head)
    if dimensions is None:
        raise ImageUnreadable(f"Expected an {content_type} header with the image's width and height, and found none.")
    width, height = dimensions
    if width < 1 or height < 1:
        raise ImageUnreadable(f"Expected an image of at least 1 × 1 pixels, and found {width} × {height}.")
    if kind.max_pixels is not None and width * height > kind.max_pixels:
        raise ImageTooLarge(
            f"An image may have at most {kind.max_pixels:,} pixels, and this one has {width} × {height}.",
            expected=kind.max_pixels,
            actual=width * height,
        )
    return width, height


def _contradicts(declared: str, head: bytes) -> bool:
    """Whether the bytes cannot be of the declared type.

    A format with a mandatory beginning must have it. A type we do not know may wrap any known format if it is an
    application's own (many are zip files inside), but text, images, audio, video and fonts are never something else.
    """
    if declared in GENERIC_TYPES:
        return False
    expected = [signature for signature in SIGNATURES if signature.covers(declared)]
    if expected:
        return not any(signature.suffices(head) for signature in expected)
    found = [signature for signature in SIGNATURES if signature.begins(head) and declared not in signature.tolerated]
    return bool(found) and declared.startswith(("text/", "image/", "audio/", "video/", "font/"))
