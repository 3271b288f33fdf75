"""Kinds of jobs of four vendors, written by hand as the generator would write them."""

from __future__ import annotations

import dataclasses
from typing import Any

from jobclients_core import (
    Body,
    Envelope,
    ErrorRule,
    Errors,
    Field,
    Header,
    HttpBasic,
    Operation,
    Path,
    Query,
    Vendor,
    When,
)
from jobclients_core.jobs import (
    Adopt,
    AsyncCancels,
    AsyncJob,
    AsyncJobs,
    Cancels,
    Carried,
    Discover,
    FieldRule,
    HasResult,
    Identity,
    Job,
    Jobs,
    JobType,
    NotFound,
    Order,
    Poll,
    Refine,
    Role,
    Select,
    StateRule,
)
from jobclients_core.operation import Parameter
from jobclients_core.security import ApiKeyIn, Basic, Token
from runtime.jobs import job_models as models

MODELS = "runtime.jobs.job_models"


def words(source: str, **states: tuple[str, ...] | str) -> tuple[StateRule, ...]:
    """The rules that a map of words stands for."""
    rules: list[StateRule] = []
    for state, found in states.items():
        listed = (found,) if isinstance(found, str) else found
        rules += [StateRule(state, (When(source, one_of=(word,)),)) for word in listed]
    return tuple(rules)


# --- Alation: by id or by name, refined by the payload ---

ALATION = Vendor(
    name="alation",
    models=MODELS,
    schemes={"token": ApiKeyIn("TOKEN")},
    security=(("token",),),
    credentials={Token: "token"},
    errors=Errors(code=("$response.body#/code",), message=("$response.body#/detail",)),
)
GET_JOB: Operation[Any] = Operation(
    id="get_job",
    method="GET",
    path="/api/v1/bulk_metadata/job/",
    parameters=(Query("id", type="integer"), Query("name")),
    exactly_one=(("id", "name"),),
    returns={200: "BulkJob"},
    raises={401: None},
)
BULK: JobType[models.BulkJob] = JobType(
    name="jobs",
    vendor="alation",
    operations=__name__,
    identity=(Identity("id", (), "integer", True), Identity("name", (), "string", True)),
    status=Role("get_job", {"id": "$job.id", "name": "$job.name"}),
    states=words(
        "$response.body#/status",
        running="running",
        succeeded="successful",
        succeeded_with_warnings="partially_successful",
        failed="failed",
    ),
    raw_state=(("$response.body#/status",),),
    refine=(
        Refine("succeeded", (When("$result#/error_objects", empty=False),), "succeeded_with_warnings"),
        Refine("succeeded", (When("$result#/error", empty=False),), "succeeded_with_warnings"),
    ),
    fields={
        "finished_at": FieldRule(
            ("$response.body#/msg",),
            format="rfc3339",
            pattern=r"Job finished in [0-9.]+ seconds at (?P<value>[-0-9:. +]+)$",
        ),
        "duration": FieldRule(("$response.body#/msg",), pattern=r"Job finished in (?P<value>[0-9.]+) seconds at"),
        "message": FieldRule(("$response.body#/msg",)),
        "error": FieldRule(("$result#/error",)),
        "warnings": FieldRule(("$result#/error_objects",)),
        "result": FieldRule(("$response.body#/result",), json=True),
    },
    adopt=(
        Adopt({"id": "/job_id"}),
        Adopt({"id": "/task/id"}),
        Adopt({"name": "/job_name"}),
        Adopt({"name": "/job_id"}),
    ),
    not_found=NotFound("queued", 30.0),
    unknown_for=60.0,
    poll=Poll(tolerate=120.0, timeout=600.0),
)

# --- Datameer: three kinds ---

