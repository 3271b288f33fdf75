"""`make simulate-mends`: each mend of a fault is taken out of a copy of the core, and the simulation has to find it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from mutation.catalogue import Mutant
from simulation.taken_out import TAKEN_OUT

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "generator" / "core" / "jobclients_core"
WORLDS = 40_000

_PLAY = """
import json, logging
from simulation.play import play, smallest
logging.getLogger("jobclients").setLevel(logging.CRITICAL)
tally = play(range({worlds}), first=True)
found = [(wrong, seeds[0]) for wrong, seeds in tally.found.items()]
print(json.dumps([tally.worlds, found, len(smallest(found[0][1])[0]) if found else 0]))
"""


def _found(mutant: Mutant | None, worlds: int) -> tuple[int, list[tuple[str, int]], int]:
    """Play worlds until one goes wrong, with a mend taken out of a copy of the core."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / CORE.name
        shutil.copytree(CORE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if mutant is not None:
            file = copy.parent / mutant.file
            file.write_text(mutant.applied(file.read_text("utf-8")), "utf-8")
        paths = os.pathsep.join([folder, str(ROOT / "tests")])
        done = subprocess.run(
            [sys.executable, "-c", _PLAY.format(worlds=worlds)],
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{mutant.id if mutant else 'the core'}: {done.stderr[-2000:]}")
    played, found, size = json.loads(done.stdout)
    return played, [(wrong, seed) for wrong, seed in found], size


def main() -> int:
    """Show of each mend how the simulation finds that it is taken out.

    Returns:
        1 where it does not.
    """
    missed = 0
    for mutant in TAKEN_OUT:
        played, found, size = _found(mutant, WORLDS)
        wrong, seed = found[0] if found else ("not found", -1)
        missed += not found
        print(f"{mutant.id}: {mutant.breaks}")
        print(f"    world {played:,} (seed {seed}, {size} choices when shrunk): {wrong}", flush=True)
    print(f"{len(TAKEN_OUT) - missed} of {len(TAKEN_OUT)} mends that were taken out were found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
