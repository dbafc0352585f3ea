"""What the command says, and how it ends; in process, with a service without a socket."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from vestibule_client import progress
from vestibule_client.command import run
from vestibule_client.commands import context
from vestibule_client.commands.exit_codes import combined, exit_code
from vestibule_client.commands.parser import build_parser
from vestibule_client.commands.report import shown
from vestibule_client.credentials import CredentialStore
from vestibule_client.problems import (
    BadFile,
    BadStack,
    Corrupted,
    DiskFailed,
    Failure,
    FileChanged,
    InUse,
    NotSignedIn,
    Problem,
    Stopped,
    StorageRefused,
    Unreachable,
    UnsafeFile,
)
from vestibule_client.progress import BarScreen, LineScreen
from vestibule_client.upload import Progress

from tests.client.fake_service import API, GOOD_TOKEN, FakeService, Proceed, problem, reset, xml
from tests.client.test_cognito import OUTPUTS, PASSWORD, Pool

MakeFile = Callable[..., Path]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: FakeService) -> Path:
    """Signed in by a token; all requests go to the fake service."""
    outputs = tmp_path / "outputs.json"
    names = ("region", "user_pool_id", "user_pool_client_id")
    outputs.write_text(json.dumps({"api_url": API, **dict.fromkeys(names, "x")}))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("VESTIBULE_STACK", str(outputs))
    monkeypatch.setenv("VESTIBULE_TOKEN", GOOD_TOKEN)
    monkeypatch.setattr(context, "new_http", lambda: httpx.Client(transport=service))
    monkeypatch.setattr("vestibule_client.command._listen", lambda stop: None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def upload(*words: str) -> int:
    return run(["upload", "--product", "PRODUCT", "--patience", "0", *words])


def test_one_line_a_file_and_one_for_all(
    make_file: MakeFile, service: FakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    make_file(b"one", "one.zip")
    make_file(b"two", "two.zip")
    assert upload("one.zip", "two.zip", "one.zip", "none.zip") == 1
    out, err = capsys.readouterr()
    assert sorted(line.split()[1] for line in out.splitlines()) == ["one.zip", "two.zip"]
    assert "✗ none.zip: The file cannot be read: No such file or directory." in err
    assert "2 of 3 files admitted" in err
    assert len(service.files) == 2


def test_scripts_get_one_object_a_line_and_nothing_else(
    make_file: MakeFile, service: FakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    make_file(b"one", "one.zip")
    make_file(b"", "empty.zip")
    assert upload("one.zip", "empty.zip", "--json", "--quiet") == 1
    out, err = capsys.readouterr()
    found = {line["path"]: line for line in map(json.loads, out.splitlines())}
    assert found["one.zip"]["file"]["size"] == 3
    assert found["one.zip"]["file"]["admitted_at"] == "2026-01-01T00:00:00Z"
    assert found["empty.zip"]["error"]["code"] == "bad_file"
    assert err == ""


def test_the_services_own_words_are_shown(
    make_file: MakeFile, service: FakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    make_file(b"one", "one.zip")
    service.fail("issue", problem(409, "limit_reached", "A product may have at most 100 deliverables."))
    assert upload("one.zip") == 1
    assert capsys.readouterr().err == "✗ one.zip: A product may have at most 100 deliverables.\n"


@pytest.mark.parametrize(("step", "fault"), [("issue", reset), ("form", xml(503, "SlowDown")), ("kinds", reset)])
def test_what_may_be_taken_up_says_so(
    make_file: MakeFile, service: FakeService, capsys: pytest.CaptureFixture[str], step: str, fault: object
) -> None:
    make_file(b"one", "one.zip")
    service.fail(step, fault)  # type: ignore[arg-type]
    assert upload("one.zip") == 4
    assert "Run the same command again to go on where it ended." in capsys.readouterr().err
    assert upload("one.zip") == 0


def test_a_result_that_nobody_heard_is_told_again_and_is_the_same_file(
    make_file: MakeFile, service: FakeService, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader went away between the admission and the line that tells of it."""

    def gone(text: str) -> int:
        raise BrokenPipeError

    make_file(b"one", "one.zip")
    with monkeypatch.context() as without_reader:
        without_reader.setattr(sys.stdout, "write", gone)
        assert upload("one.zip") == 141
    assert upload("one.zip") == 0
    assert service.files[0]["id"] in capsys.readouterr().out
    assert len(service.files) == 1


