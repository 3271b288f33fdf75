"""`make simulate-mends`: each mend of a fault is taken out of a copy of the core, and the simulation has to find it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.taken_out import TAKEN_OUT, TakenOut

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "generator" / "core" / "jobclients_core"
WORLDS = 40_000
"""After so many worlds a mend that is taken out counts as not noticed."""

_PLAY = """
import json, logging
from simulation.play import play, smallest
logging.getLogger("jobclients").setLevel(logging.CRITICAL)
tally = play(range({first}, {last}), until="{invariant}")
seed = {first} + tally.worlds - 1
choices, wrong = smallest(seed, "{invariant} ")
print(json.dumps([seed, wrong, len(choices)]))
"""


def _found(missing: TakenOut) -> tuple[int, str, int]:
    """Play worlds until one goes wrong, with a mend taken out of a copy of the core, that is right with it.

    Args:
        missing: The mend.

    Returns:
        How many worlds that took; what is wrong in the last, empty where nothing is; its choices when shrunk.
    """
    mutant, seed = missing.mutant, -1
    with TemporaryDirectory() as folder:
        copy = Path(folder) / CORE.name
        shutil.copytree(CORE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        file = copy.parent / mutant.file
        file.write_text(mutant.applied(file.read_text("utf-8")), "utf-8")
        while True:
            seed, wrong, choices = _played(missing, folder, seed + 1, WORLDS)
            # A world that goes wrong with the mend, too, says nothing of it.
            if not wrong or not _played(missing, str(CORE.parent), seed, seed + 1)[1]:
                return seed + 1, wrong, choices


def _played(missing: TakenOut, core: str, first: int, last: int) -> tuple[int, str, int]:
    """The first world of some seeds that goes wrong: its seed, what is wrong, its choices when shrunk."""
    done = subprocess.run(
        [sys.executable, "-c", _PLAY.format(first=first, last=last, invariant=missing.invariant)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([core, str(ROOT / "tests")])},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{missing.mutant.id}: {done.stderr[-2000:]}")
    seed, wrong, choices = json.loads(done.stdout)
    return seed, wrong, choices


def main() -> int:
    """Show of each mend how the simulation finds that it is taken out.

    Returns:
        1 where it does not.
    """
    missed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for missing, (worlds, wrong, choices) in zip(TAKEN_OUT, pool.map(_found, TAKEN_OUT), strict=True):
            missed += not wrong
            print(f"{missing.mutant.id}: {missing.mutant.breaks}")
            found = f"{wrong}, in {choices} choices when shrunk" if wrong else "NOT FOUND"
            print(f"    after {worlds:,} worlds: {found}", flush=True)
    print(f"{len(TAKEN_OUT) - missed} of {len(TAKEN_OUT)} mends that were taken out were found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
