"""Every guarantee of waiting, in a world whose time only the flows move."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from jobclients_core import (
    AuthenticationError,
    ConnectionLost,
    DecodeError,
    HttpOptions,
    InvalidArgument,
    JobClientsError,
    NotFound,
    PermissionDenied,
    ServerError,
    Timeout,
    TlsFailed,
    Token,
)
from jobclients_core.failures import with_causes
from jobclients_core.flow import HttpResponse, Send, Sleep
from jobclients_core.jobs import (
    JobCancelled,
    JobExpired,
    JobFailed,
    JobState,
    JobStatus,
    Lookup,
    NotStarted,
    Poll,
    UnknownState,
    WaitTimeout,
    classify,
)
from jobclients_core.jobtype import Pace
from runtime.jobs import kinds
from runtime.jobs.world import World, async_client, reply, sync_client

RUNNING = {"status": "running"}
DONE = {"status": "successful"}
WARNED = {"status": "partially_successful"}
FAILED = {"status": "failed", "msg": "no", "result": '{"error": "bad table"}'}


def job_in(world: World, **more: Any) -> Any:
    return kinds.BulkJobs(sync_client(world, kinds.ALATION, **more))(id=1)


def caught_by(world: World, **options: Any) -> Any:
    """The error that ends a wait."""
    job = job_in(world)
    with pytest.raises(JobClientsError) as caught:
        job.wait(**options)
    error = caught.value
    assert error.job is job
    assert isinstance(error.history, tuple)
    assert isinstance(error.job_status, JobStatus | None)
    assert hasattr(error, "code")
    assert hasattr(error, "vendor_message")
    return error


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


# --- Retry-After ---


def date(world: World, seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(world.fake.epoch + seconds, UTC), usegmt=True)


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


# --- failures ---

TRANSIENT: list[Any] = [
    ConnectionLost("reset"),
    Timeout("slow"),
    reply({}, 429),
    reply({}, 500),
    reply({}, 502),
    reply({}, 503),
    reply({}, 504),
    reply({}, 408),
    reply({}, 425),
    reply({}, 499),
    *(reply({}, status) for status in range(520, 531)),
    reply(b"<html>login</html>", 200, content_type="text/html"),
    reply(b'{"status": "succ', 200),
    reply(b"", 200),
]


@pytest.mark.parametrize("failure", TRANSIENT, ids=str)
def test_transient_failures_are_borne_and_then_raised_typed(failure: Any) -> None:
    world = World(RUNNING, failure, failure, failure, DONE)
    assert job_in(world).wait().state.ok
    world = World(RUNNING, failure)
    error = caught_by(world)
    expected: Any = type(failure) if isinstance(failure, Exception) else JobClientsError
    assert isinstance(error, expected)
    assert not isinstance(error, WaitTimeout)
    assert 120 <= world.now <= 182
    assert error.job_status.state == "running"
    assert [str(moment.state) for moment in error.history] == ["running"]


@pytest.mark.parametrize("status", [409, 423, 501, 404, 418])
def test_a_status_that_the_spec_lists_is_borne(status: int) -> None:
    class Patient(kinds.BulkJobs):
        pass

    by_hand = [reply({}, status), RUNNING, DONE]
    with pytest.raises(JobClientsError):
        job_in(World(*by_hand)).wait()
    Patient.kind = dataclasses.replace(kinds.BULK, poll=Poll(statuses=(status,)))
    assert Patient(sync_client(World(*by_hand), kinds.ALATION))(id=1).wait().state.ok
    # What always goes by needs no saying, and is not taken back by a list of others.
    world = World(RUNNING, reply({}, 429), reply({}, 503), reply({}, 524), DONE)
    assert Patient(sync_client(world, kinds.ALATION))(id=1).wait().state.ok


def test_a_vendors_own_class_of_a_listed_status_is_not_borne() -> None:
    class Patient(kinds.Runs):
        pass

    Patient.kind = dataclasses.replace(kinds.RUNS, poll=Poll(statuses=(500,)))
    world = World(reply({"errCode": "Cdm.0100"}, 500))
    with pytest.raises(NotFound):
        Patient(sync_client(world, kinds.CDM)).latest(job_name="j").wait()


def test_the_tolerance_begins_anew_with_each_good_answer() -> None:
    bad = ConnectionLost("reset")
    world = World(*([bad] * 3 + [RUNNING]) * 12, DONE, chance=0.9)
    job_in(world).wait(timeout=3000)
    assert world.now > 400


@pytest.mark.parametrize("failure", TRANSIENT, ids=str)
def test_a_pause_that_the_vendor_asked_for_is_no_failure(failure: Any) -> None:
    """Longer than failures are borne: the first one after it is only the first."""
    world = World(reply(RUNNING, retry_after="300"), failure, DONE)
    assert job_in(world).wait(timeout=3000).state.ok
    assert world.now > 300


def test_polls_are_not_repeated_by_the_call() -> None:
    world = World(reply({}, 503), DONE)
    job_in(world).wait()
    assert [event[0] for event in world.events] == ["send", "sleep", "send"]


def test_a_timeout_amid_failures_names_the_failure() -> None:
    error = caught_by(World(RUNNING, reply({}, 503)), timeout=60)
    assert isinstance(error, WaitTimeout)
    assert isinstance(error.__cause__, ServerError)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (TlsFailed("certificate"), TlsFailed),
        (reply({}, 403), PermissionDenied),
        (reply({"detail": "who"}, 401), AuthenticationError),
        (reply({"status": 5}), DecodeError),
        (reply([]), DecodeError),
        (reply({}, 302, location="https://login.example.com"), JobClientsError),
    ],
    ids=["tls", "403", "401", "shape", "list", "302"],
)
def test_other_failures_end_the_wait_at_once(failure: Any, kind: type[JobClientsError]) -> None:
    world = World(RUNNING, failure)
    error = caught_by(world)
    assert isinstance(error, kind)
    assert world.sends == ["get_job"] * 2
    assert error.job_status is not None
    assert error.job_status.state == "running"


def test_a_job_that_is_not_found_any_more_has_expired_after_ten_seconds() -> None:
    world = World(RUNNING, reply({}, 404))
    error = caught_by(world)
    assert isinstance(error, JobExpired)
    assert 11.0 <= world.now <= 30.0
    assert str(error) == "alation.jobs id=1: the vendor does not know the job any more; it was last seen running"
    world = World(RUNNING, reply({}, 404), reply({}, 404), RUNNING, reply({}, 404), DONE)
    assert job_in(world).wait().state.ok


def test_an_answer_that_took_long_tells_of_the_time_before_it() -> None:
    """A job that need not have shown when it was asked for is not gone, however late "not found" comes."""
    lost = reply({}, 404)
    good = {"is_success": True, "job_id": "j1", "status": "FINISHED"}

    def slow(_: object) -> HttpResponse:
        world.fake.now += 30.0
        return lost

    for polls in ([lost, slow], [{**good, "status": "RUNNING"}, lost, slow]):
        world = World({"is_success": True, "job_id": "j1"}, *polls, good)
        client = sync_client(world, kinds.DLI, http=HttpOptions(timeout=60.0))
        assert kinds.SqlJobs(client).submit(sql="x").wait().state.ok


def test_a_result_that_need_not_have_shown_when_it_was_asked_for_is_not_gone() -> None:
    def slow(_: object) -> HttpResponse:
        world.fake.now += 31.0
        return reply({}, 404)

    done = {"is_success": True, "job_id": "j1", "status": "FINISHED"}
    world = World({"is_success": True, "job_id": "j1"}, done, slow, slow)
    job = kinds.SqlJobs(sync_client(world, kinds.DLI, http=HttpOptions(retries=0))).submit(sql="x")
    assert job.status().state.ok
    for expected in (NotFound, JobExpired):
        with pytest.raises(expected):
            job.result()


def test_a_vendors_missing_job_with_a_500_is_not_transient() -> None:
    world = World({"submissions": [{"status": "RUNNING", "creation-date": 1}]}, reply({"errCode": "Cdm.0100"}, 500))
    with pytest.raises(JobExpired) as caught:
        kinds.Runs(sync_client(world, kinds.CDM)).latest(job_name="j").wait()
    assert caught.value.code == "Cdm.0100"
    assert isinstance(caught.value.__cause__, NotFound)


GONE = reply({"errCode": "Cdm.0100", "password": "hunter2"}, 404)


def raised_by_wait() -> JobClientsError:
    with pytest.raises(JobExpired) as caught:
        kinds.Runs(sync_client(gone_at_last(), kinds.CDM)).latest(job_name="j").wait()
    return caught.value


def raised_by_async_wait() -> JobClientsError:
    async def main() -> None:
        await kinds.AsyncRuns(async_client(gone_at_last(), kinds.CDM)).latest(job_name="j").wait()

    with pytest.raises(JobExpired) as caught:
        asyncio.run(main())
    return caught.value


def gone_at_last() -> World:
    return World({"submissions": [{"status": "RUNNING", "creation-date": 1}]}, GONE)


@pytest.mark.parametrize("ended", [raised_by_wait, raised_by_async_wait])
def test_what_led_to_an_error_keeps_no_answer(ended: Callable[[], JobClientsError]) -> None:
    error = ended()
    cause = error.__cause__
    assert isinstance(cause, NotFound)
    assert b"hunter2" not in cause.body
    for one in with_causes(error):
        assert "_answer" not in vars(one)
        assert one is error or one.__traceback__ is None


def test_the_traceback_of_an_error_that_the_caller_handles_stays() -> None:
    client = sync_client(World(reply({}, 404)), kinds.CDM)

    def two_jobs() -> None:
        try:
            kinds.Runs(client).latest(job_name="first").wait()
        except NotFound:
            kinds.Runs(client).latest(job_name="second").wait()

    with pytest.raises(NotFound) as second:
        two_jobs()
    first = second.value.__context__
    assert isinstance(first, NotFound)
    assert "two_jobs" in [frame.name for frame in traceback.extract_tb(first.__traceback__)]


def test_transport_failures_may_be_declared_final() -> None:
    kind = dataclasses.replace(kinds.BULK, poll=Poll(transport=False))
    for failure in (ConnectionLost("reset"), reply(b"{", 200)):
        client = sync_client(World(RUNNING, failure), kinds.ALATION)

        class Strict(kinds.BulkJobs):
            pass

        Strict.kind = kind
        with pytest.raises((ConnectionLost, DecodeError)):
            Strict(client)(id=1).wait()


def test_one_renewal_on_401() -> None:
    asked: list[int] = []

    def auth() -> Token:
        asked.append(1)
        return Token(f"token-{len(asked)}")

    world = World(RUNNING, reply({}, 401), DONE)
    assert job_in(world, auth=auth).wait().state.ok
    assert len(asked) == 2
    asked.clear()
    world = World(RUNNING, reply({}, 401))
    with pytest.raises(AuthenticationError):
        job_in(world, auth=auth).wait()
    assert len(asked) == 2
    assert world.sends == ["get_job"] * 3


# --- states ---


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


# --- cancellation of the wait, callbacks, watching ---


@pytest.mark.parametrize("where", [Sleep, Send])
@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_interrupting_the_wait_leaves_the_job_alone(where: type[Any], interrupt: type[BaseException]) -> None:
    world = World({"id": 3, "jobStatus": "RUNNING"})

    def stop(step: Any) -> None:
        if isinstance(step, where) and world.now > 5:
            raise interrupt

    world.before = stop
    with pytest.raises(interrupt):
        kinds.Executions(sync_client(world, kinds.DATAMEER))(execution_id=3).wait()
    assert "stop_job" not in world.sends


@pytest.mark.parametrize("where", [Sleep, Send])
def test_cancelling_a_task_leaves_the_job_alone(where: type[Any]) -> None:
    world = World({"submissions": [{"status": "RUNNING", "creation-date": 1}]})

    def stop(step: Any) -> None:
        if isinstance(step, where) and world.now > 5:
            raise asyncio.CancelledError

    world.before = stop

    async def main() -> None:
        await kinds.AsyncRuns(async_client(world, kinds.CDM)).latest(job_name="j").wait()

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert "stop_job" not in world.sends


def test_callbacks() -> None:
    updates: list[str] = []
    states: list[str] = []
    world = World({"status": "?"}, RUNNING, RUNNING, DONE)
    job_in(world).wait(
        on_update=lambda status: updates.append(str(status.state)),
        on_state=lambda status: states.append(str(status.state)),
    )
    assert updates == ["unknown", "running", "running", "succeeded"]
    assert states == ["unknown", "running", "succeeded"]


def test_callbacks_that_raise(caplog: pytest.LogCaptureFixture) -> None:
    def bad(status: Any) -> None:
        raise RuntimeError("mine")

    with caplog.at_level(logging.ERROR):
        assert job_in(World(RUNNING, DONE)).wait(on_update=bad, on_state=bad).state.ok
    assert caplog.text.count("RuntimeError: mine") == 4


def test_a_coroutine_function_as_callback_of_a_sync_client(caplog: pytest.LogCaptureFixture) -> None:
    async def update(status: Any) -> None:
        raise AssertionError

    assert job_in(World(DONE)).wait(on_update=update).state.ok
    assert "nothing awaits" in caplog.text


def test_async_callbacks_are_awaited() -> None:
    seen: list[str] = []

    async def update(status: Any) -> None:
        await asyncio.sleep(0)
        seen.append(str(status.state))
        raise RuntimeError

    async def main() -> None:
        job = kinds.AsyncBulkJobs(async_client(World(RUNNING, DONE), kinds.ALATION))(id=1)
        await job.wait(on_update=update, on_state=lambda status: seen.append("!"))

    asyncio.run(main())
    assert seen == ["running", "!", "succeeded", "!"]


def test_watch_shows_what_changes() -> None:
    world = World(RUNNING, RUNNING, {"status": "running", "msg": "half"}, FAILED)
    assert [status.message for status in job_in(world).watch()] == [None, "half", "no"]
    world = World(RUNNING, RUNNING, FAILED)
    assert [str(status.state) for status in job_in(world).watch(polls=True)] == ["running", "running", "failed"]


def test_watch_ends_with_the_time() -> None:
    shown: list[Any] = []
    with pytest.raises(WaitTimeout) as caught:
        shown.extend(job_in(World(RUNNING)).watch(timeout=10))
    assert caught.value.job is not None


# --- sync and async ---

SCENES: dict[str, list[Any]] = {
    "good": [RUNNING, RUNNING, DONE],
    "failed": [RUNNING, FAILED],
    "faults": [ConnectionLost("x"), reply({}, 503), reply({}, 429, retry_after="5"), reply(b"{"), RUNNING, DONE],
    "expired": [RUNNING, reply({}, 404)],
    "authentication": [RUNNING, reply({}, 401), reply({}, 401)],
    "unknown": [{"status": "?"}],
    "endless": [RUNNING],
    "broken": [RUNNING, TlsFailed("x")],
}


@pytest.mark.parametrize("scene", SCENES)
def test_sync_and_async_give_the_same_events(scene: str) -> None:
    def ending(error: JobClientsError) -> tuple[Any, ...]:
        return type(error), str(error), error.job_status, error.history

    def note(status: Any) -> None:
        """Told in the world's record."""

    world = World(*SCENES[scene])
    other = World(*SCENES[scene])
    ends: list[Any] = []
    try:
        jobs = kinds.BulkJobs(sync_client(world, kinds.ALATION, auth=lambda: Token("t-secret")))
        ends.append(jobs(id=1).wait(on_update=note, on_state=note))
    except JobClientsError as error:
        ends.append(ending(error))

    async def main() -> None:
        jobs = kinds.AsyncBulkJobs(async_client(other, kinds.ALATION, auth=lambda: Token("t-secret")))
        try:
            ends.append(await jobs(id=1).wait(on_update=note, on_state=note))
        except JobClientsError as error:
            ends.append(ending(error))

    asyncio.run(main())
    assert world.events == other.events
    assert ends[0] == ends[1]


def test_sync_and_async_submit_and_watch_alike() -> None:
    def script() -> World:
        def run(date: int, state: str) -> dict[str, Any]:
            return {"submissions": [{"status": state, "creation-date": date}]}

        return World(run(1, "SUCCEEDED"), {"submissions": []}, run(1, "SUCCEEDED"), run(2, "RUNNING"), run(2, "FAILED"))

    world, other = script(), script()
    shown = [status.state for status in kinds.Runs(sync_client(world, kinds.CDM)).submit(job_name="j").watch()]
    again: list[JobState] = []

    async def main() -> None:
        job = await kinds.AsyncRuns(async_client(other, kinds.CDM)).submit(job_name="j")
        again.extend([status.state async for status in job.watch()])
        await job.cancel()

    asyncio.run(main())
    assert shown == again == ["queued", "running", "failed"]
    assert other.events[: len(world.events)] == world.events
