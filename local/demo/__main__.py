"""`make demo`: the main job on this machine as a user does it over HTTP, a month later; refusals; a large file."""

import os
import sys
import time

import httpx
from rich.markup import escape

from ..processes import CannotStart, exit_on_signals
from ..stack import local_stack
from .afterwards import afterwards
from .in_parts import in_parts
from .main_job import main_job
from .refusals import refusals
from .screen import WentWrong, console, say
from .seller import signed_in


def main() -> int:
    """Run the demo; returns 0 only if every step and every refusal came out right."""
    exit_on_signals()
    began = time.perf_counter()
    port, emulator_port = int(os.environ.get("PORT", "0")), int(os.environ.get("EMULATOR_PORT", "0"))
    try:
        with local_stack(port, emulator_port, say) as running:
            seller = signed_in(running, running.stack.seller, "the seller")
            afterwards(running, seller, main_job(seller))
            refusals(seller, signed_in(running, running.stack.stranger, "somebody else"))
            in_parts(running, seller)
    except (CannotStart, WentWrong, httpx.HTTPError) as error:
        console.print(f"\n[bold red]✗[/] {escape(str(error))}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("\n[dim]› stopped everything[/]")
        return 130
    console.print(
        f"\n[bold green]✓ every step and every refusal came out right[/], in {time.perf_counter() - began:.1f} s. "
        "Everything was stopped and nothing is left behind.",
        soft_wrap=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
