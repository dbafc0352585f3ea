"""Uploads a file to a service that keeps nothing, and prints how much memory that took over importing, in KiB."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import httpx
from vestibule_client import api, state, upload

from tests.client.conftest import GoodTokens
from tests.client.fake_service import API, FakeService


class Discarding(FakeService):
    """Counts the bytes of parts as they come."""

    def __init__(self) -> None:
        super().__init__(part_size=16 * 1024 * 1024)
        self.received = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "PUT":
            return super().handle_request(request)
        assert isinstance(request.stream, httpx.SyncByteStream)
        self.received += sum(len(piece) for piece in request.stream)
        return httpx.Response(200)

    def _confirm(self, upload_id: str, body: dict[str, Any]) -> httpx.Response:
        held = self.uploads[upload_id]
        size, held.request["size"] = held.request["size"], 0
        assert self.received == size
        members = json.loads(super()._confirm(upload_id, body).content)
        return httpx.Response(201, json={**members, "size": size})


def peak() -> int:
    """Of this process alone: ru_maxrss would begin with that of the process that started it."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


if __name__ == "__main__":
    with httpx.Client(transport=Discarding()) as http:
        before = peak()
        states = state.StateStore(Path(sys.argv[2]))
        upload.upload(api.Api(API, GoodTokens(), http), Path(sys.argv[1]), "PRODUCT", states=states)
        print(peak() - before)
