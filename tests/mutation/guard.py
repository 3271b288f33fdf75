"""A plugin of pytest for runs of mutants: makes sure that the copy is tested, notes what passed and what failed.

It is copied beside the mutated clients and loaded from there, so it imports nothing of this folder.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from bisect import bisect
from pathlib import Path

import pytest

WRONG_COPY = 97
"""Exit code of a run in which something else than the copy was imported."""

_BOUNDS = (0.03, 0.1, 0.3, 1.0, 3.0)
"""Seconds that part quick tests from slow ones."""

_first: dict[str, str] = {}
_durations: dict[str, float] = {}
_passed: set[str] = set()
_vendors: set[str] = set()


def _note(where: str, why: object) -> None:
    if not _first:
        lines = [line for line in str(why).splitlines() if line.strip()]
        _first.update(test=where, said=" | ".join(lines)[:600])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the quick tests first, where it is known which those are: most mutants are noticed by one of them."""
    known = Path(os.environ["MUTATION_DURATIONS"])
    durations: dict[str, float] = json.loads(known.read_text("utf-8")) if known.exists() else {}
    _vendors.update(item.path.stem.removeprefix("test_") for item in items if item.path.parent.name == "contract_tests")
    items.sort(key=lambda item: bisect(_BOUNDS, durations.get(item.nodeid, 0.0)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _durations[report.nodeid] = _durations.get(report.nodeid, 0.0) + report.duration
    if report.passed and report.when == "call":
        _passed.add(report.nodeid)
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        _note(report.nodeid, crash.message if crash is not None else report.longrepr)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _note(report.nodeid, report.longrepr)


def pytest_collection_finish(session: pytest.Session) -> None:
    home = Path(os.environ["MUTATION_HOME"]).resolve()
    for name in ("jobclients", "jobclients_core", "vendorsmith"):
        module = sys.modules.get(name)
        place = getattr(module, "__file__", None)
        if module is not None and place is not None and not Path(place).resolve().is_relative_to(home):
            pytest.exit(f"{name} was imported from {place}, which is not the copy", returncode=WRONG_COPY)


def _imports() -> bool:
    """Whether the clients can be imported at all: they are imported when they are used, in the midst of a test."""
    try:
        for vendor in sorted(_vendors):
            importlib.import_module(f"jobclients.{vendor}.client")
            importlib.import_module(f"jobclients.{vendor}.models")
    except Exception:
        return False
    return True


def pytest_sessionfinish() -> None:
    broken = bool(_first) and not _imports()
    noted = {**_first, "broken": broken, "passed": len(_passed), "durations": _durations}
    Path(os.environ["MUTATION_NOTE"]).write_text(json.dumps(noted), encoding="utf-8")
