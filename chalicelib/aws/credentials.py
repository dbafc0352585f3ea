"""The credentials that Lambda gives a function, in its environment."""

import os
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key of AWS. A role's has a session token, without which it is worth nothing."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


class NoCredentials(Exception):
    """The environment has none."""


def credentials() -> Credentials:
    """Those of the environment as it is now: whoever renews them there needs no restart.

    Raises:
        NoCredentials: there are none.
    """
    environ = os.environ
    access_key, secret_key = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not (access_key and secret_key):
        raise NoCredentials("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set. Lambda sets them.")
    return _known(access_key, secret_key, environ.get("AWS_SESSION_TOKEN") or None)


_known = lru_cache(maxsize=2)(Credentials)
