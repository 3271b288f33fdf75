"""Every guarantee of waiting, in a world whose time only the flows move."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jobclients_core import (
    InvalidArgument,
    NotFound,
    Timeout,
    Token,
)
from jobclients_core.flow import HttpResponse
from jobclients_core.jobs import (
    JobCancelled,
    JobFailed,
    JobState,
    Lookup,
    NotStarted,
    UnknownState,
    WaitTimeout,
    classify,
)
from jobclients_core.jobtype import Pace
from runtime.jobs import kinds
from runtime.jobs.waits import DONE, FAILED, RUNNING, caught_by, date, job_in
from runtime.jobs.world import World, reply, sync_client

WARNED = {"status": "partially_successful"}


def test_a_wait_polls_until_the_end() -> None:
    world = World(RUNNING, RUNNING, DONE)
    assert job_in(world).wait().state is JobState.SUCCEEDED
    assert world.sends == ["get_job"] * 3
    assert len(world.sleeps) == 2


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999999])
def test_jitter_stays_between_the_shortest_and_the_present_delay(chance: float) -> None:
    world = World(*[RUNNING] * 12, DONE, chance=chance)
    job_in(world).wait()
    ceiling = 1.0
    for slept in world.sleeps:
        assert 1.0 <= slept <= ceiling
        assert slept == pytest.approx(1.0 + chance * (ceiling - 1.0), abs=1e-5)
        ceiling = min(30.0, ceiling * 1.6)


@pytest.mark.parametrize("timeout", [0.5, 1, 7, 60, 599.5])
@pytest.mark.parametrize("latency", [0.0, 0.3, 4.0, 100.0])
@pytest.mark.parametrize("chance", [0.0, 0.999])
def test_the_timeout_is_never_overrun(timeout: float, latency: float, chance: float) -> None:
    """Except by the first look, which has ten seconds, however short the time is."""
    world = World(RUNNING, latency=latency, chance=chance)
    error = caught_by(world, timeout=timeout)
    # A vendor that does not answer at all is given up earlier, and typed.
    assert isinstance(error, Timeout if latency > 10 and timeout > 120 else WaitTimeout)
    looks = [event for event in world.events if event[0] == "send"]
    bound = timeout if len(looks) > 1 else max(timeout, 10.0)
    assert world.now <= bound + 1e-6
    assert all(deadline <= 1000 + bound + 1e-6 for *_, deadline in looks[1:])
    if latency > 10:
        return
    reserve = min(max(2 * latency, 0.2), 5.0, timeout / 2)
    assert all(look[1] <= timeout - reserve + 1e-6 for look in looks[1:])
    # The last look starts, or at least ends, as late as it may.
    assert looks[-1][1] + latency >= timeout - reserve - 1e-6


def test_timeouts_are_seconds_or_timedeltas() -> None:
    world = World(RUNNING)
    caught_by(world, timeout=timedelta(seconds=30))
    assert world.now == pytest.approx(29.8)


def test_the_kinds_own_timeout_is_the_default() -> None:
    world = World(RUNNING)
    caught_by(world)
    assert world.now == pytest.approx(599.8)


def test_until_a_moment() -> None:
    world = World(RUNNING)
    until = datetime.fromtimestamp(world.fake.epoch, UTC) + timedelta(seconds=50)
    caught_by(world, until=until)
    assert world.now == pytest.approx(49.8)
    world = World(RUNNING)
    caught_by(world, until=until, timeout=20)
    assert world.now == pytest.approx(19.8)
    world = World(RUNNING, latency=1.0)
    caught_by(world, until=until - timedelta(days=1))
    assert (world.now, world.sends) == (1.0, ["get_job"])
    world = World(RUNNING)
    caught_by(world, until=until + timedelta(days=2))
    assert world.now == pytest.approx(599.8)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": 10**400},
        {"timeout": "5"},
        {"timeout": True},
        {"start_within": -1},
        {"until": datetime(2030, 1, 1)},
        {"until": 5},
        {"on_timeout": "kill"},
        {"on_timeout": "cancel"},
        {"warnings": "maybe"},
    ],
    ids=str,
)
def test_options_that_make_no_sense(options: dict[str, Any]) -> None:
    world = World(RUNNING)
    with pytest.raises(InvalidArgument):
        job_in(world).wait(**options)
    assert world.events == []


def test_a_wait_without_end() -> None:
    world = World(*[RUNNING] * 500, DONE)
    assert job_in(world).wait(timeout=float("inf")).state.ok


@pytest.mark.parametrize(
    "settings", [{"initial": 0}, {"initial": -1}, {"max": 0.5}, {"multiplier": 0.9}, {"timeout": 0}]
)
def test_poll_settings_that_make_no_sense(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="poll"):
        Pace(**settings)


@pytest.mark.parametrize(
    ("header", "slept"),
    [
        (lambda world: "7", 7.0),
        (lambda world: date(world, 20), 20.0),
        (lambda world: date(world, -20), 1.0),
        (lambda world: "soon", 1.0),
        (lambda world: "-5", 1.0),
        (lambda world: "0", 1.0),
    ],
    ids=["seconds", "date", "past", "garbage", "negative", "zero"],
)
def test_retry_after(header: Callable[[World], str], slept: float) -> None:
    for status in (429, 503):
        world = World(reply({}, status, retry_after=header(World())), DONE)
        job_in(world).wait(timeout=100)
        assert world.sleeps == [pytest.approx(slept)]


@pytest.mark.parametrize("hours", [-8, 8])
@pytest.mark.parametrize("status", [200, 503])
def test_a_date_to_wait_for_is_one_of_the_vendors_clock(hours: int, status: int) -> None:
    there = hours * 3600.0
    headers = {"retry_after": date(World(), there + 20.0), "date": date(World(), there)}
    world = World(reply(RUNNING, status, **headers), DONE)
    job_in(world).wait(timeout=100)
    assert world.sleeps == [20.0]


@pytest.mark.parametrize("dated", ["Thu, 01 Jan 1970 00:00:00 GMT", "now", ""])
def test_a_clock_that_was_never_set_tells_nothing(dated: str) -> None:
    world = World(reply({}, 503, retry_after=date(World(), 20), date=dated), DONE)
    job_in(world).wait(timeout=100)
    assert world.sleeps == [20.0]


@pytest.mark.parametrize("first", [reply({}, 429, retry_after="120"), reply(RUNNING, 200, retry_after="100")])
def test_a_retry_after_beyond_the_end_is_kept_to(first: Any) -> None:
    world = World(first, DONE)
    error = caught_by(world, timeout=100)
    assert isinstance(error, WaitTimeout)
    assert world.sends == ["get_job"]
    assert world.now == 100.0
    assert "the vendor asked for" in str(error)


def test_retry_after_of_a_good_answer() -> None:
    world = World(reply(RUNNING, 200, retry_after="9"), DONE)
    job_in(world).wait()
    assert world.sleeps == [9.0]


def test_an_unknown_state_is_borne_and_then_raised() -> None:
    world = World({"status": "pondering"}, {"status": "pondering"}, DONE)
    assert job_in(world).wait().state.ok
    world = World(RUNNING, {"status": "pondering"})
    error = caught_by(world)
    assert isinstance(error, UnknownState)
    assert "'pondering'" in str(error)
    assert 60 <= world.now <= 91


def test_a_state_that_holds_a_secret_is_not_shown(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is the beginning of one where the word is cut off."""
    monkeypatch.setattr(classify, "_warned", set())  # it is told once in each process
    secret = "s3cret-credential"
    for word in (secret, "x" * 190 + secret):
        world = World(RUNNING, {"status": word})
        with pytest.raises(UnknownState) as caught:
            job_in(world, auth=Token(secret)).wait()
        assert "'***'" in str(caught.value)
        assert "s3cret" not in repr((caught.value, caught.value.history, caught.value.job_status))

    assert "the state '***' is not known" in caplog.text
    assert "s3cret" not in caplog.text


