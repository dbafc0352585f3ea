"""Everything that can go wrong, as a named exception with a sentence and what to do next.

`passing` failures may be gone when the same is tried again; `retries` does so. Nothing here holds a URL or a token.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class Failure(Exception):
    """It did not work. `str()` is a sentence; `advice` says what to do next, if there is something to say."""

    retry_after_seconds: float | None = None

    def __init__(self, sentence: str, advice: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.advice = advice

    @property
    def passing(self) -> bool:
        """Whether the same may work when it is tried again."""
        return False

    @property
    def is_doubtful(self) -> bool:
        """Whether a few attempts are enough to know that it is not passing."""
        return False

    @property
    def code(self) -> str:
        """A stable word for scripts."""
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(self).__name__)[1:]


class BadStack(Failure):
    """The file that describes the stack cannot be used."""


class NotSignedIn(Failure):
    """There is no token, or it is no longer good."""

    def __init__(self, sentence: str, advice: str = "Sign in with `vestibule login`.") -> None:
        super().__init__(sentence, advice)


class SignInRefused(NotSignedIn):
    """Cognito did not accept what was said."""


class UnsafeFile(Failure):
    """A file that holds a secret can be read by others."""


class Unreachable(Failure):
    """No answer, or half of one: the network, a proxy in between, or a service that is down."""

    def __init__(
        self, sentence: str, advice: str = "Check the connection.", retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(sentence, advice)
        self.retry_after_seconds = retry_after_seconds

    @property
    def passing(self) -> bool:
        """Always."""
        return True


class UnexpectedAnswer(Unreachable):
    """An answer came, but it is not what the service says: cut off, or somebody else's."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a request; `pointer` is a JSON pointer into it."""

    pointer: str
    detail: str


class Problem(Failure):
    """The service's own refusal (RFC 9457). `code` is stable, `detail` says what was expected and what was found."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        title: str = "",
        retryable: bool = False,
        retry_after_seconds: float | None = None,
        expected: str | int | None = None,
        actual: str | int | None = None,
        errors: Sequence[FieldError] = (),
        request_id: str = "",
    ) -> None:
        super().__init__(detail)
        self.status = status
        self._code = code
        self.detail = detail
        self.title = title
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        self.expected = expected
        self.actual = actual
        self.errors = tuple(errors)
        self.request_id = request_id

    @property
    def code(self) -> str:
        """The service's stable word for it."""
        return self._code

    @property
    def passing(self) -> bool:
        """Busy, throttled, broken, or changed meanwhile. What has not arrived does not arrive by asking again."""
        return self.status >= 500 or (self.retryable and self.code != "upload_not_received")

    @property
    def is_doubtful(self) -> bool:
        """A 500 is a bug, or the gateway's word for a function that came too late."""
        return not self.retryable


class StorageRefused(Failure):
    """S3's own refusal: its status, and its code and message where it said any."""

    def __init__(self, status: int, storage_code: str, message: str, retry_after_seconds: float | None = None) -> None:
        said = f"{storage_code}: {message}" if message else storage_code
        super().__init__(f"S3 refused with status {status}{f' ({said})' if said else ''}.")
        self.status = status
        self.storage_code = storage_code
        self.retry_after_seconds = retry_after_seconds

    @property
    def passing(self) -> bool:
        """Busy, or the line was too slow for it."""
        return self.status >= 500 or self.status in (408, 429) or self.storage_code == "RequestTimeout"

    @property
    def is_busy(self) -> bool:
        """It asks for fewer requests."""
        return self.status in (429, 503)

    @property
    def permission_ended(self) -> bool:
        """A signed URL or form is too old, or is not what was signed: a fresh one may do."""
        return self.status == 403

    @property
    def is_other_bytes(self) -> bool:
        """What arrived does not have the checksum it was said to have."""
        return self.status == 400 and self.storage_code in _CHECKSUM_CODES


_CHECKSUM_CODES = ("BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch")


class BadFile(Failure):
    """The local file cannot be uploaded as it is: missing, empty, a folder, over a limit."""


class FileChanged(Failure):
    """The local file is not what it was when its upload began."""

    def __init__(self, sentence: str = "The file changed while it was uploaded.") -> None:
        super().__init__(sentence, "Nothing was admitted. Upload it again when nothing writes to it.")


class Corrupted(Failure):
    """What came down the line is not what the service knows of the file."""

    def __init__(
        self, sentence: str = "The file that came has another SHA-256 than the one that was uploaded."
    ) -> None:
        super().__init__(sentence, "Nothing was saved. Try again.")


class DiskFailed(Failure):
    """This machine could not read or write a file of its own."""


class InUse(Failure):
    """Another process is doing the very same."""


class Stopped(Failure):
    """The user, or the program around, asked to stop."""

    def __init__(self, sentence: str = "Stopped.") -> None:
        super().__init__(sentence, "Run the same command again to go on.")
