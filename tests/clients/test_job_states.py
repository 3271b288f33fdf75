"""Every documented answer about a job, read through the handle that a consumer holds: one row for each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx2
import pytest
from jobclients import AuthenticationError, HttpOptions
from jobclients_core.jobs import JobState

from .driver import ACCOUNTS, CLIENTS, Mode

NAME = "MetadataExtraction#1_2017-10-05-19-36-45-431906-00-00-4ea1dc02-1c9f-41db-be6f-3f7cb1849da3"
REJECTED = "Line 1. Key: schema_b. Datasource id in key does not match the id in the request"
INGESTED = "Bulk Query Ingestion Succeeded: 0 new events ingested, 1 previously-ingested events skipped."
ZONE = timezone(timedelta(hours=2))
"""Where the Datameer server of these tests stands."""

Handle = Callable[[Any], Any]


@dataclass(frozen=True)
class Row:
    """One documented answer.

    Args:
        name: What it is.
        vendor: Whose it is.
        handle: How the consumer gets at the job.
        answer: The body, as printed.
        state: The state.
        raw_state: The vendor's word.
        facts: What else the status says; whatever is not listed is None, empty, or `exact`.
    """

    name: str
    vendor: str
    handle: Handle
    answer: str
    state: JobState
    raw_state: str
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


def alation_job(client: Any) -> Any:
    return client.jobs(name=NAME)


def configuration(client: Any) -> Any:
    return client.configurations.latest(configuration_id=12)


def file(client: Any) -> Any:
    return client.files.latest(file=48)


def execution(client: Any) -> Any:
    return client.executions(execution_id=3)


def run(client: Any) -> Any:
    return client.runs.latest(job_name="jdbc2hive")


def sql_job(client: Any) -> Any:
    return client.sql_jobs(job_id="208b08d4-0dc2-4dd7-8879-ddd4c020d7aa")


def server_time(day: int, hour: int, minute: int, second: int) -> datetime:
    return datetime(2018, 9, day, hour, minute, second, tzinfo=ZONE)


def last(run_id: str | None, **facts: Any) -> dict[str, Any]:
    return {"run_id": run_id, "attribution": "latest", **facts}


ALATION = [
    Row(
        "every object taken",
        "alation",
        alation_job,
        """{"status": "successful", "msg": "Job finished in 1.0 seconds at 2017-01-12 23:52:34.307327+00:00",
        "result":
        "{\\"updated_objects\\": 2, \\"number_received\\": 2, \\"error_objects\\": [], \\"error\\": \\"\\"}"}""",
        JobState.SUCCEEDED,
        "successful",
        {
            "run_id": NAME,
            "finished_at": datetime(2017, 1, 12, 23, 52, 34, 307327, tzinfo=UTC),
            "duration": 1.0,
            "message": "Job finished in 1.0 seconds at 2017-01-12 23:52:34.307327+00:00",
            "result": {"updated_objects": 2, "number_received": 2, "error_objects": [], "error": ""},
        },
    ),
    Row(
        "successful, with a rejected object",
        "alation",
        alation_job,
        """{"status": "successful", "msg": "Job finished in 2.0 seconds at 2017-10-05 19:36:48.374593+00:00",
        "result": "{\\"updated_objects\\": 1, \\"number_received\\": 2, \\"error_objects\\": [\\"%s\\"],
        \\"error\\": \\"1 errors were ignored\\"}"}""".replace("\n       ", "").replace("%s", REJECTED),
        JobState.SUCCEEDED_WITH_WARNINGS,
        "successful",
        {
            "run_id": NAME,
            "finished_at": datetime(2017, 10, 5, 19, 36, 48, 374593, tzinfo=UTC),
            "duration": 2.0,
            "message": "Job finished in 2.0 seconds at 2017-10-05 19:36:48.374593+00:00",
            "error": "1 errors were ignored",
            "warnings": (REJECTED,),
            "result": {
                "updated_objects": 1,
                "number_received": 2,
                "error_objects": [REJECTED],
                "error": "1 errors were ignored",
            },
        },
    ),
    Row(
        "an ingestion, whose result is a sentence",
        "alation",
        lambda client: client.jobs(id=1),
        json.dumps(
            {
                "status": "successful",
                "msg": "Job finished in 0.585993 seconds at 2017-11-30 18:59:10.445133+00:00",
                "result": INGESTED,
            }
        ),
        JobState.SUCCEEDED,
        "successful",
        {
            "run_id": "1",
            "finished_at": datetime(2017, 11, 30, 18, 59, 10, 445133, tzinfo=UTC),
            "duration": 0.585993,
            "message": "Job finished in 0.585993 seconds at 2017-11-30 18:59:10.445133+00:00",
            "result": INGESTED,
        },
    ),
]

