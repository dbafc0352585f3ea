"""A file that travels in parts."""

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from vestibule_client.problems import FileChanged, Problem, Stopped, StorageRefused, Unreachable
from vestibule_client.state import StateStore
from vestibule_client.upload.part_urls import MARGIN_SECONDS

from tests.client.conftest import Client, VirtualTime
from tests.client.fake_service import FakeService, lost, problem, reset, xml

CONTENT = os.urandom(10_500)  # eleven parts
MakeFile = Callable[..., Path]
Proceed = Callable[[], httpx.Response]


@pytest.fixture
def path(make_file: MakeFile) -> Path:
    return make_file(CONTENT)


def send(client: Client, path: Path) -> str:
    return client.upload(path, strategy="multipart").id


def test_every_part_is_sent_once_and_the_whole_is_confirmed_with_its_checksum(
    client: Client, service: FakeService, path: Path
) -> None:
    file = client.upload(path, strategy="multipart")
    assert service.contents[file.id] == CONTENT
    assert sorted(service.sent_parts) == list(range(1, 12))
    assert file.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_urls_are_asked_for_a_few_parts_at_a_time(client: Client, service: FakeService, path: Path) -> None:
    send(client, path)
    assert sorted(number for batch in service.signed for number in batch) == list(range(1, 12))
    assert max(len(batch) for batch in service.signed) <= 4


