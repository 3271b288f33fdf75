"""Plugins of pytest for runs of mutants: one notes what failed, the other which lines each test executes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

TRACED = ("generator", "generated/jobclients")
"""Folders whose lines are of interest."""


class Notes:
    """Runs the tests that are named, in their order, and notes the first that fails.

    Args:
        tests: Their ids; all that are found without.
    """

    def __init__(self, tests: Sequence[str]) -> None:
        self._order = {test: number for number, test in enumerate(tests)}
        self._first: dict[str, str] = {}
        self._passed = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._order:
            items[:] = sorted(
                (item for item in items if item.nodeid in self._order), key=lambda item: self._order[item.nodeid]
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._passed += report.passed and report.when == "call"
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed and not self._first:
            crash = getattr(report.longrepr, "reprcrash", None)
            said = str(crash.message if crash is not None else report.longrepr)
            self._first = {
                "test": report.nodeid,
                "said": " | ".join(line for line in said.splitlines() if line.strip())[:400],
            }

    def noted(self) -> dict[str, Any]:
        """What came of the run."""
        return {**self._first, "passed": self._passed}


class Lines:
    """Notes which lines each test executes, which its shared fixtures do, and which importing its file does.

    Args:
        root: The copy of the repository.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._coverage = Coverage(
            data_file=None, include=[f"{root}/{folder}/*" for folder in TRACED], config_file=False, messages=False
        )
        self._contexts = [""]
        self._since = time.process_time()
        self._seconds: dict[str, float] = defaultdict(float)
        self._fixtures: dict[str, list[str]] = {}
        self._failed: set[str] = set()
        self._skipped: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        self._coverage.start()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._fixtures[item.nodeid] = list(getattr(item, "fixturenames", ()))
        return (yield from self._within(f"test:{item.nodeid}"))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        if fixturedef.scope == "function":
            return (yield)
        return (yield from self._within(f"fixture:{fixturedef.argname}"))

    def _within(self, context: str) -> Generator[None, object, object]:
        self._switch([*self._contexts, context])
        try:
            return (yield)
        finally:
            self._switch(self._contexts[:-1])

    def _switch(self, contexts: list[str]) -> None:
        now = time.process_time()
        self._seconds[self._contexts[-1]] += now - self._since
        self._contexts, self._since = contexts, now
        self._coverage.switch_context(contexts[-1])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.add(report.nodeid)
        if report.skipped:
            self._skipped.add(report.nodeid)

    def noted(self) -> dict[str, Any]:
        """Tests with their seconds of a processor, shared fixtures and lines, these as masks in hexadecimal by file."""
        self._coverage.stop()
        masks: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        data = self._coverage.get_data()
        for file in data.measured_files():
            name = Path(file).relative_to(self._root).as_posix()
            for line, contexts in data.contexts_by_lineno(file).items():
                for context in contexts:
                    masks[context][name] |= 1 << line
        written = {context: {name: f"{mask:x}" for name, mask in files.items()} for context, files in masks.items()}
        shared = {context.removeprefix("fixture:") for context in written if context.startswith("fixture:")}
        return {
            "imported": written.get("", {}),
            "fixtures": {
                name: {"seconds": self._seconds[f"fixture:{name}"], "lines": written[f"fixture:{name}"]}
                for name in shared
            },
            "tests": {
                test: {
                    "seconds": self._seconds[f"test:{test}"],
                    "fixtures": sorted(shared.intersection(names)),
                    "lines": written.get(f"test:{test}", {}),
                }
                for test, names in self._fixtures.items()
                if test not in self._failed | self._skipped
            },
            "failed": sorted(self._failed),
        }
