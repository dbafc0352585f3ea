"""Unfinished uploads on disk: one small file each, there before a byte is sent, gone when the confirm was answered."""

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
        """The unfinished upload of that name; None if there is none, or it cannot be understood.

        Raises:
            DiskFailed: it cannot be read.
            UnsafeFile: others can read it.
        """
        content = read_private(self._path(key))
        if content is None:
            return None
        try:
            members: dict[str, Any] = json.loads(content)
            if members.get("format") != _VERSION or members.get("key") != key:
                return None
            return decode(Unfinished, members)
        except (ValueError, AttributeError, UnexpectedAnswer):
            return None  # of another version, or damaged: the file is uploaded anew

    def remove(self, key: str) -> None:
        """Forget an upload."""
        with contextlib.suppress(OSError):
            self._path(key).unlink()

    def all(self) -> Iterator[Unfinished]:
        """All unfinished uploads, oldest first. What cannot be read is left out.

        Raises:
            UnsafeFile: others can read one.
        """
        found = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                unfinished = self.load(path.stem)
            except UnsafeFile:
                raise
            except Failure:
                continue
            if unfinished is not None:
                found.append(unfinished)
        yield from sorted(found, key=lambda unfinished: unfinished.begun_at)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def _time_as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")
