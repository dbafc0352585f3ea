"""A small upload, all its steps, verified and recorded: beside Uppy Companion, and beside a straightforward service.

Companion hands out a form, and that is all; the other does the same work as ours by boto3, call after call. What
decides is the CPU time of the server's processes. The bytes go from the client to the emulator's S3, past them all.
"""

from . import Figure, say
from .beside import in_turn, profile, show
from .peers import PICTURE, Peer, make_room
from .stage import CONNECTIONS, stage

ROUNDS = 7
CALLS = 100, 160
BUDGET_COMPANION = 2.2
BUDGET_NAIVE = 0.65
BASELINES = {
    "companion": ("Uppy Companion, which verifies nothing", BUDGET_COMPANION),
    "naive": ("the same work by boto3, call after call", BUDGET_NAIVE),
}


def run() -> list[Figure]:
    """Measure all in turn."""
    with stage() as on:
        ours = on.vestibule()
        cases = {**on.companion(), "naive": on.naive(), "vestibule": ours}
        size = f"{len(PICTURE) / 1000:.0f} KB"
        say(
            f"› upload: {size}, {ROUNDS} rounds in turn of {CALLS[0]} by one client, and of {CALLS[1]} by {CONNECTIONS}"
        )

        def prepare() -> None:
            on.forget()
            make_room(ours.lanes[:1], CALLS[0])
            make_room(ours.lanes, CALLS[1])

        measured = in_turn(cases, Peer.upload, ROUNDS, CALLS, prepare)
        prepare()
        profile(ours, Peer.upload, CALLS[0])
    show(measured, "issue", "confirm")
    return [
        measured["vestibule"].figure("upload, server CPU", measured[name], against, budget)
        for name, (against, budget) in BASELINES.items()
        if name in measured
    ]
