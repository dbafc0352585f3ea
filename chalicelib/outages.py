"""Which AWS errors mean "not now": they become a 503 that tells the client to repeat. Any other error is a bug."""

from types import TracebackType

from botocore import exceptions
from botocore.exceptions import ClientError

from .problems import StorageUnavailable
from .telemetry import log

_TRANSIENT_CODES = frozenset(
    {
        "ConditionalRequestConflict",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "ItemCollectionSizeLimitExceeded",
        "LimitExceededException",
        "OperationAborted",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

_NO_ANSWER = (
    exceptions.HTTPClientError,
    exceptions.ConnectionError,
    exceptions.IncompleteReadError,
    exceptions.FlexibleChecksumError,
)


def is_transient(code: str) -> bool:
    """Whether repeating the same call later can succeed. Codes of S3, DynamoDB and of cancelled transactions."""
    return code in _TRANSIENT_CODES or (code.isdigit() and code.startswith("5"))


class OutagesRefused:
    """A block whose outages of S3 and DynamoDB become StorageUnavailable; every other error goes through."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            return
        # PynamoDB wraps botocore's error, and its own ClientError leaves the status out: look at the first one.
        cause = getattr(error, "cause", None) or error
        cause = cause.__cause__ if isinstance(cause.__cause__, ClientError) else cause
        if not _is_outage(cause):
            return
        # The error itself may name a URL: it goes no further.
        log.warning("an AWS call failed", error=code_of(cause), call=_call_of(cause))
        raise StorageUnavailable(
            "Storage did not answer in time: what was asked is done or not, but never half. Repeat the request."
        ) from None


outages_refused = OutagesRefused()
"""The one that all share: it has nothing to remember."""


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or is_transient(error.response.get("Error", {}).get("Code", ""))
    return isinstance(error, _NO_ANSWER)


def code_of(error: BaseException) -> str:
    """What AWS calls an error; or, where no answer came, its type."""
    code = error.response.get("Error", {}).get("Code") if isinstance(error, ClientError) else None
    return code or type(error).__name__


def _call_of(error: BaseException) -> str:
    return str(getattr(error, "operation_name", ""))
