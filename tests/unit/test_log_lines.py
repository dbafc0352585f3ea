"""The search for secrets in logs finds them."""

import pytest

from chalicelib.telemetry import log
from tests.log_lines import FORBIDDEN, LINES, SELLER, secrets_in

PLANTED = {
    "a URL": "at https://bucket.s3.eu-central-1.amazonaws.com/",
    "a signature": "X-Amz-Signature=0123",
    "a token or a policy": "eyJhbGciOiJSUzI1NiJ9.x.y",
    "an access key": "AKIAIOSFODNN7EXAMPLE",
    "a file name": "Brush set (2).zip",
    "a staging key": "u/5d8d78a2-6b88-49c2-a521-b29092234934/",
    "a seller": SELLER,
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_secret_in_a_log_is_found(what: str) -> None:
    assert what in [name for name, _ in secrets_in(f'{{"message":"{PLANTED[what]}"}}')]


def test_what_the_service_logs_in_process_is_kept() -> None:
    mark = len(LINES)
    log.info("hello")
    assert '"hello"' in LINES[mark]
