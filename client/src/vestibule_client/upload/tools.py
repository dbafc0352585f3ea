"""What all uploads of one run share, and what one of them has for itself."""

from dataclasses import dataclass

from ..api import Api
from ..source import Source
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
