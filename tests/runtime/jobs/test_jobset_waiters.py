"""Sets of jobs: jobs that are taken out, and several who wait for one job."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import aclosing, closing
from contextvars import ContextVar
from typing import Any

import pytest
from jobclients_core import InvalidArgument
from jobclients_core.flow import Notify, Send
from jobclients_core.jobs import AsyncJobSet, JobSet, JobState, Outcome, RateLimit, WaitTimeout, read_handle
from jobclients_core.jobs.limits import limits_of
from jobclients_core.testing import vendor as fake_vendor
from runtime.jobs.kinds import DATAMEER, Executions
from runtime.jobs.many import (
    DONE,
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
from runtime.jobs.world import World, reply

KINDS = pytest.mark.parametrize("kind", [KIND, LISTED], ids=["alone", "list"])


def named(job: Any) -> str:
    return str(job.identity["job"])


def asked(world: World) -> list[str]:
    """The jobs that calls about one job were about."""
    return [event[3].split("/")[2] for event in world.events if event[0] == "send" and event[2] == "status"]


def kept(texts: list[str]) -> list[Any]:
    return [read_handle(text).identity["job"] for text in texts]


def test_requests_are_in_the_context_of_the_set_and_not_of_who_adds_a_job() -> None:
    fake = fake_vendor("datameer", lifecycle="running,succeeded")
    task: ContextVar[str] = ContextVar("task", default="nobody's")
    seen: list[str] = []

    async def main() -> None:
        client = fake.async_client(observer=lambda event: seen.append(task.get()))
        jobs: AsyncJobSet = AsyncJobSet()
        task.set("the first one's")
        jobs.add(client.executions(execution_id=1))
        async with aclosing(jobs.watch(client.executions(execution_id=2))) as outcomes:
            assert [outcome.ended for outcome in [outcome async for outcome in outcomes]][-1]
        await jobs.aclose()

    asyncio.run(main())
    assert set(seen) == {"nobody's"}


# --- taking jobs out ---


class Taking:
    """A set of three jobs, one of which is taken out when an update of one is told.

    Args:
        kind: Of which they are.
        when: The job whose update it is, and which of them.
    """

    def __init__(self, kind: Any, when: tuple[str, int]) -> None:
        self.kind = kind
        self.when = when
        self.world = World(vendor(dict.fromkeys("abc", 4)))
        self.told: list[str] = []
        self.left: tuple[int, int] | None = None
        self.outcomes: list[Outcome[Any]] = []

    def sync(self) -> Taking:
        jobs = jobs_of(in_world(self.world), "abc", self.kind)
        with JobSet[Any](concurrency=1, on_update=lambda job, _: self._update(many, job, jobs[1])) as many:
            many.add_all(jobs)
            self.outcomes = list(many)
        return self

    def asynchronous(self) -> Taking:
        async def main() -> None:
            jobs = async_jobs_of(async_in_world(self.world), "abc", self.kind)
            async with AsyncJobSet[Any](
                concurrency=1, on_update=lambda job, _: self._update(many, job, jobs[1])
            ) as many:
                many.add_all(jobs)
                self.outcomes = [outcome async for outcome in many]

        asyncio.run(main())
        return self

    def about_b(self) -> tuple[int, int]:
        """How often it was asked about alone, and told."""
        return asked(self.world).count("b"), self.told.count("b")

    def _update(self, many: Any, job: Any, other: Any) -> None:
        self.told.append(named(job))
        name, number = self.when
        if self.left is None and self.told.count(name) == number and named(job) == name:
            self.left = self.about_b()
            assert many.remove(other)
            assert other not in many
            assert kept(many.snapshot()) == ["a", "c"]


@KINDS
@pytest.mark.parametrize("when", [(name, number) for name in "abc" for number in (1, 2)])
def test_a_job_is_taken_out_wherever_it_is(kind: Any, when: tuple[str, int]) -> None:
    """While it rests, before its turn, in the middle of its own, and between what a list told and its turn."""
    found, other = Taking(kind, when).sync(), Taking(kind, when).asynchronous()
    assert found.world.events == other.world.events
    assert sorted(named(outcome.job) for outcome in found.outcomes) == ["a", "c"]
    assert all(outcome.ok for outcome in found.outcomes)
    assert found.left == found.about_b(), "nothing is asked or told about it afterwards"
    assert found.told.count("a") == found.told.count("c") == 4


def test_what_is_not_in_a_set_is_not_taken_out() -> None:
    job, other = jobs_of(in_world(World(DONE)), "ab")
    with JobSet[Any](concurrency=1) as many:
        many.add(job)
        assert not many.remove(other)
        assert next(many).job is job
        assert not many.remove(job)


def test_a_job_that_was_taken_out_may_be_added_again() -> None:
    async def main() -> list[Any]:
        (job,) = async_jobs_of(async_in_world(World(RUNNING, DONE)), "a")
        async with AsyncJobSet[Any](concurrency=1, updates=True) as many:
            many.add(job)
            assert not (await anext(many)).ended
            assert many.remove(job)
            many.add(job)
            return [outcome async for outcome in many]

    (outcome,) = asyncio.run(main())
    assert outcome.ok


def test_an_outcome_that_is_there_already_is_not_handed_out() -> None:
    async def main() -> list[str]:
        jobs = async_jobs_of(async_in_world(World(DONE)), "abc")
        async with AsyncJobSet[Any](concurrency=1) as many:
            many.add_all(jobs)
            await asyncio.sleep(0.01)
            assert len(many._schedule) == 0, "all have ended"
            assert many.remove(jobs[1])
            return [named(outcome.job) async for outcome in many]

    assert asyncio.run(main()) == ["a", "c"]


def test_what_is_about_to_be_told_of_a_job_that_is_taken_out_is_dropped() -> None:
    world = World(RUNNING, DONE)
    (job,) = jobs_of(in_world(world), "a")

    def before(step: Any) -> None:
        if isinstance(step, Notify):
            many.remove(job)

    world.before = before
    with JobSet[Any](concurrency=1, updates=True, endless=True) as many:
        many.add(job)
        while len(many._schedule) or many._threads:
            time.sleep(0.001)
        many.stop()
        assert list(many) == []
    assert world.sends == ["status"]


class Hanging:
    """A vendor whose first response comes when it is let go."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        self.world = World(self._answer)

    def _answer(self, step: Send) -> Any:
        self.asked.set()
        assert self.go.wait(20)
        return DONE