DATAMEER_V1 = [
    Row(name, "datameer", configuration, answer, state, raw, last(run_id))
    for name, answer, state, raw, run_id in (
        ("V1, running", '{"id": 49, "jobStatus": "RUNNING"}', JobState.RUNNING, "RUNNING", "49"),
        ("V1, completed", '{"id": 30, "jobStatus": "COMPLETED"}', JobState.SUCCEEDED, "COMPLETED", "30"),
        (
            "V1, completed with warnings",
            '{"id": 32, "jobStatus": "COMPLETED_WITH_Warnings"}',
            JobState.SUCCEEDED_WITH_WARNINGS,
            "COMPLETED_WITH_Warnings",
            "32",
        ),
        ("V1, completed with errors", '{"id": 36, "jobStatus": "ERROR"}', JobState.FAILED, "ERROR", "36"),
        ("V1, cancelled", '{"id": 39, "jobStatus": "CANCELED"}', JobState.CANCELLED, "CANCELED", "39"),
        ("V1, never triggered", "{}", JobState.NOT_STARTED, "", None),
    )
]

DATAMEER_V2 = [
    Row(
        "V2, never run",
        "datameer",
        file,
        '{"status": "success", "job-status": "_NONE"}',
        JobState.NOT_STARTED,
        "_NONE",
        last(None),
    ),
    Row(
        "V2, running",
        "datameer",
        file,
        """{"status": "success", "file-id": 48, "job-execution-id": 3, "job-status": "RUNNING",
        "start-time": "Sep 28, 2018 6:44:56 PM", "estimate-time":"11s", "job-progress":"0"}""",
        JobState.RUNNING,
        "RUNNING",
        last("3", started_at=server_time(28, 18, 44, 56), progress=0.0),
    ),
    Row(
        "V2, completed",
        "datameer",
        file,
        """{"status": "success", "file-id": 48, "job-execution-id": 3, "job-status": "COMPLETED",
        "start-time": "Sep 28, 2018 6:44:56 PM", "stop-time": "Sep 28, 2018 6:44:58 PM"}""",
        JobState.SUCCEEDED,
        "COMPLETED",
        last("3", started_at=server_time(28, 18, 44, 56), finished_at=server_time(28, 18, 44, 58), duration=2.0),
    ),
    Row(
        "V2, completed with errors",
        "datameer",
        file,
        """{"status": "success", "file-id": 46, "job-execution-id": 4, "job-status": "COMPLETED_WITH_WARNINGS",
        "start-time": "Sep 28, 2018 10:09:47 AM", "stop-time": "Sep 28, 2018 10:09:52 AM"}""",
        JobState.SUCCEEDED_WITH_WARNINGS,
        "COMPLETED_WITH_WARNINGS",
        last("4", started_at=server_time(28, 10, 9, 47), finished_at=server_time(28, 10, 9, 52), duration=5.0),
    ),
    Row(
        "V2, queued",
        "datameer",
        file,
        """{"status": "success", "file-id": 48, "job-execution-id": 4, "job-status": "QUEUED", "start-time": null}""",
        JobState.QUEUED,
        "QUEUED",
        last("4"),
    ),
    Row(
        "V2, cancelled before it started",
        "datameer",
        file,
        """{"status": "success", "file-id": 48, "job-execution-id": 4, "job-status": "CANCELED", "start-time": null,
        "stop-time": "Sep 28, 2018 6:58:41 PM"}""",
        JobState.CANCELLED,
        "CANCELED",
        last("4", finished_at=server_time(28, 18, 58, 41)),
    ),
]

