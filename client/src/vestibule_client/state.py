"""Unfinished uploads on disk: one small file each, there before a byte is sent.

When the file was admitted, its own is renamed, and goes when all that were uploaded together are admitted: whoever runs
the same command again gets those that were, and no second ones.
"""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .answers import IssuedUpload
from .decoding import decode
from .locks import exclusive
from .private_files import read_private, state_folder, write_private
from .problems import Failure, UnexpectedAnswer, UnsafeFile

_VERSION = 1
_UNFINISHED, _ADMITTED = ".json", ".admitted"
KEPT_SECONDS = 7 * 24 * 3600.0
"""No upload can be confirmed any more by then, or asked what became of it."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An issued upload of a local file. `sha256` is set once the whole file was read: in parts, before confirm."""

    key: str
    api_url: str
    path: str
    issued: IssuedUpload
    begun_at: datetime
    sha256: str | None = None

    def to_json(self) -> bytes:
        """As it lies on disk."""
        members = {"format": _VERSION, **dataclasses.asdict(self)}
        return json.dumps(members, default=_time_as_text, indent=1).encode()


def key_of(*identity: object) -> str:
    """The name of an upload: the same for the same file, destination and options, and for no other."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]


class StateStore:
    """The files of `folder`."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or state_folder() / "uploads"

    def lock(self, key: str, sentence: str) -> AbstractContextManager[None]:
        """Nobody else drives this upload, or download, while the block runs.

        Raises:
            InUse: another process does; with `sentence`.
            DiskFailed, UnsafeFile: the folder cannot be used.
        """
        return exclusive(self.folder / f"{key}.lock", sentence)

    def save(self, unfinished: Unfinished) -> None:
        """Remember an upload, also over a power failure.

        Raises:
            DiskFailed: it cannot be written.
            UnsafeFile: others may enter the folder.
        """
        write_private(self._path(unfinished.key), unfinished.to_json())

    def load(self, key: str) -> Unfinished | None:
        """The upload of that name, unfinished or just admitted; None if there is none, or it cannot be understood.

        Raises:
            DiskFailed: it cannot be read.
            UnsafeFile: others can read it.
        """
        content = read_private(self._path(key))
        if content is None:
            content = read_private(self._path(key, _ADMITTED))
        if content is None:
            return None
        try:
            members: dict[str, Any] = json.loads(content)
            if members.get("format") != _VERSION or members.get("key") != key:
                return None
            return decode(Unfinished, members)
        except (ValueError, AttributeError, UnexpectedAnswer):
            return None  # of another version, or damaged: the file is uploaded anew

    def settle(self, key: str) -> None:
        """The file was admitted, and somebody was told."""
        with contextlib.suppress(OSError):
            self._path(key).replace(self._path(key, _ADMITTED))

    def remove(self, key: str) -> None:
        """Forget an upload."""
        for ending in (_UNFINISHED, _ADMITTED):
            with contextlib.suppress(OSError):
                self._path(key, ending).unlink()

    def tidy(self, now: float) -> None:
        """Forget what was admitted long ago, in a run that did not end well. `now` in seconds since 1970."""
        for path in self.folder.glob(f"*{_ADMITTED}"):
            with contextlib.suppress(OSError):
                if now - path.stat().st_mtime > KEPT_SECONDS:
                    path.unlink()

    def all(self) -> Iterator[Unfinished]:
        """All unfinished uploads, oldest first. What cannot be read is left out.

        Raises:
            UnsafeFile: others can read one.
        """
        found = []
        for path in sorted(self.folder.glob(f"*{_UNFINISHED}")):
            try:
                unfinished = self.load(path.stem)
            except UnsafeFile:
                raise
            except Failure:
                continue
            if unfinished is not None:
                found.append(unfinished)
        yield from sorted(found, key=lambda unfinished: unfinished.begun_at)

    def _path(self, key: str, ending: str = _UNFINISHED) -> Path:
        return self.folder / f"{key}{ending}"


def _time_as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")
