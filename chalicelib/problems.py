"""Every refusal, as a named exception. `http` turns them into RFC 9457 problem+json.

The codes are a closed list: clients switch on them, so one is added deliberately and never reused.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a request: a JSON pointer (RFC 6901) into the body, or `/name` of a parameter."""

    pointer: str
    detail: str


MAX_QUOTED = 500


class Problem(Exception):
    """A refusal with a status and a code. `detail` is a sentence that says what was expected and what was found."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    retryable: ClassVar[bool] = False
    retry_after_seconds: ClassVar[int | None] = None

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        expected: str | int | None = None,
        actual: str | int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = _clip(detail)
        self.errors = [FieldError(_clip(pointer), self.detail)] if pointer is not None else []
        self.expected = _clip(expected) if isinstance(expected, str) else expected
        self.actual = _clip(actual) if isinstance(actual, str) else actual


def _clip(text: str) -> str:
    """A refusal may quote what was sent, which may be megabytes."""
    return text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"


class MalformedJson(Problem):
    """The body is not JSON."""

    status, code, title = 400, "malformed_json", "The body is not JSON"


class InvalidParameter(Problem):
    """A member, a parameter or an id has the wrong form."""

    status, code, title = 400, "invalid_parameter", "A parameter is not valid"


class Unauthenticated(Problem):
    """No valid ID token of this service's client."""

    status, code, title = 401, "unauthenticated", "Sign in first"


class NotFound(Problem):
    """It does not exist, or it belongs to someone else: the caller cannot tell which."""

    status, code, title = 404, "not_found", "Not found"


class MethodNotAllowed(Problem):
    """The route exists, but not with this method."""

    status, code, title = 405, "method_not_allowed", "This route does not take this method"


class UploadNotReceived(Problem):
    """Confirm came before the bytes."""

    status, code, title = 409, "upload_not_received", "The file has not arrived yet"
    retryable = True


class UploadChanged(Problem):
    """The staged bytes were replaced or removed while they were being confirmed."""

    status, code, title = 409, "upload_changed", "The uploaded file changed meanwhile"
    retryable = True


class LimitReached(Problem):
    """The product has as many files of this kind as it may have."""

    status, code, title = 409, "limit_reached", "The product is full"


class VersionMismatch(Problem):
    """If-Match names another version than the current one, or the file to replace is no longer live."""

    status, code, title = 409, "version_mismatch", "It was changed meanwhile"


class UploadExpired(Problem):
    """The upload was not confirmed in time."""

    status, code, title = 410, "upload_expired", "The upload has expired"


class Gone(Problem):
    """It existed, and was cancelled, deleted or swept; this id will not be admitted again."""

    status, code, title = 410, "gone", "It is gone"


class FileTooLarge(Problem):
    """The declared size is over the limit of the kind."""

    status, code, title = 413, "file_too_large", "The file is too large"


class UnsupportedMediaType(Problem):
    """The kind does not take files of this type, or the request body is not declared as JSON."""

    status, code, title = 415, "unsupported_media_type", "This type is not accepted"


class SizeMismatch(Problem):
    """The bytes are more or fewer than declared."""

    status, code, title = 422, "size_mismatch", "The file has another size than declared"


class ContentTypeMismatch(Problem):
    """The bytes are not of the declared type."""

    status, code, title = 422, "content_type_mismatch", "The file is not what it was declared to be"


class ChecksumMismatch(Problem):
    """The bytes do not have the declared SHA-256."""

    status, code, title = 422, "checksum_mismatch", "The file has another checksum than declared"


class ImageUnreadable(Problem):
    """The bytes begin like an image, but its header is broken."""

    status, code, title = 422, "image_unreadable", "The image cannot be read"


class ImageTooLarge(Problem):
    """The image has more pixels than allowed."""

    status, code, title = 422, "image_too_large", "The image has too many pixels"


class IncompleteParts(Problem):
    """A multipart upload lacks parts."""

    status, code, title = 422, "incomplete_parts", "Parts of the file are missing"


class PreconditionRequired(Problem):
    """The change needs an If-Match header."""

    status, code, title = 428, "precondition_required", "Say which version you are changing"


class QuotaExceeded(Problem):
    """The seller's files would take more bytes than the quota."""

    status, code, title = 429, "quota_exceeded", "The storage quota is used up"


class TooManyUploads(Problem):
    """The seller has too many uploads that wait for their confirm."""

    status, code, title = 429, "too_many_uploads", "Too many unfinished uploads"
    retryable = True
    retry_after_seconds = 60


class RateLimited(Problem):
    """The gateway's throttle; only the gateway sends it."""

    status, code, title = 429, "rate_limited", "Too many requests"
    retryable = True
    retry_after_seconds = 1


class InternalError(Problem):
    """A bug of ours. It never happens on bad input."""

    status, code, title = 500, "internal_error", "Something went wrong here"


class StorageUnavailable(Problem):
    """S3 or DynamoDB failed, throttled or conflicted for longer than we wait. Nothing is half done: repeat."""

    status, code, title = 503, "storage_unavailable", "Storage is busy"
    retryable = True
    retry_after_seconds = 2


PROBLEMS: tuple[type[Problem], ...] = tuple(Problem.__subclasses__())
