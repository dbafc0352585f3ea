"""A call: each attempt is signed anew, and sent, and its answer read. What S3's and DynamoDB's clients share."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, NoReturn, cast

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected
from msgspec import Struct

from .endpoints import Address
from .retries import Context, Retries
from .signing import signer
from .wire import Pool, Request, Response

Waiting = Callable[[], Response]
"""Waits for the answer of an attempt."""
_NO_ANSWER = (HTTPClientError, NotConnected)

EMPTY_SHA256 = sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long, in seconds, is waited for a connection and for the next bytes; and how often a call is tried."""

    connect_timeout: float
    read_timeout: float
    attempts: int


class Call(Struct, frozen=True):
    """An operation as HTTP, not signed yet. `query` is encoded and in the order of its names, as it is signed."""

    method: str
    address: Address
    query: str
    headers: dict[str, str]
    body: bytes = b""


class Client(ABC):
    """One service in one region. May be used by several threads."""

    service: str

    def __init__(self, region: str, user_agent: str, limits: Limits) -> None:
        self._region, self._user_agent = region, user_agent
        self._retries = Retries(self.service, limits.attempts)
        self._pool = Pool(limits.connect_timeout, limits.read_timeout)

    def _make_api_call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call; shapes of parameters and answers are botocore's, whose name for this it is: PynamoDB calls it.

        Raises:
            botocore.exceptions.ClientError: it was refused.
            botocore.exceptions.HTTPClientError, ConnectionError: there was no answer.
        """
        return self.begin(operation, params)()

    def begin(self, operation: str, params: Mapping[str, Any]) -> Callable[[], dict[str, Any]]:
        """Begin a call, so that another can be made meanwhile; what is returned waits for its answer.

        Whoever never calls that gives the answer up. It raises what `_make_api_call` raises.
        """
        call = self._built(operation, params)
        return partial(self._answer, operation, call, self._begun(operation, call))

    def _begun(self, operation: str, call: Call) -> Waiting:
        try:
            return self._sent(operation, call, 1)
        except _NO_ANSWER as error:
            return partial(_raise, error)

    def _answer(self, operation: str, call: Call, waiting: Waiting) -> dict[str, Any]:
        """The answer to an attempt that was begun, or to one that follows it."""
        context: Context = {}
        attempt = 1
        while True:
            try:
                response = waiting() if attempt == 1 else self._sent(operation, call, attempt)()
                answer = self._read(response, operation)
            except _NO_ANSWER as error:
                pause = self._retries.pause(context, attempt, None, error)
                if pause is None:
                    raise
            else:
                if "Error" not in answer:
                    self._retries.succeeded(context, response)
                    return answer
                answer["ResponseMetadata"] = {
                    "HTTPStatusCode": response.status_code,
                    "HTTPHeaders": response.headers,
                    "RetryAttempts": attempt - 1,
                }
                pause = self._retries.pause(context, attempt, (response, answer))
                if pause is None:
                    raise ClientError(cast(Any, answer), operation)
            time.sleep(pause)
            attempt += 1

    def _sent(self, operation: str, call: Call, attempt: int) -> Waiting:
        """Sign and send it once; `operation` and `attempt`, from 1, are for those who watch."""
        del operation, attempt
        return self._pool.send(self._signed(call))

    def _signed(self, call: Call) -> Request:
        payload = sha256(call.body).hexdigest() if call.body else EMPTY_SHA256
        sign = signer(self.service, self._region).headers
        headers = sign(call.method, call.address, call.query, call.headers, payload)
        headers["user-agent"] = self._user_agent
        target = f"{call.address.path}?{call.query}" if call.query else call.address.path
        return Request(call.method, call.address.origin, call.address.host, target, headers, call.body)

    @abstractmethod
    def _built(self, operation: str, params: Mapping[str, Any]) -> Call:
        """The operation as HTTP."""

    @abstractmethod
    def _read(self, response: Response, operation: str) -> dict[str, Any]:
        """What an answer says; with `Error`, if it is a refusal."""


def _raise(error: Exception) -> NoReturn:
    raise error
