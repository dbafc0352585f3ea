"""Several files at once, over one pool of connections: few large ones, and more small ones besides."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..answers import File
from ..problems import Failure, NotSignedIn, Stopped, Unreachable
from .destination import Destination
from .engine import Engine
from .meter import OnProgress
from .tools import Tools

JOBS = 3
SMALL_JOBS = 8
SMALL_BYTES = 4 * 1024 * 1024
_BREAKS_OFF = (NotSignedIn, Unreachable, Stopped)
"""The other files would fare no better, each after a long time."""


@dataclass(frozen=True, slots=True)
class Task:
    """A file and where it goes."""

    path: Path
    destination: Destination


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: one of the two is set."""

    task: Task
    file: File | None
    failure: Failure | None


class Uploads:
    """Runs tasks. `jobs` files travel at once; small ones, for which the way is longer than the sending, more.

    Run the same tasks again after a failure: what was admitted is reported as it is, and not uploaded twice.
    """

    def __init__(self, tools: Tools, jobs: int = JOBS, small_jobs: int = SMALL_JOBS) -> None:
        self._tools = tools
        self._jobs = max(1, jobs)
        self._small_jobs = max(self._jobs, small_jobs)

    def run(
        self,
        tasks: Sequence[Task],
        on_outcome: Callable[[Outcome], None],
        on_progress: OnProgress | None = None,
    ) -> None:
        """Upload all. `on_outcome` is told of each, one at a time; of those that were never begun, too.

        Raises:
            Problem, Unreachable, NotSignedIn: not even the limits could be asked for.
        """
        if not tasks:
            return
        self._tools.states.tidy(time.time())
        engine = Engine(self._tools, self._tools.api.kinds())
        small, large = deque[Task](), deque[Task]()
        for task in tasks:
            (small if _size(task.path) <= SMALL_BYTES else large).append(task)
        work = _Work(engine, on_outcome, on_progress)
        threads = [
            threading.Thread(target=work.off, args=[queues], name="upload", daemon=True)
            for queues in [[large, small]] * min(self._jobs, len(tasks))
            + [[small]] * min(self._small_jobs - self._jobs, len(small))
        ]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():
                    thread.join(0.2)
        except BaseException:
            self._tools.stop.ask()
            raise
        if work.finish([*large, *small]):
            engine.forget_admitted()


class _Work:
    """What the threads share."""

    def __init__(self, engine: Engine, on_outcome: Callable[[Outcome], None], on_progress: OnProgress | None) -> None:
        self._engine = engine
        self._on_outcome = on_outcome
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._broken_off: Failure | None = None
        self._bug: BaseException | None = None
        self._has_failures = False

    def off(self, queues: Sequence[deque[Task]]) -> None:
        """Work off the queues, the first one first."""
        try:
            for queue in queues:
                while self._broken_off is None and self._bug is None:
                    try:
                        task = queue.popleft()
                    except IndexError:
                        break
                    self._one(task)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            self._bug = error

    def finish(self, never_begun: Sequence[Task]) -> bool:
        """Tell of those that were never begun; returns whether all were admitted."""
        if self._bug is not None:
            raise self._bug
        for task in never_begun:
            self._tell(Outcome(task, None, self._broken_off))
        return not self._has_failures

    def _one(self, task: Task) -> None:
        def admitted(file: File) -> None:
            self._tell(Outcome(task, file, None))

        try:
            self._engine.upload(task.path, task.destination, self._on_progress, admitted)
        except Failure as failure:
            if isinstance(failure, _BREAKS_OFF):
                self._broken_off = self._broken_off or failure
            self._tell(Outcome(task, None, failure))

    def _tell(self, outcome: Outcome) -> None:
        with self._lock:
            self._has_failures = self._has_failures or outcome.failure is not None
            self._on_outcome(outcome)


def _size(path: Path) -> int:
    """Zero for what cannot be looked at: it will be refused soon enough."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
