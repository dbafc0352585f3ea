"""Runs all benchmarks, or those named, and prints one table. Exit status 1 if a budget is missed."""

import argparse
import importlib
import os
import platform
import sys
from collections.abc import Sequence

from local.processes import exit_on_signals

from . import Figure, say

BENCHMARKS = (
    *("cold_start", "steps", "presign", "package_size", "sweep", "audit", "renditions"),
    *("uploads", "issue", "upload", "cost"),  # these start the service
)
HEADINGS = ("", "measured", "baseline", "ratio", "wall", "budget", "", "baseline is")


def main() -> int:
    """Run them; returns the exit status."""
    exit_on_signals()  # what was started is stopped
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("benchmarks", nargs="*", metavar="benchmark", help=f"some of {', '.join(BENCHMARKS)}")
    chosen = parser.parse_args().benchmarks or BENCHMARKS
    if unknown := set(chosen) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")

    say(f"› Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    figures: list[Figure] = []
    for name in chosen:
        figures += importlib.import_module(f"bench.{name}").run()

    say("")
    for line in table(figures):
        say(line)
    say("")
    say("Times are CPU time, medians; wall is the same ratio by the clock. `uploads` is by the clock alone.")
    say("Machines are noisy: only the ratios count.")
    missed = [figure.name for figure in figures if not figure.holds]
    if missed:
        say(f"✗ over budget: {', '.join(missed)}")
    return 1 if missed else 0


def table(figures: Sequence[Figure]) -> list[str]:
    """The figures in aligned columns: words to the left, numbers to the right."""
    rows = [HEADINGS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    words = {0, len(HEADINGS) - 1}
    return [
        "  ".join(
            cell.ljust(width) if column in words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        f"{figure.measured:,.1f} {figure.unit}",
        f"{figure.baseline:,.1f} {figure.unit}",
        _times(figure.ratio),
        "" if figure.wall_ratio is None else _times(figure.wall_ratio),
        "" if figure.budget is None else f"≤ {figure.budget:.2f} ×",
        "" if figure.budget is None else "✓" if figure.holds else "✗",
        figure.against,
    )


def _times(ratio: float) -> str:
    return f"{ratio:.2f} ×" if ratio < 10 else f"{ratio:.0f} ×"


if __name__ == "__main__":
    sys.exit(main())
