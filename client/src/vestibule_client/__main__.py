"""The command `vestibule`. Ctrl-C ends it in silence until `command` listens to it, while it is still being loaded."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command, and leave."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .command import main as run_and_leave  # noqa: PLC0415 - see above

    run_and_leave()


if __name__ == "__main__":
    main()
