"""Logs and metrics, by aws-lambda-powertools: JSON lines, and CloudWatch's embedded metric format.

A log says which request, upload and product it is about, by their ids. It never holds a URL, a form, a token or a file
name: what a log knows, many people can read. Traces are Lambda's own, switched on in Terraform (`xray`).
"""

import json
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

from .settings import settings

LOGGER = "vestibule"
NAMESPACE = "Vestibule"

# Nobody logs these on purpose; the error of a library, in the trace of a bug, may name them all the same.
_SECRET = re.compile(r"https?://[^\s\"\\]+|eyJ[\w-]{8,}[\w.-]*")


def _as_json(entry: dict[str, Any]) -> str:
    return _SECRET.sub("[removed]", json.dumps(entry, default=str, separators=(",", ":"), ensure_ascii=False))


# Nobody reads which thread of which process wrote a line: a function has one.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False

log = Logger(service=LOGGER, utc=True, use_rfc3339=True, json_serializer=_as_json)
_metrics = Metrics(namespace=NAMESPACE, service=settings.service)


@contextmanager
def invocation(context: Any, **ids: str) -> Iterator[None]:
    """One invocation of a function: its logs carry the request's id and these; its metrics are written at its end."""
    try:
        with log.append_context_keys(request_id=getattr(context, "aws_request_id", ""), **ids):
            yield
    finally:
        if _metrics.metric_set:
            _metrics.flush_metrics()


def count(name: str, value: float = 1) -> None:
    """Add to a metric that counts."""
    _metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def count_bytes(name: str, value: float) -> None:
    """Add to a metric of bytes."""
    _metrics.add_metric(name=name, unit=MetricUnit.Bytes, value=value)


def count_refused(code: str) -> None:
    """Count a refusal under its problem's code, a dimension of its own."""
    service = {"service": settings.service}
    with single_metric(
        name="Refused", unit=MetricUnit.Count, value=1, namespace=NAMESPACE, default_dimensions=service
    ) as metric:
        metric.add_dimension(name="code", value=code)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Measure how long a block takes that comes to a good end, in milliseconds."""
    began = time.perf_counter()
    yield
    _metrics.add_metric(name=name, unit=MetricUnit.Milliseconds, value=(time.perf_counter() - began) * 1000)
