"""What is asked of DynamoDB: conditions, transactions and their reasons, tokens, batches, queries and their pages."""

from collections.abc import Mapping
from typing import Any

from tests.simulation.contract.script import Ask, Said, Script

Item = dict[str, Any]
ADD_ONE = {
    "UpdateExpression": "ADD #count :one",
    "ExpressionAttributeNames": {"#count": "count"},
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}
IS_NEW = {"ConditionExpression": "attribute_not_exists (#pk)", "ExpressionAttributeNames": {"#pk": "pk"}}
IS_THERE = {"ConditionExpression": "attribute_exists (#pk)", "ExpressionAttributeNames": {"#pk": "pk"}}
ALL_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


def row_like_ours(pk: str, sk: str, **more: str) -> Item:
    """A row; numbers are written as `n`."""
    return key(pk, sk) | {name: {"N": held} if held.isdigit() else {"S": held} for name, held in more.items()}


def key(pk: str, sk: str) -> Item:
    """A key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def table_like_ours(name: str) -> dict[str, Any]:
    """What CreateTable takes, but for the index, which no request of the simulation asks."""
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        "BillingMode": "PAY_PER_REQUEST",
    }


class TableScript(Script):
    """Transactions and batches name the table within."""

    def __init__(self, ask: Ask, table: str) -> None:
        super().__init__(ask, self._of_dynamodb)
        self.table = {"TableName": table}

    def _of_dynamodb(self, operation: str, answer: Mapping[str, Any]) -> Any:
        match operation:
            case "BatchGetItem":
                rows = answer["Responses"].get(self.table["TableName"], [])
                return sorted(rows, key=lambda row: sorted(row.items(), key=repr)), answer["UnprocessedKeys"]
            case "Query":
                return answer["Items"] if "Items" in answer else answer["Count"], answer.get("LastEvaluatedKey")
            case "UpdateItem":
                return answer.get("Attributes")
        return "done"

    def batch(self, what: str, *keys: Item, **more: Any) -> None:
        """Note what rows are read by their keys."""
        asked = {"Keys": list(keys), "ConsistentRead": True} | more
        self.note(what, "BatchGetItem", RequestItems={self.table["TableName"]: asked})

    def transact(self, what: str, *writes: tuple[str, Item], **more: Any) -> None:
        """Note what a transaction is answered."""
        items = [{kind: self.table | write} for kind, write in writes]
        self.note(what, "TransactWriteItems", TransactItems=items, **more)

    def fill(self, *rows: Item) -> None:
        """Put rows."""
        for row in rows:
            self.do("PutItem", **self.table, Item=row)


def table_script(ask: Ask, table: str) -> Said:
    """Put all questions to an empty table."""
    script = TableScript(ask, table)
    for section in (_conditions, _transactions, _tokens, _batches, _queries, _pages):
        section(script)
    return script.said


def _conditions(script: TableScript) -> None:
    new: Item = script.table | {"Item": row_like_ours("C", "1", title="first")}
    script.note("a put of what is not there yet", "PutItem", **new, **IS_NEW)
    script.note("a put of what is there", "PutItem", **new, **IS_NEW)
    one: Item = script.table | {"Key": key("C", "1")}
    none: Item = script.table | {"Key": key("C", "2")}
    counted = {"ReturnValues": "ALL_NEW", **ADD_ONE}
    script.note("an update", "UpdateItem", **one, **counted)
    script.note("an update of what is not there", "UpdateItem", **none, **counted)
    for operator, value in (("=", "2"), ("=", "1"), ("<", "3"), ("<>", "2")):
        names, values = {"#count": "count", "#other": "other"}, {":one": {"N": "1"}, ":held": {"N": value}}
        asked = {"UpdateExpression": "ADD #count :one", "ExpressionAttributeNames": names, "ReturnValues": "ALL_NEW"}
        for name in ("count", "other"):
            condition = {"ConditionExpression": f"#{name} {operator} :held", "ExpressionAttributeValues": values}
            if name == "count":
                condition["ExpressionAttributeNames"] = {"#count": "count"}
            script.note(f"an update if {name} {operator} {value}", "UpdateItem", **one, **(asked | condition))
    script.note("a delete if it is there", "DeleteItem", **one, **IS_THERE)
    script.note("a delete if it were there", "DeleteItem", **one, **IS_THERE)
    script.note("a delete of nothing", "DeleteItem", **one)
    script.batch("what is left of them", key("C", "1"), key("C", "2"))


def _transactions(script: TableScript) -> None:
    held = [row_like_ours("T", number, title=number, count="1") for number in ("1", "2", "3")]
    script.fill(*held)
    all_keys = [key("T", number) for number in ("1", "2", "3", "4", "5")]
    put = script.table | {"Item": row_like_ours("T", "4", title="new")}
    script.transact(
        "one item of four fails",
        ("ConditionCheck", {"Key": all_keys[0], **IS_THERE}),
        ("Delete", {"Key": all_keys[1], **IS_NEW, **ALL_OLD}),
        ("Put", put),
        ("Update", {"Key": all_keys[2], **ADD_ONE}),
    )
    script.batch("nothing of it was done", *all_keys)
    script.transact(
        "four of five fail, each in its way",
        ("ConditionCheck", {"Key": all_keys[4], **IS_THERE}),
        ("Delete", {"Key": all_keys[0], **IS_NEW}),
        ("Put", {"Item": row_like_ours("T", "2", title="other"), **IS_NEW, **ALL_OLD}),
        ("Update", {"Key": all_keys[2], **ADD_ONE}),
        ("Update", {"Key": all_keys[3], **_if_there(), **ALL_OLD}),
    )
    script.transact(
        "all is done",
        ("ConditionCheck", {"Key": all_keys[0], **IS_THERE}),
        ("Delete", {"Key": all_keys[1], **IS_THERE}),
        ("Put", put),
        ("Update", {"Key": all_keys[2], **ADD_ONE}),
        ("Update", {"Key": all_keys[4], **ADD_ONE}),
    )
    script.batch("all of it was done", *all_keys)
    twice = {"Key": all_keys[2], **ADD_ONE}
    script.transact("a row twice", ("Update", twice), ("Update", twice))
    script.transact(
        "a row checked and written", ("ConditionCheck", {"Key": all_keys[2], **IS_THERE}), ("Update", twice)
    )


def _if_there() -> Item:
    return ADD_ONE | IS_THERE | {"ExpressionAttributeNames": {"#count": "count", "#pk": "pk"}}


def _tokens(script: TableScript) -> None:
    def add_to(sk: str, token: str, what: str) -> None:
        script.transact(what, ("Update", {"Key": key("K", sk), **ADD_ONE}), ClientRequestToken=token)

    add_to("1", "token-1", "a transaction with a token")
    add_to("1", "token-1", "the same again")
    script.batch("done once", key("K", "1"))
    add_to("2", "token-1", "another one with its token")
    script.batch("which was not done", key("K", "2"))
    add_to("1", "token-2", "the same with another token")
    script.batch("done twice", key("K", "1"))
    later = ("Update", {"Key": key("K", "3"), **_if_there()})
    script.transact("one that is refused", later, ClientRequestToken="token-3")
    script.fill(row_like_ours("K", "3", count="1"))
    script.transact("the same, when it can be done", later, ClientRequestToken="token-3")
    script.batch("and it was done", key("K", "3"))


def _batches(script: TableScript) -> None:
    script.fill(*(row_like_ours("B", str(number), title="a", owner="me") for number in range(3)))
    script.batch("rows that are there, and one that is not", key("B", "2"), key("B", "0"), key("B", "9"))
    script.batch("none that is there", key("B", "9"))
    names = {"#0": "pk", "#1": "sk", "#2": "owner", "#3": "state"}
    only = {"ProjectionExpression": "#0, #1, #2, #3", "ExpressionAttributeNames": names}
    script.batch("some attributes", key("B", "1"), **only)
    script.batch("a key twice", key("B", "1"), key("B", "1"))
    script.batch("a hundred keys", *(key("B", str(number)) for number in range(100)))
    script.batch("a hundred and one keys", *(key("B", str(number)) for number in range(101)))
    script.batch("no keys")


def _query(**more: Any) -> Item:
    names = {"#0": "pk"} | more.pop("names", {})
    values = {":0": {"S": "Q"}} | more.pop("values", {})
    asked = {"KeyConditionExpression": "#0 = :0", "ConsistentRead": True}
    return asked | more | {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}


def _queries(script: TableScript) -> None:
    rows = [row_like_ours("Q", sk, type="one") for sk in ("b", "a", "B", "ä", "~", "a#", "a0", "10", "9")]
    script.fill(*rows, row_like_ours("Q2", "a"), row_like_ours("Q", "c", type="two"))
    script.note("rows in the order of their keys", "Query", **script.table, **_query())
    script.note("backwards", "Query", **script.table, **_query(ScanIndexForward=False))
    before = {"names": {"#1": "sk"}, "values": {":1": {"S": "b"}}}
    script.note(
        "those before", "Query", **script.table, **_query(KeyConditionExpression="#0 = :0 AND #1 < :1", **before)
    )
    of_type = {"FilterExpression": "#2 IN (:2)", "names": {"#2": "type"}, "values": {":2": {"S": "two"}}}
    script.note("those of a type", "Query", **script.table, **_query(**of_type))
    script.note("how many", "Query", **script.table, **_query(Select="COUNT"))
    script.note("of none", "Query", **script.table, **_query(values={":0": {"S": "Q3"}}))


def _pages(script: TableScript) -> None:
    of_type = {"FilterExpression": "#2 IN (:2)", "names": {"#2": "type"}, "values": {":2": {"S": "two"}}}
    for what, more in (("pages", {}), ("pages backwards", {"ScanIndexForward": False}), ("filtered pages", of_type)):
        start: Item = {}
        for number in range(4):
            asked = script.table | _query(Limit=3, **more) | start
            answer = script.note(f"{what}: {number}", "Query", **asked)
            last = (answer or {}).get("LastEvaluatedKey")
            if last is None:
                break
            if number == 0:  # behind what was read, and before it: the next page does not skip or repeat any
                script.fill(row_like_ours("Q", "1", type="one"), row_like_ours("Q", "d", type="one"))
            start = {"ExclusiveStartKey": last}
        script.do("DeleteItem", **script.table, Key=key("Q", "1"))
        script.do("DeleteItem", **script.table, Key=key("Q", "d"))
    script.do("DeleteItem", **script.table, Key=key("Q", "9"))
    script.note("as many as there are", "Query", **script.table, **_query(Limit=9))