DATAMEER = Vendor(
    name="datameer",
    models=MODELS,
    schemes={"basic": HttpBasic()},
    security=(("basic",),),
    credentials={Basic: "basic"},
    errors=Errors(message=("$response.body#/error",)),
    envelope=Envelope(refused=When("$response.body#/error", exists=True), message="$response.body#/error"),
)
V1 = words(
    "$response.body#/jobStatus",
    queued=("QUEUED", "WAITING_FOR_OTHER_JOB"),
    running="RUNNING",
    succeeded="COMPLETED",
    succeeded_with_warnings="COMPLETED_WITH_WARNINGS",
    failed="ERROR",
    cancelled="CANCELED",
)
GET_JOB_STATUS: Operation[Any] = Operation(
    id="get_job_status",
    method="GET",
    path="/rest/job-configuration/job-status/{id}",
    parameters=(Path("configuration_id", "id", type="integer"),),
    returns={200: "StatusV1"},
)
CONFIGURATIONS: JobType[models.StatusV1] = JobType(
    name="configurations",
    vendor="datameer",
    operations=__name__,
    identity=(Identity("configuration_id", (), "integer"),),
    status=Role(
        "get_job_status",
        {"id": "$job.configuration_id"},
    ),
    select=Select("$response.body#", ("id",), order=(Order("id", "counter"),)),
    states=V1,
    match="casefold",
    raw_state=(("$response.body#/jobStatus",),),
    absent="not_started",
)
GET_JOB_STATUS_V2: Operation[Any] = Operation(
    id="get_job_status_v2",
    method="GET",
    path="/api/job-execution/{file}/status",
    parameters=(Path("file", type="any"),),
    returns={200: "StatusV2"},
    envelope=Envelope(ok=When("$response.body#/status", one_of=("success",))),
)
FILES: JobType[models.StatusV2] = JobType(
    name="files",
    vendor="datameer",
    operations=__name__,
    identity=(Identity("file"),),
    status=Role(
        "get_job_status_v2",
        {"file": "$job.file"},
    ),
    select=Select("$response.body#", ("job-execution-id",)),
    states=words(
        "$response.body#/job-status",
        not_started="_NONE",
        queued="QUEUED",
        running="RUNNING",
        succeeded="COMPLETED",
        succeeded_with_warnings="COMPLETED_WITH_WARNINGS",
        failed="ERROR",
        cancelled="CANCELED",
    ),
    match="casefold",
    raw_state=(("$response.body#/job-status",),),
    fields={
        "started_at": FieldRule(("$response.body#/start-time",), format="java-medium-us"),
        "finished_at": FieldRule(("$response.body#/stop-time",), format="java-medium-us"),
        "progress": FieldRule(("$response.body#/job-progress",), scale=0.01),
    },
)
TRIGGER: Operation[Any] = Operation(
    id="trigger_job",
    method="POST",
    path="/rest/job-execution",
    parameters=(Query("configuration", type="integer", required=True),),
    returns={200: "Triggered"},
    envelope=Envelope(ok=When("$response.body#/status", one_of=("success",))),
)
HISTORY: Operation[Any] = Operation(
    id="get_job_history",
    method="GET",
    path="/rest/job-configuration/job-history/{id}",
    parameters=(
        Path("configuration_id", "id", type="integer"),
        Query("start", type="integer"),
        Query("length", type="integer"),
    ),
    returns={200: "AnyList"},
)
STOP_JOB: Operation[Any] = Operation(
    id="stop_job",
    method="POST",
    path="/rest/job-execution/job-kill/{id}",
    parameters=(Path("execution_id", "id", type="integer"),),
    returns={200: None},
)
GET_JOB_DETAILS: Operation[Any] = Operation(
    id="get_job_details",
    method="GET",
    path="/rest/job-execution/job-details/{id}",
    parameters=(Path("execution_id", "id", type="integer"),),
    returns={200: "Details"},
)
EXECUTIONS: JobType[models.Details] = JobType(
    name="executions",
    vendor="datameer",
    operations=__name__,
    identity=(Identity("execution_id", ("$response.body#/job-execution-id",), "integer"),),
    status=Role(
        "get_job_details",
        {"id": "$job.execution_id"},
    ),
    submit=Role("trigger_job"),
    cancel=Role(
        "stop_job",
        {"id": "$job.execution_id"},
    ),
    discover=Discover(
        Role(
            "get_job_history",
            {"id": "$request.query.configuration", "start": 0, "length": 10},
            "$response.body#",
        ),
        "/id",
        "execution_id",
        20.0,
        "counter",
    ),
    states=V1,
    match="casefold",
    raw_state=(("$response.body#/jobStatus",),),
    fields={"started_at": FieldRule(("$response.body#/startTime",), format="jdbc")},
    not_found=NotFound("queued", 60.0),
)

# --- CDM: known by a name, run again and again ---

CDM = Vendor(
    name="cdm",
    models=MODELS,
    schemes={"token": ApiKeyIn("X-Auth-Token")},
    security=(("token",),),
    credentials={Token: "token"},
    errors=Errors(
        code=("$response.body#/errCode",),
        message=("$response.body#/externalMessage",),
        rules=(ErrorRule(status=("4XX", "5XX"), code=("Cdm.0100",), raises="NotFound", transient=False),),
    ),
)


def _cdm(name: str, method: str, tail: str, **more: Any) -> Operation[Any]:
    parameters: tuple[Parameter, ...] = (Path("project_id", client=True), Path("job_name"))
    return Operation(
        id=name, method=method, path="/v1.1/{project_id}/job/{job_name}" + tail, parameters=parameters, **more
    )