def test_a_change_while_it_is_sent_is_said(
    make_file: MakeFile, service: FakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_file(b"one", "one.zip")

    def change(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        path.write_bytes(b"more")
        return proceed()

    service.fail("form", change)
    assert upload("one.zip") == 5
    assert "had 3 bytes, and now has 4. Nothing was admitted." in capsys.readouterr().err


def test_options_for_one_file_are_not_for_two(make_file: MakeFile, capsys: pytest.CaptureFixture[str]) -> None:
    make_file(b"one", "one.zip")
    make_file(b"two", "two.zip")
    assert upload("one.zip", "two.zip", "--alt", "A brush") == 2
    assert "one file at a time" in capsys.readouterr().err


def signing_in(pool: Pool, monkeypatch: pytest.MonkeyPatch, home: Path) -> list[str]:
    """A home without a token, and a user pool."""
    monkeypatch.delenv("VESTIBULE_TOKEN")
    monkeypatch.setenv("VESTIBULE_STACK", str(home / "pool.json"))
    (home / "pool.json").write_text(json.dumps(OUTPUTS))
    monkeypatch.setattr(context, "new_http", lambda: httpx.Client(transport=pool))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    return ["login", "--email", "demo@shop.example", "--password-stdin"]


def test_a_sign_in_is_kept_and_a_sign_out_makes_it_worthless(
    monkeypatch: pytest.MonkeyPatch, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = Pool()
    assert run(signing_in(pool, monkeypatch, home)) == 0
    assert capsys.readouterr().out == "✓ signed in to https://api.shop.example/dev as demo@shop.example\n"
    assert CredentialStore().current() is not None
    pool.answers = [httpx.Response(200)]
    assert run(["logout"]) == 0
    assert (pool.called[-1]["operation"], pool.called[-1]["Token"]) == ("RevokeToken", "refresh-secret")
    assert CredentialStore().current() is None
    assert run(["logout"]) == 0


def test_a_sign_out_without_a_connection_forgets_all_the_same(
    monkeypatch: pytest.MonkeyPatch, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = Pool()
    assert run(signing_in(pool, monkeypatch, home)) == 0
    pool.answers = [httpx.Response(503)]
    assert run(["logout", "--patience", "0"]) == 0
    assert "could not be revoked" in capsys.readouterr().err
    assert CredentialStore().current() is None


def test_a_code_that_nobody_can_be_asked_for_is_said(
    monkeypatch: pytest.MonkeyPatch, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = signing_in(Pool("SOFTWARE_TOKEN_MFA"), monkeypatch, home)

    monkeypatch.setattr("vestibule_client.commands.login.TERMINAL", home / "none")
    assert run(words) == 3
    err = capsys.readouterr().err
    assert "no terminal to ask for the code of your authenticator" in err
    assert PASSWORD not in err


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ([], 2),
        (["--help"], 0),
        (["--version"], 0),
        (["upload", "--help"], 0),
        (["upload", "x"], 2),
        (["upload", "x", "--product", "P", "--jobs", "0"], 2),
        (["upload", "x", "--product", "P", "--kind", "film"], 2),
        (["products", "--patience", "-1"], 2),
        (["fly"], 2),
    ],
)
def test_usage_is_explained(words: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == status
    out, err = capsys.readouterr()
    assert out or err


@pytest.mark.parametrize(
    ("words", "json", "patience"),
    [
        (["products"], False, 300),
        (["products", "create", "T"], False, 300),
        (["products", "--json", "--patience", "5", "create", "T"], True, 5),
        (["products", "create", "T", "--json", "--patience", "5"], True, 5),
        (["products", "--patience", "7", "create", "T", "--patience", "5"], False, 5),
    ],
)
def test_options_may_stand_before_or_behind_what_to_do(words: list[str], json: bool, patience: float) -> None:
    arguments = build_parser().parse_args(words)
    assert (arguments.json, arguments.patience, arguments.stack) == (json, patience, None)


def test_without_a_stack_it_says_which_option_names_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("VESTIBULE_STACK")
    assert run(["products"]) == 2
    assert "Name it with --stack." in capsys.readouterr().err
    monkeypatch.delenv("VESTIBULE_TOKEN")
    assert run(["products"]) == 3
    assert "vestibule login" in capsys.readouterr().err
    assert run(["login"]) == 2
    assert "--stack outputs.json" in capsys.readouterr().err


def test_nothing_unfinished_is_said_without_a_connection(
    service: FakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["cancel"]) == 0
    assert "Nothing is unfinished." in capsys.readouterr().err
    assert service.asked == []


def test_all_unfinished_uploads_can_be_given_up(
    make_file: MakeFile, service: FakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    make_file(b"one", "one.zip")
    make_file(b"two", "two.zip")
    service.fail("form", reset, reset)
    assert upload("one.zip", "two.zip", "--jobs", "2") == 4
    assert run(["cancel", "--all"]) == 0
    assert service.asked.count("cancel") == 2
    assert capsys.readouterr().out.count("✓ cancelled") == 2
    assert run(["cancel", "--json"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (BadFile("x"), 1),
        (Problem(409, "limit_reached", "x"), 1),
        (Problem(503, "storage_unavailable", "x", retryable=True), 4),
        (StorageRefused(403, "AccessDenied", ""), 1),
        (StorageRefused(503, "SlowDown", ""), 4),
        (InUse("x"), 1),
        (Corrupted(), 1),
        (BadStack("x"), 2),
        (NotSignedIn("x"), 3),
        (UnsafeFile("x"), 3),
        (Unreachable("x"), 4),
        (FileChanged(), 5),
        (DiskFailed("x"), 5),
        (Stopped(), 130),
    ],
)
def test_every_failure_has_its_exit_status(failure: Failure, status: int) -> None:
    assert exit_code(failure) == status


def test_of_several_the_one_that_needs_somebody_comes_first() -> None:
    assert [combined(codes) for codes in ([], [0, 0], [0, 4, 1], [5, 4], [1, 3], [130, 1])] == [0, 0, 1, 5, 3, 130]


def test_a_name_does_nothing_to_the_terminal() -> None:
    assert shown("a\x1b[31mb\u202e.zip") == "a�[31mb�.zip"


def steps(path: Path, size: int, *done: int, held: int = 0) -> list[Progress]:
    return [Progress(path, "sending", bytes_done, size, held) for bytes_done in done]


def test_lines_tell_how_far_it_is_without_what_was_there_before(capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([0.0, 1.0, 11.0, 12.0, 22.0])
    screen = LineScreen(100_000_000, lambda: next(clock))
    for done in (50_000_000, 61_000_000, 62_000_000, 72_000_000):
        screen.progressed(Progress(Path("film"), "sending", done, 100_000_000, 50_000_000))
    assert capsys.readouterr().err.splitlines() == [
        "61% of 100.0 MB, 1.0 MB/s, 0:39 left",
        "72% of 100.0 MB, 1.0 MB/s, 0:28 left",
    ]


def test_bars_follow_each_large_file_and_all_together() -> None:
    film, note = Path("film.mp4"), Path("note.txt")
    screen = BarScreen(2, 20_000_010)
    for step in [*steps(film, 20_000_000, 5_000_000, 4_000_000), *steps(note, 10, 10)]:
        screen.progressed(step)
    tasks = {task.description: task.completed for task in screen._bars.tasks}
    assert tasks == {"2 files": 4_000_010, "film.mp4": 4_000_000}
    screen.done(film)
    screen.progressed(Progress(film, "done", 20_000_000, 20_000_000))
    assert [task.description for task in screen._bars.tasks] == ["2 files"]


def test_bytes_that_were_there_are_no_speed() -> None:
    film = Path("film.mp4")
    screen = BarScreen(1, 20_000_000)
    for step in [*steps(film, 20_000_000, 0), *steps(film, 20_000_000, 16_000_000, held=16_000_000)]:
        screen.progressed(step)
    (task,) = screen._bars.tasks
    assert (task.completed, task.speed) == (16_000_000, None)


def test_a_long_name_leaves_room_for_its_bar() -> None:
    short = progress._short("x" * 100 + ".mp4")
    assert len(short) == 32
    assert short.endswith(".mp4")
