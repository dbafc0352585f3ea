"""A story by a seed: who does what and when, which of them goes on, what breaks, how the time passes. Nothing else.

Every call is a point where another may go on, where the process may die, or a call fail; and after each one all that
must hold is looked at. In the end the time passes and the sweep runs: what is left must be what rows refer to.
"""

import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib import catalog, sweep
from chalicelib.models import Usage, usage_key
from chalicelib.problems import Problem
from chalicelib.progress import Progress
from chalicelib.renditions import NotAdmittedYet
from chalicelib.sweep_run import Run
from tests.simulation import invariants, lifecycle
from tests.simulation.deeds import COUNTED_AS, OF_SELLERS, OF_THE_SERVICE, SIZE, Cast, Nothing
from tests.simulation.environment import START, Clock, in_small
from tests.simulation.faults import CRASHES, Fault
from tests.simulation.interleave import READS, Crash, current, yield_point
from tests.simulation.invariants import Violation, must
from tests.simulation.ledger import Ledger, Player
from tests.simulation.stores import Stores

OWNERS = ("5d8d78a2-6b88-49c2-a521-b29092234934", "92c6ae1e-0e0c-4f5f-8a5f-0d4c2f5f0f6d")
LONGEST_LIFE = timedelta(minutes=15)
"""Of a function: Lambda ends it then. What goes on longer is in the scenarios."""
PASSES = [timedelta(seconds=1), timedelta(minutes=10), timedelta(hours=13), timedelta(hours=25), timedelta(days=3)]
TICKS = [timedelta(0), timedelta(milliseconds=20)]
"""Two things can happen in one moment of the clock."""
BEYOND_ALL_ROWS = timedelta(days=40)
FOCUSED = 150
"""How often a deed in the focus comes, where all others together come about a hundred times."""
UNTIL_ALL_IS_DUE = [timedelta(hours=13), timedelta(hours=25), timedelta(days=9), BEYOND_ALL_ROWS]
MOST_RUNS = 6
"""Of the sweep, each of which may die, before the time passes again."""


def point_of(actor: Player, call: str, fault: Fault) -> str:
    """Where a process died, for the count."""
    return f"{COUNTED_AS[actor.deed]}, {call}, {fault.removeprefix('crash ')}"


@dataclass
class Told:
    """What came of a story, to be counted over many."""

    ways: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    calls: int = 0

    def add(self, other: "Told") -> None:
        for name in ("ways", "outcomes", "crashes", "faults"):
            getattr(self, name).update(getattr(other, name))
        self.calls += other.calls