def test_large_files_travel_in_parts_by_themselves(
    client: Client, service: FakeService, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vestibule_client.upload.engine.PARTS_FROM_BYTES", 10_000)
    client.upload(path)
    (upload,) = service.uploads.values()
    assert upload.strategy == "multipart"
    assert upload.request["part_checksums"] is True


@pytest.mark.parametrize("step", ["sign", "put", "confirm"])
@pytest.mark.parametrize("fault", [reset, lost, xml(503, "SlowDown"), xml(500, "InternalError")])
def test_a_request_that_fails_for_a_while_is_sent_again(
    client: Client, service: FakeService, path: Path, step: str, fault: object
) -> None:
    service.fail(step, fault, None, fault)  # type: ignore[arg-type]
    assert service.contents[send(client, path)] == CONTENT
    assert len(service.files) == 1


def test_after_a_kill_only_what_s3_lacks_is_sent(client: Client, service: FakeService, path: Path) -> None:
    service.fail("put", None, None, None, None, None, *[xml(400, "MalformedRequest")] * 4)
    with pytest.raises(StorageRefused):
        send(client, path)
    held = set(next(iter(service.uploads.values())).parts)
    assert held
    service.sent_parts.clear()
    service._faults.clear()
    assert service.contents[send(client, path)] == CONTENT
    assert set(service.sent_parts) == set(range(1, 12)) - held
    assert service.asked.count("issue") == 1


def test_a_part_that_s3_holds_with_other_bytes_is_sent_again(client: Client, service: FakeService, path: Path) -> None:
    service.fail("confirm", problem(429, "quota_exceeded"))
    with pytest.raises(Problem):
        send(client, path)
    next(iter(service.uploads.values())).parts[3] = b"x" * 1000
    service.sent_parts.clear()
    assert service.contents[send(client, path)] == CONTENT
    assert service.sent_parts == [3]


def test_a_kill_after_completion_is_taken_up_by_confirm(client: Client, service: FakeService, path: Path) -> None:
    service.fail("confirm", *[lost] * 20)
    with pytest.raises(Unreachable):
        send(client, path)
    service.asked.clear()
    assert send(client, path) == service.files[0]["id"]
    assert service.asked == ["kinds", "held", "confirm"]


def test_urls_that_expire_on_the_way_are_asked_for_anew(client: Client, service: FakeService, path: Path) -> None:
    def expire(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        service.expire_urls()
        return xml(403, "AccessDenied", "Request has expired")(request, proceed)

    service.fail("put", None, None, expire, None, expire)
    assert service.contents[send(client, path)] == CONTENT


def test_a_url_that_is_old_by_this_machines_clock_is_not_even_tried(
    client: Client, service: FakeService, path: Path, virtual_time: VirtualTime
) -> None:
    def late(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        virtual_time.now += 900 - MARGIN_SECONDS
        return proceed()

    service.fail("put", *[late] * 11)
    send(client, path)
    assert sorted(service.sent_parts) == list(range(1, 12))
    assert sum(len(batch) for batch in service.signed) > 11


def test_urls_that_are_always_refused_end_in_s3s_own_words(client: Client, service: FakeService, path: Path) -> None:
    service.fail("put", *[xml(403, "SignatureDoesNotMatch", "The signature does not match.")] * 200)
    with pytest.raises(StorageRefused, match="SignatureDoesNotMatch"):
        send(client, path)


def test_a_part_that_was_garbled_on_its_way_is_sent_again(client: Client, service: FakeService, path: Path) -> None:
    service.fail("put", xml(400, "BadDigest"))
    assert service.contents[send(client, path)] == CONTENT


def test_bytes_that_changed_without_a_trace_are_found(
    client: Client, service: FakeService, path: Path, states: StateStore
) -> None:
    """Same size, same time: S3 refuses what does not have the checksum, and the client looks again."""
    facts = path.stat()

    def change(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        path.write_bytes(CONTENT[::-1])
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        return xml(400, "BadDigest")(request, proceed)

    service.fail("put", change)
    with pytest.raises(FileChanged):
        send(client, path)
    assert (service.files, list(states.all())) == ([], [])
    assert service.asked[-1] == "cancel"


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x", b""])
def test_a_file_that_changes_its_size_is_not_admitted(
    client: Client, service: FakeService, path: Path, content: bytes
) -> None:
    def change(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        path.write_bytes(content)
        return proceed()

    service.fail("put", None, change)
    with pytest.raises(FileChanged):
        send(client, path)
    assert not service.files


def test_confirm_that_misses_parts_has_them_sent(client: Client, service: FakeService, path: Path) -> None:
    def drop(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        del next(iter(service.uploads.values())).parts[5]
        return proceed()

    service.fail("confirm", drop)
    assert service.contents[send(client, path)] == CONTENT
    assert service.sent_parts.count(5) == 2
    assert len(service.sent_parts) == 12


def test_parts_that_always_vanish_end_in_the_services_own_words(
    client: Client, service: FakeService, path: Path
) -> None:
    service.fail("confirm", *[problem(422, "incomplete_parts", "Part 5 is missing.")] * 10)
    with pytest.raises(Problem, match="Part 5 is missing"):
        send(client, path)


def test_an_upload_that_somebody_cancels_stops_with_a_word(client: Client, service: FakeService, path: Path) -> None:
    def cancel(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        next(iter(service.uploads.values())).open = False
        return proceed()

    service.fail("put", None, None, cancel)
    with pytest.raises(Problem, match="cancelled"):
        send(client, path)
    assert service.asked.count("issue") == 1


def test_an_unfinished_upload_that_was_aborted_meanwhile_is_begun_anew(
    client: Client, service: FakeService, path: Path
) -> None:
    service.fail("confirm", problem(429, "quota_exceeded"))
    with pytest.raises(Problem):
        send(client, path)
    (upload,) = service.uploads.values()
    upload.open = False
    upload.parts.clear()
    assert service.contents[send(client, path)] == CONTENT
    assert service.asked.count("issue") == 2


def test_who_stops_finds_the_upload_as_it_was(
    client: Client, service: FakeService, path: Path, states: StateStore
) -> None:
    def stop(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        client.tools.stop.ask()
        return proceed()

    service.fail("put", None, None, stop)
    with pytest.raises(Stopped):
        send(client, path)
    assert len(list(states.all())) == 1


def test_no_thread_outlives_an_upload_that_failed(client: Client, service: FakeService, path: Path) -> None:
    service.fail("put", None, xml(400, "MalformedRequest"))
    with pytest.raises(StorageRefused):
        send(client, path)
    assert [thread.name for thread in threading.enumerate() if thread.name == "part sender"] == []


def test_progress_ends_at_the_whole_whatever_was_sent_twice(client: Client, service: FakeService, path: Path) -> None:
    service.fail("put", lost, reset, None, lost)
    send(client, path)
    sending = [progress.done_bytes for progress in client.seen if progress.phase == "sending"]
    assert sending[-1] == len(CONTENT)
    assert max(sending) <= len(CONTENT)
    assert client.seen[-1].phase == "done"


def test_busy_s3_has_fewer_parts_at_once(client: Client, service: FakeService, path: Path) -> None:
    service.fail("put", xml(503, "SlowDown"), xml(503, "SlowDown"), xml(503, "SlowDown"), xml(503, "SlowDown"))
    send(client, path)
    assert client.tools.lanes.limit < 4
