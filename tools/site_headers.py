"""What the seller's page is served with: read from the file that CloudFront is set up by, so that both say the same."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

HEADERS: dict[str, Any] = json.loads(Path("terraform/modules/site/headers.json").read_text())
# Not by `mimetypes`, which asks the machine, and each machine says something else.
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
# All that the page is told, and all that it needs.
CONFIG_MEMBERS = ("api_url", "region", "user_pool_id", "user_pool_client_id", "media_url", "cognito_endpoint")


def config(outputs: Mapping[str, Any]) -> dict[str, str]:
    """The page's config.json, of a stack's outputs. In AWS Cognito's address follows from the region."""
    return {name: outputs[name] for name in CONFIG_MEMBERS if name in outputs}


def content_type(path: str) -> str:
    """The Content-Type of a file, by its name."""
    return CONTENT_TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")


def cache_control(path: str) -> str:
    """How long browsers keep a file; `path` begins without a slash. What is in assets/ has a hash in its name."""
    found: str = HEADERS["cache_control"]["assets" if path.startswith("assets/") else "others"]
    return found


def security_headers(places: Mapping[str, str]) -> dict[str, str]:
    """What every answer carries. `places` are the origins of api, cognito, staging, vault and media."""
    return {
        "Content-Security-Policy": content_security_policy(places),
        "Referrer-Policy": HEADERS["referrer_policy"],
        "Strict-Transport-Security": f"max-age={HEADERS['strict_transport_security_seconds']}",
        "X-Content-Type-Options": "nosniff",
        **HEADERS["custom"],
    }


def content_security_policy(places: Mapping[str, str]) -> str:
    """The policy as modules/site writes it: directives by name, each source once."""
    directives = HEADERS["content_security_policy"]
    filled = {
        name: dict.fromkeys(source.format_map(places) for source in sources) for name, sources in directives.items()
    }
    return "; ".join(f"{name} {' '.join(filled[name])}" for name in sorted(filled))


def local_places(outputs: Mapping[str, Any]) -> dict[str, str]:
    """The origins of a stack on this machine, where S3 names a bucket by the path."""
    return {
        "api": _origin(outputs["api_url"]),
        "cognito": _origin(outputs["cognito_endpoint"]),
        "staging": _origin(outputs["s3_endpoint"]),
        "vault": _origin(outputs["s3_endpoint"]),
        "media": _origin(outputs["media_url"]),
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
