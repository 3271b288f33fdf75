"""The map from lines of sources to the tests that execute them, measured once and kept in ``.cache/mutation``."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from .sandbox import ROOT, HarnessError, Sandbox, Sandboxes
from .server import OUTPUT
from .suites import LEFT_OUT, files_of_tests, suite_of

CACHE = ROOT / ".cache/mutation"
SOURCES = ("generator", "generated", "specs", "tests")
LONGEST = 600.0
"""Seconds that one file of tests may take while it is traced."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test.

    Args:
        id: Its id.
        file: Its file, below the repository.
        seconds: Of a processor, while it is traced.
        lines: The lines that it and its fixtures execute, as a mask by file.
    """

    id: str
    file: str
    seconds: float
    lines: Mapping[str, int] = field(repr=False)

    @property
    def suite(self) -> str:
        """The suite that it belongs to."""
        return suite_of(self.file)


@dataclass(frozen=True, slots=True)
class Selection:
    """The tests that could notice a change.

    Args:
        exact: Tests that execute what is changed.
        near: Tests beside these, for which somebody else may have executed it: a cached helper, say.
    """

    exact: Sequence[Test]
    near: Sequence[Test]


class LineMap:
    """Which tests execute which lines.

    Args:
        traced: What was noted of each file of tests.
    """

    def __init__(self, traced: Mapping[str, Mapping[str, Any]]) -> None:
        self.failed = [test for noted in traced.values() for test in noted["failed"]]
        self._imported = {file: _masks(noted["imported"]) for file, noted in traced.items()}
        self.tests: list[Test] = []
        for file, noted in traced.items():
            fixtures = {name: _masks(lines) for name, lines in noted["fixtures"].items()}
            for id_, test in noted["tests"].items():
                lines = _masks(test["lines"])
                for name in test["fixtures"]:
                    lines = _union(lines, fixtures[name])
                self.tests.append(Test(id_, file, test["seconds"], lines))

    def select(self, changes: Mapping[str, Iterable[int]]) -> Selection:
        """The tests that could notice a change.

        Args:
            changes: Lines that change, by file below the repository.

        Returns:
            Them, unordered.
        """
        exact = {test.id: test for file, lines in changes.items() for test in self._executing(file, lines)}
        files = {test.file for test in exact.values()}
        near = [test for test in self.tests if test.file in files and test.id not in exact]
        return Selection(list(exact.values()), near)

    def touching(self, files: Iterable[str]) -> list[Test]:
        """The tests that execute anything in some files.

        Args:
            files: The files, below the repository.
        """
        wanted = set(files)
        return [test for test in self.tests if not wanted.isdisjoint(test.lines)]

    def _executing(self, file: str, lines: Iterable[int]) -> list[Test]:
        module = self._module(file)
        for spans in module.spans(sorted(lines)):
            masks = {file: 0} | {name: _mask(numbers) for name, numbers in spans.items()}
            if module.at_import(spans) and file.startswith("generated/"):
                return self.touching(_siblings(file))
            if module.at_import(spans):
                masks = self._uses(file, module.names(spans[file]))
            found = [test for test in self.tests if any(test.lines.get(name, 0) & mask for name, mask in masks.items())]
            if not module.at_import(spans):
                importing = {test for test, imported in self._imported.items() if imported.get(file, 0) & masks[file]}
                known = {test.id for test in found}
                found += [test for test in self.tests if test.file in importing and test.id not in known]
            if found:
                return found
        return self.touching([file]) if module.any_at_import(lines) else []

    def _uses(self, file: str, names: Iterable[str]) -> dict[str, int]:
        """Lines in which names stand: private ones in their own file, others anywhere."""
        masks: dict[str, int] = {}
        for name in names:
            word = re.compile(rf"\b{re.escape(name)}\b")
            for other, text in self._texts.items():
                if other == file or not name.startswith("_"):
                    numbers = [number for number, line in enumerate(text.split("\n"), 1) if word.search(line)]
                    masks[other] = masks.get(other, 0) | _mask(numbers)
        return masks

    @cached_property
    def _texts(self) -> dict[str, str]:
        files = [*(ROOT / "generator").rglob("*.py"), *(ROOT / "generated/jobclients").rglob("*.py")]
        return {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in files}

    def _module(self, file: str) -> Module:
        return Module((ROOT / file).read_text("utf-8"), file)


class Module:
    """The statements of a module.

    Args:
        text: Its text.
        file: Where it is, below the repository.
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.tree = ast.parse(text)

    def spans(self, lines: Sequence[int]) -> Iterable[dict[str, set[int]]]:
        """Lines that are executed where some lines are, the narrowest answer first.

        A statement of several lines is executed as a whole; the head of a function or a class when it is imported, so
        that its bodies stand for it. Where nobody executes these, as with a part of a ``match``, the function does.

        Args:
            lines: The lines.
        """
        for widen in (False, True):
            found: set[int] = set()
            for line in lines:
                found |= self._span(line, widen=widen)
            yield {self.file: found}

    def _span(self, line: int, *, widen: bool) -> set[int]:
        around = [node for node in ast.walk(self.tree) if isinstance(node, ast.stmt) and line in _lines(node)]
        if not around:
            return {line}
        inner = around[-1]
        functions = [node for node in around if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            return {number for part in inner.body for number in _lines(part)}
        if isinstance(inner, ast.ClassDef):
            bodies = [part for part in ast.walk(inner) if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            return {number for body in bodies for part in body.body for number in _lines(part)} or {line}
        if widen and functions:
            return {number for part in functions[-1].body for number in _lines(part)}
        body = getattr(inner, "body", None) or getattr(inner, "cases", None)
        if body:
            first = body[0].lineno if isinstance(body[0], ast.stmt) else body[0].pattern.lineno
            head = range(inner.lineno, max(first, inner.lineno + 1))
            return set(head) if line in head else {line}
        return set(_lines(inner))

    def at_import(self, spans: Mapping[str, Iterable[int]]) -> bool:
        """Whether lines are executed when the module is imported, and at no other time."""
        return not set(spans[self.file]) & self._functions

    def any_at_import(self, lines: Iterable[int]) -> bool:
        """Whether any of some lines is executed when the module is imported."""
        return bool(set(lines) - self._functions)

    @cached_property
    def _functions(self) -> set[int]:
        nodes = [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        return {number for node in nodes for part in node.body for number in _lines(part)}

    def names(self, lines: Iterable[int]) -> set[str]:
        """The names that statements of some lines give."""
        wanted, names = set(lines), set[str]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and wanted.intersection(_lines(node)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)} - {
                    "_"
                }
            elif isinstance(node, ast.ClassDef) and node.lineno in wanted:
                names.add(node.name)
        return names


def _siblings(file: str) -> list[str]:
    """The modules of a vendor's package."""
    return [module.relative_to(ROOT).as_posix() for module in (ROOT / file).parent.glob("*.py")]


def _lines(node: ast.stmt) -> range:
    decorators = getattr(node, "decorator_list", ())
    return range(min([node.lineno, *(one.lineno for one in decorators)]), (node.end_lineno or node.lineno) + 1)


def _mask(lines: Iterable[int]) -> int:
    mask = 0
    for line in lines:
        mask |= 1 << line
    return mask


def _masks(written: Mapping[str, str]) -> dict[str, int]:
    return {file: int(mask, 16) for file, mask in written.items()}


def _union(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {file: one.get(file, 0) | other.get(file, 0) for file in {**one, **other}}


def line_map(sandboxes: Sandboxes, suites: Iterable[str]) -> LineMap:
    """The map, traced anew for the files of tests for which it is not known.

    Args:
        sandboxes: Where tests run.
        suites: The suites that are meant.

    Returns:
        The map.

    Raises:
        HarnessError: a file of tests cannot be run.
    """
    files = files_of_tests(ROOT, suites)
    base = _digest(tests=False)
    places = {
        file: CACHE / f"{hashlib.sha256((base + file).encode() + _bytes(file)).hexdigest()[:20]}.json" for file in files
    }
    missing = [file for file in files if not places[file].exists()]
    CACHE.mkdir(parents=True, exist_ok=True)

    def trace(sandbox: Sandbox, file: str) -> dict[str, Any]:
        noted = sandbox.ask(kind="tests", files=[file], modules=[], record=True, compiled=True, timeout=LONGEST)
        if "tests" not in noted:
            raise HarnessError(f"{file} cannot be traced: {noted}\n{sandbox.text(OUTPUT)[-2000:]}")
        places[file].write_text(json.dumps(noted), encoding="utf-8")
        return noted

    sandboxes.map(trace, missing, lambda file, noted: f"{file}: {len(noted['tests'])} tests, {noted['seconds']:.1f} s")
    return LineMap({file: json.loads(places[file].read_text("utf-8")) for file in files})


def _bytes(file: str) -> bytes:
    return (ROOT / file).read_bytes()


def state_of_repository() -> str:
    """A hash of everything that decides what tests notice."""
    return _digest(tests=True)[:20]


def _digest(*, tests: bool) -> str:
    """A hash of the sources, of what tests share, and of the tests themselves where they are meant."""
    parts = hashlib.sha256()
    for folder in SOURCES:
        for file in sorted((ROOT / folder).rglob("*")):
            name = file.relative_to(ROOT).as_posix()
            if file.is_dir() or "/." in name or "__pycache__" in name or name.startswith("tests/mutation/"):
                continue
            if tests or not (file.name.startswith("test_") and file.suffix == ".py"):
                parts.update(name.encode() + b"\0" + file.read_bytes())
    parts.update(Path(__file__).with_name("plugin.py").read_bytes() + repr(LEFT_OUT).encode())
    return parts.hexdigest()
