"""Who uploads: a signed-in seller of one stack, whose ID token is always good for a while yet."""

import threading
import time
from collections.abc import Callable, Mapping

import httpx

from .cognito import Cognito, Issued
from .credentials import Credentials, CredentialStore, Remembered
from .problems import BadStack, NotSignedIn, SignInRefused
from .retries import Patience
from .stack import Stack
from .tokens import subject_of

MARGIN_SECONDS = 300.0
"""A token is renewed so long before its end."""
TOKEN_VARIABLE = "VESTIBULE_TOKEN"  # noqa: S105 - the name of a variable


class Session:
    """Gives ID tokens, and renews them: in time, or when the service refuses one. Thread-safe."""

    def __init__(
        self,
        stack: Stack,
        credentials: Credentials,
        store: CredentialStore,
        http: httpx.Client,
        *,
        patience: Patience | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.stack = stack
        self._credentials = credentials
        self._store = store
        self._cognito = Cognito(stack, http, patience)
        self._wall = wall
        self._lock = threading.Lock()

    def id_token(self) -> str:
        """A token that lasts a few minutes at least.

        Raises:
            NotSignedIn: it cannot be renewed.
            Unreachable: Cognito is not.
        """
        with self._lock:
            if not self._credentials.is_good(self._wall(), MARGIN_SECONDS):
                self._renew()
            return self._credentials.id_token

    def renewed(self, refused: str) -> str:
        """Another token than the refused one.

        Raises:
            NotSignedIn, Unreachable: as for `id_token`.
        """
        with self._lock:
            if self._credentials.id_token == refused:
                self._renew()
            return self._credentials.id_token

    @property
    def subject(self) -> str:
        """The seller's `sub`."""
        return subject_of(self._credentials.id_token)

    def _renew(self) -> None:
        """Another process may have done it: then its tokens are taken over."""
        saved = self._store.load(self.stack.key)
        if saved is not None and saved.credentials.id_token != self._credentials.id_token:
            self._credentials = saved.credentials
            if self._credentials.is_good(self._wall(), MARGIN_SECONDS):
                return
        refresh_token = self._credentials.refresh_token
        if refresh_token is None:
            raise NotSignedIn("The sign-in has ended.")
        try:
            issued = self._cognito.refresh(refresh_token)
        except SignInRefused:
            raise NotSignedIn("The sign-in has ended.") from None
        self._credentials = kept(issued, self._credentials.email, self._wall(), refresh_token)
        self._store.save(self.stack, self._credentials)


class GivenToken:
    """A token from outside, for scripts: it cannot be renewed."""

    def __init__(self, token: str) -> None:
        self._token = token

    def id_token(self) -> str:
        """The token."""
        return self._token

    def renewed(self, refused: str) -> str:
        """There is no other.

        Raises:
            NotSignedIn: always.
        """
        del refused
        raise NotSignedIn(f"The token in {TOKEN_VARIABLE} is not, or no longer, good.", "Give it a fresh ID token.")

    @property
    def subject(self) -> str:
        """The seller's `sub`."""
        return subject_of(self._token)


SignedIn = Session | GivenToken


def open_session(
    stack: Stack | None,
    http: httpx.Client,
    environment: Mapping[str, str],
    *,
    store: CredentialStore | None = None,
    patience: Patience | None = None,
) -> tuple[Stack, SignedIn]:
    """The sign-in to a stack, or the latest one; a token in the environment comes first.

    Raises:
        NotSignedIn: there is none.
        BadStack: a token is given, but nothing says for which stack.
        UnsafeFile, DiskFailed: the credentials cannot be used.
    """
    store = store or CredentialStore()
    remembered: Remembered | None = store.load(stack.key) if stack else store.current()
    token = environment.get(TOKEN_VARIABLE)
    if token:
        named = stack or (remembered.stack if remembered else None)
        if named is None:
            raise BadStack(f"{TOKEN_VARIABLE} is set, but nothing says for which stack.", "Name it with --stack.")
        return named, GivenToken(token.strip())
    if remembered is None:
        raise NotSignedIn("You are not signed in.", "Sign in with `vestibule login --stack outputs.json`.")
    return remembered.stack, Session(remembered.stack, remembered.credentials, store, http, patience=patience)


def kept(issued: Issued, email: str, now: float, refresh_token: str | None = None) -> Credentials:
    """What Cognito issued, as it is kept."""
    return Credentials(issued.id_token, issued.refresh_token or refresh_token, now, issued.expires_in_seconds, email)
