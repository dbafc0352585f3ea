"""Which service: what `make outputs` prints of a deployed stage, and `make dev` writes of a local one."""

import hashlib
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .problems import BadStack


@dataclass(frozen=True, slots=True)
class Buckets:
    """Names of the three buckets."""

    staging: str
    vault: str
    media: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A service to speak to. `outputs` is all that was said of it, members unknown here included."""

    api_url: str
    region: str
    user_pool_id: str
    user_pool_client_id: str
    media_url: str | None
    buckets: Buckets | None
    table: str | None
    cognito_endpoint: str | None
    s3_endpoint: str | None
    outputs: Mapping[str, Any]

    @classmethod
    def from_outputs(cls, outputs: Mapping[str, Any], source: str = "the stack's outputs") -> "Stack":
        """Read what Terraform, or the local stack, says.

        Raises:
            BadStack: something is missing, or is not what it should be; the message names it.
        """
        needed = ("api_url", "region", "user_pool_id", "user_pool_client_id")
        missing = [name for name in needed if not isinstance(outputs.get(name), str) or not outputs[name]]
        if missing:
            raise BadStack(f"{source}: expected {', '.join(needed)}, and found no {', '.join(missing)}.")
        endpoints = {name: _endpoint(outputs, name, source) for name in ("api_url", "cognito_endpoint", "s3_endpoint")}
        buckets = outputs.get("buckets")
        return cls(
            api_url=endpoints["api_url"] or "",
            region=outputs["region"],
            user_pool_id=outputs["user_pool_id"],
            user_pool_client_id=outputs["user_pool_client_id"],
            media_url=outputs.get("media_url"),
            buckets=Buckets(**{role: str(buckets.get(role, "")) for role in ("staging", "vault", "media")})
            if isinstance(buckets, dict)
            else None,
            table=outputs.get("table"),
            cognito_endpoint=endpoints["cognito_endpoint"],
            s3_endpoint=endpoints["s3_endpoint"],
            outputs=dict(outputs),
        )

    @classmethod
    def read(cls, path: Path) -> "Stack":
        """Read a file of outputs.

        Raises:
            BadStack: it cannot be read, is not JSON, or lacks something.
        """
        try:
            outputs = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise BadStack(f"{path} cannot be read: {error.strerror}.") from None
        except ValueError:
            raise BadStack(f"{path} is not JSON.") from None
        if not isinstance(outputs, dict):
            raise BadStack(f"{path}: expected a JSON object, and found something else.")
        return cls.from_outputs(outputs, str(path))

    @property
    def cognito_url(self) -> str:
        """Where Cognito takes its requests."""
        return self.cognito_endpoint or f"https://cognito-idp.{self.region}.amazonaws.com"

    @property
    def key(self) -> str:
        """A short name for this stack and no other: 16 hex digits."""
        return hashlib.sha256(f"{self.api_url}\n{self.user_pool_client_id}".encode()).hexdigest()[:16]

    @property
    def is_local(self) -> bool:
        """Whether the API is on this machine."""
        return is_loopback(self.api_url)


def is_loopback(url: str) -> bool:
    """Whether a URL names this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _endpoint(outputs: Mapping[str, Any], name: str, source: str) -> str | None:
    """A URL without a slash at its end. A token never goes over plain HTTP, but to this machine."""
    url = outputs.get(name)
    if url is None:
        return None
    if not isinstance(url, str) or not urlsplit(url).hostname:
        raise BadStack(f"{source}: expected a URL as {name}, and found something else.")
    if urlsplit(url).scheme != "https" and not (urlsplit(url).scheme == "http" and is_loopback(url)):
        raise BadStack(f"{source}: expected an https:// URL as {name}, and found {urlsplit(url).scheme}://.")
    return url.rstrip("/")
