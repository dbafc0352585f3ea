"""Measures the service against baselines of the same run: `python -m bench`, or `python -m bench cold_start steps`.

What counts is the ratio: a slow or busy machine slows the baseline too, which is measured in between, turn by turn.
"""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools.environment import use_placeholders

# Before anything imports the app: its settings, and nothing of the machine's own AWS configuration.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")
use_placeholders()


@dataclass(frozen=True, slots=True)
class Cost:
    """What something took, in ms: the medians over all rounds."""

    cpu_ms: float
    wall_ms: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table: what was measured and its baseline, both in `unit`; `budget` is the highest ratio allowed.

    `wall_ratio` is None for what is no time.
    """

    name: str
    measured: float
    baseline: float
    unit: str
    against: str
    wall_ratio: float | None = None
    budget: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the baseline was measured; for times, of the CPU."""
        return self.measured / self.baseline

    @property
    def holds(self) -> bool:
        """Whether the budget, if there is one, is kept."""
        return self.budget is None or self.ratio <= self.budget


def of_time(name: str, measured: Cost, against: str, baseline: Cost, budget: float | None = None) -> Figure:
    """The line for two costs: CPU first, in the unit that reads well."""
    unit, factor = ("ms", 1.0) if baseline.cpu_ms >= 10 else ("µs", 1000.0)
    wall_ratio = measured.wall_ms / baseline.wall_ms
    return Figure(name, measured.cpu_ms * factor, baseline.cpu_ms * factor, unit, against, wall_ratio, budget)


def interleave(cases: Mapping[str, Callable[[], object]], rounds: int, calls: int) -> dict[str, Cost]:
    """Measure calls in this process: A × calls, B × calls, …, and all that `rounds` times after one that warms up."""
    taken: dict[str, list[Cost]] = {case: [] for case in cases}
    for _ in range(rounds + 1):
        for case, call in cases.items():
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(calls):
                call()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            taken[case].append(Cost(cpu * 1000 / calls, wall * 1000 / calls))
    return {case: median(costs[1:]) for case, costs in taken.items()}


def median(costs: list[Cost]) -> Cost:
    """The medians of CPU and of wall time, each by itself."""
    return Cost(statistics.median(cost.cpu_ms for cost in costs), statistics.median(cost.wall_ms for cost in costs))


def say(line: str) -> None:
    """Tell what is being done, at once."""
    print(line, flush=True)
