"""Mistakes in the job types of a client: each breaks the line of the vendor suite that is about it.

The suite is generated from the same spec, and none of it is changed. What several vendors share is planted in one.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import NamedTuple

import pytest
from jobclients_contract import MODES, Case, Vendor, response
from jobclients_contract.suite.job_statuses import JobCase

from .suites import SPECS, generated, suite


class Planted(NamedTuple):
    """A mistake in `jobs.py`: a text that is there once, what it becomes, and a line that fails."""

    vendor: str
    old: str
    new: str
    line: str


BEFORE_NEW = "submission('runs', before=(1, 'SUCCEEDED'), "
PLANTED = {
    "a failed job becomes a success": Planted(
        "huawei_dli",
        'StateRule(state="failed", when',
        'StateRule(state="succeeded", when',
        "response('show_sql_job_status', 200, 'finished_query').but(status='FAILED').reads",
    ),
    "a word is lost": Planted(
        "huawei_cdm",
        'one_of=("BOOTING", "RUNNING")',
        'one_of=("RUNNING",)',
        "response('show_job_status', 200, 'running').shows('runs', state='running'",
    ),
    "letters count": Planted(
        "alation",
        '    match="casefold",\n',
        "",
        "response('get_job', 200, 'virtual_data_source').but(status='SUCCESSFUL')",
    ),
    "letters do not count": Planted(
        "huawei_dli",
        "    raw_state=",
        '    match="casefold",\n    raw_state=',
        "response('show_sql_job_status', 200, 'finished_query').but(status='finished')",
    ),
    "no words are not a state": Planted(
        "datameer", '    absent="not_started",\n', "", "response('get_job_status', 200, 'never_triggered').shows"
    ),
    "the first refinement": Planted(
        "alation",
        "        Refine(\n"
        '            state="succeeded", when=(When(source="$result#/error_objects", empty=False),), '
        'to="succeeded_with_warnings"\n'
        "        ),\n",
        "",
        "response('get_job', 200, 'virtual_data_source').but(result='{\"updated_objects\": 2, "
        '"number_received": 2, "error_objects": ["made-up"]',
    ),
    "the second refinement": Planted(
        "alation",
        '        Refine(state="succeeded", when=(When(source="$result#/error", empty=False),), '
        'to="succeeded_with_warnings"),\n',
        "",
        "response('get_job', 200, 'virtual_data_source').but(result='{\"updated_objects\": 2, "
        '"number_received": 2, "error_objects": [], "error": "made-up"',
    ),
    "a refinement of another state": Planted(
        "alation",
        'Refine(state="succeeded", when=(When(source="$result#/error", empty',
        'Refine(state="failed", when=(When(source="$result#/error", empty',
        "response('get_job', 200, 'virtual_data_source').but(status='failed', result=",
    ),
    "a factor": Planted(
        "huawei_dli",
        'source=("$response.body#/duration",), scale=0.001',
        'source=("$response.body#/duration",)',
        "response('show_sql_job_status', 200, 'finished_query').shows('sql_jobs', state='succeeded', duration=2.523",
    ),
    "a factor of what no page shows": Planted(
        "datameer",
        'source=("$response.body#/job-progress",), scale=0.01',
        'source=("$response.body#/job-progress",)',
        "response('get_job_status_v2', 200, 'running').but({'/job-progress': '40'})",
    ),
    "the place that comes first": Planted(
        "huawei_cdm",
        '("$run#/execute-date", "$run#/creation-date")',
        '("$run#/creation-date", "$run#/execute-date")',
        "response('show_job_status', 200, 'running').but({'/submissions/0/creation-date'",
    ),
    "the place that is in": Planted(
        "huawei_cdm",
        '("$run#/error-details", "$run#/error-summary")',
        '("$run#/error-details",)',
        "response('show_job_status', 200, 'running').but("
        "{'/submissions/0/error-summary': 'made-up error-summary'}).reads('runs', error=",
    ),
    "the format of a time": Planted(
        "datameer",
        'source=("$response.body#/start-time",), format="java-medium-us"',
        'source=("$response.body#/start-time",), format="jdbc"',
        "response('get_job_status_v2', 200, 'completed').shows",
    ),
    "a pattern": Planted(
        "alation",
        "(?P<value>[0-9.]+) seconds at",
        "(?P<value>[0-9]+)[0-9.]* seconds at",
        "response('get_job', 200, 'query_log_ingestion').shows",
    ),
    "JSON in a text": Planted(
        "alation",
        'source=("$response.body#/result",), json=True',
        'source=("$response.body#/result",)',
        "response('get_job', 200, 'technical_metadata').shows",
    ),
    "the end of a submission": Planted(
        "huawei_dli", 'one_of=("sync",)', 'one_of=("async",)', "response('submit_sql_job', 200, 'describe_table').shows"
    ),
    "a submission that goes on": Planted(
        "huawei_dli",
        'one_of=("sync",)',
        'one_of=("sync", "async")',
        "response('submit_sql_job', 200, 'describe_table').but(job_mode='async').goes_on",
    ),
    "the identity out of a response": Planted(
        "datameer",
        'source=("$response.body#/job-execution-id",)',
        'source=("$response.body#/id",)',
        "response('trigger_job', 200, 'triggered').names",
    ),
    "the identity out of a request": Planted(
        "huawei_cdm",
        '("$request.path.job_name",)',
        '("$client.cluster_id",)',
        "response('start_job', 200, 'no_variables').names",
    ),
    "the type of an identity": Planted(
        "datameer",
        'Identity(name="configuration_id", type="integer")',
        'Identity(name="configuration_id")',
        "handle('configurations', configuration_id=1)",
    ),
    "a way to a handle": Planted(
        "alation", 'Identity(name="name", optional=True)', 'Identity(name="name")', "handle('jobs', id=1)"
    ),
    "the call of a role": Planted(
        "huawei_dli",
        '    progress=Role(\n        operation="show_sql_job_progress"',
        '    progress=Role(\n        operation="show_sql_job_detail"',
        "handle('sql_jobs'",
    ),
    "an argument of a role": Planted(
        "datameer",
        'cancel=Role(operation="stop_job", parameters={"job-execution-id": "$job.execution_id"}',
        'cancel=Role(operation="stop_job", parameters={"job-execution-id": 1234}',
        "handle('executions', execution_id=1)",
    ),
    "an adopted response": Planted(
        "alation",
        'Adopt(fields={"id": "/task/id"})',
        'Adopt(fields={"id": "/task"})',
        "adopts('jobs', {'task': {'id': 1}}, id=1)",
    ),
    "runs that are not looked at before": Planted("huawei_cdm", "        baseline=True,\n", "", BEFORE_NEW),
    "a part of the key": Planted(
        "huawei_cdm", 'key=("submission-id", "creation-date")', 'key=("submission-id",)', "runs('runs', key="
    ),
    "whose run it is": Planted("huawei_cdm", '        match={"job-name": "$job.job_name"},\n', "", "runs('runs', key="),
    "whether a schedule began it": Planted(
        "huawei_cdm",
        '        exclude=(When(source="$run#/is-execute-auto", one_of=(True,)),),\n',
        "",
        "runs('runs', key=",
    ),
    "the run that the response shows": Planted(
        "huawei_cdm", '        submitted="$response.body#/submissions",\n', "", f"{BEFORE_NEW}shows=2"
    ),
    "how long a run need not show": Planted(
        "huawei_cdm",
        'missing=NotFound(state="queued", within=120.0)',
        'missing=NotFound(state="queued", within=60.0)',
        "missing('runs', 'queued'",
    ),
    "how long a job need not be found": Planted(
        "huawei_dli",
        'not_found=NotFound(state="queued", within=30.0)',
        'not_found=NotFound(state="queued", within=60.0)',
        "not_found('sql_jobs'",
    ),
    "how long a job that was there is not found before it is gone": Planted(
        "huawei_dli",
        'not_found=NotFound(state="queued", within=30.0)',
        'not_found=NotFound(state="queued", within=30.0),\n    gone_for=5.0',
        "not_found('sql_jobs'",
    ),
    "how long it is looked for a run": Planted(
        "datameer",
        '        identity="execution_id",\n        within=60.0,',
        '        identity="execution_id",\n        within=30.0,',
        "discovery('executions', asks=",
    ),
    "where the id is in the list": Planted(
        "datameer", 'key="/id"', 'key="/jobStatus"', "discovery('executions', asks="
    ),
    "the page is never turned": Planted(
        "huawei_dli", '"current-page": "$page"', '"current-page": 1', "lists('sql_jobs', 'GET "
    ),
    "the place of the list": Planted(
        "huawei_dli",
        '"current-page": "$page", "project_id": "$job.project_id"},\n        items="$response.body#/jobs"',
        '"current-page": "$page", "project_id": "$job.project_id"},\n        items="$response.body#/job"',
        "lists('sql_jobs', 'GET ",
    ),
    "the key of a submission": Planted(
        "huawei_dli",
        '[{"key": "jobclients", "value": "$key"}]',
        '[{"key": "job", "value": "$key"}]',
        "keyed('sql_jobs', 'tags'",
    ),
    "the filter of the list": Planted(
        "huawei_dli", '"tags": "jobclients=$key"', '"tags": "$key"', "keyed('sql_jobs', 'tags'"
    ),
    "the first delay": Planted("alation", "initial=1.0", "initial=1.5", "pace('jobs'"),
    "the longest delay": Planted("alation", "max=30.0", "max=29.0", "pace('jobs'"),
    "the length of a wait": Planted("alation", "timeout=3600.0", "timeout=3000.0", "pace('jobs'"),
    "how long failures are borne": Planted("alation", "tolerate=900.0", "tolerate=600.0", "pace('jobs'"),
    "which failures are borne": Planted("alation", "(429, 500, 502, 503, 504)", "(429, 502, 503, 504)", "pace('jobs'"),
    "lost responses": Planted("alation", "transport=True", "transport=False", "pace('jobs'"),
    "how long a word is unknown": Planted("alation", "unknown_for=600.0", "unknown_for=300.0", "pace('jobs'"),
    "a rate limit": Planted(
        "huawei_cdm",
        'operations=("show_job_status",), limit=120',
        'operations=("show_job_status",), limit=1200',
        "limits('runs'",
    ),
}


def text_of(vendor: str) -> str:
    return (SPECS / vendor / "openapi.yaml").read_text(encoding="utf-8")


def failure(vendor: Vendor, case: Case, mode: str) -> str:
    """What a line says where it does not hold; empty where it does."""
    try:
        vendor.check(case, mode)
    except pytest.fail.Exception as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", PLANTED)
def test_a_mistake_breaks_the_line_that_is_about_it(tmp_path: Path, name: str) -> None:
    planted = PLANTED[name]
    files = dict(generated(text_of(planted.vendor), planted.vendor))
    jobs = f"acmeclients/{planted.vendor}/jobs.py"
    assert files[jobs].count(planted.old) == 1, f"{files[jobs].count(planted.old)} times: {planted.old}"
    files[jobs] = files[jobs].replace(planted.old, planted.new)
    with suite(tmp_path, files, planted.vendor) as vendor:
        about = [case for case in vendor.cases if isinstance(case, JobCase) and case.source.startswith(planted.line)]
        for mode in MODES:
            found = {case.source: text for case in about if (text := failure(vendor, case, mode))}
            assert found, f"{mode}: {planted.line}"


def test_a_fact_that_no_status_has_is_named(tmp_path: Path) -> None:
    """A slip in a line is reported as such, and is not a trace of the harness."""
    case = response("get_job", 200, "virtual_data_source").shows("jobs", statte="succeeded")
    with suite(tmp_path, generated(text_of("alation"), "alation"), "alation") as vendor:
        said = failure(vendor, case, "sync")

    assert said.startswith("alation: the line has facts that no status has\n")
    assert "\n  actual:   statte\n" in said
    assert ", regressed, result, " in said
    assert "trace:" not in said


LIST = "          tags: jobclients=$key\n        select: $response.body#/jobs\n        identity:\n"


@pytest.mark.parametrize(
    ("vendor", "old", "new", "gone", "come"),
    [
        pytest.param(
            "huawei_cdm",
            "        FAILED: failed\n",
            "        FAILED: succeeded\n",
            'response("show_job_status", 200, "running").but('
            '{"/submissions/0/status": "FAILED"}).reads("runs", state="failed"),',
            'response("show_job_status", 200, "running").but('
            '{"/submissions/0/status": "FAILED"}).reads("runs", state="succeeded"),',
            id="a word",
        ),
        pytest.param(
            "huawei_cdm",
            "        from: $run#/progress\n        scale: 0.01\n",
            "        from: $run#/progress\n        scale: 0.1\n",
            'response("show_job_status", 200, "running").but('
            '{"/submissions/0/progress": 40}).reads("runs", progress=0.4),',
            'response("show_job_status", 200, "running").but('
            '{"/submissions/0/progress": 4}).reads("runs", progress=0.4),',
            id="a factor",
        ),
        pytest.param(
            "alation",
            "      - id: /task/id\n",
            "      - id: /task\n",
            'adopts("jobs", {"task": {"id": 1}}, id=1),',
            'adopts("jobs", {"task": 1}, id=1),',
            id="a pointer",
        ),
        pytest.param(
            "huawei_dli",
            f"{LIST}          job_id: /job_id\n",
            f"{LIST}          job_id: /owner\n",
            'at="/jobs", job_id="/job_id"),',
            'at="/jobs", job_id="/owner"),',
            id="a place of a list",
        ),
    ],
)
def test_a_changed_fact_changes_the_line_that_says_it(vendor: str, old: str, new: str, gone: str, come: str) -> None:
    """A reviewer sees what a change of a spec means for jobs."""
    spec = text_of(vendor)
    assert spec.count(old) == 1
    before, after = (
        generated(text, vendor)[f"contract_tests/test_{vendor}.py"].splitlines()
        for text in (spec, spec.replace(old, new))
    )
    changes = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]

    assert gone in [line[2:].strip() for line in changes if line[0] == "-"]
    assert come in [line[2:].strip() for line in changes if line[0] == "+"]
