"""Which AWS errors mean "not now": they become a 503 that tells the client to repeat. Any other error is a bug."""

from botocore import exceptions
from botocore.exceptions import ClientError

from .problems import StorageUnavailable

_TRANSIENT_CODES = frozenset(
    {
        "ConditionalRequestConflict",
        "InternalError",
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

_NO_ANSWER = (exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.IncompleteReadError)


def is_transient(code: str) -> bool:
    """Whether repeating the same call later can succeed. Codes of S3, DynamoDB and of cancelled transactions."""
    return code in _TRANSIENT_CODES or (code.isdigit() and code.startswith("5"))


def as_outage(error: BaseException | None) -> StorageUnavailable | None:
    """The 503 for an error of botocore, if it is an outage."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status < 500 and not is_transient(error.response.get("Error", {}).get("Code", "")):
            return None
    elif not isinstance(error, _NO_ANSWER):
        return None
    return StorageUnavailable("Storage did not answer in time. Nothing was lost or changed: repeat the request.")
