"""A plugin of pytest for runs of mutants: makes sure that the copy is tested, notes passes and the first failure.

It is copied beside the mutated clients and loaded from there, so it imports nothing of this folder.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

WRONG_COPY = 97
"""Exit code of a run in which something else than the copy was imported."""

_noted: dict[str, str | int] = {"passed": 0}


def _note(where: str, why: object) -> None:
    if "test" not in _noted:
        lines = [line for line in str(why).splitlines() if line.strip()]
        _noted.update(test=where, said=" | ".join(lines)[:600])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.passed and report.when == "call":
        _noted["passed"] = int(_noted["passed"]) + 1
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        _note(report.nodeid, crash.message if crash is not None else report.longrepr)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _note(report.nodeid, report.longrepr)


def pytest_collection_finish(session: pytest.Session) -> None:
    home = Path(os.environ["MUTATION_HOME"]).resolve()
    for name in ("jobclients", "vendorsmith"):
        module = sys.modules.get(name)
        place = getattr(module, "__file__", None)
        if module is not None and place is not None and not Path(place).resolve().is_relative_to(home):
            pytest.exit(f"{name} was imported from {place}, which is not the copy", returncode=WRONG_COPY)


def pytest_sessionfinish() -> None:
    Path(os.environ["MUTATION_NOTE"]).write_text(json.dumps(_noted), encoding="utf-8")
