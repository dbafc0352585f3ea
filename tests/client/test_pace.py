"""How many parts travel at once, and several files at once."""

import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from vestibule_client.problems import NotSignedIn, Stopped
from vestibule_client.state import KEPT_SECONDS
from vestibule_client.stopping import Stop
from vestibule_client.upload import Destination, Lanes, Outcome, Task, Uploads

from tests.client.conftest import Client, VirtualTime
from tests.client.fake_service import FakeService, Proceed, problem, reset

MakeFile = Callable[..., Path]


def succeed(lanes: Lanes, count: int, size: int = 1000) -> None:
    for _ in range(count):
        with lanes.lane(Stop()):
            pass
        lanes.succeeded(size)


def test_those_on_their_way_together_halve_once() -> None:
    lanes = Lanes(8, lambda: 0.0)
    stop = Stop()
    with lanes.lane(stop) as first, lanes.lane(stop) as second:
        lanes.suffered(first)
        lanes.suffered(second)
    assert lanes.limit == 4
    with lanes.lane(stop) as later:
        lanes.suffered(later)
    assert lanes.limit == 2


def test_the_limit_never_falls_below_one_and_grows_slowly_to_the_most() -> None:
    lanes = Lanes(4, lambda: 0.0)
    for _ in range(5):
        with lanes.lane(Stop()) as lane:
            lanes.suffered(lane)
    assert lanes.limit == 1
    limits = []
    for _ in range(40):
        succeed(lanes, 1)
        limits.append(lanes.limit)
    assert limits == sorted(limits)
    assert (limits[0], limits[-1]) == (1, 4)
    assert limits.index(2) < limits.index(3) < limits.index(4)


def test_a_line_that_becomes_much_slower_has_fewer_parts(virtual_time: VirtualTime) -> None:
    lanes = Lanes(4, lambda: virtual_time.now)
    for seconds, wanted in [(1.0, 4), (1.0, 4), (10.0, 2), (10.0, 3)]:
        for _ in range(2 * lanes.limit):  # one window
            virtual_time.now += seconds
            lanes.succeeded(1000)
        assert lanes.limit == wanted


def test_no_more_than_the_limit_travel_at_once() -> None:
    lanes = Lanes(2, lambda: 0.0)
    stop, entered, leave = Stop(), threading.Semaphore(0), threading.Event()

    def travel() -> None:
        with lanes.lane(stop):
            entered.release()
            leave.wait(10)

    threads = [threading.Thread(target=travel) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=10)
    assert entered.acquire(timeout=10)
    assert lanes._used == 2
    leave.set()
    assert entered.acquire(timeout=10)
    for thread in threads:
        thread.join(10)
    assert lanes._used == 0


def test_who_waits_for_a_lane_can_be_stopped() -> None:
    lanes, stop = Lanes(1, lambda: 0.0), Stop()
    with lanes.lane(stop):
        stop.ask()
        with pytest.raises(Stopped), lanes.lane(stop):
            pass


def test_stopping_reaches_children_and_whoever_sleeps() -> None:
    stop = Stop()
    child = stop.child().child()
    threading.Timer(0.01, stop.ask).start()
    with pytest.raises(Stopped):
        child.sleep(30)
    assert stop.child().asked


def run(client: Client, paths: list[Path], product: str = "PRODUCT") -> dict[str, Outcome]:
    outcomes: list[Outcome] = []
    Uploads(client.tools).run([Task(path, Destination(product)) for path in paths], outcomes.append, client.seen.append)
    assert len(outcomes) == len(paths)
    return {outcome.task.path.name: outcome for outcome in outcomes}


