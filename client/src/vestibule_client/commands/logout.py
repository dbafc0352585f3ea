"""`vestibule logout`."""

import argparse

from ..cognito import Cognito
from ..credentials import CredentialStore
from ..problems import Failure
from ..stopping import Stop
from .context import connections, named_stack, patience
from .exit_codes import OK
from .report import Report


def run(arguments: argparse.Namespace, report: Report, stop: Stop) -> int:
    """Forget the tokens; and revoke the one that lasts, in case somebody has a copy."""
    store = CredentialStore()
    stack = named_stack(arguments)
    remembered = store.load(stack.key) if stack else store.current()
    if remembered is None:
        report.note("You were not signed in.")
        return OK
    store.forget(remembered.stack)
    refresh_token = remembered.credentials.refresh_token
    if refresh_token is not None:
        try:
            with connections() as http:
                Cognito(remembered.stack, http, patience(arguments, stop)).revoke(refresh_token)
        except Failure as failure:
            report.note(f"! the sign-in is forgotten here, but could not be revoked: {failure.sentence}")
    report.result({"status": "signed_out", "api_url": remembered.stack.api_url}, "✓ signed out")
    return OK
