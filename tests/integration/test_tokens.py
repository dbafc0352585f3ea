"""Who gets in: real Cognito tokens, and every way to fake one."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.bootstrap import Stack, sign_in
from local.stack import Running
from tests.integration.conftest import ORIGIN, Seller
from tests.samples import image


def admitted(running: Running, token: str | None) -> bool:
    headers = {"Origin": ORIGIN} | ({} if token is None else {"Authorization": token})
    answer = httpx.get(f"{running.url}/products", headers=headers)
    if answer.status_code == 200:
        return True
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.json()["code"] == "unauthenticated"
    return False


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.fixture(scope="module")
def tokens(stack: Stack) -> dict[str, str]:
    return sign_in(stack, stack.seller)


@pytest.fixture(scope="module")
def claims(tokens: dict[str, str]) -> dict[str, Any]:
    return jwt.decode(tokens["IdToken"], options={"verify_signature": False})


@pytest.fixture(scope="module")
def own_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def test_an_id_token_gets_in_with_and_without_bearer(running: Running, tokens: dict[str, str]) -> None:
    assert admitted(running, tokens["IdToken"])
    assert admitted(running, f"Bearer {tokens['IdToken']}")


@pytest.mark.parametrize("token", [None, "", "Bearer", "x", "a.b.c", "...", "e30.e30.e30", "é", "x" * 10_000])
def test_garbage_does_not_get_in(running: Running, token: str | None) -> None:
    headers = {} if token is None else {b"Authorization": token.encode()}
    answer = httpx.get(f"{running.url}/products", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_an_access_token_does_not_get_in(running: Running, tokens: dict[str, str]) -> None:
    assert not admitted(running, tokens["AccessToken"])


def test_a_changed_payload_does_not_get_in(running: Running, tokens: dict[str, str], claims: dict[str, Any]) -> None:
    header, _, signature = tokens["IdToken"].split(".")
    assert not admitted(
        running, f"{header}.{part({**claims, 'sub': '11111111-2222-3333-4444-555555555555'})}.{signature}"
    )


def test_a_changed_signature_does_not_get_in(running: Running, tokens: dict[str, str]) -> None:
    assert not admitted(running, tokens["IdToken"][:-8] + "AAAAAAAA")
    assert not admitted(running, tokens["IdToken"].rpartition(".")[0] + ".")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256", "RS512"])
def test_the_token_does_not_choose_the_algorithm(
    running: Running, tokens: dict[str, str], claims: dict[str, Any], algorithm: str
) -> None:
    header = jwt.get_unverified_header(tokens["IdToken"]) | {"alg": algorithm}
    for signature in ("", tokens["IdToken"].rpartition(".")[2]):
        assert not admitted(running, f"{part(header)}.{part(claims)}.{signature}")


def test_the_public_key_is_no_shared_secret(
    running: Running, stack: Stack, tokens: dict[str, str], claims: dict[str, Any]
) -> None:
    """The classic confusion: an HS256 token signed with the published RSA key."""
    kid = jwt.get_unverified_header(tokens["IdToken"])["kid"]
    key = next(key for key in httpx.get(stack.jwks_url).json()["keys"] if key["kid"] == kid)
    public = jwt.PyJWK(key).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = part({"alg": "HS256", "kid": kid, "typ": "JWT"})
    message = f"{header}.{part(claims)}"
    signature = (
        base64.urlsafe_b64encode(hmac.new(public, message.encode(), hashlib.sha256).digest()).decode().rstrip("=")
    )
    assert not admitted(running, f"{message}.{signature}")


def test_a_token_signed_by_somebody_else_does_not_get_in(
    running: Running, tokens: dict[str, str], claims: dict[str, Any], own_key: rsa.RSAPrivateKey
) -> None:
    kid = jwt.get_unverified_header(tokens["IdToken"])["kid"]
    for headers in ({"kid": kid}, {"kid": "another"}, {}):
        assert not admitted(running, jwt.encode(claims, own_key, "RS256", headers=headers))


def test_a_key_that_the_token_brings_along_is_not_used(
    running: Running, claims: dict[str, Any], own_key: rsa.RSAPrivateKey
) -> None:
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(own_key.public_key()))
    for header in ({"jwk": jwk}, {"jku": "https://evil.example/jwks.json"}, {"x5u": "https://evil.example/x"}):
        assert not admitted(running, jwt.encode(claims, own_key, "RS256", headers=header))


def test_a_token_of_another_client_of_the_same_pool_does_not_get_in(running: Running, stack: Stack) -> None:
    cognito = stack.client("cognito-idp")
    client = cognito.create_user_pool_client(
        UserPoolId=stack.pool_id, ClientName="another", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    token = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": stack.seller.email, "PASSWORD": stack.seller.password},
    )["AuthenticationResult"]["IdToken"]
    assert not admitted(running, token)


def test_a_token_of_another_pool_does_not_get_in(running: Running, stack: Stack) -> None:
    cognito = stack.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="another")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="another", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="mallory", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="mallory", Password="Mallory-1-password", Permanent=True)
    token = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "mallory", "PASSWORD": "Mallory-1-password"},
    )["AuthenticationResult"]["IdToken"]
    assert not admitted(running, token)


def test_an_expired_token_does_not_get_in(running: Running, stack: Stack) -> None:
    """A real token of the right client, a little later. AWS would not let a client's tokens live so shortly."""
    cognito = stack.client("cognito-idp")
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = {
        "UserPoolId": stack.pool_id,
        "ClientId": stack.client_id,
        "ClientName": "shop",
        "ExplicitAuthFlows": flows,
    }
    cognito.update_user_pool_client(**client, IdTokenValidity=3, TokenValidityUnits={"IdToken": "seconds"})
    try:
        token = sign_in(stack, stack.seller)["IdToken"]
    finally:
        cognito.update_user_pool_client(**client, IdTokenValidity=60, TokenValidityUnits={"IdToken": "minutes"})
    expires = jwt.decode(token, options={"verify_signature": False})["exp"]

    assert admitted(running, token)
    time.sleep(max(0.0, expires - time.time()) + 1)
    assert not admitted(running, token)


def test_the_public_routes_need_no_token(running: Running) -> None:
    assert httpx.get(f"{running.url}/health").status_code == 200
    assert httpx.get(f"{running.url}/openapi.json").json()["openapi"] == "3.1.0"


def test_a_preflight_needs_no_token(running: Running) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = httpx.options(f"{running.url}/products", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_nothing_secret_is_in_the_log(running: Running, seller: Seller, product: str) -> None:
    content = image("image/png")
    issued = seller.issue(product, "image", content, "image/png", filename="secret-name.png")
    seller.send(issued, content)
    seller.confirm(issued)
    seller.call("GET", "/products?limit=1")
    log = running.api.log.read_text()
    assert "/confirm → 201" in log
    for secret in (
        seller.token,
        seller.token.split(".")[1],
        issued["fields"]["x-amz-signature"],
        "secret-name",
        "X-Amz",
        "limit=1",
    ):
        assert secret not in log
