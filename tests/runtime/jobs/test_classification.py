"""Every documented status response of the four vendors, and what it is understood as."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jobclients_core import AuthenticationError, PermissionDenied, Vendor, When
from jobclients_core.client import run_flow
from jobclients_core.expressions import ResponseContext
from jobclients_core.flow import HttpResponse
from jobclients_core.jobs import FieldRule, JobError, JobStatus, JobType, Role, StateRule
from jobclients_core.jobs.classify import state_of, status_of, with_run
from jobclients_core.jobs.fields import with_result
from jobclients_core.jobs.handle import Handle
from jobclients_core.jobs.status_calls import status_flow
from runtime.jobs import kinds
from runtime.jobs.job_models import BulkResult
from runtime.jobs.world import World, reply, sync_client

VIENNA = timezone(timedelta(hours=1))
IDENTITY: dict[str, dict[str, str | int]] = {
    "jobs": {"id": 1},
    "configurations": {"configuration_id": 30},
    "files": {"file": "48"},
    "executions": {"execution_id": 3},
    "runs": {"project_id": "p1", "job_name": "jdbc2hive"},
    "sql_jobs": {"project_id": "p1", "job_id": "j"},
}
VENDORS = {v.name: v for v in (kinds.ALATION, kinds.DATAMEER, kinds.CDM, kinds.DLI)}


def vendor_of(kind: JobType[Any]) -> Vendor:
    return VENDORS[kind.vendor]


def read(kind: JobType[Any], body: Any, **more: Any) -> JobStatus[Any]:
    """The status of a handle made by hand that a response tells."""
    client = sync_client(World(body), vendor_of(kind), **more)
    handle = Handle(kind.vendor, kind.name, "https://vendor.example.com", "default", IDENTITY[kind.name])
    status: JobStatus[Any] = client._drive(status_flow(client._session, kind.bound, handle))
    return status


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


V2 = {"status": "success", "file-id": 48, "job-execution-id": 4}
ALL: list[tuple[JobType[Any], Any, str, str, dict[str, Any]]] = [
    (
        kinds.BULK,
        {
            "status": "successful",
            "msg": "Job finished in 1.0 seconds at 2017-01-12 23:52:34.307327+00:00",
            "result": '{"updated_objects": 2, "number_received": 2, "error_objects": [], "error": ""}',
        },
        "succeeded",
        "successful",
        {
            "duration": 1.0,
            "finished_at": utc(2017, 1, 12, 23, 52, 34, 307327),
            "result": {"updated_objects": 2, "number_received": 2, "error_objects": [], "error": ""},
            "error": None,
            "warnings": (),
        },
    ),
    (
        kinds.BULK,
        {
            "status": "successful",
            "msg": "Job finished in 2.0 seconds at 2017-10-05 19:36:48.374593+00:00",
            "result": '{"updated_objects": 1, "number_received": 2, "error_objects": ["Line 1. Key: schema_b."], '
            '"error": "1 errors were ignored"}',
        },
        "succeeded_with_warnings",
        "successful",
        {
            "duration": 2.0,
            "finished_at": utc(2017, 10, 5, 19, 36, 48, 374593),
            "warnings": ("Line 1. Key: schema_b.",),
            "error": "1 errors were ignored",
        },
    ),
    (
        kinds.BULK,
        {
            "status": "successful",
            "msg": "Job finished in 0.585993 seconds at 2017-11-30 18:59:10.445133+00:00",
            "result": "Bulk Query Ingestion Succeeded: 0 new events ingested, 1 previously-ingested events skipped.",
        },
        "succeeded",
        "successful",
        {
            "duration": 0.585993,
            "finished_at": utc(2017, 11, 30, 18, 59, 10, 445133),
            "result_text": "Bulk Query Ingestion Succeeded: 0 new events ingested, "
            "1 previously-ingested events skipped.",
        },
    ),
    (kinds.BULK, {"status": "running"}, "running", "running", {"duration": None, "run_id": "1"}),
    (kinds.BULK, {"status": "failed", "msg": "no"}, "failed", "failed", {"message": "no"}),
    (kinds.CONFIGURATIONS, {"id": 49, "jobStatus": "RUNNING"}, "running", "RUNNING", {"run_id": "49"}),
    (kinds.CONFIGURATIONS, {"id": 30, "jobStatus": "COMPLETED"}, "succeeded", "COMPLETED", {"attribution": "latest"}),
    (
        kinds.CONFIGURATIONS,
        {"id": 32, "jobStatus": "COMPLETED_WITH_Warnings"},
        "succeeded_with_warnings",
        "COMPLETED_WITH_Warnings",
        {},
    ),
    (kinds.CONFIGURATIONS, {"id": 36, "jobStatus": "ERROR"}, "failed", "ERROR", {}),
    (kinds.CONFIGURATIONS, {"id": 39, "jobStatus": "CANCELED"}, "cancelled", "CANCELED", {}),
    (kinds.CONFIGURATIONS, {}, "not_started", "", {"run_id": None}),
    (kinds.FILES, {"status": "success", "job-status": "_NONE"}, "not_started", "_NONE", {"run_id": None}),
    (
        kinds.FILES,
        {
            **V2,
            "job-status": "RUNNING",
            "start-time": "Sep 28, 2018 6:44:56 PM",
            "estimate-time": "11s",
            "job-progress": "0",
        },
        "running",
        "RUNNING",
        {
            "progress": 0.0,
            "run_id": "4",
            "started_at": None,
            "raw_times": {"started_at": "Sep 28, 2018 6:44:56 PM"},
        },
    ),
    (
        kinds.FILES,
        {
            **V2,
            "job-status": "COMPLETED",
            "start-time": "Sep 28, 2018 6:44:56 PM",
            "stop-time": "Sep 28, 2018 6:44:58 PM",
        },
        "succeeded",
        "COMPLETED",
        {"duration": None, "finished_at": None},
    ),
    (
        kinds.FILES,
        {
            **V2,
            "job-status": "COMPLETED_WITH_WARNINGS",
            "start-time": "Sep 28, 2018 10:09:47 AM",
            "stop-time": "Sep 28, 2018 10:09:52 AM",
        },
        "succeeded_with_warnings",
        "COMPLETED_WITH_WARNINGS",
        {},
    ),
    (kinds.FILES, {**V2, "job-status": "QUEUED", "start-time": None}, "queued", "QUEUED", {"raw_times": {}}),
    (
        kinds.FILES,
        {**V2, "job-status": "CANCELED", "start-time": None, "stop-time": "Sep 28, 2018 6:58:41 PM"},
        "cancelled",
        "CANCELED",
        {"started_at": None},
    ),
    (
        kinds.EXECUTIONS,
        {"id": 3, "jobStatus": "RUNNING", "startTime": "2012-07-06 18:19:09.0"},
        "running",
        "RUNNING",
        {"run_id": "3", "attribution": "exact", "raw_times": {"started_at": "2012-07-06 18:19:09.0"}},
    ),
    (
        kinds.RUNS,
        {
            "submissions": [
                {
                    "job-name": "jdbc2hive",
                    "status": "BOOTING",
                    "creation-date": 1536905778725,
                    "creation-user": "cdm",
                }
            ]
        },
        "running",
        "BOOTING",
        {"started_at": utc(2018, 9, 14, 6, 16, 18, 725000), "run_id": "1536905778725", "attribution": "latest"},
    ),
    (
        kinds.RUNS,
        {
            "submissions": [
                {
                    "job-name": "jdbc2hive",
                    "status": "SUCCEEDED",
                    "creation-date": 1536906582997,
                    "last-update-date": 1536916580005,
                    "progress": -1,
                    "counters": {"SqoopCounters": {"ROWS_WRITTEN": 80}},
                }
            ]
        },
        "succeeded",
        "SUCCEEDED",
        {
            "updated_at": utc(2018, 9, 14, 9, 16, 20, 5000),
            "progress": None,
            "result": {"SqoopCounters": {"ROWS_WRITTEN": 80}},
        },
    ),
    (
        kinds.SQL,
        {
            "is_success": True,
            "message": "",
            "job_id": "208b08d4-0dc2-4dd7-8879-ddd4c020d7aa",
            "job_mode": "async",
            "start_time": 1509335108918,
            "duration": 2523,
            "status": "FINISHED",
            "detail": '{"type":"struct","fields":[{"name":"id"}]}',
        },
        "succeeded",
        "FINISHED",
        {
            "started_at": utc(2017, 10, 30, 3, 45, 8, 918000),
            "duration": 2.523,
            "message": None,
            "result": {"type": "struct", "fields": [{"name": "id"}]},
            "run_id": "j",
        },
    ),
    # A mapped end weighs more than an envelope that says no.
    (kinds.SQL, {"is_success": False, "job_id": "j", "status": "FAILED", "message": "x"}, "failed", "FAILED", {}),
]


@pytest.mark.parametrize(("kind", "body", "state", "word", "facts"), ALL)
def test_answer(kind: JobType[Any], body: Any, state: str, word: str, facts: dict[str, Any]) -> None:
    status = read(kind, body)
    assert (str(status.state), status.raw_state) == (state, word)
    assert {name: getattr(status, name) for name in facts} == facts
    assert status.raw is status.payload


def test_the_result_is_read_as_its_type() -> None:
    status = read(kinds.BULK, ALL[1][1])
    assert status.result_as(BulkResult).error_objects == ["Line 1. Key: schema_b."]
    assert status.result_text is None


def test_the_clients_time_zone_makes_times_of_local_ones() -> None:
    status = read(kinds.FILES, ALL[13][1], timezone=VIENNA)
    assert status.started_at == datetime(2018, 9, 28, 18, 44, 56, tzinfo=VIENNA)
    assert status.duration == 2.0
    assert status.raw_times["finished_at"] == "Sep 28, 2018 6:44:58 PM"


@pytest.mark.parametrize(
    "detail", ["Authentication failed", "Authentication credentials were not provided."], ids=["invalid", "missing"]
)
def test_the_two_401s(detail: str) -> None:
    with pytest.raises(AuthenticationError, match=detail.rstrip(".")):
        read(kinds.BULK, reply({"detail": detail}, 401))


def test_the_triggered_answer_names_the_run() -> None:
    world = World([], {"status": "success", "job-execution-id": 3, "job-execution-user": "analyst"})
    job = kinds.Executions(sync_client(world, kinds.DATAMEER)).submit(configuration=7)
    assert job.identity == {"execution_id": 3}
    assert job.submit_response.job_execution_id == 3


def test_the_empty_stop_answer_is_good() -> None:
    world = World(reply())
    kinds.Executions(sync_client(world, kinds.DATAMEER))(execution_id=3).cancel()
    assert world.sends == ["stop_job"]


@pytest.mark.parametrize(
    ("word", "raw"),
    [("running ", "running"), ("Running", "Running"), (None, ""), (7, "7"), (["a"], '["a"]'), (True, "true")],
)
def test_words_that_are_none(word: Any, raw: str, caplog: pytest.LogCaptureFixture) -> None:
    context = ResponseContext(200, {}, {"status": word})
    status = [status_of(kinds.BULK, context, None) for _ in range(2)][-1]
    assert (str(status.state), status.raw_state) == ("unknown", raw)
    assert not status.state.terminal
    assert len([record for record in caplog.records if repr(raw) in record.getMessage()]) <= 1


def test_two_fields_and_integers_and_the_http_status_tell_states() -> None:
    life, result = "$response.body#/life", "$response.body#/result"
    kind: JobType[Any] = JobType(
        name="x",
        vendor="x",
        identity=(),
        status=Role("get_job"),
        states=(
            StateRule("succeeded", (When(life, one_of=("TERMINATED",)), When(result, one_of=("SUCCESS",)))),
            StateRule("failed", (When(life, one_of=("TERMINATED",)), When(result, exists=True))),
            StateRule("queued", (When(life, one_of=(1,)),)),
            StateRule("running", (When("$response.status", one_of=(202,)),)),
        ),
        raw_state=((life,), (result,)),
    )
    for status, body, state in (
        (200, {"life": "TERMINATED", "result": "SUCCESS"}, "succeeded"),
        (200, {"life": "TERMINATED", "result": "TIMEDOUT"}, "failed"),
        (200, {"life": 1}, "queued"),
        (200, {"life": True}, "unknown"),
        (202, {}, "running"),
    ):
        assert state_of(kind, ResponseContext(status, {}, body)) == state
    assert status_of(kind, ResponseContext(200, {}, {"life": "TERMINATED", "result": "SUCCESS"}), None).raw_state == (
        "TERMINATED/SUCCESS"
    )


PROGRESS = [("0", 0.0), (50, 0.5), ("50%", 0.5), (100, 1.0), (101, None), (-1, None), ("NaN", None), ("", None)]


@pytest.mark.parametrize(("value", "progress"), [*PROGRESS, (None, None), ([1], None), (True, None)])
def test_progress(value: Any, progress: float | None) -> None:
    assert read(kinds.FILES, {**V2, "job-status": "RUNNING", "job-progress": value}).progress == progress


def test_progress_of_two_fields() -> None:
    kind: JobType[Any] = JobType(
        name="x",
        vendor="x",
        identity=(),
        status=kinds.BULK.status,
        fields={"progress": FieldRule(("$response.body#/done",), total="$response.body#/all")},
    )
    for body, progress in (
        ({"done": 1, "all": 4}, 0.25),
        ({"done": 1, "all": 0}, None),
        ({"done": 1}, None),
        ({"done": 5, "all": 4}, None),
    ):
        assert status_of(kind, ResponseContext(200, {}, body), None).progress == progress


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://vendor.test/runs/1?tab=log#end", "https://vendor.test/runs/1?tab=log#end"),
        ("http://[::1]:80/runs", "http://[::1]:80/runs"),
        ("javascript:alert(1)", None),
        ("JavaScript://vendor.test/%0aalert(1)", None),
        ("/runs/1", None),
        ("//vendor.test/runs/1", None),
        ("https:///runs/1", None),
        ("https://user:secret@vendor.test/runs/1", None),
        ("https://[vendor.test", None),
        ("https://vendor.test/a b", None),
        ("https://vendor.test/\u202eruns", None),
        ("https://vendor.test/" + "x" * 2000, None),
        (["https://vendor.test"], None),
        (None, None),
    ],
)
def test_the_page_of_a_job_is_one_that_a_person_may_open(value: Any, url: str | None) -> None:
    fields = {"page_url": FieldRule(("$response.body#/page", "$response.body#/links/self"))}
    kind = dataclasses.replace(kinds.RUNS, fields=fields)
    found = [status_of(kind, ResponseContext(200, {}, body), None).page_url for body in ({"page": value}, {})]
    assert found == [url, None]
    other = {"page": value, "links": {"self": "https://other.test/"}}
    assert status_of(kind, ResponseContext(200, {}, other), None).page_url == (url or "https://other.test/")


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (2**80, str(2**80)),
        ("not a time", "not a time"),
        (253402300800000, "253402300800000"),  # the year 10000
        ("", None),
        ([], None),
        (True, None),
    ],
)
def test_times_that_are_none(value: Any, raw: str | None) -> None:
    run = {"status": "RUNNING", "creation-date": value}
    complete = with_result(kinds.RUNS, with_run(ResponseContext(200, {}, {}), run))
    status = status_of(kinds.RUNS, complete, None)
    assert status.started_at is None
    assert status.raw_times.get("started_at") == raw


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ('{"a": 1', '{"a": 1'),
        ("null", None),
        ('"{\\"a\\": 1}"', '{"a": 1}'),
        ("[1, 2]", [1, 2]),
        (None, None),
        ("", ""),
    ],
)
def test_json_in_a_text(result: Any, expected: Any) -> None:
    assert read(kinds.BULK, {"status": "successful", "result": result}).result == expected


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2024-03-31 01:30:00.0", "2024-03-31 03:30:00.0", 3600.0),
        ("2024-03-30 12:00:00.0", "2024-03-31 12:00:00.0", 23 * 3600.0),
        ("2024-10-27 01:30:00.0", "2024-10-27 03:30:00.0", 3 * 3600.0),
        ("2024-10-27 02:50:00.0", "2024-10-27 02:10:00.0", 1200.0),
        ("2024-10-27 02:10:00.0", "2024-10-27 02:50:00.0", 2400.0),
        ("2024-06-01 02:50:00.0", "2024-06-01 02:10:00.0", None),
        ("1900-01-01 00:00:00.0", "9999-12-31 23:59:59.0", 255611289599.0),
    ],
)
def test_a_duration_is_right_when_the_clocks_are_changed(start: str, end: str, seconds: float | None) -> None:
    body = {"id": 3, "jobStatus": "COMPLETED", "startTime": start, "stopTime": end}
    fields = {
        "started_at": FieldRule(("$response.body#/startTime",), format="jdbc"),
        "finished_at": FieldRule(("$response.body#/stopTime",), format="jdbc"),
    }
    kind = dataclasses.replace(kinds.EXECUTIONS, fields=fields)
    assert read(kind, body, timezone=ZoneInfo("Europe/Berlin")).duration == seconds


def test_an_end_before_the_start_has_no_duration() -> None:
    body = {
        **V2,
        "job-status": "COMPLETED",
        "start-time": "Sep 28, 2018 6:44:58 PM",
        "stop-time": "Sep 28, 2018 6:44:56 PM",
    }
    assert read(kinds.FILES, body, timezone=UTC).duration is None


def test_a_failed_job_may_answer_with_an_error() -> None:
    when = When("$response.status", one_of=(422,))
    kind = dataclasses.replace(kinds.BULK, states=(*kinds.BULK.states, StateRule("failed", (when,))))
    client = sync_client(World(reply({"status": "Object does not exist."}, 422)), kinds.ALATION)
    handle = Handle("alation", "jobs", "https://vendor.example.com", "default", {"id": 1})
    status: JobStatus[Any] = client._drive(status_flow(client._session, kind.bound, handle))
    assert (status.state, status.raw_state) == ("failed", "Object does not exist.")
    with pytest.raises(JobError, match="no response"):
        _ = status.raw


LONG = {"trace": "x" * 40_960, "status": "failed", "msg": "no such table"}
TOLD_BY_ERROR = [
    (reply(LONG, 422), "no such table"),
    (reply({"status": "failed"}, 422, x_reason="no such table"), "no such table"),
    (reply({**LONG, "msg": "bad secret-token-1"}, 422), "bad ***"),
    (reply({"status": "failed"}, 422, x_reason="bad secret-token-1"), "bad ***"),
]


@pytest.mark.parametrize(("answered", "error"), TOLD_BY_ERROR, ids=["end of the body", "header", "secret", "in header"])
def test_an_error_that_tells_an_end_is_read_whole(answered: HttpResponse, error: str) -> None:
    """What an `ApiError` shows is cut after 16 KiB, and shows no header fields; a job's end may be behind that."""
    rule = FieldRule(("$response.body#/msg", "$response.header.X-Reason"))
    failed = StateRule("failed", (When("$response.status", one_of=(422,)),))
    kind = dataclasses.replace(kinds.BULK, states=(failed,), fields={"error": rule})
    client = sync_client(World(answered), kinds.ALATION)
    handle = Handle("alation", "jobs", "https://vendor.example.com", "default", {"id": 1})
    status = run_flow(client, status_flow(client._session, kind.bound, handle), "get_job")
    assert (status.state, status.raw_state, status.error) == ("failed", "failed", error)


def test_the_whole_answer_stays_in_the_runtime() -> None:
    client = sync_client(World(reply(LONG, 403)), kinds.ALATION)
    with pytest.raises(PermissionDenied) as caught:
        client.send(kinds.GET_JOB.call(id=1))
    assert len(caught.value.body) == 16_384
    assert not [value for value in vars(caught.value).values() if isinstance(value, HttpResponse)]
