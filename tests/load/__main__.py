"""`make load`: many sellers upload at once, while some of the service's calls to AWS fail.

python -m tests.load --uploads 5000 --sellers 100 --seed 7 --faults 0.1
"""

import argparse
import random
import sys

import tests.conftest  # noqa: F401 (the environment that the service is imported in)
from local.processes import CannotStart, exit_on_signals

from .load import Load, run
from .stage import load_stage


def main() -> int:
    """Run; returns the exit status."""
    exit_on_signals()
    parser = argparse.ArgumentParser(prog="make load ARGS=…", description=__doc__)
    parser.add_argument("--uploads", type=int, default=2000, help="how many files are uploaded (2000)")
    parser.add_argument("--sellers", type=int, default=50, help="by how many at once (50)")
    parser.add_argument("--seed", type=int, help="of what is uploaded, and of what fails")
    parser.add_argument("--faults", type=float, default=0.05, help="share of the calls to AWS that fail (0.05)")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    load = Load(options.uploads, options.sellers, seed, options.faults)
    print(
        f"› {load.uploads:,} uploads by {load.sellers} sellers, {load.probability:.0%} faults, --seed {seed}",
        flush=True,
    )
    try:
        with load_stage() as stage:
            print("\n".join(run(stage, load).lines()))
    except CannotStart as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    except AssertionError as error:
        print(f"✗ {error}")
        return 1
    except KeyboardInterrupt:
        print("\n› stopped everything")
        return 130
    print("✓ nothing lost, nothing twice, no 500; counters and usage are right, and the sweep leaves no orphan")
    return 0


if __name__ == "__main__":
    sys.exit(main())