@dataclass(repr=False)
class Story:
    """Told once, over stores that are emptied for it.

    With a `focus` one deed (or those that are counted as one) comes up far more often, among things of every state, and dies at its calls: before or after
    each, until `told` counts `enough` of that; and does not hear their answers, for what is only called after that.
    """

    stores: Stores
    seed: int
    focus: str | None = None
    enough: int = 0
    told: Told = field(default_factory=Told)
    trace: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.players: list[Player] = []
        self.fault_rate = 0.5 if self.focus else self.chance.choice([0, 0.02, 0.08])
        self.is_long = self.chance.random() < 0.1

    def tell(self) -> Told:
        """All of it.

        Raises:
            Violation: something that must hold does not; its notes have the seed and what happened.
        """
        with in_small(self.seed):
            try:
                self._set_the_stage()
                self._play()
                self._end()
            except AssertionError as error:
                error.add_note(
                    "\n".join([*self.trace, f"seed {self.seed}: pytest tests/simulation --seed {self.seed}"])
                )
                raise
        self.told.ways.update(self.ledger.ways)
        return self.told

    def tell_aloud(self) -> None:
        """The same, and print what happens in it, however it ends."""
        try:
            self.tell()
        finally:
            print(*self.trace, sep="\n")

    def _set_the_stage(self) -> None:
        self.stores.clear()
        self.stores.now = Clock.moment = START
        self.stores.smallest_part = 1
        self.ledger = Ledger(self.stores)
        self.cast = Cast(self.stores, self.ledger, self.chance, self.told.outcomes)
        for owner in OWNERS:
            for _ in range(self.chance.choice([1, 2])):
                catalog.create_product(owner, "Brush set")
        Usage(*usage_key(OWNERS[1]), quota=5 * SIZE).save()
        Progress("SWEEP", "reminders", since=START.date().isoformat()).save()
        self.stores.table.wrote = self.ledger.wrote
        self.stores.created = self._created
        self.stores.before_call = yield_point
        if self.focus:
            for owner in OWNERS:
                self._prepare(owner)
        self.stores.fault = self._fault

    def _prepare(self, owner: str) -> None:
        """Files of both kinds, older versions, what was deleted, what was only sent, and copies of confirms that died."""
        for deed in ("upload", "upload", "upload", "replace", "delete", *["begin and send"] * 4):
            with contextlib.suppress(Nothing, Problem):
                OF_SELLERS[deed][0](self.cast, owner)
        for number in range(2):
            with contextlib.suppress(Nothing, Problem):
                upload = self.cast.begin(owner)
                self.cast.send(upload)
                dies = Player(
                    f"confirm {-number}",
                    partial(self.cast.confirm, upload),
                    self.stores.now,
                    owner=owner,
                    deed="confirm",
                )
                dies.begin()
                while not dies.ended and dies.next_call != "dynamodb.TransactWriteItems":
                    dies.go_on()
                if not dies.ended:
                    dies.stop()

    def _created(self, key: str) -> None:
        if key.startswith("images/"):
            self.cast.events += [(key, 0)] * self.chance.choice([0, 1, 1, 1, 1, 2])

    def _fault(self, name: str) -> Fault | None:
        actor = current()
        if not isinstance(actor, Player) or self.chance.random() >= self.fault_rate:
            return None
        if self.focus:
            deaths = [fault for fault in CRASHES if self.told.crashes[point_of(actor, name, fault)] < self.enough]
            fault = self.chance.choice([*deaths * 8, Fault.LOST, *[None] * 9])
            if COUNTED_AS[actor.deed] != self.focus or fault is None:
                return None
        else:
            fault = self.chance.choice(list(Fault))
        self.told.faults[f"{fault}"] += 1
        if fault in CRASHES:
            self.told.crashes[point_of(actor, name, fault)] += 1
        self.trace.append(f"      {fault}: {actor.name}, {name}")
        return fault

    def _play(self) -> None:
        deeds = self.chance.randint(6, 16) * (3 if self.focus else 1)
        while deeds or self.players:
            lot = self.chance.random()
            if deeds and len(self.players) < 4 and (not self.players or lot < 0.2):
                for _ in range(5):
                    if self._begins_one(deeds):
                        break
                deeds -= 1
            elif not self.players or lot > 0.985:
                self._pass(self.chance.choice(PASSES))
            else:
                self._go_on(self.chance.choice(self.players))
            if not deeds and not self.players and self.is_long:
                self.is_long, deeds = False, 3
                self._run_twice_after(BEYOND_ALL_ROWS)

    def _begins_one(self, number: int) -> bool:
        """A deed begins; or not, for want of anything to do it to."""
        is_sellers = self.chance.random() < 0.72
        deeds: dict[str, tuple[Any, int, bool]] = OF_SELLERS if is_sellers else OF_THE_SERVICE
        weights = [FOCUSED if COUNTED_AS[name] == self.focus else weight for name, (_, weight, _) in deeds.items()]
        (name,) = self.chance.choices(list(deeds), weights)
        do, _, writes = deeds[name]
        owner = self.chance.choice(OWNERS) if is_sellers else None
        act = partial(do, self.cast, owner) if is_sellers else partial(do, self.cast)
        player = Player(f"{name} {number}", act, self.stores.now, owner=owner, deed=name, writes=writes)
        self._begins(player)
        return not isinstance(player.error, Nothing)

    def _begins(self, player: Player) -> None:
        self.players.append(player)
        self.trace.append(f"    {player.name} begins, for {player.owner and OWNERS.index(player.owner)}")
        player.begin()
        self._ended(player)

    def _go_on(self, player: Player) -> None:
        self.stores.now += self.chance.choice(TICKS)
        player.now = Clock.moment = self.stores.now
        self.trace.append(f"  {player.name}: {player.next_call}")
        self.told.calls += 1
        call = player.next_call
        player.go_on()
        self._ended(player)
        if not call.startswith(READS):
            invariants.check(self.stores, self.ledger.seen)

    def _ended(self, player: Player) -> None:
        if not player.ended:
            return
        self.players.remove(player)
        error = player.error
        if error is None:
            self.told.outcomes[player.deed] += 1
            return
        self.trace.append(f"    {player.name} ends: {type(error).__name__}: {error}"[:200])
        if isinstance(error, Nothing):
            return
        if not isinstance(error, (Crash, Problem, NotAdmittedYet)):
            raise Violation(f"{player.name} failed: {error}") from error
        self.told.outcomes[f"{player.deed}: {type(error).__name__}"] += 1

    def _pass(self, time: timedelta) -> None:
        """The time passes. Whoever is under way for too long is ended."""
        self.stores.now += time
        Clock.moment = self.stores.now
        self.trace.append(f"  {time} pass: {self.stores.now}")
        for player in [one for one in self.players if self.stores.now - one.began > LONGEST_LIFE]:
            player.stop()
            self.players.remove(player)
            self.trace.append(f"    {player.name} is ended")

    def _sweep_until_all_is_done(self) -> None:
        """The sweep alone, as the time passes: it dies and comes again, and each time comes to its end at last.

        (One that dies for a month finds objects whose final rows have expired, and puts tombstones for them.)
        """
        for time in UNTIL_ALL_IS_DUE:
            self._pass(time)
            if self.chance.random() < 0.2:  # it is late mostly, so that there are old uploads in parts for the sweep
                lifecycle.expire(self.stores)
            for number in range(MOST_RUNS):
                player = Player(f"sweep {-number}", self.cast.run_sweep, self.stores.now, deed="sweep")
                self._begins(player)
                while not player.ended:
                    self._go_on(player)
            self._sweep()

    def _run_twice_after(self, time: timedelta) -> None:
        for _ in range(2):
            self._pass(time)
            lifecycle.expire(self.stores)
            self._sweep()

    def _sweep(self) -> None:
        run = Run(self.stores.now)
        sweep.sweep(run)
        must(not run.failed and not run.exhausted, "the sweep did not come to its end")
        invariants.check(self.stores, self.ledger.seen)

    def _end(self) -> None:
        """Everybody stops; the lifecycle and two runs of the sweep leave nothing that no row refers to."""
        if self.focus == "sweep":
            self._sweep_until_all_is_done()
        self.fault_rate = 0
        self._run_twice_after(timedelta(days=9))
        invariants.check_nothing_is_left(self.stores, self.ledger.seen)
        must(not self.stores.multiparts, "an upload in parts is left open")
