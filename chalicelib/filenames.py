"""File names: what is accepted, and how one travels in a header. They are shown, never part of a key."""

import unicodedata
from urllib.parse import quote

from .problems import InvalidParameter

MAX_FILENAME_BYTES = 255

_PATH_CHARACTERS = frozenset("/\\")
# Unicode TR 36: these reorder what a person reads, so that one ending is shown and another is opened.
_BIDI_CHARACTERS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


def check_filename(name: str) -> str:
    """Return the name in NFC.

    Raises:
        InvalidParameter: empty, longer than 255 bytes of UTF-8, or with control, bidi or path characters.
    """
    name = unicodedata.normalize("NFC", name)
    if name.strip(" .") == "":
        raise InvalidParameter("Expected a file name, and found none.", pointer="/filename")
    refused = next((c for c in name if _is_refused(c)), None)
    if refused is not None:
        raise InvalidParameter(
            f"A file name may not contain control, bidi or path characters; found U+{ord(refused):04X}.",
            pointer="/filename",
        )
    length = len(name.encode())
    if length > MAX_FILENAME_BYTES:
        raise InvalidParameter(
            f"A file name may have at most {MAX_FILENAME_BYTES} bytes of UTF-8, and this one has {length}.",
            pointer="/filename",
            expected=MAX_FILENAME_BYTES,
            actual=length,
        )
    return name


def content_disposition(name: str) -> str:
    """The header that makes a browser save the file under its name (RFC 6266, RFC 8187), whatever the name is."""
    fallback = "".join(c if " " <= c <= "~" and c not in '"%\\' else "_" for c in name)
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"


def _is_refused(character: str) -> bool:
    return (
        character in _PATH_CHARACTERS
        or character in _BIDI_CHARACTERS
        or unicodedata.category(character) in _INVISIBLE_CATEGORIES
    )
