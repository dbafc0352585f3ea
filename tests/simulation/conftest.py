"""The world, with stores in memory in the place of AWS, and with time as each actor has it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib import (
    admission,
    catalog,
    confirm,
    files,
    parts,
    recovery,
    renditions,
    telemetry,
    transactions,
    verification,
)
from chalicelib.attributes import Rendition
from tests.simulation.interleave import current
from tests.simulation.stores import stand_in
from tests.simulation.world import START, WINDOW, Clock, World


def decode(original: Path, folder: Path, content_type: str) -> renditions.Outcome:
    """In place of the child process. Each actor renders something else, to tell one from another."""
    actor = current()
    (folder / "320.jpg").write_bytes(original.read_bytes())
    made = Rendition(name="320.jpg", content_type="image/jpeg", width=320, height=240, bytes=1)  # type: ignore[no-untyped-call]
    return renditions.Outcome([made], placeholder=actor.name if actor else "sweep")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    stores = stand_in(monkeypatch, START)
    world = World(stores)
    stores.before_call = world.on_call
    for module in (confirm, parts, verification, recovery, renditions, catalog, files):
        monkeypatch.setattr(module, "datetime", Clock)
    for module in (admission, recovery, catalog):
        monkeypatch.setattr(module, "RECOVERY_WINDOW", WINDOW)
    monkeypatch.setattr(transactions, "ATTEMPTS", 1)
    monkeypatch.setattr(renditions, "decode", decode)
    monkeypatch.setattr(telemetry.log, "info", lambda *_, **__: None)
    monkeypatch.setattr(telemetry._metrics, "add_metric", lambda **_: None)
    yield world
    Clock.moment = START
