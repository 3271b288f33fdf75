"""Waits: how often they ask, what they tell on the way, what they outlast, and how they end."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from jobclients_contract.harness.loopback import CLOSE, HANG, RESET, Script, scripted
from kitchen.jobs.harness import PATIENCE, Harness

ROUTE = "GET /bakes/b-1"
HOT, DONE, WAITING = {"status": "HOT"}, {"status": "DONE"}, {"status": "WAITING"}
CUT: Script = (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"status"', CLOSE)
RESETS: Script = (RESET,)


def bake(harness: Harness) -> Any:
    return harness.client.bakes(bake_id="b-1")


def told(statuses: list[Any]) -> list[tuple[str, str]]:
    return [(str(status.state), status.raw_state) for status in statuses]


def after(seconds: float) -> str:
    """A moment some seconds after the beginning, as header fields have it."""
    return format_datetime(datetime.fromtimestamp(1_700_000_000 + seconds, UTC), usegmt=True)


# --- sequences ---


def test_a_wait_tells_each_poll_and_each_turn_and_returns_the_end(harness: Harness) -> None:
    words = ["LISTED", "WAITING", "HOT", "HOT", "WAITING", "HOT", "COOLING", "DONE_DARK"]
    harness.on(ROUTE, *({"status": word} for word in words))
    updates: list[Any] = []
    turns: list[Any] = []
    status = harness.run(bake(harness).wait(on_update=updates.append, on_state=turns.append))
    assert (status.state, status.raw_state) == ("succeeded_with_warnings", "DONE_DARK")
    assert [status.raw_state for status in updates] == words
    assert [status.raw_state for status in turns] == [*words[:3], *words[4:]]
    assert harness.lines == [ROUTE] * 8


@pytest.mark.parametrize(
    ("end", "error", "state"),
    [
        ({"status": "BURNT", "report": "reason: too hot;", "fault": {"code": "K.9"}}, "JobFailed", "failed"),
        ({"status": "BINNED", "note": "too hot", "fault": {"code": "K.9"}}, "JobCancelled", "cancelled"),
    ],
)
def test_a_bad_end_is_an_exception_that_tells_everything(
    harness: Harness, end: dict[str, Any], error: str, state: str
) -> None:
    harness.on(ROUTE, WAITING, HOT, HOT, end)
    job = bake(harness)
    with pytest.raises(harness.package.JobError, match="too hot") as raised:
        harness.run(job.wait())
    failure: Any = raised.value
    assert type(failure).__name__ == error
    assert (failure.code, failure.vendor_message, failure.job) == ("K.9", "too hot", job)
    assert (failure.status.state, failure.job_status.state) == (state, state)
    assert told(failure.history) == [("queued", "WAITING"), ("running", "HOT"), (state, end["status"])]
    assert [step.at.timestamp() - 1_700_000_000 for step in failure.history] == [0, 2, 6]


def test_warnings_are_a_failure_where_the_caller_says_so(harness: Harness) -> None:
    harness.on(ROUTE, {"status": "DONE_DARK"}, {"status": "DONE"})
    with pytest.raises(harness.package.JobFailed) as raised:
        harness.run(bake(harness).wait(warnings="raise"))
    assert raised.value.status.state == "succeeded_with_warnings"
    assert harness.run(bake(harness).wait(warnings="raise")).state == "succeeded"


def test_an_end_is_not_slept_on(harness: Harness) -> None:
    harness.on(ROUTE, DONE)
    harness.run(bake(harness).wait())
    assert harness.sleeps == []


def test_watching_shows_what_changes(harness: Harness) -> None:
    parts = [(0, "HOT"), (1, "HOT"), (1, "HOT"), (2, "HOT"), (2, "COOLING"), (2, "BURNT")]
    harness.on(ROUTE, *({"status": word, "baked": part, "pieces": 4} for part, word in parts))
    shown = [(status.progress, status.raw_state) for status in harness.watched(bake(harness))]
    assert shown == [(0.0, "HOT"), (0.25, "HOT"), (0.5, "HOT"), (0.5, "COOLING"), (0.5, "BURNT")]
    harness.on(ROUTE, *({"status": word, "note": note} for note, word in [("a", "HOT"), ("b", "HOT"), ("b", "DONE")]))
    assert [status.message for status in harness.watched(bake(harness))] == ["a", "b", "b"]
    harness.on(ROUTE, HOT, HOT, HOT, DONE)
    assert len(harness.watched(bake(harness), polls=True)) == 4


def test_a_callback_that_raises_is_logged_and_changes_nothing(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    def raising(status: Any) -> None:
        raise RuntimeError(f"no taste for {status.raw_state}")

    harness.on(ROUTE, HOT, DONE)
    assert harness.run(bake(harness).wait(on_update=raising)).state == "succeeded"
    found = [str(record.exc_info[1]) for record in caplog.records if record.exc_info]
    assert found == ["no taste for HOT", "no taste for DONE"]


# --- pace ---


@pytest.mark.parametrize(
    ("chance", "sleeps"),
    [(0.0, [2.0, 2.0, 2.0, 2.0, 2.0]), (1.0, [2.0, 6.0, 18.0, 20.0, 20.0]), (0.5, [2.0, 4.0, 10.0, 11.0, 11.0])],
)
def test_delays_lie_between_the_first_and_one_that_grows(harness: Harness, chance: float, sleeps: list[float]) -> None:
    harness.chance = chance
    harness.on(ROUTE, HOT, HOT, HOT, HOT, HOT, DONE)
    harness.run(bake(harness).wait())
    assert harness.sleeps == sleeps


def test_delays_where_the_spec_says_nothing(harness: Harness) -> None:
    """From one second, 1.6 times longer each time, up to half a minute; for an hour."""
    harness.chance = 1.0
    harness.on("GET /delivery", {"data": {"phase": 3}}, ...)
    with pytest.raises(harness.package.WaitTimeout):
        harness.run(harness.client.deliveries(delivery_id=5).wait())
    assert harness.sleeps[:9] == [1.0, 1.6, 2.56, 4.096, 6.5536, 10.48576, 16.777216, 26.843546, 30.0]
    assert harness.elapsed == pytest.approx(3599.8)


@pytest.mark.parametrize(
    ("asked", "slept"),
    [
        ("70", 70.0),
        (after(70), 70.0),
        ("1", 2.0),
        ("0", 2.0),
        (after(1), 2.0),
        (after(-3600), 2.0),
        ("soon", 2.0),
        ("-5", 2.0),
    ],
)
def test_the_vendor_says_when_to_ask_again(harness: Harness, asked: str, slept: float) -> None:
    for first in (scripted(HOT, Retry_After=asked), scripted({}, 503, Retry_After=asked)):
        harness.on(ROUTE, first, DONE)
        harness.time.now = 1000.0
        harness.sleeps.clear()
        harness.run(bake(harness).wait())
        assert harness.sleeps == [slept]


def test_a_limit_on_calls_is_kept(harness: Harness) -> None:
    """Three calls in ten seconds for all clients of an account, whichever job they are about."""
    harness.on("GET /dish", {"state": "COOKING"}, ...)
    same, other = harness.another(), harness.another(account="another")
    for number in range(3):
        harness.run(harness.client.dishes(dish_id=number).status())
    harness.run(other.dishes(name="pie").status())
    assert harness.sleeps == []
    harness.run(same.dishes(name="pie").status())
    assert harness.sleeps == [10.0]
    harness.close(same, other)


# --- the time is up ---


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ({"timeout": 50}, 49.8),
        ({"timeout": timedelta(minutes=2.5)}, 149.8),
        ({"until": datetime.fromtimestamp(1_700_000_100, UTC)}, 99.8),
        ({"until": datetime.fromtimestamp(1_700_000_100, UTC), "timeout": 70}, 69.8),
        ({"until": datetime.fromtimestamp(1_700_000_100, UTC), "timeout": 170}, 99.8),
        ({"until": datetime.fromtimestamp(1_600_000_000, UTC)}, 0),
        ({"timeout": 0}, 0),
        ({}, 599.8),  # ten minutes, as the spec says
    ],
)
def test_a_wait_ends_in_time_after_a_last_look(harness: Harness, options: dict[str, Any], last: float) -> None:
    harness.chance = 1.0
    looks: list[float] = []
    harness.vendor.on_request = lambda request: looks.append(harness.elapsed)
    harness.on(ROUTE, HOT, ...)
    job = bake(harness)
    with pytest.raises(harness.package.WaitTimeout) as raised:
        harness.run(job.wait(**options))
    error: Any = raised.value
    assert issubclass(harness.package.WaitTimeout, TimeoutError)
    assert (error.job, error.cancelled, error.job_status.raw_state) == (job, False, "HOT")
    assert told(error.history) == [("running", "HOT")]
    assert looks[-1] == pytest.approx(last)
    with pytest.raises(harness.package.WaitTimeout):
        harness.watched(job, timeout=10)


def test_a_long_retry_after_does_not_outlast_the_wait(harness: Harness) -> None:
    harness.on(ROUTE, scripted(HOT, Retry_After="9999"), DONE)
    with pytest.raises(harness.package.WaitTimeout, match="after 0 s; the vendor asked for 9999 s"):
        harness.run(bake(harness).wait(timeout=60))
    assert harness.sleeps == [60.0]
    assert harness.lines == [ROUTE]


@pytest.mark.parametrize("timeout", [0, 0.001, 1])
def test_a_wait_without_time_looks_once(harness: Harness, timeout: float) -> None:
    """For as long as a look takes, also where somebody watches or waits for several."""
    harness.vendor.on_request = lambda request: harness.pass_by(7)
    harness.on(ROUTE, DONE, ...)
    assert harness.run(bake(harness).wait(timeout=timeout)).state == "succeeded"
    assert [status.raw_state for status in harness.watched(bake(harness), timeout=timeout)] == ["DONE"]
    (outcome,) = harness.wait_all([bake(harness)], timeout=timeout)
    assert outcome.ok
    harness.on(ROUTE, HOT)
    with pytest.raises(harness.package.WaitTimeout, match="running \\(HOT\\) after 7 s"):
        harness.run(bake(harness).wait(timeout=timeout))


def test_answers_that_take_long_count(harness: Harness) -> None:
    harness.vendor.on_request = lambda request: harness.pass_by(7)
    harness.on(ROUTE, HOT, ...)
    with pytest.raises(harness.package.WaitTimeout):
        harness.run(bake(harness).wait(timeout=60))
    assert len(harness.lines) == 7
    assert harness.elapsed == pytest.approx(61), "time passes here without cutting the last look"


def test_an_answer_is_not_waited_for_after_the_end(harness: Harness) -> None:
    harness.on(ROUTE, (HANG,), ...)
    harness.on(ROUTE, HOT, (HANG,), ...)
    with pytest.raises(harness.package.WaitTimeout, match="after 0 s") as raised:
        harness.run(bake(harness).wait(timeout=3))
    assert isinstance(raised.value.__cause__, harness.package.Timeout)


def test_a_job_that_does_not_begin_is_given_up(harness: Harness) -> None:
    harness.chance = 1.0
    harness.on(ROUTE, WAITING, ...)
    job = bake(harness)
    with pytest.raises(harness.package.NotStarted, match="not begun in time: it was queued") as raised:
        harness.run(job.wait(start_within=45))
    assert (raised.value.job, raised.value.job_status.state) == (job, "queued")
    assert harness.elapsed == 45.0


def test_a_job_that_has_begun_is_not_given_up(harness: Harness) -> None:
    harness.on(ROUTE, WAITING, HOT, WAITING, WAITING, WAITING, DONE)
    assert harness.run(bake(harness).wait(start_within=timedelta(seconds=3))).state == "succeeded"


def test_a_job_is_stopped_when_its_time_is_up(harness: Harness) -> None:
    harness.on(ROUTE, HOT, ...)
    harness.on("DELETE /bakes/b-1", scripted(b"", 204))
    harness.vendor.on_request = lambda request: harness.pass_by(5.5)
    with pytest.raises(harness.package.WaitTimeout, match=r"after 5[0-9].* s; it was asked to stop") as raised:
        harness.run(bake(harness).wait(timeout=60, on_timeout="cancel"))
    assert raised.value.cancelled is True
    assert [line for line in harness.lines if line != ROUTE] == ["DELETE /bakes/b-1"]
    assert harness.lines[-1] == "DELETE /bakes/b-1"
    assert harness.elapsed == 65.5, "it is asked to stop when the time is up, and each response takes 5.5 seconds"


def test_failing_to_stop_it_does_not_hide_that_the_time_is_up(harness: Harness) -> None:
    harness.on(ROUTE, HOT, ...)
    harness.on("DELETE /bakes/b-1", 400)
    with pytest.raises(harness.package.WaitTimeout, match="could not be stopped") as raised:
        harness.run(bake(harness).wait(timeout=60, on_timeout="cancel"))
    assert raised.value.cancelled is False
    harness.on("DELETE /bakes/b-1", RESETS)
    with pytest.raises(harness.package.WaitTimeout, match="whether it was stopped is not known") as raised:
        harness.run(bake(harness).wait(timeout=60, on_timeout="cancel"))
    assert raised.value.cancelled is None


@pytest.mark.parametrize("refused", [400, 409])
@pytest.mark.parametrize(("end", "error"), [("DONE", None), ("BURNT", "JobFailed"), ("BINNED", "JobCancelled")])
def test_an_end_that_shows_when_it_is_stopped_is_the_result(
    harness: Harness, refused: int, end: str, error: str | None
) -> None:
    shown: list[str] = []
    harness.on(ROUTE, lambda request: scripted({"status": "HOT" if harness.elapsed < 60 else end}), ...)
    harness.on("DELETE /bakes/b-1", refused)
    wait = bake(harness).wait
    options = {"timeout": 60, "on_timeout": "cancel", "on_update": lambda status: shown.append(status.raw_state)}
    if error is None:
        assert harness.run(wait(**options)).raw_state == end
    else:
        with pytest.raises(getattr(harness.package, error)) as raised:
            harness.run(wait(**options))
        assert told(raised.value.history)[-1][1] == end
    assert (harness.elapsed, shown[-1]) == (60.0, end)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": -1},
        {"timeout": "5"},
        {"timeout": float("nan")},
        {"timeout": True},
        {"until": datetime(2030, 1, 1)},
        {"start_within": -1},
        {"warnings": "maybe"},
        {"on_timeout": "explode"},
    ],
)
def test_options_that_make_no_sense_are_refused(harness: Harness, options: dict[str, Any]) -> None:
    with pytest.raises(harness.package.InvalidArgument):
        harness.run(bake(harness).wait(**options))
    assert harness.lines == []


def test_what_cannot_be_stopped_cannot_be_asked_to_stop(harness: Harness) -> None:
    job = harness.client.roasts(roast_id=7, spit="left")
    with pytest.raises(harness.package.InvalidArgument, match="cannot be cancelled"):
        harness.run(job.wait(on_timeout="cancel"))
    assert harness.lines == []
    assert not hasattr(job, "cancel")


# --- failures on the way ---


@pytest.mark.parametrize(
    "fault",
    [
        scripted({}, 503),
        scripted({}, 504),
        scripted({"fault": {"code": "K.BUSY"}}, 400),
        RESETS,
        (CLOSE,),
        CUT,
        scripted(b"<html>Sign in</html>", Content_Type="text/html"),
        scripted(b'{"status": '),
        scripted(b"\xff\xfe\x00"),
    ],
)
def test_faults_that_go_by_are_outlasted(harness: Harness, fault: Script) -> None:
    harness.on(ROUTE, fault, HOT, fault, fault, HOT, fault, DONE)
    assert harness.run(bake(harness).wait()).state == "succeeded"
    assert len(harness.lines) == 7


@pytest.mark.parametrize(("fault", "name"), [(scripted({}, 503), "ServerError"), (RESETS, "TransportError")])
def test_faults_that_last_are_raised_after_a_while(harness: Harness, fault: Script, name: str) -> None:
    """A minute from the first fault on, as the spec says; each good answer begins it anew."""
    harness.on(ROUTE, HOT, *[fault] * 25, HOT, fault, ...)
    job = bake(harness)
    with pytest.raises(getattr(harness.package, name)) as raised:
        harness.run(job.wait())
    assert (raised.value.job, told(raised.value.history)) == (job, [("running", "HOT")])
    assert raised.value.job_status.raw_state == "HOT"
    assert harness.elapsed == 54 + 60


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (scripted({}, 400), "BadRequest"),
        (scripted({}, 401), "AuthenticationError"),
        (scripted({}, 403), "PermissionDenied"),
        (scripted({}, 409), "Conflict"),
        (scripted({}, 500), "ServerError"),  # not among those that this kind outlasts
        (scripted({"fault": {"code": "K.LOCKED"}}, 503), "PermissionDenied"),  # the vendor's code says more
        (scripted({"ok": False}), "Refused"),
        (scripted({"status": 7}), "DecodeError"),
        (scripted([]), "DecodeError"),
    ],
)
def test_other_failures_end_the_wait_at_once(harness: Harness, fault: Script, name: str) -> None:
    harness.on(ROUTE, HOT, fault, DONE)
    job = bake(harness)
    with pytest.raises(getattr(harness.package, name)) as raised:
        harness.run(job.wait())
    assert (raised.value.job, raised.value.job_status.state) == (job, "running")
    assert harness.sleeps == [2.0]


@pytest.mark.parametrize("fault", [RESETS, CUT, scripted(b"<html>", Content_Type="text/html")])
def test_lost_answers_end_a_wait_where_the_spec_says_so(harness: Harness, fault: Script) -> None:
    harness.on("GET /roasts/7", {"state": "Turning"}, fault, {"state": "Ready"})
    with pytest.raises(harness.package.JobClientsError) as raised:
        harness.run(harness.client.roasts(roast_id=7, spit="left").wait())
    assert isinstance(raised.value, harness.package.TransportError | harness.package.DecodeError)
    assert len(harness.lines) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_which_statuses_are_outlasted_where_the_spec_names_none(harness: Harness, status: int) -> None:
    harness.on("GET /roasts/7", status, {"state": "Ready"})
    assert harness.run(harness.client.roasts(roast_id=7, spit="left").wait()).state == "succeeded"


# --- interrupted, and together ---


def test_who_is_interrupted_leaves_the_job_alone_and_may_wait_again(harness: Harness) -> None:
    harness.on(ROUTE, HOT, HOT, DONE)
    job = bake(harness)

    def interrupt(seconds: float) -> None:
        harness.on_sleep = lambda seconds: None
        if harness.mode == "sync":
            raise KeyboardInterrupt
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    harness.on_sleep = interrupt
    with pytest.raises(KeyboardInterrupt if harness.mode == "sync" else asyncio.CancelledError):
        harness.run(job.wait(on_timeout="cancel"))
    assert harness.lines == [ROUTE]
    assert harness.run(job.wait()).state == "succeeded"
    assert harness.lines == [ROUTE] * 3


@pytest.mark.parametrize("handles", [1, 2])
def test_two_who_wait_for_one_job_both_learn_how_it_ended(harness: Harness, handles: int) -> None:
    harness.on(ROUTE, HOT, HOT, HOT, HOT, DONE, ...)
    job = bake(harness)
    other = job if handles == 1 else harness.client.bakes.restore(job.to_json())
    assert [str(status.state) for status in _together(harness, job, other)] == ["succeeded"] * 2


def _together(harness: Harness, *jobs: Any) -> list[Any]:
    if harness.mode == "async":

        async def gathered() -> list[Any]:
            return list(await asyncio.gather(*(job.wait() for job in jobs)))

        found: list[Any] = harness.run(gathered())
        return found
    ended: list[Any] = []
    threads = [threading.Thread(target=lambda job=job: ended.append(job.wait()), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return ended