EXECUTION = Row(
    "details of an import",
    "datameer",
    execution,
    """{"counters": {"IMPORT_RECORDS": 494400, "IMPORT_BYTES": 23911522}, "failureCount": 0, "jobStatus": "COMPLETED",
    "startTime": "2012-07-06 18:19:09.0", "stopTime": "2012-07-06 18:21:07.0", "successCount": 494400}""",
    JobState.SUCCEEDED,
    "COMPLETED",
    {
        "run_id": "3",
        "started_at": datetime(2012, 7, 6, 18, 19, 9, tzinfo=ZONE),
        "finished_at": datetime(2012, 7, 6, 18, 21, 7, tzinfo=ZONE),
        "duration": 118.0,
        "result": {"IMPORT_RECORDS": 494400, "IMPORT_BYTES": 23911522},
    },
)

COUNTERS = {
    "org.apache.sqoop.submission.counter.SqoopCounters": {
        "BYTES_WRITTEN": -1,
        "TOTAL_FILES": -1,
        "BYTES_READ": -1,
        "FILES_WRITTEN": -1,
        "TOTAL_SIZE": -1,
        "FILES_READ": -1,
        "ROWS_WRITTEN": 80,
        "ROWS_READ": 80,
    }
}

HUAWEI_CDM = [
    Row(
        "a run that is prepared",
        "huawei_cdm",
        run,
        """{"submissions": [{"job-name": "jdbc2hive", "status": "BOOTING", "creation-date": 1536905778725,
        "creation-user": "cdm"}]}""",
        JobState.RUNNING,
        "BOOTING",
        last("1536905778725", started_at=datetime(2018, 9, 14, 6, 16, 18, 725000, tzinfo=UTC)),
    ),
    Row(
        "a successful run",
        "huawei_cdm",
        run,
        json.dumps(
            {
                "submissions": [
                    {
                        "job-name": "jdbc2hive",
                        "status": "SUCCEEDED",
                        "creation-date": 1536906582997,
                        "creation-user": "cdm",
                        "isStopingIncrement": "",
                        "last-update-date": 1536916580005,
                        "is-execute-auto": False,
                        "last-udpate-user": "cdm",
                        "isDeleteJob": False,
                        "isIncrementing": False,
                        "external-id": "job_local1127970451_0009",
                        "counters": COUNTERS,
                    }
                ]
            }
        ),
        JobState.SUCCEEDED,
        "SUCCEEDED",
        last(
            "1536906582997",
            started_at=datetime(2018, 9, 14, 6, 29, 42, 997000, tzinfo=UTC),
            updated_at=datetime(2018, 9, 14, 9, 16, 20, 5000, tzinfo=UTC),
            result=COUNTERS,
        ),
    ),
]

COLUMNS = {
    "type": "struct",
    "fields": [
        {"name": "id", "type": "integer", "nullable": True, "metadata": {}},
        {"name": "name", "type": "string", "nullable": True, "metadata": {}},
    ],
}

HUAWEI_DLI = [
    Row(
        "a finished query",
        "huawei_dli",
        sql_job,
        json.dumps(
            {
                "is_success": True,
                "message": "",
                "job_id": "208b08d4-0dc2-4dd7-8879-ddd4c020d7aa",
                "job_type": "QUERY",
                "job_mode": "async",
                "queue_name": "default",
                "owner": "test",
                "start_time": 1509335108918,
                "duration": 2523,
                "status": "FINISHED",
                "input_size": 22,
                "result_count": 4,
                "database_name": "dbtest",
                "table_name": "tbtest",
                "detail": json.dumps(COLUMNS),
                "statement": "select * from t1",
            }
        ),
        JobState.SUCCEEDED,
        "FINISHED",
        {
            "run_id": "208b08d4-0dc2-4dd7-8879-ddd4c020d7aa",
            "started_at": datetime(2017, 10, 30, 3, 45, 8, 918000, tzinfo=UTC),
            "duration": 2.523,
            "result": COLUMNS,
        },
    ),
]

PAGES = [*ALATION, *DATAMEER_V1, *DATAMEER_V2, *HUAWEI_CDM, *HUAWEI_DLI]
COMPARED = (
    "state",
    "raw_state",
    "run_id",
    "attribution",
    "started_at",
    "finished_at",
    "updated_at",
    "duration",
    "progress",
    "message",
    "error",
    "warnings",
    "result",
)


