"""Step 3's look at what came: it must be what its own claims, the caller and the kind's rules say. No call is made."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from . import inspection
from .claims import Claims
from .kinds import IMAGE, Kind
from .models import LIVE, UNPLACED, Deliverable, File, Image, file_key
from .problems import SizeMismatch, UploadNotReceived


class Received(Protocol):
    """What came, wherever it lies: what it says about itself, and its first bytes."""

    @property
    def metadata(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def size(self) -> int: ...  # noqa: D102
    @property
    def content_type(self) -> str: ...  # noqa: D102
    @property
    def head(self) -> bytes: ...  # noqa: D102


def check_claims(received: Received, owner: str, kind: Kind, product_id: str, ulid: str) -> Claims:
    """The claims of what came, if we wrote them for this very upload, and if it is as large as they say.

    Raises:
        UploadNotReceived: they are another upload's, or nobody's.
        SizeMismatch: the bytes are more or fewer than declared.
    """
    claims = Claims.from_metadata(received.metadata)
    if claims is None or (claims.owner, claims.product, claims.kind, claims.upload) != (
        owner,
        product_id,
        kind.name,
        ulid,
    ):
        raise UploadNotReceived("The file was not sent with the form, or the part URLs, of this upload.")
    size = received.size
    if size != claims.size:
        raise SizeMismatch(f"Declared {claims.size:,} bytes, and {size:,} arrived.", expected=claims.size, actual=size)
    return claims


def inspect(claims: Claims, kind: Kind, key: str, received: Received, read_further: Callable[[], bytes]) -> File:
    """The row that the file will get, from what its bytes say. `read_further` gives more than the first of them.

    Raises:
        ContentTypeMismatch, ImageUnreadable, ImageTooLarge: the bytes are not what was declared.
    """
    content_type, head = received.content_type, received.head
    inspection.check_type(kind, content_type, head)
    row: dict[str, Any] = {
        "owner": claims.owner,
        "state": LIVE,
        "key": key,
        "filename": claims.filename,
        "size": claims.size,
        "content_type": content_type,
        "series": claims.series or claims.upload,
        "version": claims.version or 1,
        "admitted_at": datetime.now(UTC),
    }
    primary_key = file_key(claims.product, kind, claims.upload)
    if kind is not IMAGE:
        return Deliverable(*primary_key, **row)
    if inspection.needs_more(content_type, head, claims.size):
        head = read_further()
    width, height = inspection.measure(kind, content_type, head)
    position = UNPLACED if claims.position is None else claims.position
    return Image(*primary_key, width=width, height=height, alt=claims.alt, position=position, **row)
