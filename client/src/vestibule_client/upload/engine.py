"""One file: what it is, whether it may go, and then the run."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from ..answers import File, Kind, Kinds
from ..api import Api, UploadRequest
from ..limits import check_limits, content_type_of, filename_of
from ..source import Source
from ..state import StateStore, key_of
from ..stopping import Stop
from ..storage import Storage
from .destination import Destination
from .meter import Meter, OnProgress
from .pace import MOST_LANES, Lanes
from .run import Run
from .tools import Tools, Transfer

PARTS_FROM_BYTES = 32 * 1024 * 1024
"""From here on a file travels in parts, where the service lets the client choose: a form cannot be resumed."""


def upload(
    api: Api,
    path: Path,
    product_id: str,
    kind: Kind = "deliverable",
    *,
    replaces: str | None = None,
    alt: str | None = None,
    strategy: str | None = None,
    on_progress: OnProgress | None = None,
    states: StateStore | None = None,
    stop: Stop | None = None,
) -> File:
    """Put one file on a product; returns it as the service admitted it. Run again after any failure to go on.

    Raises:
        BadFile: the file cannot be uploaded as it is.
        FileChanged: it changed meanwhile; nothing was admitted.
        Problem: the service refuses.
        StorageRefused: S3 does.
        Unreachable: the line is down for longer than patience lasts.
        InUse: another process is at it.
        NotSignedIn, DiskFailed, UnsafeFile, Stopped: as they say.
    """
    tools = Tools(
        api,
        Storage(api.http),
        states or StateStore(),
        Lanes(MOST_LANES, api.patience.clock.monotonic),
        stop or Stop(),
    )
    destination = Destination(product_id, kind, replaces, alt, strategy)
    engine = Engine(tools, api.kinds())
    file = engine.upload(path, destination, on_progress)
    engine.forget_admitted()
    return file


class Engine:
    """Uploads files, one at a time in each thread that calls it."""

    def __init__(self, tools: Tools, kinds: Kinds) -> None:
        self._tools = tools
        self._kinds = kinds
        self._subject = tools.api.subject()
        self._admitted: list[str] = []

    def upload(
        self,
        path: Path,
        destination: Destination,
        on_progress: OnProgress | None = None,
        on_admitted: Callable[[File], None] | None = None,
    ) -> File:
        """As `upload.upload`. `on_admitted` is told before the upload is forgotten: if it fails, a repeat tells it."""
        with Source(path) as source:
            named = dataclasses.replace(
                destination,
                filename=destination.filename or filename_of(path),
                content_type=destination.content_type or content_type_of(path),
            )
            request = self._request(source, named)
            identity = source.identity.members()
            key = key_of(self._tools.api.url, self._subject, named.members(), identity)
            with self._tools.states.lock(key, "Another process is uploading this very file."):
                meter = Meter(path, source.size, on_progress)
                transfer = Transfer(self._tools, source, meter, self._tools.stop)
                file = Run(transfer, named, request, key).run(on_admitted)
            self._admitted.append(key)
            return file

    def forget_admitted(self) -> None:
        """All went well: whoever uploads one of these files once more wants it twice."""
        for key in self._admitted:
            self._tools.states.remove(key)

    def _request(self, source: Source, destination: Destination) -> UploadRequest:
        filename, content_type = destination.filename or "", destination.content_type or ""
        rules = check_limits(
            self._kinds,
            destination.kind,
            size=source.size,
            content_type=content_type,
            filename=filename,
            alt=destination.alt,
            strategy=destination.strategy,
        )
        in_parts = "multipart" in rules.strategies
        chosen = "multipart" if in_parts and source.size >= PARTS_FROM_BYTES else None
        return UploadRequest(
            filename,
            content_type,
            source.size,
            strategy=destination.strategy or chosen,
            replaces=destination.replaces,
            alt=destination.alt,
            part_checksums=in_parts,
        )