def test_iteration_ends_when_the_last_job_is_taken_out() -> None:
    """Although its request is under way; what that tells is dropped."""
    hanging = Hanging()
    (job,) = jobs_of(in_world(hanging.world), "a")
    found: list[Any] = []
    with JobSet[Any](concurrency=1) as many:
        many.add(job)
        reader = threading.Thread(target=lambda: found.extend(many))
        reader.start()
        assert hanging.asked.wait(20)
        many.remove(job)
        reader.join(20)
        assert not reader.is_alive()
        assert not hanging.go.is_set()
        hanging.go.set()
    assert found == list(many._own.outcomes) == []
    assert len(many) == len(many._schedule) == 0


def test_iteration_of_an_async_set_ends_when_the_last_job_is_taken_out() -> None:
    async def main() -> list[Any]:
        client, asked = async_in_world(World(DONE)), asyncio.Event()

        async def hang(step: Any) -> Any:
            asked.set()
            await asyncio.sleep(60)

        client._perform = hang  # type: ignore[method-assign]
        (job,) = async_jobs_of(client, "a")
        async with AsyncJobSet[Any](concurrency=1) as many:
            many.add(job)
            reader = asyncio.ensure_future(_all(many))
            await asyncio.wait_for(asked.wait(), 5)
            many.remove(job)
            return await asyncio.wait_for(reader, 5)

    assert asyncio.run(main()) == []


async def _all(outcomes: Any) -> list[Outcome[Any]]:
    return [outcome async for outcome in outcomes]


