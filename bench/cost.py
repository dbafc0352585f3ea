"""What a million small uploads cost by list prices, from the calls that are really made: ours, and the naive way.

The calls of a few uploads are counted by a proxy between services and AWS. Left out, as equal or as nothing that the
naive way has: storage, transfer, free tiers; renditions and sweep. Of the function's time only the waits are counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.permissions import TABLE as OUR_TABLE

from . import Figure, say
from .counting import Call, counting_proxy
from .peers import PICTURE, Peer, make_room
from .prices import (
    API_REQUESTS,
    CALLS,
    FUNCTION_GB,
    FUNCTION_GB_SECOND,
    FUNCTION_REQUESTS,
    LOGS_GB,
    MILLION,
    READ_UNITS,
    WRITE_UNITS,
)
from .stage import TABLE, Stage, stage

UPLOADS = 10
ROW_BYTES = 1024  # of a write unit

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Counted:
    """The calls of all uploads, by step; how many requests the API had; and what was logged, in bytes."""

    calls: Mapping[str, list[Call]]
    requests: int
    log_bytes: int

    def all(self) -> list[Call]:
        """Of all steps."""
        return [call for calls in self.calls.values() for call in calls]


def run() -> list[Figure]:
    """Count both, then reckon."""
    calls: list[Call] = []
    with stage(1, lambda endpoint: counting_proxy(endpoint, calls.append)) as on:
        ours, naive = on.vestibule(), on.naive()
        make_room(ours.lanes, UPLOADS + 1)
        of_ours = _dollars("vestibule", _count(ours, calls), _indexed(on, OUR_TABLE))
        of_naive = _dollars("naive", _count(naive, calls), _indexed(on, TABLE))
    return [Figure("price of a million uploads", of_ours, of_naive, "$", "the naive way")]


def _dollars(name: str, counted: Counted, indexed: set[Key]) -> float:
    """For a million uploads; and say of what."""
    say(f"› {name}: calls for an upload, of {UPLOADS}")
    for step, calls in counted.calls.items():
        numbers = Counter(call.name for call in calls)
        say(f"  {step:8}" + ", ".join(f"{number / UPLOADS:g} {call}" for call, number in numbers.items()))
    parts = _reckon(counted, indexed)
    say("  for a million: " + ", ".join(f"{part} ${dollars:.2f}" for part, dollars in parts.items()))
    return sum(parts.values())


def _count(peer: Peer, calls: list[Call]) -> Counted:
    """After one upload that is not counted: it makes rows and connections that the others find."""
    lane = peer.lanes[0]
    peer.upload(lane)
    steps: dict[str, list[Call]] = {"issue": [], "bytes": [], "confirm": []}
    lane.seconds = {}
    logged = peer.server.log_bytes()

    def take(step: str) -> None:
        steps[step] += calls
        calls.clear()

    calls.clear()
    for _ in range(UPLOADS):
        form = lane.ask("issue", peer.ask(lane))
        take("issue")
        lane.send(form, PICTURE)
        take("bytes")
        if peer.confirm is not None:
            lane.ask("confirm", peer.confirm(lane, form))
        take("confirm")
    requests = sum(len(times) for times in lane.seconds.values())
    return Counted(steps, requests, peer.server.log_bytes() - logged)


def _reckon(counted: Counted, indexed: set[Key]) -> dict[str, float]:
    """Dollars for a million uploads, by whom they are paid for."""
    calls = counted.all()
    if unknown := {call.name for call in calls} - CALLS.keys():
        raise SystemExit(f"✗ bench/prices.py has no price for {', '.join(sorted(unknown))}")
    seconds = sum(CALLS[call.name].wait_ms for call in calls) / 1000
    totals = {
        "API": counted.requests * API_REQUESTS,
        "S3": sum(CALLS[call.name].dollars for call in calls),
        "DynamoDB": sum(_units(call, indexed) for call in calls),
        "Lambda": counted.requests * FUNCTION_REQUESTS + seconds * FUNCTION_GB * FUNCTION_GB_SECOND * MILLION,
        "logs": counted.log_bytes / 1e9 * LOGS_GB * MILLION,
    }
    return {part: dollars / UPLOADS for part, dollars in totals.items()}


def _units(call: Call, indexed: set[Key]) -> float:
    """Dollars for a million times the units of a call. Rows are of one unit each; one in an index is written twice."""
    said = call.said
    match call.name:
        case "GetItem" | "BatchGetItem":
            tables = said["RequestItems"].values() if call.name == "BatchGetItem" else [said | {"Keys": [said["Key"]]}]
            return READ_UNITS * sum(
                len(table["Keys"]) * (1 if table.get("ConsistentRead") else 0.5) for table in tables
            )
        case "PutItem" | "UpdateItem":
            return WRITE_UNITS * (1 + _in_index([said], indexed))
        case "TransactWriteItems":
            writes = [write for item in said["TransactItems"] for write in item.values()]
            return WRITE_UNITS * (2 * len(writes) + _in_index(writes, indexed))
    return 0.0


def _in_index(writes: Iterable[Mapping[str, Any]], indexed: set[Key]) -> int:
    return sum(_key(write.get("Item") or write["Key"]) in indexed for write in writes)


def _indexed(on: Stage, table: str) -> set[Key]:
    """The keys of those rows that are in an index too; sees to it that no row is longer than a write unit."""
    dynamodb = on.stack.client("dynamodb")
    found = set()
    for index in [None, *dynamodb.describe_table(TableName=table)["Table"].get("GlobalSecondaryIndexes", [])]:
        named = {} if index is None else {"IndexName": index["IndexName"]}
        for page in dynamodb.get_paginator("scan").paginate(TableName=table, **named):
            if index is None and (longest := max(map(_bytes, page["Items"]))) > ROW_BYTES:
                raise SystemExit(f"✗ a row of {table} has {longest} bytes: it costs more than one unit")
            found |= {_key(item) for item in page["Items"] if index is not None}
    return found


def _bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    """About as DynamoDB reckons: names and values."""
    return sum(len(name) + len(str(value).encode()) for name, typed in item.items() for value in typed.values())


def _key(item: Mapping[str, Any]) -> Key:
    return item["pk"]["S"], item["sk"]["S"]
