"""What all uploads of one run share, and what one of them has for itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..api import Api
from ..source import SENT_PIECE_BYTES, Source
from ..state import StateStore
from ..stopping import Stop
from ..storage import Storage
from .meter import Meter
from .pace import Lanes


@dataclass(frozen=True, slots=True)
class Tools:
    """One service, one pool of connections, one limit on what travels at once, one request to stop."""

    api: Api
    storage: Storage
    states: StateStore
    lanes: Lanes
    stop: Stop


@dataclass(frozen=True, slots=True)
class Transfer:
    """One file on its way. `stop` is asked when this one fails, too."""

    tools: Tools
    source: Source
    meter: Meter
    stop: Stop

    def stream(self, offset: int, size: int, send: Callable[[Iterator[bytes]], None]) -> None:
        """Hand a range of the file to `send`, piece by piece, and count what moved; nothing, if it fails.

        Raises:
            FileChanged: the file is no longer what it was.
            Stopped: somebody asked to stop.
            Whatever `send` raises.
        """
        moved = 0

        def pieces() -> Iterator[bytes]:
            nonlocal moved
            for piece in self.source.pieces(offset, size, SENT_PIECE_BYTES):
                self.stop.check()
                yield piece
                moved += len(piece)
                self.meter.moved(len(piece))

        self.source.check_unchanged()
        try:
            send(pieces())
            self.source.check_unchanged()
        except BaseException:
            self.meter.moved(-moved)
            raise
