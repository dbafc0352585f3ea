"""What can happen to a call: it is not made, or nobody hears of it, or it is refused, or it takes its time.

The stores stand where the SDK's call returns, so that its own repeats are behind them: `REPEATED` is a call whose answer
was lost and that was made again, `LOST` one of which no answer ever came.
"""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.simulation.interleave import Crash
from tests.simulation.refusals import refusal


class Fault(StrEnum):
    """One of them."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    LOST = "lost answer"
    REPEATED = "lost answer, repeated"
    ERROR = "5xx"
    THROTTLED = "throttle"
    SLOW = "slow"


CRASHES = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
SLOW_CALL = timedelta(seconds=20)


def struck(fault: Fault | None, service: str, operation: str, params: Any, do: Callable[[], Any]) -> Any:
    """Do a call, as far as the fault lets it be done."""
    match fault:
        case Fault.CRASH_BEFORE:
            raise Crash
        case Fault.ERROR:
            raise refusal(operation, 500, "InternalError" if service == "s3" else "InternalServerError")
        case Fault.THROTTLED:
            return _throttled(service, operation, params)
        case Fault.CRASH_AFTER:
            _whatever_comes(do)
            raise Crash
        case Fault.LOST:
            _whatever_comes(do)
            raise ReadTimeoutError(endpoint_url="")
        case Fault.REPEATED if operation != "TransactWriteItems":  # whose token tells that it was done
            _whatever_comes(do)
    return do()


def _whatever_comes(do: Callable[[], Any]) -> None:
    with contextlib.suppress(ClientError):
        do()


def _throttled(service: str, operation: str, params: Any) -> Any:
    if operation == "BatchGetItem":
        return {"Responses": {table: [] for table in params["RequestItems"]}, "UnprocessedKeys": params["RequestItems"]}
    if operation == "TransactWriteItems":
        reasons = [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in params["TransactItems"][1:])]
        raise refusal(operation, 400, "TransactionCanceledException", CancellationReasons=reasons)
    if service == "s3":
        raise refusal(operation, 503, "SlowDown")
    raise refusal(operation, 400, "ProvisionedThroughputExceededException")
