"""Mutants of Datameer's client, models and jobs."""

from __future__ import annotations

from .mutant import Mutant

CLIENT = "datameer/client.py"
MODELS = "datameer/models.py"
JOBS = "datameer/jobs.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "datameer/stop-path",
        "Stopping a job goes to a path that does not exist.",
        CLIENT,
        "/rest/job-execution/job-kill/",
        "/rest/job-execution/job-stop/",
    ),
    Mutant(
        "datameer/stop-method",
        "Stopping a job is sent as a GET.",
        CLIENT,
        'id="stop_job",\n    method="POST"',
        'id="stop_job",\n    method="GET"',
    ),
    Mutant(
        "datameer/trigger-name",
        "The configuration to start is sent under another name.",
        CLIENT,
        'Query("configuration", type="integer", required=True)',
        'Query("configuration", "configurationId", type="integer", required=True)',
    ),
    Mutant(
        "datameer/trigger-required",
        "Starting a job without a configuration is sent instead of refused.",
        CLIENT,
        'Query("configuration", type="integer", required=True)',
        'Query("configuration", type="integer")',
    ),
    Mutant(
        "datameer/swapped-page",
        "Start and length of the history are mixed up.",
        CLIENT,
        'Query("start", type="integer"),\n        Query("length", type="integer")',
        'Query("start", "length", type="integer"),\n        Query("length", "start", type="integer")',
    ),
    Mutant(
        "datameer/port",
        "Without a port, requests go to another one than the documented 8080.",
        CLIENT,
        'Variable("8080")',
        'Variable("80")',
    ),
    Mutant(
        "datameer/envelope",
        'A 200 that carries {"error": …} passes for a job without a state.',
        CLIENT,
        '    envelope=Envelope(refused=When(source="$response.body#/error", exists=True), '
        'message="$response.body#/error"),\n',
        "",
    ),
    Mutant(
        "datameer/envelope-v2",
        'A 200 with status "failure" passes for a status.',
        CLIENT,
        '    envelope=Envelope(ok=When(source="$response.body#/status", one_of=("success",)), '
        'message="$response.body#/reason"),\n',
        "    envelope=None,\n",
    ),
    Mutant(
        "datameer/stop-envelope",
        'A stop that is answered with status "failure" passes for done.',
        CLIENT,
        "returns={200: None},\n    raises=ERRORS,\n    envelope=Envelope(\n        "
        'ok=When(source="$response.body#/status", '
        'one_of=("success",)),\n',
        "returns={200: None},\n    raises=ERRORS,\n    envelope=Envelope(\n",
    ),
    Mutant(
        "datameer/error-words",
        "Errors of the calls under /rest lose the vendor's words.",
        CLIENT,
        'message=("$response.body#/reason", "$response.body#/error")',
        'message=("$response.body#/reason",)',
    ),
    Mutant(
        "datameer/error-body-v2",
        "Errors of the calls under /api carry the body type of the calls under /rest.",
        CLIENT,
        'raises={"4XX": "ErrorV2", "5XX": "ErrorV2"}',
        "raises=ERRORS",
    ),
    Mutant(
        "datameer/trigger-repeated",
        "After a lost response the job is started once more.",
        CLIENT,
        'returns={200: "TriggeredJob"},\n',
        'returns={200: "TriggeredJob"},\n    idempotent=True,\n',
    ),
    Mutant(
        "datameer/file-type",
        "A file can be given by its number only, not by its path or uuid.",
        CLIENT,
        'Path("file", type="any")',
        'Path("file", type="integer")',
    ),
    Mutant(
        "datameer/history-path",
        "The history of a job is asked for at the path of its status.",
        CLIENT,
        'path="/rest/job-configuration/job-history/',
        'path="/rest/job-configuration/job-status/',
    ),
    Mutant(
        "datameer/async-stop",
        "The async client looks at a job that it should stop.",
        CLIENT,
        "return await self._run(STOP_JOB.call(job_execution_id=job_execution_id))",
        "return await self._run(GET_JOB_DETAILS.call(job_execution_id=job_execution_id))",
    ),
    Mutant(
        "datameer/alias",
        "The id of a file's last run cannot be read.",
        MODELS,
        'job_execution_id: Annotated[Int | None, Field(alias="job-execution-id")] = None\n    """Id of the last run',
        'job_execution_id: Int | None = None\n    """Id of the last run',
    ),
    Mutant(
        "datameer/enum-value",
        "The vendor's spelling COMPLETED_WITH_Warnings is not a member of the enum.",
        MODELS,
        '"COMPLETED_WITH_Warnings"',
        '"COMPLETED_WITH_WARNINGS_V1"',
    ),
    Mutant(
        "datameer/time-format-v2",
        "The start of a file's last run is a text and no time.",
        MODELS,
        "start_time: Annotated[JavaMediumUs | None",
        "start_time: Annotated[Jdbc | None",
    ),
    Mutant(
        "datameer/time-format-v1",
        "The end of a run is a text and no time.",
        MODELS,
        'stop_time: Annotated[Jdbc | None, Field(alias="stopTime")]',
        'stop_time: Annotated[str | None, Field(alias="stopTime")]',
    ),
    Mutant(
        "datameer/closed-enum",
        "A run with a new status word cannot be read at all.",
        MODELS,
        'job_status: Annotated[OpenEnum[JobStateV1], Field(alias="jobStatus")]\n    """What the run is doing."""\n'
        "    start_time",
        'job_status: Annotated[JobStateV1, Field(alias="jobStatus")]\n    """What the run is doing."""\n    start_time',
    ),
    Mutant(
        "datameer/counter",
        "Dropped records are reported as imported ones.",
        MODELS,
        'alias="IMPORT_RECORDS"',
        'alias="IMPORT_DROPPED_RECORDS"',
    ),
    Mutant(
        "datameer/count-type",
        "The details of a run with a success count cannot be read.",
        MODELS,
        'success_count: Annotated[Int | None, Field(alias="successCount")]',
        'success_count: Annotated[str | None, Field(alias="successCount")]',
    ),
    Mutant(
        "datameer/cancelled-word",
        "The word CANCELED of a run's details is unknown.",
        JOBS,
        'one_of=("CANCELED", "CANCELLED")),)\n        ),\n    ),\n    match="casefold",\n'
        '    raw_state=(("$response.body#/jobStatus",),),\n    unknown_for=600.0,\n    not_found',
        'one_of=("CANCELLED",)),)\n        ),\n    ),\n    match="casefold",\n'
        '    raw_state=(("$response.body#/jobStatus",),),\n    unknown_for=600.0,\n'
        "    not_found",
    ),
    Mutant(
        "datameer/failed-is-cancelled",
        "A run that failed is reported as cancelled.",
        JOBS,
        'StateRule(state="failed", when=(When(source="$response.body#/jobStatus", one_of=("ERROR",)),)),\n'
        '        StateRule(\n            state="cancelled", when=(When(source="$response.body#/jobStatus", '
        'one_of=("CANCELED", "CANCELLED")),)\n        ),\n'
        '    ),\n    match="casefold",\n    raw_state=(("$response.body#/jobStatus",),),\n    unknown_for=600.0,\n'
        "    not_found",
        'StateRule(state="cancelled", when=(When(source="$response.body#/jobStatus", one_of=("ERROR",)),)),\n'
        '        StateRule(\n            state="cancelled", when=(When(source="$response.body#/jobStatus", '
        'one_of=("CANCELED", "CANCELLED")),)\n        ),\n'
        '    ),\n    match="casefold",\n    raw_state=(("$response.body#/jobStatus",),),\n    unknown_for=600.0,\n'
        "    not_found",
    ),
    Mutant(
        "datameer/discover-page",
        "The new run is looked for on the second page of the history, where it is not.",
        JOBS,
        '"start": 0, "length": 10',
        '"start": 10, "length": 10',
    ),
    Mutant(
        "datameer/waiting-word",
        "A file's job that waits for another one has an unknown state.",
        JOBS,
        'When(source="$response.body#/job-status", one_of=("QUEUED", "WAITING_FOR_OTHER_JOB"))',
        'When(source="$response.body#/job-status", one_of=("QUEUED",))',
    ),
    Mutant(
        "datameer/progress-scale",
        "Half of the way is reported as 50, which is not a progress between 0 and 1.",
        JOBS,
        ", scale=0.01",
        "",
    ),
    Mutant(
        "datameer/swapped-times",
        "A file's job starts when it ends.",
        JOBS,
        '"started_at": FieldRule(source=("$response.body#/start-time",)',
        '"started_at": FieldRule(source=("$response.body#/stop-time",)',
    ),
    Mutant(
        "datameer/not-found-yet",
        "A run that was just started and does not show yet ends the wait.",
        JOBS,
        '    not_found=NotFound(state="queued", within=60.0),\n',
        "",
    ),
    Mutant(
        "datameer/never-triggered",
        "A configuration that was never triggered has an unknown state.",
        JOBS,
        '    absent="not_started",\n',
        "",
    ),
    Mutant(
        "datameer/none-word",
        "A file whose job never ran has an unknown state.",
        JOBS,
        '        StateRule(state="not_started", when=(When(source="$response.body#/job-status", '
        'one_of=("_NONE",)),)),\n',
        "",
    ),
    Mutant(
        "datameer/cancel",
        "A run says that it cannot be stopped.",
        JOBS,
        '    cancel=Role(operation="stop_job", parameters={"job-execution-id": "$job.execution_id"}),\n',
        "",
    ),
    Mutant(
        "datameer/counters",
        "What a run moved is not its result any more.",
        JOBS,
        '        "result": FieldRule(source=("$response.body#/counters",)),\n',
        "",
    ),
    Mutant(
        "datameer/adopt",
        "The response to a trigger cannot be adopted.",
        JOBS,
        'Adopt(fields={"execution_id": "/job-execution-id"})',
        'Adopt(fields={"execution_id": "/job-configuration-id"})',
    ),
    Mutant(
        "datameer/async-submit",
        "The async client's submission gives a handle of the sync kind.",
        JOBS,
        "    kind = EXECUTIONS\n    job = AsyncDatameerExecution\n",
        "    kind = EXECUTIONS\n    job = DatameerExecution\n",
    ),
)
