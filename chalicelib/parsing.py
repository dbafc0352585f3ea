"""What a request says, checked: whose it is, its body, its ids, its headers."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from chalice.app import Request

from .ids import is_ulid
from .problems import InvalidParameter, MalformedJson, Unauthenticated
from .settings import settings
from .upload_ids import UploadId

B = TypeVar("B")

# A Cognito `sub` is a UUID. It becomes part of a key, so nothing else is taken for one.
_SUB = re.compile(r"[0-9a-f-]{36}")
_ETAG = re.compile(r'"(\d{1,15})"')


def owner_of(claims: Mapping[str, Any]) -> str:
    """The seller an ID token speaks for: its `sub`.

    The gateway checked signature, expiry and pool. It admits tokens of any client of the pool, and access tokens where
    a route has scopes: so the rest is checked here.

    Raises:
        Unauthenticated: no claims, or not those of an ID token of our client.
    """
    expected = ("id", settings.user_pool_client_id, settings.token_issuer)
    sub = claims.get("sub")
    if (claims.get("token_use"), claims.get("aud"), claims.get("iss")) != expected:
        raise Unauthenticated("Send the ID token of this service's client as Authorization.")
    if not isinstance(sub, str) or not _SUB.fullmatch(sub):
        raise Unauthenticated("The token does not say whose it is.")
    return sub


def parse_body(raw: bytes | str, shape: type[B]) -> B:
    """Read a body, refusing anything it should not have.

    Raises:
        MalformedJson: not JSON in UTF-8.
        InvalidParameter: JSON, but not of this shape; with a pointer to the first wrong member.
    """
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError as error:
        detail, pointer = _explain(str(error))
        raise InvalidParameter(detail, pointer=pointer) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJson("Expected a JSON object in UTF-8.") from None


def parse_if_match(value: str | None) -> int | None:
    """The version that If-Match names; None for `*`.

    Raises:
        InvalidParameter: not a strong entity tag of ours.
    """
    if value is None or value.strip() == "*":
        return None
    match = _ETAG.fullmatch(value.strip())
    if match is None:
        raise InvalidParameter(f'Expected If-Match like "3" or *, and found {value!r}.', pointer="/If-Match")
    return int(match[1])


def parse_ids(ids: Mapping[str, str]) -> dict[str, Any]:
    """The ids in the path, checked: ULIDs, and an `upload_id` as UploadId.

    Raises:
        InvalidParameter: with the first such id's name.
    """
    parsed: dict[str, Any] = {}
    for name, value in ids.items():
        parsed[name] = UploadId.parse(value) if name == "upload_id" else value if is_ulid(value) else None
        if parsed[name] is None:
            raise InvalidParameter(
                f"Expected a ULID in upper case in the path, and found {value!r}.", pointer=f"/{name}"
            )
    return parsed


UNKNOWN, MISSING = "Object contains unknown field `", "Object missing required field `"


def _explain(message: str) -> tuple[str, str]:
    """A message of msgspec, ``Expected `int`, got `str` - at `$.size` ``, as a sentence and a JSON pointer.

    One about an unknown member quotes its name, of any length and content: that is taken by its place alone. It has no
    path, since no body of ours has objects inside.
    """
    if message.startswith(UNKNOWN):
        name = message.removeprefix(UNKNOWN).removesuffix("`")
        return f"{message}.", "/" + name.replace("~", "~0").replace("/", "~1")
    detail, _, path = message.partition(" - at `$")
    if detail.startswith(MISSING):
        return f"{detail}.", "/" + detail.removeprefix(MISSING).removesuffix("`")
    steps = path.removesuffix("`").replace("[", ".").replace("]", "").split(".")
    return f"{detail}.", "".join(f"/{step}" for step in steps if step)


def own_url(request: Request) -> str:
    """The address under which the client reached us, stage and custom domain included."""
    context = request.context
    path = str(context.get("path", request.path)).rstrip("/")
    if "domainName" in context:
        return f"https://{context['domainName']}{path}"
    return f"http://{request.headers.get('host', 'localhost')}{path}"
