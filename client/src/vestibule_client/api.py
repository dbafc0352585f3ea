"""The service's API, typed. Thread-safe; every call is tried again as long as that can help.

Raises, each call:
    Problem: the service refuses.
    Unreachable: no usable answer, for longer than patience lasts.
    NotSignedIn: the token is missing or no longer good.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlencode, urljoin, urlsplit

import httpx

from .answers import (
    SHAPES,
    File,
    HeldParts,
    IssuedUpload,
    Kind,
    Kinds,
    Product,
    ProductPage,
    ProductWithFiles,
    SignedDownload,
    SignedPart,
    Usage,
)
from .decoding import decode
from .http import named_failures
from .problems import NotSignedIn, Problem, UnexpectedAnswer
from .refusals import parsed, problem_of
from .retries import Patience
from .tokens import subject_of

Shape = TypeVar("Shape")


class Tokens(Protocol):
    """Gives ID tokens. Thread-safe."""

    def id_token(self) -> str:
        """One that is good now."""

    def renewed(self, refused: str) -> str:
        """Another one than `refused`."""


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """The file somebody wants to upload. `part_checksums` lets S3 check the SHA-256 of each part."""

    filename: str
    content_type: str
    size: int
    sha256: str | None = None
    strategy: str | None = None
    replaces: str | None = None
    alt: str | None = None
    part_checksums: bool = False

    def body(self) -> dict[str, Any]:
        """As the service takes it: what is not said is left out."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in members.items() if value is not None and value is not False}


