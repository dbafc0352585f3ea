"""Files and folders that only the user may read, written so that nobody ever sees half of one."""

import contextlib
import os
import tempfile
from pathlib import Path

from .problems import DiskFailed, UnsafeFile

_OTHERS = 0o077


def config_folder() -> Path:
    """Where credentials lie."""
    return _base("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """Where unfinished uploads are remembered."""
    return _base("XDG_STATE_HOME", ".local/state")


def _base(variable: str, otherwise: str) -> Path:
    """The specification wants a path that is not absolute to be ignored."""
    named = Path(os.environ.get(variable, ""))
    return (named if named.is_absolute() else Path.home() / otherwise) / "vestibule"


def make_private_folder(folder: Path) -> None:
    """Make a folder (0700), and its parents.

    Raises:
        DiskFailed: it cannot be made.
        UnsafeFile: it was there, and others may enter it.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        refuse_if_others_may(folder)
    except OSError as error:
        raise DiskFailed(f"{folder} cannot be made: {error.strerror}.") from None


def write_private(path: Path, content: bytes) -> None:
    """Write a file (0600) as a whole or not at all, also if the power fails.

    Raises:
        DiskFailed: it cannot be written.
        UnsafeFile: others may enter its folder.
    """
    make_private_folder(path.parent)
    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with 0600
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise DiskFailed(f"{path} cannot be written: {error.strerror}.", "Free some space and try again.") from None


def read_private(path: Path) -> bytes | None:
    """Read a file; None if there is none.

    Raises:
        UnsafeFile: others may read it, or it is not the user's own.
        DiskFailed: it cannot be read.
    """
    try:
        refuse_if_others_may(path)
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DiskFailed(f"{path} cannot be read: {error.strerror}.") from None


def refuse_if_others_may(path: Path) -> None:
    """Refuse what others can use. Windows keeps a user's folder from others by itself.

    Raises:
        UnsafeFile: others may, or it is not the user's own.
    """
    if os.name != "posix":
        return
    facts = path.stat()
    if facts.st_uid != os.getuid():
        raise UnsafeFile(f"{path} belongs to somebody else.", "Remove it, and sign in again.")
    if facts.st_mode & _OTHERS:
        mode = "700" if path.is_dir() else "600"
        raise UnsafeFile(f"Others can use {path}.", f"Run `chmod {mode} {path}`, and sign in again if they did.")


def _sync_folder(folder: Path) -> None:
    """Make a rename outlive a power failure, where the system can."""
    with contextlib.suppress(OSError):  # not every system opens a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