def test_unknown_time_is_counted_anew() -> None:
    world = World(*([{"status": "?"}] * 3 + [RUNNING]) * 9, DONE)
    assert job_in(world).wait().state.ok


def test_not_found_is_believed_of_a_job_that_was_just_submitted() -> None:
    lost = reply({}, 404)
    submit = {"is_success": True, "job_id": "j1"}
    good = {"is_success": True, "job_id": "j1", "status": "FINISHED"}
    world = World(submit, lost, lost, good)
    job = kinds.SqlJobs(sync_client(world, kinds.DLI)).submit(sql="x")
    assert job.status().state == "queued"
    assert job.wait().state.ok
    world = World(submit, lost)
    job = kinds.SqlJobs(sync_client(world, kinds.DLI)).submit(sql="x")
    with pytest.raises(NotFound):
        job.wait()
    assert 30 <= world.now <= 62


def test_not_found_proves_nothing_before_a_submission_has_to_show() -> None:
    """The specification says when that is, and nothing of "not found" itself."""

    class Late(kinds.SqlJobs):
        kind = dataclasses.replace(kinds.SQL, not_found=None, lookup=Lookup(120.0))

    good = {"is_success": True, "job_id": "j1", "status": "FINISHED"}

    def replica(_: object) -> HttpResponse:
        return reply({}, 404) if world.now < 100.0 else reply(good)

    world: World = World({"is_success": True, "job_id": "j1"}, replica)
    assert Late(sync_client(world, kinds.DLI)).submit(sql="x").wait().state.ok
    world = World({"is_success": True, "job_id": "j1"}, reply({}, 404))
    with pytest.raises(NotFound):
        Late(sync_client(world, kinds.DLI)).submit(sql="x").wait()
    assert 120.0 <= world.now <= 180.0


