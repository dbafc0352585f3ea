"""The parts of a file, each with its SHA-256: read once, in order, ahead of those who send them."""

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Condition

from ..source import Source
from ..stopping import Stop

_CHECK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Part:
    """A range of the file, and what its bytes are."""

    number: int
    offset: int
    size: int
    sha256: str


class Digester:
    """Reads the file once; `whole` is the SHA-256 of all of it when all parts were taken."""

    def __init__(self, source: Source, part_size: int) -> None:
        self._source = source
        self._part_size = part_size
        self._whole = hashlib.sha256()

    @property
    def whole(self) -> str:
        """In hex."""
        return self._whole.hexdigest()

    def parts(self) -> Iterator[Part]:
        """All parts in order.

        Raises:
            FileChanged: the file is no longer what it was.
        """
        for number, offset in enumerate(range(0, self._source.size, self._part_size), 1):
            size = min(self._part_size, self._source.size - offset)
            digest = hashlib.sha256()
            for piece in self._source.pieces(offset, size):
                digest.update(piece)
                self._whole.update(piece)
            self._source.check_unchanged()
            yield Part(number, offset, size, digest.hexdigest())


class Feed:
    """Hands parts over to threads; whoever is ahead waits."""

    def __init__(self, capacity: int, stop: Stop) -> None:
        self._capacity = capacity
        self._stop = stop
        self._waiting: deque[Part] = deque()
        self._closed = False
        self._condition = Condition()

    def put(self, part: Part) -> None:
        """Hand over a part.

        Raises:
            Stopped: nobody will take it.
        """
        with self._condition:
            while len(self._waiting) >= self._capacity:
                self._stop.check()
                self._condition.wait(_CHECK_SECONDS)
            self._waiting.append(part)
            self._condition.notify_all()

    def close(self) -> None:
        """There are no more."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def take(self) -> Part | None:
        """The next part; None at the end.

        Raises:
            Stopped: somebody asked to stop.
        """
        with self._condition:
            while not self._waiting:
                self._stop.check()
                if self._closed:
                    return None
                self._condition.wait(_CHECK_SECONDS)
            self._condition.notify_all()
            return self._waiting.popleft()
