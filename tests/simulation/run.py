"""`make simulate`: many worlds on all processors, what was found in them, and what happened how often."""

from __future__ import annotations

import argparse
import gc
import logging
import multiprocessing
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.choices import Choices, shrink
from simulation.scenario import Scenario
from simulation.world import World

_NUMBER = re.compile(r"(?<![A-Za-z])\d[\d.]*")
_BATCH = 2_000


def world_of(choices: Choices, seen: Counter[str] | None = None, *, trace: bool = False) -> World:
    """Play a world.

    Args:
        choices: What is drawn.
        seen: Counts what happened.
        trace: Whether events are kept for printing.

    Returns:
        The world after its end.
    """
    return Scenario(choices, Counter() if seen is None else seen, trace=trace).play()


def batch(seeds: range) -> tuple[Counter[str], dict[str, list[int]], float]:
    """Play many worlds.

    Args:
        seeds: Of which.

    Returns:
        What happened how often; the seeds by what is wrong in their worlds; seconds of processor.
    """
    gc.set_threshold(50_000)  # worlds are small and end soon
    seen: Counter[str] = Counter()
    found: dict[str, list[int]] = {}
    began = time.process_time()
    for seed in seeds:
        wrongs = [kind_of(wrong) for wrong in world_of(Choices(seed), seen).wrong]
        for wrong in dict.fromkeys(wrongs):
            found.setdefault(wrong, []).append(seed)
    return seen, found, time.process_time() - began


def kind_of(wrong: str) -> str:
    """What is wrong without the numbers of the one world."""
    return " ".join(
        "#" if any(c.isdigit() for c in word) and not word.startswith("I") else word for word in wrong.split()
    )


def smallest(seed: int) -> tuple[list[int], str]:
    """The smallest list of choices that goes wrong as the world of a seed does.

    Args:
        seed: The seed.

    Returns:
        The choices, and what is wrong.
    """
    choices = Choices(seed)
    wrong = world_of(choices).wrong
    if not wrong:
        return choices.made, ""
    wanted = kind_of(wrong[0])

    def fails(given: list[int]) -> bool:
        return any(kind_of(item) == wanted for item in world_of(Choices(given=given)).wrong)

    return shrink(choices.made, fails), wanted


def show(choices: Sequence[int]) -> None:
    """Print a world as a table of events."""
    world = world_of(Choices(given=choices), trace=True)
    for moment, who, what in world.events or ():
        print(f"{moment:10.2f}  {who:8}  {what}")
    for wrong in world.wrong:
        print(f"wrong: {wrong}")


def _replay(seed: int) -> int:
    choices, wrong = smallest(seed)
    show(choices)
    print(f"\nseed {seed}: {wrong or 'nothing is wrong'}")
    print(f"REGRESSION = {choices}")
    return 1 if wrong else 0


def main() -> int:
    """Play worlds, or one of them.

    Returns:
        1 where something is wrong.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first world")
    parser.add_argument("--replay", type=int, help="show the smallest world that goes wrong as this seed's does")
    parser.add_argument("--choices", help="show the world of these integers")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    logging.getLogger("jobclients").setLevel(logging.CRITICAL)
    if options.choices is not None:
        show([int(part) for part in options.choices.strip("[]").replace(",", " ").split()])
        return 0
    if options.replay is not None:
        return _replay(options.replay)
    end = options.seed + options.worlds
    batches = [range(start, min(start + _BATCH, end)) for start in range(options.seed, end, _BATCH)]
    seen: Counter[str] = Counter()
    found: dict[str, list[int]] = {}
    spent = 0.0
    began = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(options.jobs) as pool:
        for counts, wrong, seconds in pool.imap_unordered(batch, batches):
            seen += counts
            spent += seconds
            for name, seeds in wrong.items():
                found.setdefault(name, []).extend(seeds)
    elapsed = time.perf_counter() - began
    for name, count in sorted(seen.items()):
        print(f"{count:10,}  {name}")
    rate = options.worlds / spent
    print(
        f"\n{options.worlds:,} worlds, {spent:.0f} s of processor, {elapsed:.0f} s: {rate:,.0f} worlds/s for each processor"
    )
    for name, seeds in sorted(found.items(), key=lambda item: -len(item[1])):
        print(f"{len(seeds):8,}  {name}  seeds {', '.join(map(str, sorted(seeds)[:6]))}")
    print("nothing is wrong" if not found else f"{sum(map(len, found.values())):,} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
