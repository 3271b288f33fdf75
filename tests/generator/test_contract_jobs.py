"""Lines about jobs are made for any `x-jobs`, and hold: for kinds that no vendor in this repository has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contract.suites import files_of, suite
from jobclients_contract import MODES, Vendor
from vendorsmith.build.api import build
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import load
from vendorsmith.testcases.lines import sections

from .job_specs import FOUR_JOB_TYPES
from .support import ROOT, completed, write_spec

KINDS = ("workflow_runs", "task_runs", "statements", "cloud_runs")


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendor]:
    """The suite of the made-up vendors, whose clients can be imported."""
    folder = tmp_path_factory.mktemp("generated")
    diagnostics = Diagnostics()
    document = load(write_spec(folder / "spec", completed(FOUR_JOB_TYPES)), diagnostics)
    assert document is not None
    with suite(folder, files_of(build(document, "demo", diagnostics)), "demo") as found:
        yield found


@pytest.mark.parametrize(
    "line",
    [
        "response('get_workflow', 200, body={'status': 'queued'}).reads('workflow_runs', state='queued')",
        "body={'status': 'completed', 'conclusion': 'success'}).reads('workflow_runs', state='succeeded')",
        "body={'state': {'life_cycle_state': 'INTERNAL_ERROR'}}).reads('task_runs', state='failed')",
        "response('get_statement', 202).reads('statements', state='running')",
        "response('get_statement', 422).reads('statements', state='failed')",
        "response('get_cloud_run', 200, body={'data': {'status': 10}}).reads('cloud_runs', state='succeeded')",
    ],
)
def test_each_way_to_tell_a_state_has_a_line(vendor: Vendor, line: str) -> None:
    """Several words, stand-ins, numbers and HTTP statuses become answers that say them."""
    lines = [case.source for case in vendor.cases]
    assert any(said.endswith(line) for said in lines), "\n".join(said for said in lines if "reads" in said)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_lines_hold(vendor: Vendor, kind: str, mode: str) -> None:
    lines = [case for case in vendor.cases if case.about == kind]
    assert len(lines) > 5
    for case in lines:
        vendor.check(case, mode)


def test_a_reviewed_spec_whose_responses_have_no_schema_has_a_suite() -> None:
    """Of a run that only its key tells from others, a body is made up that shows one."""
    diagnostics = Diagnostics()
    document = load(ROOT / "tests/kitchen/specs/kitchen_jobs/openapi.yaml", diagnostics)
    assert document is not None
    lines = [line for section in sections(build(document, "kitchen", diagnostics), {}) for line in section.lines]
    bodies = [line.steps[0].named.get("body") for line in lines if line.steps[-1].values[:1] == ("menus",)]
    assert {"runs": {"run-id": "text", "began": 1538160296000, "menu": "made-up", "status": "COOKING"}} in bodies
