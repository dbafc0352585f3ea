"""What the operations on files may refuse, besides what every route does. For the OpenAPI document."""

from ..problems import (
    ChecksumMismatch,
    ContentTypeMismatch,
    FileTooLarge,
    Gone,
    ImageTooLarge,
    ImageUnreadable,
    IncompleteParts,
    InvalidParameter,
    LimitReached,
    QuotaExceeded,
    SizeMismatch,
    TooManyUploads,
    UnsupportedMediaType,
    UploadChanged,
    UploadExpired,
    UploadNotReceived,
    VersionMismatch,
)

ISSUE = (InvalidParameter, UnsupportedMediaType, FileTooLarge, Gone, LimitReached, QuotaExceeded, TooManyUploads)
CONFIRM = (
    UploadNotReceived,
    UploadChanged,
    UploadExpired,
    Gone,
    SizeMismatch,
    ContentTypeMismatch,
    ChecksumMismatch,
    LimitReached,
    QuotaExceeded,
    VersionMismatch,
)
CONFIRM_PARTS = (IncompleteParts,)
PARTS = (InvalidParameter, UploadExpired, Gone)
CONFIRM_IMAGE = (ImageUnreadable, ImageTooLarge)
LIST = (InvalidParameter,)
ORDER = (InvalidParameter, VersionMismatch)
CHANGE = (Gone,)
RESTORE = (Gone, LimitReached, VersionMismatch)
