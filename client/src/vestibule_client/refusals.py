"""Refusals as they come over the wire: the API's problem+json, S3's XML, and pages of proxies in between."""

import json
import re
from typing import Any

import httpx

from .http import retry_after
from .problems import Failure, FieldError, Problem, StorageRefused, Unreachable

_MAX_XML_BYTES = 64 * 1024


def problem_of(response: httpx.Response) -> Failure:
    """What an unsuccessful answer of the API says."""
    body = parsed(response)
    status = response.status_code
    if not isinstance(body, dict) or not isinstance(body.get("code"), str):
        if status == 401:
            return Problem(401, "unauthenticated", "The service wants a valid token.")
        if status >= 500 or status in (408, 429):
            sentence = f"The service did not answer: status {status} came from something in between."
            return Unreachable(sentence, "Try again later.", retry_after(response))
        return Problem(status, "unknown", f"The service answered with status {status}, and did not say why.")
    detail = body.get("detail")
    return Problem(
        status,
        body["code"],
        detail if isinstance(detail, str) and detail else str(body.get("title") or body["code"]),
        title=str(body.get("title", "")),
        retryable=body.get("retryable") is True,
        retry_after_seconds=retry_after(response),
        expected=_plain(body.get("expected")),
        actual=_plain(body.get("actual")),
        errors=[
            FieldError(str(item.get("pointer", "")), str(item.get("detail", ""))) for item in _items(body.get("errors"))
        ],
        request_id=str(body.get("request_id", "")),
    )


def parsed(response: httpx.Response) -> Any:
    """The JSON of an answer; None if it is none, or so deeply nested that it is none of ours."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def storage_refusal(response: httpx.Response) -> StorageRefused:
    """What an unsuccessful answer of S3 says. By pattern: a parser of XML has no business with strangers' input."""
    text = response.content[:_MAX_XML_BYTES].decode("utf-8", "replace")
    return StorageRefused(
        response.status_code, _element(text, "Code"), _element(text, "Message"), retry_after(response)
    )


def _element(text: str, name: str) -> str:
    """The printable text of an element, at most 200 characters."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", text)
    return "".join(letter for letter in found[1] if letter.isprintable())[:200] if found else ""


def _items(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _plain(value: object) -> str | int | None:
    return value if isinstance(value, str | int) else None
