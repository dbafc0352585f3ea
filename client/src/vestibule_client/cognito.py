"""Cognito's sign-in, as plain JSON over HTTPS: by SRP, with the challenges of this pool, and by refresh token."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx

from .http import named_failures
from .problems import NotSignedIn, SignInRefused, UnexpectedAnswer, Unreachable
from .refusals import parsed
from .retries import Patience
from .srp import Handshake, signature, timestamp
from .stack import Stack

_TARGET = "AWSCognitoIdentityProviderService"


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens as Cognito issued them. A refresh gives no new refresh token."""

    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in_seconds: int


class Answers(Protocol):
    """What only the person can say."""

    def mfa_code(self) -> str:
        """The six digits that the authenticator shows now."""

    def new_password(self) -> str:
        """A password of one's own in place of a temporary one."""


class Cognito:
    """The user pool of a stack."""

    def __init__(
        self,
        stack: Stack,
        http: httpx.Client,
        patience: Patience | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._stack = stack
        self._http = http
        self._patience = patience or Patience()
        self._now = now

    def sign_in(self, email: str, password: str, answers: Answers) -> Issued:
        """Prove the password, and answer what is asked besides.

        Raises:
            SignInRefused: the password, the code or the new password is not accepted; or a challenge is unknown here.
            Unreachable: Cognito is not.
        """
        handshake = Handshake()
        reply = self._call(
            "InitiateAuth",
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": email, "SRP_A": f"{handshake.public:x}"},
        )
        while "AuthenticationResult" not in reply:
            name, asked = str(reply.get("ChallengeName", "")), reply.get("ChallengeParameters") or {}
            said = self._answer(name, asked, handshake, password, answers)
            said["USERNAME"] = str(asked.get("USER_ID_FOR_SRP") or email)
            session = {"Session": reply["Session"]} if reply.get("Session") else {}
            reply = self._call("RespondToAuthChallenge", ChallengeName=name, ChallengeResponses=said, **session)
        return _issued(reply)

    def refresh(self, refresh_token: str) -> Issued:
        """New tokens.

        Raises:
            SignInRefused: the refresh token has ended or was revoked.
            Unreachable: Cognito is not.
        """
        return _issued(
            self._call("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": refresh_token})
        )

    def revoke(self, refresh_token: str) -> None:
        """Make a refresh token worthless, wherever else it may be.

        Raises:
            Unreachable: Cognito is not.
        """
        self._call("RevokeToken", Token=refresh_token)

    def _answer(
        self, name: str, asked: dict[str, Any], handshake: Handshake, password: str, answers: Answers
    ) -> dict[str, str]:
        match name:
            case "PASSWORD_VERIFIER":
                return self._proof(asked, handshake, password)
            case "SOFTWARE_TOKEN_MFA":
                return {"SOFTWARE_TOKEN_MFA_CODE": answers.mfa_code()}
            case "NEW_PASSWORD_REQUIRED":
                return {"NEW_PASSWORD": answers.new_password()}
        raise SignInRefused(f"Cognito asks for {name or 'something unknown'}, which this client cannot answer.")

    def _proof(self, asked: dict[str, Any], handshake: Handshake, password: str) -> dict[str, str]:
        pool, moment = self._stack.user_pool_id, timestamp(self._now())
        try:
            user, block = str(asked["USER_ID_FOR_SRP"]), str(asked["SECRET_BLOCK"])
            salt, server_public = int(asked["SALT"], 16), int(asked["SRP_B"], 16)
            key = handshake.key(pool, user, password, salt, server_public)
            proof = signature(key, pool, user, block, moment)
        except (KeyError, ValueError):
            raise UnexpectedAnswer("Cognito's challenge is not one of SRP.") from None
        return {"PASSWORD_CLAIM_SECRET_BLOCK": block, "PASSWORD_CLAIM_SIGNATURE": proof, "TIMESTAMP": moment}

    def _call(self, operation: str, **members: Any) -> dict[str, Any]:
        body = json.dumps({"ClientId": self._stack.user_pool_client_id, **members}).encode()
        return self._patience.persistently(lambda: self._once(operation, body))

    def _once(self, operation: str, body: bytes) -> dict[str, Any]:
        headers = {"X-Amz-Target": f"{_TARGET}.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        with named_failures("Cognito"):
            response = self._http.post(f"{self._stack.cognito_url}/", content=body, headers=headers)
        reply = parsed(response) if response.content else {}
        if response.status_code >= 500 or response.status_code == 429:
            raise Unreachable(f"Cognito is busy: status {response.status_code}.", "Try again later.")
        if not isinstance(reply, dict):
            raise UnexpectedAnswer("Cognito's answer is not JSON.")
        if not response.is_success:
            raise _refusal(reply)
        return reply


def _issued(reply: dict[str, Any]) -> Issued:
    result = reply.get("AuthenticationResult")
    if not isinstance(result, dict) or not isinstance(result.get("IdToken"), str):
        raise UnexpectedAnswer("Cognito's answer has no ID token.")
    refresh, seconds = result.get("RefreshToken"), result.get("ExpiresIn")
    return Issued(
        result["IdToken"],
        refresh if isinstance(refresh, str) else None,
        seconds if isinstance(seconds, int) else 3600,
    )


def _refusal(reply: dict[str, Any]) -> NotSignedIn | Unreachable:
    """By AWS's names of errors: docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference."""
    code = str(reply.get("__type", "")).rpartition("#")[2]
    if code in ("TooManyRequestsException", "InternalErrorException"):
        return Unreachable("Cognito is busy.", "Try again later.")
    message = str(reply.get("message") or reply.get("Message") or code or "No reason was given.")
    return SignInRefused(f"Cognito refused: {message}")
