"""What only jobs and errors tell: states, sentences, times and durations, and codes that no enumeration lists."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jobclients import Drift, Errors, HttpOptions, Operation, SyncClient, Token, Vendor
from jobclients.alation import AlationClient, AsyncAlationClient
from jobclients.huawei_cdm import HuaweiCdmClient
from jobclients.huawei_dli import HuaweiDliClient
from jobclients_core.expressions import ResponseContext as Said
from jobclients_core.jobparts import FieldRule, Role
from jobclients_core.jobs.classify import status_of
from jobclients_core.jobs.drift import job_differences
from jobclients_core.jobtype import BoundJobType, JobType
from jobclients_core.openapi import OpenApi
from jobclients_core.states import JobState

from .support import TOKEN

Facts = list[tuple[str, str, str, bool]]


def facts(drifts: list[Drift]) -> Facts:
    """What is compared of drifts."""
    return [(drift.kind, drift.pointer, drift.found, drift.breaking) for drift in drifts]


def answering(body: Any, status: int = 200) -> HttpOptions:
    """Options with which every request gets one response."""
    reply = httpx2.Response(status, json=body)
    return HttpOptions(transport=httpx2.MockTransport(lambda _: reply), retries=0)


NEW_STATE: Facts = [
    ("new-enum-value", "/status", "paused", False),
    ("new-job-state", "/status", "paused", True),
]


def test_a_handle_tells_of_a_state_that_no_rule_knows() -> None:
    drifts: list[Drift] = []
    options = answering({"status": "paused"})
    with AlationClient(base_url="https://a.test", auth=Token(TOKEN), http=options, on_drift=drifts.append) as alation:
        status = alation.jobs(id=1).status()

    assert status.state == "unknown"
    assert facts(drifts) == NEW_STATE
    assert drifts[1].spec == "/x-jobs/jobs/state"


def test_so_does_an_async_handle() -> None:
    drifts: list[Drift] = []

    async def run() -> None:
        options = answering({"status": "paused"})
        async with AsyncAlationClient(
            base_url="https://a.test", auth=Token(TOKEN), http=options, on_drift=drifts.append
        ) as alation:
            await alation.jobs(id=1).status()

    asyncio.run(run())

    assert facts(drifts) == NEW_STATE


def cdm_status(word: str, drifts: list[Drift]) -> str:
    """Ask for the status of a job whose only run has a word for its state."""
    run = {"job-name": "j", "status": word, "creation-date": 1536905778725, "creation-user": "cdm"}
    options = answering({"submissions": [run]})
    with HuaweiCdmClient(
        base_url="https://c.test",
        project_id="p",
        cluster_id="c",
        auth=Token(TOKEN),
        http=options,
        on_drift=drifts.append,
    ) as cdm:
        return cdm.runs.latest(job_name="j").status().state


def test_the_place_of_a_state_is_told_also_inside_of_a_run() -> None:
    drifts: list[Drift] = []

    assert cdm_status("HIBERNATED", drifts) == "unknown"
    assert facts(drifts) == [
        ("new-enum-value", "/submissions/0/status", "HIBERNATED", False),
        ("new-job-state", "/submissions/*/status", "HIBERNATED", True),
    ]


def test_a_documented_word_for_an_unknown_state_is_not_new() -> None:
    drifts: list[Drift] = []

    assert cdm_status("UNKNOWN", drifts) == "unknown"
    assert drifts == []


def test_a_state_that_is_a_secret_is_not_shown() -> None:
    drifts: list[Drift] = []
    cdm_status(TOKEN, drifts)

    assert [drift.found for drift in drifts] == ["string", "***"]


def alation_status(**body: Any) -> Facts:
    """What is told of the status of a job of Alation."""
    drifts: list[Drift] = []
    with AlationClient(
        base_url="https://a.test", auth=Token(TOKEN), http=answering(body), on_drift=drifts.append
    ) as alation:
        alation.jobs(id=1).status()
    return facts(drifts)


def test_a_sentence_that_its_patterns_do_not_fit_any_more_is_told() -> None:
    known = "Job finished in 1.25 seconds at 2024-05-06 07:08:09.123456+00:00"

    assert alation_status(status="successful", msg=known) == []
    assert alation_status(status="successful", msg="Done, 1.25 s") == 2 * [("pattern", "/msg", "another text", True)]


def test_a_sentence_in_a_state_of_which_nothing_is_documented_may_be_any() -> None:
    assert alation_status(status="running", msg="Step 2 of 5") == []
    assert alation_status(status="successful") == []


DURATIONS = [
    (150_000, 150_900, []),
    (0, 150_000, []),
    (31_000, 150_000, []),
    (150, 150_900, [("time-scale", "/duration", "a thousandth of the time from start to end", True)]),
    (150_500_000, 150_900, [("time-scale", "/duration", "a thousand times the time from start to end", True)]),
    (60, 60_000, []),  # too short to be sure
    (150, None, []),
]


@pytest.mark.parametrize(("duration", "elapsed", "expected"), DURATIONS)
def test_a_duration_is_compared_with_the_start_and_the_end(duration: int, elapsed: int | None, expected: Facts) -> None:
    start = 1502349803729
    body = {"is_success": True, "job_id": "j", "job_type": "QUERY", "status": "FINISHED", "duration": duration}
    body |= {"start_time": start} | ({} if elapsed is None else {"end_time": start + elapsed})
    drifts: list[Drift] = []

    with HuaweiDliClient(
        base_url="https://d.test", project_id="p", auth=Token(TOKEN), http=answering(body), on_drift=drifts.append
    ) as dli:
        dli.sql_jobs(job_id="j").status()

    # Only lists of jobs are documented to tell the end.
    assert [fact for fact in facts(drifts) if fact[1] != "/end_time"] == expected


@pytest.fixture
def listed_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vendor:
    """A vendor whose errors have an enumeration of codes."""
    package = tmp_path / "listed_codes"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    models = "from jobclients_core.model import Model\n\n\nclass Problem(Model):\n    code: str\n"
    (package / "models.py").write_text(models, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    problem = {
        "properties": {
            "code": {"type": "string", "enum": ["E1", "E2"]},
            "kind": {"enum": ["soft"]},
            "pin": {"enum": ["0"]},
        }
    }
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    documented = {
        "paths": {"/ping": {"get": {"responses": {"200": {}, "4XX": answer}}}},
        "components": {"schemas": {"Problem": problem}},
    }
    (package / "openapi.json").write_text(json.dumps(documented), encoding="utf-8")
    codes = Errors(code=("$response.body#/code",))
    return Vendor(name="demo", models="listed_codes.models", errors=codes, secret_keys=("pin",))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"code": "E1", "kind": "soft"}, []),
        ({"code": "E9"}, [("new-error-code", "/code", "E9", False)]),
        ({"code": "E1", "kind": "hard"}, [("new-enum-value", "/kind", "hard", False)]),
        ({"code": "E1", "pin": "7777"}, [("new-enum-value", "/pin", "string", False)]),
        ({"code": 9}, [("error-body", "/code", "integer", True)]),
    ],
    ids=str,
)
def test_a_code_that_the_specification_does_not_list_is_new(listed_codes: Vendor, body: Any, expected: Facts) -> None:
    drifts: list[Drift] = []
    ping: Operation[None] = Operation(
        id="ping", method="GET", path="/ping", returns={200: None}, raises={"4XX": "Problem"}
    )
    options = answering(body, 409)

    with (
        SyncClient(listed_codes, base_url="https://d.test", http=options, on_drift=drifts.append) as client,
        pytest.raises(Exception, match="409"),
    ):
        client.send(ping.call())

    assert facts(drifts) == expected


def test_a_time_of_a_job_that_no_schema_describes_is_compared_with_its_own_format() -> None:
    fields = {"started_at": FieldRule(("$response.body#/began",), format="unix-s")}
    kind: JobType[Any] = JobType(
        "jobs", "demo", (), Role("get"), raw_state=(("$response.body#/state",),), fields=fields
    )
    operation: Operation[Any] = Operation(id="get", method="GET", path="/job", returns={200: None}, raises={})
    bound = BoundJobType(kind, {"get": operation})

    def told(began: Any) -> list[tuple[str, str]]:
        seen = Said(200, {}, {"began": began}, {"began": began})
        status = status_of(kind, seen, None, state=JobState.RUNNING)
        return [(one.found, one.spec) for one in job_differences(bound, bound.status, OpenApi({}), seen, status)]

    assert told(1709570349725) == [("milliseconds", "/x-jobs/jobs/fields/started_at")]
    assert told("1709570349725") == [("milliseconds", "/x-jobs/jobs/fields/started_at")]
    others: list[Any] = [1709570349, 0, -1, None, "soon", True, []]
    assert not any(map(told, others))
