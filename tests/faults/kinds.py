"""What can go wrong with one request, and where requests can stand in an upload."""

from enum import StrEnum


class Position(StrEnum):
    """Which request of the contract it is."""

    KINDS = "kinds"
    PRODUCT = "product"
    ISSUE = "issue"
    SIGN = "sign"
    HELD = "held parts"
    FORM = "form"
    PART = "part"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    LIST = "list"
    DOWNLOAD = "download"
    OBJECT = "object"
    TOKEN = "token"
    OTHER = "other"


class AwsCall(StrEnum):
    """Which call of the service's own it is, by AWS's name for it."""

    GET_OBJECT = "GetObject"
    HEAD_OBJECT = "HeadObject"
    COPY_OBJECT = "CopyObject"
    PUT_OBJECT = "PutObject"
    DELETE_OBJECT = "DeleteObject"
    LIST_OBJECTS = "ListObjectsV2"
    LIST_PARTS = "ListParts"
    CREATE_MULTIPART_UPLOAD = "CreateMultipartUpload"
    COMPLETE_MULTIPART_UPLOAD = "CompleteMultipartUpload"
    ABORT_MULTIPART_UPLOAD = "AbortMultipartUpload"
    BATCH_GET_ITEM = "BatchGetItem"
    PUT_ITEM = "PutItem"
    QUERY = "Query"
    TRANSACT_WRITE_ITEMS = "TransactWriteItems"
    UPDATE_ITEM = "UpdateItem"


Place = Position | AwsCall
"""Where a request stands: in the contract, or behind the service."""


class Fault(StrEnum):
    """What is done to a request."""

    REFUSED = "connection refused"
    RESET_BEFORE = "reset before the request was read"
    RESET_IN_BODY = "reset in the middle of the request"
    LOST_ANSWER = "answer lost"
    RESET_IN_ANSWER = "reset in the middle of the answer"
    TRUNCATED = "answer cut short"
    GARBAGE = "answer of noise"
    PORTAL = "200 with somebody else's page"
    TRICKLE = "answer byte by byte"
    LATE = "answer late"
    STALL_BEFORE = "silence, nothing done"
    STALL_AFTER = "silence, all done"
    STALL_IN_BODY = "deafness in the middle of the request"
    STALL_IN_ANSWER = "silence in the middle of the answer"
    BAD_GATEWAY = "502 with a page"
    GATEWAY_TIMEOUT_AFTER = "504 with a page, all done"
    INTERNAL_ERROR = "500"
    UNAVAILABLE = "503"
    TURNED_AWAY = "503 before the body was read"
    RATE_LIMITED = "429"
    UNAUTHENTICATED = "401"
    SKEWED = "403 RequestTimeTooSkewed"
    EXPIRED = "403 Request has expired"
    READ_TIMEOUT = "400 RequestTimeout"
    CORRUPTED = "a flipped bit in the body"


FROM_DYNAMODB = frozenset(
    {AwsCall.BATCH_GET_ITEM, AwsCall.PUT_ITEM, AwsCall.QUERY, AwsCall.TRANSACT_WRITE_ITEMS, AwsCall.UPDATE_ITEM}
)
FROM_S3: frozenset[Place] = frozenset({Position.FORM, Position.PART, Position.OBJECT, *AwsCall}) - FROM_DYNAMODB

_ONLY_API = frozenset({Fault.UNAUTHENTICATED, Fault.RATE_LIMITED})
_ONLY_S3 = frozenset({Fault.SKEWED, Fault.EXPIRED})
_ONLY_BYTES_SENT = frozenset({Fault.READ_TIMEOUT, Fault.TURNED_AWAY, Fault.CORRUPTED, Fault.STALL_IN_BODY})
_BEHIND = (Fault.UNAVAILABLE, Fault.RESET_BEFORE, Fault.LOST_ANSWER, Fault.LATE)


def possible(position: Place) -> list[Fault]:
    """The faults that this request can have, in a fixed order."""
    if isinstance(position, AwsCall):
        return list(_BEHIND)
    excluded: frozenset[Fault] = _ONLY_API if position in FROM_S3 else _ONLY_S3
    if position not in (Position.FORM, Position.PART):
        excluded |= _ONLY_BYTES_SENT
    if position == Position.TOKEN:  # Cognito says neither as our API does
        excluded |= _ONLY_API
    return [fault for fault in Fault if fault not in excluded]
