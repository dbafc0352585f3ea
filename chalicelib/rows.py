"""DynamoDB's one table: what all its rows share, how they are reached, and how many are read at once."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache, partial
from operator import itemgetter
from typing import Any, Self

from pynamodb.attributes import Attribute, DiscriminatorAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.connection import Connection
from pynamodb.constants import NULL, NUMBER, STRING
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from . import sdk
from .attributes import IntegerAttribute
from .aws.client import Limits
from .outages import outages_refused
from .problems import StorageUnavailable
from .settings import settings

LIMITS = Limits(connect_timeout=1, read_timeout=3, attempts=3)

Key = tuple[str, str]
Item = dict[str, dict[str, Any]]


class OwnerIndex(GlobalSecondaryIndex[Any]):
    """A seller's products, newest last. Sparse: only rows with both attributes are in it."""

    class Meta:
        index_name = "owner-index"
        projection = AllProjection()  # type: ignore[no-untyped-call]

    owner = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class Row(Model):
    """What all rows of the table share."""

    class Meta:
        table_name = settings.table
        region = settings.region
        billing_mode = "PAY_PER_REQUEST"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    row_type = DiscriminatorAttribute(attr_name="type")
    owner = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    by_owner = OwnerIndex()

    @classmethod
    def _instantiate(cls, attribute_values: dict[str, dict[str, Any]]) -> Self:
        """As PynamoDB, which goes through all attributes of the class thrice: of those, most rows have a third."""
        told = attribute_values.get("type")
        kind = cls if told is None else _kind(told[STRING])
        if not issubclass(kind, cls):
            raise TypeError(f"Not a {cls.__name__}, but a {kind.__name__}.")
        row = kind.__new__(kind)
        row.attribute_values = {} if kind is Row else {"row_type": kind}
        row.attribute_values |= _defaults(kind)
        readers = _readers(kind)
        for name, value in attribute_values.items():
            read = readers.get(name)
            if read is not None and NULL not in value:
                row.attribute_values[name] = read(value)
        return row


@cache
def _kind(name: str) -> type[Row]:
    kind: type[Row] = Row.row_type.deserialize(name)  # type: ignore[no-untyped-call]
    return kind


@cache
def _defaults(kind: type[Row]) -> dict[str, Any]:
    attributes = kind.get_attributes().items()
    return {name: attribute.default for name, attribute in attributes if attribute.default is not None}


@cache
def _readers(kind: type[Row]) -> dict[str, Callable[[dict[str, Any]], Any]]:
    return {name: _reader(attribute) for name, attribute in kind.get_attributes().items()}


def _reader(attribute: Attribute[Any]) -> Callable[[dict[str, Any]], Any]:
    """How a value is read: of the three types that nearly all have in one step, where PynamoDB takes several."""
    if type(attribute) is UnicodeAttribute:
        return itemgetter(STRING)
    if type(attribute) is IntegerAttribute:
        return lambda value: int(value[NUMBER])
    if type(attribute) is UTCDateTimeAttribute:
        return lambda value: datetime.fromisoformat(value[STRING])
    return lambda value: attribute.deserialize(attribute.get_value(value))


def read_items(keys: Iterable[Key], only: Sequence[str] = ()) -> dict[Key, Item]:
    """Rows as DynamoDB has them, without those that are not there; with `only` some attributes, beside the key.

    Raises:
        StorageUnavailable: DynamoDB did not read all of them.
    """
    return begin_reading(keys, only)()


def begin_reading(keys: Iterable[Key], only: Sequence[str] = ()) -> Callable[[], dict[Key, Item]]:
    """Begin the same; what is returned waits for the rows.

    Not by PynamoDB, which repeats it for unprocessed keys at once and for ever.
    """
    asked: dict[str, Any] = {
        "Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in dict.fromkeys(keys)],
        "ConsistentRead": True,
    }
    if only:
        names = {f"#{number}": name for number, name in enumerate(("pk", "sk", *only))}
        asked |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    client: Any = connection().client
    return partial(_read, client.begin("BatchGetItem", {"RequestItems": {settings.table: asked}}))


def _read(answered: Callable[[], dict[str, Any]]) -> dict[Key, Item]:
    with outages_refused:
        answer = answered()
    if answer["UnprocessedKeys"]:
        raise StorageUnavailable("The database is busy. Nothing was lost or changed: repeat the request.")
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in answer["Responses"].get(settings.table, [])}


def connection() -> Connection:
    """The one connection of all rows."""
    return Row._get_connection().connection  # noqa: SLF001 (PynamoDB's transactions want it, and have no other way)


sdk.connect(connection(), LIMITS)
