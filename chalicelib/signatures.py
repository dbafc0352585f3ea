"""How files of known formats begin, and what such a file may be declared as.

Offsets and bytes follow the IANA registrations and the PRONOM registry of the formats. Only formats whose beginning is
mandatory are here: for everything else the bytes say nothing, and so contradict nothing.
"""

from dataclasses import dataclass

GENERIC_TYPES = frozenset({"application/octet-stream", "binary/octet-stream"})


Patterns = tuple[tuple[tuple[int, bytes], ...], ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """A format, and how its files begin: one of the patterns of (offset, bytes), or a brand in an ISO `ftyp` box.

    `also` and `also_endings` are its other names: a file under any of them must begin so. `tolerated` are names that
    such a file may bear too, but that others bear as well. `within` is how far in a file of that name may begin.
    """

    content_type: str
    patterns: Patterns = ()
    brands: frozenset[bytes] = frozenset()
    also: tuple[str, ...] = ()
    also_endings: tuple[str, ...] = ()
    tolerated: tuple[str, ...] = ()
    within: int = 0

    def begins(self, head: bytes) -> bool:
        """Whether bytes that begin with `head` are of this format."""
        if self.brands:
            return not self.brands.isdisjoint(_ftyp_brands(head))
        return any(all(head.startswith(part, at) for at, part in pattern) for pattern in self.patterns)

    def suffices(self, head: bytes) -> bool:
        """Whether the bytes will do for a file that bears a name of this format."""
        if self.within:
            return any(part in head[: self.within] for pattern in self.patterns for _, part in pattern)
        return self.begins(head)

    def covers(self, declared: str) -> bool:
        """Whether `declared` is a name of this format."""
        return declared == self.content_type or declared in self.also or declared.endswith(self.also_endings)


def _begins(*starts: bytes) -> Patterns:
    return tuple(((0, start),) for start in starts)


def _ftyp_brands(head: bytes) -> set[bytes]:
    """The major and the compatible brands (ISO/IEC 14496-12, 4.3): a file is of every one of these kinds."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(head[:4]), len(head), 1024)
    return {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}


SIGNATURES = (
    Signature("image/jpeg", _begins(b"\xff\xd8\xff"), also=("image/jpg", "image/pjpeg")),
    Signature("image/png", _begins(b"\x89PNG\r\n\x1a\n"), also=("image/x-png", "image/apng", "image/vnd.mozilla.apng")),
    Signature("image/webp", (((0, b"RIFF"), (8, b"WEBP")),)),
    Signature(
        "image/avif",
        brands=frozenset({b"avif", b"avis"}),
        also=("image/avif-sequence",),
        tolerated=("image/heif", "image/heif-sequence"),
    ),
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
            "image/openraster",
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
        tolerated=("image/svg+xml",),
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
    Signature(
        "audio/wav",
        tuple(((0, form), (8, b"WAVE")) for form in (b"RIFF", b"RF64", b"BW64")),
        also=("audio/wave", "audio/x-wav", "audio/vnd.wave"),
    ),
    Signature(
        "application/ogg",
        _begins(b"OggS"),
        also=("audio/ogg", "video/ogg", "audio/opus", "audio/vorbis"),
        also_endings=("+ogg",),
    ),
    # Microsoft's compound file: what Office wrote before OOXML, and what it still wraps around an encrypted document.
    Signature(
        "application/x-ole-storage",
        _begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        also_endings=(
            "officedocument.wordprocessingml.document",
            "officedocument.spreadsheetml.sheet",
            "officedocument.presentationml.presentation",
        ),
    ),
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
