"""What a seller's products, uploads and files must be, kept in memory: it predicts each answer of the service.

It knows the contract (sections 4, 5 and 7 of the design) and nothing of how the service does it.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

LIVE, SUPERSEDED, DELETED = "live", "superseded", "deleted"
UNPLACED = 10**6
MOST = {"image": 20, "deliverable": 100}

Kind = Literal["image", "deliverable"]
Sent = Literal["nothing", "right", "wrong"]


@dataclass
class Expected:
    """An answer: its status, and the code of a refusal."""

    status: int
    code: str | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.code}" if self.code else str(self.status)


NOT_FOUND, GONE = Expected(404, "not_found"), Expected(410, "gone")
FULL, QUOTA = Expected(409, "limit_reached"), Expected(429, "quota_exceeded")
OK, CREATED, DONE = Expected(200), Expected(201), Expected(204)


@dataclass
class Product:
    """A product, by the order in which they were made."""

    id: str
    title: str
    version: int = 1
    is_deleted: bool = False


@dataclass
class File:
    """An admitted file."""

    id: str
    product: Product
    kind: Kind
    content: bytes
    filename: str
    alt: str | None
    series: str
    version: int = 1
    position: int = UNPLACED
    state: str = LIVE

    def facts(self) -> dict[str, Any]:
        """What every answer says of it."""
        facts = {
            "id": self.id,
            "product_id": self.product.id,
            "state": self.state,
            "filename": self.filename,
            "size": len(self.content),
            "series": self.series,
            "version": self.version,
        }
        return facts | ({"alt": self.alt} if self.kind == "image" else {})


@dataclass
class Upload:
    """An upload, and what was sent for it last. `completed`: parts that were joined stay as they are."""

    issued: dict[str, Any]
    product: Product
    kind: Kind
    content: bytes
    alt: str | None
    replaces: File | None
    sent: Sent = "nothing"
    is_cancelled: bool = False
    completed: bool = False
    file: File | None = None

    @property
    def in_parts(self) -> bool:
        """Whether it was issued as multipart."""
        return "multipart" in self.issued

    @property
    def takes_bytes(self) -> bool:
        """Whether S3 still lets bytes in: a form can be used again, parts cannot once they are joined or aborted."""
        return not (self.in_parts and (self.completed or self.is_cancelled))


@dataclass
class ShopModel:
    """One seller's. `quota` in bytes, if it is not the service's."""

    quota: int | None = None
    products: list[Product] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)

    @property
    def usage(self) -> dict[str, int]:
        """What is taken: nothing is given back before the purge."""
        return {"bytes": sum(len(file.content) for file in self.files), "files": len(self.files)}

    def listed(self, product: Product, kind: Kind, state: str = "live") -> list[File]:
        """A list of the contract, in its order."""
        states = (LIVE,) if state == "live" else (SUPERSEDED, DELETED)
        found = [file for file in self.files if (file.product, file.kind) == (product, kind) and file.state in states]
        return sorted(found, key=lambda file: (file.position if kind == "image" else 0, file.series, file.id))

    def exceeds_quota(self, size: int) -> bool:
        """Whether so many bytes more are too many."""
        return self.quota is not None and size > max(self.quota - self.usage["bytes"], 0)

    def is_full(self, product: Product, kind: Kind) -> bool:
        """Whether the product takes no further file that replaces none."""
        return len(self.listed(product, kind)) >= MOST[kind]

    def issue(self, product: Product, kind: Kind, size: int, replaces: File | None) -> Expected:
        """Step 1."""
        if product.is_deleted or (replaces is not None and replaces.product is not product):
            return NOT_FOUND
        if replaces is not None and replaces.state != LIVE:
            return GONE
        if replaces is None and self.is_full(product, kind):
            return FULL
        return QUOTA if self.exceeds_quota(size) else CREATED

    def confirm(self, upload: Upload) -> Expected:
        """Step 3. A row answers first; then the product must be there; then the bytes, and then what the commit finds."""
        if upload.file is not None:
            return OK if upload.file.state in (LIVE, SUPERSEDED) else GONE
        refusal = self._refusal_of_bytes(upload)
        if upload.product.is_deleted:
            refusal = NOT_FOUND
        refusal = refusal or self._refusal_of_commit(upload)
        if refusal is None:
            self._admit(upload)
        return refusal or CREATED

    def _refusal_of_commit(self, upload: Upload) -> Expected | None:
        if upload.replaces is None and self.is_full(upload.product, upload.kind):
            return FULL
        if upload.replaces is not None and upload.replaces.state != LIVE:
            return Expected(409, "version_mismatch")
        return QUOTA if self.exceeds_quota(len(upload.content)) else None

    def _refusal_of_bytes(self, upload: Upload) -> Expected | None:
        if upload.is_cancelled:
            return GONE
        if upload.sent == "nothing":
            return Expected(422, "incomplete_parts") if upload.in_parts else Expected(409, "upload_not_received")
        upload.completed = upload.in_parts
        return Expected(422, "content_type_mismatch") if upload.sent == "wrong" else None

    def _admit(self, upload: Upload) -> None:
        upload_id = upload.issued["upload"]["id"].partition("~")[0]
        filename = upload.issued["upload"]["filename"]
        file = File(upload_id, upload.product, upload.kind, upload.content, filename, upload.alt, upload_id)
        if upload.replaces is not None:
            replaced = upload.replaces
            file.series, file.version, file.position = replaced.series, replaced.version + 1, replaced.position
            replaced.state = SUPERSEDED
        self.files.append(file)
        upload.file = file

    def cancel(self, upload: Upload) -> Expected:
        """Give an upload up; an admitted file stays. What came by a form can be sent again."""
        if upload.in_parts and upload.product.is_deleted:
            return NOT_FOUND
        upload.is_cancelled = upload.is_cancelled or (upload.file is None and not upload.completed)
        return DONE

    def delete(self, file: File) -> Expected:
        """Take a file away; also one that is not live any more, or already deleted."""
        if file.product.is_deleted:
            return NOT_FOUND
        file.state = DELETED
        return DONE

    def restore(self, file: File) -> Expected:
        """The newest version again; the live one of its series gives way, and its place."""
        if file.product.is_deleted:
            return NOT_FOUND
        if file.state == LIVE:
            return OK
        others = [other for other in self.files if other.series == file.series and other is not file]
        gives_way = [other for other in others if other.state == LIVE]
        if not gives_way and self.is_full(file.product, file.kind):
            return FULL
        file.version = max([file.version, *(other.version + 1 for other in others)])
        for live in gives_way:
            live.state, file.position = SUPERSEDED, live.position
        file.state = LIVE
        return OK

    def change(self, file: File) -> Expected:
        """Whether a name or a text of it may be changed."""
        if file.product.is_deleted:
            return NOT_FOUND
        return OK if file.state == LIVE else GONE

    def download(self, file: File) -> Expected:
        """A superseded version can still be had."""
        if file.product.is_deleted:
            return NOT_FOUND
        return GONE if file.state == DELETED else OK
