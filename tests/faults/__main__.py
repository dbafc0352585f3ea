"""`make faults`: many runs of the client through faults at random, then kills of the command on a large file.

python -m tests.faults --runs 1000 --seed 7
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from local.processes import CannotStart, exit_on_signals

from .cases import case_of
from .kills import kill_and_resume
from .runs import play
from .stage import Stage, fault_stage
from .tally import Tally

GiB = 1024**3
SAY_EVERY = 50


def main() -> int:
    """Run; returns the exit status."""
    exit_on_signals()
    parser = argparse.ArgumentParser(prog="make faults ARGS=…", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="how many files are sent through faults (1000)")
    parser.add_argument("--seed", type=int, help="of the first run; the next ones have the next seeds")
    parser.add_argument(
        "--kill-bytes", type=int, default=2 * GiB, help="size of the file for the kills (2 GiB); 0: none"
    )
    parser.add_argument("--kills", type=int, default=3, help="how often its upload is killed (3)")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"› seeds {seed} to {seed + options.runs - 1}", flush=True)
    try:
        with fault_stage() as stage:
            well = _runs(stage, seed, options.runs)
            if options.kill_bytes:
                well &= _kills(stage, seed, options.kill_bytes, options.kills)
    except CannotStart as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n› stopped everything")
        return 130
    return 0 if well else 1


def _runs(stage: Stage, first: int, count: int) -> bool:
    tally, failed, began = Tally(), [], time.monotonic()
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory(prefix="vestibule-faults-") as folder:
            try:
                tally.add(play(stage, case_of(seed), Path(folder)))
            except Exception as error:  # noqa: BLE001 (all are shown, with what led to them)
                failed.append(seed)
                print("\n".join([f"✗ {type(error).__name__}: {error}", *getattr(error, "__notes__", [])]), flush=True)
        done = seed - first + 1
        if done % SAY_EVERY == 0 or done == count:
            seconds = time.monotonic() - began
            print(f"  {done:,} of {count:,} runs in {seconds:.0f} s, {len(failed)} failed", flush=True)
    print("\n".join(["", *tally.lines(), ""]))
    print(f"✗ failed: {failed}" if failed else "✓ none hung, none ended with a wrong success, none made two files")
    return not failed


def _kills(stage: Stage, seed: int, size: int, kills: int) -> bool:
    print(f"\n› {size:,} bytes by the command, killed {kills} times", flush=True)
    with tempfile.TemporaryDirectory(prefix="vestibule-faults-") as folder:
        try:
            killed = kill_and_resume(stage, Path(folder), size, kills, seed)
        except AssertionError as error:
            print("\n".join([f"✗ {error}", *getattr(error, "__notes__", [])]))
            return False
    print("\n".join(killed.lines()))
    return True


if __name__ == "__main__":
    sys.exit(main())
