"""What was told to whom and who changed what: judged at each write and at each answer."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from chalicelib.confirm import Confirmed
from chalicelib.models import DELETED, LIVE, PURGED, SUPERSEDED, SWEPT
from chalicelib.rows import Row
from tests.simulation.dynamodb import Item, Key
from tests.simulation.interleave import Actor, current
from tests.simulation.invariants import Seen, must
from tests.simulation.stores import Stores

WAYS: dict[str | None, set[str | None]] = {
    None: {LIVE, SWEPT},
    LIVE: {LIVE, SUPERSEDED, DELETED, PURGED},
    SUPERSEDED: {SUPERSEDED, LIVE, DELETED, PURGED},
    DELETED: {DELETED, LIVE, PURGED},
    PURGED: {PURGED, None},
    SWEPT: {SWEPT, None},
}
"""From state to state, and to None when a final row's time is over. Nothing comes back from the end."""


@dataclass
class Player(Actor):
    """An actor in a story. `owner`: in whose name it acts; None for the service's own functions.

    `deed` is what it does, for the census; one that `writes` nothing must not change a row.
    """

    owner: str | None = None
    deed: str = ""
    writes: bool = True
    began: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.now


@dataclass
class Ledger:
    """Set `stores.table.wrote` to its `wrote`."""

    stores: Stores
    bad: set[bytes] = field(default_factory=set)
    told: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    seen: Seen = field(default_factory=Seen)
    ways: Counter[str] = field(default_factory=Counter)

    def copy(self) -> Self:
        """What it knows by now, in another one."""
        seen = Seen(Counter(self.seen.admissions), dict(self.seen.published))
        return replace(self, bad=set(self.bad), told=dict(self.told), seen=seen, ways=Counter(self.ways))

    def tells(self, upload_id: str, confirmed: Confirmed) -> None:
        """A confirm was answered: once with 201, and always with the same file."""
        file = confirmed.file
        must(file.state in (LIVE, SUPERSEDED), "an upload was confirmed whose file is gone")
        answer = (file.key, file.size, file.sha256, file.content_type, file.series)
        must(self.told.setdefault(upload_id, answer) == answer, "the answers to an upload's confirms differ")
        self.seen.admissions[upload_id] += confirmed.created
        must(self.seen.admissions[upload_id] <= 1, "an upload was admitted twice")

    def wrote(self, key: Key, before: Item | None, after: Item | None) -> None:
        """A row was written, or has expired."""
        actor = current()
        if isinstance(actor, Player):
            must(actor.writes, f"{actor.deed} changed a row")
            self._check_owner(actor, key, before, after)
        if key[1].startswith(("image#", "deliverable#")):
            self._check_file(actor, key, before, after)

    def _check_owner(self, actor: Player, key: Key, before: Item | None, after: Item | None) -> None:
        if actor.owner is None:
            return
        kind, _, name = key[0].partition("#")
        if kind == "O":
            must(name == actor.owner, "somebody changed another one's usage")
        elif kind == "P":
            product = self.stores.table.items.get((key[0], "product"))
            for item in (before, after, product):
                owner = item.get("owner") if item else None
                must(owner is None or owner["S"] == actor.owner, "somebody changed what is another one's")

    def _check_file(self, actor: Actor | None, key: Key, before: Item | None, after: Item | None) -> None:
        old, new = (item["state"]["S"] if item else None for item in (before, after))
        if (old, new) != (None, None):
            must(new in WAYS[old], f"a file row went from {old} to {new}")
            self.ways[f"{old} → {new}"] += 1
        if old != LIVE and new == LIVE:
            product = self.stores.table.items.get((key[0], "product"), {})
            must(product.get("state") == {"S": LIVE}, "a file became live in a product that is not")
        if old is None and new == LIVE and after is not None and actor is not None:
            row: Any = Row.from_raw_data(dict(after))
            stored = self.stores.vault.objects.get(row.key)
            must(stored is not None, "a file was admitted without its object")
            assert stored is not None
            looked_at = stored.version_id in actor.has_read or stored.copied_from in actor.has_read
            must(looked_at, "a file was admitted whose bytes this very confirm had not read")
            must(stored.body not in self.bad, "a file was admitted that is not what was declared")
