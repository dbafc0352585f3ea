"""The real client, as a library: hurried, with small time limits, and tokens that can be renewed."""

from pathlib import Path

from vestibule_client.answers import File
from vestibule_client.api import Api
from vestibule_client.download import download
from vestibule_client.retries import Patience
from vestibule_client.state import StateStore
from vestibule_client.upload import upload

from tests.sign_in import OneToken

from .cases import Case
from .hurry import Hurry
from .stage import Stage


class Seller:
    """Somebody with `attempts` at each request; with `calm`, also with as much time for each as the client gives it."""

    def __init__(self, stage: Stage, states: Path, attempts: int, *, calm: bool) -> None:
        patience = Patience(attempts=attempts, clock=Hurry().clock())
        http = stage.calm if calm else stage.hasty
        self.api = Api(stage.proxy.api.url, OneToken(stage.token), http, patience)
        self.states = StateStore(states)

    def upload(self, path: Path, product: str, case: Case, replaced: str | None) -> File:
        """Upload a file as the case says. Raises what the client raises."""
        return upload(
            self.api,
            path,
            product,
            case.kind,
            replaces=replaced,
            strategy=case.strategy,
            states=self.states,
        )

    def download(self, file: File, place: Path) -> None:
        """Get a file back. Raises what the client raises."""
        download(self.api, file, place, states=self.states)
