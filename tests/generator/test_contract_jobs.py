"""Contract tests of jobs are made for any `x-jobs`: for kinds that no vendor in this repository has."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jobclients_contract import Contract
from jobclients_contract.checks import jobs
from vendorsmith.build.api import build
from vendorsmith.cases import contract_of
from vendorsmith.emit.format import formatted
from vendorsmith.emit.package import package_files
from vendorsmith.emit.render import vendor_files
from vendorsmith.problems import Problems
from vendorsmith.release import default_release
from vendorsmith.spec.source import load

from .support import completed, write_spec
from .test_jobs import VENDORS

PACKAGE = "clients_of_contract_tests"
KINDS = ("workflow_runs", "task_runs", "statements", "cloud_runs")


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    """The contract of the made-up vendors, whose clients can be imported."""
    folder = tmp_path_factory.mktemp("generated")
    problems = Problems()
    document = load(write_spec(folder, completed(VENDORS)), problems)
    assert document is not None
    api = build(document, "demo", problems)
    for path, text in (
        formatted(vendor_files(api, PACKAGE), PACKAGE) | package_files(default_release(PACKAGE))
    ).items():
        target = Path(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        yield contract_of(api, PACKAGE, "openapi.json", {})
    finally:
        sys.path.remove(str(folder))


def test_each_way_to_tell_a_state_has_a_row(contract: Contract) -> None:
    """Several words, stand-ins, numbers and HTTP statuses become answers that say them."""
    rows = {
        kind.name: [(row.word, row.state, row.status, row.answer) for row in kind.states] for kind in contract.kinds
    }
    assert rows["workflow_runs"][:3] == [
        ("queued", "queued", 200, {"status": "queued"}),
        ("in_progress", "running", 200, {"status": "in_progress"}),
        ("completed/success", "succeeded", 200, {"status": "completed", "conclusion": "success"}),
    ]
    assert rows["task_runs"][:2] == [
        ("INTERNAL_ERROR", "failed", 200, {"state": {"life_cycle_state": "INTERNAL_ERROR"}}),
        ("SKIPPED", "failed", 200, {"state": {"life_cycle_state": "SKIPPED"}}),
    ]
    assert rows["statements"] == [
        ("202", "running", 202, {}),
        ("422", "failed", 422, {}),
        ("200/said", "succeeded", 200, {"code": "said"}),
    ]
    assert rows["cloud_runs"][2] == ("10", "succeeded", 200, {"data": {"status": 10}})


@pytest.mark.parametrize("kind", KINDS)
def test_the_checks_hold(contract: Contract, kind: str) -> None:
    """Clients of such kinds pass every check."""
    done = 0
    for check in jobs.checks(contract):
        if check.operation == kind:
            check.run()
            done += 1
    assert done > 50
