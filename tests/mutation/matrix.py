"""What `make kill-matrix` does: which suite notices which mutant of the catalogue, as `KILLS.md`.

    python tests/mutation/matrix.py [--jobs N]

Each mutant is shown to each suite alone. What the suites of an earlier form noticed was measured before they were
deleted, and is read from `old_suite.json`. A run that was ended goes on where it was. Exit code 0 where every mutant
that the earlier suite noticed is noticed by one of the others.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

if __package__ in (None, ""):
    sys.path[:1] = [str(Path(__file__).resolve().parents[1])]

from mutation.catalogue import CATALOGUE, Mutant
from mutation.kept import MutantResult
from mutation.run import change_of
from mutation.sandbox import ROOT, HarnessError, Sandbox, Sandboxes
from mutation.tracing import line_map
from mutation.trials import Trials

HERE = Path(__file__).resolve().parent
COMPARED = ("vendor", "runtime", "model-based")
UNKNOWN = "?"
LONGEST = 60
"""Characters of a test's name that are shown."""

Kills = dict[str, dict[str, str]]
"""By mutant and suite, the test that noticed it; empty where none did."""


def measured(jobs: int) -> Kills:
    """Show every mutant to every suite.

    Args:
        jobs: How many at a time.

    Returns:
        What came of it.
    """
    kills: Kills = {mutant.id: {} for mutant in CATALOGUE}
    with Sandboxes(jobs) as sandboxes:
        lines = line_map(sandboxes, COMPARED)
        for suite in COMPARED:
            trials = Trials(lines, [suite])

            def run(sandbox: Sandbox, mutant: Mutant, trials: Trials = trials) -> MutantResult:
                return trials.run(sandbox, change_of(mutant))

            def say(mutant: Mutant, outcome: MutantResult, suite: str = suite) -> str:
                return f"{outcome.seconds:5.1f} s  {suite:12} {mutant.id}  {_shown(outcome) or '-'}"

            for mutant, outcome in zip(CATALOGUE, sandboxes.map(run, CATALOGUE, say), strict=True):
                kills[mutant.id][suite] = _shown(outcome)
    return kills


def _shown(outcome: MutantResult) -> str:
    return (outcome.test or outcome.verdict) if outcome.killed else ""


def lost(kills: Kills, before: Mapping[str, str]) -> list[Mutant]:
    """The mutants that the earlier suite noticed, and none of the others does.

    Args:
        kills: What the others noticed.
        before: What that one did: the test that noticed a mutant, empty where none did.
    """
    return [mutant for mutant in CATALOGUE if before.get(mutant.id) and not any(kills[mutant.id].values())]


def rendered(kills: Kills, before: Mapping[str, str]) -> str:
    """The matrix as Markdown.

    Args:
        kills: What the suites noticed.
        before: What the earlier suite did.
    """
    every = {mutant.id: {"earlier": before.get(mutant.id, UNKNOWN), **kills[mutant.id]} for mutant in CATALOGUE}
    suites = ("earlier", *COMPARED)
    lines = [
        "# Which suite notices which mutant",
        "",
        "Written by `make kill-matrix`; how it is measured says [README.md](README.md).",
        "",
        f"| area | mutants | {' | '.join(suites)} | any of the three |",
        f"|---|{'--:|' * (len(suites) + 2)}",
    ]
    for area in [*dict.fromkeys(mutant.area for mutant in CATALOGUE), "all"]:
        rows = [every[mutant.id] for mutant in CATALOGUE if area in ("all", mutant.area)]
        counts = [sum(row[suite] not in ("", UNKNOWN) for row in rows) for suite in suites]
        either = sum(any(row[suite] for suite in COMPARED) for row in rows)
        lines.append(f"| {area} | {len(rows)} | {' | '.join(map(str, counts))} | {either} |")
    gone = lost(kills, before)
    lines += ["", f"Noticed by the earlier suite and by none of the others: {len(gone)}.", ""]
    lines += [f"- `{mutant.id}`: {mutant.breaks}" for mutant in gone]
    lines += [
        "## Each mutant, and the first test that fails",
        "",
        f"| mutant | {' | '.join(suites)} |",
        f"|---|{'---|' * len(suites)}",
    ]
    for mutant in CATALOGUE:
        cells = [_cell(every[mutant.id][suite]) for suite in suites]
        lines.append(f"| {mutant.id} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(test: str) -> str:
    name = test.partition("::")[2] or test
    name = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
    return f"`{name.replace('|', '/')}`" if name else "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line; the process's own when None.

    Returns:
        The exit code: 0 where nothing is lost, 1 where something is, 2 where nothing could be told.
    """
    parser = argparse.ArgumentParser(description="Write which suite notices which mutant of the catalogue.")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="mutants at a time (default 2)")
    options = parser.parse_args(arguments)
    measured_before = json.loads((HERE / "old_suite.json").read_text("utf-8"))
    before: dict[str, str] = measured_before["noticed"] | dict.fromkeys(measured_before["survived"], "")
    try:
        kills = measured(options.jobs)
    except (HarnessError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    file = HERE / "KILLS.md"
    file.write_text(rendered(kills, before), encoding="utf-8")
    print(f"{file.relative_to(ROOT)} is written")
    gone = lost(kills, before)
    for mutant in gone:
        print(f"lost: {mutant.id:34} {mutant.breaks}")
    return 1 if gone else 0


if __name__ == "__main__":
    sys.exit(main())