def test_a_job_that_is_taken_out_at_its_last_look_is_not_cancelled() -> None:
    world = World(lambda step: reply({"id": 1, "jobStatus": "RUNNING"}))
    job = Executions(in_world(world, DATAMEER))(execution_id=1)

    def last_look(step: Any) -> None:
        if isinstance(step, Send) and world.now >= 19.5:
            many.remove(job)

    world.before = last_look
    with JobSet[Any](concurrency=1, timeout=20, on_timeout="cancel") as many:
        many.add(job)
        assert list(many) == []
        assert job not in many
    assert world.now >= 19.5
    assert "stop_job" not in world.sends


@KINDS
def test_what_is_taken_out_before_its_task_runs_keeps_no_place(kind: Any) -> None:
    limit = RateLimit(("status", "list_jobs"), 2, 10.0, "client")

    async def main() -> list[float]:
        client, loop = async_in_world(World(RUNNING)), asyncio.get_running_loop()
        jobs = async_jobs_of(client, "ab", kind_with(kind, limits=(limit,)))
        async with AsyncJobSet[Any]() as many:
            many.add_all(jobs)
            client.world.fake.now += 1.0
            loop.call_soon(lambda: [many.remove(job) for job in jobs])  # right after the tasks are made
            await asyncio.sleep(0.01)
            limits = limits_of(client, (limit,))
            assert limits is not None
            free = [limits.reserve("status") for _ in range(2)]
            return free if kind is KIND else free[:1]  # a list that was about to begin is asked for nonetheless

    assert set(asyncio.run(main())) == {0.0}


def test_who_was_taken_out_while_resting_is_not_kept_until_its_time() -> None:
    async def main() -> tuple[int, int]:
        world = World(reply(RUNNING, retry_after="900"))
        client = async_in_world(world)
        stay, *go = async_jobs_of(client, range(400), kind_with(poll_timeout=10_000.0))
        async with AsyncJobSet[Any](concurrency=1) as many:
            many.add_all([stay, *go])
            while len(world.sends) < 400:
                await asyncio.sleep(0)
            before = len(many._schedule._heap)
            for job in go:
                many.remove(job)
            return before, len(many._schedule._heap)

    before, after = asyncio.run(main())
    assert before >= 399
    assert after <= 100


# --- several who wait for one job ---


@KINDS
def test_each_who_watches_a_job_gets_its_end(kind: Any) -> None:
    """Those with the same handle, with one of their own, and who reads the set."""

    async def main() -> tuple[list[list[Outcome[Any]]], World]:
        world = World(vendor({"a": 3}))
        client = async_in_world(world)
        job, same = async_jobs_of(client, "aa", kind)
        async with AsyncJobSet[Any](concurrency=2) as many:
            many.add(job)
            many.add(job)
            waits = [_all(many.watch(job)), _all(many.watch(job)), _all(many.watch(same)), _all(many)]
            return await asyncio.wait_for(asyncio.gather(*waits), 5), world

    (*watched, read), world = asyncio.run(main())
    for outcomes in (*watched, read):
        assert outcomes[-1].get().state is JobState.SUCCEEDED
        assert [outcome.ended for outcome in outcomes].count(True) == 1
    assert len(read) == 1
    assert [outcome.status.raw_state for outcome in watched[0] if outcome.status] == ["running", "done"]
    assert world.sends.count("list_jobs") == (0 if kind is KIND else 3)
    assert len(world.sends) <= (3 if kind is LISTED else 12), "one list tells all of them"


def test_who_leaves_does_not_disturb_the_others() -> None:
    async def main() -> tuple[list[Outcome[Any]], list[Outcome[Any]], list[int], int]:
        world = World(vendor({"a": 50}))
        (job,) = async_jobs_of(async_in_world(world), "a")
        async with AsyncJobSet[Any](concurrency=1) as many:
            many.add(job)
            other = asyncio.ensure_future(_all(many.watch(job)))
            counts = []
            async with aclosing(many.watch(job)) as outcomes:
                await anext(outcomes)
                counts.append(len(many))
            counts.append(len(many))
            cancelled = asyncio.ensure_future(_all(many.watch(job)))
            await asyncio.sleep(0)
            counts.append(len(many))
            cancelled.cancel()
            await asyncio.gather(cancelled, return_exceptions=True)
            counts.append(len(many))
            return await other, await _all(many), counts, len(many._schedule)

    watched, read, counts, left = asyncio.run(main())
    assert watched[-1].ok
    assert read[-1].ok
    assert counts == [3, 2, 3, 2]
    assert left == 0