def test_a_job_that_never_starts() -> None:
    queued = {"is_success": True, "job_id": "j1", "status": "LAUNCHING"}
    world = World(queued)
    with pytest.raises(NotStarted) as caught:
        kinds.SqlJobs(sync_client(world, kinds.DLI))(job_id="j1").wait(start_within=25)
    assert world.now == 25.0
    assert isinstance(caught.value, WaitTimeout)
    running = {**queued, "status": "RUNNING"}
    world = World(queued, running, *[running] * 20, {**queued, "status": "FINISHED"})
    kinds.SqlJobs(sync_client(world, kinds.DLI))(job_id="j1").wait(start_within=25)
    assert world.now > 25


def test_ends_that_are_not_good() -> None:
    error = caught_by(World(RUNNING, FAILED))
    assert type(error) is JobFailed
    assert (error.vendor_message, error.status.raw_state, error.job_status) == ("bad table", "failed", error.status)
    assert [str(moment.state) for moment in error.history] == ["running", "failed"]
    assert "bad table" in str(error)
    cancelled = {"is_success": True, "job_id": "j1", "status": "CANCELLED"}
    with pytest.raises(JobCancelled):
        kinds.SqlJobs(sync_client(World(cancelled), kinds.DLI))(job_id="j1").wait()


def test_warnings_are_good_unless_told_otherwise() -> None:
    assert job_in(World(WARNED)).wait().state is JobState.SUCCEEDED_WITH_WARNINGS
    assert type(caught_by(World(WARNED), warnings="raise")) is JobFailed


def test_cancel_when_the_time_is_up() -> None:
    running = {"id": 3, "jobStatus": "RUNNING"}
    for latency in (0.0, 2.0, 9.0):
        world = World(
            *[lambda step: reply() if step.operation == "stop_job" else reply(running)] * 100, latency=latency
        )
        with pytest.raises(WaitTimeout) as caught:
            kinds.Executions(sync_client(world, kinds.DATAMEER))(execution_id=3).wait(timeout=100, on_timeout="cancel")
        assert caught.value.cancelled is True
        (stopped,) = (event for event in world.events if event[0] == "send" and event[2] == "stop_job")
        assert stopped[1] == 100.0
        assert world.now == 100.0 + latency


def test_a_cancel_that_fails_does_not_hide_the_timeout(caplog: pytest.LogCaptureFixture) -> None:
    running = {"id": 3, "jobStatus": "RUNNING"}
    world = World(*[lambda step: reply({}, 403) if step.operation == "stop_job" else reply(running)] * 100)
    with pytest.raises(WaitTimeout) as caught:
        kinds.Executions(sync_client(world, kinds.DATAMEER))(execution_id=3).wait(timeout=100, on_timeout="cancel")
    assert not caught.value.cancelled
    assert "could not be stopped" in caplog.text
