"""Trying a mutant: the tests that could notice it, those first that are quick and have noticed others."""

from __future__ import annotations

import ast
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from .kept import Change, Kept, MutantResult
from .lines import LineMap, Test
from .sandbox import ROOT, Run, Sandbox, modules_of
from .suites import SUITES, suite_of

FIRST = 5
"""How many tests are run before all others."""

MOST, MOST_NEAR = 120.0, 20.0
"""Seconds of tests, by their measured times, that are run at most: those that execute a change, and those beside."""

GENERATION = 120.0
"""Seconds after which a generation is ended."""


class Trials:
    """Tries mutants.

    Args:
        lines: Which tests execute which lines.
        suites: The suites whose tests may notice one.
    """

    def __init__(self, lines: LineMap, suites: Iterable[str] = SUITES) -> None:
        self._lines = lines
        self._suites = frozenset(suites)
        self._kept = Kept(self._suites)
        self._kills = Counter[str]()

    def run(self, sandbox: Sandbox, change: Change) -> MutantResult:
        """Try one, if what comes of it is not known from an earlier run.

        Args:
            sandbox: Where.
            change: The mutant.

        Returns:
            What came of it.
        """
        outcome = self._kept.get(change)
        if outcome is None:
            outcome = self._tried(sandbox, change)
            self._kept.put(change, outcome)
        if outcome.killed:
            self._kills[outcome.test] += 1
        return outcome

    def _tried(self, sandbox: Sandbox, change: Change) -> MutantResult:
        seconds, notes = 0.0, list[str]()
        with sandbox.changed(change.files):
            for outcome in self._steps(sandbox, change):
                seconds += outcome.seconds
                notes += [outcome.note] if outcome.note else []
                if outcome.verdict != "survived":
                    return replace(outcome, seconds=seconds)
        return MutantResult("survived", seconds=seconds, note="; ".join(dict.fromkeys(notes)))

    def _steps(self, sandbox: Sandbox, change: Change) -> Iterator[MutantResult]:
        sources = {file: text for file, text in change.files.items() if file.endswith(".py")}
        if sources:
            yield from self._selected(sandbox, sources)
        if any(file.startswith(("generator/vendorsmith/", "specs/")) for file in change.files):
            yield from self._generated(sandbox, change)

    def _selected(self, sandbox: Sandbox, sources: Mapping[str, str]) -> Iterator[MutantResult]:
        """The tests that execute what is changed."""
        selection = self._lines.select({file: _lines_of(sandbox, file, text) for file, text in sources.items()})
        exact, near = self._wanted(selection.exact), self._wanted(selection.near)
        if not exact:
            yield MutantResult("survived", note="no test executes it")
        quick = sorted(exact, key=lambda test: -self._price(test) - test.shared)
        first = sorted({test.file: test for test in quick}.values(), key=lambda test: self._price(test) + test.shared)[
            :FIRST
        ]
        known = {test.id for test in first}
        rest, left = _within(MOST, [test for test in exact if test.id not in known])
        beside, _ = _within(MOST_NEAR, near)
        modules = modules_of(sources)
        for tests in (first, rest, beside):
            if tests:
                yield self._tested(sandbox, tests, modules)
        if left:
            yield MutantResult("survived", note=f"{left} of {len(exact)} tests that execute it were not run")

    def _wanted(self, tests: Iterable[Test]) -> list[Test]:
        wanted = [test for test in tests if test.suite in self._suites]
        return sorted(wanted, key=lambda test: (self._price(test), test.id))

    def _price(self, test: Test) -> float:
        """What running a test costs, less where it has noticed others."""
        return (test.seconds + 0.02) / (1 + self._kills[test.id])

    def _tested(self, sandbox: Sandbox, tests: Sequence[Test], modules: Sequence[str]) -> MutantResult:
        # Tests of about the same price by file, as their fixtures are then made once.
        order = sorted(tests, key=lambda test: (round(math.log2(self._price(test))), test.file))
        patience = 15 + 5 * sum(test.seconds for test in tests) + 5 * max(test.shared for test in tests)
        files = list(dict.fromkeys(test.file for test in order))
        return _outcome(sandbox.test(files, patience, tests=[test.id for test in order], modules=modules))

    def _generated(self, sandbox: Sandbox, change: Change) -> Iterator[MutantResult]:
        """What the generator makes of it: clients against the committed tests, its own tests against the clients."""
        spec = next((file for file in change.files if file.startswith("specs/")), None)
        vendors = _borrowing(sandbox, spec.split("/")[1]) if spec is not None else []
        noted = sandbox.ask(kind="generate", vendors=vendors, timeout=GENERATION)
        if "files" not in noted:
            said = noted.get("refused", "generating does not end")
            yield MutantResult("killed", "generator", "generation", said, noted["seconds"])
            return
        yield MutantResult("survived", seconds=noted["seconds"])
        files: dict[str, str] = {f"generated/{path}": text for path, text in noted["files"].items()}
        clients = {path: text for path, text in files.items() if path.startswith("generated/jobclients/")}
        changed = {path: text for path, text in clients.items() if _differs(sandbox, path, text)}
        if changed:
            with sandbox.changed(changed):
                yield from self._clients(sandbox, changed)
        suites = {
            path: text
            for path, text in files.items()
            if path.startswith(SUITES["vendor"]) and _differs(sandbox, path, text)
        }
        if suites and "vendor" in self._suites:
            with sandbox.changed(suites):
                yield _outcome(sandbox.test(list(suites), GENERATION + MOST))
        if not changed and not suites:
            yield MutantResult("survived", note="same output")

    def _clients(self, sandbox: Sandbox, changed: Mapping[str, str]) -> Iterator[MutantResult]:
        vendors = {path.split("/")[2] for path in changed}
        if "vendor" in self._suites:
            files = [f"{SUITES['vendor'][0]}/test_{vendor}.py" for vendor in sorted(vendors)]
            yield _outcome(sandbox.test([file for file in files if (ROOT / file).exists()], GENERATION + MOST))
        packages = {
            file.relative_to(ROOT).as_posix()
            for vendor in vendors
            for file in (ROOT / "generated/jobclients" / vendor).rglob("*.py")
        }
        tests = [test for test in self._wanted(self._lines.touching(packages)) if test.suite != "vendor"]
        chosen, left = _within(MOST, tests)
        if chosen:
            yield self._tested(sandbox, chosen, modules_of(changed))
        if left:
            yield MutantResult("survived", note=f"{left} of {len(tests)} tests that use the clients were not run")


