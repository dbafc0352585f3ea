"""Sends one part until S3 has it."""

import hashlib

from ..answers import SignedPart
from ..problems import FileChanged, StorageRefused, Unreachable
from ..retries import Tries
from .outcomes import UploadGone
from .pace import Lane
from .part_urls import PartUrls
from .parts import Part
from .tools import Transfer

MAX_FRESH_URLS = 6
MAX_RESENT = 3
_NOT_FOUND = 404


class PartSender:
    """Sends parts of one file, in one thread."""

    def __init__(self, transfer: Transfer, urls: PartUrls) -> None:
        self._transfer = transfer
        self._source = transfer.source
        self._stop = transfer.stop
        self._storage = transfer.tools.storage
        self._lanes = transfer.tools.lanes
        self._patience = transfer.tools.api.patience
        self._urls = urls

    def send(self, part: Part) -> None:
        """Send a part, again if need be.

        Raises:
            FileChanged: the file is no longer what it was.
            UploadGone: S3 does not know the upload.
            StorageRefused, Unreachable: it could not be sent for as long as patience lasts.
            Problem, NotSignedIn: the service gives no URL.
            Stopped: somebody asked to stop.
        """
        attempt = _Attempts(self._patience.begin())
        while True:
            with self._lanes.lane(self._stop) as lane:
                signed = self._urls.of(part)
                try:
                    self._put(part, signed)
                    self._lanes.succeeded(part.size)
                    return
                except (StorageRefused, Unreachable) as error:
                    failure = error
            self._make_out(part, lane, failure, attempt)

    def _make_out(self, part: Part, lane: Lane, failure: StorageRefused | Unreachable, attempt: "_Attempts") -> None:
        """Find out whether another attempt makes sense, and wait for it."""
        if isinstance(failure, StorageRefused):
            if failure.status == _NOT_FOUND:
                raise UploadGone
            if failure.permission_ended and attempt.may_have_a_fresh_url():
                self._urls.forget()
                attempt.tries.pause_after(Unreachable(failure.sentence))
                return
            if failure.is_other_bytes and attempt.may_be_resent():
                self._check_bytes(part)
                return
        if isinstance(failure, Unreachable) or failure.is_busy:
            self._lanes.suffered(lane)
        attempt.tries.pause_after(failure)

    def _put(self, part: Part, signed: SignedPart) -> None:
        self._transfer.stream(
            part.offset,
            part.size,
            lambda pieces: self._storage.put_part(signed.url, signed.headers, part.size, pieces),
        )

    def _check_bytes(self, part: Part) -> None:
        """S3 says that the bytes are others: were they changed here, or on their way?"""
        self._source.check_unchanged()
        digest = hashlib.sha256()
        for piece in self._source.pieces(part.offset, part.size):
            digest.update(piece)
        if digest.hexdigest() != part.sha256:
            raise FileChanged


class _Attempts:
    """What was tried for one part."""

    def __init__(self, tries: Tries) -> None:
        self.tries = tries
        self._fresh_urls = 0
        self._resent = 0

    def may_have_a_fresh_url(self) -> bool:
        self._fresh_urls += 1
        return self._fresh_urls <= MAX_FRESH_URLS

    def may_be_resent(self) -> bool:
        self._resent += 1
        return self._resent <= MAX_RESENT
