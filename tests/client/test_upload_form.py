"""A file that travels as one form."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from vestibule_client.problems import BadFile, FileChanged, InUse, Problem, Stopped, StorageRefused, Unreachable
from vestibule_client.state import StateStore

from tests.client.conftest import Client, VirtualTime
from tests.client.fake_service import FakeService, lost, problem, reset, xml

CONTENT = bytes(range(256)) * 10
MakeFile = Callable[..., Path]


def broken_off(client: Client, make_file: MakeFile) -> Path:
    """A file whose upload has ended on the way, as the service was told to fail."""
    path = make_file(CONTENT)
    with pytest.raises(Unreachable):
        client.upload(path)
    return path


def test_a_small_file_takes_three_requests_and_leaves_no_state(
    client: Client, service: FakeService, make_file: MakeFile, states: StateStore
) -> None:
    file = client.upload(make_file(CONTENT))
    assert service.asked == ["kinds", "issue", "form", "confirm"]
    assert service.contents[file.id] == CONTENT
    assert file.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert [path.name for path in states.folder.iterdir()] == []


def test_the_checksum_is_declared_before_the_form_is_signed(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    client.upload(make_file(CONTENT))
    (upload,) = service.uploads.values()
    assert upload.request["sha256"] == hashlib.sha256(CONTENT).hexdigest()


def test_the_state_is_on_disk_before_the_form_is_sent_and_until_confirm_has_answered(
    client: Client, service: FakeService, make_file: MakeFile, states: StateStore
) -> None:
    there = []

    def look(request: httpx.Request, proceed: Callable[[], httpx.Response]) -> httpx.Response:
        there.append(len(list(states.all())))
        return proceed()

    service.fail("form", look)
    service.fail("confirm", look)
    client.upload(make_file(CONTENT))
    assert there == [1, 1]


@pytest.mark.parametrize("step", ["issue", "form", "confirm"])
@pytest.mark.parametrize("fault", [reset, lost, xml(503, "SlowDown"), xml(500, "InternalError"), xml(502, "")])
def test_a_request_that_fails_for_a_while_is_sent_again(
    client: Client, service: FakeService, make_file: MakeFile, step: str, fault: object
) -> None:
    service.fail(step, fault, fault)  # type: ignore[arg-type]
    file = client.upload(make_file(CONTENT))
    assert service.contents[file.id] == CONTENT
    assert len(service.files) == 1


def test_a_form_that_has_ended_is_replaced_by_a_new_upload(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    service.fail("form", xml(403, "AccessDenied", "Invalid according to Policy: Policy expired."))
    client.upload(make_file(CONTENT))
    assert service.asked == ["kinds", "issue", "form", "cancel", "issue", "form", "confirm"]


def test_forms_that_are_always_refused_end_in_s3s_own_words(
    client: Client, service: FakeService, make_file: MakeFile, states: StateStore
) -> None:
    service.fail("form", *[xml(403, "AccessDenied", "Policy expired")] * 10)
    with pytest.raises(StorageRefused, match="AccessDenied: Policy expired"):
        client.upload(make_file(CONTENT))
    assert service.asked.count("issue") == 4
    assert not list(states.all())


def test_a_kill_after_the_form_was_sent_is_taken_up_by_confirm_alone(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    service.fail("confirm", *[reset] * 20)
    path = broken_off(client, make_file)
    service.asked.clear()
    file = client.upload(path)
    assert service.asked == ["kinds", "confirm"]
    assert service.contents[file.id] == CONTENT


def test_a_kill_between_the_confirm_and_its_answer_makes_no_second_file(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    service.fail("confirm", *[lost] * 20)
    path = broken_off(client, make_file)
    assert client.upload(path).id == service.files[0]["id"]
    assert len(service.files) == 1


def test_a_kill_before_the_form_was_sent_sends_the_same_form(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    service.fail("form", *[reset] * 20)
    path = broken_off(client, make_file)
    service.asked.clear()
    client.upload(path)
    assert service.asked == ["kinds", "confirm", "form", "confirm"]


def test_another_content_under_the_same_identity_is_a_new_upload(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    """Same size, same time: only its bytes tell."""
    service.fail("form", *[reset] * 20)
    path = broken_off(client, make_file)
    facts = path.stat()
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    file = client.upload(path)
    assert service.contents[file.id] == CONTENT[::-1]


def test_a_file_that_grows_while_it_is_sent_is_not_admitted(
    client: Client, service: FakeService, make_file: MakeFile, states: StateStore
) -> None:
    path = make_file(CONTENT)

    def grow(request: httpx.Request, proceed: Callable[[], httpx.Response]) -> httpx.Response:
        path.write_bytes(CONTENT + b"more")
        return proceed()

    service.fail("form", grow)
    with pytest.raises(FileChanged, match="it had 2,560 bytes, and now has 2,564"):
        client.upload(path)
    assert service.asked[-1] == "cancel"
    assert (service.files, list(states.all())) == ([], [])


@pytest.mark.parametrize(
    ("status", "code"), [(422, "content_type_mismatch"), (422, "checksum_mismatch"), (404, "not_found")]
)
def test_a_final_refusal_is_said_in_its_own_words_and_forgotten(
    client: Client, service: FakeService, make_file: MakeFile, states: StateStore, status: int, code: str
) -> None:
    service.fail("confirm", problem(status, code, "Expected this, and found that."))
    with pytest.raises(Problem, match="Expected this, and found that") as refused:
        client.upload(make_file(CONTENT))
    assert (refused.value.code, list(states.all())) == (code, [])


def test_a_full_quota_keeps_the_upload_for_when_there_is_room(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    service.fail("confirm", problem(429, "quota_exceeded", "The quota is used up."))
    path = make_file(CONTENT)
    with pytest.raises(Problem, match="quota is used up"):
        client.upload(path)
    service.asked.clear()
    client.upload(path)
    assert service.asked == ["kinds", "confirm"]


def test_a_confirm_that_met_a_change_is_repeated(
    client: Client, service: FakeService, make_file: MakeFile, virtual_time: VirtualTime
) -> None:
    service.fail("confirm", problem(409, "upload_changed", retryable=True))
    client.upload(make_file(CONTENT))
    assert service.asked.count("confirm") == 2
    assert virtual_time.slept


def test_a_confirm_that_does_not_find_the_file_has_it_sent_again(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    service.fail("confirm", problem(409, "upload_not_received", retryable=True))
    client.upload(make_file(CONTENT))
    assert service.asked.count("form") == 2


def test_an_upload_that_somebody_cancels_is_not_begun_anew(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    service.fail("confirm", problem(410, "gone", "It was cancelled."))
    with pytest.raises(Problem, match="cancelled"):
        client.upload(make_file(CONTENT))
    assert service.asked.count("issue") == 1


def test_an_unfinished_upload_that_is_gone_by_now_is_begun_anew(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    service.fail("form", *[reset] * 20)
    path = broken_off(client, make_file)
    service.fail("confirm", problem(410, "gone"))
    client.upload(path)
    assert service.asked.count("issue") == 2


def test_success_is_only_what_s3_says_of_a_form(client: Client, service: FakeService, make_file: MakeFile) -> None:
    """A hotel's sign-in page answers 200 to everything."""
    service.fail("form", *[lambda request, proceed: httpx.Response(200, text="Welcome!")] * 20)
    with pytest.raises(Unreachable, match="S3 should answer 201"):
        client.upload(make_file(CONTENT))
    assert not service.files


