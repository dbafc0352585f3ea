"""The service in the hands of a simulation: stores in memory instead of AWS, and neither time nor chance of its own."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace

import pytest

from chalicelib import (
    admission,
    catalog,
    confirm,
    files,
    ids,
    kinds,
    parts,
    recovery,
    renditions,
    telemetry,
    transactions,
    uploads,
    verification,
)
from chalicelib.attributes import Rendition
from chalicelib.kinds import KINDS
from tests.simulation.interleave import current
from tests.simulation.stores import Stores, stand_in

START = datetime(2026, 3, 10, 12, tzinfo=UTC)
WINDOW = timedelta(days=2)
"""In which files can be restored, here: a run makes a call for each day since the last one."""
MOST_FILES = 3
"""Of a kind, of a product: so that a product is full now and then."""


class Clock(datetime):
    """Tells every actor its own time."""

    moment = START

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Clock":
        actor = current()
        return (actor.now if actor else cls.moment).astimezone(tz)  # type: ignore[return-value]


def decode(original: Path, folder: Path, content_type: str) -> renditions.Outcome:
    """In place of the child process. Each actor renders something else, to tell one from another."""
    actor = current()
    (folder / "320.jpg").write_bytes(original.read_bytes())
    made = Rendition(name="320.jpg", content_type="image/jpeg", width=320, height=240, bytes=1)  # type: ignore[no-untyped-call]
    return renditions.Outcome([made], placeholder=actor.name if actor else "sweep")


def nobody_foresaw(what: str, **_: object) -> None:
    """The service goes on after what it logs so; a simulation does not."""
    raise AssertionError(what)


def part_size(size_bytes: int) -> int:
    """Two parts, however small the file."""
    return -(-size_bytes // 2)


@contextmanager
def simulated() -> Iterator[Stores]:
    """The stores that the service now lives on. Nothing is left of it afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        stores = stand_in(patch, START)
        for module in (confirm, parts, verification, recovery, renditions, catalog, files, uploads):
            patch.setattr(module, "datetime", Clock)
        for module in (admission, recovery, catalog):
            patch.setattr(module, "RECOVERY_WINDOW", WINDOW)
        patch.setattr(transactions, "ATTEMPTS", 1)
        patch.setattr(transactions, "time", SimpleNamespace(sleep=lambda seconds: None))
        patch.setattr(renditions, "decode", decode)
        patch.setattr(telemetry.log, "info", lambda *_, **__: None)
        patch.setattr(telemetry.log, "warning", lambda *_, **__: None)
        patch.setattr(telemetry.log, "exception", nobody_foresaw)
        patch.setattr(telemetry, "_measure", lambda *_, **__: None)
        yield stores
    Clock.moment = START


@contextmanager
def in_small(seed: int) -> Iterator[None]:
    """Small products, uploads of two parts, and ids by a seed: for stories that are to come to every limit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "secrets", SimpleNamespace(randbits=random.Random(seed).getrandbits))
        patch.setattr(kinds, "part_size", part_size)
        patch.setattr(parts, "part_size", part_size)
        most = {kind: kind.max_per_product for kind in KINDS}
        for kind in KINDS:
            object.__setattr__(kind, "max_per_product", MOST_FILES)
        try:
            yield
        finally:
            for kind, number in most.items():
                object.__setattr__(kind, "max_per_product", number)
