"""`x-jobs` becomes constants, handles and collections: what is written, and how it reads vendors' answers."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jobclients import HttpOptions
from jobclients_core.jobparts import Echo
from vendorsmith.discovery import Target
from vendorsmith.emit.format import formatted
from vendorsmith.emit.package import package_files
from vendorsmith.emit.render import vendor_files
from vendorsmith.pipeline import read
from vendorsmith.release import default_release

from .job_specs import FOUR_JOB_TYPES
from .support import Made, completed, spec, write_spec

PACKAGE = "clients_of_job_tests"


@pytest.fixture(scope="module")
def client_class(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Any]]:
    """The client of a vendor with four kinds of jobs that have nothing in common."""
    folder = tmp_path_factory.mktemp("clients")
    file = write_spec(folder, completed(FOUR_JOB_TYPES))
    api, _ = read(Target("demo", file, False, frozenset()))
    for path, text in (
        formatted(vendor_files(api, PACKAGE), PACKAGE) | package_files(default_release(PACKAGE))
    ).items():
        target = Path(folder, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    sys.path.insert(0, str(folder))
    try:
        yield import_module(f"{PACKAGE}.demo").DemoClient
    finally:
        sys.path.remove(str(folder))


@pytest.mark.parametrize(
    ("kind", "status", "answer", "expected"),
    [
        ("workflow_runs", 200, {"status": "queued", "conclusion": None}, "queued"),
        ("workflow_runs", 200, {"status": "in_progress"}, "running"),
        ("workflow_runs", 200, {"status": "completed", "conclusion": "success"}, "succeeded"),
        ("workflow_runs", 200, {"status": "completed", "conclusion": "neutral"}, "succeeded_with_warnings"),
        ("workflow_runs", 200, {"status": "completed", "conclusion": "failure"}, "failed"),
        ("workflow_runs", 200, {"status": "completed", "conclusion": "stale"}, "unknown"),
        ("workflow_runs", 200, {"status": "completed", "conclusion": None}, "unknown"),
        ("workflow_runs", 200, {"status": "in_progress", "conclusion": "success"}, "unknown"),
        ("task_runs", 200, {"status": {"state": "PENDING"}}, "queued"),
        ("task_runs", 200, {"state": {"life_cycle_state": "pending"}}, "queued"),
        ("task_runs", 200, {"status": {"state": "RUNNING"}, "state": {"life_cycle_state": "PENDING"}}, "running"),
        ("task_runs", 200, {"status": {"state": "TERMINATED", "code": "SUCCESS"}}, "succeeded"),
        (
            "task_runs",
            200,
            {"state": {"life_cycle_state": "TERMINATED", "result_state": "CANCELED"}, "status": {"state": None}},
            "cancelled",
        ),
        ("task_runs", 200, {"state": {"life_cycle_state": "INTERNAL_ERROR", "result_state": "FAILED"}}, "failed"),
        ("statements", 202, {"code": "333334"}, "running"),
        ("statements", 200, {"code": "090001"}, "succeeded"),
        ("statements", 422, {"code": "000709"}, "failed"),
        ("statements", 200, {}, "unknown"),
        ("cloud_runs", 200, {"data": {"status": 1}}, "queued"),
        ("cloud_runs", 200, {"data": {"status": 10}}, "succeeded"),
        ("cloud_runs", 200, {"data": {"status": 20}}, "failed"),
        ("cloud_runs", 200, {"data": {"status": 2}}, "unknown"),
    ],
)
def test_a_state_is_read_wherever_and_however_it_stands(
    client_class: type[Any], kind: str, status: int, answer: dict[str, Any], expected: str
) -> None:
    """Two words, stand-ins, numbers and HTTP statuses become the same states for all."""
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status, json=answer))
    with client_class(http=HttpOptions(transport=transport, retries=0)) as client:
        found = getattr(client, kind)(id=7).status()

    assert expected == str(found.state)


@pytest.mark.parametrize(
    ("kind", "answer", "expected"),
    [
        ("workflow_runs", {"status": "completed", "conclusion": "success"}, "completed/success"),
        ("workflow_runs", {"status": "queued", "conclusion": None}, "queued"),
        ("cloud_runs", {"data": {"status": 10}}, "10"),
        ("cloud_runs", {"data": {}}, ""),
        ("task_runs", {"status": {"state": "RUNNING"}, "state": {"life_cycle_state": "PENDING"}}, "RUNNING"),
        ("task_runs", {"state": {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS"}}, "TERMINATED/SUCCESS"),
    ],
)
def test_the_vendors_own_words_are_joined(
    client_class: type[Any], kind: str, answer: dict[str, Any], expected: str
) -> None:
    """What is null or not there is no word."""
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=answer))
    with client_class(http=HttpOptions(transport=transport, retries=0)) as client:
        assert expected == getattr(client, kind)(id=7).status().raw_state


def test_a_progress_is_computed_of_a_part_and_its_whole(client_class: type[Any]) -> None:
    """`total` is where the whole is."""
    answer = {"status": {"state": "RUNNING"}, "done": 3, "all": 4}
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=answer))
    with client_class(http=HttpOptions(transport=transport, retries=0)) as client:
        assert client.task_runs(id=7).status().progress == 0.75


def test_importing_a_client_imports_no_jobs(client_class: type[Any]) -> None:
    """What is about jobs is loaded when it is first used, and is found under the vendor's own name as well."""
    package = import_module(f"{PACKAGE}.demo")

    assert package.DemoCloudRun.__module__ == f"{PACKAGE}.demo.jobs"
    assert "DemoCloudRun" in package.__all__
    with pytest.raises(AttributeError):
        _ = package.DemoNothing
    assert client_class.__module__ == f"{PACKAGE}.demo.client"
    source = Path(str(import_module(f"{PACKAGE}.demo.client").__file__)).read_text(encoding="utf-8")
    loaded = [ast.unparse(node) for node in ast.parse(source).body if isinstance(node, ast.ImportFrom)]
    assert not [line for line in loaded if "jobs" in line]


