"""Somebody who is signed in, to the clients."""


class OneToken:
    """The one token that there is: what a refused one is renewed to."""

    def __init__(self, token: str) -> None:
        self._token = token

    def id_token(self) -> str:
        return self._token

    def renewed(self, refused: str) -> str:
        return self._token
