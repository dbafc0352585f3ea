"""Signing in and renewing, with a user pool that asks all it may."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from vestibule_client import srp
from vestibule_client.cognito import Cognito
from vestibule_client.credentials import Credentials, CredentialStore
from vestibule_client.problems import BadStack, NotSignedIn, SignInRefused, UnexpectedAnswer, Unreachable, UnsafeFile
from vestibule_client.session import GivenToken, Session, kept, open_session
from vestibule_client.stack import Stack

from tests.client.conftest import VirtualTime

OUTPUTS = {
    "api_url": "https://api.shop.example/dev/",
    "region": "eu-central-1",
    "user_pool_id": "eu-central-1_Example01",
    "user_pool_client_id": "exampleclient",
}
STACK = Stack.from_outputs(OUTPUTS)
PASSWORD = "Vestibule-demo-1"
SALT, PRIVATE = 0xC0FFEE, 0xDEADBEEF


def token(name: str) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"sub": "the-seller", "name": name}).encode()).rstrip(b"=").decode()
    return f"head.{payload}.signature"


class Pool(httpx.BaseTransport):
    """Cognito's side of SRP, with the challenges that `asks` names after the password."""

    def __init__(self, *asks: str) -> None:
        self.asks = list(asks)
        self.called: list[dict[str, Any]] = []
        self.refreshed = 0
        self.answers: list[httpx.Response] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.read())
        body["operation"] = request.headers["X-Amz-Target"].partition(".")[2]
        self.called.append(body)
        assert str(request.url) == "https://cognito-idp.eu-central-1.amazonaws.com/"
        if self.answers:
            return self.answers.pop(0)
        if body.get("AuthFlow") == "REFRESH_TOKEN_AUTH":
            self.refreshed += 1
            return self.issue(f"renewed-{self.refreshed}", refresh=False)
        if body["operation"] == "InitiateAuth":
            return self.begin(int(body["AuthParameters"]["SRP_A"], 16))
        if body["ChallengeName"] == "PASSWORD_VERIFIER" and not self.is_proven(body["ChallengeResponses"]):
            return refusal("NotAuthorizedException", "Incorrect username or password.")
        if self.asks:
            return httpx.Response(
                200, json={"ChallengeName": self.asks.pop(0), "ChallengeParameters": {}, "Session": "s"}
            )
        return self.issue("first", refresh=True)

    def begin(self, public: int) -> httpx.Response:
        name = hashlib.sha256(f"Example01the-user:{PASSWORD}".encode()).digest()
        verifier = pow(2, srp._digest(srp._signed(SALT), name), srp.GROUP)
        own = (srp._MULTIPLIER * verifier + pow(2, PRIVATE, srp.GROUP)) % srp.GROUP
        scramble = srp._digest(srp._signed(public), srp._signed(own))
        shared = pow(public * pow(verifier, scramble, srp.GROUP), PRIVATE, srp.GROUP)
        self.key = hmac.digest(
            hmac.digest(srp._signed(scramble), srp._signed(shared), "sha256"), b"Caldera Derived Key\x01", "sha256"
        )[:16]
        asked = {"SALT": f"{SALT:x}", "SRP_B": f"{own:x}", "SECRET_BLOCK": "c2VjcmV0", "USER_ID_FOR_SRP": "the-user"}
        return httpx.Response(200, json={"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": asked})

    def is_proven(self, said: dict[str, str]) -> bool:
        message = b"Example01the-usersecret" + said["TIMESTAMP"].encode()
        wanted = base64.b64encode(hmac.digest(self.key, message, "sha256")).decode()
        return said["PASSWORD_CLAIM_SIGNATURE"] == wanted

    @staticmethod
    def issue(name: str, *, refresh: bool) -> httpx.Response:
        result: dict[str, Any] = {"IdToken": token(name), "AccessToken": "a", "ExpiresIn": 3600}
        if refresh:
            result["RefreshToken"] = "refresh-secret"
        return httpx.Response(200, json={"AuthenticationResult": result})


def refusal(code: str, message: str, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"__type": code, "message": message})


class Person:
    def mfa_code(self) -> str:
        return "123456"

    def new_password(self) -> str:
        return "Own-password-2"


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def line(pool: Pool) -> Iterator[httpx.Client]:
    with httpx.Client(transport=pool) as client:
        yield client


