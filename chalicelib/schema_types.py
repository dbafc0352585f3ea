"""The types of members that several bodies share."""

from typing import Annotated, Literal

from msgspec import Meta

from .ids import PATTERN

Ulid = Annotated[str, Meta(pattern=f"^{PATTERN}$", max_length=26, description="A ULID, in upper case.")]
UploadIdText = Annotated[
    str, Meta(pattern=f"^{PATTERN}(~[1-9][0-9]{{0,14}}~[A-Za-z0-9._-]{{1,512}})?$", description="Opaque.")
]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64, description="Of the whole file, lower-case hex.")]
Crc64Nvme = Annotated[
    str, Meta(pattern="^[A-Za-z0-9+/]{11}=$", max_length=12, description="CRC-64/NVME of the whole file, in base64.")
]
PartSha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64, description="Of one part, lower-case hex.")]
Title = Annotated[str, Meta(min_length=1, max_length=200, description="What the product is called.")]
Filename = Annotated[str, Meta(description="At most 255 bytes of UTF-8, without control, bidi or path characters.")]
Alt = Annotated[
    str, Meta(description="What the image shows, for people who cannot see it. At most 250 bytes of UTF-8.")
]
Size = Annotated[
    int,
    Meta(
        description="In bytes; at least 1. The upload must have exactly this size.",
        extra_json_schema={"minimum": 1},  # refused by the kind's own rule, whose sentence is a better one
    ),
]
State = Literal["live", "superseded", "deleted", "purged"]
