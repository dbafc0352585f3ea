"""The server of the seller's page on a developer's machine."""

import gzip
import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.site import Site
from tests.tools.test_site_headers import OUTPUTS

SCRIPT = "console.log('a script that is worth compressing');\n" * 100


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html>")
    (dist / "assets" / "index-1a2b.js").write_text(SCRIPT)
    (tmp_path / "secret").write_text("secret")
    (dist / "link").symlink_to(tmp_path / "secret")
    with Site(0, OUTPUTS, dist) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(site: Site, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", site.server_port, timeout=5)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_the_first_page_is_asked_for_every_time(site: Site) -> None:
    status, headers, content = ask(site, "/?from=mail")
    assert (status, content) == (200, b"<!doctype html>")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache"


def test_the_page_is_told_where_its_stack_is(site: Site) -> None:
    status, headers, content = ask(site, "/config.json")
    assert status == 200
    assert headers["Cache-Control"] == "no-cache"
    assert b'"user_pool_client_id": "client"' in content


def test_a_script_is_kept_and_compressed_for_those_who_can_read_it(site: Site) -> None:
    _, headers, content = ask(site, "/assets/index-1a2b.js", Accept_Encoding="gzip, br")
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Cache-Control"].endswith("immutable")
    assert gzip.decompress(content).decode() == SCRIPT
    _, plain, content = ask(site, "/assets/index-1a2b.js")
    assert "Content-Encoding" not in plain
    assert content.decode() == SCRIPT


@pytest.mark.parametrize(("path", "method"), [("/", "GET"), ("/", "HEAD"), ("/nothing", "GET"), ("/", "POST")])
def test_every_answer_carries_the_security_headers(site: Site, path: str, method: str) -> None:
    _, headers, _ = ask(site, path, method)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self';" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/%2e%2e/secret",
        "/assets/..%2f..%2fsecret",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/link",
        "/%00",
        "/assets",
        "/nothing",
    ],
)
def test_nothing_outside_of_the_folder_is_served(site: Site, path: str) -> None:
    status, _, content = ask(site, path)
    assert status == 404
    assert b"secret\n" not in content


def test_head_has_no_content_and_nothing_can_be_written(site: Site) -> None:
    status, headers, content = ask(site, "/", "HEAD")
    assert (status, headers["Content-Length"], content) == (200, "15", b"")
    assert ask(site, "/", "PUT")[0] == 501