SUBMITTED = """
x-rate-limits:
  - {operations: [get_job, list_jobs], limit: 5, per: PT1S, scope: client}
  - {operations: [ping], limit: 1, per: P1D, scope: account}
x-jobs:
  jobs:
    summary: A job.
    identity:
      tenant: {from: $client.tenant, description: The tenant.}
      id: {from: [$response.body#/id, $response.body#/job/id], type: integer}
    operations:
      submit: {operationId: submit_job, parameters: {kind: sql, dry-run: false}}
      status: {operationId: get_job}
      status_many: {operationId: list_jobs, select: $response.body#/jobs, identity: {id: /id}}
      logs: {operationId: read_log}
    state: {from: $response.body#/state, map: {busy: running, end: succeeded, bad: failed}}
    submit: {idempotency: {parameter: token}}
    poll: {initial: PT0.5S}
paths:
  /ping: {get: {operationId: ping, responses: {"200": {description: d}}}}
  /{tenant}/jobs:
    parameters: &tenant
      - {name: tenant, in: path, required: true, x-client-parameter: true, schema: {type: string}}
    get:
      operationId: list_jobs
      responses:
        "200":
          description: d
          content: {application/json: {schema: {properties: {jobs: {type: array, items: {}}}}}}
    post:
      operationId: submit_job
      parameters:
        - {name: kind, in: query, required: true, schema: {type: string}}
        - {name: dry-run, in: query, schema: {type: boolean}}
        - {name: token, in: header, schema: {type: string}}
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Statement"}}}
      responses: &job
        "200": {description: d, content: {application/json: {schema: {$ref: "#/components/schemas/Job"}}}}
  /{tenant}/jobs/{id}:
    parameters: *tenant
    get:
      operationId: get_job
      parameters: &id [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: *job
  /{tenant}/jobs/{id}/log:
    parameters: *tenant
    get:
      operationId: read_log
      parameters: *id
      responses: {"200": {description: d, content: {text/plain: {schema: {type: string}}}}}
components:
  schemas:
    Statement: {type: object, required: [sql], properties: {sql: {type: string}}}
    Job: {type: object, properties: {id: {type: integer}, job: {}, state: {type: string, enum: [busy, end, bad]}}}
"""


