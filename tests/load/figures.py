"""What was measured: how long each request took, how it was answered, and how often it had to be repeated."""

import statistics
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Of all sellers together. Thread-safe."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, step: str, status: int, seconds: float) -> None:
        """A request was answered."""
        with self._lock:
            self.seconds[step].append(seconds)
            self.statuses[step, status] += 1

    def note_repeat(self, step: str) -> None:
        """A request has to be made again."""
        with self._lock:
            self.repeats[step] += 1

    def lines(self) -> list[str]:
        """A table of the steps."""
        table = [f"  {'step':10} {'requests':>8} {'repeats':>8} {'p50 ms':>8} {'p99 ms':>8}"]
        for step, all_seconds in self.seconds.items():
            p50, p99 = (1000 * quantile(all_seconds, share) for share in (0.5, 0.99))
            table.append(f"  {step:10} {len(all_seconds):8,} {self.repeats[step]:8,} {p50:8.0f} {p99:8.0f}")
        return table


def quantile(values: list[float], share: float) -> float:
    """What this share of the values is not above."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]
