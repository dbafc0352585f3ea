"""Proof that one knows a password, without saying it: SRP-6a as Cognito does it.

3072-bit group of RFC 3526, SHA-256, a key of 16 bytes by HKDF with the info "Caldera Derived Key". AWS has no document
on it; the reference is amazon-cognito-identity-js, src/AuthenticationHelper.js. Numbers are hashed as signed
big-endian bytes: with a zero byte before them if their highest bit is set.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .problems import SignInRefused

GROUP = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
GENERATOR = 2
SECRET_BYTES = 128
_INFO = b"Caldera Derived Key\x01"  # the byte is HKDF's counter: one block is all that is needed
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Handshake:
    """One sign-in. `secret` is random, and is given only in tests."""

    secret: int = field(default_factory=lambda: int.from_bytes(secrets.token_bytes(SECRET_BYTES)), repr=False)

    @property
    def public(self) -> int:
        """SRP_A: what Cognito is told first."""
        return pow(GENERATOR, self.secret, GROUP)

    def key(self, pool_id: str, user_id: str, password: str, salt: int, server_public: int) -> bytes:
        """The key that both sides find: 16 bytes.

        Raises:
            SignInRefused: the server's number is one that an honest server never sends.
        """
        scramble = _digest(_signed(self.public), _signed(server_public))
        if server_public % GROUP == 0 or scramble == 0:
            raise SignInRefused("The sign-in was broken off: Cognito sent a number that proves nothing.")
        identity = hashlib.sha256(f"{_pool_name(pool_id)}{user_id}:{password}".encode()).digest()
        private = _digest(_signed(salt), identity)
        base = server_public - _MULTIPLIER * pow(GENERATOR, private, GROUP)
        shared = pow(base, self.secret + scramble * private, GROUP)
        extracted = hmac.digest(_signed(scramble), _signed(shared), "sha256")
        return hmac.digest(extracted, _INFO, "sha256")[:16]


def signature(key: bytes, pool_id: str, user_id: str, secret_block: str, timestamp: str) -> str:
    """PASSWORD_CLAIM_SIGNATURE: the proof, base64."""
    said = f"{_pool_name(pool_id)}{user_id}".encode() + base64.b64decode(secret_block) + timestamp.encode()
    return base64.b64encode(hmac.digest(key, said, "sha256")).decode()


def timestamp(moment: datetime) -> str:
    """The time as Cognito wants it, in English and without a leading zero of the day, whatever the locale."""
    utc = moment.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]} {_MONTHS[utc.month - 1]} {utc.day} {utc:%H:%M:%S} UTC {utc.year}"


def _pool_name(pool_id: str) -> str:
    return pool_id.partition("_")[2]


def _signed(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1)


def _digest(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest())


_MULTIPLIER = _digest(_signed(GROUP), _signed(GENERATOR))