def test_taking_a_job_out_concerns_nobody_who_watches_it() -> None:
    async def main() -> tuple[list[Outcome[Any]], list[Outcome[Any]]]:
        (job,) = async_jobs_of(async_in_world(World(vendor({"a": 5}))), "a")
        async with AsyncJobSet[Any](concurrency=1) as many:
            many.add(job)
            async with aclosing(many.watch(job)) as outcomes:
                first = await anext(outcomes)
                assert many.remove(job)
                assert job not in many
                assert kept(many.snapshot()) == ["a"]
                return await _all(many), [first, *await _all(outcomes)]

    read, watched = asyncio.run(main())
    assert read == []
    assert watched[-1].ok


def test_each_who_watches_has_a_time_of_his_own() -> None:
    async def main() -> tuple[Outcome[Any], Outcome[Any]]:
        polls = iter([RUNNING] * 60 + [DONE] * 2)
        world = World(lambda step: next(polls))
        (job,) = async_jobs_of(async_in_world(world), "a")
        async with AsyncJobSet[Any](concurrency=1, timeout=1000.0) as many:
            short, long = await asyncio.gather(_all(many.watch(job, timeout=30.0)), _all(many.watch(job)))
            return short[-1], long[-1]

    short, long = asyncio.run(main())
    assert isinstance(short.error, WaitTimeout)
    assert long.ok


def test_threads_watch_one_job() -> None:
    world = World(vendor({"a": 4, "b": 2}))
    job, other = jobs_of(in_world(world), "ab")
    found: dict[int, list[Outcome[Any]]] = {}
    with JobSet[Any](concurrency=1) as many:

        def watch(number: int) -> None:
            found[number] = list(many.watch(job))

        threads = [threading.Thread(target=watch, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        many.add(other)
        assert [outcome.job for outcome in many] == [other]
        for thread in threads:
            thread.join(20)
    assert [found[number][-1].ok for number in range(3)] == [True] * 3
    assert len(many._schedule) == 0


def test_a_watch_that_is_left_asks_no_more() -> None:
    world = World(RUNNING)
    (job,) = jobs_of(in_world(world), "a")
    with JobSet[Any](concurrency=1) as many:
        with closing(many.watch(job)) as outcomes:
            assert not next(outcomes).ended
        assert len(many) == len(many._schedule) == 0
        many._to_do.acquire()
        try:
            assert many._to_do.wait_for(lambda: not many._threads, 20), "no thread is needed any more"
        finally:
            many._to_do.release()


@pytest.mark.parametrize("late", [False, True], ids=["while it watches", "before"])
def test_who_watches_a_set_that_is_stopped(late: bool) -> None:
    async def main() -> list[Outcome[Any]]:
        (job,) = async_jobs_of(async_in_world(World(RUNNING)), "a")
        many = AsyncJobSet[Any](concurrency=1)
        if late:
            many.stop()
        async with aclosing(many.watch(job)) as outcomes:
            first = await anext(outcomes)
            many.stop()
            assert kept(many.snapshot()) == ["a"]
            return [first, *await _all(outcomes)]

    if late:
        with pytest.raises(InvalidArgument):
            asyncio.run(main())
    else:
        assert [outcome.ended for outcome in asyncio.run(main())] == [False]


def test_a_snapshot_names_a_job_once_in_the_order_of_adding() -> None:
    async def main() -> list[str]:
        client = async_in_world(World(RUNNING))
        a, b, c = async_jobs_of(client, "abc")
        async with AsyncJobSet[Any](concurrency=1) as many:
            many.add(a)
            async with aclosing(many.watch(b)) as first, aclosing(many.watch(a)) as second:
                await anext(first)
                await anext(second)
                many.add(c)
                return many.snapshot()

    assert kept(asyncio.run(main())) == ["a", "b", "c"]
