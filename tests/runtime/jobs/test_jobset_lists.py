"""Sets of jobs: rate limits, and lists that tell of many."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from jobclients_core import HttpOptions, ServerError
from jobclients_core.flow import Send
from jobclients_core.jobs import (
    Echo,
    Identity,
    JobFailed,
    JobSet,
    JobState,
    RateLimit,
    Role,
    WaitTimeout,
    WrongJob,
    wait_all,
)
from runtime.jobs.many import (
    DONE,
    FAILED,
    KIND,
    LISTED,
    PAGED,
    RESULTS,
    RUNNING,
    in_world,
    jobs_of,
    kind_with,
    name_of,
    vendor,
)
from runtime.jobs.world import World, reply

LIMIT = RateLimit(("status",), 1, 10.0, "client")


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


def test_an_element_about_another_job_is_an_error_of_the_list() -> None:
    """Its key is the job's own, and what it says of itself is another's: the error names the call that lists."""
    kind = kind_with(LISTED, echo=Echo("/owner", "job"))
    world = World(lambda _: [{"job-name": name, "owner": "other", **RUNNING} for name in "ab"])
    outcomes = wait_all(jobs_of(in_world(world), "ab", kind), concurrency=1)
    assert [(type(outcome.error), getattr(outcome.error, "operation", "")) for outcome in outcomes] == [
        (WrongJob, "list_jobs"),
        (WrongJob, "list_jobs"),
    ]


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
