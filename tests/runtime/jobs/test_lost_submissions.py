"""Submissions whose response is lost: found again, sent again, or uncertain."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from jobclients_core import (
    ConnectFailed,
    ConnectionLost,
)
from jobclients_core.jobs import (
    Role,
    SubmitUncertain,
)
from runtime.jobs import kinds
from runtime.jobs.nightly import LAST_NIGHT, OURS, run, shows
from runtime.jobs.world import World, reply, sync_client

LOST: list[Any] = [
    ConnectionLost("reset"),
    reply(b"<html>", 200, content_type="text/html"),
    reply(b'{"submissions"', 200),
    reply({}, 502),
    reply({}, 504),
]


@pytest.mark.parametrize("lost", LOST, ids=["reset", "page", "truncated", "502", "504"])
def test_a_lost_answer_is_looked_into_by_what_was_there_before(lost: Any) -> None:
    world = World(LAST_NIGHT, lost, LAST_NIGHT, shows(run(OURS, "RUNNING")))
    job = kinds.Runs(sync_client(world, kinds.CDM)).submit(job_name="j")
    assert world.sends == ["show_job_status", "start_job", "show_job_status", "show_job_status"]
    assert job.status().attribution == "newer_than_baseline"


@pytest.mark.parametrize("lost", LOST, ids=["reset", "page", "truncated", "502", "504"])
def test_a_lost_answer_whose_run_does_not_show_is_uncertain(lost: Any) -> None:
    world = World(LAST_NIGHT, lost, *[LAST_NIGHT] * 5, shows(run(OURS, "RUNNING")))
    with pytest.raises(SubmitUncertain) as caught:
        kinds.Runs(sync_client(world, kinds.CDM)).submit(job_name="j")
    assert world.sends == ["show_job_status", "start_job", *["show_job_status"] * 5]
    assert isinstance(caught.value.job, kinds.Run)
    assert caught.value.job.status().run_id == "2000"
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("refusal", [reply({"externalMessage": "no"}, 400), reply({"errCode": "Cdm.0100"}, 500)])
def test_a_refusal_is_certain(refusal: Any) -> None:
    world = World(LAST_NIGHT, refusal)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is not the point
        kinds.Runs(sync_client(world, kinds.CDM)).submit(job_name="j")
    assert not isinstance(caught.value, SubmitUncertain)


def test_what_was_never_sent_is_sent_again() -> None:
    world = World(LAST_NIGHT, ConnectFailed("refused"), shows())
    kinds.Runs(sync_client(world, kinds.CDM)).submit(job_name="j")
    assert world.sends.count("start_job") == 2


KEY: list[str] = []


def remember(step: Any) -> Exception:
    sent = json.loads(step.request.content)
    KEY[:] = [tag["value"] for tag in sent["tags"] if tag["key"] == "jobclients"]
    return ConnectionLost("reset")


def listed(job_id: str = "j9") -> Callable[[Any], Any]:
    return lambda step: reply(
        {"jobs": [{"job_id": "x", "tags": []}, {"job_id": job_id, "tags": [{"key": "jobclients", "value": KEY[0]}]}]}
    )


def test_a_lost_submission_is_found_by_its_tag() -> None:
    from runtime.jobs.job_models import SqlTag

    world = World(remember, {"jobs": []}, listed())
    job = kinds.SqlJobs(sync_client(world, kinds.DLI)).submit(sql="select 1", tags=[SqlTag(key="team", value="a")])
    assert job.identity == {"project_id": "p1", "job_id": "j9"}
    assert world.events[1][3] == f"/v1.0/p1/jobs?tags=jobclients={KEY[0]}"
    assert job.submit_response is None
    assert KEY[0] in job.to_json()


def test_a_lost_submission_that_is_not_found_is_uncertain() -> None:
    world = World(remember, {"jobs": []})
    with pytest.raises(SubmitUncertain) as caught:
        kinds.SqlJobs(sync_client(world, kinds.DLI)).submit(sql="select 1")
    assert caught.value.key == KEY[0]
    assert world.sends.count("submit_sql_job") == 1


def keyed(*replies: Any) -> tuple[World, kinds.SqlJobs]:
    """Submissions that carry a key in a header, which makes them safe to repeat."""

    class KeyedJobs(kinds.SqlJobs):
        kind = dataclasses.replace(kinds.SQL, submit=Role("submit_keyed"), list=None, idempotency="Key")

    world = World(*replies)
    return world, KeyedJobs(sync_client(world, kinds.DLI))


def test_a_submission_with_a_key_is_sent_again() -> None:
    world, jobs = keyed(ConnectionLost("reset"), {"is_success": True, "job_id": "j1"})
    assert jobs.submit(sql="x").identity["job_id"] == "j1"
    assert world.sends == ["submit_keyed"] * 2


def test_a_submission_with_a_key_that_stays_lost_is_uncertain() -> None:
    world, jobs = keyed(ConnectionLost("reset"))
    with pytest.raises(SubmitUncertain) as caught:
        jobs.submit(sql="x")
    assert len(world.sends) == 3
    assert len(caught.value.key or "") == 32


def test_an_answer_that_names_no_job_is_uncertain() -> None:
    world = World({"is_success": True, "job_id": ""})
    with pytest.raises(SubmitUncertain, match="does not say which job"):
        kinds.SqlJobs(sync_client(world, kinds.DLI)).submit(sql="select 1")