def test_two_at_once_do_not_drive_one_upload(client: Client, service: FakeService, make_file: MakeFile) -> None:
    path = make_file(CONTENT)

    def again(request: httpx.Request, proceed: Callable[[], httpx.Response]) -> httpx.Response:
        with pytest.raises(InUse, match="uploading this very file"):
            client.upload(path)
        return proceed()

    service.fail("form", again)
    client.upload(path)
    assert len(service.files) == 1


def test_who_stops_finds_the_upload_as_it_was(
    client: Client, service: FakeService, make_file: MakeFile, states: StateStore
) -> None:
    def stop(request: httpx.Request, proceed: Callable[[], httpx.Response]) -> httpx.Response:
        client.tools.stop.ask()
        return proceed()

    service.fail("form", stop)
    with pytest.raises(Stopped):
        client.upload(make_file(CONTENT))
    assert len(list(states.all())) == 1


@pytest.mark.parametrize(
    ("name", "content", "named", "sentence"),
    [
        ("empty.zip", b"", {}, "at least 1 byte, and the file is empty"),
        (
            "cover.gif",
            CONTENT,
            {"kind": "image"},
            "Expected image/png, image/jpeg, and the name of the file says image/gif",
        ),
        ("cover.png", b"x" * 5001, {"kind": "image"}, "at most 5,000 bytes for an image, and the file has 5,001"),
        ("cover.png", CONTENT, {"kind": "image", "alt": "é" * 126}, "at most 250 bytes, and it has 252"),
        ("cover.png", CONTENT, {"kind": "image", "strategy": "multipart"}, "An image is uploaded by post"),
        (os.fsdecode(b"\xff.zip"), CONTENT, {}, "a file name in UTF-8"),
        ("cover.png", CONTENT, {"kind": "image", "alt": "\udcff"}, "an alt text in UTF-8"),
    ],
)
def test_what_the_limits_forbid_is_refused_before_anything_is_asked(
    client: Client,
    service: FakeService,
    make_file: MakeFile,
    name: str,
    content: bytes,
    named: dict[str, str],
    sentence: str,
) -> None:
    with pytest.raises(BadFile, match=sentence):
        client.upload(make_file(content, name), **named)
    assert service.asked == ["kinds"]


def test_a_folder_a_pipe_and_nothing_are_refused(client: Client, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, sentence in [
        (tmp_path, "found a folder"),
        (tmp_path / "pipe", "something else"),
        (tmp_path / "no", "No such"),
    ]:
        with pytest.raises(BadFile, match=sentence):
            client.upload(path)


def test_what_is_asked_for_travels_with_step_1(client: Client, service: FakeService, make_file: MakeFile) -> None:
    client.upload(make_file(CONTENT, "cover.png"), kind="image", alt="A brush", replaces="OLD")
    (upload,) = service.uploads.values()
    wanted = {
        "filename": "cover.png",
        "content_type": "image/png",
        "size": len(CONTENT),
        "alt": "A brush",
        "replaces": "OLD",
    }
    assert upload.request == {**wanted, "sha256": hashlib.sha256(CONTENT).hexdigest()}
