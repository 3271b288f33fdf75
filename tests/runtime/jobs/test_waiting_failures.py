"""Failures while a job is waited for: which are borne, for how long, and as what they are raised."""

from __future__ import annotations

import asyncio
import dataclasses
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from jobclients_core import (
    AuthenticationError,
    ConnectionLost,
    DecodeError,
    HttpOptions,
    JobClientsError,
    NotFound,
    PermissionDenied,
    ServerError,
    Timeout,
    TlsFailed,
    Token,
)
from jobclients_core.failures import with_causes
from jobclients_core.flow import HttpResponse
from jobclients_core.jobs import (
    JobExpired,
    Poll,
    WaitTimeout,
)
from runtime.jobs import kinds
from runtime.jobs.waits import DONE, RUNNING, caught_by, job_in
from runtime.jobs.world import World, async_client, reply, sync_client

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
