"""What `make mutate` does: change the clients in many small ways, and see whether the tests notice.

    python tests/mutation/run.py [--only PATTERN …] [--suite NAME …] [--jobs N]

Each mutant of the catalogue is one wrong change of a copy of the repository. The tests that execute what it changes run
until one fails; a mutant that none notices has survived. Exit code 0 where at least 95 of 100 are noticed; a mutant
that cannot be imported proves nothing, and counts as none.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

if __package__ in (None, ""):
    sys.path[:1] = [str(Path(__file__).resolve().parents[1])]

from mutation.catalogue import CATALOGUE, Mutant
from mutation.kept import Change, MutantResult
from mutation.sandbox import ROOT, HarnessError, Sandboxes
from mutation.suites import SUITES
from mutation.tracing import line_map
from mutation.trials import Trials

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


def change_of(mutant: Mutant) -> Change:
    """A mutant of the catalogue as what is tried.

    Args:
        mutant: The mutant.

    Raises:
        ValueError: it does not apply.
    """
    return Change(mutant.id, {mutant.path: mutant.applied((ROOT / mutant.path).read_text("utf-8"))})


def report(pairs: Sequence[tuple[Mutant, MutantResult]]) -> float:
    """Print the table and the survivors.

    Args:
        pairs: Mutants, and what came of each.

    Returns:
        Per cent that were noticed, of those that can be imported.
    """
    print("\narea           mutants  noticed  by a failed test  by time  survived  no import")
    score = 100.0
    for area in [*dict.fromkeys(mutant.area for mutant, _ in pairs), "all"]:
        verdicts = Counter(outcome.verdict for mutant, outcome in pairs if area in ("all", mutant.area))
        noticed = verdicts["killed"] + verdicts["timed out"]
        score = 100 * noticed / max(noticed + verdicts["survived"], 1)
        print(
            f"{area:14} {verdicts.total():7} {score:7.1f}% {verdicts['killed']:17} {verdicts['timed out']:8}"
            f" {verdicts['survived']:9} {verdicts['broken']:10}"
        )
    for mutant, outcome in pairs:
        if outcome.verdict == "survived":
            print(f"not noticed: {mutant.id:34} {mutant.breaks} {outcome.note}")
    return score


def line_of(mutant: Mutant, outcome: MutantResult) -> str:
    """What is printed of a mutant when it was tried."""
    what = outcome.suite if outcome.verdict == "killed" else outcome.verdict.upper()
    return f"{outcome.seconds:5.1f} s  {what:12} {mutant.id}  {outcome.note or outcome.test}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line; the process's own when None.

    Returns:
        The exit code: 0 where enough is noticed, 1 where not, 2 where nothing could be told.
    """
    parser = argparse.ArgumentParser(description="Change the generated clients, and see whether the tests notice.")
    parser.add_argument(
        "--only",
        metavar="PATTERN",
        nargs="+",
        default=[],
        help="parts of mutants' ids, or patterns such as 'jobs/*'; all mutants without",
    )
    parser.add_argument(
        "--suite", nargs="+", choices=sorted(SUITES), default=list(SUITES), help="whose tests may notice"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="mutants at a time (default 2)")
    options = parser.parse_args(arguments)
    mutants = chosen(options.only)
    if not mutants:
        parser.error(f"no mutant is called like {' or '.join(options.only)}")
    try:
        with Sandboxes(max(1, min(options.jobs, len(mutants)))) as sandboxes:
            trials = Trials(line_map(sandboxes, options.suite), options.suite)
            outcomes = sandboxes.map(lambda sandbox, mutant: trials.run(sandbox, change_of(mutant)), mutants, line_of)
    except (HarnessError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    score = report(list(zip(mutants, outcomes, strict=True)))
    print(f"\nnoticed: {score:.1f}% (wanted: {WANTED:g}%)")
    return 0 if score >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