def sign_in(line: httpx.Client, virtual_time: VirtualTime, password: str = PASSWORD) -> str:
    return Cognito(STACK, line, virtual_time.patience()).sign_in("demo@shop.example", password, Person()).id_token


def test_the_password_is_proven_and_never_sent(pool: Pool, line: httpx.Client, virtual_time: VirtualTime) -> None:
    assert sign_in(line, virtual_time) == token("first")
    assert PASSWORD not in json.dumps(pool.called)


def test_a_wrong_password_is_refused_in_cognitos_words(
    pool: Pool, line: httpx.Client, virtual_time: VirtualTime
) -> None:
    with pytest.raises(SignInRefused, match="Incorrect username or password"):
        sign_in(line, virtual_time, "wrong")


def test_the_authenticators_code_and_a_new_password_are_asked_for(
    pool: Pool, line: httpx.Client, virtual_time: VirtualTime
) -> None:
    pool.asks = ["NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA"]
    assert sign_in(line, virtual_time) == token("first")
    said = [call["ChallengeResponses"] for call in pool.called[2:]]
    assert said == [
        {"NEW_PASSWORD": "Own-password-2", "USERNAME": "demo@shop.example"},
        {"SOFTWARE_TOKEN_MFA_CODE": "123456", "USERNAME": "demo@shop.example"},
    ]
    assert [call.get("Session") for call in pool.called[2:]] == ["s", "s"]


def test_a_challenge_unknown_here_is_named(pool: Pool, line: httpx.Client, virtual_time: VirtualTime) -> None:
    pool.asks = ["SMS_MFA"]
    with pytest.raises(SignInRefused, match="asks for SMS_MFA"):
        sign_in(line, virtual_time)


def test_a_busy_pool_is_asked_again(pool: Pool, line: httpx.Client, virtual_time: VirtualTime) -> None:
    pool.answers = [refusal("TooManyRequestsException", "Slow down"), httpx.Response(502, text="<html>")]
    assert sign_in(line, virtual_time) == token("first")
    assert len(virtual_time.slept) == 2


