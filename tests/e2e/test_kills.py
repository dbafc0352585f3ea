"""The packaged confirm is killed (SIGKILL) before and after each of its calls to AWS, in an order of chance.

    VESTIBULE_KILLS_SEED=7    another order
    VESTIBULE_KILLS=1000      more kills

The emulator enforces signatures and permissions; no Terraform is needed. A proxy between the two holds the call back, or
its answer, until the process is dead. Then nothing may have changed before the commit, and all of it after; a repeat by
a new process is answered what it should be.
"""

import hashlib
import queue
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.bootstrap import Stack, bootstrap
from local.emulator import emulator
from local.processes import choose_port
from tests.behind import Rows, all_rows, check, files, taken, usage, vault_objects
from tests.faults.conversation import Exchange
from tests.faults.plans import AtCall, NoFaults
from tests.faults.proxy import Proxy, fault_proxy
from tests.kills.packaged_app import packaged_app
from tests.kills.shop import Shop, Upload
from tests.kills.stories import POINTS, STORIES, Point, points
from tests.log_lines import keep_text
from tests.proving import number_given
from tests.tally import Proven

KILLS = number_given("VESTIBULE_KILLS", 200)
SEED = number_given("VESTIBULE_KILLS_SEED", 1)
PER_PRODUCT = 9
"""Kills on each product: each may leave two images, of at most twenty."""
WAIT_SECONDS = 30.0


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with fault_proxy() as proxy:
        yield proxy


