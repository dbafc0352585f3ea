"""The command `vestibule` as a user runs it, against the local stack: processes, files, signals."""

import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from vestibule_client.api import Api
from vestibule_client.session import GivenToken
from vestibule_client.state import StateStore, Unfinished
from vestibule_client.upload import upload

from local.bootstrap import PASSWORD
from local.stack import Running
from tests.integration.conftest import Behind, Seller, wait_until
from tests.samples import image

MiB = 1024 * 1024
SIZE = 40 * MiB + 12_345  # three parts


@dataclass
class Command:
    """`vestibule`, with a home of its own."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        folders = {"XDG_CONFIG_HOME": str(self.home / "config"), "XDG_STATE_HOME": str(self.home / "state")}
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", **folders}

    def start(self, *words: str, **more: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "vestibule_client", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=self.environment, **{**pipes, **more})

    def run(self, *words: str, said: str = "", status: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "vestibule_client", *words]
        named = self.environment | environment
        ran = subprocess.run(command, env=named, input=said, capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == status, ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
        return ran

    def json(self, *words: str, status: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*words, "--json", status=status).stdout.splitlines()]

    @property
    def states(self) -> StateStore:
        return StateStore(self.home / "state/vestibule/uploads")


@pytest.fixture(scope="module")
def outputs(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stack") / "outputs.json"
    path.write_text(json.dumps(running.outputs()))
    return path


@pytest.fixture(scope="module")
def vestibule(running: Running, outputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Signed in by SRP, as on AWS."""
    command = Command(tmp_path_factory.mktemp("home"))
    words = ["login", "--stack", str(outputs), "--email", running.stack.seller.email, "--password-stdin"]
    ran = command.run(*words, said=f"{PASSWORD}\n")
    assert "signed in" in ran.stdout
    return command


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "film.bin"
    path.write_bytes(os.urandom(SIZE))
    return path


@pytest.fixture
def own_film(film: Path, tmp_path: Path) -> Path:
    """The same bytes as another file, so that its unfinished upload is its own."""
    path = tmp_path / "film.bin"
    os.link(film, path)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_sign_in_lies_where_only_the_user_can_read_it(vestibule: Command) -> None:
    files = [path for path in (vestibule.home / "config").rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.parent.stat().st_mode & 0o777 for path in files} == {0o700}
    assert all(PASSWORD not in path.read_text() for path in files)


def test_a_wrong_password_is_refused(outputs: Path, running: Running, tmp_path: Path) -> None:
    words = ["login", "--stack", str(outputs), "--email", running.stack.seller.email, "--password-stdin"]
    ran = Command(tmp_path).run(*words, said="wrong\n", status=3)
    assert "Incorrect username or password" in ran.stderr
    ran = Command(tmp_path).run("products", status=3)
    assert "vestibule login" in ran.stderr


