"""DynamoDB's protocol: JSON both ways. The client that PynamoDB is given instead of botocore's.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

import uuid
from binascii import crc32
from collections.abc import Mapping
from typing import Any

import msgspec
from botocore.exceptions import HTTPClientError

from .client import Call, Client, Limits
from .endpoints import Address
from .wire import Response

_TARGET = "DynamoDB_20120810"


class DynamoDB(Client):
    """Any operation, with its parameters as they are."""

    service = "dynamodb"
    _request_signer = None  # PynamoDB looks whether botocore's has credentials

    def __init__(self, address: Address, region: str, user_agent: str, limits: Limits) -> None:
        super().__init__(region, user_agent, limits)
        self._address = address

    def _built(self, operation: str, params: Mapping[str, Any]) -> Call:
        if operation == "TransactWriteItems" and "ClientRequestToken" not in params:
            # Its attempts are one transaction.
            params = {**params, "ClientRequestToken": str(uuid.uuid4())}
        headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"{_TARGET}.{operation}"}
        return Call("POST", self._address, "", headers, msgspec.json.encode(params))

    def _read(self, response: Response, operation: str) -> dict[str, Any]:
        del operation  # all answer in the same way
        body = response.read()
        checksum = response.headers.get("x-amz-crc32")
        if checksum is not None and checksum != str(crc32(body)):
            raise HTTPClientError(error="DynamoDB's answer does not have its checksum.")
        answer = _decoded(body)
        if response.status_code < 300:
            if answer is None:
                raise HTTPClientError(error="DynamoDB's answer is no JSON object.")
            return answer
        told = answer or {}
        code = str(told.get("__type") or response.status_code).rpartition("#")[2]
        error = {"Code": code, "Message": told.get("message") or told.get("Message") or ""}
        return {"Error": error, "CancellationReasons": told.get("CancellationReasons", [])}


def _decoded(body: bytes) -> dict[str, Any] | None:
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None  # from something between DynamoDB and us
    return decoded if isinstance(decoded, dict) else None
