"""Getting a file back: streamed beside its place, resumed, compared with what the service knows, then put in place."""

import hashlib
import os
from pathlib import Path
from typing import IO

import httpx

from .answers import File
from .api import Api
from .http import named_failures
from .places import put_in_place, refuse_if_taken
from .problems import Corrupted, DiskFailed, Problem, StorageRefused, UnexpectedAnswer, Unreachable
from .source import PIECE_BYTES
from .state import StateStore, key_of
from .stopping import Stop
from .storage import PARTIAL, Storage
from .upload.meter import Meter, OnProgress

MAX_FRESH_URLS = 6
_RANGE_REFUSED = 416


def find_file(api: Api, product_id: str, file_id: str) -> File:
    """A live file of a product, of either kind.

    Raises:
        Problem: the product has none of that id; or as any call of `Api`.
    """
    product = api.product(product_id)
    for file in (*product.deliverables, *product.images):
        if file.id == file_id:
            return file
    raise Problem(404, "not_found", f"The product has no live file {file_id}.")


def download(
    api: Api,
    file: File,
    place: Path,
    *,
    force: bool = False,
    on_progress: OnProgress | None = None,
    states: StateStore | None = None,
    stop: Stop | None = None,
) -> Path:
    """Save a file at `place`. Run again after any failure to go on.

    Raises:
        BadFile: there is a file already, and `force` is not given.
        Corrupted: what came is not what the service knows.
        DiskFailed: it cannot be written.
        InUse: another process is at it.
        Problem, StorageRefused, Unreachable, NotSignedIn, Stopped: as for an upload.
    """
    if not force:
        refuse_if_taken(place)
    partial = place.with_name(f"{place.name}.{file.id}.part")
    key = key_of("download", str(partial.resolve()))
    meter = Meter(place, file.size, on_progress)
    with (states or StateStore()).lock(key, "Another process is fetching this very file."):
        try:
            with partial.open("a+b") as saved:
                _Fetch(api, file, saved, meter, stop or Stop()).run()
                saved.flush()
                os.fsync(saved.fileno())
            put_in_place(partial, place, force=force)
        except OSError as error:
            raise DiskFailed(f"{place} cannot be written: {error.strerror}.", "Free some space and go on.") from None
        except Corrupted:
            partial.unlink(missing_ok=True)
            raise
    meter.enter("done", file.size)
    return place


class _Fetch:
    """The bytes of one file, appended to what an earlier run saved of it."""

    def __init__(self, api: Api, file: File, saved: IO[bytes], meter: Meter, stop: Stop) -> None:
        self._api = api
        self._storage = Storage(api.http)
        self._file = file
        self._saved = saved
        self._meter = meter
        self._stop = stop
        self._position = 0
        self._digest = hashlib.sha256()

    def run(self) -> None:
        """Fetch all, and compare. What an earlier run left may be bad: then all of it is fetched anew, once."""
        held = self._take_over()
        self._fetch()
        if not self._is_right() and held:
            self._forget()
            self._fetch()
        if not self._is_right():
            raise Corrupted

    def _take_over(self) -> bool:
        """Hash what is there; returns whether there was something."""
        self._meter.enter("sending")
        self._saved.seek(0)
        while piece := self._saved.read(PIECE_BYTES):
            self._stop.check()
            self._digest.update(piece)
            self._position += len(piece)
            self._meter.held(len(piece))
        if self._position > self._file.size:
            self._forget()
        return self._position > 0

    def _forget(self) -> None:
        self._saved.truncate(0)
        self._position, self._digest = 0, hashlib.sha256()
        self._meter.enter("sending")

    def _fetch(self) -> None:
        """A URL that ends in the middle is asked for again; whatever moves on renews the patience."""
        tries, refused = self._api.patience.begin(), 0
        while self._position < self._file.size:
            before = self._position
            signed = self._api.download(self._file.product_id, self._file.kind, self._file.id)
            try:
                with self._storage.get(signed.url, before) as response:
                    self._append(response)
            except (StorageRefused, Unreachable) as failure:
                if self._position > before:
                    tries.progressed()
                    refused = 0
                if not isinstance(failure, StorageRefused):
                    tries.pause_after(failure)
                elif failure.status == _RANGE_REFUSED and before:
                    self._forget()
                elif failure.permission_ended and refused < MAX_FRESH_URLS:
                    refused += 1
                    tries.pause_after(Unreachable(failure.sentence))
                else:
                    tries.pause_after(failure)

    def _append(self, response: httpx.Response) -> None:
        if response.status_code == PARTIAL:
            if not response.headers.get("Content-Range", "").startswith(f"bytes {self._position}-"):
                raise UnexpectedAnswer("S3 sent another range than the one that was asked for.")
        elif self._position:
            self._forget()
        with named_failures("S3"):
            for piece in response.iter_raw():  # of a fixed size, what came before a break would be lost
                self._stop.check()
                if self._position + len(piece) > self._file.size:
                    raise Corrupted(f"Expected {self._file.size:,} bytes, and more came.")
                self._saved.write(piece)
                self._digest.update(piece)
                self._position += len(piece)
                self._meter.moved(len(piece))
        if self._position < self._file.size:
            raise Unreachable("The connection to S3 broke.")

    def _is_right(self) -> bool:
        return self._position == self._file.size and self._file.sha256 in (None, self._digest.hexdigest())