def methods(made: Made, name: str) -> dict[str, str]:
    """The signatures of a class of the jobs module."""
    for node in ast.parse(made.files["jobs.py"]).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {
                item.name: f"({ast.unparse(item.args)}) -> {ast.unparse(item.returns) if item.returns else ''}"
                for item in node.body
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    raise LookupError(name)


def bases(made: Made, name: str) -> list[str]:
    """What a class of the jobs module builds on."""
    for node in ast.parse(made.files["jobs.py"]).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return [ast.unparse(base) for base in node.bases]
    raise LookupError(name)


@spec(SUBMITTED)
def test_submit_takes_what_the_call_takes_but_what_the_role_fixes(made: Made) -> None:
    """The key may be given by the caller; the kind and the dry run are the role's."""
    found = methods(made, "DemoJobs")

    assert found == {
        "__call__": "(self, *, id: int, tenant: str | None=None) -> DemoJob",
        "submit": "(self, *, sql: str, token: str | None=None, tenant: str | None=None, "
        "record: RecordLike | None=None, again: Again='never') -> DemoJob",
    }


@spec(SUBMITTED.replace("token", "record"))
def test_an_argument_that_is_called_like_one_of_submits_own(made: Made) -> None:
    """The argument steps aside, and is passed on by its own name."""
    assert (
        "record_: str | None=None, tenant: str | None=None, record: RecordLike | None=None"
        in (methods(made, "DemoJobs")["submit"])
    )
    assert "self._submit(record, again, sql=sql, record=record_, tenant=tenant)" in made.files["jobs.py"]


@spec(SUBMITTED.replace("token", "baseline"))
def test_an_argument_that_is_called_as_submits_own_is_elsewhere(made: Made) -> None:
    """Which names step aside does not depend on what the kind has."""
    assert "baseline_: str | None=None" in methods(made, "DemoJobs")["submit"]
    assert "baseline=baseline_" in made.files["jobs.py"]


ECHOED = """
x-jobs:
  jobs:
    summary: A job.
    identity: {id: {}}
    operations: {status: {operationId: get_job}}
    state: {from: $response.body#/state, map: {busy: running, end: succeeded, bad: failed}}
paths:
  /jobs/{id}:
    get:
      operationId: get_job
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}, example: j-1}
      responses:
        "200":
          description: d
          content:
            application/json:
              schema: {type: object, properties: {id: {type: string}, state: {type: string}}}
              examples:
                busy: {value: {id: j-1, state: busy}}
                end: {value: {id: j-1, state: end}}
"""


@spec(ECHOED)
def test_an_echo_that_examples_prove(made: Made) -> None:
    """It is in the facts, on the page, and in the document that tests are written from."""
    (kind,) = made.api.jobs
    assert kind.type.echo == Echo("/id", "id")
    assert 'echo=Echo(at="/id", identity="id")' in made.files["jobs.py"]
    assert "a response repeats `id` at `/id`" in made.files["demo.md"]
    assert json.loads(made.files["openapi.json"])["x-jobs"]["jobs"]["echo"] == {"at": "/id"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (", example: j-1}", "}"),
        (", example: j-1}", ", example: configuration-7}"),
        ("busy: {value: {id: j-1,", "busy: {value: {id: j-2,"),
        ("{id: j-1, state", "{job: j-1, state"),
        ("{id: j-1, state", "{id: null, state"),
    ],
    ids=["asked for without an example", "another id", "two ids", "under another name", "nothing"],
)
def test_an_echo_that_no_example_proves(tmp_path: Path, old: str, new: str) -> None:
    assert old in ECHOED
    made = Made(write_spec(tmp_path / "demo", completed(ECHOED.replace(old, new))))
    assert [kind.type.echo for kind in made.api.jobs] == [None]


@spec(SUBMITTED)
def test_a_handle_has_the_methods_of_its_roles(made: Made) -> None:
    """No call that cancels or reads a result is known, so the handle has no such method."""
    assert bases(made, "DemoJob") == ["Job['models.VendorJob']", "HasLogs['str']"]
    assert bases(made, "AsyncDemoJob") == ["AsyncJob['models.VendorJob']", "AsyncHasLogs['str']"]
    assert "def jobs(self) -> DemoJobs" in made.files["client.py"]
    assert "def jobs(self) -> AsyncDemoJobs" in made.files["client.py"]


@spec(SUBMITTED)
def test_a_kind_is_data(made: Made) -> None:
    """What is said once, and nothing that holds anyway."""
    (kind,) = made.api.jobs

    assert kind.type.submit is not None
    assert kind.type.submit.parameters == {"kind": "sql", "dry-run": False, "token": "$key"}
    assert kind.type.status.parameters == {"tenant": "$job.tenant", "id": "$job.id"}
    assert [entry.source for entry in kind.type.identity] == [
        ("$client.tenant",),
        ("$response.body#/id", "$response.body#/job/id"),
    ]
    text = made.files["jobs.py"]
    assert "poll=Poll(initial=0.5)" in text
    assert 'limits=(RateLimit(operations=("get_job", "list_jobs"), limit=5, per=1.0, scope="client"),)' in text
    assert '"ping"' not in text


@spec(SUBMITTED)
def test_the_reference_page_shows_the_states(made: Made) -> None:
    """What a vendor's word means is looked up there."""
    page = made.files["demo.md"]

    assert "| `end` | `succeeded` |" in page
    assert "client.jobs.submit(sql=...)" in page
    assert "| `status_many` | `list_jobs` |" in page
    assert "5 in 1 seconds, for each client" in page


@spec(SUBMITTED.replace("  jobs:\n    summary", "  ping:\n    summary", 1))
def test_a_kind_with_the_name_of_a_method_is_not_made(made: Made) -> None:
    """The client cannot have both; a published document keeps its methods."""
    assert [("duplicate-name", "warning")] == [(entry.code, entry.severity) for entry in made.diagnostics]
    assert made.api.jobs == ()


@spec(SUBMITTED.replace("tenant: {from", "class: {from", 1))
def test_an_identity_that_python_cannot_spell_is_refused(made: Made) -> None:
    """A field is an argument."""
    assert "name-cannot-be-used" in [diagnostic.code for diagnostic in made.diagnostics]


@spec("x-jobs: {}")
def test_a_vendor_without_jobs_has_no_jobs_module(made: Made) -> None:
    """Kinds are there or the extension is not."""
    assert ["bad-value"] == [diagnostic.code for diagnostic in made.diagnostics]
