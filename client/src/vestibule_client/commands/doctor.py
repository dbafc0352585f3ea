"""`vestibule doctor`."""

import argparse

from ..doctor import Options
from ..doctor import run as examine
from ..stopping import Stop
from .context import opened
from .report import Report


def run(arguments: argparse.Namespace, report: Report, stop: Stop) -> int:
    """Examine the stack one is signed in to."""
    with opened(arguments, stop) as context:
        return examine(
            context.stack,
            context.session,
            context.api.http,
            origin=arguments.origin,
            options=Options(quick=arguments.quick),
            as_json=report.as_json,
        )
