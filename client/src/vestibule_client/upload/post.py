"""The file as one form."""

from ..answers import IssuedUpload
from ..problems import FileChanged, StorageRefused, UnexpectedAnswer, Unreachable
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
    if issued.url is None or issued.fields is None:
        raise UnexpectedAnswer("The service gave no form.")
    url, fields = issued.url, issued.fields
    storage, size = transfer.tools.storage, transfer.source.size
    transfer.stream(0, size, lambda pieces: storage.post_form(url, fields, size, pieces))