_NAMED = {"project_id": "$job.project_id", "job_name": "$job.job_name"}
START = _cdm("start_job", "PUT", "/start", returns={200: "Submissions"}, idempotent=False)
STOP_RUN: Operation[Any] = _cdm("stop_run", "PUT", "/stop", returns={200: None})
SHOW_JOB_STATUS: Operation[Any] = _cdm("show_job_status", "GET", "/status", returns={200: "Submissions"})
RUNS: JobType[models.Submissions] = JobType(
    name="runs",
    vendor="cdm",
    operations=__name__,
    identity=(
        Identity("project_id", ("$client.project_id",)),
        Identity("job_name", ("$request.path.job_name",)),
    ),
    status=Role("show_job_status", _NAMED),
    submit=Role("start_job", _NAMED),
    cancel=Role("stop_run", _NAMED),
    select=Select(
        "$response.body#/submissions",
        ("creation-date",),
        baseline=True,
        missing=NotFound("queued", 120.0),
        match={"job-name": "$job.job_name"},
        order=(Order("creation-date", "counter"),),
    ),
    states=words(
        "$run#/status",
        not_started="NEW",
        queued="PENDING",
        running=("BOOTING", "RUNNING"),
        succeeded="SUCCEEDED",
        failed=("FAILED", "FAILURE_ON_SUBMIT"),
    ),
    raw_state=(("$run#/status",),),
    fields={
        "started_at": FieldRule(("$run#/creation-date",), format="unix-ms"),
        "updated_at": FieldRule(("$run#/last-update-date",), format="unix-ms"),
        "progress": FieldRule(("$run#/progress",), scale=0.01),
        "error": FieldRule(("$run#/error-summary",)),
        "result": FieldRule(("$run#/counters",)),
    },
    not_found=NotFound("queued", 30.0),
    unknown_for=60.0,
)

# --- DLI: answers that are final, tags that find a lost submission ---

DLI = Vendor(
    name="dli",
    models=MODELS,
    schemes={"token": ApiKeyIn("X-Auth-Token")},
    security=(("token",),),
    credentials={Token: "token"},
    errors=Errors(code=("$response.body#/error_code",), message=("$response.body#/error_msg",)),
    envelope=Envelope(ok=When("$response.body#/is_success", one_of=(True, "true")), message="$response.body#/message"),
)
SUBMIT_SQL: Operation[Any] = Operation(
    id="submit_sql_job",
    method="POST",
    path="/v1.0/{project_id}/jobs/submit-job",
    parameters=(Path("project_id", client=True),),
    body=Body("SqlSubmit", fields=(Field("sql", required=True), Field("tags"))),
    returns={200: "SqlSubmitted"},
)
SUBMIT_KEYED = dataclasses.replace(
    SUBMIT_SQL, id="submit_keyed", parameters=(Path("project_id", client=True), Header("key", "Key"))
)
LIST_SQL: Operation[Any] = Operation(
    id="list_sql_jobs",
    method="GET",
    path="/v1.0/{project_id}/jobs",
    parameters=(Path("project_id", client=True), Query("tags")),
    returns={200: "SqlJobs"},
)
LIST_PAGES = dataclasses.replace(
    LIST_SQL, id="list_pages", parameters=(Path("project_id", client=True), Query("page", type="integer"))
)
SUBMIT_DATED = dataclasses.replace(
    SUBMIT_SQL,
    id="submit_dated",
    parameters=(
        Path("project_id", client=True),
        Header("key", "Key"),
        Header("first", "Repeatability-First-Sent"),
        Header("retry", "Retry"),
    ),
)
PREVIEW: Operation[Any] = Operation(
    id="preview",
    method="GET",
    path="/v1.0/{project_id}/jobs/{job_id}/preview",
    parameters=(Path("project_id", client=True), Path("job_id")),
    returns={200: "SqlSubmitted"},
)
SHOW_SQL_JOB_STATUS: Operation[Any] = Operation(
    id="show_sql_job_status",
    method="GET",
    path="/v1.0/{project_id}/jobs/{job_id}/status",
    parameters=(Path("project_id", client=True), Path("job_id")),
    returns={200: "SqlStatus"},
)
SQL: JobType[models.SqlStatus] = JobType(
    name="sql_jobs",
    vendor="dli",
    operations=__name__,
    identity=(
        Identity("project_id", ("$client.project_id",)),
        Identity("job_id", ("$response.body#/job_id",)),
    ),
    status=Role(
        "show_sql_job_status",
        {"project_id": "$job.project_id", "job_id": "$job.job_id"},
    ),
    submit=Role("submit_sql_job", {"tags": [{"key": "jobclients", "value": "$key"}]}),
    list=Role(
        "list_sql_jobs",
        {"tags": "jobclients=$key"},
        "$response.body#/jobs",
        {"job_id": "/job_id"},
        carried=Carried("tags", {"key": "jobclients", "value": "$key"}),
    ),
    result=Role(
        "preview",
        {"project_id": "$job.project_id", "job_id": "$job.job_id"},
    ),
    states=words(
        "$response.body#/status",
        queued="LAUNCHING",
        running=("RUNNING", "SCALING"),
        succeeded="FINISHED",
        failed="FAILED",
        cancelled="CANCELLED",
    ),
    raw_state=(("$response.body#/status",),),
    fields={
        "started_at": FieldRule(("$response.body#/start_time",), format="unix-ms"),
        "duration": FieldRule(("$response.body#/duration",), scale=0.001),
        "message": FieldRule(("$response.body#/message",)),
        "result": FieldRule(("$response.body#/detail", "$response.body#/rows"), json=True),
    },
    final=StateRule("succeeded", (When("$response.body#/job_mode", one_of=("sync",)),)),
    idempotency="tags",
    adopt=(Adopt({"job_id": "/job_id"}),),
    not_found=NotFound("queued", 30.0),
)


