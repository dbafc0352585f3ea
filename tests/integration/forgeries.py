"""Tokens that must not get in: forged, changed, cut off, or real and meant for something else."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.bootstrap import Person, Stack, make_person

STRANGER = "11111111-2222-3333-4444-555555555555"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def part(value: Any) -> str:
    return encoded(json.dumps(value).encode())


@dataclass(frozen=True)
class Genuine:
    """A seller's real tokens, what is public about them, and a key that is not the pool's."""

    stack: Stack
    person: Person
    tokens: dict[str, str]
    own_key: rsa.RSAPrivateKey

    @property
    def id_token(self) -> str:
        return self.tokens["IdToken"]

    @property
    def parts(self) -> list[str]:
        return self.id_token.split(".")

    @cached_property
    def header(self) -> dict[str, Any]:
        return jwt.get_unverified_header(self.id_token)

    @cached_property
    def claims(self) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(self.id_token, options={"verify_signature": False})
        return claims

    @cached_property
    def public_key(self) -> bytes:
        keys = httpx.get(self.stack.jwks_url).json()["keys"]
        key = next(key for key in keys if key["kid"] == self.header["kid"])
        pem: bytes = jwt.PyJWK(key).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return pem

    @property
    def own_jwk(self) -> dict[str, Any]:
        jwk: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.own_key.public_key()))
        return jwk

    def resigned(self, **header: Any) -> str:
        """The very claims, signed with another key, under a header of one's own."""
        return jwt.encode(self.claims, self.own_key, "RS256", headers=header)

    def with_header(self, **changed: Any) -> str:
        """The pool's own signature, under a header that it does not belong to."""
        return ".".join([part({**self.header, **changed}), *self.parts[1:]])

    def with_payload(self, payload: bytes) -> str:
        """The pool's own signature, behind other claims."""
        return f"{self.parts[0]}.{encoded(payload)}.{self.parts[2]}"

    def with_algorithm(self, algorithm: Any, signature: str) -> str:
        return f"{part({**self.header, 'alg': algorithm})}.{self.parts[1]}.{signature}"

    def hmac(self, secret: bytes, digest: str = "sha256") -> str:
        """Signed with what everybody knows as if it were a shared secret."""
        message = f"{part({**self.header, 'alg': 'HS' + digest[-3:]})}.{self.parts[1]}"
        return f"{message}.{encoded(hmac.new(secret, message.encode(), getattr(hashlib, digest)).digest())}"

    def of_another_client(self) -> str:
        return another_client(self.stack, self.stack.pool_id, self.person)

    def of_another_pool(self) -> str:
        cognito = self.stack.client("cognito-idp")
        pool = cognito.create_user_pool(PoolName="another")["UserPool"]["Id"]
        return another_client(self.stack, pool, make_person(cognito, pool, "mallory"))


def another_client(stack: Stack, pool: str, person: Person) -> str:
    """An ID token of a client that is not ours."""
    cognito = stack.client("cognito-idp")
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="another", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    token: str = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person.email, "PASSWORD": person.password},
    )["AuthenticationResult"]["IdToken"]
    return token


Forgery = Callable[[Genuine], str | bytes | list[str] | None]
ALGORITHMS = ("none", "None", "NONE", "nOnE", "", None, 256, "RS384", "PS256", "ES256", "EdDSA", "HS256", ["RS256"])


def without_signature(algorithm: Any) -> Forgery:
    return lambda it: it.with_algorithm(algorithm, "")


def with_real_signature(algorithm: Any) -> Forgery:
    return lambda it: it.with_algorithm(algorithm, it.parts[2])


