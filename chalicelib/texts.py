"""What people write: file names, alt texts, titles. They are shown, and never part of a key."""

import re
import unicodedata
from urllib.parse import quote

from .problems import InvalidParameter

MAX_FILENAME_BYTES = 255
MAX_ALT_BYTES = 250
"""Of UTF-8: S3 gives all claims of an upload together 2 KB, and percent-encoding triples them."""

# Unicode's categories Cc, Cs, Zl and Zp: its stability policy says that no more will come.
_INVISIBLE = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
_OF_PATHS = r"/\\"
# Unicode TR 36: these reorder what a person reads, so that one ending is shown and another is opened.
_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_REFUSED_IN_LINES = re.compile(f"[{_INVISIBLE}]")
_REFUSED_IN_FILENAMES = re.compile(f"[{_INVISIBLE}{_OF_PATHS}{_BIDI}]")


def check_filename(name: str) -> str:
    """Return the name in NFC.

    Raises:
        InvalidParameter: empty, longer than 255 bytes of UTF-8, or with control, bidi or path characters.
    """
    if len(name) <= 4 * MAX_FILENAME_BYTES:  # composing takes quadratic time, and makes no name a quarter as long
        name = unicodedata.normalize("NFC", name)
    if name.strip(" .") == "":
        raise InvalidParameter("Expected a file name, and found none.", pointer="/filename")
    if refused := _REFUSED_IN_FILENAMES.search(name):
        raise InvalidParameter(
            f"A file name may not contain control, bidi or path characters; found U+{ord(refused[0]):04X}.",
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


def check_alt(alt: str | None) -> str | None:
    """Return the alt text without spaces around it, or None for an empty one.

    Raises:
        InvalidParameter: more bytes than travel with an upload, or control characters.
    """
    alt = _check_line(alt or "", "/alt")
    length = len(alt.encode())
    if length > MAX_ALT_BYTES:
        raise InvalidParameter(
            f"An alt text may have at most {MAX_ALT_BYTES} bytes of UTF-8, and this one has {length}.",
            pointer="/alt",
            expected=MAX_ALT_BYTES,
            actual=length,
        )
    return alt or None


def check_title(title: str) -> str:
    """Return the title without spaces around it.

    Raises:
        InvalidParameter: empty, or with control characters.
    """
    title = _check_line(title, "/title")
    if not title:
        raise InvalidParameter("Expected a title, and found none.", pointer="/title")
    return title


def _check_line(text: str, pointer: str) -> str:
    text = text.strip()
    if _REFUSED_IN_LINES.search(text):
        raise InvalidParameter("Expected one line of text without control characters.", pointer=pointer)
    return text


def content_disposition(name: str) -> str:
    """The header that makes a browser save the file under its name (RFC 6266, RFC 8187), whatever the name is."""
    fallback = "".join(c if " " <= c <= "~" and c not in '"%\\' else "_" for c in name)
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"
