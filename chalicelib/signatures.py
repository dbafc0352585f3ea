"""How files of known formats begin, and what such a file may be declared as.

Offsets and bytes follow the IANA registrations and the PRONOM registry of the formats. Only formats whose beginning is
mandatory are here: for everything else the bytes say nothing, and so contradict nothing.
"""

from dataclasses import dataclass

GENERIC_TYPES = frozenset({"application/octet-stream", "binary/octet-stream"})


@dataclass(frozen=True, slots=True)
class Signature:
    """A format: its media type, the patterns of (offset, bytes) of which one must match, and its other names.

    `within` is how far into the file a pattern may begin.
    """

    content_type: str
    patterns: tuple[tuple[tuple[int, bytes], ...], ...]
    also: tuple[str, ...] = ()
    also_endings: tuple[str, ...] = ()
    within: int = 0

    def matches(self, head: bytes) -> bool:
        """Whether bytes that begin with `head` are of this format."""
        if self.within:
            return any(part in head[: self.within] for pattern in self.patterns for _, part in pattern)
        return any(all(head.startswith(part, at) for at, part in pattern) for pattern in self.patterns)

    def covers(self, declared: str) -> bool:
        """Whether `declared` is a name of this format."""
        return declared == self.content_type or declared in self.also or declared.endswith(self.also_endings)


def _begins(*starts: bytes) -> tuple[tuple[tuple[int, bytes], ...], ...]:
    return tuple(((0, start),) for start in starts)


def _brands(*brands: bytes) -> tuple[tuple[tuple[int, bytes], ...], ...]:
    return tuple(((4, b"ftyp"), (8, brand)) for brand in brands)


SIGNATURES = (
    Signature("image/jpeg", _begins(b"\xff\xd8\xff"), also=("image/jpg", "image/pjpeg")),
    Signature("image/png", _begins(b"\x89PNG\r\n\x1a\n"), also=("image/apng", "image/vnd.mozilla.apng")),
    Signature("image/webp", (((0, b"RIFF"), (8, b"WEBP")),)),
    Signature("image/avif", _brands(b"avif", b"avis"), also=("image/heif", "image/avif-sequence")),
    Signature("image/gif", _begins(b"GIF87a", b"GIF89a")),
    Signature("image/vnd.adobe.photoshop", _begins(b"8BPS"), also=("image/x-photoshop", "application/x-photoshop")),
    # ISO 32000-1, annex H.3.4.1: readers accept a header within the first 1024 bytes, and writers rely on it.
    Signature("application/pdf", _begins(b"%PDF-"), also=("application/x-pdf",), within=1024),
    Signature(
        "application/zip",
        _begins(b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"),
        also=(
            "application/x-zip-compressed",
            "application/x-zip",
            "application/java-archive",
            "application/vnd.android.package-archive",
            "application/vnd.comicbook+zip",
            "application/x-cbz",
            "application/x-sketch",
            "model/3mf",
        ),
        # Containers that are zip files by specification: OOXML, OpenDocument, EPUB and structured suffixes (RFC 6839).
        also_endings=(
            "+zip",
            "officedocument.wordprocessingml.document",
            "officedocument.spreadsheetml.sheet",
            "officedocument.presentationml.presentation",
            "opendocument.text",
            "opendocument.spreadsheet",
            "opendocument.presentation",
            "opendocument.graphics",
            "application/vnd.apple.pages",
            "application/vnd.apple.numbers",
            "application/vnd.apple.keynote",
        ),
    ),
    Signature(
        "application/gzip",
        _begins(b"\x1f\x8b\x08"),
        also=("application/x-gzip", "application/x-tgz", "application/x-compressed-tar", "image/svg+xml-compressed"),
    ),
    Signature("application/x-7z-compressed", _begins(b"7z\xbc\xaf\x27\x1c")),
    Signature(
        "application/vnd.rar",
        _begins(b"Rar!\x1a\x07"),
        also=(
            "application/x-rar-compressed",
            "application/x-rar",
            "application/vnd.comicbook-rar",
            "application/x-cbr",
        ),
    ),
    Signature("application/x-xz", _begins(b"\xfd7zXZ\x00")),
    Signature(
        "application/x-bzip2",
        (((0, b"BZh"), (4, b"1AY&SY")), ((0, b"BZh"), (4, b"\x17rE8P\x90"))),
        also=("application/x-bzip",),
    ),
    Signature("application/zstd", _begins(b"\x28\xb5\x2f\xfd")),
    Signature("audio/flac", _begins(b"fLaC"), also=("audio/x-flac",)),
    Signature("audio/wav", (((0, b"RIFF"), (8, b"WAVE")),), also=("audio/wave", "audio/x-wav", "audio/vnd.wave")),
    Signature("application/ogg", _begins(b"OggS"), also=("audio/ogg", "video/ogg", "audio/opus", "audio/vorbis")),
    Signature(
        "video/webm",
        _begins(b"\x1a\x45\xdf\xa3"),
        also=("audio/webm", "video/x-matroska", "audio/x-matroska", "video/matroska", "audio/matroska"),
    ),
    Signature("font/woff", _begins(b"wOFF"), also=("application/font-woff", "application/x-font-woff")),
    Signature("font/woff2", _begins(b"wOF2")),
    Signature(
        "application/x-elf",
        _begins(b"\x7fELF"),
        also=("application/x-executable", "application/x-sharedlib", "application/vnd.appimage"),
    ),
)