FORGERIES: dict[str, Forgery] = {
    # no token
    "nothing": lambda it: None,
    "an empty header": lambda it: "",
    "a scheme alone": lambda it: "Bearer",
    "another scheme": lambda it: f"Basic {it.id_token}",
    "the scheme twice": lambda it: f"Bearer Bearer {it.id_token}",
    "a word": lambda it: "x",
    "three words": lambda it: "a.b.c",
    "dots": lambda it: "...",
    "empty objects": lambda it: "e30.e30.e30",
    "a letter that is not ASCII": lambda it: "é".encode(),
    "bytes that are no UTF-8": lambda it: b"\xff\xfe",
    "10,000 letters": lambda it: "x" * 10_000,
    "20,000 dots": lambda it: "." * 20_000,
    "a deep header": lambda it: f"{encoded(b'[' * 20_000)}.{it.parts[1]}.{it.parts[2]}",
    "a header that is no object": lambda it: f"{part([1])}.{it.parts[1]}.{it.parts[2]}",
    "a header that is null": lambda it: f"{part(None)}.{it.parts[1]}.{it.parts[2]}",
    # parts of a token
    "the header alone": lambda it: it.parts[0],
    "no signature": lambda it: ".".join(it.parts[:2]),
    "an empty signature": lambda it: ".".join(it.parts[:2]) + ".",
    "a signature of another": lambda it: it.id_token[:-8] + "AAAAAAAA",
    "a signature cut off": lambda it: it.id_token[:-1],
    "a signature and more": lambda it: it.id_token + "AAAA",
    "a fourth part": lambda it: it.id_token + "." + it.parts[2],
    "five parts, as if encrypted": lambda it: it.id_token + ".e30.e30",
    "as JSON": lambda it: json.dumps(dict(zip(("protected", "payload", "signature"), it.parts, strict=True))),
    "two tokens in one header": lambda it: f"{it.resigned(kid=it.header['kid'])}, {it.id_token}",
    "a forged header behind a forged one": lambda it: [it.resigned(), it.resigned(kid=it.header["kid"])],
    # another algorithm than ours
    **{f"alg {alg!r} unsigned": without_signature(alg) for alg in ALGORITHMS},
    **{f"alg {alg!r} with the real signature": with_real_signature(alg) for alg in ALGORITHMS},
    "the public key as a shared secret": lambda it: it.hmac(it.public_key),
    "the public key without its last line": lambda it: it.hmac(it.public_key.rstrip()),
    "the public key as a shared secret, HS512": lambda it: it.hmac(it.public_key, "sha512"),
    "an empty shared secret": lambda it: it.hmac(b""),
    "the client's id as a shared secret": lambda it: it.hmac(it.stack.client_id.encode()),
    # another key than the pool's
    "another key under the pool's kid": lambda it: it.resigned(kid=it.header["kid"]),
    "another key under an unknown kid": lambda it: it.resigned(kid="another"),
    "another key without a kid": lambda it: it.resigned(),
    "a kid that climbs": lambda it: it.resigned(kid="../../../../../../dev/null"),
    "a kid that is an address": lambda it: it.resigned(kid="https://evil.example/key"),
    "a kid that asks a database": lambda it: it.resigned(kid="' UNION SELECT 'x"),
    "a kid with a NUL": lambda it: it.resigned(kid="\0"),
    "an empty kid": lambda it: it.with_header(kid=""),
    "a kid of 8 kB": lambda it: it.with_header(kid="x" * 8_000),
    "a kid that is a number": lambda it: it.with_header(kid=1),
    "a kid that is a list": lambda it: it.with_header(kid=[it.header["kid"]]),
    "a kid that is null": lambda it: it.with_header(kid=None),
    "a key brought along": lambda it: it.resigned(kid=it.header["kid"], jwk=it.own_jwk),
    "a key brought along without a kid": lambda it: it.resigned(jwk=it.own_jwk),
    "keys elsewhere": lambda it: it.resigned(kid=it.header["kid"], jku="https://evil.example/jwks.json"),
    "a certificate elsewhere": lambda it: it.resigned(kid=it.header["kid"], x5u="https://evil.example/x.pem"),
    "a certificate brought along": lambda it: it.resigned(kid=it.header["kid"], x5c=["MIIB"]),
    "an extension that must be understood": lambda it: it.resigned(kid=it.header["kid"], crit=["exp"]),
    # other claims under the real signature
    "somebody else's sub": lambda it: it.with_payload(json.dumps({**it.claims, "sub": STRANGER}).encode()),
    "a longer life": lambda it: it.with_payload(json.dumps({**it.claims, "exp": 2**40}).encode()),
    "a second sub": lambda it: it.with_payload(json.dumps(it.claims).encode()[:-1] + b', "sub": "x"}'),
    "claims that are no object": lambda it: it.with_payload(b"[]"),
    "claims that are no JSON": lambda it: it.with_payload(b"{"),
    # real tokens, not meant for this
    "an access token": lambda it: it.tokens["AccessToken"],
    "a refresh token": lambda it: it.tokens["RefreshToken"],
    "a token of another client of the same pool": lambda it: it.of_another_client(),
    "a token of another pool": lambda it: it.of_another_pool(),
}
