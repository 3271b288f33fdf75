"""Drift that was planted in responses is found, each as its row; recordings of sound responses have none.

Each response goes the whole way: a live run, its recording, and a replay of what the recording holds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jobclients_contract.live.cassette import write
from jobclients_contract.live.contract import Contract, contract_of
from jobclients_contract.live.findings import Report
from jobclients_contract.live.loading import load
from jobclients_contract.live.plan import Plan
from jobclients_contract.live.running import live, replay

from .support import ENVIRONMENTS, GENERATED, ROOT

IAM = {"BASE_URL": "https://acme.test"}
USER = {"name": "u", "password": "made-up-7", "domain": {"name": "d"}}
CREDENTIAL = {"identity": {"methods": ["password"], "password": {"user": USER}}}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "get_job": ("alation", {"id": 7}),
    "validate_refresh_token": ("alation", {"refresh_token": "made-up-1", "user_id": 10}),
    "get_job_status": ("datameer", {"job_configuration_id": 7}),
    "get_job_status_v2": ("datameer", {"file": 48}),
    "get_job_history": ("datameer", {"job_configuration_id": 7}),
    "get_job_details": ("datameer", {"job_execution_id": 7}),
    "list_active_jobs": ("datameer", {}),
    "show_job_status": ("huawei_cdm", {"job_name": "mine"}),
    "show_submissions": ("huawei_cdm", {"job_name": "mine"}),
    "show_sql_job_status": ("huawei_dli", {"job_id": "j-7"}),
    "show_sql_job_progress": ("huawei_dli", {"job_id": "j-7"}),
    "list_sql_jobs": ("huawei_dli", {}),
    "create_token": ("huawei_iam", {"auth": CREDENTIAL}),
}
"""The operations that are called: whose they are, and with what."""


@dataclass(frozen=True)
class Came:
    """A response.

    Args:
        body: its body: JSON, or bytes.
        status: its status.
        headers: fields beside the media type, or in place of it.
    """

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def response(self) -> httpx2.Response:
        """The response as it is sent."""
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        headers = {"content-type": "application/json", **self.headers}
        return httpx2.Response(self.status, headers=headers, content=content)


@cache
def contract(vendor: str) -> Contract:
    """What a vendor documents."""
    return contract_of(vendor, Path(GENERATED), None)


def run(operation: str, came: Came, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Report, Report]:
    """Call an operation, and replay what was recorded: the report of each."""
    vendor, arguments = CALLS[operation]
    for name, value in ENVIRONMENTS.get(vendor, IAM).items():
        monkeypatch.setenv(f"{vendor.upper()}_{name}", value)
    known = contract(vendor)
    plan = Plan(((known.methods[operation], arguments),))
    inner = httpx2.MockTransport(lambda _: came.response())

    first = live(known, plan, root=ROOT, budget=9, inner=inner)
    cassette = load(write(folder, vendor, first.cassette.dump(first.scrubber)))
    return first.report, replay(known, cassette, root=ROOT).report


Row = tuple[str, str, str, str, int]
"""Kind, place in the body, what came, severity, and how many values show it."""


def rows(report: Report) -> list[Row]:
    """What a report has one row for each."""
    return [(one.kind, one.pointer, one.found, one.severity, one.count) for one in report.findings]


def told(operation: str, came: Came, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """The rows of a run, which its replay has too."""
    first, again = run(operation, came, folder, monkeypatch)
    assert again.findings == first.findings
    return rows(first)


SENTENCE = "Job finished in 4.5 seconds at 2024-05-06 07:08:09.123456+00:00"
LOADED = '{"updated_objects": 3, "number_received": 3, "error_objects": [], "error": ""}'
DONE = {"status": "successful", "msg": SENTENCE, "result": LOADED}
FORBIDDEN = {"detail": "You do not have permission.", "code": "403000"}
REFRESH = {
    "refresh_token": "x",
    "user_id": 10,
    "name": "n",
    "token_status": "ACTIVE",
    "created_at": "2024-05-06T07:08:09Z",
}
PROGRAM = {
    "status": "success",
    "file-id": 48,
    "job-execution-id": 3,
    "job-status": "RUNNING",
    "start-time": "Mar 3, 2024 6:44:56 PM",
}
DETAILS = {
    "jobStatus": "COMPLETED",
    "failureCount": 0,
    "startTime": "2024-03-04 18:19:09.0",
    "stopTime": "2024-03-04 18:21:07.0",
}
RUN = {"job-name": "mine", "status": "RUNNING", "creation-date": 1709570349725, "creation-user": "cdm"}
MISSING = {"errCode": "Cdm.0100", "externalMessage": "Job[mine] doesn't exist."}
COLUMNS = '{"type": "struct", "fields": [{"name": "n", "type": "string", "nullable": true, "metadata": {}}]}'
QUERY = {
    "is_success": True,
    "message": "",
    "job_id": "j-7",
    "job_type": "QUERY",
    "status": "FINISHED",
    "start_time": 1709570349918,
    "duration": 2523,
    "detail": COLUMNS,
}
LISTED = {**{key: QUERY[key] for key in QUERY if key != "is_success"}, "end_time": 1709570500818, "duration": 150900}
PAGE = {"is_success": True, "message": "", "job_count": 2, "jobs": [LISTED, LISTED]}
NO_QUEUE = {"error_code": "DLI.0002", "error_msg": "There is no queue named q"}
MADE = {"token": {"expires_at": "2024-05-07T07:08:09.855000Z", "methods": ["password"], "catalog": []}}
HANDED = {"X-Subject-Token": "made-up-2"}


def but(body: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """An object with keys changed, where an underscore may stand for a hyphen; with ``...`` they are taken away."""
    hyphens = {key.replace("-", "_"): key for key in body}
    named = {hyphens.get(key, key): value for key, value in changed.items()}
    return {key: value for key, value in {**body, **named}.items() if value is not ...}


def runs(*found: dict[str, Any]) -> dict[str, Any]:
    """The runs of a job of CDM."""
    return {"submissions": list(found)}


PLANTED: list[tuple[str, str, Came, Came, list[Row]]] = [
    (
        "a required header is gone",
        "create_token",
        Came(MADE, 201, HANDED),
        Came(MADE, 201),
        [("missing-header", "", "nothing", "breaking", 1)],
    ),
    (
        "seconds for milliseconds",
        "show_job_status",
        Came(runs(RUN)),
        Came(runs(but(RUN, creation_date=1709570349))),
        [("time-scale", "/submissions/0/creation-date", "seconds", "breaking", 1)],
    ),
    (
        "seconds in digits",
        "show_submissions",
        Came(runs(but(RUN, creation_date="1709570349725"))),
        Came(runs(but(RUN, creation_date="1709570349"))),
        [("time-scale", "/submissions/0/creation-date", "seconds", "breaking", 1)],
    ),
    (
        "microseconds for milliseconds, in each job of a list",
        "list_sql_jobs",
        Came(PAGE),
        Came({**PAGE, "jobs": [but(LISTED, start_time=1709570349918000), but(LISTED, start_time=1709570360918000)]}),
        [("time-scale", "/jobs/0/start_time", "microseconds", "breaking", 2)],
    ),
    (
        "a time that was made of seconds",
        "get_job_details",
        Came(DETAILS),
        Came(but(DETAILS, startTime="1970-01-20 18:52:50.3")),
        [("time-scale", "/startTime", "seconds taken for milliseconds", "breaking", 1)],
    ),
    (
        "columns that are JSON no more",
        "show_sql_job_status",
        Came(QUERY),
        Came(but(QUERY, detail="struct<n:string>")),
        [("not-json", "/detail", "another text", "breaking", 1)],
    ),
    (
        "columns in JSON that was cut",
        "list_sql_jobs",
        Came(PAGE),
        Came({**PAGE, "jobs": [but(LISTED, detail=COLUMNS[:-1]), LISTED]}),
        [("not-json", "/jobs/0/detail", "another text", "breaking", 1)],
    ),
    (
        "another sentence",
        "get_job",
        Came(DONE),
        Came(but(DONE, msg="Completed after 4.5 s")),
        2 * [("pattern", "/msg", "another text", "breaking", 1)],  # of the end, and of the duration
    ),
    (
        "an error without its code",
        "show_submissions",
        Came(MISSING, 400),
        Came(but(MISSING, errCode=...), 400),
        [("error-body", "/errCode", "nothing", "breaking", 1)],
    ),
    (
        "an error without its message",
        "show_sql_job_progress",
        Came(NO_QUEUE, 400),
        Came(but(NO_QUEUE, error_msg=...), 400),
        [("error-body", "/error_msg", "nothing", "breaking", 1)],
    ),
    (
        "an error whose message has another key",
        "get_job_status_v2",
        Came({"status": "failure", "reason": "no such file"}, 404),
        Came({"status": "failure", "why": "no such file"}, 404),
        [("error-body", "/reason", "nothing", "breaking", 1), ("new-field", "/why", "string", "additive", 1)],
    ),
    (
        "an error in another type",
        "get_job",
        Came(FORBIDDEN, 403),
        Came(but(FORBIDDEN, detail=["no"]), 403),
        [("error-body", "/detail", "array", "breaking", 1)],
    ),
    (
        "a new key, of several types",
        "show_job_status",
        Came(runs(RUN, RUN, RUN)),
        Came(runs({**RUN, "queue": "a"}, {**RUN, "queue": None}, {**RUN, "queue": "b"})),
        [("new-field", "/submissions/0/queue", "string or null", "additive", 3)],
    ),
    (
        "a new key in JSON in a text",
        "show_sql_job_status",
        Came(QUERY),
        Came(but(QUERY, detail=COLUMNS[:-1] + ', "rows": 4}')),
        [("new-field", "/detail/rows", "integer", "additive", 1)],
    ),
    (
        "a word that is not listed",
        "show_sql_job_status",
        Came(QUERY),
        Came(but(QUERY, job_type="VACUUM")),
        [("new-enum-value", "/job_type", "VACUUM", "additive", 1)],
    ),
    (
        "a state that no rule knows",
        "get_job_status",
        Came({"id": 7, "jobStatus": "RUNNING"}),
        Came({"id": 7, "jobStatus": "SLEEPING"}),
        [
            ("new-job-state", "/jobStatus", "SLEEPING", "breaking", 1),
            ("new-enum-value", "/jobStatus", "SLEEPING", "additive", 1),
        ],
    ),
    (
        "a key that is gone, in two of three",
        "show_submissions",
        Came(runs(RUN, RUN, RUN)),
        Came(runs(RUN, but(RUN, creation_user=...), but(RUN, creation_user=...))),
        [("missing-required", "/submissions/1/creation-user", "nothing", "breaking", 2)],
    ),
    (
        "another type",
        "get_job_details",
        Came(DETAILS),
        Came(but(DETAILS, failureCount=[0])),
        [("type-changed", "/failureCount", "array", "breaking", 1)],
    ),
    (
        "null where it is not documented",
        "get_job",
        Came(DONE),
        Came(but(DONE, msg=None)),
        [("null-value", "/msg", "null", "additive", 1)],
    ),
    (
        "a number in a text",
        "show_sql_job_status",
        Came(QUERY),
        Came(but(QUERY, duration="2523")),
        [("number-form", "/duration", "string of digits", "breaking", 1)],
    ),
    (
        "a time in another format",
        "get_job_status_v2",
        Came(PROGRAM),
        Came(but(PROGRAM, start_time="2024-03-03T18:44:56Z")),
        [("time-format", "/start-time", "another string", "breaking", 1)],
    ),
    (
        "none of several shapes",
        "get_job",
        Came(DONE),
        Came(but(DONE, result=5)),
        [("no-variant", "/result", "integer", "breaking", 1)],
    ),
    (
        "another status with the same body",
        "get_job",
        Came(DONE),
        Came(DONE, 203),
        [("undocumented-status", "", "203", "additive", 1)],
    ),
    (
        "another status with a body that the client cannot use",
        "show_sql_job_progress",
        Came(NO_QUEUE, 400),
        Came({"accepted": True}, 202),
        [("undocumented-status", "", "202", "breaking", 1)],
    ),
    ("a redirect", "list_active_jobs", Came([]), Came(b"", 307), [("redirect", "", "307", "breaking", 1)]),
    (
        "a page to log in",
        "list_active_jobs",
        Came([]),
        Came(b"<p>log in</p>", 200, {"content-type": "text/html"}),
        [("content-type", "", "text/html", "breaking", 1)],
    ),
    ("no body", "get_job_history", Came([]), Came(b""), [("empty-body", "", "nothing", "breaking", 1)]),
    (
        "a body that was cut",
        "show_job_status",
        Came(runs(RUN)),
        Came(b'{"submissions": [{'),
        [("not-json", "", "the body is not JSON", "breaking", 1)],
    ),
    (
        "an end that is announced",
        "get_job_history",
        Came([]),
        Came([], 200, {"sunset": "Mon, 01 Mar 2027 00:00:00 GMT"}),
        [("deprecation", "", "Sunset: 2027-03-01", "additive", 1)],
    ),
]


@pytest.mark.parametrize(
    ("operation", "before", "after", "expected"), [case[1:] for case in PLANTED], ids=[case[0] for case in PLANTED]
)
def test_a_planted_drift_is_found(
    operation: str, before: Came, after: Came, expected: list[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(operation, before, tmp_path, monkeypatch) == []
    assert told(operation, after, tmp_path, monkeypatch) == expected


CLEAN: list[tuple[str, str, Came]] = [
    ("a job that runs, with nothing but its state", "get_job", Came({"status": "running"})),
    ("a job that runs, with words of its own", "get_job", Came({"status": "running", "msg": "Step 2 of 9"})),
    ("a failed job, with words of its own", "get_job", Came({"status": "failed", "msg": "Disk full", "result": None})),
    ("a result in prose", "get_job", Came(but(DONE, result="Nothing was left to do."))),
    ("a result in an object of any keys", "get_job", Came(but(DONE, result={"made": 2, "new": {"a": [1]}}))),
    ("an error of a release without codes", "get_job", Came({"detail": "Authentication failed"}, 401)),
    ("an error with a title", "validate_refresh_token", Came({"detail": "no", "code": "401000", "title": "No"}, 401)),
    ("a token that was never used", "validate_refresh_token", Came({**REFRESH, "last_used_at": None})),
    ("a job that was never triggered", "get_job_status", Came({})),
    ("a state as one page spells it", "get_job_status", Came({"id": 7, "jobStatus": "COMPLETED_WITH_Warnings"})),
    ("a queued job without times", "get_job_status_v2", Came(but(PROGRAM, job_status="QUEUED", start_time=None))),
    ("words where none are listed", "show_submissions", Came(runs({**RUN, "external-id": "x", "error-summary": "y"}))),
    ("more jobs than in any sample", "list_active_jobs", Came([{"jobStatus": "RUNNING"}] * 400)),
    (
        "a million rows",
        "get_job_details",
        Came({**DETAILS, "successCount": 10**6, "counters": {"IMPORT_BYTES": 2**62}}),
    ),
    ("a time in digits", "show_submissions", Came(runs(but(RUN, creation_date="1709570349725")))),
    ("times of never", "show_job_status", Came(runs({**RUN, "execute-date": 0, "last-update-date": -1}))),
    ("the latest time of 32 bits", "show_job_status", Came(runs({**RUN, "execute-date": 2147483647}))),
    ("a job of 1970", "show_job_status", Came(runs({**RUN, "creation-date": 86_400_000}))),
    ("a whole number for a fraction", "show_submissions", Came(runs({**RUN, "progress": 1}))),
    ("a code with other words", "show_submissions", Came(but(MISSING, externalMessage="Gone."), 400)),
    ("a statement that has no columns", "show_sql_job_status", Came(but(QUERY, job_type="DDL", detail=""))),
    ("truth in a text", "show_sql_job_status", Came(but(QUERY, is_success="true"))),
    (
        "a job that waited much longer than it took",
        "list_sql_jobs",
        Came({**PAGE, "jobs": [but(LISTED, duration=40_000)]}),
    ),
    ("a refusal in a success", "list_sql_jobs", Came({"is_success": False, "message": "quota", "error": 5})),
    (
        "a token, and fields of a gateway",
        "create_token",
        Came(MADE, 201, {**HANDED, "via": "1.1 g", "x-request-id": "r"}),
    ),
]


@pytest.mark.parametrize(("operation", "came"), [case[1:] for case in CLEAN], ids=[case[0] for case in CLEAN])
def test_a_clean_recording_has_no_row(
    operation: str, came: Came, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(operation, came, tmp_path, monkeypatch) == []


def test_there_are_as_many_as_were_asked_for() -> None:
    vendors = {CALLS[operation][0] for _, operation, _ in CLEAN}

    assert len(PLANTED) >= 25
    assert len(CLEAN) >= 20
    assert {"alation", "datameer", "huawei_cdm", "huawei_dli", "huawei_iam"} == vendors
