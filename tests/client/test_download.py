"""Getting a file back."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from vestibule_client.answers import Deliverable, File
from vestibule_client.api import Api
from vestibule_client.download import download
from vestibule_client.places import place_for, safe_name
from vestibule_client.problems import BadFile, Corrupted, DiskFailed, InUse, StorageRefused, Unreachable
from vestibule_client.state import StateStore

from tests.client.fake_service import Broken, FakeService, Proceed, Whole, reset, xml

CONTENT = os.urandom(5000)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def file(content: bytes = CONTENT, name: str = "film.mp4", sha256: str | None = "") -> File:
    digest = hashlib.sha256(content).hexdigest() if sha256 == "" else sha256
    return Deliverable("FILE", "PRODUCT", "live", name, "video/mp4", len(content), digest, "FILE", 1, NOW)


@pytest.fixture(autouse=True)
def stored(service: FakeService) -> None:
    service.contents["FILE"] = CONTENT


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


def cut(at: int) -> object:
    """The line breaks after so many bytes."""

    def broken(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        answer = proceed()
        return httpx.Response(answer.status_code, headers=answer.headers, stream=Broken(answer.read()[:at]))

    return broken


def left(place: Path) -> list[str]:
    return sorted(path.name for path in place.parent.iterdir() if path.is_file())


def test_a_file_comes_back_byte_for_byte(api: Api, service: FakeService, place: Path, states: StateStore) -> None:
    assert download(api, file(), place, states=states) == place
    assert place.read_bytes() == CONTENT
    assert left(place) == ["film.mp4"]


def test_a_line_that_breaks_is_taken_up_where_it_broke(
    api: Api, service: FakeService, place: Path, states: StateStore
) -> None:
    service.fail("get", cut(1000), reset, cut(1), cut(0))  # type: ignore[arg-type]
    download(api, file(), place, states=states)
    assert place.read_bytes() == CONTENT


def test_an_earlier_run_is_taken_up(api: Api, service: FakeService, place: Path, states: StateStore) -> None:
    service.fail("get", cut(3000), *[reset] * 20)  # type: ignore[arg-type]
    with pytest.raises(Unreachable):
        download(api, file(), place, states=states)
    assert left(place) == ["film.mp4.FILE.part"]
    service._faults.clear()
    ranges = []

    def look(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        ranges.append(request.headers["Range"])
        return proceed()

    service.fail("get", look)
    download(api, file(), place, states=states)
    assert (place.read_bytes(), ranges, left(place)) == (CONTENT, ["bytes=3000-"], ["film.mp4"])


def test_a_url_that_ends_in_the_middle_is_asked_for_again(
    api: Api, service: FakeService, place: Path, states: StateStore
) -> None:
    service.fail("get", cut(100), xml(403, "AccessDenied", "Request has expired"))  # type: ignore[arg-type]
    download(api, file(), place, states=states)
    assert place.read_bytes() == CONTENT
    assert service.asked.count("sign_download") == 3


def test_urls_that_are_always_refused_end_in_s3s_own_words(
    api: Api, service: FakeService, place: Path, states: StateStore
) -> None:
    service.fail("get", *[xml(403, "AccessDenied", "No")] * 30)
    with pytest.raises(StorageRefused, match="AccessDenied: No"):
        download(api, file(), place, states=states)


@pytest.mark.parametrize("earlier", [b"x" * 5000, b"x" * 100, b"x" * 6000])
def test_bad_bytes_of_an_earlier_run_are_fetched_anew(
    api: Api, service: FakeService, place: Path, states: StateStore, earlier: bytes
) -> None:
    place.with_name("film.mp4.FILE.part").write_bytes(earlier)
    download(api, file(), place, states=states)
    assert (place.read_bytes(), left(place)) == (CONTENT, ["film.mp4"])


@pytest.mark.parametrize("content", [CONTENT[::-1], CONTENT + b"x"])
def test_other_bytes_than_were_uploaded_are_not_saved(
    api: Api, service: FakeService, place: Path, states: StateStore, content: bytes
) -> None:
    service.contents["FILE"] = content
    with pytest.raises(Corrupted):
        download(api, file(), place, states=states)
    assert left(place) == []


def test_a_server_that_does_not_know_ranges_sends_all_of_it(
    api: Api, service: FakeService, place: Path, states: StateStore
) -> None:
    service.fail("get", cut(1000), lambda request, proceed: httpx.Response(200, stream=Whole(CONTENT)))  # type: ignore[arg-type]
    download(api, file(), place, states=states)
    assert place.read_bytes() == CONTENT


def test_a_file_whose_checksum_nobody_knows_is_held_to_its_size(
    api: Api, service: FakeService, place: Path, states: StateStore
) -> None:
    download(api, file(sha256=None), place, states=states)
    assert place.read_bytes() == CONTENT


def test_a_file_that_is_there_is_replaced_only_when_told(api: Api, place: Path, states: StateStore) -> None:
    place.write_text("mine")
    with pytest.raises(BadFile, match="is there already"):
        download(api, file(), place, states=states)
    assert place.read_text() == "mine"
    download(api, file(), place, force=True, states=states)
    assert place.read_bytes() == CONTENT


def test_a_file_that_comes_meanwhile_is_not_replaced(
    api: Api, service: FakeService, place: Path, states: StateStore
) -> None:
    def come(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        place.write_text("mine")
        return proceed()

    service.fail("get", come)
    with pytest.raises(BadFile, match="is there already"):
        download(api, file(), place, states=states)
    assert place.read_text() == "mine"


def test_two_at_once_do_not_write_one_file(api: Api, service: FakeService, place: Path, states: StateStore) -> None:
    def again(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        with pytest.raises(InUse):
            download(api, file(), place, states=states)
        return proceed()

    service.fail("get", again)
    download(api, file(), place, states=states)
    assert place.read_bytes() == CONTENT


def test_a_place_that_cannot_be_written_is_said_so(api: Api, tmp_path: Path, states: StateStore) -> None:
    with pytest.raises(DiskFailed, match="No such file or directory"):
        download(api, file(), tmp_path / "no" / "film.mp4", states=states)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("film.mp4", "film.mp4"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\autoexec.bat", "autoexec.bat"),
        (".bashrc", "bashrc"),
        ("..", "FILE"),
        ("con.txt", "FILE con.txt"),
        ("a\x1b[2Jb\n.zip", "a_[2Jb_.zip"),
        ("gpj\u202egnp.exe", "gpj_gnp.exe"),
        ("", "FILE"),
        ("C:evil?.zip", "C_evil_.zip"),
        ("Größe 漢.zip", "Größe 漢.zip"),
    ],
)
def test_a_name_leads_nowhere_else(name: str, wanted: str) -> None:
    assert safe_name(file(name=name)) == wanted


def test_a_file_is_saved_where_it_was_told(tmp_path: Path) -> None:
    assert place_for(file(), None) == Path("film.mp4")
    assert place_for(file(), tmp_path) == tmp_path / "film.mp4"
    assert place_for(file(), tmp_path / "other") == tmp_path / "other"
