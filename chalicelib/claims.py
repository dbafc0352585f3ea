"""What the server says about an upload when it issues it, and reads back from S3 when it confirms it.

The claims travel as `x-amz-meta-*` metadata of the object. The signed form fixes each one, so that what confirm reads
is what issue wrote, without a row in between and without trusting the client.
"""

from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import unquote

from msgspec import Struct

from .aws.signing import encoded

_PERCENT_ENCODED = frozenset({"filename", "alt"})
_NUMBERS = frozenset({"size", "version", "position"})


class Claims(Struct, frozen=True, kw_only=True):
    """One upload, as issued.

    `size` is in bytes, `sha256` is hex. The last five are there only for an image's alt text and for replacements:
    `replaces` names the file to supersede, and series, version and position are what the new one inherits from it.
    """

    owner: str
    product: str
    kind: str
    upload: str
    size: int
    filename: str
    sha256: str | None = None
    alt: str | None = None
    replaces: str | None = None
    series: str | None = None
    version: int | None = None
    position: int | None = None

    def to_metadata(self) -> dict[str, str]:
        """As S3 metadata: ASCII, without the absent ones. At most 2 KB for any claims that `uploads` issues."""
        metadata = {}
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if value is not None:
                metadata[name] = encoded(value) if name in _PERCENT_ENCODED else str(value)
        return metadata

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Self | None:
        """Read them back; None if the object was not written through one of our forms."""
        try:
            known = [name for name in cls.__struct_fields__ if name in metadata]
            return cls(**{name: _decode(name, metadata[name]) for name in known})
        except (TypeError, ValueError):
            return None


def _decode(name: str, value: str) -> Any:
    if name in _NUMBERS:
        return int(value)
    return unquote(value, errors="strict") if name in _PERCENT_ENCODED else value
