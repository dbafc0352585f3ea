"""What a command works with: who is signed in where, and the connections."""

import argparse
import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from ..api import Api
from ..http import new_http
from ..retries import Clock, Patience
from ..session import SignedIn, open_session
from ..stack import Stack
from ..stopping import Stop

STACK_VARIABLE = "VESTIBULE_STACK"


@dataclass(frozen=True, slots=True)
class Context:
    """One stack, one seller."""

    stack: Stack
    session: SignedIn
    api: Api


def named_stack(arguments: argparse.Namespace) -> Stack | None:
    """The stack of --stack or VESTIBULE_STACK; None: the one of the latest sign-in.

    Raises:
        BadStack: the file cannot be used.
    """
    path = arguments.stack or os.environ.get(STACK_VARIABLE)
    return Stack.read(Path(path)) if path else None


def patience(arguments: argparse.Namespace, stop: Stop) -> Patience:
    """Ends at once when the user stops."""
    return Patience(budget_seconds=arguments.patience, clock=Clock(sleep=stop.sleep))


@contextlib.contextmanager
def connections() -> Iterator[httpx.Client]:
    """A pool that is closed in the end."""
    with new_http() as http:
        yield http


@contextlib.contextmanager
def opened(arguments: argparse.Namespace, stop: Stop) -> Iterator[Context]:
    """All that a command needs.

    Raises:
        NotSignedIn, BadStack, UnsafeFile, DiskFailed: it is not there.
    """
    with connections() as http:
        stack, session = open_session(named_stack(arguments), http, os.environ, patience=patience(arguments, stop))
        yield Context(stack, session, Api(stack.api_url, session, http, patience(arguments, stop)))
