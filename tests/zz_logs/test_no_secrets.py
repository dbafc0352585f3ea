"""The last of all tests: reads whatever the service logged while the others ran, in every process they started."""

import re

import pytest

from chalicelib.telemetry import log
from tests.api.conftest import SELLER, STRANGER
from tests.log_lines import LINES

FORBIDDEN = {
    "a URL": re.compile(r"https?://", re.IGNORECASE),
    "a signature": re.compile(r"X-Amz-|AWS4-HMAC|Signature[\"']?\s*[=:]", re.IGNORECASE),
    "a token or a policy": re.compile(r"\beyJ[\w-]{8,}"),
    "an access key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,}"),
    "a file name": re.compile(r"[\w)]\.(png|jpe?g|webp|avif|zip|pdf|txt|gz)\b", re.IGNORECASE),
    "a staging key": re.compile(r"\bu/[0-9a-f]{8}-"),
    "a seller": re.compile(f"{SELLER}|{STRANGER}"),
}
PLANTED = {
    "a URL": "at https://bucket.s3.eu-central-1.amazonaws.com/",
    "a signature": "X-Amz-Signature=0123",
    "a token or a policy": "eyJhbGciOiJSUzI1NiJ9.x.y",
    "an access key": "AKIAIOSFODNN7EXAMPLE",
    "a file name": "Brush set (2).zip",
    "a staging key": "u/5d8d78a2-6b88-49c2-a521-b29092234934/",
    "a seller": SELLER,
}


def found(lines: list[str]) -> list[tuple[str, str]]:
    return [(what, line) for line in lines for what, pattern in FORBIDDEN.items() if pattern.search(line)]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_secret_in_a_log_would_be_found(what: str) -> None:
    assert what in [name for name, _ in found([f'{{"message":"{PLANTED[what]}"}}'])]


def test_what_the_service_logs_in_process_is_read_here() -> None:
    mark = len(LINES)
    log.info("hello")
    assert '"hello"' in LINES[mark]


def test_no_log_of_the_whole_suite_holds_a_secret() -> None:
    print(f"{len(LINES)} lines of log were read")
    assert found(LINES) == []
