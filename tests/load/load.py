"""The load: many sellers at once, through faults; and what must be true when all have been told the end of it."""

import contextlib
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import httpx

from local.buckets import VAULT
from tests.behind import all_rows, check, files, taken, usage, vault_objects
from tests.faults.plans import NoFaults
from tests.later import sweep_later

from .failing import Failing
from .figures import Figures
from .seller import Seller, Told
from .stage import Stage

LATER_HOURS = 9 * 24
"""When every orphan is old enough for the sweep, and everything can still be restored."""


@dataclass(frozen=True)
class Load:
    """How much, how many at once, and what share of the calls to AWS fails."""

    uploads: int
    sellers: int
    seed: int
    probability: float = 0.05


@dataclass
class Report:
    """What has happened."""

    load: Load
    figures: Figures
    told: list[Told]
    abandoned: int
    seconds: float
    calls: int
    faults: Counter[str]
    swept: dict[str, int]

    def lines(self) -> list[str]:
        """For people."""
        rate = len(self.told) / self.seconds
        passed = [f"{self.figures.statuses[step, status]:,} × {step} {status}" for step, status in self._refusals()]
        return [
            f"  {len(self.told):,} files admitted by {self.load.sellers} sellers in {self.seconds:.1f} s: {rate:.1f} a second",
            f"  {self.abandoned:,} uploads left behind on purpose",
            *self.figures.lines(),
            f"  {self.calls:,} calls to AWS, {self.faults.total():,} of them with a fault:",
            *(f"  {count:8,} {fault}" for fault, count in self.faults.most_common()),
            f"  refused for now: {', '.join(passed) or 'nothing'}",
            f"  found by the sweep, {LATER_HOURS // 24} days on: {self.swept or 'nothing'}",
        ]

    def _refusals(self) -> list[tuple[str, int]]:
        return sorted(one for one in self.figures.statuses if one[1] >= 400)


def run(stage: Stage, load: Load) -> Report:
    """Put the load on the stack, and examine what is there afterwards.

    Raises:
        AssertionError: something was lost, or is there twice, or was answered as it must not be.
    """
    figures, stopping = Figures(), threading.Event()
    share, more = divmod(load.uploads, load.sellers)
    with contextlib.ExitStack() as things:
        sellers = [
            Seller(
                stage.running.url,
                token,
                share + (at < more),
                f"{load.seed} {at}",
                figures,
                things.enter_context(_http()),
                stopping,
            )
            for at, token in enumerate(stage.tokens(load.sellers))
        ]
        stage.proxy.follow(Failing(load.seed, load.probability, load.sellers))
        began = time.monotonic()
        with ThreadPoolExecutor(load.sellers) as pool:
            try:
                for ended in as_completed([pool.submit(seller.run) for seller in sellers]):
                    ended.result()
            except BaseException:  # Ctrl-C too: nobody goes on
                stopping.set()
                raise
        seconds = time.monotonic() - began
    exchanges = stage.proxy.exchanges
    stage.proxy.follow(NoFaults())
    told = [one for seller in sellers for one in seller.told]
    examine(stage, figures, told)
    return Report(
        load,
        figures,
        told,
        sum(seller.abandoned for seller in sellers),
        seconds,
        len(exchanges),
        Counter(str(exchange.fault) for exchange in exchanges if exchange.fault is not None),
        sweep(stage),
    )


def _http() -> httpx.Client:
    """Of one seller: with a shared one, threads close each other's idle connections. There is no TLS on loopback.

    What a seller has to wait for is no failure: the machine may be busy with all the others.
    """
    return httpx.Client(timeout=120, verify=False)


def examine(stage: Stage, figures: Figures, told: list[Told]) -> None:
    """Nothing is lost, nothing is there twice, and all that is counted is right.

    Raises:
        AssertionError: it is not so.
    """
    unexpected = {one for one in figures.statuses if one[1] >= 500 and one[1] != 503}
    assert not unexpected, f"answered with {unexpected}"
    rows, vault = all_rows(stage.stack), vault_objects(stage.stack)
    check(rows, vault)
    assert usage(rows) == taken(rows)
    admitted = files(rows)
    keys = {(f"P#{one.product}", f"{one.kind}#{one.id}") for one in told}
    assert len(keys) == len(told), "a file was told of twice"
    assert admitted.keys() == keys, f"lost: {keys - admitted.keys()}; untold: {admitted.keys() - keys}"
    replaced = {one.replaces for one in told if one.replaces is not None}
    s3 = stage.stack.client("s3")
    for one in told:
        row = admitted[f"P#{one.product}", f"{one.kind}#{one.id}"]
        assert row["state"]["S"] == ("superseded" if one.id in replaced else "live"), row
        stored = s3.get_object(Bucket=VAULT, Key=row["key"]["S"])["Body"].read()
        assert stored == one.content, f"{one.id} has other bytes than were sent"
        assert row["sha256"]["S"] == one.sha256


def sweep(stage: Stage) -> dict[str, int]:
    """Sweep as on a later day; returns what it found. Then the vault has what rows name, and nothing else.

    Raises:
        AssertionError: it has.
    """
    _, done = sweep_later(stage.stack, LATER_HOURS)
    found: dict[str, int] = done["found"]
    rows, vault = all_rows(stage.stack), vault_objects(stage.stack)
    check(rows, vault)
    assert vault.keys() == {row["key"]["S"] for row in files(rows).values()}, "an orphan is left"
    begun = stage.stack.client("s3").list_multipart_uploads(Bucket=VAULT).get("Uploads", [])
    assert not begun, "an upload in parts is left open"
    return found
