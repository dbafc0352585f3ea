"""Logs and metrics as lines of JSON, which CloudWatch reads: one for each request, with its metrics in it.

A log says which request, upload and product it is about, by their ids. It never holds a URL, a form, a token or a file
name: what a log knows, many people can read. Traces are Lambda's own, switched on in Terraform (`xray`).
Metrics are in CloudWatch's embedded format, of which any line may carry some:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from .settings import settings

LOGGER = "vestibule"
NAMESPACE = "Vestibule"

# Nobody logs these on purpose; the error of a library, in the trace of a bug, may name them all the same.
_SECRET = re.compile(r"https?://[^\s\"\\]+|eyJ[\w-]{8,}[\w.-]*")

_encode = msgspec.json.Encoder(enc_hook=str).encode


@dataclass(slots=True)
class _Invocation:
    """What lines of one invocation have in common, and what was counted in it and not written yet."""

    ids: dict[str, str]
    values: dict[str, list[float]] = field(default_factory=dict)
    directives: list[dict[str, Any]] = field(default_factory=list)
    dimensions: dict[str, str] = field(default_factory=dict)

    def take_metrics(self) -> dict[str, Any]:
        """What was counted, as members of a line; afterwards there is none."""
        about = {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": self.directives}
        members = {"_aws": about, **self.dimensions, **self.values}
        self.values, self.directives, self.dimensions = {}, [], {}
        return members


_current: ContextVar[_Invocation | None] = ContextVar("invocation", default=None)


class Log:
    """Logs what happened, in a few words that are always the same, and the facts of this time."""

    def info(self, what: str, **facts: object) -> None:
        """What went as it should."""
        _write("INFO", what, facts)

    def warning(self, what: str, **facts: object) -> None:
        """What the service could live with."""
        _write("WARNING", what, facts)

    def error(self, what: str, **facts: object) -> None:
        """What somebody should look at."""
        _write("ERROR", what, facts)

    def exception(self, what: str, error: BaseException | None = None, **facts: object) -> None:
        """The same, with the trace of an error: the one that is being handled, if none is given."""
        _write("ERROR", what, facts, error or sys.exception())


log = Log()


class FromLibraries(logging.Handler):
    """What Chalice logs, in our form: the errors that nobody foresaw."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it."""
        _write(record.levelname, record.getMessage(), {}, record.exc_info[1] if record.exc_info else None)


def _write(level: str, what: str, facts: Mapping[str, object], error: BaseException | None = None) -> None:
    line = {"level": level, "message": what, "timestamp": datetime.now(UTC), "service": settings.service, **facts}
    if (invocation := _current.get()) is not None:
        line |= invocation.ids
        if invocation.directives:
            line |= invocation.take_metrics()
    if error is not None:
        line["exception"] = "".join(traceback.format_exception(error))
    write_line(_SECRET.sub("[removed]", _as_json(line)))


def _as_json(line: dict[str, Any]) -> str:
    try:
        return _encode(line).decode()
    except UnicodeEncodeError:  # half a character, in the error of a library
        return json.dumps(line, default=str)


def write_line(line: str) -> None:
    """Write a line for CloudWatch, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


logging.getLogger(LOGGER).addHandler(FromLibraries())
logging.getLogger(LOGGER).propagate = False


@contextmanager
def invocation(context: Any, **ids: str) -> Iterator[None]:
    """One invocation of a function: its lines have the request's id and these, and its metrics."""
    begun = _Invocation({"request_id": getattr(context, "aws_request_id", ""), **ids})
    token = _current.set(begun)
    try:
        yield
    finally:
        if begun.directives:
            log.info("metrics")  # of an invocation that ended without a line after them
        _current.reset(token)


def count(name: str, value: float = 1) -> None:
    """Add to a metric that counts."""
    _measure(name, "Count", value)


def count_bytes(name: str, value: float) -> None:
    """Add to a metric of bytes."""
    _measure(name, "Bytes", value)


def count_refused(code: str) -> None:
    """Count a refusal under its problem's code, a dimension of its own."""
    _measure("Refused", "Count", 1, code=code)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Measure how long a block takes that comes to a good end, in milliseconds."""
    began = time.perf_counter()
    yield
    _measure(name, "Milliseconds", (time.perf_counter() - began) * 1000)


def _measure(name: str, unit: str, value: float, **dimensions: str) -> None:
    """Note it for the next line of the invocation. Outside of one nobody measures."""
    invocation = _current.get()
    if invocation is None:
        return
    if name in invocation.values:
        invocation.values[name].append(value)
        return
    invocation.values[name] = [value]
    invocation.dimensions |= dimensions
    invocation.directives.append(_directive(name, unit, *dimensions))


@cache
def _directive(name: str, unit: str, *dimensions: str) -> dict[str, Any]:
    return {
        "Namespace": NAMESPACE,
        "Dimensions": [["service", *dimensions]],
        "Metrics": [{"Name": name, "Unit": unit}],
    }
