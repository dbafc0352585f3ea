"""What the service would refuse, found before any byte is sent."""

import mimetypes
import unicodedata
from pathlib import Path

from .answers import Kind, KindRules, Kinds
from .problems import BadFile

_FALLBACK = "application/octet-stream"
# Not in every system's table, and images are refused by any other type.
_KNOWN = {".avif": "image/avif", ".webp": "image/webp"}


def content_type_of(path: Path) -> str:
    """The type that the name promises."""
    suffix = path.suffix.lower()
    guessed, encoding = mimetypes.guess_type(path.name, strict=True)
    if encoding is not None:  # a .tar.gz is gzip, whatever is in it
        return {"gzip": "application/gzip"}.get(encoding, _FALLBACK)
    return _KNOWN.get(suffix) or guessed or _FALLBACK


def filename_of(path: Path) -> str:
    """The name as the service keeps it: composed, as macOS does not write it."""
    return unicodedata.normalize("NFC", path.name)


def check_limits(
    kinds: Kinds, kind: Kind, *, size: int, content_type: str, filename: str, alt: str | None, strategy: str | None
) -> KindRules:
    """Compare a file with the rules of its kind.

    Raises:
        BadFile: it would be refused; the message says what was expected and what was found.
    """
    rules = kinds.of(kind)
    if rules is None:
        raise BadFile(f"This service takes no {kind}s.")
    if size < rules.min_bytes:
        raise BadFile(f"Expected at least {rules.min_bytes:,} bytes, and the file has {size:,}.")
    if size > rules.max_bytes:
        raise BadFile(f"Expected at most {rules.max_bytes:,} bytes for {_one(kind)}, and the file has {size:,}.")
    if rules.content_types is not None and content_type not in rules.content_types:
        accepted = ", ".join(rules.content_types)
        advice = "Is it meant as a deliverable?" if kind == "image" else ""
        raise BadFile(f"Expected {accepted}, and the name of the file says {content_type}.", advice)
    _check_text("a file name", filename, kinds.max_filename_bytes)
    if alt is not None:
        _check_text("an alt text", alt, kinds.max_alt_bytes)
    if strategy is not None and strategy not in rules.strategies:
        raise BadFile(f"{_one(kind).capitalize()} is uploaded by {', '.join(rules.strategies)}, not by {strategy}.")
    return rules


def _check_text(what: str, text: str, max_bytes: int) -> None:
    """Names of files are bytes; Python keeps those that are no text as surrogates, which no JSON can hold."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise BadFile(f"Expected {what} in UTF-8, and it is not.") from None
    if size > max_bytes:
        raise BadFile(f"Expected {what} of at most {max_bytes} bytes, and it has {size}.")


def _one(kind: Kind) -> str:
    return "an image" if kind == "image" else "a deliverable"
