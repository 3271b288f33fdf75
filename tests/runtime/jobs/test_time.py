"""When a wait looks, how it ends, and what it says then: the table of times, single and among many, sync and async."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from jobclients_core import ConnectFailed, ConnectionLost, HttpOptions, JobClientsError, ServerError, Timeout
from jobclients_core.flow import Send, Sleep
from jobclients_core.jobs import (
    JobCancelled,
    JobFailed,
    JobSet,
    RateLimit,
    WaitTimeout,
    wait_all,
    wait_all_async,
    watch_all,
)
from jobclients_core.jobs.timing import Timing
from runtime.jobs import kinds
from runtime.jobs.many import LISTED, async_in_world, in_world, jobs_of, kind_with, name_of
from runtime.jobs.world import World, reply

STOP = "stop_job"


@dataclass(frozen=True)
class Vendor:
    """One job: what its looks and its stops are answered, by the moment at which they arrive."""

    ends: float = float("inf")
    as_what: str = "COMPLETED"
    looks: Callable[[float], Any] = lambda now: None
    stops: Any = field(default_factory=reply)
    latency: float = 0.0

    def world(self) -> World:
        """A world with it."""
        world = World(latency=self.latency)

        def answer(step: Send) -> Any:
            if step.operation == STOP:
                return self.stops
            state = self.as_what if world.now + self.latency >= self.ends else "RUNNING"
            return self.looks(world.now) or reply({"id": 3, "jobStatus": state})

        world._replies = iter(lambda: answer, None)
        return world


@dataclass(frozen=True)
class Ending:
    """What a wait comes to."""

    kind: type[JobClientsError] | None
    at: float | None
    cancelled: bool | None = None
    said: str = ""


def limited(seconds: float) -> Callable[[float], Any]:
    """A first look at which the vendor asks for a pause."""
    return lambda now: reply({}, 429, retry_after=str(seconds)) if now == 0.0 else None


def away(after: float) -> Callable[[float], Any]:
    """A vendor that is away from some moment on."""
    return lambda now: reply({}, 503) if now >= after else None


LEAVE: dict[str, Any] = {"timeout": 100}
CANCEL: dict[str, Any] = {"timeout": 100, "on_timeout": "cancel"}
NONE: dict[str, Any] = {"timeout": 0}
GOOD, FAILED, CANCELLED = None, JobFailed, JobCancelled

TABLE: dict[str, tuple[dict[str, Any], Vendor, Ending]] = {
    "ended before the last look": (LEAVE, Vendor(95), Ending(GOOD, 99.8)),
    "ended before the last look, and stopping is asked for": (CANCEL, Vendor(95), Ending(GOOD, 99.8)),
    "not ended": (LEAVE, Vendor(), Ending(WaitTimeout, 99.8, False, "still running (RUNNING) after 99.8 s")),
    "slow looks": (LEAVE, Vendor(latency=2.0), Ending(WaitTimeout, 98.0, False, "after 98 s")),
    "very slow looks": (LEAVE, Vendor(latency=8.0), Ending(WaitTimeout, None, False)),
    "stopped": (CANCEL, Vendor(), Ending(WaitTimeout, 100, True, "after 99.8 s; it was asked to stop")),
    "stop refused": (CANCEL, Vendor(stops=reply({}, 403)), Ending(WaitTimeout, 100, False, "could not be stopped")),
    "stop lost": (CANCEL, Vendor(stops=ConnectionLost("x")), Ending(WaitTimeout, 100, None, "is not known")),
    "stop not sent": (CANCEL, Vendor(stops=ConnectFailed("x")), Ending(WaitTimeout, None, False, "could not be")),
    "stop answered with 500": (CANCEL, Vendor(stops=reply({}, 500)), Ending(WaitTimeout, 100, None, "not known")),
    "ended well, and the stop is refused": (CANCEL, Vendor(99.9, stops=reply({}, 409)), Ending(GOOD, 100)),
    "failed, and the stop is refused": (CANCEL, Vendor(99.9, "ERROR", stops=reply({}, 409)), Ending(FAILED, 100)),
    "stopped by another": (CANCEL, Vendor(99.9, "CANCELED", stops=reply({}, 409)), Ending(CANCELLED, 100)),
    "asked for a pause beyond the end": (
        LEAVE,
        Vendor(50, looks=limited(120)),
        Ending(WaitTimeout, 100, False, "the vendor asked for 120 s"),
    ),
    "asked for a pause beyond the end, and ended by then": (CANCEL, Vendor(50, looks=limited(120)), Ending(GOOD, 100)),
    "asked for a pause beyond the end, and stopped": (
        CANCEL,
        Vendor(looks=limited(120)),
        Ending(WaitTimeout, 100, True, "the vendor asked for 120 s before the next look; it was asked to stop"),
    ),
    "asked for a pause that leaves time": (LEAVE, Vendor(50, looks=limited(99)), Ending(GOOD, 99)),
    "away at the end": (LEAVE, Vendor(looks=away(60.0)), Ending(WaitTimeout, 99.8, False)),
    "away at the end, and stopped": (CANCEL, Vendor(looks=away(60.0)), Ending(WaitTimeout, 100, True)),
    "no time, ended": (NONE, Vendor(0), Ending(GOOD, 0)),
    "no time, ended, a slow look": (NONE, Vendor(0, latency=9.0), Ending(GOOD, 9)),
    "no time, not ended": (NONE, Vendor(latency=3.0), Ending(WaitTimeout, 3, False, "running (RUNNING) after 3 s")),
    "no time, no response": (NONE, Vendor(latency=50.0), Ending(WaitTimeout, 10, False, "nothing was heard of it")),
    "no time, away": (NONE, Vendor(looks=away(0.0)), Ending(WaitTimeout, 0, False, "nothing was heard")),
    "a millisecond": ({"timeout": 0.001}, Vendor(0, latency=1.0), Ending(GOOD, 1)),
    "less than one look": ({"timeout": 5}, Vendor(0, latency=6.0), Ending(GOOD, 6)),
}
"""By name: the options, the vendor, and what the wait comes to and when."""


def job_of(client: Any) -> Any:
    return kinds.Executions(client)(execution_id=3)


def alone(world: World, options: dict[str, Any]) -> JobClientsError | None:
    try:
        job_of(in_world(world, kinds.DATAMEER)).wait(**options)
    except JobClientsError as error:
        return error
    return None


def alone_async(world: World, options: dict[str, Any]) -> JobClientsError | None:
    async def main() -> None:
        await kinds.AsyncExecutions(async_in_world(world, kinds.DATAMEER))(execution_id=3).wait(**options)

    try:
        asyncio.run(main())
    except JobClientsError as error:
        return error
    return None


def watched(world: World, options: dict[str, Any]) -> JobClientsError | None:
    job = job_of(in_world(world, kinds.DATAMEER))
    *_, last = watch_all([job], concurrency=1, **options)
    return last.error


def in_a_set(world: World, options: dict[str, Any]) -> JobClientsError | None:
    (outcome,) = wait_all([job_of(in_world(world, kinds.DATAMEER))], concurrency=1, **options)
    return outcome.error


def in_a_set_async(world: World, options: dict[str, Any]) -> JobClientsError | None:
    async def main() -> JobClientsError | None:
        job = kinds.AsyncExecutions(async_in_world(world, kinds.DATAMEER))(execution_id=3)
        (outcome,) = await wait_all_async([job], concurrency=1, **options)
        return outcome.error

    return asyncio.run(main())


@pytest.mark.parametrize("how", [alone, alone_async, in_a_set, in_a_set_async, watched])
@pytest.mark.parametrize("case", TABLE)
def test_how_a_wait_ends(case: str, how: Callable[..., JobClientsError | None]) -> None:
    options, vendor, ending = TABLE[case]
    world = vendor.world()
    error = how(world, options)
    assert type(error) is (ending.kind or type(None))
    assert ending.said in str(error)
    if ending.at is not None:
        assert world.now == pytest.approx(ending.at, abs=1e-6)
    assert world.now <= max(options["timeout"], 10.0) + 2 * 10.0
    stops = [event[1] for event in world.events if event[0] == "send" and event[2] == STOP]
    assert not stops or stops[0] == pytest.approx(100.0, abs=1e-6)
    if isinstance(error, WaitTimeout):
        assert error.cancelled is ending.cancelled
    if options is LEAVE or options is NONE:
        assert not stops


def test_what_takes_long_to_stop_is_given_up() -> None:
    """A look and a stop have ten seconds each, also where a request may take longer."""
    world = World(latency=0.0)

    def answer(step: Send) -> Any:
        world.latency = 99.0 if world.now >= 60 else 0.0
        return reply({"id": 3, "jobStatus": "RUNNING"})

    world._replies = iter(lambda: answer, None)
    client = in_world(world, kinds.DATAMEER, http=HttpOptions(timeout=300.0, retries=3))
    with pytest.raises(WaitTimeout) as caught:
        job_of(client).wait(timeout=100, on_timeout="cancel")
    assert caught.value.cancelled is None
    assert isinstance(caught.value.__cause__, Timeout)
    assert world.now == 120.0


@pytest.mark.parametrize(
    ("failures", "cancelled"),
    [
        ([ConnectionLost("lost"), ConnectFailed("refused")], None),
        ([ConnectFailed("refused"), ConnectFailed("refused")], False),
    ],
)
def test_a_stop_that_was_lost_once_is_not_told_as_one_that_was_not_sent(
    failures: list[JobClientsError], cancelled: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = kinds.EXECUTIONS.bound
    assert kind.cancel is not None
    repeatable = dataclasses.replace(kind.cancel, operation=dataclasses.replace(kinds.STOP_JOB, method="PUT"))
    monkeypatch.setattr(kind, "cancel", repeatable)
    world = World(latency=0.0)
    stops = iter(failures)

    def answer(step: Send) -> Any:
        if step.operation == STOP:
            raise next(stops)
        return reply({"id": 3, "jobStatus": "RUNNING"})

    world._replies = iter(lambda: answer, None)
    client = in_world(world, kinds.DATAMEER, http=HttpOptions(retries=1))
    with pytest.raises(WaitTimeout) as caught:
        job_of(client).wait(timeout=100, on_timeout="cancel")
    assert caught.value.cancelled is cancelled
    assert next(stops, None) is None


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize(("moment", "where"), [(0.0, Send), (50.0, Send), (50.0, Sleep), (99.8, Send), (99.8, Sleep)])
def test_who_is_interrupted_stops_no_job(moment: float, where: type[Any], error: type[BaseException]) -> None:
    """At the first look, in between, at the last one, and in the sleep before the job would be stopped."""
    world = Vendor().world()

    def interrupt(step: Any) -> None:
        if isinstance(step, where) and world.now >= moment - 1e-6:
            raise error

    world.before = interrupt
    with pytest.raises(error):
        job_of(in_world(world, kinds.DATAMEER)).wait(**CANCEL)
    assert STOP not in world.sends


@pytest.mark.parametrize(
    ("took", "whole", "before"),
    [
        ([], 3600, 0.2),
        ([0.05], 3600, 0.2),
        ([0.3], 3600, 0.6),
        ([9.0], 3600, 5.0),
        ([0.3], 1.0, 0.5),
        ([9.0] + [0.1] * 5, 3600, 0.2),
        ([0.1] + [1.0] + [0.1] * 4, 3600, 2.0),
        ([], 0, 0.0),
    ],
)
def test_the_last_look_begins_as_late_as_the_latest_looks_allow(took: list[float], whole: float, before: float) -> None:
    timing = Timing(1000.0, whole, 10.0)
    for seconds in took:
        timing.answered(seconds)
    assert timing.end - timing.last == pytest.approx(before)


def test_a_wait_without_end_has_no_last_look() -> None:
    assert Timing(0.0, float("inf"), 10.0).last == float("inf")


@pytest.mark.parametrize(("places", "per"), [(120, 60.0), (2, 1.0)])
@pytest.mark.parametrize("jobs", [5, 20, 40, 300])
def test_last_looks_are_spread_where_limits_do_not_allow_them_all_at_once(jobs: int, places: int, per: float) -> None:
    """Two a second: nobody's last look is older than all looks take, and the seconds for which a place is taken."""
    world = World({"status": "running"}, latency=0.01)
    kind = kind_with(limits=(RateLimit(("status",), places, per, "client"),), poll_max=30.0)
    names = [str(number) for number in range(jobs)]
    outcomes = wait_all(jobs_of(in_world(world), names, kind), concurrency=1, timeout=600.0)
    assert {type(outcome.error) for outcome in outcomes} == {WaitTimeout}
    assert world.now <= 600.0
    last = {event[3].split("/")[2]: event[1] for event in world.events if event[0] == "send"}
    assert len(last) == jobs
    assert min(last.values()) >= 600.0 - jobs / 2 - 0.7 - (per if jobs > 100 else 0.0)


