"""Waits that are interrupted, watched and called back about, sync and async alike."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from jobclients_core import (
    ConnectionLost,
    JobClientsError,
    TlsFailed,
    Token,
)
from jobclients_core.flow import Send, Sleep
from jobclients_core.jobs import (
    JobState,
    WaitTimeout,
)
from runtime.jobs import kinds
from runtime.jobs.waits import DONE, FAILED, RUNNING, job_in
from runtime.jobs.world import World, async_client, reply, sync_client


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
