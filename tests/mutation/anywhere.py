"""What `make mutate-any` does: mutants that nobody chose, of the core, the generator and the specs.

    python tests/mutation/anywhere.py [--sample N] [--seed N] [--jobs N] [--part core|generator|specs]

cosmic-ray finds what can be changed in the sources, `specs` what can be said otherwise in a spec; a seeded sample is
tried, each against the tests that execute what it changes. Exit code 0 where at least 95 of 100 are noticed; those that
`SURVIVORS.md` shows to be equivalent are not counted.
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

if __package__ in (None, ""):
    sys.path[:1] = [str(Path(__file__).resolve().parents[1])]

from mutation.kept import Change, MutantResult
from mutation.operators import changed_lines, places
from mutation.sandbox import ROOT, HarnessError, Sandboxes
from mutation.specs import SpecMutant, spec_mutants, vendors
from mutation.suites import SUITES
from mutation.survivors import reason_of
from mutation.tracing import line_map
from mutation.trials import Trials

WANTED = 95.0
"""Per cent of mutants that have to be noticed."""

SHARES = {"core": 0.4, "generator": 0.4, "specs": 0.2}


@dataclass(frozen=True, slots=True)
class Sampled:
    """A mutant of the sample.

    Args:
        part: What it belongs to.
        title: Where it is, and what changes it: stays as it is when lines move.
        taken: The text that it takes away.
        put: The text that it puts there.
        change: The mutant.
    """

    part: str
    title: str
    taken: str
    put: str
    change: Change

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by."""
        return self.title, self.taken, self.put


def sampled(part: str, count: int, seed: int) -> list[Sampled]:
    """A seeded sample of the mutants of a part.

    Args:
        part: One of `SHARES`.
        count: How many.
        seed: Which.
    """
    chance = random.Random(f"{part} {seed}")
    found = _of_specs(chance) if part == "specs" else _of_sources(part, chance)
    return [one for _, one in zip(range(count), found, strict=False)]


def _of_sources(part: str, chance: random.Random) -> Iterator[Sampled]:
    """Mutants of modules in any order; what does not compile, or is the same code, is none."""
    known = places(part)
    for place in chance.sample(known, len(known)):
        before = (ROOT / place.file).read_text("utf-8")
        after = place.mutated()
        try:
            tree = ast.parse(after)
        except SyntaxError:
            continue
        if ast.dump(tree) == ast.dump(ast.parse(before)):
            continue
        file = place.file.removeprefix("generator/")
        title = f"{file} {place.function or 'module'} {place.operator}"
        yield Sampled(part, title, *changed_lines(before, after), Change(title, {place.file: after}))


def _of_specs(chance: random.Random) -> Iterator[Sampled]:
    """Mutants of specs, each kind of fact as often as the others while there are any."""
    kinds: dict[str, list[SpecMutant]] = defaultdict(list)
    for vendor in vendors():
        for mutant in spec_mutants(vendor):
            kinds[mutant.kind].append(mutant)
    for ones in kinds.values():
        chance.shuffle(ones)
    while kinds:
        for kind in chance.sample(sorted(kinds), len(kinds)):
            mutant = kinds[kind].pop()
            if not kinds[kind]:
                del kinds[kind]
            before = (ROOT / mutant.file).read_text("utf-8")
            title = f"{mutant.file} {mutant.pointer} {kind}"
            yield Sampled(
                "specs", title, *changed_lines(before, mutant.text), Change(title, {mutant.file: mutant.text})
            )


def report(pairs: Sequence[tuple[Sampled, MutantResult]]) -> float:
    """Print the table and the survivors.

    Args:
        pairs: Mutants, and what came of each.

    Returns:
        Per cent that were noticed, of those that change behaviour.
    """
    suites = [*SUITES, "generator"]
    print(f"\n{'part':10} mutants  broken  equivalent  noticed{''.join(f'{suite:>12}' for suite in suites)}{'time':>7}")
    share = 100.0
    for part in [*dict.fromkeys(mutant.part for mutant, _ in pairs), "all"]:
        ones = [(mutant, outcome) for mutant, outcome in pairs if part in ("all", mutant.part)]
        broken = sum(outcome.verdict == "broken" for _, outcome in ones)
        equivalent = sum(
            outcome.verdict == "survived" and reason_of(*mutant.key).startswith("equivalent")
            for mutant, outcome in ones
        )
        noticed = sum(outcome.killed for _, outcome in ones)
        share = 100 * noticed / max(len(ones) - broken - equivalent, 1)
        firsts = Counter(outcome.suite or "time" for _, outcome in ones if outcome.killed)
        columns = "".join(f"{firsts[suite]:12}" for suite in suites)
        print(f"{part:10} {len(ones):7} {broken:7} {equivalent:11} {share:7.1f}%{columns}{firsts['time']:7}")
    print("\nThe suite is that of the first test that failed; others may notice it as well.")
    print("Broken: the module cannot be imported, which no test is needed for.")
    for mutant, outcome in pairs:
        if outcome.verdict == "survived":
            reason = reason_of(*mutant.key) or "NOT IN SURVIVORS.md"
            note = f" ({outcome.note})" if outcome.note else ""
            print(f"\n### `{mutant.title}`\n\n    - {mutant.taken}\n    + {mutant.put}\n\n{reason}{note}")
    return share


def _line(mutant: Sampled, outcome: MutantResult) -> str:
    what = outcome.suite if outcome.verdict == "killed" else outcome.verdict.upper()
    return f"{outcome.seconds:5.1f} s  {what:12} {mutant.title}  {outcome.note or outcome.test}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line; the process's own when None.

    Returns:
        The exit code: 0 where enough is noticed, 1 where not, 2 where nothing could be told.
    """
    parser = argparse.ArgumentParser(
        description="Try a sample of all mutants of the core, the generator and the specs."
    )
    parser.add_argument("--sample", type=int, default=200, metavar="N", help="how many mutants (default 200)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which (default 1)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="mutants at a time (default 2)")
    parser.add_argument("--part", choices=sorted(SHARES), help="mutants of one part only")
    options = parser.parse_args(arguments)
    shares = SHARES if options.part is None else {options.part: 1.0}
    try:
        with Sandboxes(max(1, options.jobs)) as sandboxes:
            lines = line_map(sandboxes, SUITES)
            for test in lines.failed:
                print(f"fails without a mutant, and is left out: {test}")
            counts = {part: round(options.sample * share) for part, share in shares.items()}
            print(f"seed {options.seed}: {', '.join(f'{count} mutants of {part}' for part, count in counts.items())}")
            mutants = [one for part, count in counts.items() for one in sampled(part, count, options.seed)]
            trials = Trials(lines)
            outcomes = sandboxes.map(lambda sandbox, mutant: trials.run(sandbox, mutant.change), mutants, _line)
    except HarnessError as error:
        print(error, file=sys.stderr)
        return 2
    share = report(list(zip(mutants, outcomes, strict=True)))
    print(f"\nnoticed: {share:.1f}% of those that change behaviour (wanted: {WANTED:g}%)")
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
