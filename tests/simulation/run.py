"""`make simulate`: many worlds on all processors, what was found in them, and what happened how often."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.play import Tally, play, smallest, table

_BATCH = 2_000


def _replay(seed: int) -> int:
    choices, wrong = smallest(seed)
    print("\n".join(table(choices)))
    print(f"\nseed {seed}: {wrong or 'nothing is wrong'}")
    print(f"choices: {choices}")
    return 1 if wrong else 0


def _many(first: int, worlds: int, jobs: int) -> int:
    end = first + worlds
    batches = [range(start, min(start + _BATCH, end)) for start in range(first, end, _BATCH)]
    tally = Tally()
    began = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        for part in pool.imap_unordered(play, batches):
            tally.add(part)
    for name, count in sorted(tally.seen.items()):
        print(f"{count:12,}  {name}")
    elapsed = time.perf_counter() - began
    rate = tally.worlds / tally.seconds
    print(
        f"\n{tally.worlds:,} worlds in {elapsed:.0f} s; {tally.seconds:.0f} s of processor: {rate:,.0f} worlds/s on one"
    )
    for wrong, seeds in sorted(tally.found.items(), key=lambda item: -len(item[1])):
        print(f"{len(seeds):8,}  {wrong}; seeds {', '.join(map(str, sorted(seeds)[:6]))}")
    for name in tally.never():
        print(f"   never  {name}")
    if not tally.found:
        print("nothing is wrong")
    return 1 if tally.found or tally.never() else 0


def main() -> int:
    """Play worlds, or one of them.

    Returns:
        1 where something is wrong, or never happened.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first world")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--replay", type=int, help="print the smallest world that goes wrong as this seed's does")
    parser.add_argument("--choices", help="print the world of these integers")
    options = parser.parse_args()
    logging.getLogger("jobclients").setLevel(logging.CRITICAL)
    if options.choices is not None:
        print("\n".join(table([int(part) for part in options.choices.strip("[]").replace(",", " ").split()])))
        return 0
    if options.replay is not None:
        return _replay(options.replay)
    return _many(options.seed, options.worlds, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
