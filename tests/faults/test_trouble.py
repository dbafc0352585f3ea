"""Trouble on the client's own side: a file that changes, a disk that is full, somebody who cancels meanwhile."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from vestibule_client.problems import DiskFailed, Failure, FileChanged

from tests.faults.cases import Case
from tests.faults.content import sha256_of, write_file
from tests.faults.conversation import Exchange
from tests.faults.kinds import Position
from tests.faults.plans import NoFaults
from tests.faults.runs import check_admitted, within
from tests.faults.seller import Seller
from tests.faults.stage import Stage

MiB = 1024**2
BY_FORM = Case(1, "deliverable", "post", 3 * MiB, replaces=False, downloads=False, probability=0, attempts=8)
IN_PARTS = Case(2, "deliverable", "multipart", 40 * MiB, replaces=False, downloads=False, probability=0, attempts=8)
BOTH = pytest.mark.parametrize("case", [BY_FORM, IN_PARTS], ids=["form", "parts"])


@pytest.fixture
def seller(stage: Stage, tmp_path: Path) -> Seller:
    return Seller(stage, tmp_path / "states", 8, calm=True)


def film_of(case: Case, folder: Path) -> tuple[Path, str]:
    path = folder / "film.bin"
    return path, write_file(path, case.size, case.seed)


def upload(seller: Seller, path: Path, product: str, case: Case) -> Exception | None:
    """What the client raises, if it does."""
    try:
        within(60, lambda: seller.upload(path, product, case, None), "the upload")
    except Failure as failure:
        return failure
    return None


def at(position: Position, act: Callable[[], object]) -> Callable[[Exchange], None]:
    """Act once, when this request comes."""
    left = [act]

    def look(exchange: Exchange) -> None:
        if exchange.position == position and left:
            left.pop()()

    return look


def write_to(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


CHANGES: dict[str, Callable[[Path], object]] = {
    "grown": lambda path: write_to(path, path.stat().st_size, b"more"),
    "shortened": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "written to": lambda path: write_to(path, path.stat().st_size - 1, b"?"),
}


@pytest.mark.parametrize("change", CHANGES)
@BOTH
def test_a_file_that_changes_while_it_is_sent_is_not_admitted(
    stage: Stage, seller: Seller, product: str, tmp_path: Path, case: Case, change: str
) -> None:
    path, _ = film_of(case, tmp_path)
    position = Position.FORM if case is BY_FORM else Position.PART
    stage.proxy.on_request = at(position, lambda: CHANGES[change](path))
    assert isinstance(upload(seller, path, product, case), FileChanged)
    assert stage.rows(product) == []
    seen = [exchange.position for exchange in stage.proxy.exchanges]
    assert (Position.CONFIRM in seen, seen[-1]) == (False, Position.CANCEL)
    assert not list((tmp_path / "states").glob("*.json"))


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_a_file_whose_name_is_given_to_another_while_it_is_sent_arrives_as_it_was(
    stage: Stage, seller: Seller, product: str, tmp_path: Path, change: str
) -> None:
    path, sha256 = film_of(IN_PARTS, tmp_path)
    other = tmp_path / "other.bin"
    write_file(other, 1000, 99)
    stage.proxy.on_request = at(Position.PART, lambda: other.replace(path) if change == "replaced" else path.unlink())
    file = within(60, lambda: seller.upload(path, product, IN_PARTS, None), "the upload")
    check_admitted(stage, product, file, sha256, None)


@BOTH
def test_with_a_full_disk_nothing_is_sent_that_could_not_be_resumed(
    stage: Stage, seller: Seller, product: str, tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, sha256 = film_of(case, tmp_path)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        failure = upload(seller, path, product, case)
    assert isinstance(failure, DiskFailed)
    assert "No space left" in str(failure)
    assert {exchange.position for exchange in stage.proxy.exchanges}.isdisjoint({Position.FORM, Position.PART})
    assert not [left for left in (tmp_path / "states").iterdir() if left.suffix != ".lock"]
    stage.proxy.follow(NoFaults())
    check_admitted(stage, product, within(60, lambda: seller.upload(path, product, case, None), "it"), sha256, None)


@pytest.mark.parametrize("position", [Position.PART, Position.FORM, Position.CONFIRM])
def test_a_cancel_meanwhile_ends_in_a_whole_file_or_in_none(
    stage: Stage, seller: Seller, product: str, tmp_path: Path, position: Position
) -> None:
    case = BY_FORM if position == Position.FORM else IN_PARTS
    path, sha256 = film_of(case, tmp_path)
    cancelled = threading.Event()

    def cancel() -> None:
        (unfinished,) = seller.states.all()
        url = f"{stage.running.url}/products/{product}/deliverables/uploads/{unfinished.issued.upload.id}"
        assert httpx.delete(url, headers={"Authorization": stage.token}, timeout=60).status_code == 204
        cancelled.set()

    canceller = threading.Thread(target=cancel)
    stage.proxy.on_request = at(position, canceller.start)
    failure = upload(seller, path, product, case)
    canceller.join()
    rows = stage.rows(product)
    assert cancelled.is_set()
    assert (failure is None) == ([row.state for row in rows] == ["live"])
    if failure is None:
        with path.open("rb") as content:
            assert stage.stored_sha256(rows[0]) == sha256_of(content) == sha256
    else:
        assert (rows, "cancelled" in str(failure)) == ([], True)
