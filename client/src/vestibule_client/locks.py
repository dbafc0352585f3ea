"""Only one process does one thing at a time. The system lets go of a lock when its process ends, however it ends."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from .private_files import make_private_folder
from .problems import DiskFailed, InUse

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def exclusive(path: Path, sentence: str) -> Iterator[None]:
    """Hold the lock `path` while the block runs; the file goes with it.

    Raises:
        InUse: another process, or thread, holds it; with `sentence`.
        DiskFailed: the file cannot be made.
    """
    make_private_folder(path.parent)
    handle = _acquire(path, sentence)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows removes no open file
            path.unlink()
        os.close(handle)


def _acquire(path: Path, sentence: str) -> int:
    """Whoever held it before may have removed the file after we opened it: then what we locked is not what is there."""
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DiskFailed(f"{path} cannot be made: {error.strerror}.") from None
        try:
            _lock(handle)
        except OSError:
            os.close(handle)
            raise InUse(sentence) from None
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)
