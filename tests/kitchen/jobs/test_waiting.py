"""Waits: how often they ask, what they tell on the way, what they outlast, and how they end."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from jobclients_contract.harness.loopback import CLOSE, HANG, RESET, Script, scripted
from kitchen.jobs.stage import PATIENCE, Stage

ROUTE = "GET /bakes/b-1"
HOT, DONE, WAITING = {"status": "HOT"}, {"status": "DONE"}, {"status": "WAITING"}
CUT: Script = (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"status"', CLOSE)
RESETS: Script = (RESET,)


def bake(stage: Stage) -> Any:
    return stage.client.bakes(bake_id="b-1")


def told(statuses: list[Any]) -> list[tuple[str, str]]:
    return [(str(status.state), status.raw_state) for status in statuses]


def after(seconds: float) -> str:
    """A moment some seconds after the beginning, as header fields have it."""
    return format_datetime(datetime.fromtimestamp(1_700_000_000 + seconds, UTC), usegmt=True)


# --- sequences ---


def test_a_wait_tells_each_poll_and_each_turn_and_returns_the_end(stage: Stage) -> None:
    words = ["LISTED", "WAITING", "HOT", "HOT", "WAITING", "HOT", "COOLING", "DONE_DARK"]
    stage.on(ROUTE, *({"status": word} for word in words))
    updates: list[Any] = []
    turns: list[Any] = []
    status = stage.run(bake(stage).wait(on_update=updates.append, on_state=turns.append))
    assert (status.state, status.raw_state) == ("succeeded_with_warnings", "DONE_DARK")
    assert [status.raw_state for status in updates] == words
    assert [status.raw_state for status in turns] == [*words[:3], *words[4:]]
    assert stage.lines == [ROUTE] * 8


@pytest.mark.parametrize(
    ("end", "error", "state"),
    [
        ({"status": "BURNT", "report": "reason: too hot;", "fault": {"code": "K.9"}}, "JobFailed", "failed"),
        ({"status": "BINNED", "note": "too hot", "fault": {"code": "K.9"}}, "JobCancelled", "cancelled"),
    ],
)
def test_a_bad_end_is_an_exception_that_tells_everything(
    stage: Stage, end: dict[str, Any], error: str, state: str
) -> None:
    stage.on(ROUTE, WAITING, HOT, HOT, end)
    job = bake(stage)
    with pytest.raises(stage.package.JobError, match="too hot") as raised:
        stage.run(job.wait())
    failure: Any = raised.value
    assert type(failure).__name__ == error
    assert (failure.code, failure.vendor_message, failure.job) == ("K.9", "too hot", job)
    assert (failure.status.state, failure.job_status.state) == (state, state)
    assert told(failure.history) == [("queued", "WAITING"), ("running", "HOT"), (state, end["status"])]
    assert [step.at.timestamp() - 1_700_000_000 for step in failure.history] == [0, 2, 6]


def test_warnings_are_a_failure_where_the_caller_says_so(stage: Stage) -> None:
    stage.on(ROUTE, {"status": "DONE_DARK"}, {"status": "DONE"})
    with pytest.raises(stage.package.JobFailed) as raised:
        stage.run(bake(stage).wait(warnings="raise"))
    assert raised.value.status.state == "succeeded_with_warnings"
    assert stage.run(bake(stage).wait(warnings="raise")).state == "succeeded"


def test_an_end_is_not_slept_on(stage: Stage) -> None:
    stage.on(ROUTE, DONE)
    stage.run(bake(stage).wait())
    assert stage.sleeps == []


def test_watching_shows_what_changes(stage: Stage) -> None:
    parts = [(0, "HOT"), (1, "HOT"), (1, "HOT"), (2, "HOT"), (2, "COOLING"), (2, "BURNT")]
    stage.on(ROUTE, *({"status": word, "baked": part, "pieces": 4} for part, word in parts))
    shown = [(status.progress, status.raw_state) for status in stage.watched(bake(stage))]
    assert shown == [(0.0, "HOT"), (0.25, "HOT"), (0.5, "HOT"), (0.5, "COOLING"), (0.5, "BURNT")]
    stage.on(ROUTE, *({"status": word, "note": note} for note, word in [("a", "HOT"), ("b", "HOT"), ("b", "DONE")]))
    assert [status.message for status in stage.watched(bake(stage))] == ["a", "b", "b"]
    stage.on(ROUTE, HOT, HOT, HOT, DONE)
    assert len(stage.watched(bake(stage), polls=True)) == 4


def test_a_callback_that_raises_is_logged_and_changes_nothing(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    def raising(status: Any) -> None:
        raise RuntimeError(f"no taste for {status.raw_state}")

    stage.on(ROUTE, HOT, DONE)
    assert stage.run(bake(stage).wait(on_update=raising)).state == "succeeded"
    found = [str(record.exc_info[1]) for record in caplog.records if record.exc_info]
    assert found == ["no taste for HOT", "no taste for DONE"]


# --- pace ---


@pytest.mark.parametrize(
    ("chance", "sleeps"),
    [(0.0, [2.0, 2.0, 2.0, 2.0, 2.0]), (1.0, [2.0, 6.0, 18.0, 20.0, 20.0]), (0.5, [2.0, 4.0, 10.0, 11.0, 11.0])],
)
def test_delays_lie_between_the_first_and_one_that_grows(stage: Stage, chance: float, sleeps: list[float]) -> None:
    stage.chance = chance
    stage.on(ROUTE, HOT, HOT, HOT, HOT, HOT, DONE)
    stage.run(bake(stage).wait())
    assert stage.sleeps == sleeps


def test_delays_where_the_spec_says_nothing(stage: Stage) -> None:
    """From one second, 1.6 times longer each time, up to half a minute; for an hour."""
    stage.chance = 1.0
    stage.on("GET /delivery", {"data": {"phase": 3}}, ...)
    with pytest.raises(stage.package.WaitTimeout):
        stage.run(stage.client.deliveries(delivery_id=5).wait())
    assert stage.sleeps[:9] == [1.0, 1.6, 2.56, 4.096, 6.5536, 10.48576, 16.777216, 26.843546, 30.0]
    assert stage.elapsed == pytest.approx(3599.8)


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
def test_the_vendor_says_when_to_ask_again(stage: Stage, asked: str, slept: float) -> None:
    for first in (scripted(HOT, Retry_After=asked), scripted({}, 503, Retry_After=asked)):
        stage.on(ROUTE, first, DONE)
        stage.time.now = 1000.0
        stage.sleeps.clear()
        stage.run(bake(stage).wait())
        assert stage.sleeps == [slept]


def test_a_limit_on_calls_is_kept(stage: Stage) -> None:
    """Three calls in ten seconds for all clients of an account, whichever job they are about."""
    stage.on("GET /dish", {"state": "COOKING"}, ...)
    same, other = stage.another(), stage.another(account="another")
    for number in range(3):
        stage.run(stage.client.dishes(dish_id=number).status())
    stage.run(other.dishes(name="pie").status())
    assert stage.sleeps == []
    stage.run(same.dishes(name="pie").status())
    assert stage.sleeps == [10.0]
    stage.close(same, other)


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
def test_a_wait_ends_in_time_after_a_last_look(stage: Stage, options: dict[str, Any], last: float) -> None:
    stage.chance = 1.0
    looks: list[float] = []
    stage.vendor.on_request = lambda request: looks.append(stage.elapsed)
    stage.on(ROUTE, HOT, ...)
    job = bake(stage)
    with pytest.raises(stage.package.WaitTimeout) as raised:
        stage.run(job.wait(**options))
    error: Any = raised.value
    assert issubclass(stage.package.WaitTimeout, TimeoutError)
    assert (error.job, error.cancelled, error.job_status.raw_state) == (job, False, "HOT")
    assert told(error.history) == [("running", "HOT")]
    assert looks[-1] == pytest.approx(last)
    with pytest.raises(stage.package.WaitTimeout):
        stage.watched(job, timeout=10)


def test_a_long_retry_after_does_not_outlast_the_wait(stage: Stage) -> None:
    stage.on(ROUTE, scripted(HOT, Retry_After="9999"), DONE)
    with pytest.raises(stage.package.WaitTimeout, match="after 0 s; the vendor asked for 9999 s"):
        stage.run(bake(stage).wait(timeout=60))
    assert stage.sleeps == [60.0]
    assert stage.lines == [ROUTE]


@pytest.mark.parametrize("timeout", [0, 0.001, 1])
def test_a_wait_without_time_looks_once(stage: Stage, timeout: float) -> None:
    """For as long as a look takes, also where somebody watches or waits for several."""
    stage.vendor.on_request = lambda request: stage.pass_by(7)
    stage.on(ROUTE, DONE, ...)
    assert stage.run(bake(stage).wait(timeout=timeout)).state == "succeeded"
    assert [status.raw_state for status in stage.watched(bake(stage), timeout=timeout)] == ["DONE"]
    (outcome,) = stage.wait_all([bake(stage)], timeout=timeout)
    assert outcome.ok
    stage.on(ROUTE, HOT)
    with pytest.raises(stage.package.WaitTimeout, match="running \\(HOT\\) after 7 s"):
        stage.run(bake(stage).wait(timeout=timeout))


def test_answers_that_take_long_count(stage: Stage) -> None:
    stage.vendor.on_request = lambda request: stage.pass_by(7)
    stage.on(ROUTE, HOT, ...)
    with pytest.raises(stage.package.WaitTimeout):
        stage.run(bake(stage).wait(timeout=60))
    assert len(stage.lines) == 7
    assert stage.elapsed == pytest.approx(61), "time passes here without cutting the last look"


def test_an_answer_is_not_waited_for_after_the_end(stage: Stage) -> None:
    stage.on(ROUTE, (HANG,), ...)
    stage.on(ROUTE, HOT, (HANG,), ...)
    with pytest.raises(stage.package.WaitTimeout, match="after 0 s") as raised:
        stage.run(bake(stage).wait(timeout=3))
    assert isinstance(raised.value.__cause__, stage.package.Timeout)


def test_a_job_that_does_not_begin_is_given_up(stage: Stage) -> None:
    stage.chance = 1.0
    stage.on(ROUTE, WAITING, ...)
    job = bake(stage)
    with pytest.raises(stage.package.NotStarted, match="not begun in time: it was queued") as raised:
        stage.run(job.wait(start_within=45))
    assert (raised.value.job, raised.value.job_status.state) == (job, "queued")
    assert stage.elapsed == 45.0


def test_a_job_that_has_begun_is_not_given_up(stage: Stage) -> None:
    stage.on(ROUTE, WAITING, HOT, WAITING, WAITING, WAITING, DONE)
    assert stage.run(bake(stage).wait(start_within=timedelta(seconds=3))).state == "succeeded"


def test_a_job_is_stopped_when_its_time_is_up(stage: Stage) -> None:
    stage.on(ROUTE, HOT, ...)
    stage.on("DELETE /bakes/b-1", scripted(b"", 204))
    stage.vendor.on_request = lambda request: stage.pass_by(5.5)
    with pytest.raises(stage.package.WaitTimeout, match=r"after 5[0-9].* s; it was asked to stop") as raised:
        stage.run(bake(stage).wait(timeout=60, on_timeout="cancel"))
    assert raised.value.cancelled is True
    assert [line for line in stage.lines if line != ROUTE] == ["DELETE /bakes/b-1"]
    assert stage.lines[-1] == "DELETE /bakes/b-1"
    assert stage.elapsed == 65.5, "it is asked to stop when the time is up, and each response takes 5.5 seconds"


def test_failing_to_stop_it_does_not_hide_that_the_time_is_up(stage: Stage) -> None:
    stage.on(ROUTE, HOT, ...)
    stage.on("DELETE /bakes/b-1", 400)
    with pytest.raises(stage.package.WaitTimeout, match="could not be stopped") as raised:
        stage.run(bake(stage).wait(timeout=60, on_timeout="cancel"))
    assert raised.value.cancelled is False
    stage.on("DELETE /bakes/b-1", RESETS)
    with pytest.raises(stage.package.WaitTimeout, match="whether it was stopped is not known") as raised:
        stage.run(bake(stage).wait(timeout=60, on_timeout="cancel"))
    assert raised.value.cancelled is None


@pytest.mark.parametrize("refused", [400, 409])
@pytest.mark.parametrize(("end", "error"), [("DONE", None), ("BURNT", "JobFailed"), ("BINNED", "JobCancelled")])
def test_an_end_that_shows_when_it_is_stopped_is_the_result(
    stage: Stage, refused: int, end: str, error: str | None
) -> None:
    shown: list[str] = []
    stage.on(ROUTE, lambda request: scripted({"status": "HOT" if stage.elapsed < 60 else end}), ...)
    stage.on("DELETE /bakes/b-1", refused)
    wait = bake(stage).wait
    options = {"timeout": 60, "on_timeout": "cancel", "on_update": lambda status: shown.append(status.raw_state)}
    if error is None:
        assert stage.run(wait(**options)).raw_state == end
    else:
        with pytest.raises(getattr(stage.package, error)) as raised:
            stage.run(wait(**options))
        assert told(raised.value.history)[-1][1] == end
    assert (stage.elapsed, shown[-1]) == (60.0, end)


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
def test_options_that_make_no_sense_are_refused(stage: Stage, options: dict[str, Any]) -> None:
    with pytest.raises(stage.package.InvalidArgument):
        stage.run(bake(stage).wait(**options))
    assert stage.lines == []


def test_what_cannot_be_stopped_cannot_be_asked_to_stop(stage: Stage) -> None:
    job = stage.client.roasts(roast_id=7, spit="left")
    with pytest.raises(stage.package.InvalidArgument, match="cannot be cancelled"):
        stage.run(job.wait(on_timeout="cancel"))
    assert stage.lines == []
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
def test_faults_that_go_by_are_outlasted(stage: Stage, fault: Script) -> None:
    stage.on(ROUTE, fault, HOT, fault, fault, HOT, fault, DONE)
    assert stage.run(bake(stage).wait()).state == "succeeded"
    assert len(stage.lines) == 7


@pytest.mark.parametrize(("fault", "name"), [(scripted({}, 503), "ServerError"), (RESETS, "TransportError")])
def test_faults_that_last_are_raised_after_a_while(stage: Stage, fault: Script, name: str) -> None:
    """A minute from the first fault on, as the spec says; each good answer begins it anew."""
    stage.on(ROUTE, HOT, *[fault] * 25, HOT, fault, ...)
    job = bake(stage)
    with pytest.raises(getattr(stage.package, name)) as raised:
        stage.run(job.wait())
    assert (raised.value.job, told(raised.value.history)) == (job, [("running", "HOT")])
    assert raised.value.job_status.raw_state == "HOT"
    assert stage.elapsed == 54 + 60


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
def test_other_failures_end_the_wait_at_once(stage: Stage, fault: Script, name: str) -> None:
    stage.on(ROUTE, HOT, fault, DONE)
    job = bake(stage)
    with pytest.raises(getattr(stage.package, name)) as raised:
        stage.run(job.wait())
    assert (raised.value.job, raised.value.job_status.state) == (job, "running")
    assert stage.sleeps == [2.0]


@pytest.mark.parametrize("fault", [RESETS, CUT, scripted(b"<html>", Content_Type="text/html")])
def test_lost_answers_end_a_wait_where_the_spec_says_so(stage: Stage, fault: Script) -> None:
    stage.on("GET /roasts/7", {"state": "Turning"}, fault, {"state": "Ready"})
    with pytest.raises(stage.package.JobClientsError) as raised:
        stage.run(stage.client.roasts(roast_id=7, spit="left").wait())
    assert isinstance(raised.value, stage.package.TransportError | stage.package.DecodeError)
    assert len(stage.lines) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_which_statuses_are_outlasted_where_the_spec_names_none(stage: Stage, status: int) -> None:
    stage.on("GET /roasts/7", status, {"state": "Ready"})
    assert stage.run(stage.client.roasts(roast_id=7, spit="left").wait()).state == "succeeded"


# --- interrupted, and together ---


def test_who_is_interrupted_leaves_the_job_alone_and_may_wait_again(stage: Stage) -> None:
    stage.on(ROUTE, HOT, HOT, DONE)
    job = bake(stage)

    def interrupt(seconds: float) -> None:
        stage.on_sleep = lambda seconds: None
        if stage.mode == "sync":
            raise KeyboardInterrupt
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    stage.on_sleep = interrupt
    with pytest.raises(KeyboardInterrupt if stage.mode == "sync" else asyncio.CancelledError):
        stage.run(job.wait(on_timeout="cancel"))
    assert stage.lines == [ROUTE]
    assert stage.run(job.wait()).state == "succeeded"
    assert stage.lines == [ROUTE] * 3


@pytest.mark.parametrize("handles", [1, 2])
def test_two_who_wait_for_one_job_both_learn_how_it_ended(stage: Stage, handles: int) -> None:
    stage.on(ROUTE, HOT, HOT, HOT, HOT, DONE, ...)
    job = bake(stage)
    other = job if handles == 1 else stage.client.bakes.restore(job.to_json())
    assert [str(status.state) for status in _together(stage, job, other)] == ["succeeded"] * 2


def _together(stage: Stage, *jobs: Any) -> list[Any]:
    if stage.mode == "async":

        async def gathered() -> list[Any]:
            return list(await asyncio.gather(*(job.wait() for job in jobs)))

        found: list[Any] = stage.run(gathered())
        return found
    ended: list[Any] = []
    threads = [threading.Thread(target=lambda job=job: ended.append(job.wait()), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return ended