def _outcome(run: Run) -> MutantResult:
    suite = suite_of(run.test.partition("::")[0])
    return MutantResult(run.verdict, suite, run.test, run.said, run.seconds)


def _lines_of(sandbox: Sandbox, file: str, text: str) -> set[int]:
    """The lines of a file as it is that are changed; where something is put in, the lines around it."""
    before = (ROOT / file).read_text("utf-8").split("\n")
    lines: set[int] = set()
    for tag, left, right, _, _ in SequenceMatcher(None, before, text.split("\n"), autojunk=False).get_opcodes():
        if tag == "insert":
            lines |= {max(left, 1), left + 1}
        elif tag != "equal":
            lines |= set(range(left + 1, right + 1))
    return lines


def _within(seconds: float, tests: Sequence[Test]) -> tuple[list[Test], int]:
    """The tests that fit into some seconds, and how many do not."""
    chosen: list[Test] = []
    for test in tests:
        seconds -= test.seconds
        if seconds < 0:
            break
        chosen.append(test)
    return chosen, len(tests) - len(chosen)


def _borrowing(sandbox: Sandbox, vendor: str) -> list[str]:
    """A vendor, and those that use its credentials."""
    specs = sorted((sandbox.folder / "specs").glob("*/openapi.yaml"))
    return [
        spec.parent.name
        for spec in specs
        if spec.parent.name == vendor or f"vendor: {vendor}\n" in spec.read_text("utf-8")
    ]


def _differs(sandbox: Sandbox, path: str, text: str) -> bool:
    """Whether a file does something else than before: comments and docstrings do nothing."""
    place = sandbox.folder / path
    if not place.exists():
        return True
    before = place.read_text("utf-8")
    if before == text:
        return False
    if path.endswith(".json"):
        return _facts(before) != _facts(text)
    return not path.endswith(".py") or _code(before) != _code(text)


def _facts(text: str) -> object:
    return json.dumps(json.loads(text))


def _code(text: str) -> str:
    try:
        return ast.dump(_Silent().visit(ast.parse(text)))
    except SyntaxError:
        return text


class _Silent(ast.NodeTransformer):
    """Takes texts out that stand alone as statements."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        silent = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return ast.copy_location(ast.Pass(), node) if silent else node
