"""Tells many stories, in as many processes as there are cores; or one, with all that happens in it.

python -m tests.simulation --stories 1000000
python -m tests.simulation --seed 7387521234 --trace
"""

import argparse
import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import tests.conftest  # noqa: F401 (the environment that the service is imported in)
from tests.simulation.environment import simulated
from tests.simulation.story import Story, Told

AT_ONCE = 500


def several(seeds: Sequence[int]) -> tuple[Told, list[str]]:
    """Tell some; returns what came of them, and what is wrong."""
    told, wrong = Told(), []
    with simulated() as stores:
        for seed in seeds:
            try:
                told.add(Story(stores, seed).tell())
            except AssertionError as error:
                wrong.append(f"seed {seed}: {error}")
    return told, wrong


def shares(first: int, stories: int) -> Iterator[range]:
    """Some seeds each."""
    for begin in range(first, first + stories, AT_ONCE):
        yield range(begin, min(begin + AT_ONCE, first + stories))


def main() -> int:
    """Returns the exit status: 1 if anything that must hold did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--stories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**12), help="of the first story")
    parser.add_argument("--trace", action="store_true", help="tell that one story, call by call")
    given = parser.parse_args()
    if given.trace:
        with simulated() as stores:
            Story(stores, given.seed).tell_aloud()
        return 0
    print(f"› {given.stories:,} stories from seed {given.seed}, {os.cpu_count()} processes", flush=True)
    told, wrong, begun = Told(), list[str](), time.monotonic()
    done = 0
    with ProcessPoolExecutor() as pool:
        for some, found in pool.map(several, shares(given.seed, given.stories)):
            told.add(some)
            wrong += found
            done = min(done + AT_ONCE, given.stories)
            print(f"  {done:,} told in {time.monotonic() - begun:.0f} s, {len(wrong)} wrong", flush=True)
    print(f"› {told.calls:,} calls; {sum(told.faults.values()):,} faults: {dict(told.faults)}")
    print(f"› crashes at {len(told.crashes)} points, least often {told.crashes.most_common()[-5:]}")
    for line in wrong[:20]:
        print(f"✗ {line}    (--seed … --trace)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
