"""The file as one form."""

from collections.abc import Iterator

from ..answers import IssuedUpload
from ..problems import FileChanged, StorageRefused, UnexpectedAnswer, Unreachable
from ..source import SENT_PIECE_BYTES
from .outcomes import PermissionEnded
from .sender import MAX_RESENT
from .tools import Transfer

SMALL_BYTES = 1024 * 1024
"""A form so small does not count among what travels at once."""


def send_form(transfer: Transfer, issued: IssuedUpload, sha256: str) -> None:
    """POST the form until S3 has the file. What arrives twice is one file all the same.

    Raises:
        PermissionEnded: it is too old.
        FileChanged: the file is no longer what it was.
        StorageRefused, Unreachable: it could not be sent for as long as patience lasts.
        Stopped: somebody asked to stop.
    """
    tools, source = transfer.tools, transfer.source
    tries = tools.api.patience.begin()
    resent = 0
    while True:
        try:
            if source.size <= SMALL_BYTES:
                _post(transfer, issued)
            else:
                with tools.lanes.lane(transfer.stop):
                    _post(transfer, issued)
            return
        except StorageRefused as refusal:
            if refusal.permission_ended:
                raise PermissionEnded(refusal) from None
            if refusal.is_other_bytes and resent < MAX_RESENT:
                resent += 1
                if source.sha256() != sha256:
                    raise FileChanged from None
                continue
            tries.pause_after(refusal)
        except Unreachable as failure:
            tries.pause_after(failure)


def _post(transfer: Transfer, issued: IssuedUpload) -> None:
    source = transfer.source
    if issued.url is None or issued.fields is None:
        raise UnexpectedAnswer("The service gave no form.")
    moved = 0

    def pieces() -> Iterator[bytes]:
        nonlocal moved
        for piece in source.pieces(0, source.size, SENT_PIECE_BYTES):
            transfer.stop.check()
            yield piece
            moved += len(piece)
            transfer.meter.moved(len(piece))

    source.check_unchanged()
    try:
        transfer.tools.storage.post_form(issued.url, issued.fields, source.size, pieces())
        source.check_unchanged()
    except BaseException:
        transfer.meter.moved(-moved)
        raise