def test_a_challenge_that_is_none_is_said_so(pool: Pool, line: httpx.Client, virtual_time: VirtualTime) -> None:
    challenge = {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": {"SALT": "zz"}}
    pool.answers = [httpx.Response(200, json=challenge)]
    with pytest.raises(UnexpectedAnswer, match="not one of SRP"):
        sign_in(line, virtual_time)


@pytest.fixture
def store(tmp_path: Path) -> CredentialStore:
    return CredentialStore(tmp_path / "vestibule")


def credentials(name: str, obtained_at: float = 0.0) -> Credentials:
    return Credentials(token(name), "refresh-secret", obtained_at, 3600, "demo@shop.example")


MakeSession = Callable[[float, Credentials], Session]


@pytest.fixture
def make_session(line: httpx.Client, store: CredentialStore, virtual_time: VirtualTime) -> MakeSession:
    def make(now: float, known: Credentials) -> Session:
        store.save(STACK, known)
        return Session(STACK, known, store, line, patience=virtual_time.patience(), wall=lambda: now)

    return make


@pytest.mark.parametrize(("now", "wanted"), [(0, "old"), (3299, "old"), (3300, "renewed-1"), (-1, "renewed-1")])
def test_a_token_is_renewed_minutes_before_its_end_or_when_the_clock_was_set_back(
    make_session: MakeSession, store: CredentialStore, now: float, wanted: str
) -> None:
    assert make_session(now, credentials("old")).id_token() == token(wanted)
    saved = store.load(STACK.key)
    assert saved is not None
    assert (saved.credentials.id_token, saved.credentials.refresh_token) == (token(wanted), "refresh-secret")


def test_a_token_that_was_refused_is_renewed_once(make_session: MakeSession, pool: Pool) -> None:
    session = make_session(0, credentials("old"))
    assert session.renewed(token("old")) == session.renewed(token("old")) == token("renewed-1")
    assert pool.refreshed == 1


def test_what_another_process_renewed_is_taken_over(
    make_session: MakeSession, store: CredentialStore, pool: Pool
) -> None:
    session = make_session(4000, credentials("old"))
    store.save(STACK, credentials("theirs", 3900))
    assert session.id_token() == token("theirs")
    assert pool.refreshed == 0


def test_a_sign_in_that_has_ended_says_what_to_do(make_session: MakeSession, pool: Pool) -> None:
    pool.answers = [refusal("NotAuthorizedException", "Refresh Token has expired")]
    with pytest.raises(NotSignedIn, match="sign-in has ended") as ended:
        make_session(4000, credentials("old")).id_token()
    assert "vestibule login" in ended.value.advice


def test_a_pool_that_cannot_be_reached_is_no_end_of_the_sign_in(make_session: MakeSession, pool: Pool) -> None:
    pool.answers = [httpx.Response(503)] * 30
    with pytest.raises(Unreachable):
        make_session(4000, credentials("old")).id_token()


def test_credentials_are_for_the_user_alone(store: CredentialStore) -> None:
    store.save(STACK, credentials("old"))
    path = store.path(STACK.key)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "secret" not in repr(store.load(STACK.key))


@pytest.mark.parametrize(("mode", "which"), [(0o640, "file"), (0o604, "file"), (0o755, "folder")])
def test_credentials_that_others_can_read_are_refused(store: CredentialStore, mode: int, which: str) -> None:
    store.save(STACK, credentials("old"))
    path = store.path(STACK.key)
    (path if which == "file" else path.parent).chmod(mode)
    with pytest.raises(UnsafeFile, match="Others can use"):
        store.load(STACK.key) if which == "file" else store.save(STACK, credentials("new"))


def test_credentials_that_cannot_be_understood_are_none(store: CredentialStore) -> None:
    store.save(STACK, credentials("old"))
    store.path(STACK.key).write_text('{"stack": 1}')
    assert store.load(STACK.key) is None


def test_the_latest_sign_in_is_meant_where_none_is_named(store: CredentialStore, line: httpx.Client) -> None:
    with pytest.raises(NotSignedIn, match="not signed in"):
        open_session(None, line, {}, store=store)
    store.save(STACK, kept(Cognito(STACK, line).sign_in("demo@shop.example", PASSWORD, Person()), "demo", 0.0))
    store.make_current(STACK)
    stack, session = open_session(None, line, {}, store=store)
    assert (stack.api_url, session.subject) == ("https://api.shop.example/dev", "the-seller")


def test_a_token_in_the_environment_comes_first_and_cannot_be_renewed(
    store: CredentialStore, line: httpx.Client
) -> None:
    _, session = open_session(STACK, line, {"VESTIBULE_TOKEN": f"{token('given')}\n"}, store=store)
    assert isinstance(session, GivenToken)
    assert (session.id_token(), session.subject) == (token("given"), "the-seller")
    with pytest.raises(NotSignedIn, match="VESTIBULE_TOKEN"):
        session.renewed(token("given"))
    with pytest.raises(BadStack, match="which stack"):
        open_session(None, line, {"VESTIBULE_TOKEN": token("given")}, store=store)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"region": None}, "found no region"),
        ({"user_pool_id": "", "api_url": None}, "found no api_url, user_pool_id"),
        ({"api_url": "http://api.shop.example"}, "https:// URL as api_url, and found http://"),
        ({"cognito_endpoint": "http://10.0.0.1"}, "https:// URL as cognito_endpoint"),
        ({"api_url": "nonsense"}, "a URL as api_url"),
    ],
)
def test_outputs_that_cannot_be_used_say_what_is_wrong(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadStack, match=sentence):
        Stack.from_outputs({**OUTPUTS, **changed})


def test_a_file_of_outputs_is_read(tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    for text, sentence in [("[]", "a JSON object"), ("{", "not JSON")]:
        path.write_text(text)
        with pytest.raises(BadStack, match=sentence):
            Stack.read(path)
    with pytest.raises(BadStack, match="No such file"):
        Stack.read(tmp_path / "none")
    more = {"api_url": "http://127.0.0.1:8000", "buckets": {"staging": "s", "vault": "v", "media": "m"}, "tomorrow": 1}
    path.write_text(json.dumps({**OUTPUTS, **more}))
    stack = Stack.read(path)
    assert (stack.is_local, stack.buckets and stack.buckets.vault) == (True, "v")
    assert stack.key != STACK.key
