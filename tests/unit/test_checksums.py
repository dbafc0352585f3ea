"""What S3 computed and what was declared, compared."""

import base64
import hashlib

import pytest

from chalicelib.checksums import Checksums, as_base64, as_hex
from chalicelib.problems import ChecksumMismatch

SHA, OTHER = hashlib.sha256(b"a").hexdigest(), hashlib.sha256(b"b").hexdigest()


@pytest.mark.parametrize(
    ("found", "declared", "kept"),
    [
        (Checksums(), [], Checksums()),
        (Checksums(SHA), [Checksums()], Checksums(SHA)),
        (Checksums(), [Checksums(SHA), Checksums(None, "AAAAAAAAAAA=")], Checksums(SHA, "AAAAAAAAAAA=")),
        (Checksums(SHA), [Checksums(SHA), Checksums(SHA)], Checksums(SHA)),
    ],
)
def test_what_is_known_is_kept(found: Checksums, declared: list[Checksums], kept: Checksums) -> None:
    assert found.settle(declared) == kept


@pytest.mark.parametrize(
    ("found", "declared"),
    [
        (Checksums(SHA), [Checksums(OTHER)]),
        (Checksums(), [Checksums(SHA), Checksums(OTHER)]),
        (Checksums(None, "AAAAAAAAAAA="), [Checksums(SHA, "AAAAAAAAAAE=")]),
    ],
)
def test_what_differs_is_refused_with_both(found: Checksums, declared: list[Checksums]) -> None:
    with pytest.raises(ChecksumMismatch) as refused:
        found.settle(declared)
    assert refused.value.expected != refused.value.actual


def test_digests_go_to_s3_and_come_back() -> None:
    assert as_base64(SHA) == base64.b64encode(hashlib.sha256(b"a").digest()).decode()
    assert as_hex(as_base64(SHA)) == SHA
    assert as_hex(None) is None
