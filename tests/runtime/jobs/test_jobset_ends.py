"""Sets of jobs: what is left when they end, are stopped or break off."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from jobclients_core import InvalidArgument, JobClientsError
from jobclients_core.jobs import (
    AsyncJobSet,
    JobCancelled,
    JobFailed,
    JobSet,
    Outcome,
    RateLimit,
    read_handle,
    wait_all,
    wait_all_async,
)
from jobclients_core.jobs.limits import limits_of
from runtime.jobs.many import (
    DONE,
    FAILED,
    KIND,
    LISTED,
    RUNNING,
    async_in_world,
    async_jobs_of,
    in_world,
    jobs_of,
    kind_with,
    vendor,
)
from runtime.jobs.world import World


def test_snapshot_holds_what_was_not_handed_out() -> None:
    world = World(vendor({"a": 1, "b": 4, "c": 4}))
    jobs = jobs_of(in_world(world), "abc")
    with JobSet[Any](concurrency=1) as many:
        for job in jobs:
            many.add(job)
        assert next(many).job is jobs[0]
        many.stop()
        assert many.stopped
        texts = many.snapshot()
        assert {outcome.job.key for outcome in many} <= {job.key for job in jobs[1:]}
        with pytest.raises(InvalidArgument):
            many.add(jobs[0])
    assert [read_handle(text).identity for text in texts] == [{"job": "b"}, {"job": "c"}]


def test_an_endless_set_ends_when_it_is_stopped() -> None:
    async def main() -> list[Outcome[Any]]:
        client = async_in_world(World(DONE))
        found: list[Outcome[Any]] = []
        async with AsyncJobSet[Any](concurrency=2, endless=True) as many:

            async def reader() -> None:
                found.extend([outcome async for outcome in many])

            task = asyncio.create_task(reader())
            for name in "abc":
                await asyncio.sleep(0.01)
                many.add(async_jobs_of(client, [name])[0])
            await asyncio.sleep(0.05)
            assert not task.done()
            many.stop()
            await asyncio.wait_for(task, 5)
        return found

    assert len(asyncio.run(main())) == 3


def test_several_may_read_one_set() -> None:
    async def main() -> int:
        names = [str(number) for number in range(20)]
        client = async_in_world(World(vendor(dict.fromkeys(names, 2))))
        async with AsyncJobSet[Any](concurrency=3) as many:
            for job in async_jobs_of(client, names):
                many.add(job)

            async def reader() -> int:
                return len([outcome async for outcome in many])

            return sum(await asyncio.wait_for(asyncio.gather(reader(), reader(), reader()), 10))

    assert asyncio.run(main()) == 20


def test_leaving_an_async_set_breaks_requests_off_and_keeps_the_handles() -> None:
    started = asyncio.Event()

    async def main() -> list[str]:
        client = async_in_world(World(DONE))

        async def hang(step: Any) -> Any:
            started.set()
            await asyncio.sleep(60)

        client._perform = hang  # type: ignore[method-assign]
        async with AsyncJobSet[Any](concurrency=3) as many:
            for job in async_jobs_of(client, "ab"):
                many.add(job)
            await asyncio.wait_for(started.wait(), 5)
        return many.snapshot()

    assert [read_handle(text).identity for text in asyncio.run(main())] == [{"job": "a"}, {"job": "b"}]


def test_callbacks_of_async_sets_are_awaited() -> None:
    seen: list[str] = []

    async def note(job: Any, status: Any) -> None:
        await asyncio.sleep(0)
        seen.append(status.raw_state)

    async def main() -> None:
        jobs = async_jobs_of(async_in_world(World(RUNNING, DONE)), ["a"])
        await wait_all_async(jobs, concurrency=1, on_update=note)

    asyncio.run(main())
    assert seen == ["running", "done"]


def test_wrong_options_are_told() -> None:
    with pytest.raises(InvalidArgument):
        JobSet[Any](concurrency=0)
    (job,) = jobs_of(in_world(World(DONE)), ["a"])
    with JobSet[Any]() as many:
        with pytest.raises(InvalidArgument):
            many.add(job, timeout=-1)
        assert len(many) == 0


def test_a_failed_job_says_so_with_its_status() -> None:
    (outcome,) = wait_all(jobs_of(in_world(World(RUNNING, FAILED)), ["a"]), concurrency=1)
    assert isinstance(outcome.error, JobFailed)
    assert not isinstance(outcome.error, JobCancelled)
    assert outcome.status is outcome.error.job_status
    assert [moment.raw_state for moment in outcome.error.history] == ["running", "failed"]


def test_handles_in_a_snapshot_are_text_of_one_line() -> None:
    with JobSet[Any](concurrency=1) as many:
        many.add(jobs_of(in_world(World(RUNNING)), ["a\nb"])[0])
        (text,) = many.snapshot()
    assert "\n" not in text
    assert json.loads(text)["identity"] == {"job": "a\nb"}


@pytest.mark.parametrize("kind", [KIND, LISTED], ids=["alone", "list"])
def test_a_closed_client_keeps_no_place_of_its_limits(kind: Any) -> None:
    world, names = World(DONE), [str(number) for number in range(5)]
    client = in_world(world)
    limit = RateLimit(("status", "list_jobs"), 2, 10.0, "client")
    jobs = jobs_of(client, names, kind_with(kind, limits=(limit,)))
    client.close()
    outcomes = wait_all(jobs, concurrency=1)
    assert [type(outcome.error) for outcome in outcomes] == [InvalidArgument] * 5
    limits = limits_of(client, (limit,))
    assert limits is not None
    assert [limits.reserve("status") for _ in range(2)] == [0.0, 0.0]


@pytest.mark.parametrize("kind", [KIND, LISTED], ids=["alone", "list"])
def test_tasks_that_are_stopped_before_they_run_keep_no_place(kind: Any) -> None:
    limit = RateLimit(("status", "list_jobs"), 2, 10.0, "client")

    async def main() -> list[float]:
        client, loop = async_in_world(World(RUNNING)), asyncio.get_running_loop()
        jobs = async_jobs_of(client, "abcd", kind_with(kind, limits=(limit,)))
        many = AsyncJobSet[Any]()
        many.add_all(jobs)
        if kind is LISTED:
            client.world.fake.now += 1.0
        loop.call_soon(many.stop)  # which is called right after the tasks are made
        await asyncio.sleep(0)
        await many.aclose()
        assert not client.world.sends
        limits = limits_of(client, (limit,))
        assert limits is not None
        return [limits.reserve("status") for _ in range(2)]

    assert asyncio.run(main()) == [0.0, 0.0]


@pytest.mark.parametrize("kind", [KIND, LISTED], ids=["alone", "list"])
@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_callback_that_wants_to_exit_ends_its_job_only(error: type[BaseException], kind: Any) -> None:
    def leave(job: Any, status: Any) -> None:
        if job.identity["job"] == "a":
            raise error

    jobs = jobs_of(in_world(World(vendor(dict.fromkeys("abc", 2)))), "abc", kind)
    first, *others = wait_all(jobs, concurrency=1, on_update=leave)
    assert isinstance(first.error, JobClientsError)
    assert isinstance(first.error.__cause__, error)
    assert all(outcome.ok for outcome in others)


@pytest.mark.parametrize("kind", [KIND, LISTED], ids=["alone", "list"])
def test_a_callback_whose_own_task_was_cancelled_ends_its_job_only(kind: Any) -> None:
    async def leave(job: Any, status: Any) -> None:
        if job.identity["job"] == "a":
            raise asyncio.CancelledError

    async def main() -> list[Outcome[Any]]:
        jobs = async_jobs_of(async_in_world(World(vendor(dict.fromkeys("abc", 2)))), "abc", kind)
        return await asyncio.wait_for(wait_all_async(jobs, concurrency=1, on_update=leave), 5)

    first, *others = asyncio.run(main())
    assert isinstance(first.error, JobClientsError)
    assert isinstance(first.error.__cause__, asyncio.CancelledError)
    assert all(outcome.ok for outcome in others)
