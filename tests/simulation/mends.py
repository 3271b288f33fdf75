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
tally = play(range({worlds}), until="{invariant}")
choices, wrong = smallest(tally.worlds - 1, "{invariant} ")
print(json.dumps([tally.worlds, wrong, choices]))
"""


def _found(missing: TakenOut) -> tuple[int, str, list[int]]:
    """Play worlds until one goes wrong, with a mend taken out of a copy of the core.

    Args:
        missing: The mend.

    Returns:
        How many worlds that took; what is wrong in the last, empty where nothing is; its choices when shrunk.
    """
    mutant = missing.mutant
    with TemporaryDirectory() as folder:
        copy = Path(folder) / CORE.name
        shutil.copytree(CORE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        file = copy.parent / mutant.file
        file.write_text(mutant.applied(file.read_text("utf-8")), "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", _PLAY.format(worlds=WORLDS, invariant=missing.invariant)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([folder, str(ROOT / "tests")])},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{mutant.id}: {done.stderr[-2000:]}")
    worlds, wrong, choices = json.loads(done.stdout)
    return worlds, wrong, choices


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
            found = f"{wrong}, in {len(choices)} choices when shrunk" if wrong else "NOT FOUND"
            print(f"    after {worlds:,} worlds: {found}", flush=True)
    print(f"{len(TAKEN_OUT) - missed} of {len(TAKEN_OUT)} mends that were taken out were found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
