"""Someone at the keyboard."""

import hashlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from ..bootstrap import Person, sign_in
from ..stack import Running
from .screen import WentWrong, console, head, show


@dataclass
class Seller:
    """Sends requests, shows each with its answer and time, and holds it to a status."""

    url: str
    token: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def ask(self, method: str, path: str, wanted: int, body: Any = None, code: str | None = None) -> Any:
        """Send a request; returns the answer's body.

        Raises:
            WentWrong: another status, or another problem code, came back.
        """
        began = time.perf_counter()
        answer = self._send(method, path, body)
        shown: Any = answer.json() if answer.content else None
        show(f"{method} {answer.url.path}", body, answer.status_code, shown, time.perf_counter() - began)
        if answer.status_code != wanted or (code is not None and shown["code"] != code):
            raise WentWrong(f"expected {wanted} {code or ''}, and got {answer.status_code}: {answer.text}")
        return shown

    def ask_until(self, path: str, done: Callable[[Any], bool], seconds: float = 30) -> Any:
        """GET again and again; shows the first answer and the one that is as wanted.

        Raises:
            WentWrong: none was, in time.
        """
        body = self.ask("GET", path, 200)
        began = time.perf_counter()
        while not done(body):
            if time.perf_counter() - began > seconds:
                raise WentWrong(f"GET {path} did not become as expected within {seconds:.0f} s: {body}")
            time.sleep(0.1)
            body = self._send("GET", path).json()
        show(f"GET {path}, again and again until it is so", None, 200, body, time.perf_counter() - began)
        return body

    def send(self, form: dict[str, Any], content: bytes, wanted: int = 201, code: str | None = None) -> None:
        """Step 2: POST the form's fields and the bytes straight to S3, with a progress bar."""
        began = time.perf_counter()
        name = form["upload"]["filename"]
        with Progress(TextColumn("    {task.description}"), BarColumn(), DownloadColumn(), console=console) as bars:
            bar = bars.add_task(name, total=len(content))
            source = _Reported(content, lambda count: bars.advance(bar, count))
            answer = self.http.post(form["url"], data=form["fields"], files={"file": (name, source)})
        error = answer.text.partition("<Code>")[2].partition("</Code>")[0] or None
        shown = {"Code": error} if error else {"ETag": answer.headers.get("ETag")}
        show("POST the form to S3", None, answer.status_code, shown, time.perf_counter() - began)
        if (answer.status_code, error) != (wanted, code):
            raise WentWrong(f"expected {wanted} {code or ''} of S3, and got {answer.status_code}: {answer.text}")

    def visit(self, url: str, *wanted: int) -> httpx.Response:
        """GET a file as anybody may, without credentials."""
        began = time.perf_counter()
        answer = httpx.get(url)
        shown = {
            name: answer.headers[name]
            for name in ("Content-Type", "Content-Length", "Cache-Control")
            if answer.is_success
        }
        show(f"GET …/{ending(url)}, without credentials", None, answer.status_code, shown, time.perf_counter() - began)
        if answer.status_code not in wanted:
            raise WentWrong(f"expected {wanted} for {url}, and got {answer.status_code}: {answer.text[:500]}")
        return answer

    def _send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        url = path if path.startswith("http") else self.url + path
        return self.http.request(method, url, json=body, headers={"Authorization": self.token})


class _Reported(io.BytesIO):
    """A file that tells how much of it has been read."""

    def __init__(self, content: bytes, report: Callable[[int], None]) -> None:
        super().__init__(content)
        self._report = report

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, and tell."""
        piece = super().read(size)
        self._report(len(piece))
        return piece


def signed_in(running: Running, person: Person, who: str) -> Seller:
    """Sign in with Cognito."""
    head(f"Sign in with Cognito, as {who}")
    began = time.perf_counter()
    tokens = sign_in(running.stack, person)
    shown = {"IdToken": tokens["IdToken"][:20] + "…"}
    show("InitiateAuth", {"USERNAME": person.email}, 200, shown, time.perf_counter() - began)
    return Seller(running.url, tokens["IdToken"])


def declared(name: str, content_type: str, content: bytes, **more: Any) -> dict[str, Any]:
    """The body of step 1."""
    digest = hashlib.sha256(content).hexdigest()
    return {"filename": name, "content_type": content_type, "size": len(content), "sha256": digest, **more}


def ending(url: str) -> str:
    """The image and the rendition of a rendition's URL."""
    return "/".join(url.split("/")[-2:])
