"""Who gets in: real Cognito tokens, and every way to fake one."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.settings import settings
from local.bootstrap import Stack, make_person, sign_in
from local.stack import Running
from local.token_check import TokenCheck
from tests.integration.conftest import ORIGIN, Seller
from tests.integration.forgeries import FORGERIES, STRANGER, Forgery, Genuine
from tests.samples import image


@pytest.fixture(scope="module")
def genuine(stack: Stack) -> Genuine:
    """Of a person who has nothing yet."""
    person = make_person(stack.client("cognito-idp"), stack.pool_id, "tokens@vestibule.example")
    return Genuine(stack, person, sign_in(stack, person), rsa.generate_private_key(65537, 2048))


@dataclass(frozen=True, slots=True)
class Door:
    """Asks to be let in, by a request that would write."""

    url: str
    http: httpx.Client

    def ask(self, *tokens: str | bytes) -> httpx.Response:
        sent = [token.encode() if isinstance(token, str) else token for token in tokens]
        headers = [(b"Origin", ORIGIN.encode()), *((b"Authorization", token) for token in sent)]
        return self.http.post(f"{self.url}/products", json={"title": "x"}, headers=headers)

    def products(self, token: str) -> list[str]:
        answer = self.http.get(f"{self.url}/products", headers={"Authorization": token})
        return [product["id"] for product in answer.json()["products"]]


@pytest.fixture
def door(running: Running, http: httpx.Client) -> Door:
    return Door(running.url, http)


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_token_does_not_get_in_and_changes_nothing(door: Door, genuine: Genuine, forgery: Forgery) -> None:
    before = door.products(genuine.id_token)
    forged = forgery(genuine)

    answer = door.ask(*([] if forged is None else forged if isinstance(forged, list) else [forged]))

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.json()["code"] == "unauthenticated"
    assert door.products(genuine.id_token) == before


def test_a_token_counts_in_its_header_only(door: Door, genuine: Genuine) -> None:
    """What a browser sends by itself, or what is in a link, is no authorization: no other site can make use of it."""
    token = genuine.id_token
    before = door.products(token)
    url, body = f"{door.url}/products", {"title": "x"}
    for answer in (
        door.http.post(url, json=body, headers={"Cookie": f"Authorization={token}; id_token={token}"}),
        door.http.post(f"{url}?Authorization={token}&access_token={token}", json=body),
        door.http.post(url, json=body, headers={"X-Authorization": token, "Proxy-Authorization": token}),
        door.http.post(url, data={"title": "x", "Authorization": token}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert door.products(token) == before


def test_an_id_token_gets_in_with_and_without_bearer(door: Door, genuine: Genuine) -> None:
    for token in (genuine.id_token, f"Bearer {genuine.id_token}"):
        assert door.ask(token).json()["id"] in door.products(genuine.id_token)


def test_an_expired_token_does_not_get_in(door: Door, stack: Stack, genuine: Genuine) -> None:
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
        token = sign_in(stack, genuine.person)["IdToken"]
    finally:
        cognito.update_user_pool_client(**client, IdTokenValidity=60, TokenValidityUnits={"IdToken": "minutes"})
    expires = jwt.decode(token, options={"verify_signature": False})["exp"]

    assert door.ask(token).status_code == 201
    time.sleep(max(0.0, expires - time.time()) + 1)
    assert door.ask(token).json()["code"] == "unauthenticated"


NOW = int(time.time())
CLAIMS = {
    "sub": STRANGER,
    "aud": settings.user_pool_client_id,
    "iss": settings.token_issuer,
    "token_use": "id",
    "iat": NOW,
    "exp": NOW + 3600,
}


@pytest.fixture(scope="module")
def pool_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def check(pool_key: rsa.RSAPrivateKey) -> Iterator[TokenCheck]:
    """The check of a pool whose private key is known here, so that it can sign what Cognito would not."""
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(pool_key.public_key())) | {"kid": "one", "use": "sig"}
    check = TokenCheck("https://published.example/jwks.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check._keys, "fetch_data", lambda: {"keys": [jwk]})
        yield check


def test_claims_that_fit_are_taken(check: TokenCheck, pool_key: rsa.RSAPrivateKey) -> None:
    assert check.claims(jwt.encode(CLAIMS, pool_key, "RS256", headers={"kid": "one"})) == CLAIMS


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": NOW - 60},
        {"exp": 0},
        {"exp": "never"},
        {"nbf": NOW + 3600},
        {"iat": NOW + 3600},
        {"iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Another"},
        {"iss": settings.token_issuer + "/"},
        {"iss": [settings.token_issuer]},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"token_use": "access"},
        {"token_use": "ID"},
        *({name: None} for name in CLAIMS),
    ],
    ids=", ".join,  # the times differ in each process that collects the tests
)
def test_claims_that_do_not_fit_are_refused_under_the_pools_own_signature(
    check: TokenCheck, pool_key: rsa.RSAPrivateKey, changed: dict[str, Any]
) -> None:
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    payload = json.dumps(claims).encode()  # PyJWT's own encode() refuses some of these
    token = jwt.PyJWS().encode(payload, pool_key, "RS256", headers={"kid": "one"})
    with pytest.raises(jwt.PyJWTError):
        check.claims(token)


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
