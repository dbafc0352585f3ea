"""Checksums of a whole file: what S3 computed, and what the client declared at step 1 or saw itself until step 3."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from .problems import ChecksumMismatch


@dataclass(frozen=True, slots=True)
class Checksums:
    """SHA-256 in lower-case hex; CRC-64/NVME in base64, as S3 has it. None is one that is not known."""

    sha256: str | None = None
    crc64nvme: str | None = None

    def settle(self, declared: Iterable["Checksums"]) -> Self:
        """These, S3's own, and what was declared where S3 has none: it computes no SHA-256 over parts.

        Raises:
            ChecksumMismatch: two of them differ.
        """
        known = self
        for other in declared:
            known = type(self)(
                _same("SHA-256", other.sha256, known.sha256), _same("CRC-64/NVME", other.crc64nvme, known.crc64nvme)
            )
        return known


def as_hex(base64_digest: str | None) -> str | None:
    """A digest as S3 writes it, as our rows and answers have it."""
    return None if base64_digest is None else base64.b64decode(base64_digest).hex()


def as_base64(hex_digest: str) -> str:
    """A digest of ours as S3 wants it."""
    return base64.b64encode(bytes.fromhex(hex_digest)).decode()


def _same(name: str, declared: str | None, known: str | None) -> str | None:
    if declared is None or known is None or declared == known:
        return declared or known
    raise ChecksumMismatch(
        f"Declared the {name} {declared}, and the bytes have {known}.", expected=declared, actual=known
    )
