"""What lies on this machine: unfinished uploads, locks, and the file itself."""

import hashlib
import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from vestibule_client.answers import IssuedUpload, Multipart, Upload
from vestibule_client.limits import content_type_of
from vestibule_client.locks import exclusive
from vestibule_client.private_files import config_folder, state_folder, write_private
from vestibule_client.problems import DiskFailed, FileChanged, InUse, UnsafeFile
from vestibule_client.source import PIECE_BYTES, Source
from vestibule_client.state import StateStore, Unfinished, key_of

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def unfinished(key: str = "k1", begun_at: datetime = NOW) -> Unfinished:
    upload = Upload("U~1", "deliverable", "P", "multipart", "film.mp4", "video/mp4", 5, NOW)
    issued = IssuedUpload(upload, "https://c", multipart=Multipart(16, 1, "https://p", 100, 900, part_checksums=True))
    return Unfinished(key, "https://api", "/film.mp4", issued, begun_at)


def test_an_unfinished_upload_comes_back_as_it_was(states: StateStore) -> None:
    states.save(unfinished())
    assert states.load("k1") == unfinished()
    assert (states.folder / "k1.json").stat().st_mode & 0o777 == 0o600
    assert states.folder.stat().st_mode & 0o777 == 0o700
    states.remove("k1")
    states.remove("k1")
    assert states.load("k1") is None


def test_unfinished_uploads_are_listed_oldest_first(states: StateStore) -> None:
    states.save(unfinished("k2", NOW))
    states.save(unfinished("k1", NOW.replace(year=2027)))
    (states.folder / "k3.json").write_text("{}")
    (states.folder / "k3.json").chmod(0o600)
    assert [one.key for one in states.all()] == ["k2", "k1"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 99}', '{"format": 1, "key": "k1"}'])
def test_a_damaged_state_is_none(states: StateStore, content: str) -> None:
    write_private(states.folder / "k1.json", content.encode())
    assert states.load("k1") is None


def test_a_state_that_others_can_read_is_refused(states: StateStore) -> None:
    states.save(unfinished())
    (states.folder / "k1.json").chmod(0o644)
    with pytest.raises(UnsafeFile):
        states.load("k1")
    with pytest.raises(UnsafeFile):
        list(states.all())


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(
    states: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    states.save(unfinished())

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFailed, match="No space left on device"):
        states.save(unfinished("k1", NOW.replace(year=2030)))
    assert states.load("k1") == unfinished()
    assert [path.name for path in states.folder.iterdir()] == ["k1.json"]


def test_another_file_destination_or_seller_is_another_upload() -> None:
    keys = {
        key_of("api", "seller", ["P", "image"], {"size": 1}),
        key_of("api", "seller", ["P", "image"], {"size": 2}),
        key_of("api", "seller", ["Q", "image"], {"size": 1}),
        key_of("api", "other", ["P", "image"], {"size": 1}),
    }
    assert len(keys) == 4


def test_folders_follow_the_specification(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert config_folder() == tmp_path / ".config/vestibule"
    assert state_folder() == tmp_path / ".local/state/vestibule"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    assert state_folder() == tmp_path / "s/vestibule"


def test_a_lock_is_held_once_and_leaves_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "locks" / "one.lock"
    with exclusive(lock, "busy"), pytest.raises(InUse, match="busy"), exclusive(lock, "busy"):
        pass
    assert not lock.exists()
    with exclusive(lock, "busy"):
        assert lock.exists()


def hold(path: Path, counter: Path, times: int) -> None:
    done = 0
    while done < times:
        try:
            with exclusive(path, "busy"):
                counter.write_text(str(int(counter.read_text()) + 1))
                done += 1
        except InUse:
            continue


def test_a_lock_holds_between_processes_that_come_and_go(tmp_path: Path) -> None:
    """The file is removed each time: nobody may hold a lock on one that is no longer there."""
    counter = tmp_path / "counter"
    counter.write_text("0")
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=hold, args=(tmp_path / "locks/x", counter, 40)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert counter.read_text() == "120"


def test_a_file_is_read_in_pieces_of_one_size(tmp_path: Path) -> None:
    path = tmp_path / "file"
    content = os.urandom(PIECE_BYTES * 2 + 5)
    path.write_bytes(content)
    with Source(path) as source:
        assert [len(piece) for piece in source.pieces(0, source.size)] == [PIECE_BYTES, PIECE_BYTES, 5]
        assert b"".join(source.pieces(7, 1000, 300)) == content[7:1007]
        assert source.sha256() == hashlib.sha256(content).hexdigest()


def test_a_duplicate_outlives_the_file_it_came_from(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with Source(path) as source:
        twin = source.duplicate()
    with twin:
        assert b"".join(twin.pieces(0, 7)) == b"content"
        twin.check_unchanged()


def test_every_change_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with Source(path) as source:
        os.utime(path, ns=(0, source.identity.modified_ns + 1))
        with pytest.raises(FileChanged, match="was written to"):
            source.check_unchanged()
        path.write_bytes(b"con")
        with pytest.raises(FileChanged, match="had 7 bytes, and now has 3"):
            source.check_unchanged()
        with pytest.raises(FileChanged, match="has become shorter"):
            list(source.pieces(0, 7))


def test_a_file_that_takes_the_place_of_another_does_no_harm(tmp_path: Path) -> None:
    """As editors save: the open file stays what it was."""
    path, newer = tmp_path / "file", tmp_path / "newer"
    path.write_bytes(b"content")
    newer.write_bytes(b"another")
    with Source(path) as source:
        newer.replace(path)
        source.check_unchanged()
        assert source.sha256() == hashlib.sha256(b"content").hexdigest()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("film.mp4", "video/mp4"),
        ("COVER.PNG", "image/png"),
        ("cover.avif", "image/avif"),
        ("cover.webp", "image/webp"),
        ("brushes.zip", "application/zip"),
        ("brushes.tar.gz", "application/gzip"),
        ("brushes.abr", "application/octet-stream"),
        ("README", "application/octet-stream"),
    ],
)
def test_the_type_is_what_the_name_promises(name: str, wanted: str) -> None:
    assert content_type_of(Path(name)) == wanted
