"""When a call is made again, and after which pause: botocore's standard mode, by botocore's own code.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html. Nothing of it runs for a call that succeeds
but the quota, which successes refill.
"""

from collections.abc import Mapping
from typing import Any, cast

from botocore.retries.base import BaseRetryableChecker
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import (  # type: ignore[attr-defined]  # its stubs are older
    ExponentialBackoff,
    MaxAttemptsChecker,
    OrRetryChecker,
    RetryContext,
    RetryEventAdapter,
    RetryHandler,
    RetryPolicy,
    RetryQuotaChecker,
    ThrottledRetryableChecker,
    ThrottlingErrorDetector,
    ThrottlingStatusCodeChecker,
    TransientRetryableChecker,
)

from .wire import Response

Context = dict[str, Any]
"""What is remembered of a call from one attempt to the next."""


class _Conditions(BaseRetryableChecker):
    """Standard mode's, but for those that ask botocore's model: it tells to repeat none of our operations."""

    def __init__(self, attempts: int) -> None:
        self._more_left = MaxAttemptsChecker(attempts)
        self._checks = OrRetryChecker(
            [TransientRetryableChecker(), ThrottledRetryableChecker(), ThrottlingStatusCodeChecker()]
        )

    def is_retryable(self, context: RetryContext) -> bool:
        return self._more_left.is_retryable(context) and self._checks.is_retryable(context)


class Retries:
    """Those of one service: when many calls fail, it is spared further attempts."""

    def __init__(self, service: str, attempts: int) -> None:
        adapter = RetryEventAdapter()
        throttling = ThrottlingErrorDetector(adapter)
        self._quota = RetryQuotaChecker(RetryQuota(), throttling)
        policy = RetryPolicy(
            _Conditions(attempts),
            ExponentialBackoff(service_name=service, throttling_detector=throttling),
        )
        # botocore's stubs say that it wants the quota itself.
        self._handler = RetryHandler(policy, adapter, cast(Any, self._quota), service)

    def pause(
        self,
        context: Context,
        attempt: int,
        failed: tuple[Response, Mapping[str, Any]] | None,
        error: Exception | None = None,
    ) -> float | None:
        """Seconds after which a failed attempt, counted from 1, is followed by another one. None: it is not.

        It failed with an answer, and what was read of it, or with an error and without an answer.
        """
        pause: float | None = self._handler.needs_retry(
            response=failed,
            attempts=attempt,
            operation=None,
            caught_exception=error,
            request_dict={"context": context},
        )
        return pause

    def succeeded(self, context: Context, response: Response) -> None:
        """Note that a call succeeded."""
        self._quota.release_retry_quota(cast(Any, context), response)
