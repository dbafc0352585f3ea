"""`vestibule doctor`: what is wrong with a stage, seen as a frontend sees it, and how to mend it."""

from contextlib import closing
from typing import TYPE_CHECKING

import httpx

from .examination import Options, examine
from .findings import Finding, Outcome
from .screen import screen_for, show_all
from .site import Site

if TYPE_CHECKING:
    from ..api import Tokens
    from ..stack import Stack

__all__ = ["Finding", "Options", "Outcome", "Site", "examine", "run"]


def run(
    stack: "Stack",
    tokens: "Tokens",
    http: httpx.Client,
    *,
    origin: str | None = None,
    options: Options | None = None,
    as_json: bool = False,
) -> int:
    """Examine a stage and print what was found; what is uploaded is deleted again, also on Ctrl-C.

    `origin` is that of the shop's pages; None: the one that the API allows. Returns the exit status: 0 if nothing
    failed, else 1.
    """
    with closing(examine(Site(stack, tokens, http, origin), options or Options())) as findings:
        counts = show_all(findings, screen_for(as_json=as_json))
    return 1 if counts["failed"] else 0
