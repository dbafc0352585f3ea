"""One upload, from permission to confirm; whatever happened before is taken up where it ended."""

import contextlib
import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime

from ..answers import File, HeldPart, Multipart
from ..api import UploadRequest
from ..problems import Failure, FileChanged, Problem, UnexpectedAnswer
from ..state import Unfinished
from .destination import Destination
from .multipart import send_parts
from .outcomes import PermissionEnded, UploadGone
from .post import send_form
from .tools import Transfer

MAX_UPLOADS = 4
"""So often a permission may end before the file is through."""
MAX_REPAIRS = 4
"""So often confirm may say that bytes are missing."""
_OVER = ("gone", "upload_expired")
_FINAL_STATUSES = (404, 410, 415, 422)
"""With these the same bytes will never be admitted; with others, such as a full quota, they may be later."""


class Run:
    """The upload of one file to one destination. Its state is on disk before a byte is sent."""

    def __init__(self, transfer: Transfer, destination: Destination, request: UploadRequest, key: str) -> None:
        self._transfer = transfer
        self._tools = transfer.tools
        self._api = transfer.tools.api
        self._source = transfer.source
        self._meter = transfer.meter
        self._destination = destination
        self._request = request
        self._key = key

    def run(self, on_admitted: Callable[[File], None] | None = None) -> File:
        """Go on with what is on disk, or begin. Raises as `upload.upload`."""
        unfinished = self._tools.states.load(self._key)
        failure: Failure = UnexpectedAnswer("No upload could be begun.")
        for _ in range(MAX_UPLOADS):
            current = unfinished or self._begin()
            try:
                file = self._carry_out(current, resumed=unfinished is not None)
            except PermissionEnded as ended:
                self._give_up(current)
                unfinished, failure = None, ended.failure
                continue
            except FileChanged:
                self._give_up(current)
                raise
            except Problem as problem:
                if problem.status in _FINAL_STATUSES or problem.code == "version_mismatch":
                    self._give_up(current)
                raise
            self._meter.enter("done", self._source.size)
            if on_admitted is not None:
                on_admitted(file)
            self._tools.states.settle(self._key)
            return file
        raise failure

    def _begin(self) -> Unfinished:
        """Step 1. What travels as a form says its SHA-256 beforehand, so that S3 checks it."""
        sha256 = self._sha256() if self._request.strategy != "multipart" else None
        request = dataclasses.replace(self._request, sha256=sha256)
        issued = self._api.issue(self._destination.product_id, self._destination.kind, request)
        path, now = self._source.identity.path, datetime.now(UTC)
        begun = Unfinished(self._key, self._api.url, path, issued, now, None if issued.multipart else sha256)
        self._tools.states.save(begun)
        return begun

    def _carry_out(self, current: Unfinished, *, resumed: bool) -> File:
        """Steps 2 and 3. An upload that somebody cancelled is not begun anew, one that ended by itself is."""
        multipart = current.issued.multipart
        try:
            if multipart is None:
                return self._by_form(current, resumed=resumed)
            return self._in_parts(current, multipart, resumed=resumed)
        except UploadGone:
            failure = Problem(410, "gone", "The upload is no longer open: it was cancelled.")
        except Problem as problem:
            if problem.code not in _OVER:
                raise
            failure = problem
        if resumed or failure.code == "upload_expired":
            raise PermissionEnded(failure)
        raise failure

    def _by_form(self, current: Unfinished, *, resumed: bool) -> File:
        sha256 = current.sha256 or self._sha256()
        if resumed:
            if self._sha256() != sha256:
                raise PermissionEnded(FileChanged())
            with contextlib.suppress(_NotReceived):
                return self._confirm(current, sha256)
        missing: Failure = UnexpectedAnswer("S3 took the file, and the service does not find it.")
        for _ in range(MAX_REPAIRS):
            self._meter.enter("sending")
            send_form(self._transfer, current.issued, sha256)
            try:
                return self._confirm(current, sha256)
            except _NotReceived as not_received:
                missing = not_received.problem
        raise missing

    def _in_parts(self, current: Unfinished, multipart: Multipart, *, resumed: bool) -> File:
        held: dict[int, HeldPart] = {}
        if resumed:
            try:
                held = self._held(multipart)
            except Problem as problem:
                if problem.code != "gone":
                    raise
                return self._confirm(current, current.sha256 or self._sha256())  # completed, maybe
        missing: Failure = UnexpectedAnswer("S3 took the parts, and the service does not find them.")
        for _ in range(MAX_REPAIRS):
            self._meter.enter("sending")
            sha256 = send_parts(self._transfer, multipart, held)
            if sha256 != current.sha256:
                current = dataclasses.replace(current, sha256=sha256)
                self._tools.states.save(current)
            try:
                return self._confirm(current, sha256)
            except _NotReceived as not_received:
                missing = not_received.problem
            held = self._held(multipart)
        raise missing

    def _held(self, multipart: Multipart) -> dict[int, HeldPart]:
        return {part.part_number: part for part in self._api.held_parts(multipart.parts_url).parts}

    def _confirm(self, current: Unfinished, sha256: str) -> File:
        """Step 3. Success is a file that is this one, and nothing else."""
        self._tools.stop.check()
        self._meter.enter("confirming", self._source.size)
        try:
            file = self._api.confirm(self._destination.kind, current.issued.confirm_url, sha256=sha256)
        except Problem as problem:
            if problem.code in ("upload_not_received", "incomplete_parts"):
                raise _NotReceived(problem) from None
            raise
        if file.size != self._source.size or file.sha256 not in (None, sha256):
            raise UnexpectedAnswer("The service admitted another file than this one.", "Look at `vestibule list`.")
        return file

    def _sha256(self) -> str:
        self._meter.enter("checking")
        return self._source.sha256(self._meter.moved)

    def _give_up(self, current: Unfinished) -> None:
        """Best effort: what cannot be cancelled expires by itself."""
        self._tools.states.remove(self._key)
        upload = current.issued.upload
        with contextlib.suppress(Failure):
            self._api.cancel_once(upload.product_id, self._destination.kind, upload.id)


class _NotReceived(Exception):
    """Confirm says that bytes are missing: send them."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem
