"""What a page complains of, and what it sends: whatever a test has not provoked itself fails it."""

import json
import re
from collections import Counter
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

LOOKS_LIKE_A_TOKEN = re.compile(r"\beyJ[\w-]{8,}")
# Whatever is written to any storage of the browser is looked at when it is written, for it may be gone again at the end.
NOTICE_TOKENS = """(() => {
  const text = (value) => { try { return typeof value === "string" ? value : JSON.stringify(value) } catch { return "" } };
  const notice = (where, value) => {
    if (/\\beyJ[\\w-]{8,}/.test(text(value) ?? "")) console.error("a token was written to " + where);
  };
  const watch = (prototype, method, where) => {
    const original = prototype[method];
    prototype[method] = function (...values) { values.forEach((value) => notice(where, value)); return original.apply(this, values) };
  };
  watch(Storage.prototype, "setItem", "localStorage or sessionStorage");
  watch(IDBObjectStore.prototype, "put", "IndexedDB");
  watch(IDBObjectStore.prototype, "add", "IndexedDB");
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(Document.prototype, "cookie", {
    ...cookie, set(value) { notice("a cookie", value); cookie.set.call(this, value) } });
})()"""


class Watch:
    """Sees all pages of a context from their beginning: the console, errors that nobody caught, and requests."""

    def __init__(self, context: BrowserContext) -> None:
        self.requests: list[Request] = []
        self._context = context
        self._complaints: list[str] = []
        self._allowed: list[str] = []
        context.add_init_script(NOTICE_TOKENS)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"}:
            self._complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _on_error(self, error: WebError) -> None:
        self._complaints.append(f"not caught: {error.error}")

    def _on_request(self, request: Request) -> None:
        self.requests.append(request)

    def allow(self, *patterns: str) -> None:
        """What this test provokes: complaints in which one of these regular expressions is found."""
        self._allowed += patterns

    def complaints(self) -> list[str]:
        """What nobody allowed: refusals of the security policy, failed requests, errors; tokens that are kept."""
        found = [text for text in self._complaints if not any(re.search(allowed, text) for allowed in self._allowed)]
        return found + [f"a token is kept: {text[:80]}…" for text in self.kept() if LOOKS_LIKE_A_TOKEN.search(text)]

    def kept(self) -> list[str]:
        """All that the browser keeps for the page, as text: cookies, localStorage, IndexedDB, sessionStorage."""
        state = self._context.storage_state(indexed_db=True)
        sessions = [page.evaluate("JSON.stringify(sessionStorage)") for page in self._context.pages]
        return [json.dumps(state), *sessions]

    def sent_to(self, *addresses: str, methods: tuple[str, ...] = ("POST", "PUT")) -> list[Request]:
        """The requests by these methods to what begins with one of the addresses."""
        return [request for request in self.requests if request.method in methods and request.url.startswith(addresses)]

    def asked_cognito(self, action: str) -> int:
        """How often Cognito was asked for this."""
        targets = [request.headers.get("x-amz-target", "") for request in self.requests]
        return sum(target.endswith(f".{action}") for target in targets)

    def parts(self) -> Counter[int]:
        """How often each part of a file was sent, or begun to be."""
        return Counter(number for request in self.requests if (number := part_number(request)) is not None)


def part_number(request: Request) -> int | None:
    """Which part of a file a request sends; None if it sends none."""
    number = parse_qs(urlsplit(request.url).query).get("partNumber")
    return int(number[0]) if request.method == "PUT" and number else None
