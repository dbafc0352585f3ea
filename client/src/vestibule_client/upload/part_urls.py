"""The signed URLs of parts: asked for a few at a time, when they are needed, and again when they get old."""

import threading
from dataclasses import dataclass

from ..answers import Multipart, SignedPart
from ..api import Api
from ..problems import UnexpectedAnswer
from .parts import Part

BATCH = 4
MARGIN_SECONDS = 60.0
"""A URL is not used so shortly before its end: S3 looks at it when the request arrives."""


@dataclass(frozen=True, slots=True)
class _Known:
    signed: SignedPart
    obtained_at: float


class PartUrls:
    """The URLs of one upload. Their age is measured by this machine's own clock, which may be wrong about the date."""

    def __init__(self, api: Api, multipart: Multipart) -> None:
        self._api = api
        self._multipart = multipart
        self._monotonic = api.patience.clock.monotonic
        self._lock = threading.Lock()
        self._unsigned: dict[int, Part] = {}
        self._known: dict[int, _Known] = {}

    def expect(self, part: Part) -> None:
        """This part will be sent soon: its URL can be asked for together with others."""
        with self._lock:
            self._unsigned[part.number] = part

    def of(self, part: Part) -> SignedPart:
        """A URL that is good for a while.

        Raises:
            Problem, Unreachable, NotSignedIn: the service gives none.
        """
        with self._lock:
            known = self._known.pop(part.number, None)
            if known is None or not self._is_good(known):
                self._unsigned[part.number] = part
                self._sign(part)
                known = self._known.pop(part.number)
            return known.signed

    def forget(self) -> None:
        """S3 did not accept one: the others are as old."""
        with self._lock:
            self._known.clear()

    def _is_good(self, known: _Known) -> bool:
        lifetime = self._multipart.part_url_expires_in - MARGIN_SECONDS
        return self._monotonic() - known.obtained_at < max(lifetime, MARGIN_SECONDS)

    def _sign(self, first: Part) -> None:
        others = [part for number, part in self._unsigned.items() if number != first.number]
        batch = [first, *others][: max(1, min(BATCH, self._multipart.max_parts_per_call))]
        checksums = self._multipart.part_checksums
        obtained_at = self._monotonic()
        wanted = {part.number: part.sha256 if checksums else None for part in batch}
        answered = self._api.sign_parts(self._multipart.parts_url, wanted)
        for part, signed in zip(batch, answered, strict=True):
            if (signed.part_number, signed.offset, signed.size) != (part.number, part.offset, part.size):
                raise UnexpectedAnswer("The service signed another part than the one that was asked for.")
            self._unsigned.pop(part.number, None)
            self._known[part.number] = _Known(signed, obtained_at)
