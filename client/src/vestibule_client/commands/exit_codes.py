"""What the command ends with. Documented in client/README.md."""

from collections.abc import Iterable

from ..problems import (
    BadStack,
    DiskFailed,
    Failure,
    FileChanged,
    NotSignedIn,
    Stopped,
    UnsafeFile,
)

OK = 0
REFUSED = 1
USAGE = 2
NOT_SIGNED_IN = 3
UNAVAILABLE = 4
LOCAL = 5
STOPPED = 130
BROKEN_PIPE = 141
"""As a shell says it of a program whose reader has gone: 128 and the number of SIGPIPE."""


def exit_code(failure: Failure) -> int:
    """The code of one failure. What is 4 can be taken up later with the same command."""
    for code, failures in _CODES.items():
        if isinstance(failure, failures):
            return code
    return UNAVAILABLE if failure.passing else REFUSED


_CODES: dict[int, tuple[type[Failure], ...]] = {
    STOPPED: (Stopped,),
    USAGE: (BadStack,),
    NOT_SIGNED_IN: (NotSignedIn, UnsafeFile),
    LOCAL: (FileChanged, DiskFailed),
}


def combined(codes: Iterable[int]) -> int:
    """The code of several: what stopped all of it first, then what was refused, before what may pass by itself."""
    found = set(codes)
    for code in (STOPPED, NOT_SIGNED_IN, REFUSED, LOCAL, UNAVAILABLE, USAGE):
        if code in found:
            return code
    return OK