@pytest.fixture(scope="module")
def stack(proxy: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with emulator(choose_port(0, "EMULATOR_PORT"), tmp_path_factory.mktemp("kills")) as endpoint:
        proxy.aws.lead_to(endpoint)
        yield bootstrap(endpoint, "https://shop.example")


@pytest.fixture(scope="module")
def shop(packaged: Path, stack: Stack, proxy: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(packaged / "deployment.zip") as archive:
        archive.extractall(folder)
    log = tmp_path_factory.mktemp("log") / "function.log"
    environment = stack.environment | {"AWS_ENDPOINT_URL": proxy.aws.url, "VESTIBULE_MAX_STAGED_UPLOADS": "1000"}
    with packaged_app(folder, environment, log) as app:
        yield Shop(app, stack)
    keep_text("\n".join(line for line in log.read_text().splitlines() if line.startswith("{")))


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=WAIT_SECONDS) as http:
        yield http


class Killer:
    """Kills confirms, and counts where."""

    def __init__(self, shop: Shop, proxy: Proxy) -> None:
        self.shop, self.proxy = shop, proxy
        self.killed = Counter[Point]()

    def kill(self, point: Point, upload: Upload) -> None:
        """Let a confirm begin, and kill it at this point."""
        held = queue.Queue[Exchange]()
        self.proxy.follow(AtCall(point.number, point.moment))
        self.proxy.on_silence = held.put
        self.shop.app.begin(self.shop.confirmation(upload))
        try:
            call = held.get(timeout=WAIT_SECONDS).position
        except queue.Empty:
            raise AssertionError(f"no such call came: {self.proxy.exchanges}") from None
        self.shop.app.kill()
        self.proxy.follow(NoFaults())
        assert call == point.call
        self.killed[point] += 1

    def play(self, point: Point, upload: Upload, before: Rows) -> Rows:
        """Kill a confirm, look at what is there, repeat it, and look again; returns the rows at the end."""
        shop = self.shop
        self.kill(point, upload)
        after = shop.rows_of(upload.product)
        check(after, shop.vault_of(upload.product))
        if point.has_committed:
            assert after[upload.key]["state"]["S"] == "live"
        else:
            assert after == before, "something has changed before the commit"
        (answer,) = shop.app.call(shop.confirmation(upload))
        assert answer.status == (200 if point.has_committed else 201), answer
        repeated = shop.rows_of(upload.product)
        check(repeated, shop.vault_of(upload.product))
        assert not point.has_committed or repeated == after, "the repeat has changed something"
        check_admitted(upload, before, repeated, is_new=not point.story.again)
        row = repeated[upload.key]
        assert (answer.body["id"], answer.body["size"]) == (upload.file_id, int(row["size"]["N"]))
        return repeated


def check_admitted(upload: Upload, before: Rows, after: Rows, *, is_new: bool) -> None:
    """The upload has become one live file, counted once; what it replaces is superseded; nothing else has changed."""
    added = after.keys() - before.keys()
    assert added - {("O#" + after[upload.key]["owner"]["S"], "usage")} == ({upload.key} if is_new else set())
    row, size = after[upload.key], len(upload.story.content)
    owner = row["owner"]["S"]
    (bytes_before, files_before), (bytes_after, files_after) = usage(before).get(owner, (0, 0)), usage(after)[owner]
    assert (bytes_after - bytes_before, files_after - files_before) == ((size, 1) if is_new else (0, 0))
    assert (row["state"]["S"], int(row["size"]["N"])) == ("live", size)
    if upload.replaces is not None:
        replaced = after[upload.key[0], f"{upload.story.kind}#{upload.replaces}"]
        assert replaced["state"]["S"] == "superseded"
        assert int(row["version"]["N"]) == int(replaced["version"]["N"]) + 1
    changed = {key for key in before if before[key] != after[key]}
    allowed = {(upload.key[0], "product"), (f"O#{owner}", "usage")}
    if upload.replaces is not None:
        allowed.add((upload.key[0], f"{upload.story.kind}#{upload.replaces}"))
    assert changed <= (allowed if is_new else set())


def prepare(shop: Shop, drawn: list[Point], http: httpx.Client) -> list[Upload]:
    """An upload for each point, arrived, and confirmed where its story is of a confirm that comes again."""
    products = shop.products(-(-len(drawn) // PER_PRODUCT))
    places = [(point.story, products[at // PER_PRODUCT]) for at, point in enumerate(drawn)]
    firsts = shop.arrive([(story, product, None) for story, product in places if story.replaces], http)
    confirm_all(shop, firsts, 201)
    replaced = iter(firsts)
    uploads = shop.arrive(
        [(story, product, next(replaced).file_id if story.replaces else None) for story, product in places], http
    )
    confirm_all(shop, [upload for upload in uploads if upload.story.again], 201)
    return uploads


def confirm_all(shop: Shop, uploads: list[Upload], status: int) -> None:
    """By one process, which nobody kills."""
    answers = shop.app.call(*map(shop.confirmation, uploads))
    assert [answer.status for answer in answers] == [status] * len(uploads), answers


def test_an_undisturbed_confirm_makes_the_calls_of_the_design(shop: Shop, proxy: Proxy, http: httpx.Client) -> None:
    uploads = prepare(shop, [Point(story, 0, POINTS[0].moment) for story in STORIES], http)
    for upload in uploads:
        proxy.follow(NoFaults())
        confirm_all(shop, [upload], 200 if upload.story.again else 201)
        assert tuple(exchange.position for exchange in proxy.exchanges) == upload.story.calls, upload.story


def test_a_confirm_that_is_killed_anywhere_is_repaired_by_its_repeat(
    shop: Shop, proxy: Proxy, http: httpx.Client, proven: Proven
) -> None:
    print(f"\n{KILLS} kills; VESTIBULE_KILLS_SEED={SEED} repeats them")
    drawn = points(SEED, KILLS)
    uploads = prepare(shop, drawn, http)
    killer, rows, began = Killer(shop, proxy), Rows(), time.monotonic()
    for at, (point, upload) in enumerate(zip(drawn, uploads, strict=True)):
        before = rows if at % PER_PRODUCT else shop.rows_of(upload.product)
        try:
            rows = killer.play(point, upload, before)
        except AssertionError as error:
            error.add_note(f"kill {at + 1} of {KILLS}, VESTIBULE_KILLS_SEED={SEED}: {point}")
            raise
    print(f"killed, examined and repeated in {time.monotonic() - began:.1f} s")
    check_whole_shop(shop, uploads)
    proven("kills (SIGKILL) of the packaged confirm, on the emulator with signatures and policies", KILLS)
    proven("points at which it was killed", len(killer.killed))
    assert killer.killed == Counter(drawn)
    assert killer.killed.keys() == set(POINTS) or len(POINTS) > KILLS, "a point was never hit"


def check_whole_shop(shop: Shop, uploads: list[Upload]) -> None:
    """All rows against all objects, the seller's usage, every byte; and all confirms answer the same once more."""
    rows, vault = all_rows(shop.stack), vault_objects(shop.stack)
    check(rows, vault)
    assert usage(rows) == taken(rows)
    reminders = [row for row in rows.values() if "due_at" in row]
    superseded = [row for row in files(rows).values() if row["state"]["S"] == "superseded"]
    assert len(reminders) == len(superseded)
    for upload in uploads:
        stored = shop.stored_sha256(rows[upload.key]["key"]["S"])
        assert stored == hashlib.sha256(upload.story.content).hexdigest(), upload
    named = {row["key"]["S"] for row in files(rows).values()}
    assert vault.keys() == named, "an object that no row names is left"
    confirm_all(shop, uploads, 200)
    assert all_rows(shop.stack) == rows
