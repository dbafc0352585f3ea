"""`make demo`: the main job on this machine as a user does it over HTTP, and five things that are refused."""

import hashlib
import io
import os
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from .bootstrap import Person, sign_in
from .processes import CannotStart, exit_on_signals
from .stack import Running, local_stack

console = Console(highlight=False)
SCRIPT = b"#!/bin/sh\nrm -rf ~\n"


class WentWrong(Exception):
    """A step did not come out as it should."""


@dataclass
class Seller:
    """Someone at the keyboard: sends requests, shows each with its answer and time, and holds it to a status."""

    url: str
    token: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def ask(self, method: str, path: str, wanted: int, body: Any = None, code: str | None = None) -> Any:
        """Send a request; returns the answer's body.

        Raises:
            WentWrong: another status, or another problem code, came back.
        """
        began = time.perf_counter()
        url = path if path.startswith("http") else self.url + path
        answer = self.http.request(method, url, json=body, headers={"Authorization": self.token})
        shown: Any = answer.json() if answer.content else None
        _show(f"{method} {answer.url.path}", body, answer.status_code, shown, time.perf_counter() - began)
        if answer.status_code != wanted or (code is not None and shown["code"] != code):
            raise WentWrong(f"expected {wanted} {code or ''}, and got {answer.status_code}: {answer.text}")
        return shown

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
        _show("POST the form to S3", None, answer.status_code, shown, time.perf_counter() - began)
        if (answer.status_code, error) != (wanted, code):
            raise WentWrong(f"expected {wanted} {code or ''} of S3, and got {answer.status_code}: {answer.text}")


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


def main() -> int:
    """Run the demo; returns 0 only if every step and every refusal came out right."""
    exit_on_signals()
    began = time.perf_counter()
    port, emulator_port = int(os.environ.get("PORT", "0")), int(os.environ.get("EMULATOR_PORT", "0"))
    try:
        with local_stack(port, emulator_port, _say) as running:
            seller = _signed_in(running, running.stack.seller, "the seller")
            main_job(seller)
            refusals(seller, _signed_in(running, running.stack.stranger, "somebody else"))
    except (CannotStart, WentWrong, httpx.HTTPError) as error:
        console.print(f"\n[bold red]✗ {error}[/]")
        return 1
    except KeyboardInterrupt:
        console.print("\n[dim]› stopped everything[/]")
        return 130
    console.print(
        f"\n[bold green]✓ every step and every refusal came out right[/], in {time.perf_counter() - began:.1f} s. "
        "Everything was stopped and nothing is left behind.",
        soft_wrap=True,
    )
    return 0


def main_job(seller: Seller) -> None:
    """The three steps, for both kinds, and what follows."""
    _head("A product, to put files on")
    product = f"/products/{seller.ask('POST', '/products', 201, {'title': 'Watercolour brushes'})['id']}"

    image, archive = _picture(), _archive()
    files = []
    for kind, name, content_type, content in (
        ("image", "cover.png", "image/png", image),
        ("deliverable", "brushes — größe 12.zip", "application/zip", archive),
    ):
        _head(f"{'A promo image' if kind == 'image' else 'A deliverable'} of {len(content) / 1e6:.1f} MB: three steps")
        form = seller.ask("POST", f"{product}/{kind}s/uploads", 201, _declared(name, content_type, content))
        seller.send(form, content)
        file = seller.ask("POST", form["confirm_url"], 201)
        console.print("    [dim]the answer got lost? confirm again: the same file, and nothing happens twice[/]")
        if seller.ask("POST", form["confirm_url"], 200) != file:
            raise WentWrong("the repeated confirm gave another answer")
        files.append((kind, file, content))

    _head("List them, download them, compare")
    listed = seller.ask("GET", product, 200)
    if [listed["images"], listed["deliverables"]] != [[files[0][1]], [files[1][1]]]:
        raise WentWrong("the list is not what was confirmed")
    for kind, file, content in files:
        download = seller.ask("POST", f"{product}/{kind}s/{file['id']}/download", 200)
        got = hashlib.sha256(httpx.get(download["url"]).content).hexdigest()
        if got != hashlib.sha256(content).hexdigest():
            raise WentWrong(f"{file['filename']} came back changed")
        said = f"SHA-256 {got[:16]}… is that of the file that was uploaded"
        console.print(f"    [green]✓[/] {file['filename']}: {said}", soft_wrap=True)
    usage = seller.ask("GET", "/usage", 200)
    if (usage["bytes"], usage["files"]) != (len(image) + len(archive), 2):
        raise WentWrong("the usage is not that of the two files")


