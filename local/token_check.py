"""The Cognito authorizer of API Gateway, for `chalice local`, which itself admits every token, forged ones included."""

from collections.abc import Mapping
from typing import Any

import jwt
from chalice.app import Chalice, CognitoUserPoolAuthorizer
from chalice.local import LocalGatewayAuthorizer, NotAuthorizedError

from chalicelib.http import CORS, PROBLEM_JSON, problem_body
from chalicelib.problems import Unauthenticated
from chalicelib.settings import settings


class TokenCheck:
    """Verifies ID tokens against the keys that the pool publishes."""

    def __init__(self, jwks_url: str) -> None:
        self._keys = jwt.PyJWKClient(jwks_url, cache_keys=True)

    def claims(self, token: str) -> dict[str, Any]:
        """The claims of a valid ID token of our client.

        Raises:
            jwt.PyJWTError: forged, expired, of another pool or client, or not an ID token.
        """
        claims: dict[str, Any] = jwt.decode(
            token,
            self._keys.get_signing_key_from_jwt(token),
            algorithms=["RS256"],  # never what the token itself says
            audience=settings.user_pool_client_id,
            issuer=settings.token_issuer,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
        if claims.get("token_use") != "id":
            raise jwt.InvalidTokenError("not an ID token")
        return claims


class VerifyingAuthorizer(LocalGatewayAuthorizer):
    """Takes the place of Chalice's own, which only decodes the token's payload."""

    def __init__(self, app: Chalice, check: TokenCheck) -> None:
        super().__init__(app)
        self._app = app
        self._check = check

    def authorize(self, raw_path: str, lambda_event: dict[str, Any], lambda_context: Any) -> Any:
        """Admit the request with its claims, or refuse it as the gateway does: 401, problem+json, with CORS."""
        context = lambda_event["requestContext"]
        route = self._app.routes.get(context["resourcePath"], {}).get(context["httpMethod"])
        if route is not None and isinstance(route.authorizer, CognitoUserPoolAuthorizer):
            token = lambda_event["headers"].get("authorization", "").removeprefix("Bearer ")
            try:
                claims = self._check.claims(token)
            except jwt.PyJWTError:
                raise _unauthorized(raw_path, lambda_context.aws_request_id) from None
            context["authorizer"] = {"claims": _as_gateway_gives_them(claims)}
        return lambda_event, lambda_context


def _as_gateway_gives_them(claims: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else str(value).lower() for name, value in claims.items()}


def _unauthorized(path: str, request_id: str) -> NotAuthorizedError:
    problem = Unauthenticated("The token is missing, expired or not valid here.")
    headers = PROBLEM_JSON | CORS.get_access_control_headers() | {"x-amzn-RequestId": request_id}
    return NotAuthorizedError(headers, problem_body(problem, path.partition("?")[0], request_id))
