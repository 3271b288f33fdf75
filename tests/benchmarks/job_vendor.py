"""A vendor whose jobs are measured, as the generator would write it."""

from __future__ import annotations

import dataclasses
from typing import Any

from jobclients_core import ApiKeyIn, Operation, Path, Token, Vendor, When
from jobclients_core.jobs import FieldRule, Identity, JobType, Poll, Role, StateRule
from jobclients_core.jobs.collection import AsyncJobs, Jobs
from jobclients_core.jobs.job import AsyncJob, Job
from jobclients_core.model import Model


class Status(Model):
    """The response of a status call."""

    id: int
    state: str
    progress: float | None = None


class Listed(Model):
    """The response of the list."""

    jobs: list[Status]


VENDOR = Vendor(
    name="bench",
    models=__name__,
    schemes={"token": ApiKeyIn("X-Token")},
    security=(("token",),),
    credentials={Token: "token"},
)
_STATUS: Operation[Any] = Operation(
    id="get_job", method="GET", path="/jobs/{id}", parameters=(Path("id", type="integer"),), returns={200: "Status"}
)
_LIST: Operation[Any] = Operation(id="list_jobs", method="GET", path="/jobs", returns={200: "Listed"})
ALONE: JobType[Status] = JobType(
    name="jobs",
    vendor="bench",
    operations=__name__,
    identity=(Identity("id", (), "integer"),),
    status=Role("get_job", {"id": "$job.id"}),
    states=(
        StateRule("running", (When("$response.body#/state", one_of=("RUNNING",)),)),
        StateRule("succeeded", (When("$response.body#/state", one_of=("SUCCEEDED",)),)),
    ),
    raw_state=(("$response.body#/state",),),
    fields={"progress": FieldRule(("$response.body#/progress",), scale=0.01)},
    poll=Poll(initial=2.0, max=4.0, timeout=600.0),
)
LISTED = dataclasses.replace(ALONE, status_many=Role("list_jobs", {}, "$response.body#/jobs", {"id": "/id"}))


def handle(client: Any, kind: JobType[Status], number: int) -> Job[Status]:
    """A handle of a sync client."""
    jobs = type("BenchJobs", (Jobs,), {"kind": kind, "job": Job})(client)
    job: Job[Status] = jobs._make(id=number)
    return job


def async_handles(client: Any, kind: JobType[Status], count: int) -> list[AsyncJob[Status]]:
    """Handles of an async client."""
    jobs = type("AsyncBenchJobs", (AsyncJobs,), {"kind": kind, "job": AsyncJob})(client)
    return [jobs._make(id=number) for number in range(count)]
