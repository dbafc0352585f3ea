"""Rounds of the same thing at each peer in turn, by one client and by several; and what comes of them as a table."""

import functools
import os
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import Figure, say
from .lanes import Lane, Taken, drive
from .peers import Peer

PROFILE = os.environ.get("BENCH_PROFILE")
"""A file for a profile (cProfile) of one more round at our own service, which is not measured."""


Action = Callable[[Peer, Lane], None]


@dataclass(slots=True)
class Measured:
    """All rounds at one peer: what one client took, and what several at once took; and what an instance holds."""

    alone: list[Taken] = field(default_factory=list)
    at_once: list[Taken] = field(default_factory=list)
    resident_mb: float = 0.0

    def cpu_us(self, *, alone: bool = True) -> float:
        """The server's CPU for each call in µs, the median of the rounds."""
        return statistics.median(taken.cpu_seconds for taken in self._taken(alone=alone)) * 1e6

    def milliseconds(self, step: str, percent: int, *, alone: bool = True) -> float | None:
        """How long the fastest so many percent of a step's requests took at most; None if there is no such step."""
        times = [seconds for taken in self._taken(alone=alone) for seconds in taken.seconds.get(step, [])]
        return statistics.quantiles(times, n=100)[percent - 1] * 1000 if times else None

    def figure(self, name: str, other: "Measured", against: str, budget: float | None = None) -> Figure:
        """The line for CPU of a call by one client; by the clock, for the median of the last step that both have."""
        step = next(step for step in ("confirm", "issue") if step in other.alone[0].seconds)
        waits = self.milliseconds(step, 50), other.milliseconds(step, 50)
        wall = waits[0] / waits[1] if waits[0] and waits[1] else None
        return Figure(name, self.cpu_us(), other.cpu_us(), "µs", against, wall, budget)

    def _taken(self, *, alone: bool) -> list[Taken]:
        return self.alone if alone else self.at_once


def in_turn(
    peers: Mapping[str, Peer],
    action: Action,
    rounds: int,
    calls: tuple[int, int],
    prepare: Callable[[], None] = lambda: None,
) -> dict[str, Measured]:
    """Measure A by one client, A by several, B by one, …, all that `rounds` times after one that warms up.

    `calls` are those of one client, and those of several together; `prepare` is called before each round.
    """
    measured = {name: Measured() for name in peers}
    for number in range(rounds + 1):
        prepare()
        for name, peer in peers.items():
            act = functools.partial(action, peer)
            alone = drive(peer.server, peer.lanes[:1], calls[0], act)
            at_once = drive(peer.server, peer.lanes, calls[1], act)
            if number > 0:
                measured[name].alone.append(alone)
                measured[name].at_once.append(at_once)
    for name, peer in peers.items():
        measured[name].resident_mb = peer.server.resident_mb()
    return measured


def profile(peer: Peer, action: Action, calls: int) -> None:
    """Have the peer profile so many more calls by one client, if a profile is wanted."""
    if PROFILE is not None:
        with peer.lanes[0].profiled(str(Path(PROFILE).absolute())):
            drive(peer.server, peer.lanes[:1], calls, functools.partial(action, peer))
        say(f"  profile of {calls} more: python -m pstats {PROFILE}")


def show(measured: Mapping[str, Measured], *steps: str) -> None:
    """Print what was measured: CPU of the server, what one core would serve, and how long the steps' requests took."""
    several = "at once"
    heads = "".join(f"{f'{step}, ms: p50 / p99':>29}" for step in steps)
    say(f"  {'':10}{'server CPU, µs':>20}{'one core':>12}{'memory':>9}{heads}")
    under = "".join(f"{'1 client':>15}{several:>14}" for _ in steps)
    say(f"  {'':10}{'1 client':>10}{several:>10}{'a second':>12}{'MB':>9}{under}")
    for name, one in measured.items():
        cpu = f"{one.cpu_us():10,.0f}{one.cpu_us(alone=False):10,.0f}{1e6 / one.cpu_us():12,.0f}"
        waits = "".join(f"{_waits(one, step, alone=True):>15}{_waits(one, step, alone=False):>14}" for step in steps)
        say(f"  {name:10}{cpu}{one.resident_mb:9.0f}{waits}".rstrip())


def _waits(measured: Measured, step: str, *, alone: bool) -> str:
    waits = [measured.milliseconds(step, percent, alone=alone) for percent in (50, 99)]
    return " / ".join(f"{wait:.1f}" for wait in waits if wait is not None)
