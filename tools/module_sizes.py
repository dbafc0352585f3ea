"""Holds the size of the modules that ship: none over 250 lines."""

import statistics
import sys
from pathlib import Path

LIMIT = 250


def main() -> int:
    """Count; returns the exit status."""
    shipped = [Path("app.py"), *Path("chalicelib").rglob("*.py"), *Path("client/src").rglob("*.py")]
    sizes = {path: len(path.read_text().splitlines()) for path in shipped}
    over = {path: size for path, size in sizes.items() if size > LIMIT}
    for path, size in over.items():
        print(f"✗ {path} has {size} lines; the limit is {LIMIT}. Split it by what it is about.")
    largest = max(sizes, key=lambda path: sizes[path])
    print(f"  {len(sizes)} modules, median {statistics.median(sizes.values()):.0f} lines, {largest} {sizes[largest]}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
