"""A look behind the service, with the emulator's root key: rows, objects, and what must hold between the two."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.bootstrap import Stack
from local.buckets import VAULT
from local.permissions import TABLE

Item = dict[str, Any]
Rows = dict[tuple[str, str], Item]
"""Rows as DynamoDB has them, by their keys."""
TAKING = ("live", "superseded", "deleted")
"""States in which a file takes of its seller's quota: its bytes are there."""


def by_key(items: Iterable[Item]) -> Rows:
    """Rows by their keys."""
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in items}


def all_rows(stack: Stack) -> Rows:
    """The whole table."""
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
    return by_key(item for page in pages for item in page["Items"])


def rows_under(dynamodb: Any, pk: str) -> Rows:
    """All rows of one partition. The client is given: to make one takes longer than to look."""
    found = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
        ConsistentRead=True,
    )["Items"]
    return by_key(found)


def files(rows: Rows) -> Rows:
    """The rows of admitted files."""
    return {key: row for key, row in rows.items() if "key" in row}


def vault_objects(stack: Stack) -> dict[str, int]:
    """The vault's keys, and how many bytes each has."""
    pages = stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=VAULT)
    return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}


def check(rows: Rows, vault: Mapping[str, int]) -> None:
    """What must hold at any moment, of the rows of one product or of all: no row without its object, counters right.

    Raises:
        AssertionError: it does not.
    """
    admitted = files(rows)
    for (pk, sk), row in admitted.items():
        if row["state"]["S"] in TAKING:
            stored = vault.get(row["key"]["S"])
            assert stored == int(row["size"]["N"]), f"{pk} {sk} says {row['size']}, and its object has {stored}"
    live = {key for key, row in admitted.items() if row["state"]["S"] == "live"}
    for (pk, _), row in rows.items():
        if "image_count" not in row:
            continue
        for kind in ("image", "deliverable"):
            counted = int(row[f"{kind}_count"]["N"])
            there = sum(of == pk and sk.startswith(f"{kind}#") for of, sk in live)
            assert counted == there, f"{pk} counts {counted} {kind}s, and has {there}"


def usage(rows: Rows) -> dict[str, tuple[int, int]]:
    """Bytes and files of each seller, as the rows of usage have them."""
    return {
        pk.removeprefix("O#"): (int(row["bytes"]["N"]), int(row["files"]["N"]))
        for (pk, sk), row in rows.items()
        if sk == "usage"
    }


def taken(rows: Rows) -> dict[str, tuple[int, int]]:
    """Bytes and files of each seller, as the rows of files have them."""
    of: dict[str, tuple[int, int]] = {}
    for owner, size in _taking(rows):
        many, count = of.get(owner, (0, 0))
        of[owner] = many + size, count + 1
    return of


def _taking(rows: Rows) -> Iterator[tuple[str, int]]:
    for row in files(rows).values():
        if row["state"]["S"] in TAKING:
            yield row["owner"]["S"], int(row["size"]["N"])
