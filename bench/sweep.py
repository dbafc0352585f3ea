"""What an hourly run of the sweep asks of AWS, in a vault of 10,000 files and in one of 100,000, with 100 new orphans.

Nothing is timed: calls are counted, and are the same in every run. Both vaults were filled at 100 files a day.
"""

import pytest

from chalicelib import telemetry
from tests.simulation.full_vault import NOW, add_orphans, calls_of_a_run, fill
from tests.simulation.stores import stand_in

from . import Figure, say

FEW, MANY, NEW = 10_000, 100_000, 100


def run() -> list[Figure]:
    """Count the calls of one run in each vault."""
    few, many = (_calls(files) for files in (FEW, MANY))
    return [Figure(f"hourly sweep, {MANY:,} files", many, few, "calls", f"the same with {FEW:,}", budget=1.10)]


def _calls(files: int) -> int:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(telemetry.log, "info", lambda *_, **__: None)
        stores = stand_in(monkeypatch, NOW)
        fill(stores, files)
        add_orphans(stores, NEW)
        calls = calls_of_a_run(stores)
    say(f"› sweep of {files:,} files and {NEW} new orphans: {calls.total()} calls")
    for name, number in sorted(calls.items()):
        say(f"    {number:5} {name}")
    return calls.total()
