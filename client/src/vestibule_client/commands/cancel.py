"""`vestibule cancel`."""

import argparse
from pathlib import Path

from ..answers import KINDS
from ..api import Api
from ..problems import Failure, Problem
from ..state import StateStore, Unfinished
from ..stopping import Stop
from .context import opened
from .exit_codes import OK, REFUSED, combined, exit_code
from .report import Report, shown, size_text


def run(arguments: argparse.Namespace, report: Report, stop: Stop) -> int:
    """List the unfinished uploads to this stack, or give some of them up."""
    states = StateStore()
    if not arguments.which and not arguments.all:
        found = list(states.all())
        for unfinished in found:
            _show(report, unfinished, "unfinished", "·")
        report.note("Upload the file again to go on, or name it to give it up." if found else "Nothing is unfinished.")
        return OK
    codes = []
    with opened(arguments, stop) as context:
        here = [unfinished for unfinished in states.all() if unfinished.api_url == context.api.url]
        chosen = here if arguments.all else []
        for name in arguments.which:
            named = [unfinished for unfinished in here if name in _names(unfinished, name)]
            if not named:
                report.failure(
                    Failure("No unfinished upload has this name.", "See `vestibule cancel`."), name, {"path": name}
                )
                codes.append(REFUSED)
            chosen += named
        codes += [_cancel(context.api, states, unfinished, report) for unfinished in chosen]
    return combined(codes)


def _names(unfinished: Unfinished, name: str) -> tuple[str, ...]:
    """How one may call it; a relative name is meant from here."""
    same_file = (name,) if str(Path(name).resolve()) == unfinished.path else ()
    return (unfinished.issued.upload.id, *same_file)


def _cancel(api: Api, states: StateStore, unfinished: Unfinished, report: Report) -> int:
    upload = unfinished.issued.upload
    kind = next(kind for kind in KINDS if kind == upload.kind)
    try:
        api.cancel(upload.product_id, kind, upload.id)
    except Problem as problem:
        if problem.status not in (404, 410):  # the product may be gone, and the upload with it
            report.failure(problem, unfinished.path, {"path": unfinished.path})
            return exit_code(problem)
    states.remove(unfinished.key)
    _show(report, unfinished, "cancelled", "✓ cancelled")
    return OK


def _show(report: Report, unfinished: Unfinished, status: str, mark: str) -> None:
    upload = unfinished.issued.upload
    members = {
        "path": unfinished.path,
        "status": status,
        "upload_id": upload.id,
        "product_id": upload.product_id,
        "kind": upload.kind,
        "size": upload.size,
        "begun_at": unfinished.begun_at,
        "expires_at": upload.expires_at,
    }
    begun = f"{unfinished.begun_at:%Y-%m-%d %H:%M} UTC"
    report.result(members, f"{mark} {shown(unfinished.path)}  {size_text(upload.size)}, begun {begun}")
