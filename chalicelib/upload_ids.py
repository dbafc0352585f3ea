"""The name of an upload. Opaque to clients: a ULID; for multipart followed by its size and S3's own upload id.

    01JD…                          post
    01JD…~5368709120~VXBsb2Fk…     multipart

S3 holds the three together: the size is part of the object's key, and S3 knows an upload id under its own key only. So
a client that changes one of them names an upload that is not there; nothing has to be kept or signed to see it.
"""

import re
from dataclasses import dataclass
from typing import Literal, Self

from .ids import is_ulid

_S3_UPLOAD_ID = re.compile(r"[A-Za-z0-9._-]{1,512}")
_SIZE = re.compile(r"[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class UploadId:
    """`ulid` is also the id of the file, once it is admitted. Size in bytes; both others None for post."""

    ulid: str
    size: int | None = None
    s3_upload_id: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read it from a path; None if it is not one of ours."""
        ulid, *more = text.split("~")
        if not is_ulid(ulid):
            return None
        if not more:
            return cls(ulid)
        if len(more) != 2 or not _SIZE.fullmatch(more[0]) or not _S3_UPLOAD_ID.fullmatch(more[1]):
            return None
        return cls(ulid, int(more[0]), more[1])

    @property
    def strategy(self) -> Literal["post", "multipart"]:
        """How the bytes travel."""
        return "post" if self.size is None else "multipart"

    def __str__(self) -> str:
        return self.ulid if self.size is None else f"{self.ulid}~{self.size}~{self.s3_upload_id}"
