"""What `make mutate-any` does: mutants that nobody chose, over the runtime and the modules that build and word clients.

    python tests/mutation/anywhere.py [--sample N] [--seed N] [--jobs N] [--part runtime|generator]

cosmic-ray finds every place that its operators can change; a seeded sample of those is tried. A mutant of the runtime
is tried in a copy of the core. A mutant of the generator generates all clients, which then have to pass the
contract tests that the good generator wrote. Nothing passes or fails here: the table and the survivors are to be read.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import MutationSpec, WorkItem

if __package__ in (None, ""):
    sys.path[:1] = [str(Path(__file__).resolve().parents[1])]

from mutation.probe import unit_tests
from mutation.sandbox import CORE, DURATIONS, ROOT, HarnessError, Sandbox, copy_tree

PACKAGE = "generator/vendorsmith"
RUNTIME = f"generator/core/{CORE}"
WORDING = ("words", "constants", "signatures", "jobs", "jobkind", "types", "shapes", "docs", "models")
MODULES = {
    "runtime": [*sorted(f"{RUNTIME}/{file.name}" for file in (ROOT / RUNTIME).glob("*.py")), f"{RUNTIME}/jobs"],
    "generator": [f"{PACKAGE}/build", *(f"{PACKAGE}/emit/{name}.py" for name in WORDING)],
}
EXECUTABLE = Path(sys.executable).with_name("cosmic-ray")
LONGEST = 3600
"""Seconds after which cosmic-ray ends a probe, which ends its own tests long before."""

Span = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one mutant.

    Args:
        module: The module, below ``vendorsmith`` or ``generator/core``.
        diff: What is changed.
        contract: What the contract tests made of it.
        unit: What the runtime's own tests made of it, where they were asked.
        differs: How the output of a mutated generator differs.
    """

    module: str
    diff: str
    contract: str
    unit: str
    differs: str

    @property
    def survived(self) -> bool:
        """Whether the contract tests notice nothing."""
        return self.contract == "passed"

    @property
    def sound(self) -> bool:
        """Whether the clients can be imported at all, which no test is needed for."""
        return self.contract != "broken"


def annotation_spans(text: str) -> list[Span]:
    """Where a module's annotations stand, which nothing evaluates: a mutant there changes nothing.

    Args:
        text: The module, which postpones their evaluation.

    Returns:
        Start and end of each, as lines from 1 and columns from 0.
    """
    spans: list[Span] = []
    for node in ast.walk(ast.parse(text)):
        for name in ("annotation", "returns"):
            part = getattr(node, name, None)
            if isinstance(part, ast.expr):
                spans.append(((part.lineno, part.col_offset), (part.end_lineno or 0, part.end_col_offset or 0)))
    return spans


def candidates(session: Path, repository: Path) -> list[WorkItem]:
    """The mutants that cosmic-ray knows, those of annotations left out, in an order of their own.

    Args:
        session: Its database.
        repository: The copy that they are mutants of.

    Returns:
        The mutants.
    """
    with use_db(session) as database:
        items: list[WorkItem] = sorted(database.work_items, key=lambda item: _order(item.mutations[0]))
    spans = {path: annotation_spans((repository / path).read_text("utf-8")) for path in {_path(item) for item in items}}

    def counts(item: WorkItem) -> bool:
        mutation = item.mutations[0]
        return not any(start <= tuple(mutation.start_pos) < end for start, end in spans[_path(item)])

    return [item for item in items if counts(item)]


def _path(item: WorkItem) -> str:
    return str(item.mutations[0].module_path)


def _order(mutation: MutationSpec) -> tuple[str, str, int]:
    return str(mutation.module_path), mutation.operator_name, mutation.occurrence


def prepare(folder: Path, modules: Sequence[str]) -> None:
    """Make what one worker needs: a sandbox, a copy of the repository, and cosmic-ray's configuration.

    Args:
        folder: The worker's folder.
        modules: What to mutate.
    """
    Sandbox(folder).make()
    repository = folder / "mutated"
    for name in ("generator", "generated", "specs", "tests"):
        copy_tree(ROOT / name, repository / name)
    shutil.copy(ROOT / "pyproject.toml", repository)
    configuration = [
        "[cosmic-ray]",
        f"module-path = {json.dumps(list(modules))}",
        f"timeout = {LONGEST}.0",
        "excluded-modules = []",
        f"test-command = {json.dumps(f'{sys.executable} -m mutation.probe {folder}')}",
        "[cosmic-ray.distributor]",
        'name = "local"',
    ]
    (folder / "cosmic-ray.toml").write_text("\n".join(configuration) + "\n", encoding="utf-8")


def baseline(folder: Path) -> dict[str, float]:
    """Run everything without a mutant.

    Args:
        folder: A worker's folder.

    Returns:
        Seconds that each vendor's tests take.

    Raises:
        HarnessError: a test fails although nothing is changed.
    """
    sandbox = Sandbox(folder)
    times = sandbox.baseline(sandbox.suites())
    units = unit_tests(sandbox, folder / "mutated")
    if units.killed:
        raise HarnessError(f"without a mutant, the runtime's tests {units.verdict}: {units.test}\n{units.said}")
    return times


