"""DynamoDB in memory, for the requests that PynamoDB makes for us: conditions, updates and transactions are evaluated.

Written because moto's engine takes 20 ms for a transaction. `contract` holds it against moto's.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.simulation.refusals import refusal

Item = Mapping[str, Mapping[str, Any]]
Key = tuple[str, str]

_TOKEN = re.compile(r"\s*(#\w+|:\w+|\w+|<=|>=|<>|[=<>(),])")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _comparable(value: Mapping[str, Any]) -> Any:
    ((kind, held),) = value.items()
    return Decimal(held) if kind == "N" else held


@dataclass
class Condition:
    """A condition, evaluated while it is read: `or` of `and` of comparisons, functions and parentheses."""

    item: Item
    request: Mapping[str, Any]
    tokens: list[str]

    @classmethod
    def holds(cls, expression: str | None, item: Item, request: Mapping[str, Any]) -> bool:
        return expression is None or cls(item, request, _TOKEN.findall(expression)[::-1])._either()

    def _next(self, *expected: str) -> str:
        token = self.tokens.pop()
        assert not expected or token in expected, f"{token} where {expected} was expected"
        return token

    def _either(self) -> bool:
        holds = self._both()
        while self.tokens and self.tokens[-1] == "OR":
            self._next()
            holds = self._both() or holds
        return holds

    def _both(self) -> bool:
        holds = self._one()
        while self.tokens and self.tokens[-1] == "AND":
            self._next()
            holds = self._one() and holds
        return holds

    def _one(self) -> bool:
        token = self._next()
        if token == "(":
            holds = self._either()
            self._next(")")
            return holds
        if token in ("attribute_exists", "attribute_not_exists"):
            self._next("(")
            there = self._value(self._next()) is not None
            self._next(")")
            return there == (token == "attribute_exists")
        left, operator = self._value(token), self._next()
        if operator == "IN":
            self._next("(")
            among = [self._value(self._next())]
            while self._next(",", ")") == ",":
                among.append(self._value(self._next()))
            return left is not None and left in among
        right = self._value(self._next())
        if left is None or right is None or type(left) is not type(right):
            return operator == "<>"
        return _COMPARE[operator](left, right)

    def _value(self, token: str) -> Any:
        value = (
            self.request["ExpressionAttributeValues"][token]
            if token.startswith(":")
            else self.item.get(self.request["ExpressionAttributeNames"][token])
        )
        return None if value is None else _comparable(value)


def updated(item: Item, request: Mapping[str, Any]) -> Item:
    """The item after an update expression."""
    names, values = request["ExpressionAttributeNames"], request.get("ExpressionAttributeValues", {})
    new = dict(item) or dict(request["Key"])
    clauses = re.split(r"\b(SET|ADD|REMOVE)\b", request["UpdateExpression"])
    for clause, actions in zip(clauses[1::2], clauses[2::2], strict=True):
        for action in actions.strip().split(", "):
            name, *rest = action.split()
            if clause == "SET":
                new[names[name]] = values[rest[1]]
            elif clause == "ADD":
                held = Decimal(new.get(names[name], {"N": "0"})["N"])
                new[names[name]] = {"N": str(held + Decimal(values[rest[0]]["N"]))}
            else:
                new.pop(names[name], None)
    return new


@dataclass
class Table:
    """Items by their keys. An item is never changed, only replaced. A query reads a page of so many of them."""

    items: dict[Key, Item] = field(default_factory=dict)
    page: int = 1_000_000
    tokens: dict[str, Any] = field(default_factory=dict)
    wrote: Callable[[Key, Item | None, Item | None], None] = lambda key, before, after: None

    def answer(self, operation: str, params: Mapping[str, Any]) -> Any:
        answers: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "BatchGetItem": self._batch_get,
            "Query": self._query,
            "PutItem": lambda request: self._write_one("Put", request),
            "UpdateItem": lambda request: self._write_one("Update", request),
            "DeleteItem": lambda request: self._write_one("Delete", request),
            "TransactWriteItems": self._transact,
        }
        return answers[operation](params)

    def _batch_get(self, params: Mapping[str, Any]) -> Any:
        ((table, asked),) = params["RequestItems"].items()
        keys = [_key(key) for key in asked["Keys"]]
        if not 1 <= len(keys) <= 100 or len(set(keys)) < len(keys):
            raise refusal("BatchGetItem", 400, "ValidationException")
        found = [self.items[key] for key in keys if key in self.items]
        if "ProjectionExpression" in asked:
            wanted = [asked["ExpressionAttributeNames"][name] for name in asked["ProjectionExpression"].split(", ")]
            found = [{name: item[name] for name in wanted if name in item} for item in found]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def _query(self, params: Mapping[str, Any]) -> Any:
        assert "IndexName" not in params
        names, values = params["ExpressionAttributeNames"], params["ExpressionAttributeValues"]
        asked = re.findall(r"(#\w+) = (:\w+)", params["KeyConditionExpression"])
        (partition,) = (values[value]["S"] for name, value in asked if names[name] == "pk")
        found = [
            item
            for _, item in sorted((key, item) for key, item in self.items.items() if key[0] == partition)
            if Condition.holds(params["KeyConditionExpression"], item, params)
        ]
        forward = params.get("ScanIndexForward", True)
        if begin := params.get("ExclusiveStartKey"):
            found = [item for item in found if _key(item) != _key(begin) and (_key(item) > _key(begin)) == forward]
        up_to = min(self.page, params.get("Limit", self.page))
        read = (found if forward else found[::-1])[:up_to]
        # Who has read as many as he may does not look whether there are more; and what he read is filtered then.
        more = {"LastEvaluatedKey": {"pk": read[-1]["pk"], "sk": read[-1]["sk"]}} if len(read) == up_to else {}
        page = [item for item in read if Condition.holds(params.get("FilterExpression"), item, params)]
        items = {} if params.get("Select") == "COUNT" else {"Items": page}
        return items | {"Count": len(page), "ScannedCount": len(read)} | more

    def _write_one(self, kind: str, request: Mapping[str, Any]) -> Any:
        if self._refuses(kind, request):
            raise refusal(f"{kind}Item", 400, "ConditionalCheckFailedException")
        self._write(kind, request)
        return {"Attributes": self.items.get(_key_of(kind, request), {})}

    def _transact(self, params: Mapping[str, Any]) -> Any:
        token = params.get("ClientRequestToken", "")
        if token in self.tokens:
            if self.tokens[token] != params:
                raise refusal("TransactWriteItems", 400, "IdempotentParameterMismatchException")
            return {}
        writes = [next(iter(write.items())) for write in params["TransactItems"]]
        keys = [_key_of(kind, request) for kind, request in writes]
        if len(set(keys)) < len(keys):
            raise refusal("TransactWriteItems", 400, "ValidationException")
        refused = [self._refuses(kind, request) for kind, request in writes]
        if any(refused):
            reasons = [
                self._reason(key, request) if no else {"Code": "None"}
                for no, key, (_, request) in zip(refused, keys, writes, strict=True)
            ]
            raise refusal("TransactWriteItems", 400, "TransactionCanceledException", CancellationReasons=reasons)
        for kind, request in writes:
            self._write(kind, request)
        if token:
            self.tokens[token] = params
        return {}

    def _reason(self, key: Key, request: Mapping[str, Any]) -> dict[str, Any]:
        wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and key in self.items
        return {"Code": "ConditionalCheckFailed"} | ({"Item": self.items[key]} if wanted else {})

    def _refuses(self, kind: str, request: Mapping[str, Any]) -> bool:
        item = self.items.get(_key_of(kind, request), {})
        return not Condition.holds(request.get("ConditionExpression"), item, request)

    def _write(self, kind: str, request: Mapping[str, Any]) -> None:
        key = _key_of(kind, request)
        before = self.items.get(key)
        if kind == "Put":
            self.items[key] = dict(request["Item"])
        elif kind == "Update":
            self.items[key] = updated(before or {}, request)
        elif kind == "Delete":
            self.items.pop(key, None)
        self.wrote(key, before, self.items.get(key))

    def expire(self, now: datetime) -> None:
        """What TTL does: items whose time is over go."""
        for key, item in list(self.items.items()):
            if "expires_at" in item and int(item["expires_at"]["N"]) < now.timestamp():
                del self.items[key]
                self.wrote(key, item, None)


def _key(key: Item) -> Key:
    return key["pk"]["S"], key["sk"]["S"]


def _key_of(kind: str, request: Mapping[str, Any]) -> Key:
    return _key(request["Item" if kind == "Put" else "Key"])
