"""Sets of jobs in a world whose time only flows and sets move: order, limits, lists, ends, errors."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jobclients_core import ConnectionLost, InvalidArgument, JobClientsError
from jobclients_core.failures import with_causes
from jobclients_core.flow import Send
from jobclients_core.jobs import (
    JobExpired,
    JobFailed,
    JobSet,
    JobState,
    WaitTimeout,
    wait_all,
    wait_all_async,
    watch_all,
    watch_all_async,
)
from runtime.jobs import kinds
from runtime.jobs.many import (
    DONE,
    FAILED,
    RUNNING,
    async_in_world,
    async_jobs_of,
    in_world,
    jobs_of,
    name_of,
    vendor,
)
from runtime.jobs.world import World, reply


def test_outcomes_come_as_jobs_end() -> None:
    world = World(vendor({"slow": 6, "quick": 1, "middle": 3}))
    jobs = jobs_of(in_world(world), ["slow", "quick", "middle"])
    with JobSet[Any](concurrency=1) as many:
        many.add_all(jobs)  # time here takes no time: one after the other, the first might end before the last is added
        assert len(many) == 3
        outcomes = list(many)
    assert [outcome.job for outcome in outcomes] == [jobs[1], jobs[2], jobs[0]]
    assert all(outcome.ok and outcome.ended and outcome.get().state is JobState.SUCCEEDED for outcome in outcomes)
    assert len(many) == 0


def test_a_set_of_one_does_what_wait_does() -> None:
    alone, together = World(vendor({"a": 5})), World(vendor({"a": 5}))
    jobs_of(in_world(alone), ["a"])[0].wait()
    wait_all(jobs_of(in_world(together), ["a"]), concurrency=1)
    sends = [event for event in alone.events if event[0] == "send"]
    assert [event for event in together.events if event[0] == "send"] == sends
    assert len(sends) == 5


def test_sync_and_async_do_the_same() -> None:
    ends = {str(number): 1 + number % 4 for number in range(12)}
    sync_world, async_world = World(vendor(ends)), World(vendor(ends))
    found = wait_all(jobs_of(in_world(sync_world), ends), concurrency=1)
    others = asyncio.run(wait_all_async(async_jobs_of(async_in_world(async_world), ends), concurrency=1))
    assert sync_world.events == async_world.events
    assert [item.status for item in found] == [item.status for item in others]


def test_one_failure_among_many_concerns_nobody_else() -> None:
    def answer(step: Send) -> Any:
        name = name_of(step)
        found = {"lost": ConnectionLost("away"), "gone": reply({}, 404), "bad": FAILED}
        return found.get(name, DONE)

    names = ["a", "lost", "b", "gone", "c", "bad", "d"]
    jobs = jobs_of(in_world(World(answer)), names)
    outcomes = wait_all(jobs, concurrency=2)
    assert [outcome.job for outcome in outcomes] == jobs
    assert [type(outcome.error).__name__ for outcome in outcomes] == [
        "NoneType",
        "ConnectionLost",
        "NoneType",
        "NotFound",
        "NoneType",
        "JobFailed",
        "NoneType",
    ]
    for outcome in outcomes:
        if outcome.error is not None:
            assert outcome.error.job is outcome.job
            with pytest.raises(type(outcome.error)):
                outcome.get()


def test_an_outcome_keeps_no_answer() -> None:
    gone = reply({"password": "hunter2"}, 404)
    (outcome,) = wait_all(jobs_of(in_world(World(RUNNING, gone)), ["a"]))
    assert isinstance(outcome.error, JobExpired)
    errors = list(with_causes(outcome.error))
    assert len(errors) > 1
    for error in errors:
        assert "_answer" not in vars(error)
        assert error.__traceback__ is None


def test_what_nobody_expects_ends_one_job_only() -> None:
    world = World(vendor({"a": 1, "b": 1}))
    first, second = jobs_of(in_world(world), ["a", "b"])

    first._kind = dataclasses.replace(first.kind.type, states=None).bound  # type: ignore[arg-type]
    outcomes = wait_all([first, second], concurrency=1)
    assert isinstance(outcomes[0].error, JobClientsError)
    assert outcomes[1].ok


def test_a_closed_client_ends_its_own_jobs_only() -> None:
    closed, open_client = in_world(World(DONE)), in_world(World(DONE))
    closed.close()
    outcomes = wait_all([*jobs_of(closed, ["a", "b"]), *jobs_of(open_client, ["c"])], concurrency=1)
    assert [type(outcome.error) for outcome in outcomes] == [InvalidArgument, InvalidArgument, type(None)]


def test_options_are_those_of_wait() -> None:
    warned = {"status": "partially_successful"}
    client = kinds.BulkJobs(_alation(World(warned)))
    (outcome,) = wait_all([client(id=1)], concurrency=1, warnings="raise")
    assert isinstance(outcome.error, JobFailed)
    seen: list[tuple[Any, str]] = []
    changed: list[str] = []
    world = World(RUNNING, RUNNING, {"status": "successful"})
    job = kinds.BulkJobs(_alation(world))(id=1)
    wait_all(
        [job],
        concurrency=1,
        on_update=lambda who, status: seen.append((who, status.raw_state)),
        on_state=lambda who, status: changed.append(status.raw_state),
    )
    assert seen == [(job, "running"), (job, "running"), (job, "successful")]
    assert changed == ["running", "successful"]


def _alation(world: World) -> Any:
    return in_world(world, kinds.ALATION)


def test_a_callback_that_raises_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(job: Any, status: Any) -> None:
        raise ValueError

    (outcome,) = wait_all(jobs_of(in_world(World(RUNNING, DONE)), ["a"]), concurrency=1, on_update=broken)
    assert outcome.ok
    assert "a callback failed" in caplog.text


def test_each_job_has_its_own_time() -> None:
    world = World(RUNNING)
    short, long = jobs_of(in_world(world), ["short", "long"])
    with JobSet[Any](concurrency=1, timeout=100.0) as many:
        with many._guard:  # time here takes no time: the long one might end before the short one is added
            many.add(long)
            many.add(short, timeout=30.0)
        first, second = many
    assert (first.job, second.job) == (short, long)
    assert isinstance(first.error, WaitTimeout)
    assert first.status is not None
    assert 29.0 <= world.now <= 100.0


def test_a_job_may_have_a_moment_of_its_own() -> None:
    world = World(RUNNING)
    (job,) = jobs_of(in_world(world), ["a"])
    with JobSet[Any](concurrency=1, timeout=100.0) as many:
        many.add(job, until=datetime.fromtimestamp(world.fake.epoch, UTC) + timedelta(seconds=30))
        (outcome,) = many
    assert isinstance(outcome.error, WaitTimeout)
    assert world.now <= 30.0


def test_a_job_may_have_to_begin_in_a_time_of_its_own() -> None:
    world = World({"status": "queued"})
    (job,) = jobs_of(in_world(world), ["a"])
    with JobSet[Any](concurrency=1, timeout=100.0) as many:
        many.add(job, start_within=30.0)
        (outcome,) = many
    assert isinstance(outcome.error, WaitTimeout)
    assert world.now <= 30.0


def test_on_timeout_the_job_is_cancelled_on_request() -> None:
    world = World(lambda step: reply({"id": 1, "jobStatus": "RUNNING"}) if "details" in step.operation else reply())
    client = in_world(world, kinds.DATAMEER)
    (outcome,) = wait_all([kinds.Executions(client)(execution_id=1)], concurrency=1, timeout=20, on_timeout="cancel")
    assert isinstance(outcome.error, WaitTimeout)
    assert outcome.error.cancelled
    assert world.sends[-1] == "stop_job"


def test_jobs_are_added_while_others_run() -> None:
    world = World(vendor({"a": 2, "b": 2, "c": 2}))
    client = in_world(world)
    later = jobs_of(client, ["b", "c"])
    order: list[str] = []
    with JobSet[Any](concurrency=1) as many:
        many.add(jobs_of(client, ["a"])[0])
        for outcome in many:
            order.append(str(outcome.job.identity["job"]))
            if later:
                many.add(later.pop(0))
    assert order == ["a", "b", "c"]


def test_a_job_is_in_a_set_once() -> None:
    world = World(vendor({"a": 3}))
    (job,) = jobs_of(in_world(world), ["a"])
    with JobSet[Any](concurrency=1) as many:
        many.add(job)
        many.add(job)
        assert job in many
        assert len(list(many)) == 1
        assert job not in many
    assert len(world.sends) == 3


def test_the_same_job_twice_in_a_list_has_one_outcome_in_both_places() -> None:
    (job,) = jobs_of(in_world(World(DONE)), ["a"])
    first, second = wait_all([job, job], concurrency=1)
    assert first is second


def test_nothing_to_wait_for() -> None:
    assert wait_all([]) == []
    assert list(watch_all([])) == []
    assert asyncio.run(wait_all_async([])) == []


def test_watching_shows_what_changes() -> None:
    answers = [RUNNING, RUNNING, {"status": "queued"}, DONE]
    (job,) = jobs_of(in_world(World(*answers)), ["a"])
    seen = [(outcome.ended, outcome.status.raw_state) for outcome in watch_all([job], concurrency=1) if outcome.status]
    assert seen == [(False, "running"), (False, "queued"), (True, "done")]

    async def main() -> list[tuple[bool, str]]:
        (other,) = async_jobs_of(async_in_world(World(*answers)), ["a"])
        outcomes = [outcome async for outcome in watch_all_async([other], concurrency=1)]
        return [(outcome.ended, outcome.status.raw_state) for outcome in outcomes if outcome.status]

    assert asyncio.run(main()) == seen


def test_a_watch_that_is_left_early_asks_no_more() -> None:
    world = World(RUNNING)

    async def main() -> int:
        (job,) = async_jobs_of(async_in_world(world), ["a"])
        async for _ in watch_all_async([job], concurrency=1):
            break
        await asyncio.sleep(0.05)
        before = len(world.sends)
        await asyncio.sleep(0.05)
        return len(world.sends) - before

    assert asyncio.run(main()) == 0
