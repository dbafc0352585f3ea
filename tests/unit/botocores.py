"""botocore's own clients, beside which the service's are held: what they would send, and what they make of an answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from chalicelib.aws.client import Limits
from chalicelib.settings import settings

KEYS = {
    "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}


ENVIRONMENT = {name.upper(): value for name, value in KEYS.items()}


@dataclass(frozen=True)
class Answer:
    """What a service answers, or does not."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body
        self._body = b""

    def read(self, amt: int | None = None, **_: Any) -> bytes:
        data = self._body if amt is None else self._body[:amt]
        self._body = self._body[len(data) :]
        return data


class Botocore:
    """One of botocore's clients, which sends nothing: `answers` says what comes of each attempt."""

    def __init__(self, service: str, limits: Limits, token: str | None = None, **options: Any) -> None:
        config = Config(
            connect_timeout=limits.connect_timeout,
            read_timeout=limits.read_timeout,
            retries={"total_max_attempts": limits.attempts, "mode": "standard"},
            parameter_validation=False,
            **options,
        )
        make: Callable[..., Any] = boto3.session.Session().client
        self.client = make(
            service, region_name=settings.region, config=config, aws_session_token=token, **KEYS, use_ssl=True
        )
        self.sent: list[AWSPreparedRequest] = []
        self.answers: Callable[[], Answer | Exception] = Answer
        self.client.meta.events.register_first("before-send", self._answer)

    def call(self, operation: str, params: dict[str, Any]) -> Any:
        return self.client._make_api_call(operation, params)

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.sent.append(request)
        answer = self.answers()
        if isinstance(answer, Exception):
            raise answer
        headers: Any = CaseInsensitive(answer.headers)
        raw: Any = _Raw(answer.body)
        return AWSResponse(request.url, answer.status, headers, raw)


class CaseInsensitive(dict[str, str]):
    """Headers as urllib3 has them, of which botocore asks in any case."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in headers.items()})

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())
