"""The local file: what it is, its bytes in pieces, and whether it is still the same."""

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from .problems import BadFile, FileChanged

PIECE_BYTES = 1024 * 1024
"""Read at once when hashing. Memory does not grow with the file."""
SENT_PIECE_BYTES = 256 * 1024
"""Handed to the connection at once: it copies what the system does not take."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file it is, and in which state. Time in nanoseconds."""

    path: str
    size: int
    modified_ns: int
    device: int
    inode: int

    def members(self) -> dict[str, str | int]:
        """As JSON."""
        return asdict(self)


class Source:
    """An open file. Several threads may read it at once."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            BadFile: there is none, it is not a regular file, it is empty, or it cannot be read.
        """
        self.path = path
        try:
            facts = path.stat()
            if stat.S_ISDIR(facts.st_mode):
                raise BadFile("Expected a file, and found a folder.", "Name the files in it.")
            if not stat.S_ISREG(facts.st_mode):  # opening a pipe would wait for its other end
                raise BadFile("Expected a file, and found something else.")
            self._handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise BadFile(f"The file cannot be read: {error.strerror}.") from None
        try:
            self.identity = self._look(str(path.resolve()))
            if self.identity.size == 0:
                raise BadFile("Expected at least 1 byte, and the file is empty.")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def size(self) -> int:
        """In bytes, when it was opened."""
        return self.identity.size

    def close(self) -> None:
        """Close it. Duplicates stay open."""
        os.close(self._handle)

    def duplicate(self) -> "Source":
        """The same open file, for a thread that may end later."""
        twin = object.__new__(Source)
        twin.path, twin.identity, twin._handle = self.path, self.identity, os.dup(self._handle)
        return twin

    def pieces(self, offset: int, size: int, piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
        """The bytes of a range.

        Raises:
            FileChanged: the file ends before the range does, or can no longer be read.
        """
        end = offset + size
        while offset < end:
            try:
                piece = _read_at(self._handle, min(piece_bytes, end - offset), offset)
            except OSError as error:
                raise FileChanged(f"The file could not be read any more: {error.strerror}.") from None
            if not piece:
                raise FileChanged(f"Expected {self.size:,} bytes, and the file has become shorter.")
            offset += len(piece)
            yield piece

    def sha256(self, on_piece: Callable[[int], None] | None = None) -> str:
        """The SHA-256 of the whole file, in hex.

        Raises:
            FileChanged: it changed meanwhile.
        """
        digest = hashlib.sha256()
        for piece in self.pieces(0, self.size):
            digest.update(piece)
            if on_piece is not None:
                on_piece(len(piece))
        self.check_unchanged()
        return digest.hexdigest()

    def check_unchanged(self) -> None:
        """Compare the open file with what it was.

        Raises:
            FileChanged: its size or its time of change is another.
        """
        now = self._look(self.identity.path)
        if now.size != self.size:
            raise FileChanged(f"The file changed: it had {self.size:,} bytes, and now has {now.size:,}.")
        if now != self.identity:
            raise FileChanged("The file was written to while it was uploaded.")

    def _look(self, path: str) -> Identity:
        facts = os.fstat(self._handle)
        return Identity(path, facts.st_size, facts.st_mtime_ns, facts.st_dev, facts.st_ino)


def _read_at_by_seeking(handle: int, size: int, offset: int) -> bytes:
    """Windows has no pread, and duplicates share their position: one reader at a time."""
    with _SEEKING:
        os.lseek(handle, offset, os.SEEK_SET)
        return os.read(handle, size)


_SEEKING = threading.Lock()
_read_at: Callable[[int, int, int], bytes] = getattr(os, "pread", _read_at_by_seeking)
