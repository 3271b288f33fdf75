"""What errors about jobs say: which job, its last state, true seconds; never a secret."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from jobclients_core import JobClientsError, Token
from jobclients_core.jobs import (
    AmbiguousRun,
    AsyncJob,
    Job,
    JobCancelled,
    JobError,
    JobExpired,
    JobFailed,
    NotStarted,
    RunSuperseded,
    UnknownState,
    WaitTimeout,
    wait_all,
)
from runtime.jobs import kinds
from runtime.jobs.many import in_world
from runtime.jobs.world import World, async_client, reply, sync_client

SECRET = "s3cret-credential"
SQL = {"is_success": True, "job_id": "j1"}


def bulk(*replies: Any) -> Any:
    return kinds.BulkJobs(in_world(World(*replies), kinds.ALATION, auth=Token(SECRET)))(id=7)


def sql(*replies: Any) -> Any:
    return kinds.SqlJobs(in_world(World(*replies), kinds.DLI, auth=Token(SECRET)))(job_id="j1")


def run(*looks: dict[str, Any] | list[dict[str, Any]]) -> Any:
    shown = [{"submissions": look if isinstance(look, list) else [look]} for look in looks]
    return kinds.Runs(in_world(World(*shown), kinds.CDM, auth=Token(SECRET))).latest(job_name="nightly")


FIRST, SECOND = ({"status": "RUNNING", "creation-date": date} for date in (1, 2))
RUN = "cdm.runs project_id=p1 job_name=nightly"
RUNNING = {"status": "running"}

SCENES: dict[str, tuple[Callable[[], Any], dict[str, Any], type[JobError], str]] = {
    "failed": (
        lambda: bulk(RUNNING, {"status": "failed", "result": '{"error": "bad table"}'}),
        {},
        JobFailed,
        "alation.jobs id=7: the job ended as failed: bad table",
    ),
    "warnings": (
        lambda: bulk({"status": "partially_successful"}),
        {"warnings": "raise"},
        JobFailed,
        "alation.jobs id=7: the job ended as succeeded_with_warnings (partially_successful)",
    ),
    "cancelled": (
        lambda: sql({**SQL, "status": "CANCELLED"}),
        {},
        JobCancelled,
        "dli.sql_jobs project_id=p1 job_id=j1: the job ended as cancelled (CANCELLED)",
    ),
    "time": (
        lambda: sql({**SQL, "status": "RUNNING"}),
        {"timeout": 60},
        WaitTimeout,
        "dli.sql_jobs project_id=p1 job_id=j1: it was still running (RUNNING) after 59.8 s",
    ),
    "silence": (
        lambda: bulk(reply({}, 503)),
        {"timeout": 0},
        WaitTimeout,
        "alation.jobs id=7: nothing was heard of it within 0 s",
    ),
    "not begun": (
        lambda: sql({**SQL, "status": "LAUNCHING"}),
        {"start_within": 25},
        NotStarted,
        "dli.sql_jobs project_id=p1 job_id=j1: the job has not begun in time: it was queued (LAUNCHING) after 25 s",
    ),
    "gone": (
        lambda: bulk(RUNNING, reply({}, 404)),
        {},
        JobExpired,
        "alation.jobs id=7: the vendor does not know the job any more; it was last seen running",
    ),
    "superseded": (lambda: run(FIRST, SECOND), {}, RunSuperseded, f"{RUN}: another run"),
    "ambiguous": (lambda: run([FIRST, SECOND]), {}, AmbiguousRun, f"{RUN}: the response shows 2 runs"),
    "unknown": (
        lambda: bulk(RUNNING, {"status": "pondering"}),
        {},
        UnknownState,
        "alation.jobs id=7: the state of the job is not known: the vendor says 'pondering'",
    ),
    "a secret": (
        lambda: bulk(RUNNING, {"status": f"x {SECRET}"}),
        {},
        UnknownState,
        "alation.jobs id=7: the state of the job is not known: the vendor says '***'",
    ),
}
"""By name: the job, the options of the wait, and what comes of it in which words."""


@pytest.mark.parametrize("scene", SCENES)
def test_an_error_says_which_job_and_its_last_state(scene: str) -> None:
    make, options, kind, said = SCENES[scene]
    job = make()
    with pytest.raises(JobError) as caught:
        job.wait(**options)
    (outcome,) = wait_all([make()], concurrency=1, **options)
    for error in (caught.value, outcome.error):
        assert error is not None
        assert type(error) is kind
        assert str(error).startswith(said)
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            assert (str(again), again.job) == (str(error), None)
            assert again.job_status == error.job_status
        assert SECRET not in str(error) + repr(error) + repr(error.__dict__)
    assert caught.value.job is job
    if isinstance(caught.value, JobFailed | JobCancelled):
        assert caught.value.status is caught.value.job_status
        assert caught.value.result == caught.value.status.result
    superseded = scene == "superseded"
    assert ("; it was last seen running" in str(caught.value)) is (superseded or scene == "gone")


def test_an_error_of_a_single_call_says_so_as_well() -> None:
    job = run([FIRST, SECOND])
    with pytest.raises(AmbiguousRun, match=r"^cdm\.runs project_id=p1 job_name=nightly: ") as caught:
        job.status()
    assert isinstance(caught.value.job, Job)

    async def main() -> JobClientsError:
        world = World({"submissions": [FIRST, SECOND]})
        again = kinds.AsyncRuns(async_client(world, kinds.CDM)).latest(job_name="nightly")
        with pytest.raises(AmbiguousRun) as raised:
            await again.status()
        return raised.value

    error = asyncio.run(main())
    assert str(error) == str(caught.value)
    assert isinstance(error.job, AsyncJob)


def test_a_name_of_several_lines_stays_in_one() -> None:
    client = sync_client(World({"submissions": [FIRST, SECOND]}), kinds.CDM)
    job = kinds.Runs(client).latest(job_name="a\tb\u2028" * 200)
    with pytest.raises(AmbiguousRun) as caught:
        job.status()
    assert not {"\n", "\t", "\u2028"} & set(str(caught.value))
    assert len(str(caught.value)) < 400
