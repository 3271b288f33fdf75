"""The map from lines of sources to the tests that execute them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .sandbox import ROOT
from .statements import Module
from .suites import suite_of


@dataclass(frozen=True, slots=True)
class Test:
    """One test.

    Args:
        id: Its id.
        file: Its file, below the repository.
        seconds: Of a processor, while it is traced.
        lines: The lines that it and its fixtures execute, as a mask by file.
        shared: Seconds that fixtures take which it shares with others.
    """

    id: str
    file: str
    seconds: float
    lines: Mapping[str, int] = field(repr=False)
    shared: float

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
            fixtures = {name: _masks(fixture["lines"]) for name, fixture in noted["fixtures"].items()}
            for id_, test in noted["tests"].items():
                lines = _masks(test["lines"])
                for name in test["fixtures"]:
                    lines = _union(lines, fixtures[name])
                shared = sum(noted["fixtures"][name]["seconds"] for name in test["fixtures"])
                self.tests.append(Test(id_, file, test["seconds"], lines, shared))

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
        module, lines = self._module(file), sorted(lines)
        found = self._naming(file, module.classes(lines))
        for spans in module.spans(lines):
            masks = {file: 0} | {name: _mask(numbers) for name, numbers in spans.items()}
            if module.at_import(spans) and file.startswith("generated/"):
                return self.touching(_siblings(file))
            if module.at_import(spans):
                found += self._naming(file, module.names(spans[file]))
                masks = {}
            found += self._touching(masks)
            if not module.at_import(spans):
                importing = {test for test, imported in self._imported.items() if imported.get(file, 0) & masks[file]}
                known = {test.id for test in found}
                found += [test for test in self.tests if test.file in importing and test.id not in known]
            if found:
                return list({test.id: test for test in found}.values())
        return self.touching([file]) if module.any_at_import(lines) else []

    def _touching(self, masks: Mapping[str, int]) -> list[Test]:
        """The tests that execute any of some lines."""
        return [test for test in self.tests if any(test.lines.get(name, 0) & mask for name, mask in masks.items())]

    def _naming(self, file: str, names: Iterable[str]) -> list[Test]:
        """The tests that execute lines in which names are, or in whose own file or id they do."""
        names = set(names)
        words = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names) or r"(?!)")
        files = {one for one in {test.file for test in self.tests} if words.search((ROOT / one).read_text("utf-8"))}
        return self._touching(self._uses(file, names)) + [
            test for test in self.tests if test.file in files or words.search(test.id)
        ]

    def _uses(self, file: str, names: Iterable[str]) -> dict[str, int]:
        """Lines in which names are: private ones in their own file, others anywhere."""
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


def _siblings(file: str) -> list[str]:
    """The modules of a vendor's package."""
    return [module.relative_to(ROOT).as_posix() for module in (ROOT / file).parent.glob("*.py")]


def _mask(lines: Iterable[int]) -> int:
    mask = 0
    for line in lines:
        mask |= 1 << line
    return mask


def _masks(written: Mapping[str, str]) -> dict[str, int]:
    return {file: int(mask, 16) for file, mask in written.items()}


def _union(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {file: one.get(file, 0) | other.get(file, 0) for file in {**one, **other}}
