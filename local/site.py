"""Serves the seller's page, as CloudFront does in AWS: the same headers, the same caching, compressed.

python -m local.site --port 5173 --outputs .local/outputs.json
"""

import argparse
import gzip
import json
import sys
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tools.site_headers import cache_control, config, content_type, local_places, security_headers

from .processes import HOST

BUILT = Path("web/dist")
FIRST = "index.html"
CONFIG = "config.json"
COMPRESSED = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
SMALLEST_COMPRESSED_BYTES = 1000  # CloudFront's own limit


class Site(ThreadingHTTPServer):
    """The files of one folder, and config.json, for the stack that has these outputs."""

    daemon_threads = True

    def __init__(self, port: int, outputs: Mapping[str, Any], folder: Path = BUILT) -> None:
        self.folder = folder.resolve()
        self.config = json.dumps(config(outputs)).encode()
        self.headers = security_headers(local_places(outputs))
        super().__init__((HOST, port), _Handler)

    def find(self, path: str) -> tuple[str, bytes] | None:
        """The name and the content of what is at a URL's path; None if there is nothing, or nothing of this folder."""
        name = unquote(path).removeprefix("/") or FIRST
        if name == CONFIG:
            return name, self.config
        if "\0" in name:
            return None
        file = (self.folder / name).resolve()  # follows links, and every "..": what matters is where it ends
        if not file.is_relative_to(self.folder) or not file.is_file():
            return None
        return file.relative_to(self.folder).as_posix(), file.read_bytes()


class _Handler(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "vestibule", ""

    def do_GET(self) -> None:
        """Answer with the file, or 404."""
        found = self.server.find(urlsplit(self.path).path)
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        name, content = found
        kind = content_type(name)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", cache_control(name))
        if kind.startswith(COMPRESSED) and len(content) >= SMALLEST_COMPRESSED_BYTES:
            self.send_header("Vary", "Accept-Encoding")
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                content = _compressed(content)
                self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def do_HEAD(self) -> None:
        """Answer as to GET, without the content."""
        self.do_GET()

    def end_headers(self) -> None:
        """Every answer, also a refusal, carries the security headers."""
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002
        """Say only what was not found: the page's files are no news."""
        if code != HTTPStatus.OK:
            sys.stdout.write(f"{self.command or '-':6} {urlsplit(self.path).path} → {getattr(code, 'value', code)}\n")
            sys.stdout.flush()

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is http.server's)
        """Nothing: `log_request` has said it."""


@lru_cache(maxsize=64)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--outputs", type=Path, required=True, help="the file that `make dev` writes")
    options = parser.parse_args()
    Site(options.port, json.loads(options.outputs.read_text())).serve_forever()


if __name__ == "__main__":
    main()