def test_both_kinds_are_uploaded_listed_and_come_back_identical(vestibule: Command, film: Path, tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    cover.write_bytes(image("image/png"))
    (product,) = vestibule.json("products", "create", "Brush set")
    where = ["--product", product["id"]]
    (picture,) = vestibule.json("upload", str(cover), *where, "--kind", "image", "--alt", "A brush")
    (deliverable,) = vestibule.json("upload", str(film), *where)
    assert (picture["status"], picture["file"]["alt"]) == ("admitted", "A brush")
    assert deliverable["file"]["sha256"] == digest(film)
    listed = vestibule.json("list", *where)
    assert [file["id"] for file in listed] == [picture["file"]["id"], deliverable["file"]["id"]]
    for file, original in zip(listed, (cover, film), strict=True):
        (saved,) = vestibule.json("download", file["id"], *where, "-o", str(tmp_path / "back"), "--force")
        assert digest(Path(saved["path"])) == digest(original)
    (newer,) = vestibule.json("upload", str(cover), *where, "--replace", deliverable["file"]["id"])
    assert (newer["file"]["version"], newer["file"]["series"]) == (2, deliverable["file"]["id"])
    assert any(product["id"] in line for line in vestibule.run("products").stdout.splitlines())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_upload_that_was_ended_is_taken_up_and_admitted_once(
    vestibule: Command, own_film: Path, product: str, seller: Seller, behind: Behind, number: signal.Signals
) -> None:
    words = ["upload", str(own_film), "--product", product, "--parts", "1", "--json"]
    with vestibule.start(*words) as process:
        unfinished = first_part(vestibule, own_film, seller)
        process.send_signal(number)
        began = time.monotonic()
        _, said = process.communicate(timeout=10)
        assert time.monotonic() - began < 2
    if number == signal.SIGKILL:
        assert process.returncode == -number
    else:
        assert process.returncode == 130
        assert "Run the same command again" in said
        assert "Traceback" not in said
    held = held_parts(seller, unfinished)
    (done,) = vestibule.json("upload", str(own_film), "--product", product)
    assert held
    assert done["file"]["id"] == unfinished.issued.upload.id.partition("~")[0]
    assert len(behind.vault_keys(product)) == 1
    assert hashlib.sha256(behind.vault_bytes(behind.vault_keys(product)[0])).hexdigest() == digest(own_film)
    assert not of_file(vestibule, own_film)


def of_file(vestibule: Command, path: Path) -> list[Unfinished]:
    return [one for one in vestibule.states.all() if one.path == str(path)]


def held_parts(seller: Seller, unfinished: Unfinished) -> dict[int, str]:
    assert unfinished.issued.multipart
    answer = seller.call("GET", unfinished.issued.multipart.parts_url)
    return {part["part_number"]: part["etag"] for part in answer.json()["parts"]}


def first_part(vestibule: Command, path: Path, seller: Seller) -> Unfinished:
    """Once S3 has one."""
    wait_until(lambda: bool(of_file(vestibule, path)), "the upload has begun", every=0.01)
    (unfinished,) = of_file(vestibule, path)
    wait_until(lambda: bool(held_parts(seller, unfinished)), "a part has arrived", every=0.01)
    return unfinished


def test_an_unfinished_upload_is_listed_and_can_be_given_up(
    vestibule: Command, own_film: Path, product: str, seller: Seller
) -> None:
    with vestibule.start("upload", str(own_film), "--product", product, "--parts", "1") as process:
        unfinished = first_part(vestibule, own_film, seller)
        process.kill()
    (listed,) = vestibule.json("cancel")
    assert (listed["path"], listed["status"]) == (str(own_film), "unfinished")
    (cancelled,) = vestibule.json("cancel", str(own_film))
    assert (cancelled["upload_id"], cancelled["status"]) == (listed["upload_id"], "cancelled")
    assert seller.call("POST", unfinished.issued.confirm_url).json()["code"] == "gone"
    assert vestibule.json("cancel") == []
    (refused,) = vestibule.json("cancel", str(own_film), status=1)
    assert "No unfinished upload" in refused["error"]["detail"]


def test_a_second_process_leaves_an_upload_alone(
    vestibule: Command, own_film: Path, product: str, seller: Seller
) -> None:
    words = ["upload", str(own_film), "--product", product, "--parts", "1"]
    with vestibule.start(*words) as process:
        wait_until(lambda: bool(of_file(vestibule, own_film)), "the upload has begun", every=0.01)
        process.send_signal(signal.SIGSTOP)
        ran = vestibule.run(*words, status=1)
        process.send_signal(signal.SIGCONT)
        assert "Another process is uploading this very file" in ran.stderr
        assert process.wait(60) == 0


def test_a_token_given_by_the_environment_needs_no_sign_in(
    outputs: Path, seller: Seller, product: str, tmp_path: Path
) -> None:
    stranger = Command(tmp_path / "home")
    path = tmp_path / "notes.txt"
    path.write_text("notes")
    words = ["upload", str(path), "--product", product, "--stack", str(outputs)]
    assert "✓ notes.txt" in stranger.run(*words, VESTIBULE_TOKEN=seller.token).stdout
    ran = stranger.run(*words, status=3, VESTIBULE_TOKEN=seller.token[:-4] + "AAAA")
    assert "VESTIBULE_TOKEN" in ran.stderr


def test_what_is_refused_says_why_and_what_to_do(vestibule: Command, product: str, tmp_path: Path) -> None:
    fake, empty = tmp_path / "cover.png", tmp_path / "empty.zip"
    fake.write_text("no image")
    empty.touch()
    ran = vestibule.run("upload", str(fake), "--kind", "image", "--product", product, status=1)
    assert ran.stderr.startswith("✗ cover.png: ")
    (failed, also) = vestibule.json("upload", str(empty), str(tmp_path), "--product", product, status=1)
    assert {failed["error"]["code"], also["error"]["code"]} == {"bad_file"}
    ran = vestibule.run("upload", str(fake), "--product", "0" * 26, status=1)
    assert "✗ cover.png" in ran.stderr
    assert not of_file(vestibule, fake)


def test_without_a_service_it_says_so_and_that_it_can_be_taken_up(
    outputs: Path, tmp_path: Path, seller: Seller, product: str
) -> None:
    nowhere, path = tmp_path / "outputs.json", tmp_path / "notes.txt"
    nowhere.write_text(json.dumps(json.loads(outputs.read_text()) | {"api_url": "http://127.0.0.1:9"}))
    path.write_text("notes")
    words = ["upload", str(path), "--product", product, "--stack", str(nowhere), "--patience", "0"]
    ran = Command(tmp_path / "home").run(*words, status=4, VESTIBULE_TOKEN=seller.token)
    assert "Could not reach the service" in ran.stderr


def test_an_expired_url_is_asked_for_anew_and_the_file_is_identical(
    running: Running, seller: Seller, product: str, own_film: Path, tmp_path: Path
) -> None:
    """The URLs of the first parts are spoiled on their way, as S3 would find them after 15 minutes."""

    class Spoiling(Api):
        spoiled = 0

        def sign_parts(self, parts_url: str, sha256_by_part: Any) -> Any:
            signed = super().sign_parts(parts_url, sha256_by_part)
            if self.spoiled < 2:
                self.spoiled += 1
                return tuple(
                    dataclasses.replace(part, url=part.url.replace("X-Amz-Expires=900", "X-Amz-Expires=901"))
                    for part in signed
                )
            return signed

    with httpx.Client(timeout=60) as http:
        api = Spoiling(running.url, GivenToken(seller.token), http)
        file = upload(api, own_film, product, states=StateStore(tmp_path / "state"))
    assert api.spoiled == 2
    assert file.sha256 == digest(own_film)


def test_results_go_to_stdout_and_a_reader_that_leaves_is_no_error(vestibule: Command, product: str) -> None:
    with vestibule.start("products", "--json") as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == ""
    assert process.returncode == 141