# --- the classes that are generated for each kind ---


class BulkJobs(Jobs[Job[models.BulkJob]]):
    kind = BULK
    job = Job

    def __call__(self, *, id: int | None = None, name: str | None = None) -> Job[models.BulkJob]:
        return self._make(id=id, name=name)


class AsyncBulkJobs(AsyncJobs[AsyncJob[models.BulkJob]]):
    kind = BULK
    job = AsyncJob

    def __call__(self, *, id: int | None = None, name: str | None = None) -> AsyncJob[models.BulkJob]:
        return self._make(id=id, name=name)


class Run(Job[models.Submissions], Cancels):
    pass


class AsyncRun(AsyncJob[models.Submissions], AsyncCancels):
    pass


class Runs(Jobs[Run]):
    kind = RUNS
    job = Run

    def latest(self, *, job_name: str, project_id: str | None = None) -> Run:
        return self._make(job_name=job_name, project_id=project_id)

    def submit(self, *, job_name: str, project_id: str | None = None) -> Run:
        return self._submit(job_name=job_name, project_id=project_id)


class AsyncExecution(AsyncJob[models.Details], AsyncCancels):
    """One execution."""


class AsyncExecutions(AsyncJobs[AsyncExecution]):
    kind = EXECUTIONS
    job = AsyncExecution

    def __call__(self, *, execution_id: int) -> AsyncExecution:
        return self._make(execution_id=execution_id)


class AsyncRuns(AsyncJobs[AsyncRun]):
    kind = RUNS
    job = AsyncRun

    def latest(self, *, job_name: str, project_id: str | None = None) -> AsyncRun:
        return self._make(job_name=job_name, project_id=project_id)

    async def submit(self, *, job_name: str, project_id: str | None = None) -> AsyncRun:
        return await self._submit(job_name=job_name, project_id=project_id)


class Execution(Job[models.Details], Cancels):
    pass


class Executions(Jobs[Execution]):
    kind = EXECUTIONS
    job = Execution

    def __call__(self, *, execution_id: int) -> Execution:
        return self._make(execution_id=execution_id)

    def submit(self, *, configuration: int) -> Execution:
        return self._submit(configuration=configuration)


class SqlJob(Job[models.SqlStatus], HasResult[models.SqlSubmitted]):
    pass


class SqlJobs(Jobs[SqlJob]):
    kind = SQL
    job = SqlJob

    def __call__(self, *, job_id: str, project_id: str | None = None) -> SqlJob:
        return self._make(job_id=job_id, project_id=project_id)

    def submit(self, *, sql: str, tags: list[models.SqlTag] | None = None, project_id: str | None = None) -> SqlJob:
        return self._submit(sql=sql, tags=tags, project_id=project_id)


class Configurations(Jobs[Job[models.StatusV1]]):
    kind = CONFIGURATIONS
    job = Job

    def latest(self, *, configuration_id: int) -> Job[models.StatusV1]:
        return self._make(configuration_id=configuration_id)


class Files(Jobs[Job[models.StatusV2]]):
    kind = FILES
    job = Job

    def latest(self, *, file: str) -> Job[models.StatusV2]:
        return self._make(file=file)