class Api:
    """One service, on behalf of one seller."""

    def __init__(self, api_url: str, tokens: Tokens, http: httpx.Client, patience: Patience | None = None) -> None:
        self.url = api_url.rstrip("/")
        self.http = http
        self.patience = patience or Patience()
        self._tokens = tokens

    def subject(self) -> str:
        """The seller's `sub`, as the token says it."""
        return subject_of(self._tokens.id_token())

    def kinds(self) -> Kinds:
        """The rules of each kind."""
        return self._ask(Kinds, "GET", "/kinds")

    def usage(self) -> Usage:
        """What the seller's files take."""
        return self._ask(Usage, "GET", "/usage")

    def create_product(self, title: str) -> Product:
        """Make a product. Not tried again when the answer is lost: there would be two."""
        return decode(Product, self._json("POST", "/products", {"title": title}, repeatable=False))

    def products(self) -> Iterator[Product]:
        """All products, newest first."""
        cursor: str | None = ""
        while cursor is not None:
            query = f"?{urlencode({'cursor': cursor})}" if cursor else ""
            page = self._ask(ProductPage, "GET", f"/products{query}")
            yield from page.products
            cursor = page.next_cursor

    def product(self, product_id: str) -> ProductWithFiles:
        """A product and its live files."""
        return self._ask(ProductWithFiles, "GET", f"/products/{_segment(product_id)}")

    def delete_product(self, product_id: str) -> None:
        """Delete a product and its files. Repeatable."""
        self._json("DELETE", f"/products/{_segment(product_id)}")

    def files(self, product_id: str, kind: Kind) -> tuple[File, ...]:
        """The live files of a kind."""
        listed = self._json("GET", f"/products/{_segment(product_id)}/{kind}s")
        if not isinstance(listed, dict) or not isinstance(listed.get(f"{kind}s"), list):
            raise UnexpectedAnswer(f"The answer has no list of {kind}s.")
        return tuple(decode(SHAPES[kind], item) for item in listed[f"{kind}s"])

    def delete_file(self, product_id: str, kind: Kind, file_id: str) -> None:
        """Delete a file; it can be restored for a while. Repeatable."""
        self._json("DELETE", f"/products/{_segment(product_id)}/{kind}s/{_segment(file_id)}")

    def restore_file(self, product_id: str, kind: Kind, file_id: str) -> File:
        """Take back a deletion, or make an older version the newest. Repeatable."""
        return self._ask(SHAPES[kind], "POST", f"/products/{_segment(product_id)}/{kind}s/{_segment(file_id)}/restore")

    def download(self, product_id: str, kind: Kind, file_id: str) -> SignedDownload:
        """Sign a URL that gives a file."""
        path = f"/products/{_segment(product_id)}/{kind}s/{_segment(file_id)}/download"
        return self._ask(SignedDownload, "POST", path)

    def issue(self, product_id: str, kind: Kind, request: UploadRequest) -> IssuedUpload:
        """Step 1: ask for permission to upload one file."""
        return self._ask(IssuedUpload, "POST", f"/products/{_segment(product_id)}/{kind}s/uploads", request.body())

    def sign_parts(self, parts_url: str, sha256_by_part: dict[int, str | None]) -> tuple[SignedPart, ...]:
        """Sign the URLs of some parts, each with its SHA-256 where the upload has part checksums."""
        body: dict[str, Any] = {"part_numbers": list(sha256_by_part)}
        if all(sha256_by_part.values()):
            body["sha256"] = list(sha256_by_part.values())
        signed = self._json("POST", parts_url, body)
        parts = signed.get("parts") if isinstance(signed, dict) else None
        if not isinstance(parts, list) or len(parts) != len(sha256_by_part):
            raise UnexpectedAnswer("The answer has not as many parts as were asked for.")
        return tuple(decode(SignedPart, part) for part in parts)

    def held_parts(self, parts_url: str) -> HeldParts:
        """The parts that S3 holds."""
        return self._ask(HeldParts, "GET", parts_url)

    def confirm(self, kind: Kind, confirm_url: str, *, sha256: str | None = None, crc64nvme: str | None = None) -> File:
        """Step 3: the file has arrived. Repeatable: a lost answer is repaired by asking again."""
        known = {"sha256": sha256, "crc64nvme": crc64nvme}
        body = {name: value for name, value in known.items() if value is not None}
        return self._ask(SHAPES[kind], "POST", confirm_url, body or None)

    def cancel(self, product_id: str, kind: Kind, upload_id: str) -> None:
        """Give an upload up. Repeatable; an admitted file is left alone."""
        self._json("DELETE", _upload_path(product_id, kind, upload_id))

    def cancel_once(self, product_id: str, kind: Kind, upload_id: str) -> None:
        """As `cancel`, without trying again: for cleaning up after a failure."""
        self._json("DELETE", _upload_path(product_id, kind, upload_id), repeatable=False)

    def _ask(self, shape: type[Shape], method: str, path: str, body: dict[str, Any] | None = None) -> Shape:
        return self.patience.persistently(lambda: decode(shape, self._once(method, path, body)))

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None, *, repeatable: bool = True) -> Any:
        if repeatable:
            return self.patience.persistently(lambda: self._once(method, path, body))
        return self._once(method, path, body)

    def _once(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        """One request; a second one with another token if the first is told to sign in."""
        token = self._tokens.id_token()
        try:
            return self.request(method, path, body, token)
        except Problem as problem:
            if problem.status != 401:
                raise
        try:
            return self.request(method, path, body, self._tokens.renewed(token))
        except Problem as problem:
            if problem.status != 401:
                raise
            raise NotSignedIn(problem.detail) from None

    def request(self, method: str, path: str, body: dict[str, Any] | None = None, token: str | None = None) -> Any:
        """One request without a second try; returns the JSON answer, or None where there is none.

        Raises:
            Problem: a refusal.
            Unreachable: no usable answer.
        """
        headers = {} if token is None else {"Authorization": token}
        content = None
        if body is not None:
            content = json.dumps(body)  # in ASCII: what is no text at all is for the service to refuse
            headers["Content-Type"] = "application/json"
        with named_failures("the service"):
            response = self.http.request(method, self._absolute(path), content=content, headers=headers)
        if not response.is_success:
            raise problem_of(response)
        if response.status_code == 204:
            return None
        answer = parsed(response)
        if answer is None:
            raise UnexpectedAnswer("The service's answer is not JSON.")
        return answer

    def _absolute(self, path: str) -> str:
        """A URL that the service named is followed only within the service: it gets the token."""
        url = urljoin(f"{self.url}/", path) if "://" in path else self.url + path
        if urlsplit(url)[:2] != urlsplit(self.url)[:2]:
            raise UnexpectedAnswer("The service named an address that is not its own.")
        return url


def _upload_path(product_id: str, kind: Kind, upload_id: str) -> str:
    return f"/products/{_segment(product_id)}/{kind}s/uploads/{_segment(upload_id)}"


def _segment(name: str) -> str:
    return quote(name, safe="~")
