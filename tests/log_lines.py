"""Every line that any part of the service has logged in this session of tests, wherever it ran.

In process a handler keeps them; processes and functions that tests start hand over theirs when they end. The last of
all tests (tests/zz_logs) reads them.
"""

import json
import logging
from typing import Any

LINES: list[str] = []


class Keeper(logging.Handler):
    """Keeps lines in the very form in which CloudWatch would get them."""

    def emit(self, record: logging.LogRecord) -> None:
        LINES.append(self.format(record))


def keep_text(text: str) -> None:
    """Take over what another process wrote."""
    LINES.extend(text.splitlines())


def since(mark: int) -> list[dict[str, Any]]:
    """The lines logged in process since there were `mark` of them."""
    return [json.loads(line) for line in LINES[mark:]]
