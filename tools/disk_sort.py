"""Sorts more lines than memory should hold: sorted pieces in a temporary file each, merged when they are read."""

import contextlib
import heapq
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

LINES_IN_MEMORY = 50_000


@contextlib.contextmanager
def sorted_lines(lines: Iterable[str], in_memory: int = LINES_IN_MEMORY) -> Iterator[Iterator[str]]:
    """The lines (without their ends, and holding none) in the order of their code points, which is S3's own."""
    with tempfile.TemporaryDirectory(prefix="vestibule-") as folder, contextlib.ExitStack() as open_files:
        pieces: list[TextIO] = []
        some: list[str] = []
        for line in lines:
            some.append(line)
            if len(some) == in_memory:
                pieces.append(open_files.enter_context(_written(some, Path(folder, str(len(pieces))))))
                some = []
        if some:
            pieces.append(open_files.enter_context(_written(some, Path(folder, str(len(pieces))))))
        del some
        yield (line.rstrip("\n") for line in heapq.merge(*pieces))


def _written(lines: list[str], file: Path) -> TextIO:
    lines.sort()
    with file.open("w", encoding="utf-8") as target:
        target.writelines(f"{line}\n" for line in lines)
    return file.open(encoding="utf-8")
