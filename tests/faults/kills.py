"""The command is killed in the middle of a large file, and run again until it ends: what was sent, how often, and why."""

import json
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .command import Command, Ended
from .content import write_file
from .conversation import Exchange
from .kinds import Position
from .plans import NoFaults
from .stage import Stage

MAX_SECONDS = 600.0


@dataclass
class Sent:
    """How often each part was sent, and at how many kills it was in flight."""

    times: Counter[int] = field(default_factory=Counter)
    in_flight: Counter[int] = field(default_factory=Counter)

    def add(self, exchanges: list[Exchange], killed_at: float | None) -> None:
        """Count one start of the command: all that came of it, also what its system sent on after its death."""
        parts = [exchange for exchange in exchanges if exchange.part_number is not None]
        self.times.update(exchange.part_number for exchange in parts if exchange.part_number)
        if killed_at is not None:
            late = {part.part_number for part in parts if part.ended is None or part.ended >= killed_at}
            self.in_flight.update(number for number in late if number)

    def check(self) -> None:
        """Raise if a part was sent more than once more than it was in flight.

        Raises:
            AssertionError: it was.
        """
        for number, times in self.times.items():
            flights = self.in_flight[number]
            assert times <= 1 + flights, (
                f"part {number} was sent {times} times, and {flights} times in flight at a kill"
            )


@dataclass
class Killed:
    """An upload that survived its kills."""

    size: int
    starts: list[Ended]
    sent: Sent
    seconds: float

    def lines(self) -> list[str]:
        """What to tell of it."""
        kills, often = len(self.starts) - 1, Counter(self.sent.times.values())
        peak = max(ended.peak_bytes for ended in self.starts) / 2**20
        times = ", ".join(f"{count} sent {times} ×" for times, count in sorted(often.items()))
        flights = sum(self.sent.in_flight.values())
        return [
            f"✓ {self.size:,} bytes, killed {kills} times, identical at the end, in {self.seconds:.0f} s",
            f"  parts: {times}; in flight at the kills: {flights}",
            f"  peak memory of the client: {peak:.0f} MiB",
        ]


class Home:
    """A signed-in user of the command."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.folder = stage, folder / "home"
        self.folder.mkdir()
        outputs = self.folder / "outputs.json"
        outputs.write_text(json.dumps(stage.outputs()))
        seller = stage.stack.seller
        words = ["login", "--stack", str(outputs), "--email", seller.email, "--password-stdin"]
        ended = Command(self.folder, *words, given=f"{seller.password}\n").wait(60)
        assert ended.code == 0, ended.complained

    def upload(self, path: Path, product: str, *more: str) -> Command:
        """Start to upload a file."""
        return Command(self.folder, "upload", str(path), "--product", product, "--json", *more)


def admitted_file(ended: Ended) -> dict[str, Any]:
    """What the command says it uploaded.

    Raises:
        AssertionError: it says something else.
    """
    assert ended.code == 0, f"status {ended.code}: {ended.said} {ended.complained}"
    (line,) = ended.said.splitlines()
    said: dict[str, Any] = json.loads(line)
    assert said["status"] == "admitted", said
    file: dict[str, Any] = said["file"]
    return file


def signal_after(stage: Stage, command: Command, part_bytes: int, number: int) -> list[float]:
    """Send a signal as soon as so many bytes of parts have come through; the list gets the time of it."""
    lock, came, sent = threading.Lock(), Counter[int](), list[float]()

    def count(exchange: Exchange) -> None:
        if exchange.position != Position.PART:
            return
        with lock:
            came[id(exchange)] = exchange.received_bytes
            if not sent and came.total() >= part_bytes:
                sent.append(time.monotonic())
                command.signal(number)

    stage.proxy.on_bytes = count
    return sent


def signal_at(stage: Stage, command: Command, position: Position, number: int) -> None:
    """Send a signal as soon as this request comes."""

    def look(exchange: Exchange) -> None:
        if exchange.position == position:
            command.signal(number)

    stage.proxy.on_request = look


def settled(stage: Stage, seconds: float = 30) -> list[Exchange]:
    """All that came through, once nothing comes any more."""
    deadline = time.monotonic() + seconds
    while any(exchange.open for exchange in stage.proxy.exchanges):
        assert time.monotonic() < deadline, "an exchange does not end"
        time.sleep(0.01)
    return stage.proxy.exchanges


def kill_and_resume(stage: Stage, folder: Path, size: int, kills: int, seed: int) -> Killed:
    """Upload `size` bytes, and kill the command `kills` times on the way.

    Raises:
        AssertionError: the file is not there once and identical, or a part was sent too often.
    """
    chance, product, home = random.Random(f"kills {seed}"), stage.product(), Home(stage, folder)
    path = folder / "film.bin"
    sha256 = write_file(path, size, seed)
    sent, starts, held, began = Sent(), list[Ended](), 0, time.monotonic()
    for start in range(kills + 1):
        stage.proxy.follow(NoFaults())
        command = home.upload(path, product)
        share = int(chance.uniform(0.05, 0.8) * (size - held))
        at = signal_after(stage, command, share, signal.SIGKILL) if start < kills else []
        starts.append(command.wait(MAX_SECONDS))
        exchanges = settled(stage)
        sent.add(exchanges, at[0] if at else None)
        held += sum(
            exchange.declared_bytes for exchange in exchanges if exchange.part_number and exchange.status == 200
        )
        assert (starts[-1].code == -signal.SIGKILL) == (start < kills), starts[-1]
    seconds = time.monotonic() - began
    file = admitted_file(starts[-1])
    (row,) = stage.rows(product)
    assert (row.id, row.size, row.state) == (file["id"], size, "live")
    assert stage.stored_sha256(row) == sha256 == file["sha256"]
    sent.check()
    stage.forget(product)
    return Killed(size, starts, sent, seconds)
