"""A client with a service that answers at once, and a clock that only moves when somebody sleeps."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from vestibule_client.api import Api
from vestibule_client.retries import Clock, Patience
from vestibule_client.state import StateStore
from vestibule_client.stopping import Stop
from vestibule_client.storage import Storage
from vestibule_client.upload import Destination, Engine, File, Lanes, Progress
from vestibule_client.upload.tools import Tools

from tests.client.fake_service import API, GOOD_TOKEN, FakeService


@dataclass
class VirtualTime:
    """Sleeps are noted, and take no time."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def patience(self, random: float = 1.0) -> Patience:
        return Patience(clock=Clock(lambda: self.now, self.sleep, lambda: random))


class GoodTokens:
    """Somebody signed in."""

    def id_token(self) -> str:
        return GOOD_TOKEN

    def renewed(self, refused: str) -> str:
        raise AssertionError(f"{refused} should do")


@pytest.fixture
def virtual_time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def http(service: FakeService) -> Iterator[httpx.Client]:
    with httpx.Client(transport=service) as client:
        yield client


@pytest.fixture
def api(http: httpx.Client, virtual_time: VirtualTime) -> Api:
    return Api(API, GoodTokens(), http, virtual_time.patience())


@pytest.fixture
def states(tmp_path: Path) -> StateStore:
    return StateStore(tmp_path / "state")


@dataclass
class Client:
    """Uploads to the fake service, in the way that a run of the command does."""

    tools: Tools
    seen: list[Progress] = field(default_factory=list)

    def upload(self, path: Path, **named: str) -> File:
        engine = Engine(self.tools, self.tools.api.kinds())
        file = engine.upload(path, Destination("PRODUCT", **named), self.seen.append)  # type: ignore[arg-type]
        engine.forget_admitted()
        return file


@pytest.fixture
def client(api: Api, states: StateStore) -> Client:
    return Client(Tools(api, Storage(api.http), states, Lanes(4, time.monotonic), Stop()))


@pytest.fixture
def make_file(tmp_path: Path) -> Callable[..., Path]:
    def make(content: bytes, name: str = "film.mp4") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make
