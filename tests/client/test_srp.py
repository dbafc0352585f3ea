"""The proof of the password, against pycognito as the oracle: byte for byte."""

import base64
import datetime
import random

import pytest
from pycognito.aws_srp import AWSSRP
from vestibule_client.problems import SignInRefused
from vestibule_client.srp import GROUP, Handshake, signature, timestamp

POOL = "eu-central-1_Example01"


@pytest.mark.parametrize("seed", range(6))
def test_key_and_signature_are_those_of_pycognito(seed: int) -> None:
    chance = random.Random(seed)
    secret, server, salt = (chance.getrandbits(bits) for bits in (1024, 3070, 128))
    user, password = f"user-{seed}", "pässwörd–" + chance.choice("aß漢") * chance.randrange(20)
    oracle = AWSSRP(user, password, POOL, "client", client=object())
    oracle.small_a_value = secret
    oracle.large_a_value = oracle.calculate_a()

    handshake = Handshake(secret)
    assert handshake.public == oracle.large_a_value
    key = handshake.key(POOL, user, password, salt, server)
    assert key == oracle.get_password_authentication_key(user, password, server, f"{salt:x}")

    block = base64.b64encode(chance.randbytes(600)).decode()
    moment = datetime.datetime(2026, 1 + seed % 12, 1 + seed, 4, 5, 6, tzinfo=datetime.UTC)
    asked = {"USER_ID_FOR_SRP": user, "SALT": f"{salt:x}", "SRP_B": f"{server:x}", "SECRET_BLOCK": block}
    said = oracle.get_cognito_formatted_timestamp(moment)
    assert timestamp(moment) == said
    proof = signature(key, POOL, user, block, said)
    asked |= {"USERNAME": user}
    assert proof == expected_signature(oracle, asked, moment)


def expected_signature(oracle: AWSSRP, asked: dict[str, str], moment: datetime.datetime) -> str:
    """What pycognito answers to this challenge, at that moment."""

    class Frozen(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> "Frozen":
            return cls.fromtimestamp(moment.timestamp(), tz)

        @classmethod
        def utcnow(cls) -> "Frozen":
            return cls.fromtimestamp(moment.timestamp(), datetime.UTC)

    module = __import__("pycognito.aws_srp", fromlist=["datetime"])
    real, module.datetime.datetime = module.datetime.datetime, Frozen
    try:
        answer = oracle.process_challenge(asked, {"USERNAME": asked["USERNAME"]})
    finally:
        module.datetime.datetime = real
    return str(answer["PASSWORD_CLAIM_SIGNATURE"])


@pytest.mark.parametrize("server", [0, GROUP, 2 * GROUP])
def test_a_number_that_proves_nothing_breaks_the_sign_in_off(server: int) -> None:
    with pytest.raises(SignInRefused, match="proves nothing"):
        Handshake(7).key(POOL, "user", "password", 1, server)


def test_a_secret_is_new_each_time_and_never_shown() -> None:
    first, second = Handshake(), Handshake()
    assert first.secret != second.secret
    assert str(first.secret) not in repr(first)
