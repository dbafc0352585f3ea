"""The file in parts: one thread reads and hashes, several send."""

import dataclasses
import threading
from collections.abc import Mapping

from ..answers import HeldPart, Multipart
from ..problems import Stopped
from .part_urls import PartUrls
from .parts import Digester, Feed, Part
from .sender import PartSender
from .tools import Transfer

_AHEAD = 2
"""Parts that are hashed ahead, for each sender."""
_GRACE_SECONDS = 2.0
"""For senders to notice that all is over; they are daemons, and touch nothing but their own copy of the handle."""


def send_parts(transfer: Transfer, multipart: Multipart, held: Mapping[int, HeldPart]) -> str:
    """Send all parts but those that S3 holds with the very same bytes; returns the SHA-256 of the whole.

    Raises:
        FileChanged, UploadGone, StorageRefused, Unreachable, Problem, NotSignedIn, Stopped: as `PartSender.send`.
    """
    digester = Digester(transfer.source, multipart.part_size)
    crew = _Crew(dataclasses.replace(transfer, stop=transfer.stop.child()), multipart)
    try:
        for part in digester.parts():
            if _is_held(part, held):
                transfer.meter.held(part.size)
            else:
                crew.hand(part)
        crew.finish()
    finally:
        crew.dismiss()
    transfer.source.check_unchanged()
    return digester.whole


def _is_held(part: Part, held: Mapping[int, HeldPart]) -> bool:
    there = held.get(part.number)
    return there is not None and (there.size, there.sha256) == (part.size, part.sha256)


class _Crew:
    """The threads that send. The first failure stops them all, and is raised in the thread that hands them parts."""

    def __init__(self, transfer: Transfer, multipart: Multipart) -> None:
        self._transfer = transfer
        self._stop = transfer.stop
        self._urls = PartUrls(transfer.tools.api, multipart)
        self._most = min(transfer.tools.lanes.most, multipart.part_count)
        self._feed = Feed(_AHEAD * self._most, transfer.stop)
        self._threads: list[threading.Thread] = []
        self._failure: BaseException | None = None
        self._lock = threading.Lock()

    def hand(self, part: Part) -> None:
        """Give a part to whoever is free; a thread more for each of the first ones."""
        if len(self._threads) < self._most:
            self._start()
        self._urls.expect(part)
        try:
            self._feed.put(part)
        except Stopped:
            self._raise()
            raise

    def finish(self) -> None:
        """Wait until all parts are sent."""
        self._feed.close()
        for thread in self._threads:
            while thread.is_alive():
                thread.join(0.2)
        self._raise()
        self._stop.check()

    def dismiss(self) -> None:
        """Nobody waits any longer: not for a failure, either."""
        self._stop.ask()
        for thread in self._threads:
            thread.join(_GRACE_SECONDS / len(self._threads))

    def _raise(self) -> None:
        with self._lock:
            if self._failure is not None:
                raise self._failure

    def _start(self) -> None:
        """With a handle of its own: one that does not notice in time outlives the upload."""
        own = dataclasses.replace(self._transfer, source=self._transfer.source.duplicate())
        thread = threading.Thread(target=self._work, args=[own], name="part sender", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, transfer: Transfer) -> None:
        try:
            with transfer.source:
                sender = PartSender(transfer, self._urls)
                while (part := self._feed.take()) is not None:
                    sender.send(part)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            with self._lock:
                if self._failure is None and not (isinstance(error, Stopped) and self._stop.asked):
                    self._failure = error
            self._stop.ask()
