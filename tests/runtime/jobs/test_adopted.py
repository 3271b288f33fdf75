"""Handles that are made by hand, or of somebody else's submission."""

from __future__ import annotations

from typing import Any

import pytest
from jobclients_core import (
    InvalidArgument,
    NotFound,
)
from runtime.jobs import kinds
from runtime.jobs.nightly import OURS, run, shows, submitted
from runtime.jobs.world import World, reply, sync_client


def test_exactly_one_of_id_and_name() -> None:
    jobs = kinds.BulkJobs(sync_client(World(), kinds.ALATION))
    assert jobs(id=1).identity == {"id": 1}
    assert jobs(name="a#1").identity == {"name": "a#1"}
    unfit: list[dict[str, Any]] = [{}, {"id": 1, "name": "a"}, {"name": ""}, {"id": True}, {"id": "x"}, {"id": 1.5}]
    for given in unfit:
        with pytest.raises(InvalidArgument):
            jobs(**given)


@pytest.mark.parametrize(
    ("answer", "identity"),
    [
        ({"job_id": 7}, {"id": 7}),
        ({"job_id": "7"}, {"id": 7}),
        ({"task": {"id": 8}}, {"id": 8}),
        ({"job_name": "m#1"}, {"name": "m#1"}),
        ({"job_id": "m#1"}, {"name": "m#1"}),
        (b'{"job_id": 7}', {"id": 7}),
        ('{"job_id": 7}', {"id": 7}),
    ],
)
def test_adopt(answer: Any, identity: dict[str, Any]) -> None:
    assert kinds.BulkJobs(sync_client(World(), kinds.ALATION)).adopt(answer).identity == identity


def test_adopt_models_and_responses() -> None:
    client = sync_client(World({"status": "success", "job-execution-id": 3}), kinds.DLI)
    from runtime.jobs.job_models import SqlStatus

    assert kinds.SqlJobs(client).adopt(SqlStatus(is_success=True, job_id="q")).identity["job_id"] == "q"


@pytest.mark.parametrize("answer", [{}, None, 7, "x", [], {"job_id": None}, {"job_id": {}}, b"<html>", {"job_id": ""}])
def test_adopt_of_what_names_no_job(answer: Any) -> None:
    with pytest.raises(InvalidArgument, match="names no job"):
        kinds.BulkJobs(sync_client(World(), kinds.ALATION)).adopt(answer)


def test_not_found_of_a_job_that_was_never_seen() -> None:
    world = World(reply({"detail": "no"}, 404))
    with pytest.raises(NotFound):
        kinds.BulkJobs(sync_client(world, kinds.ALATION))(id=1).status()


def test_keys_tell_jobs_apart() -> None:
    jobs = kinds.BulkJobs(sync_client(World(), kinds.ALATION))
    assert jobs(id=1).key == jobs(id=1).key != jobs(id=2).key
    world, job = submitted(shows(run(OURS, "RUNNING")))
    key = job.key
    job.status()
    assert job.key == key
    world.fake.now += 1
