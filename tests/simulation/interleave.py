"""Actors, one running at a time: each call to AWS is a point where another may go on, and a schedule says which does.

`every_schedule` goes through all of them, by repeating with the last choice that has an alternative changed: whatever
an actor does after a choice, and however many calls it makes, no order of calls is left out. There are many; the number
of times that an actor is interrupted can be bounded, since nearly every race needs but one or two interruptions
(Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs", PLDI 2007).
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from greenlet import getcurrent, greenlet

READS = ("s3.Get", "s3.List", "s3.Head", "dynamodb.BatchGet", "dynamodb.Query")
"""How the names of calls begin that change nothing."""


class Crash(BaseException):
    """The end of a process: nothing catches it."""


@dataclass
class Actor:
    """Does one thing, at the time `now`. It dies before its call number `dies_at` (from 0)."""

    name: str
    act: Callable[[], Any]
    now: datetime
    dies_at: int | None = None
    expected: tuple[type[Exception], ...] = ()
    result: Any = None
    error: BaseException | None = None
    ended: bool = False
    calls: int = 0
    next_call: str = ""
    has_read: set[str] = field(default_factory=set)
    _thread: "_ActorsThread" = field(init=False)

    def begin(self) -> None:
        """Go as far as the first call."""
        self._thread = _ActorsThread(self)
        self._thread.switch()

    def go_on(self) -> None:
        """Do the call, and go as far as the next one."""
        self._thread.switch()

    def run(self) -> None:
        """What its thread does."""
        try:
            self.result = self.act()
        except BaseException as error:  # noqa: BLE001 (handed to whoever runs the schedule)
            self.error = error
        self.ended = True

    def pause(self, call: str) -> None:
        """Before a call: whoever runs the schedule goes on."""
        if self.calls == self.dies_at:
            raise Crash
        self.next_call = call
        self._thread.scheduler.switch()
        self.calls += 1

    def stop(self) -> None:
        """End its process where it waits: no call of it is made any more."""
        self._thread.throw(Crash)

    @property
    def failed(self) -> bool:
        """Whether it ended in a way nobody expected."""
        return self.error is not None and not isinstance(self.error, (Crash, *self.expected))


class _ActorsThread(greenlet):  # type: ignore[misc]
    """A thread that only changes where we say so; as cheap as a call."""

    def __init__(self, actor: Actor) -> None:
        super().__init__(actor.run)
        self.actor, self.scheduler = actor, getcurrent()


def current() -> Actor | None:
    """The actor of this thread, if it is one's."""
    return getattr(getcurrent(), "actor", None)


def yield_point(call: str) -> None:
    """Before each call: others may go first."""
    actor = current()
    if actor is not None:
        actor.pause(call)


@dataclass(frozen=True)
class Choice:
    """One of so many actors that could go on. If the one before could, it is the first of them, and not interrupted."""

    chosen: int
    of: int
    can_interrupt: bool

    @property
    def interrupts(self) -> bool:
        return self.can_interrupt and self.chosen > 0


@dataclass
class Schedule:
    """What was done, in order: which of how many actors that could go on, and what it then did."""

    choices: list[Choice] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(f"  {number:3} {step}" for number, step in enumerate(self.steps))


def play(actors: Sequence[Actor], choose: Callable[[int], int], after_step: Callable[[], None]) -> Schedule:
    """Let the actors go on, one at a time, until all have ended; look after each step that may have changed anything."""
    schedule, before = Schedule(), None
    try:
        for actor in actors:
            actor.begin()
        while waiting := [actor for actor in actors if not actor.ended]:
            waiting.sort(key=lambda actor: actor is not before)
            choice = Choice(choose(len(waiting)), len(waiting), can_interrupt=waiting[0] is before)
            schedule.choices.append(choice)
            actor = before = waiting[choice.chosen]
            call = actor.next_call
            schedule.steps.append(f"{actor.name}: {call}")
            actor.go_on()
            if actor.ended and actor.error is not None:
                schedule.steps.append(f"{actor.name} ends: {actor.error!r}")
            if not call.startswith(READS):
                after_step()
        for actor in actors:
            if actor.failed:
                raise AssertionError(f"{actor.name} failed") from actor.error
    except AssertionError as error:
        error.add_note(f"schedule {[choice.chosen for choice in schedule.choices]}\n{schedule}")
        _end(actors)
        raise
    return schedule


def _end(actors: Sequence[Actor]) -> None:
    for actor in actors:
        if actor.next_call and not actor.ended:
            actor.stop()


def every_schedule(play_once: Callable[[Callable[[int], int]], Schedule], most_interruptions: int | None = None) -> int:
    """Play all schedules, of those with so many interruptions at most; returns how many there were."""
    played, prefix = 0, list[int]()
    while True:
        choices = play_once(_following(prefix)).choices
        played += 1
        while choices and not _has_an_alternative(choices, most_interruptions):
            choices.pop()
        if not choices:
            return played
        prefix = [choice.chosen for choice in choices]
        prefix[-1] += 1


def _has_an_alternative(choices: Sequence[Choice], most_interruptions: int | None) -> bool:
    """Whether the last choice can be changed to the next one."""
    *before, last = choices
    if last.chosen == last.of - 1:
        return False
    interruptions = sum(choice.interrupts for choice in before) + last.can_interrupt
    return most_interruptions is None or interruptions <= most_interruptions


def _following(prefix: Sequence[int]) -> Callable[[int], int]:
    given: Iterator[int] = iter(prefix)
    return lambda _: next(given, 0)


def at_random(seed: int) -> Callable[[int], int]:
    """Choices of a seed: the same ones each time."""
    return random.Random(seed).randrange
