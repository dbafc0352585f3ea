"""One run of the real client against the faulty proxy, and what must be true after it."""

import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TypeVar

from vestibule_client.answers import File
from vestibule_client.problems import Failure

from .cases import Case, make_file
from .content import sha256_of
from .conversation import Exchange
from .plans import AtRandom, NoFaults, Plan
from .seller import Seller
from .stage import Row, Stage

DEADLINE_SECONDS = 60.0
PATIENT = 20
Result = TypeVar("Result")


@dataclass
class Run:
    """How a run went. `refusal` is what the client said if the file was not admitted at first."""

    case: Case
    exchanges: list[Exchange] = field(default_factory=list)
    refusal: Failure | None = None
    download_refusal: Failure | None = None

    def __str__(self) -> str:
        lines = [f"{self.case}; VESTIBULE_FAULTS_SEED={self.case.seed} VESTIBULE_FAULTS=1 repeats it"]
        return "\n".join([*lines, *(f"  {number}. {exchange}" for number, exchange in enumerate(self.exchanges, 1))])


class Hung(AssertionError):
    """It did not end in time."""


class Untruth(AssertionError):
    """The client said something that is not so, or left what must not be."""


def play(stage: Stage, case: Case, folder: Path, plan: Plan | None = None) -> Run:
    """Upload a file through faults, and if need be once more without; see to the end of it, and the bytes.

    Raises:
        AssertionError: something is not as it must be; a note says how to repeat it.
    """
    run, product = Run(case), stage.product()
    try:
        _play(stage, run, product, folder, plan or AtRandom(case.seed, case.probability))
    except BaseException as error:
        run.exchanges = run.exchanges or stage.proxy.exchanges
        error.add_note(str(run))
        raise
    finally:
        stage.proxy.follow(NoFaults())
        stage.forget(product)
    return run


def _play(stage: Stage, run: Run, product: str, folder: Path, plan: Plan) -> None:
    case, states = run.case, folder / "states"
    path, sha256 = make_file(case, folder)
    calm, seller = Seller(stage, states, PATIENT, calm=True), Seller(stage, states, case.attempts, calm=False)
    replaced = _first_version(calm, product, folder) if case.replaces else None
    before = stage.rows(product)
    stage.proxy.follow(plan)
    try:
        file = within(DEADLINE_SECONDS, lambda: seller.upload(path, product, case, replaced), "the upload")
    except Failure as refusal:
        run.refusal = refusal
        run.exchanges = stage.proxy.exchanges
        _check_refusal(refusal, [row for row in stage.rows(product) if row not in before])
        stage.proxy.follow(NoFaults())
        file = within(DEADLINE_SECONDS, lambda: calm.upload(path, product, case, replaced), "the repair")
    check_admitted(stage, product, file, sha256, replaced)
    if case.downloads:
        _download(stage, run, (calm, seller), file, folder, sha256)
    run.exchanges = run.exchanges or stage.proxy.exchanges
    if left := list(states.rglob("*.json")):
        raise Untruth(f"the file is admitted, and is still remembered as unfinished: {left}")


def _first_version(calm: Seller, product: str, folder: Path) -> str:
    path = folder / "first version.bin"
    path.write_bytes(b"first")
    return calm.upload(path, product, Case(0, "deliverable", "post", 5, False, False, 0.0, 20), None).id


def _check_refusal(refusal: Failure, rows: list[Row]) -> None:
    said = str(refusal)
    if len(said) < 10 or "Traceback" in said or not said.rstrip().endswith((".", "…")):
        raise Untruth(f"this is no clear message: {said!r}")
    for secret in ("X-Amz-", "AWS4-HMAC", "uploadId", "eyJ", "<html"):
        if secret in said + refusal.advice:
            raise Untruth(f"the message shows {secret}: {said!r}")
    live = [row for row in rows if row.state == "live"]
    if len(live) > 1:
        raise Untruth(f"refused, and {len(live)} files are there")


def check_admitted(stage: Stage, product: str, file: File, sha256: str, replaced: str | None) -> None:
    """Exactly this file is there, once, byte for byte; and what it replaced is no longer live.

    Raises:
        Untruth: it is not so.
    """
    rows = {row.id: row for row in stage.rows(product)}
    live = [row for row in rows.values() if row.state == "live"]
    if [row.id for row in live] != [file.id]:
        raise Untruth(f"expected the one live file {file.id}, and found {live}")
    states = [rows[replaced].state] if replaced else []
    if states != (["superseded"] if replaced else []) or len(rows) != 1 + len(states):
        raise Untruth(f"expected one new file, and found {list(rows.values())}")
    if live[0].version != 1 + len(states) or file.version != live[0].version or file.size != live[0].size:
        raise Untruth(f"expected the answer {file} to be the row {live[0]}")
    if (stored := stage.stored_sha256(live[0])) != sha256:
        raise Untruth(f"expected SHA-256 {sha256}, and stored was {stored}")
    if file.sha256 not in (sha256, None) or (file.kind == "deliverable" and file.sha256 is None):
        raise Untruth(f"expected the answer to say SHA-256 {sha256}, and it said {file.sha256}")


def _download(stage: Stage, run: Run, sellers: tuple[Seller, Seller], file: File, folder: Path, sha256: str) -> None:
    target, (calm, seller) = folder / "got", sellers
    try:
        within(DEADLINE_SECONDS, lambda: seller.download(file, target), "the download")
    except Failure as refusal:
        run.download_refusal = refusal
        run.exchanges = run.exchanges or stage.proxy.exchanges
        _check_refusal(refusal, [])
        if target.exists():
            raise Untruth("the download was refused, and its file is there") from None
        stage.proxy.follow(NoFaults())
        within(DEADLINE_SECONDS, lambda: calm.download(file, target), "the download without faults")
    with target.open("rb") as got:
        if sha256_of(got) != sha256:
            raise Untruth("the download says that it succeeded, and has other bytes")
    if left := [path for path in folder.iterdir() if path.suffix == ".part"]:
        raise Untruth(f"the download has succeeded, and left {left}")


def within(seconds: float, work: Callable[[], Result], what: str) -> Result:
    """Do it in a thread, and wait for its end.

    Raises:
        Hung: it took longer; the message says where its threads stood.
        Whatever the work raises.
    """
    box: list[Result] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            box.append(work())
        except BaseException as error:  # noqa: BLE001 (handed on)
            raised.append(error)

    thread = threading.Thread(target=run, name=what, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        frames = "\n".join(
            f"--- {name}\n" + "".join(traceback.format_stack(frame)[-6:]) for name, frame in _frames().items()
        )
        raise Hung(f"{what} did not end within {seconds} s\n{frames}")
    if raised:
        raise raised[0]
    return box[0]


def _frames() -> dict[str, FrameType]:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return {f"{names.get(ident, '?')} ({ident})": frame for ident, frame in sys._current_frames().items()}
