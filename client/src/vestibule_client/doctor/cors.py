"""Whether a browser would let a page do it: the rules of CORS (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

import httpx

_NEEDS_NO_PERMISSION = ("GET", "HEAD", "POST")


def allowed_origin(answer: httpx.Response) -> str | None:
    """The origin whose pages may read this answer; `*` for all."""
    value: str | None = answer.headers.get("access-control-allow-origin")
    return value


def lets(answer: httpx.Response, origin: str) -> bool:
    """Whether a page of that origin may read this answer. We send no cookies, so `*` will do."""
    return allowed_origin(answer) in (origin, "*")


def obstacles(answer: httpx.Response, origin: str, methods: tuple[str, ...], headers: tuple[str, ...]) -> list[str]:
    """Why a browser would not send such requests after this answer to its preflight. Headers are in lower case."""
    if not answer.is_success:
        return [f"the preflight is answered {answer.status_code}"]
    if not lets(answer, origin):
        return [f"allowed is {allowed_origin(answer) or 'no origin'}, and not {origin}"]
    complaints = []
    may_use = _listed(answer, "access-control-allow-methods")
    refused = [
        method
        for method in methods
        if method not in _NEEDS_NO_PERMISSION and "*" not in may_use and method.lower() not in may_use
    ]
    if refused:
        complaints.append(f"{', '.join(refused)} may not be used")
    may_send = _listed(answer, "access-control-allow-headers")
    unsendable = [name for name in headers if name not in may_send and ("*" not in may_send or name == "authorization")]
    if unsendable:
        complaints.append(f"{', '.join(unsendable)} may not be sent")
    return complaints


def hidden(answer: httpx.Response, names: tuple[str, ...]) -> list[str]:
    """Which headers of an answer a page cannot read."""
    exposed = _listed(answer, "access-control-expose-headers")
    return [name for name in names if name.lower() not in exposed and "*" not in exposed]


def _listed(answer: httpx.Response, name: str) -> set[str]:
    return {item.strip().lower() for item in answer.headers.get(name, "").split(",") if item.strip()}
