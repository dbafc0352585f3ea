"""The token that somebody signed in with. Its signature is the gateway's business; here is whose it says it is."""

import base64
import binascii
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from .findings import Finding, failed, judged, ok, warning
from .site import Site

_SHORT = timedelta(minutes=5)
_MEND = "Sign in to this stage again: vestibule login --stage outputs.json."


def check_token(site: Site) -> Iterator[Finding]:
    """An ID token of this stage's pool and client, with time left, which the API takes."""
    claims = claims_of(site.tokens.id_token())
    stack = site.stack
    wanted = {
        "token_use": ("id", "it is not an ID token"),
        "aud": (stack.user_pool_client_id, "it is of another app client"),
        "iss": (issuer(stack.region, stack.user_pool_id), "it is of another user pool"),
    }
    complaints = [complaint for name, (value, complaint) in wanted.items() if claims.get(name) != value]
    fine = "an ID token of this stage's user pool and client"
    yield judged("token.claims", complaints, fine, _MEND)
    yield _time_left(site, claims.get("exp"))
    answer = site.call("GET", "/usage")
    refused = [] if answer.status_code == 200 else [f"the API answers it with {answer.status_code}"]
    yield judged("token.accepted", refused, "the API takes it", _MEND)


def issuer(region: str, user_pool_id: str) -> str:
    """Who signs the tokens of a pool."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://cognito-idp.{region}.{suffix}/{user_pool_id}"


def claims_of(token: str) -> dict[str, Any]:
    """What a JWT says, unverified; nothing where it is none."""
    payload = token.removeprefix("Bearer ").split(".")[1:2]
    try:
        claims = json.loads(base64.urlsafe_b64decode("".join(payload) + "=="))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _time_left(site: Site, expires: Any) -> Finding:
    if not isinstance(expires, int):
        return failed("token.time", "it does not say when it ends", _MEND)
    left = timedelta(seconds=expires - site.now().timestamp())
    minutes = round(left.total_seconds() / 60)
    if left <= timedelta(0):
        return failed("token.time", f"it ended {-minutes} minutes ago by this clock", _MEND)
    if left < _SHORT:
        return warning(
            "token.time", f"it ends in {minutes} minutes", "After `vestibule login` it is renewed by itself."
        )
    return ok("token.time", f"it is good for {minutes} minutes")
