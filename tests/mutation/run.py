"""What `make mutate` does: change the clients in many small ways, and see whether the contract tests notice.

    python tests/mutation/run.py [--only PATTERN …] [--jobs N] [--report FILE]

Each mutant is one wrong change of a copy of ``generated/`` or of the core. Its vendors' contract tests run until one
fails; a mutant that none notices has survived. Exit code 0 where at least 95 of 100 are noticed; a mutant that cannot
be imported proves nothing, and counts as none.
"""

from __future__ import annotations

import argparse
import json
import queue
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

if __package__ in (None, ""):
    sys.path[:1] = [str(Path(__file__).resolve().parents[1])]

from mutation.catalogue import CATALOGUE, Mutant
from mutation.sandbox import DURATIONS, HarnessError, Run, Sandbox, patience

WANTED = 95.0
"""Per cent of mutants that have to be noticed."""


def chosen(patterns: Sequence[str]) -> list[Mutant]:
    """The mutants that are meant.

    Args:
        patterns: Parts of ids, or patterns with ``*``; all mutants where there are none.

    Returns:
        Them, in the order of the catalogue.
    """
    wanted = patterns or ["*"]
    return [mutant for mutant in CATALOGUE if any(fnmatchcase(mutant.id, one) or one in mutant.id for one in wanted)]


def try_mutant(sandbox: Sandbox, mutant: Mutant, times: dict[str, float]) -> Run:
    """Run the tests that could notice a mutant.

    Args:
        sandbox: Where.
        mutant: The mutant.
        times: Seconds that each vendor's tests take when all is well.

    Returns:
        What came of it.
    """
    text = sandbox.place(mutant.file).read_text("utf-8")
    suites = sandbox.suites_of(mutant.file)
    with sandbox.changed(mutant.file, mutant.applied(text)):
        return sandbox.test(suites, patience(times[suite] for suite in suites))


def run_all(mutants: Sequence[Mutant], jobs: int, folder: Path) -> list[Run]:
    """Try mutants, several at a time.

    Args:
        mutants: The mutants.
        jobs: How many at a time.
        folder: A temporary folder.

    Returns:
        What came of each, in order.

    Raises:
        HarnessError: the tests fail without a mutant, or could not be run.
        ValueError: a mutant does not apply.
    """
    idle: queue.SimpleQueue[Sandbox] = queue.SimpleQueue()
    sandboxes = [Sandbox(folder / str(number)) for number in range(jobs)]
    for sandbox in sandboxes:
        sandbox.make()
    for mutant in mutants:
        mutant.applied(sandboxes[0].place(mutant.file).read_text("utf-8"))
    wanted = {suite for mutant in mutants for suite in sandboxes[0].suites_of(mutant.file)}
    times = sandboxes[0].baseline(suite for suite in sandboxes[0].suites() if suite in wanted)
    print("without a mutant all pass:", ", ".join(f"{name} {seconds:.0f} s" for name, seconds in times.items()))
    for sandbox in sandboxes:
        if sandbox is not sandboxes[0]:
            shutil.copy(sandboxes[0].folder / DURATIONS, sandbox.folder)
        idle.put(sandbox)
    done = Counter[str]()

    def one(mutant: Mutant) -> Run:
        sandbox = idle.get()
        try:
            run = try_mutant(sandbox, mutant, times)
        finally:
            idle.put(sandbox)
        done["all"] += 1
        mark = "SURVIVED " if not run.killed else f"{run.verdict}  " if run.verdict != "failed" else ""
        print(f"{done['all']:4}/{len(mutants)} {run.seconds:5.1f} s  {mark}{mutant.id}", flush=True)
        return run

    with ThreadPoolExecutor(jobs) as pool:
        try:
            return list(pool.map(one, mutants))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # leaving the block would wait for all of them
            raise


def report(pairs: Iterable[tuple[Mutant, Run]]) -> float:
    """Print the table and the survivors.

    Args:
        pairs: Mutants, and what came of each.

    Returns:
        Per cent that were noticed, of those that can be imported.
    """
    found = list(pairs)
    print("\narea           mutants  noticed  by a failed test  by time  survived  no import")
    for area in [*dict.fromkeys(mutant.area for mutant, _ in found), "all"]:
        verdicts = Counter(run.verdict for mutant, run in found if area in ("all", mutant.area))
        noticed = verdicts["failed"] + verdicts["timed out"]
        share = 100 * noticed / max(noticed + verdicts["passed"], 1)
        print(
            f"{area:14} {verdicts.total():7} {share:7.1f}% {verdicts['failed']:17} {verdicts['timed out']:8}"
            f" {verdicts['passed']:9} {verdicts['broken']:10}"
        )
    survivors = [mutant for mutant, run in found if not run.killed]
    if survivors:
        print("\nnot noticed:")
    for mutant in survivors:
        print(f"  {mutant.id:34} {mutant.breaks}")
    sound = sum(run.verdict != "broken" for _, run in found)
    return 100 * (sound - len(survivors)) / max(sound, 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line; the process's own when None.

    Returns:
        The exit code: 0 where enough is noticed, 1 where not, 2 where nothing could be told.
    """
    parser = argparse.ArgumentParser(description="Change the generated clients, and see whether contract tests notice.")
    parser.add_argument(
        "--only",
        metavar="PATTERN",
        nargs="+",
        default=[],
        help="parts of mutants' ids, or patterns such as 'jobs/*'; all mutants without",
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="mutants at a time (default 2)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what noticed each mutant, as JSON")
    options = parser.parse_args(arguments)
    mutants = chosen(options.only)
    if not mutants:
        parser.error(f"no mutant is called like {' or '.join(options.only)}")
    with TemporaryDirectory(prefix="mutants-") as folder:
        try:
            runs = run_all(mutants, max(1, min(options.jobs, len(mutants))), Path(folder))
        except (HarnessError, ValueError) as error:
            print(error, file=sys.stderr)
            return 2
    score = report(zip(mutants, runs, strict=True))
    if options.report is not None:
        entries = [
            {"id": mutant.id, "breaks": mutant.breaks, "verdict": run.verdict, "test": run.test, "said": run.said}
            for mutant, run in zip(mutants, runs, strict=True)
        ]
        options.report.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nnoticed: {score:.1f}% (wanted: {WANTED:g}%)")
    return 0 if score >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