class Played:
    """A transport that answers with given bodies, in order, and keeps the requests.

    Args:
        *answers: Status and body of each answer.
    """

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.answers = list(answers)
        self.requests: list[str] = []

    def _next(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(f"{request.method} {request.url.raw_path.decode()}")
        status, body = self.answers.pop(0)
        return httpx2.Response(status, content=body.encode(), headers={"Content-Type": "application/json"})

    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self._next)


def carried_out(mode: Mode, vendor: str, played: Played, deed: Callable[[Any], Any], **options: Any) -> Any:
    """What a deed returns that is done to a client, awaited where it has to be."""
    options = {
        "base_url": "https://vendor.example",
        "http": HttpOptions(transport=played.transport(), retries=0),
        "timezone": ZONE,
        **ACCOUNTS[vendor],
        **options,
    }
    sync_kind, async_kind = CLIENTS[vendor]
    if mode == "sync":
        with sync_kind(**options) as client:
            return deed(client)

    async def awaited() -> Any:
        async with async_kind(**options) as client:
            return await deed(client)

    return asyncio.run(awaited())


def test_the_table_has_every_documented_status_answer() -> None:
    """18 answers stand on the four pages."""
    assert [len(ALATION), len(DATAMEER_V1), len(DATAMEER_V2), len(HUAWEI_CDM), len(HUAWEI_DLI)] == [3, 6, 6, 2, 1]


@pytest.mark.parametrize("row", [*PAGES, EXECUTION], ids=lambda row: f"{row.vendor}: {row.name}")
def test_an_answer_is_understood(mode: Mode, row: Row) -> None:
    """State, times, duration, progress and JSON in a text are read; nothing else is made up."""
    status = carried_out(mode, row.vendor, Played((200, row.answer)), lambda client: row.handle(client).status())

    silent = {**dict.fromkeys(COMPARED), "attribution": "exact", "warnings": ()}
    wanted = silent | row.facts | {"state": row.state, "raw_state": row.raw_state}
    assert wanted == {name: getattr(status, name) for name in COMPARED}
    assert (row.vendor, type(status.state)) == (status.vendor, JobState)


def test_a_time_without_a_zone_stays_text_beside_none(mode: Mode) -> None:
    """Without the client's zone, a moment is not guessed."""
    played = Played((200, DATAMEER_V2[2].answer))
    status = carried_out(mode, "datameer", played, lambda client: file(client).status(), timezone=None)

    assert (None, None) == (status.started_at, status.finished_at)
    assert {"started_at": "Sep 28, 2018 6:44:56 PM", "finished_at": "Sep 28, 2018 6:44:58 PM"} == status.raw_times


def test_the_triggered_answer_gives_the_handle_of_the_run(mode: Mode) -> None:
    """The id in the answer is the run's; the history was read first, in case there is none."""
    answer = """{"status": "success", "job-execution-id": 3, "job-execution-user": "analyst",
    "job-execution-trigger": "RESTAPI"}"""
    played = Played((200, "[]"), (200, answer))
    job = carried_out(mode, "datameer", played, lambda client: client.executions.submit(configuration=12))

    assert {"execution_id": 3} == dict(job.identity)
    assert [
        "GET /rest/job-configuration/job-history/12?start=0&length=10",
        "POST /rest/job-execution?configuration=12",
    ] == played.requests


def test_the_empty_stop_answer_is_a_success(mode: Mode) -> None:
    """A run that was stopped gives no response."""
    played = Played((200, ""))

    assert carried_out(mode, "datameer", played, lambda client: execution(client).cancel()) is None
    assert ["POST /rest/job-execution/job-kill/3"] == played.requests


@pytest.mark.parametrize("words", ["Authentication failed", "Authentication credentials were not provided."])
def test_a_refused_token_is_an_error_that_carries_the_job(mode: Mode, words: str) -> None:
    """Both answers with 401 are authentication errors."""
    played = Played((401, json.dumps({"detail": words})))
    with pytest.raises(AuthenticationError) as caught:
        carried_out(mode, "alation", played, lambda client: alation_job(client).status())

    assert words == caught.value.vendor_message
    assert {"name": NAME} == dict(caught.value.job.identity)
