"""Every line that any part of the service logs while the tests run, wherever it runs: none may hold a secret.

In process a handler keeps the lines; processes and functions that tests start hand over theirs when they end. All go to
a folder, since tests run in several processes; when the last test is over they are read (tests/conftest.py).
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(".local/test-logs")
SELLER = "5d8d78a2-6b88-49c2-a521-b29092234934"
STRANGER = "11111111-2222-3333-4444-555555555555"
FORBIDDEN = {
    "a URL": re.compile(r"https?://", re.IGNORECASE),
    "a signature": re.compile(r"X-Amz-|AWS4-HMAC|Signature[\"']?\s*[=:]", re.IGNORECASE),
    "a token or a policy": re.compile(r"\beyJ[\w-]{8,}"),
    "an access key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,}"),
    "a file name": re.compile(r"[\w)]\.(png|jpe?g|webp|avif|zip|pdf|txt|gz)\b", re.IGNORECASE),
    "a staging key": re.compile(r"\bu/[0-9a-f]{8}-"),
    "a seller": re.compile(f"{SELLER}|{STRANGER}"),
}

LINES: list[str] = []
"""Those logged in this very process."""


def kept(write: Callable[[str], None]) -> Callable[[str], None]:
    """What writes lines for CloudWatch, made to keep each too, in the very form in which it is written."""

    def write_and_keep(line: str) -> None:
        write(line)
        LINES.append(line)
        keep_text(line)

    return write_and_keep


def keep_text(text: str) -> None:
    """Take over what was logged elsewhere."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with FOLDER.joinpath(f"{os.getpid()}.log").open("a", encoding="utf-8") as file:
        file.write(text.rstrip("\n") + "\n")


def forget() -> None:
    """What an earlier session kept."""
    shutil.rmtree(FOLDER, ignore_errors=True)


def since(mark: int) -> list[dict[str, Any]]:
    """The lines logged in this process since there were `mark` of them."""
    return [json.loads(line) for line in LINES[mark:]]


def secrets_in(text: str) -> list[tuple[str, str]]:
    """What a line holds that it must not, and the line."""
    return [(what, line) for line in text.splitlines() for what, pattern in FORBIDDEN.items() if pattern.search(line)]


def read_all() -> tuple[int, list[tuple[str, str]]]:
    """How many lines all processes kept, and the secrets in them."""
    texts = [file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.log"))]
    return sum(text.count("\n") for text in texts), [found for text in texts for found in secrets_in(text)]
