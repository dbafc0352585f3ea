"""`vestibule login`."""

import argparse
import getpass
import sys
import time
from pathlib import Path

from ..cognito import Cognito
from ..credentials import CredentialStore
from ..problems import BadStack, SignInRefused
from ..session import kept
from ..stopping import Stop
from .context import connections, named_stack, patience
from .exit_codes import OK
from .report import Report

TERMINAL = Path("/dev/tty")


def run(arguments: argparse.Namespace, report: Report, stop: Stop) -> int:
    """Sign in, and keep the tokens where only the user can read them."""
    store = CredentialStore()
    remembered = None
    stack = named_stack(arguments)
    if stack is None:
        remembered = store.current()
        if remembered is None:
            raise BadStack("Sign in to which stack?", "Name the file of its outputs: --stack outputs.json.")
        stack = remembered.stack
    email = arguments.email or (remembered.credentials.email if remembered else "") or _ask("email: ")
    password = sys.stdin.readline().rstrip("\r\n") if arguments.password_stdin else getpass.getpass("password: ")
    with connections() as http:
        issued = Cognito(stack, http, patience(arguments, stop)).sign_in(email, password, _Person())
    store.save(stack, kept(issued, email, time.time()))
    store.make_current(stack)
    report.result(
        {"status": "signed_in", "email": email, "api_url": stack.api_url},
        f"✓ signed in to {stack.api_url} as {email}",
    )
    return OK


class _Person:
    """Somebody at the terminal."""

    def mfa_code(self) -> str:
        """From the authenticator."""
        return _ask("code of your authenticator: ")

    def new_password(self) -> str:
        """Twice, since it is not shown."""
        _tell("Your password was for once: choose one of your own.")
        first, again = getpass.getpass("new password: "), getpass.getpass("again: ")
        if first != again:
            raise SignInRefused("The two passwords are not the same.")
        return first


def _ask(what: str) -> str:
    """At the terminal, even where stdin is a file with a password.

    Raises:
        SignInRefused: there is nobody to ask.
    """
    sys.stderr.write(what)
    sys.stderr.flush()
    if sys.stdin.isatty():
        return sys.stdin.readline().strip()
    try:
        with TERMINAL.open(encoding="utf-8") as terminal:
            return terminal.readline().strip()
    except OSError:
        raise SignInRefused(f"There is no terminal to ask for the {what.rstrip(': ')}.", "Run it in one.") from None


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
