"""Sets of jobs in a world whose time only flows and sets move: order, limits, lists, ends, errors."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from jobclients_core import ConnectionLost, HttpOptions, InvalidArgument, JobClientsError, ServerError
from jobclients_core.failures import with_causes
from jobclients_core.flow import Send
from jobclients_core.jobs import (
    AsyncJobSet,
    Identity,
    JobCancelled,
    JobExpired,
    JobFailed,
    JobSet,
    JobState,
    Outcome,
    RateLimit,
    Role,
    WaitTimeout,
    read_handle,
    wait_all,
    wait_all_async,
    watch_all,
    watch_all_async,
)
from jobclients_core.jobs.limits import limits_of
from runtime.jobs import kinds
from runtime.jobs.many import (
    KIND,
    LISTED,
    PAGED,
    RESULTS,
    async_in_world,
    async_jobs_of,
    in_world,
    jobs_of,
    kind_with,
    name_of,
)
from runtime.jobs.world import World, reply

RUNNING, DONE, FAILED = {"status": "running"}, {"status": "done"}, {"status": "failed"}
LIMIT = RateLimit(("status",), 1, 10.0, "client")


def vendor(ends: dict[str, int], *, failed: tuple[str, ...] = ()) -> Callable[[Send], Any]:
    """A vendor whose jobs end at a poll of their own."""
    asked: dict[str, int] = {}

    def answer(step: Send) -> Any:
        if step.operation == "list_jobs":
            for name in ends:
                asked[name] = asked.get(name, 0) + 1
            return [{"job-name": name, **_state(name)} for name in ends]
        name = name_of(step)
        asked[name] = asked.get(name, 0) + 1
        return _state(name)

    def _state(name: str) -> Any:
        if asked[name] < ends[name]:
            return RUNNING
        return FAILED if name in failed else DONE

    return answer


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


# --- limits ---


def test_a_limit_is_never_exceeded_and_nobody_is_forgotten() -> None:
    ends = {str(number): 2 for number in range(8)}
    world = World(vendor(ends), latency=0.5)
    outcomes = wait_all(jobs_of(in_world(world), ends, kind_with(limits=(LIMIT,))), concurrency=4)
    assert all(outcome.ok for outcome in outcomes)
    moments = [event[1] for event in world.events if event[0] == "send"]
    assert len(moments) == 16
    assert all(later - earlier >= 9.999 for earlier, later in pairwise(moments))
    asked = [event[3].split("/")[2] for event in world.events if event[0] == "send"]
    assert sorted(asked[:8]) == sorted(ends), "everybody's turn comes before anybody's second"


def test_time_that_is_up_in_the_queue_is_up() -> None:
    names = [str(number) for number in range(10)]
    world = World(RUNNING)
    ended: dict[int, float] = {}
    with JobSet[Any](concurrency=1, timeout=35.0) as many:
        many.add_all(jobs_of(in_world(world), names, kind_with(limits=(LIMIT,))))
        for outcome in many:
            assert isinstance(outcome.error, WaitTimeout)
            ended[id(outcome.job)] = world.now
    assert len(ended) == 10
    assert max(ended.values()) <= 35.0
    assert len(world.sends) == 4


def test_waiting_in_a_queue_is_no_failure_of_the_vendors() -> None:
    replies: dict[str, list[Any]] = {
        name: [RUNNING, ServerError("away", operation="status", status=503), DONE] for name in "abcdefgh"
    }

    def answer(step: Send) -> Any:
        found = replies[name_of(step)].pop(0)
        return reply({}, 503) if isinstance(found, Exception) else found

    kind = kind_with(limits=(LIMIT,), poll_tolerate=15.0, poll_timeout=10_000.0)
    outcomes = wait_all(jobs_of(in_world(World(answer)), "abcdefgh", kind), concurrency=1)
    assert [outcome.error for outcome in outcomes] == [None] * 8


# --- lists ---


def test_a_list_tells_of_many() -> None:
    ends = {str(number): 3 for number in range(50)}
    world = World(vendor(ends))
    outcomes = wait_all(jobs_of(in_world(world), ends, LISTED), concurrency=1)
    assert [outcome.get().state for outcome in outcomes] == [JobState.SUCCEEDED] * 50
    assert all(outcome.get().raw.status == "done" for outcome in outcomes)
    assert set(world.sends) == {"list_jobs"}
    assert len(world.sends) <= 12
    moments = [event[1] for event in world.events]
    assert all(later - earlier >= 0.999 for earlier, later in pairwise(moments))


def test_one_job_alone_needs_no_list() -> None:
    world = World(vendor({"a": 3}))
    wait_all(jobs_of(in_world(world), ["a"], LISTED), concurrency=1)
    assert world.sends == ["status"] * 3


def test_who_is_in_no_list_is_asked_about_alone() -> None:
    listed = vendor({"a": 4, "b": 4})
    hidden = vendor({"hidden": 4})

    def answer(step: Send) -> Any:
        return hidden(step) if step.operation == "status" and name_of(step) == "hidden" else listed(step)

    world = World(answer)
    outcomes = wait_all(jobs_of(in_world(world), ["a", "hidden", "b"], LISTED), concurrency=1)
    assert all(outcome.ok for outcome in outcomes)
    asked = [event[3] for event in world.events if event[0] == "send" and event[2] == "status"]
    assert asked.count("/jobs/hidden/status") == 4


@pytest.mark.parametrize("strange", [None, ["r"], {"r": 1}, "", True])
def test_an_element_without_the_id_is_of_nobody(strange: Any) -> None:
    """Nor of jobs that are known by another one."""
    role = Role("list_jobs", {}, "$response.body#", {"run": "/run"})
    kind = kind_with(LISTED, identity=(Identity("job"), Identity("run", optional=True)), status_many=role)

    def answer(step: Send) -> Any:
        return [{"job-name": "x", "run": strange, **DONE}] if step.operation == "list_jobs" else FAILED

    world = World(answer)
    outcomes = wait_all(jobs_of(in_world(world), "ab", kind), concurrency=1)
    assert [type(outcome.error) for outcome in outcomes] == [JobFailed, JobFailed]
    assert world.sends == ["status", "status"]


def test_pages_are_turned_while_they_tell_of_somebody() -> None:
    names = [f"job-{number}" for number in range(25)]
    pages: list[int] = []

    def answer(step: Send) -> Any:
        if step.operation == "status":
            return DONE
        page = int(step.request.target.split("page=")[1])
        pages.append(page)
        listed = [*names[:24], *(f"old-{number}" for number in range(100))]
        return [{"job-name": name, **DONE} for name in listed[page * 10 - 10 : page * 10]]

    world = World(answer)
    outcomes = wait_all(jobs_of(in_world(world), names, PAGED), concurrency=1)
    assert all(outcome.ok for outcome in outcomes)
    assert pages == [1, 2, 3, 4]
    assert world.sends.count("status") == 1


def test_an_end_of_which_the_list_shows_too_little_is_looked_at() -> None:
    def answer(step: Send) -> Any:
        if step.operation == "list_jobs":
            return [{"job-name": name, **DONE} for name in "ab"]
        return {**DONE, "payload": name_of(step)}

    world = World(answer)
    outcomes = wait_all(jobs_of(in_world(world), "ab", RESULTS), concurrency=1)
    assert [outcome.get().result for outcome in outcomes] == ["a", "b"]
    assert world.sends == ["list_jobs", "status", "status"]


def test_a_list_that_fails_for_a_while_is_borne() -> None:
    calls: list[str] = []

    def answer(step: Send) -> Any:
        calls.append(step.operation)
        if len(calls) <= 3:
            return reply({}, 503)
        return [{"job-name": name, **DONE} for name in "ab"]

    world = World(answer)
    outcomes = wait_all(jobs_of(in_world(world), "ab", LISTED), concurrency=1)
    assert all(outcome.ok for outcome in outcomes)
    assert set(calls) == {"list_jobs"}


def test_a_list_that_fails_for_too_long_ends_the_waits() -> None:
    outcomes = wait_all(jobs_of(in_world(World(reply({}, 503))), "ab", LISTED), concurrency=1)
    assert [type(outcome.error) for outcome in outcomes] == [ServerError, ServerError]
    assert outcomes[0].error is not outcomes[1].error


def test_a_list_that_is_forbidden_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    world = World(lambda step: reply({}, 403) if step.operation == "list_jobs" else DONE)
    outcomes = wait_all(jobs_of(in_world(world), "abc", LISTED), concurrency=1)
    assert all(outcome.ok for outcome in outcomes)
    assert world.sends == ["list_jobs", "status", "status", "status"]
    assert "asking about many jobs" in caplog.text


def test_lists_keep_to_limits_as_well() -> None:
    ends = dict.fromkeys("abcdef", 5)
    world = World(vendor(ends))
    kind = kind_with(LISTED, limits=(RateLimit(("list_jobs",), 1, 20.0, "client"),))
    assert all(outcome.ok for outcome in wait_all(jobs_of(in_world(world), ends, kind), concurrency=1))
    moments = [event[1] for event in world.events if event[2] == "list_jobs"]
    assert len(moments) > 3
    assert all(later - earlier >= 19.999 for earlier, later in pairwise(moments))


def slow_list(world: World, seconds: float, answer: Callable[[Send], Any]) -> Callable[[Send], Any]:
    """A vendor whose lists take their time."""

    def slow(step: Send) -> Any:
        world.latency = seconds if step.operation == "list_jobs" else 0.0
        return answer(step)

    return slow


def test_a_list_takes_no_longer_than_the_first_wait_that_it_serves() -> None:
    world = World()
    world._replies = iter([slow_list(world, 30.0, lambda step: RUNNING)])
    client = in_world(world, http=HttpOptions(timeout=100.0))
    outcomes = wait_all(jobs_of(client, "abc", LISTED), concurrency=1, timeout=20.0)
    assert [type(outcome.error) for outcome in outcomes] == [WaitTimeout] * 3
    assert world.sends[0] == "list_jobs"
    assert world.now <= 20.0


@pytest.mark.parametrize(("seconds", "timeout", "last"), [(0.05, 60.0, "list_jobs"), (7.0, 60.0, "status")])
def test_the_last_look_is_a_list_where_there_is_time_for_one(seconds: float, timeout: float, last: str) -> None:
    world = World()
    world._replies = iter([slow_list(world, seconds, vendor(dict.fromkeys("abcd", 9999)))])
    client = in_world(world, http=HttpOptions(timeout=100.0))
    outcomes = wait_all(jobs_of(client, "abcd", LISTED), concurrency=1, timeout=timeout)
    assert [type(outcome.error) for outcome in outcomes] == [WaitTimeout] * 4
    assert timeout - min(max(2 * seconds, 0.2), 5.0) <= world.now <= timeout
    assert world.sends.count("status") == (0 if last == "list_jobs" else 4)
    assert world.sends[-1] == last


@pytest.mark.parametrize("kind", [KIND, LISTED], ids=["alone", "list"])
def test_no_time_at_all_is_time_for_one_look(kind: Any) -> None:
    names = [str(number) for number in range(20)]
    ends = {name: 1 if int(name) % 2 else 9 for name in names}
    world = World(vendor(ends), latency=0.2)
    outcomes = wait_all(jobs_of(in_world(world), names, kind), concurrency=1, timeout=0)
    assert [outcome.ok for outcome in outcomes] == [bool(int(name) % 2) for name in names]
    assert world.sends == (["list_jobs"] if kind is LISTED else ["status"] * 20)


def test_who_is_never_asked_about_in_ten_seconds_is_given_up() -> None:
    world = World(DONE, latency=3.0)
    outcomes = wait_all(jobs_of(in_world(world), "abcdef"), concurrency=1, timeout=0)
    assert [outcome.ok for outcome in outcomes] == [True] * 3 + [False] * 3
    assert {type(outcome.error) for outcome in outcomes[3:]} == {WaitTimeout}
    assert "nothing was heard" in str(outcomes[-1].error)
    assert world.now == 10.0


def test_lists_that_take_long_are_not_cut_by_those_that_end_soon() -> None:
    world = World()
    world._replies = iter([slow_list(world, 15.0, vendor({"a": 99, "b": 99, "c": 8, "d": 8}))])
    client = in_world(world, http=HttpOptions(timeout=100.0))
    hurried, patient = jobs_of(client, "ab", LISTED), jobs_of(client, "cd", LISTED)
    with JobSet[Any](concurrency=1, timeout=40.0) as many:
        with many._guard:
            many.add_all(hurried)
            for job in patient:
                many.add(job, timeout=500.0)
        found = {outcome.job: outcome for outcome in many}
    assert [type(found[job].error) for job in hurried] == [WaitTimeout] * 2
    assert all(found[job].ok for job in patient)
    left = [event[4] - 1000.0 - event[1] for event in world.events if event[2] == "list_jobs"]
    assert len(left) > 2
    assert all(seconds >= 15.0 for seconds in left)


@pytest.mark.parametrize("status", [200, 429])
def test_a_list_says_when_the_next_one_may_come(status: int) -> None:
    moments: list[float] = []

    def answer(step: Send) -> Any:
        assert step.operation == "list_jobs"
        moments.append(world.now)
        if len(moments) < 4:
            listed = [{"job-name": name, **RUNNING} for name in "abc"]
            return reply(listed if status == 200 else {}, status, retry_after="30")
        return [{"job-name": name, **DONE} for name in "abc"]

    world = World(answer)
    kind = kind_with(LISTED, poll_tolerate=600.0)
    assert all(outcome.ok for outcome in wait_all(jobs_of(in_world(world), "abc", kind), concurrency=1))
    assert all(later - earlier >= 30.0 for earlier, later in pairwise(moments))
    assert len(moments) == 4


def test_the_last_look_is_not_put_off_by_a_list() -> None:
    def answer(step: Send) -> Any:
        if step.operation == "list_jobs":
            return reply([{"job-name": name, **RUNNING} for name in "abc"], retry_after="3600")
        return DONE

    world = World(answer)
    outcomes = wait_all(jobs_of(in_world(world), "abc", LISTED), concurrency=1, timeout=100.0)
    assert all(outcome.ok for outcome in outcomes)
    assert world.sends == ["list_jobs", "status", "status", "status"]
    assert world.now <= 100.0


# --- the end ---


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


# --- what breaks off ---


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
