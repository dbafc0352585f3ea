"""The seller's page as a program of `make dev`."""

import os
from pathlib import Path

from .processes import HOST, CannotStart, choose_port
from .site import BUILT, FIRST
from .stack import Program


class NoPage(Exception):
    """The page cannot be served, or is not wanted; the message says why, and what to do."""


def page_port() -> int:
    """Where the page is served, and so what its origin is."""
    return int(os.environ.get("PAGE_PORT", "5173"))


def page_program(outputs: Path, log: Path) -> Program:
    """The page for the stack with these outputs, not started yet.

    Raises:
        NoPage: the origin is somebody else's, nothing is built, or the port is busy.
    """
    if os.environ.get("ORIGIN"):
        raise NoPage("ORIGIN is set, so the API is for a frontend of your own. Unset it to have the page.")
    if not (BUILT / FIRST).exists():
        raise NoPage(f"{BUILT} is not built: `make web` says why.")
    try:
        port = choose_port(page_port(), "PAGE_PORT")
    except CannotStart as error:
        raise NoPage(str(error)) from None
    command = ["local.site", "--port", str(port), "--outputs", str(outputs)]
    return Program(command, dict(os.environ), log, f"http://{HOST}:{port}/")
