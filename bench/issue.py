"""Step 1 over HTTP, with all its checks: beside Uppy Companion, which makes none, and beside what it cannot do without.

What decides is the CPU time of the server's processes.
"""

from . import Figure, say
from .beside import Measured, in_turn, profile, show
from .lanes import PAUSE_SECONDS
from .peers import Peer, make_room
from .stage import CONNECTIONS, stage

ROUNDS = 9
CALLS = 400, 400
BUDGET_COMPANION = 0.25
MOST_MB = 70.0
BASELINES = {
    "companion": ("Uppy Companion's GET /s3/params", BUDGET_COMPANION),
    "naive": ("a row by boto3, and its generate_presigned_post", None),
    "boto3": ("a Chalice view with generate_presigned_post", None),
    "by hand": ("a Chalice view that signs by hand", None),
    "two calls": ("a Chalice view that makes the two calls by hand too", None),
    "empty": ("an empty Chalice view", None),
}


def run() -> list[Figure]:
    """Measure all in turn."""
    with stage() as on:
        ours = on.vestibule()
        cases = {**on.anchors(), **on.companion(), "naive": on.naive(), "vestibule": ours}
        pause = f", {PAUSE_SECONDS} s apart" if PAUSE_SECONDS else ""
        say(
            f"› issue: {ROUNDS} rounds in turn of {CALLS[0]} requests by one client{pause}, and of {CALLS[1]} by "
            f"{CONNECTIONS}"
        )
        make_room(ours.lanes, 1)
        measured = in_turn(cases, Peer.issue, ROUNDS, CALLS)
        profile(ours, Peer.issue, CALLS[0])
    show(measured, "issue")
    figures = [
        measured["vestibule"].figure("step 1, server CPU", measured[name], against, budget)
        for name, (against, budget) in BASELINES.items()
        if name in measured
    ]
    return figures + _memory(measured)


def _memory(measured: dict[str, Measured]) -> list[Figure]:
    """What an instance holds when warm: beside the goal, which is no ratio, and beside Companion."""
    ours = measured["vestibule"].resident_mb
    figures = [Figure("step 1, memory", ours, MOST_MB, "MB", "the most that is wanted", budget=1.0)]
    if "companion" in measured:
        figures.append(Figure("step 1, memory", ours, measured["companion"].resident_mb, "MB", "Uppy Companion"))
    return figures