def test_many_files_are_uploaded_and_each_is_reported_once(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    paths = [make_file(f"content {number}".encode(), f"{number}.bin") for number in range(30)]
    outcomes = run(client, paths)
    assert {name: outcome.file and service.contents[outcome.file.id] for name, outcome in outcomes.items()} == {
        path.name: path.read_bytes() for path in paths
    }
    assert service.asked.count("kinds") == 1


def test_a_file_that_is_refused_keeps_no_other(client: Client, service: FakeService, make_file: MakeFile) -> None:
    outcomes = run(client, [make_file(b"", "empty"), make_file(b"x", "one"), client.tools.states.folder / "no"])
    assert {name: outcome.file is not None for name, outcome in outcomes.items()} == {
        "empty": False,
        "one": True,
        "no": False,
    }


def test_the_same_tasks_again_after_a_failure_make_no_second_file(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    """Whoever corrects one of them, or was interrupted, runs the same command again."""
    paths = [make_file(f"content {number}".encode(), f"{number}.bin") for number in range(5)]
    refused = make_file(b"", "refused")
    first = run(client, [*paths, refused])
    assert not list(client.tools.states.all())
    refused.write_bytes(b"better")
    again = run(client, [*paths, refused])
    assert [again[path.name].file for path in paths] == [first[path.name].file for path in paths]
    assert len(service.files) == 6
    assert list(client.tools.states.folder.iterdir()) == []


def test_the_same_tasks_again_after_a_success_are_meant_so(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    paths = [make_file(f"content {number}".encode(), f"{number}.bin") for number in range(3)]
    run(client, paths)
    run(client, paths)
    assert len(service.files) == 6


def test_a_file_that_was_deleted_since_is_uploaded_anew(
    client: Client, service: FakeService, make_file: MakeFile
) -> None:
    path = make_file(b"content")
    run(client, [path, make_file(b"", "refused")])
    service.fail("confirm", problem(410, "gone"))
    run(client, [path])
    assert len(service.files) == 2


def test_what_was_admitted_long_ago_is_forgotten(client: Client, make_file: MakeFile) -> None:
    run(client, [make_file(b"content"), make_file(b"", "refused")])
    (kept,) = client.tools.states.folder.iterdir()
    client.tools.states.tidy(kept.stat().st_mtime + KEPT_SECONDS - 1)
    assert kept.exists()
    client.tools.states.tidy(kept.stat().st_mtime + KEPT_SECONDS + 1)
    assert not kept.exists()


def test_without_a_connection_the_rest_is_not_even_tried(
    client: Client, service: FakeService, make_file: MakeFile, virtual_time: VirtualTime
) -> None:
    service.fail("issue", *[reset] * 10_000)
    outcomes = run(client, [make_file(b"x", f"{number}") for number in range(40)])
    assert {type(outcome.failure).__name__ for outcome in outcomes.values()} == {"Unreachable"}
    assert service.asked.count("issue") <= 8 * 20


def test_a_sign_in_that_ends_breaks_off(client: Client, service: FakeService, make_file: MakeFile) -> None:
    client.tools.api._tokens.renewed = lambda refused: "stale"  # type: ignore[method-assign]
    service.fail("issue", *[problem(401, "unauthenticated")] * 100)
    outcomes = run(client, [make_file(b"x", f"{number}") for number in range(20)])
    assert all(isinstance(outcome.failure, NotSignedIn) for outcome in outcomes.values())
    assert service.asked.count("issue") < 20


def test_large_and_small_files_travel_side_by_side(
    client: Client, service: FakeService, make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small one does not wait for a large one."""
    monkeypatch.setattr("vestibule_client.upload.batch.SMALL_BYTES", 10)
    small_is_through = threading.Event()

    def wait(request: httpx.Request, proceed: Proceed) -> httpx.Response:
        answer = proceed()
        if len(request.content) > 2000:
            assert small_is_through.wait(10)
        return answer

    def tell(outcome: Outcome) -> None:
        if outcome.task.path.name == "small":
            small_is_through.set()

    service.fail("form", *[wait] * 4)
    large = [make_file(bytes(5000), f"large {number}") for number in range(3)]
    tasks = [Task(path, Destination("PRODUCT")) for path in [*large, make_file(b"x", "small")]]
    Uploads(client.tools).run(tasks, tell)
    assert len(service.files) == 4


def test_a_bug_is_not_swallowed(client: Client, make_file: MakeFile) -> None:
    def broken(outcome: Outcome) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Uploads(client.tools).run([Task(make_file(b"x"), Destination("PRODUCT"))], broken)
