"""The logs of a stack's programs, for a person to follow: JSON made short, metrics and repetitions left out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NOT_SHOWN = {"_aws", "level", "message", "timestamp", "service", "request_id", "exception"}


class LogView:
    """A log file that grows."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = 0

    def news(self) -> list[str]:
        """What has come since the last time, line by line. A line that is not finished yet waits."""
        if not self._log.exists():
            return []
        with self._log.open("rb") as file:
            file.seek(self._read)
            finished, newline, _ = file.read().rpartition(b"\n")
        self._read += len(finished + newline)
        shown = (readable(line) for line in finished.decode(errors="replace").splitlines())
        return [line for line in shown if line]


def readable(line: str) -> str:
    """A line as a person wants it; empty if it says nothing that another one does not."""
    entry = _parse(line)
    if entry is None:
        return line
    if entry.get("message") in ("metrics", "request") and entry.get("level") == "INFO":
        return ""  # what the line of the HTTP server says too
    not_shown = _NOT_SHOWN | set(_metrics(entry))
    facts = " ".join(f"{name}={_short(value)}" for name, value in entry.items() if name not in not_shown)
    trace = f"\n{entry['exception']}" if "exception" in entry else ""
    return f"       {entry.get('level', '').lower()}: {entry.get('message', '')}  {facts}".rstrip() + trace


def _parse(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _metrics(entry: dict[str, Any]) -> Iterator[str]:
    """The names of those that the line brings for CloudWatch."""
    for about in entry.get("_aws", {}).get("CloudWatchMetrics", []):
        yield from (metric["Name"] for metric in about["Metrics"])


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
