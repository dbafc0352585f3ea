"""Reading answers that may be anything: a sick site's 200 can be a page of somebody else's."""

from typing import Any

import httpx


class NotUnderstood(Exception):
    """An answer does not have what the contract says. Its text says what, and shows no value."""


class Refused(Exception):
    """The API answered another status than the one that was needed."""

    def __init__(self, what: str, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.code, detail = _problem(answer)
        super().__init__(f"{what} answered {self.status} {self.code or 'without a problem code'}{detail}")


class Body:
    """A JSON object, read by paths of names.

    Raises:
        NotUnderstood: the path leads to nothing, or to something of another type.
    """

    def __init__(self, value: Any, what: str) -> None:
        self._value = value
        self._what = what

    @classmethod
    def of(cls, answer: httpx.Response, what: str) -> "Body":
        """The body of an answer, which must be JSON."""
        try:
            return cls(answer.json(), what)
        except ValueError:
            kind = answer.headers.get("content-type", "no content type")
            raise NotUnderstood(f"{what} answered {answer.status_code} with {kind} instead of JSON") from None

    def text(self, *path: str) -> str:
        """A string."""
        value = self._find(path)
        if not isinstance(value, str):
            raise NotUnderstood(f"{self._what}: `{'.'.join(path)}` is not a text")
        return value

    def optional_text(self, *path: str) -> str | None:
        """A string, or null."""
        return None if self._find(path) is None else self.text(*path)

    def number(self, *path: str) -> int:
        """An integer."""
        value = self._find(path)
        if not isinstance(value, int):
            raise NotUnderstood(f"{self._what}: `{'.'.join(path)}` is not a number")
        return value

    def members(self, *path: str) -> dict[str, Any]:
        """A JSON object; without a path, the whole."""
        value = self._find(path)
        if not isinstance(value, dict):
            raise NotUnderstood(f"{self._what}: `{'.'.join(path) or 'the body'}` is not an object")
        return value

    def texts(self, *path: str) -> dict[str, str]:
        """A JSON object of strings."""
        found = self.members(*path)
        if not all(isinstance(value, str) for value in found.values()):
            raise NotUnderstood(f"{self._what}: `{'.'.join(path)}` holds something that is not a text")
        return found

    def bodies(self, *path: str) -> "list[Body]":
        """The bodies in a list."""
        value = self._find(path)
        if not isinstance(value, list):
            raise NotUnderstood(f"{self._what}: `{'.'.join(path)}` is not a list")
        return [Body(item, f"{self._what}, {'.'.join(path)}") for item in value]

    def _find(self, path: tuple[str, ...]) -> Any:
        value = self._value
        for name in path:
            if not isinstance(value, dict) or name not in value:
                raise NotUnderstood(f"{self._what} has no `{'.'.join(path)}`")
            value = value[name]
        return value


def is_problem(answer: httpx.Response) -> bool:
    """Whether a refusal has the form that clients can show (RFC 9457)."""
    return answer.headers.get("content-type", "").startswith("application/problem+json") and bool(_problem(answer)[0])


def _problem(answer: httpx.Response) -> tuple[str, str]:
    """Code and detail of a problem; empty where there is none."""
    try:
        body = answer.json()
    except ValueError:
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    detail = body.get("detail")
    return str(body.get("code", "")), f": {detail}" if isinstance(detail, str) else ""
