"""What a token says of itself, unverified: only the service can tell whether it is true."""

import base64
import json
from typing import Any

from .problems import NotSignedIn


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token.

    Raises:
        NotSignedIn: it is no token.
    """
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        claims = None
    if not isinstance(claims, dict):
        raise NotSignedIn("The token is not one of Cognito.")
    return claims


def subject_of(token: str) -> str:
    """The `sub` of a token.

    Raises:
        NotSignedIn: it is no token.
    """
    return str(claims_of(token).get("sub", ""))
