"""Stopping jobs: what is sent, what counts as stopped, and whose run it is."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from jobclients_contract.harness.loopback import HANG, RESET, Request, Script, scripted
from kitchen.jobs.harness import PATIENCE, Harness, harness_of

ROUTE, BIN = "GET /bakes/b-1", "DELETE /bakes/b-1"
HOT, DONE = {"status": "HOT"}, {"status": "DONE"}
MENU, STOP = "GET /houses/h-1/menus/lunch", "DELETE /houses/h-1/menus/lunch"


def bake(harness: Harness) -> Any:
    return harness.client.bakes(bake_id="b-1")


def menu(number: int, status: str = "COOKING") -> dict[str, Any]:
    return {"runs": [{"run-id": number, "began": number, "menu": "lunch", "status": status}]}


def test_a_job_is_stopped_by_one_call(harness: Harness) -> None:
    harness.on(BIN, scripted(b"", 204))
    assert harness.run(bake(harness).cancel()) is None
    assert harness.lines == [BIN]


def test_the_call_carries_what_the_spec_says(harness: Harness) -> None:
    harness.on("DELETE /houses/h-1/courses/soup", {})
    job = harness.client.courses(course="soup", table=4, ticket=12, guest="Ada")
    assert harness.run(job.cancel()) is None
    assert harness.lines == ["DELETE /houses/h-1/courses/soup?table=4&ticket=12&why=changed"]


@pytest.mark.parametrize("end", ["DONE", "BURNT", "BINNED"])
@pytest.mark.parametrize("told", [scripted({}, 400), scripted({}, 409)])
def test_stopping_what_has_ended_is_no_failure(harness: Harness, told: Script, end: str) -> None:
    harness.on(BIN, told)
    harness.on(ROUTE, {"status": end})
    assert harness.run(bake(harness).cancel()) is None
    assert harness.lines == [BIN, ROUTE]


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
def test_stopping_in_vain_is_a_failure(harness: Harness, told: Script, name: str) -> None:
    harness.on(BIN, told)
    harness.on(ROUTE, HOT)
    job = bake(harness)
    with pytest.raises(getattr(harness.package, name)) as raised:
        harness.run(job.cancel())
    assert raised.value.job is job


def test_a_refusal_with_a_2xx_status_is_one(harness: Harness) -> None:
    harness.on("DELETE /houses/h-1/courses/soup", {"ok": False}, ...)
    harness.on(
        "GET /houses/h-1/courses/soup", {"state": "in_progress"}, {"state": "completed", "conclusion": "success"}
    )
    job = harness.client.courses(course="soup", table=4, ticket=12)
    with pytest.raises(harness.package.Refused):
        harness.run(job.cancel())
    assert harness.run(job.cancel()) is None


def test_stopping_what_is_not_there(harness: Harness) -> None:
    harness.on(BIN, 404, ...)
    harness.on(ROUTE, HOT)
    job = bake(harness)
    with pytest.raises(harness.package.NotFound):
        harness.run(job.cancel())
    harness.run(job.status())
    with pytest.raises(harness.package.JobExpired):
        harness.run(job.cancel())


# --- by name ---


def test_by_name_the_run_is_looked_at_first(harness: Harness) -> None:
    harness.on(MENU, menu(2))
    harness.on(STOP, scripted(b"", 204))
    harness.run(harness.client.menus.latest(menu="lunch").cancel())
    assert harness.lines == [MENU, STOP]


def test_by_name_another_run_is_not_stopped(harness: Harness) -> None:
    harness.on(MENU, menu(2), menu(3), menu(2, "SERVED"))
    job = harness.client.menus.latest(menu="lunch")
    harness.run(job.status())
    with pytest.raises(harness.package.RunSuperseded):
        harness.run(job.cancel())
    assert harness.run(job.cancel()) is None, "what has ended is left alone: another run may have begun"
    assert harness.lines == [MENU] * 3


def test_by_name_nothing_is_stopped_while_the_run_does_not_show(harness: Harness) -> None:
    harness.on(MENU, menu(1, "SERVED"), *[menu(1, "SERVED")] * 5, menu(1, "SERVED"), menu(2))
    harness.on("POST /houses/h-1/menus/lunch", menu(2))
    harness.on(STOP, scripted(b"", 204))
    job = harness.run(harness.client.menus.submit(menu="lunch"))
    with pytest.raises(harness.package.AmbiguousRun):
        harness.run(job.cancel())
    assert STOP not in harness.lines
    harness.run(job.cancel())
    assert harness.lines[-2:] == [MENU, STOP]


def test_by_name_nothing_is_stopped_after_a_look_that_finds_nothing(harness: Harness) -> None:
    """One 404 says nothing of our run, so that what runs under the name may be another one."""
    harness.on(MENU, menu(2), 404, menu(2, "SERVED"))
    harness.on(STOP, scripted(b"", 204))
    job = harness.client.menus.latest(menu="lunch")
    harness.run(job.status())
    assert harness.run(job.cancel()) is None
    assert harness.lines == [MENU] * 3


def test_a_wait_that_times_out_amid_failures_looks_before_it_stops(harness: Harness) -> None:
    harness.on(MENU, menu(2), *[503] * 10, menu(3))
    with pytest.raises(harness.package.WaitTimeout) as raised:
        harness.run(harness.client.menus.latest(menu="lunch").wait(timeout=10, on_timeout="cancel"))
    assert raised.value.cancelled is False
    assert STOP not in harness.lines


# --- while somebody waits ---


def test_a_callback_may_stop_the_job(harness: Harness) -> None:
    stopped = threading.Event()

    def status(request: Request) -> Script:
        return scripted({"status": "BINNED" if stopped.is_set() else "HOT"})

    def stop(request: Request) -> Script:
        stopped.set()
        return scripted(b"", 204)

    harness.on(ROUTE, status, ...)
    harness.on(BIN, stop)
    job = bake(harness)
    with pytest.raises(harness.package.JobCancelled):
        harness.run(job.wait(on_state=lambda told: job.cancel() if told.raw_state == "HOT" else None))
    assert harness.lines == [ROUTE, BIN, ROUTE]


def test_somebody_else_may_stop_the_job(harness: Harness) -> None:
    """Another thread, or another task, with the same handle."""
    harness.on(ROUTE, HOT, HOT, {"status": "BINNED"})
    harness.on(BIN, scripted(b"", 204))
    job = bake(harness)

    async def beside() -> None:
        waiting = asyncio.create_task(job.wait())
        while not (harness.sleeps or waiting.done()):
            await asyncio.sleep(0)
        await job.cancel()
        await waiting

    def stop(seconds: float) -> None:
        harness.on_sleep = lambda seconds: None
        thread = threading.Thread(target=job.cancel, daemon=True)
        thread.start()
        thread.join(PATIENCE)

    if harness.mode == "sync":
        harness.on_sleep = stop
    with pytest.raises(harness.package.JobCancelled):
        harness.run(job.wait() if harness.mode == "sync" else beside())
    assert harness.lines.count(BIN) == 1


@pytest.mark.parametrize("hung", [(HANG,), (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", HANG)])
@pytest.mark.parametrize("before", [[], [HOT]])
def test_a_task_that_is_cancelled_amid_a_poll(kitchen_clients: Any, before: list[Any], hung: Script) -> None:
    """It ends so; job, client and the only connection are as before."""
    with harness_of("async", kitchen_clients, http={"max_connections": 1}) as harness:
        harness.on(ROUTE, *before, hung, HOT, DONE)
        job = bake(harness)

        async def given_up() -> None:
            waiting = asyncio.create_task(job.wait(on_timeout="cancel"))
            while len(harness.lines) <= len(before) and not waiting.done():
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)
            waiting.cancel()
            await waiting

        with pytest.raises(asyncio.CancelledError):
            harness.run(given_up())
        assert harness.lines == [ROUTE] * (len(before) + 1)
        assert harness.run(job.wait()).state == "succeeded"
        assert len(harness.lines) == len(before) + 3
