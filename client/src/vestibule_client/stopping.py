"""Being asked to stop: checked between pieces, and waking whoever waits."""

import threading
import weakref

from .problems import Stopped


class Stop:
    """A request to stop, from a signal or because something failed. Asking it asks its children too."""

    def __init__(self, parent: "Stop | None" = None) -> None:
        self._parent = parent  # kept, so that whoever asked it first is heard by its children's children
        self._event = threading.Event()
        self._children: weakref.WeakSet[Stop] = weakref.WeakSet()
        self._lock = threading.Lock()

    @property
    def asked(self) -> bool:
        """Whether it was asked."""
        return self._event.is_set()

    def ask(self) -> None:
        """Stop soon."""
        with self._lock:
            self._event.set()
            children = list(self._children)
        for child in children:
            child.ask()

    def check(self) -> None:
        """Go on only if nobody asked.

        Raises:
            Stopped: somebody did.
        """
        if self.asked:
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            Stopped: somebody asked before the end.
        """
        if self._event.wait(seconds):
            raise Stopped

    def child(self) -> "Stop":
        """One that can be asked alone."""
        child = Stop(self)
        with self._lock:
            self._children.add(child)
        if self.asked:
            child.ask()
        return child
