"""The attributes of rows that PynamoDB does not have."""

from typing import Any

from pynamodb.attributes import Attribute, MapAttribute, UnicodeAttribute
from pynamodb.constants import NUMBER


class IntegerAttribute(Attribute[int]):
    """A whole number. PynamoDB's NumberAttribute is typed as float."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        """As DynamoDB's N."""
        return str(value)

    def deserialize(self, value: str) -> int:
        """From DynamoDB's N."""
        return int(value)


class Rendition(MapAttribute[str, Any]):
    """One rendition of an image: `name` is its key's last step. Width and height in pixels."""

    name = UnicodeAttribute()
    content_type = UnicodeAttribute()
    width = IntegerAttribute()
    height = IntegerAttribute()
    bytes = IntegerAttribute()
