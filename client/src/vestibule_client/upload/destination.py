"""Where a file goes, and as what."""

from dataclasses import dataclass

from ..answers import Kind


@dataclass(frozen=True, slots=True)
class Destination:
    """A product, and how the file shall be there. What is None is taken from the file, or chosen."""

    product_id: str
    kind: Kind = "deliverable"
    replaces: str | None = None
    alt: str | None = None
    strategy: str | None = None
    filename: str | None = None
    content_type: str | None = None

    def members(self) -> list[str | None]:
        """All that makes two uploads of one file two."""
        named = [self.product_id, self.kind, self.replaces, self.alt, self.strategy, self.filename, self.content_type]
        return list(named)
