"""Stopping jobs: what is sent, what counts as stopped, and whose run it is."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from jobclients_contract.harness.loopback import HANG, RESET, Request, Script, scripted
from kitchen.jobs.stage import PATIENCE, Stage, staged

ROUTE, BIN = "GET /bakes/b-1", "DELETE /bakes/b-1"
HOT, DONE = {"status": "HOT"}, {"status": "DONE"}
MENU, STOP = "GET /houses/h-1/menus/lunch", "DELETE /houses/h-1/menus/lunch"


def bake(stage: Stage) -> Any:
    return stage.client.bakes(bake_id="b-1")


def menu(number: int, status: str = "COOKING") -> dict[str, Any]:
    return {"runs": [{"run-id": number, "began": number, "menu": "lunch", "status": status}]}


def test_a_job_is_stopped_by_one_call(stage: Stage) -> None:
    stage.on(BIN, scripted(b"", 204))
    assert stage.run(bake(stage).cancel()) is None
    assert stage.lines == [BIN]


def test_the_call_carries_what_the_spec_says(stage: Stage) -> None:
    stage.on("DELETE /houses/h-1/courses/soup", {})
    job = stage.client.courses(course="soup", table=4, ticket=12, guest="Ada")
    assert stage.run(job.cancel()) is None
    assert stage.lines == ["DELETE /houses/h-1/courses/soup?table=4&ticket=12&why=changed"]


@pytest.mark.parametrize("end", ["DONE", "BURNT", "BINNED"])
@pytest.mark.parametrize("told", [scripted({}, 400), scripted({}, 409)])
def test_stopping_what_has_ended_is_no_failure(stage: Stage, told: Script, end: str) -> None:
    stage.on(BIN, told)
    stage.on(ROUTE, {"status": end})
    assert stage.run(bake(stage).cancel()) is None
    assert stage.lines == [BIN, ROUTE]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (scripted({}, 400), "BadRequest"),
        (scripted({}, 409), "Conflict"),
        (scripted({}, 403), "PermissionDenied"),
        (scripted({}, 503), "ServerError"),
        ((RESET,), "TransportError"),
    ],
)
def test_stopping_in_vain_is_a_failure(stage: Stage, told: Script, name: str) -> None:
    stage.on(BIN, told)
    stage.on(ROUTE, HOT)
    job = bake(stage)
    with pytest.raises(getattr(stage.package, name)) as raised:
        stage.run(job.cancel())
    assert raised.value.job is job


def test_a_refusal_with_a_2xx_status_is_one(stage: Stage) -> None:
    stage.on("DELETE /houses/h-1/courses/soup", {"ok": False}, ...)
    stage.on("GET /houses/h-1/courses/soup", {"state": "in_progress"}, {"state": "completed", "conclusion": "success"})
    job = stage.client.courses(course="soup", table=4, ticket=12)
    with pytest.raises(stage.package.Refused):
        stage.run(job.cancel())
    assert stage.run(job.cancel()) is None


def test_stopping_what_is_not_there(stage: Stage) -> None:
    stage.on(BIN, 404, ...)
    stage.on(ROUTE, HOT)
    job = bake(stage)
    with pytest.raises(stage.package.NotFound):
        stage.run(job.cancel())
    stage.run(job.status())
    with pytest.raises(stage.package.JobExpired):
        stage.run(job.cancel())


# --- by name ---


def test_by_name_the_run_is_looked_at_first(stage: Stage) -> None:
    stage.on(MENU, menu(2))
    stage.on(STOP, scripted(b"", 204))
    stage.run(stage.client.menus.latest(menu="lunch").cancel())
    assert stage.lines == [MENU, STOP]


def test_by_name_another_run_is_not_stopped(stage: Stage) -> None:
    stage.on(MENU, menu(2), menu(3), menu(2, "SERVED"))
    job = stage.client.menus.latest(menu="lunch")
    stage.run(job.status())
    with pytest.raises(stage.package.RunSuperseded):
        stage.run(job.cancel())
    assert stage.run(job.cancel()) is None, "what has ended is left alone: another run may have begun"
    assert stage.lines == [MENU] * 3


def test_by_name_nothing_is_stopped_while_the_run_does_not_show(stage: Stage) -> None:
    stage.on(MENU, menu(1, "SERVED"), *[menu(1, "SERVED")] * 5, menu(1, "SERVED"), menu(2))
    stage.on("POST /houses/h-1/menus/lunch", menu(2))
    stage.on(STOP, scripted(b"", 204))
    job = stage.run(stage.client.menus.submit(menu="lunch"))
    with pytest.raises(stage.package.AmbiguousRun):
        stage.run(job.cancel())
    assert STOP not in stage.lines
    stage.run(job.cancel())
    assert stage.lines[-2:] == [MENU, STOP]


def test_by_name_nothing_is_stopped_after_a_look_that_finds_nothing(stage: Stage) -> None:
    """One 404 says nothing of our run, so that what runs under the name may be another one."""
    stage.on(MENU, menu(2), 404, menu(2, "SERVED"))
    stage.on(STOP, scripted(b"", 204))
    job = stage.client.menus.latest(menu="lunch")
    stage.run(job.status())
    assert stage.run(job.cancel()) is None
    assert stage.lines == [MENU] * 3


def test_a_wait_that_times_out_amid_failures_looks_before_it_stops(stage: Stage) -> None:
    stage.on(MENU, menu(2), *[503] * 10, menu(3))
    with pytest.raises(stage.package.WaitTimeout) as raised:
        stage.run(stage.client.menus.latest(menu="lunch").wait(timeout=10, on_timeout="cancel"))
    assert raised.value.cancelled is False
    assert STOP not in stage.lines


# --- while somebody waits ---


def test_a_callback_may_stop_the_job(stage: Stage) -> None:
    stopped = threading.Event()

    def status(request: Request) -> Script:
        return scripted({"status": "BINNED" if stopped.is_set() else "HOT"})

    def stop(request: Request) -> Script:
        stopped.set()
        return scripted(b"", 204)

    stage.on(ROUTE, status, ...)
    stage.on(BIN, stop)
    job = bake(stage)
    with pytest.raises(stage.package.JobCancelled):
        stage.run(job.wait(on_state=lambda told: job.cancel() if told.raw_state == "HOT" else None))
    assert stage.lines == [ROUTE, BIN, ROUTE]


def test_somebody_else_may_stop_the_job(stage: Stage) -> None:
    """Another thread, or another task, with the same handle."""
    stage.on(ROUTE, HOT, HOT, {"status": "BINNED"})
    stage.on(BIN, scripted(b"", 204))
    job = bake(stage)

    async def beside() -> None:
        waiting = asyncio.create_task(job.wait())
        while not (stage.sleeps or waiting.done()):
            await asyncio.sleep(0)
        await job.cancel()
        await waiting

    def stop(seconds: float) -> None:
        stage.on_sleep = lambda seconds: None
        thread = threading.Thread(target=job.cancel, daemon=True)
        thread.start()
        thread.join(PATIENCE)

    if stage.mode == "sync":
        stage.on_sleep = stop
    with pytest.raises(stage.package.JobCancelled):
        stage.run(job.wait() if stage.mode == "sync" else beside())
    assert stage.lines.count(BIN) == 1


@pytest.mark.parametrize("hung", [(HANG,), (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", HANG)])
@pytest.mark.parametrize("before", [[], [HOT]])
def test_a_task_that_is_cancelled_amid_a_poll(kitchen_clients: Any, before: list[Any], hung: Script) -> None:
    """It ends so; job, client and the only connection are as before."""
    with staged("async", kitchen_clients, http={"max_connections": 1}) as stage:
        stage.on(ROUTE, *before, hung, HOT, DONE)
        job = bake(stage)

        async def given_up() -> None:
            waiting = asyncio.create_task(job.wait(on_timeout="cancel"))
            while len(stage.lines) <= len(before) and not waiting.done():
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)
            waiting.cancel()
            await waiting

        with pytest.raises(asyncio.CancelledError):
            stage.run(given_up())
        assert stage.lines == [ROUTE] * (len(before) + 1)
        assert stage.run(job.wait()).state == "succeeded"
        assert len(stage.lines) == len(before) + 3
