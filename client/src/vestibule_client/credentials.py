"""The tokens of each stack that one is signed in to: one file a stack, in the user's configuration."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .decoding import decode
from .private_files import config_folder, read_private, write_private
from .problems import BadStack, UnexpectedAnswer
from .stack import Stack


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in left. Times are of this machine's own clock, so that a wrong clock does no harm."""

    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    obtained_at: float
    expires_in_seconds: int
    email: str

    def is_good(self, now: float, margin_seconds: float) -> bool:
        """Whether the ID token lasts a while yet; not if the clock was set back since."""
        return self.obtained_at <= now < self.obtained_at + self.expires_in_seconds - margin_seconds


@dataclass(frozen=True, slots=True)
class Remembered:
    """A stack and its credentials, as they lie in a file."""

    stack: Stack
    credentials: Credentials


class CredentialStore:
    """The files of `folder`: `<key of the stack>.json`, and `current`, which names the latest sign-in."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or config_folder()

    def path(self, key: str) -> Path:
        """The file of one stack."""
        return self._folder / f"{key}.json"

    def save(self, stack: Stack, credentials: Credentials) -> None:
        """Keep the credentials of a stack.

        Raises:
            DiskFailed: the file cannot be written.
            UnsafeFile: others may enter the folder.
        """
        content = {"stack": dict(stack.outputs), "credentials": asdict(credentials)}
        write_private(self.path(stack.key), json.dumps(content, indent=1).encode())

    def make_current(self, stack: Stack) -> None:
        """From now on commands mean this stack, if they name none.

        Raises:
            DiskFailed: the file cannot be written.
        """
        write_private(self._folder / "current", stack.key.encode())

    def load(self, key: str) -> Remembered | None:
        """The credentials of a stack, if there are any that can be understood.

        Raises:
            UnsafeFile: others can read them.
            DiskFailed: the file cannot be read.
        """
        content = read_private(self.path(key))
        if content is None:
            return None
        try:
            saved: dict[str, Any] = json.loads(content)
            return Remembered(Stack.from_outputs(saved["stack"]), decode(Credentials, saved["credentials"]))
        except (ValueError, KeyError, TypeError, AttributeError, BadStack, UnexpectedAnswer):
            return None  # of another version: sign in again

    def current(self) -> Remembered | None:
        """The latest sign-in, if there is one.

        Raises:
            UnsafeFile, DiskFailed: as for `load`.
        """
        key = (read_private(self._folder / "current") or b"").decode("ascii", "replace").strip()
        return self.load(key) if key.isalnum() else None

    def forget(self, stack: Stack) -> None:
        """Remove the credentials of a stack."""
        self.path(stack.key).unlink(missing_ok=True)