def test_several_who_are_in_a_hurry_are_told_by_one_list() -> None:
    world = World(lambda step: [{"job-name": str(number), "status": "running"} for number in range(50)], latency=0.02)
    names = [str(number) for number in range(50)]
    outcomes = wait_all(jobs_of(in_world(world), names, LISTED), concurrency=1, timeout=77.7)
    assert {type(outcome.error) for outcome in outcomes} == {WaitTimeout}
    assert set(world.sends) == {"list_jobs"}
    lists = [event[1] for event in world.events if event[0] == "send"]
    assert lists[-1] == pytest.approx(77.5, abs=0.05)
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(lists[:-1]))
    assert all(event[4] <= 1000.0 + 77.7 for event in world.events[1:] if event[0] == "send")


def test_a_list_that_asks_for_a_pause_is_not_asked_for_again_before() -> None:
    def answer(step: Send) -> Any:
        if step.operation == "list_jobs":
            return reply([{"job-name": name, "status": "running"} for name in "abc"], retry_after="40")
        return {"status": "running", "job-name": name_of(step)}

    world = World(answer)
    wait_all(jobs_of(in_world(world), "abc", LISTED), concurrency=1, timeout=100.0)
    lists = [event[1] for event in world.events if event[0] == "send" and event[2] == "list_jobs"]
    assert len(lists) == 3
    assert all(later - earlier >= 40.0 for earlier, later in pairwise(lists))
    assert world.sends.count("status") == 3


def test_a_list_that_is_refused_with_a_pause_beyond_the_end_ends_the_waits_at_their_end() -> None:
    world = World(reply({}, 429, retry_after="500"))
    with JobSet[Any](concurrency=1, timeout=100.0) as many:
        many.add_all(jobs_of(in_world(world), "abc", LISTED))
        outcomes = list(many)
    assert world.sends == ["list_jobs"]
    assert world.now == pytest.approx(100.0)
    assert all("the vendor asked for 500 s" in str(outcome.error) for outcome in outcomes)
    assert all(isinstance(outcome.error.__cause__, JobClientsError) for outcome in outcomes if outcome.error)
    assert not any(isinstance(outcome.error, ServerError) for outcome in outcomes)