def refusals(seller: Seller, stranger: Seller) -> None:
    """Five things that somebody will try."""
    product = f"/products/{seller.ask('POST', '/products', 201, {'title': 'A target'})['id']}"
    uploads = f"{product}/images/uploads"
    good = _picture(64, 64)

    _head("Refused: a script that calls itself a PNG")
    form = seller.ask("POST", uploads, 201, _declared("cover.png", "image/png", SCRIPT))
    seller.send(form, SCRIPT)
    seller.ask("POST", form["confirm_url"], 422, code="content_type_mismatch")

    _head("Refused: a form used for a bigger file than it was issued for")
    form = seller.ask("POST", uploads, 201, _declared("cover.png", "image/png", good))
    seller.send(form, good + b"more", wanted=400, code="EntityTooLarge")
    seller.ask("POST", form["confirm_url"], 409, code="upload_not_received")

    _head("Refused: somebody else's upload")
    form = seller.ask("POST", uploads, 201, _declared("cover.png", "image/png", good))
    seller.send(form, good)
    stranger.ask("POST", form["confirm_url"], 404, code="not_found")

    _head("Refused: an object swapped after it was sent, for one of the same size")
    seller.send(form, SCRIPT.ljust(len(good), b"#"))
    seller.ask("POST", form["confirm_url"], 422, code="content_type_mismatch")

    _head("Refused: a forged token")
    header, payload, signature = seller.token.split(".")
    forged = Seller(seller.url, f"{header}.{payload}.{signature[:-8]}AAAAAAAA")
    forged.ask("GET", "/products", 401, code="unauthenticated")

    _head("And nothing of all that reached the product")
    if seller.ask("GET", product, 200)["images"]:
        raise WentWrong("a refused file was admitted")


def _signed_in(running: Running, person: Person, who: str) -> Seller:
    _head(f"Sign in with Cognito, as {who}")
    began = time.perf_counter()
    tokens = sign_in(running.stack, person)
    shown = {"IdToken": tokens["IdToken"][:20] + "…"}
    _show("InitiateAuth", {"USERNAME": person.email}, 200, shown, time.perf_counter() - began)
    return Seller(running.url, tokens["IdToken"])


def _declared(name: str, content_type: str, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return {"filename": name, "content_type": content_type, "size": len(content), "sha256": digest}


def _picture(width: int = 1600, height: int = 1200) -> bytes:
    """A real PNG, of noise: it does not compress, so that there is something to send."""
    buffer = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _archive() -> bytes:
    """A real zip file of a few MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(4):
            archive.writestr(f"brushes/{number}.abr", os.urandom(1_500_000))
    return buffer.getvalue()


def _say(text: str) -> None:
    console.print(f"[dim]› {text}[/]", soft_wrap=True)


def _head(text: str) -> None:
    console.print(f"\n[bold]{text}[/]")


def _show(request: str, body: Any, status: int, answer: Any, seconds: float) -> None:
    colour = "green" if status < 300 else "yellow"
    console.print(f"  [cyan]{request}[/] {_short(body)}", soft_wrap=True)
    milliseconds = f"{seconds * 1000:.0f} ms"
    console.print(f"    [{colour}]{status}[/] [dim]{milliseconds:>7}[/]  {_short(answer)}", soft_wrap=True)


def _short(value: Any) -> str:
    """What fits on a line of it: a problem's code and sentence, or the first members."""
    if value is None:
        return ""
    if isinstance(value, dict) and "code" in value:
        return f"[bold]{value['code']}[/]: {value['detail']}"
    text = ", ".join(f"{name}: {_member(member)}" for name, member in value.items())
    return (text if len(text) <= 150 else text[:149] + "…").replace("[", r"\[")


def _member(value: Any) -> str:
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return f"{len(value)} of them"
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


if __name__ == "__main__":
    sys.exit(main())