def execute(folders: Sequence[Path], items: Sequence[WorkItem]) -> list[Found]:
    """Try mutants, each worker its share.

    Args:
        folders: The workers' folders.
        items: The mutants.

    Returns:
        What came of them.

    Raises:
        HarnessError: one could not be tried.
    """
    workers: list[subprocess.Popen[bytes]] = []
    for number, folder in enumerate(folders):
        with use_db(folder / "session.sqlite") as database:
            database.clear()
            database.add_work_items(items[number :: len(folders)])
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
        command = [str(EXECUTABLE), "exec", "../cosmic-ray.toml", "../session.sqlite"]
        workers.append(subprocess.Popen(command, cwd=folder / "mutated", env=environment))
    try:
        while any(worker.poll() is None for worker in workers):
            time.sleep(15)
            print(f"{len(results(folders)):4}/{len(items)}", flush=True)
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait()
    found = results(folders)
    if len(found) != len(items):
        raise HarnessError(f"only {len(found)} of {len(items)} mutants were tried")
    return found


def results(folders: Iterable[Path]) -> list[Found]:
    """What is known so far.

    Args:
        folders: The workers' folders.

    Returns:
        What came of each mutant that was tried.

    Raises:
        HarnessError: one could not be tried.
    """
    found: list[Found] = []
    for folder in folders:
        with use_db(folder / "session.sqlite") as database:
            completed = database.completed_work_items
        for item, result in completed:
            try:
                said: dict[str, str] = json.loads(result.output or "")
            except ValueError:
                raise HarnessError(f"{_path(item)}: {result.output}\n{result.diff}") from None
            module = _path(item).removeprefix(f"{PACKAGE}/").removeprefix("generator/core/")
            found.append(
                Found(module, result.diff or "", said["contract"], said.get("unit", ""), said.get("differs", ""))
            )
    return sorted(found, key=lambda one: (one.module, one.diff))


def report(found: Sequence[Found]) -> None:
    """Print the table and the survivors.

    Args:
        found: What came of each mutant.
    """
    modules: dict[str, list[Found]] = defaultdict(list)
    for one in found:
        modules[one.module].append(one)
        modules[f"all of {'runtime' if one.module.startswith(f'{CORE}/') else 'the generator'}"].append(one)
    print(
        "\nmodule                          mutants  noticed by contract tests  or by unit tests  same output  same code"
    )
    for name, every in sorted(modules.items(), key=lambda entry: (entry[0].startswith("all"), entry[0])):
        ones = [one for one in every if one.sound]
        if not ones:
            continue
        contract = sum(not one.survived for one in ones)
        either = contract + sum(one.unit not in ("", "passed") for one in ones)
        same, words = (sum(one.survived and one.differs == how for one in ones) for how in ("no", "words"))
        shares = [f"{100 * count / len(ones):.1f}%" for count in (contract, either)]
        print(f"{name:30} {len(ones):8} {shares[0]:>26} {shares[1]:>17} {same:>12} {words:>10}")
    print(f"\ncannot be imported, and count as none: {sum(not one.sound for one in found)}")
    print("\nnot noticed by the contract tests:")
    for one in found:
        if one.survived:
            note = f"unit tests: {one.unit}" if one.unit else f"output differs: {one.differs}"
            print(f"\n{one.module} ({note})\n{one.diff}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line; the process's own when None.

    Returns:
        The exit code: 0 where all mutants were tried, 2 where not.
    """
    parser = argparse.ArgumentParser(description="Try a sample of all mutants of the runtime and the generator.")
    parser.add_argument("--sample", type=int, default=200, metavar="N", help="how many mutants (default 200)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which (default 0)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="mutants at a time (default 2)")
    parser.add_argument("--part", choices=sorted(MODULES), help="mutants of one part only")
    options = parser.parse_args(arguments)
    modules = [module for part, modules in MODULES.items() if options.part in (None, part) for module in modules]
    with TemporaryDirectory(prefix="mutants-") as temporary:
        folders = [Path(temporary).resolve() / str(number) for number in range(max(1, options.jobs))]
        for folder in folders:
            prepare(folder, modules)
        try:
            times = baseline(folders[0])
            for folder in folders:
                (folder / "times.json").write_text(json.dumps(times), encoding="utf-8")
                if folder != folders[0]:
                    shutil.copy(folders[0] / DURATIONS, folder)
            initialise = [str(EXECUTABLE), "init", "../cosmic-ray.toml", "../session.sqlite"]
            subprocess.run(initialise, cwd=folders[0] / "mutated", check=True)
            items = candidates(folders[0] / "session.sqlite", folders[0] / "mutated")
            chosen = random.Random(options.seed).sample(items, min(options.sample, len(items)))
            print(f"{len(chosen)} of {len(items)} mutants, seed {options.seed}", flush=True)
            report(execute(folders, chosen))
        except HarnessError as error:
            print(error, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
