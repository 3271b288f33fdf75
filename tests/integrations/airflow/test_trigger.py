"""The trigger: how a task ends by it, what triggers share, and when a job is cancelled."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk import TaskInstanceState
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.sdk.execution_time.xcom import XCom
from airflow.triggers.base import TaskFailedEvent, TaskSuccessEvent, TriggerEvent
from integrations.airflow.tasks import CONNECTION, FakeTask
from jobclients_core.integrations.airflow.hooks.jobclients import JobClientsHook
from jobclients_core.integrations.airflow.triggers import registry
from jobclients_core.integrations.airflow.triggers.jobclients import JobClientsJobTrigger
from jobclients_core.testing import FakeVendor
from structlog.testing import capture_logs

Serve = Callable[..., FakeVendor]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "LINGER", 0.0)


@pytest.fixture
def xcoms(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The XComs that are pushed, by key."""
    pushed: dict[str, Any] = {}

    async def push(*, key: str, value: Any, **where: Any) -> None:
        assert where == {"dag_id": "dag", "task_id": "task", "run_id": "run", "map_index": -1}
        pushed[key] = value

    monkeypatch.setattr(XCom, "aset", push)
    return pushed


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The connections that were read by the triggerer."""
    found: list[str] = []
    original = JobClientsHook.aget_connection

    async def read(conn_id: str) -> Any:
        connection = await original(conn_id)
        found.append(conn_id)
        return connection

    monkeypatch.setattr(JobClientsHook, "aget_connection", staticmethod(read))
    return found


def sql_handle(number: int = 0) -> str:
    """A job that is submitted now, as text."""
    hook = JobClientsHook(CONNECTION)
    return hook.submit_job("sql_jobs", {"sql": f"SELECT {number}"}).to_json()


def run_handle(name: str = "nightly") -> str:
    return JobClientsHook(CONNECTION).submit_job("runs", {"job_name": name}).to_json()


def trigger(handle: str, **arguments: Any) -> JobClientsJobTrigger:
    """A trigger as a triggerer makes it: from what was stored."""
    _, stored = JobClientsJobTrigger(handle, CONNECTION, **arguments).serialize()
    made = JobClientsJobTrigger(**json.loads(json.dumps(stored)))
    made.task_instance = FakeTask()  # type: ignore[assignment]
    return made


async def event_of(waiting: JobClientsJobTrigger) -> TriggerEvent:
    """The one event of a trigger, which returns behind it."""
    (event,) = [event async for event in waiting.run()]
    return event


async def settle() -> None:
    """Let what was scheduled happen."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_an_end_resumes_the_operator_with_what_its_xcom_is(serve: Serve) -> None:
    serve("huawei_cdm", lifecycle="running*2,succeeded")
    event = asyncio.run(event_of(trigger(run_handle())))
    assert type(event) is TriggerEvent
    assert event.payload["error"] is None
    assert event.payload["job"]["state"] == "succeeded"


def test_both_ways_of_ending_have_the_same_xcom(serve: Serve, xcoms: dict[str, Any]) -> None:
    serve("huawei_cdm", lifecycle="succeeded")
    handle = run_handle()
    resumed = asyncio.run(event_of(trigger(handle)))
    ended = asyncio.run(event_of(trigger(handle, end_from_trigger=True)))
    assert type(ended) is TaskSuccessEvent
    assert ended.xcoms is None, "a value in an event comes back as a text"
    assert xcoms == {"return_value": resumed.payload["job"]}


def test_no_xcom_where_the_task_pushes_none(serve: Serve, xcoms: dict[str, Any]) -> None:
    serve("huawei_cdm", lifecycle="succeeded")
    event = asyncio.run(event_of(trigger(run_handle(), end_from_trigger=True, do_xcom_push=False)))
    assert (type(event), xcoms) == (TaskSuccessEvent, {})


def test_a_worker_ends_the_task_where_the_xcom_cannot_be_pushed(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(**arguments: Any) -> None:
        raise RuntimeError("no")

    serve("huawei_cdm", lifecycle="succeeded")
    monkeypatch.setattr(XCom, "aset", refuse)
    event = asyncio.run(event_of(trigger(run_handle(), end_from_trigger=True)))
    assert event.payload["job"]["state"] == "succeeded"


@pytest.mark.parametrize("end", [False, True])
def test_a_failure(serve: Serve, xcoms: dict[str, Any], end: bool) -> None:
    serve("huawei_cdm", lifecycle="running,failed")
    event = asyncio.run(event_of(trigger(run_handle(), end_from_trigger=end)))
    if end:
        assert (type(event), xcoms) == (TaskFailedEvent, {})
    else:
        assert "the job ended as failed" in event.payload["error"]
        assert event.payload["job"]["state"] == "failed"


def test_warnings_can_be_failures(serve: Serve) -> None:
    serve("datameer", lifecycle="succeeded_with_warnings")
    handle = JobClientsHook(CONNECTION).submit_job("executions", {"configuration": 7}).to_json()
    assert asyncio.run(event_of(trigger(handle))).payload["error"] is None
    assert "warnings" in asyncio.run(event_of(trigger(handle, warnings="raise"))).payload["error"]


def test_a_time_that_is_up_fails_the_task_and_leaves_the_job(serve: Serve) -> None:
    fake = serve("huawei_cdm", lifecycle="running*999,succeeded")
    event = asyncio.run(event_of(trigger(run_handle(), timeout=60)))
    assert "it was still running" in event.payload["error"]
    assert "stop_job" not in operations(fake)


def test_a_time_that_is_up_cancels_if_asked_for(serve: Serve) -> None:
    fake = serve("huawei_cdm", lifecycle="running*999,succeeded")
    asyncio.run(event_of(trigger(run_handle(), timeout=60, on_timeout="cancel")))
    assert "stop_job" in operations(fake)


def test_a_restart_of_the_triggerer_gives_no_more_time(serve: Serve) -> None:
    fake = serve("huawei_cdm", lifecycle="running*999,succeeded")
    waiting = trigger(run_handle(), timeout=60, until=fake.now.timestamp() + 60)
    fake.clock.advance(50)
    asyncio.run(event_of(waiting))
    assert fake.clock.elapsed < 80


def test_a_handle_of_another_account_fails_the_task(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    serve("huawei_cdm")
    handle = run_handle().replace("huawei-cdm.test", "other.test")
    assert "checksum" in asyncio.run(event_of(trigger(handle))).payload["error"]


def test_each_change_is_logged(serve: Serve) -> None:
    serve("huawei_dli", lifecycle="running*3,succeeded")
    with capture_logs() as entries:
        asyncio.run(event_of(trigger(sql_handle())))
    lines = [str(entry["event"]) % entry.get("positional_args", ()) for entry in entries]
    assert [sum(f": {state}" in line for line in lines) for state in ("running", "succeeded")] == [1, 1]


def test_the_page_of_the_job_is_linked_while_the_task_is_deferred(
    serve: Serve, xcoms: dict[str, Any], page: str
) -> None:
    event = asyncio.run(event_of(trigger(sql_handle(), end_from_trigger=True)))
    assert type(event) is TaskSuccessEvent
    assert xcoms["_link_JobClientsJobLink"] == xcoms["return_value"]["page_url"] == page


def test_a_link_that_cannot_be_pushed_is_no_failure(serve: Serve, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(**arguments: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(XCom, "aset", refuse)
    assert asyncio.run(event_of(trigger(sql_handle()))).payload["job"]["page_url"] == page


def test_many_triggers_are_few_requests(serve: Serve, reads: list[str]) -> None:
    fake = serve("huawei_dli", lifecycle="running*2,succeeded")
    handles = [sql_handle(number) for number in range(50)]
    before = len(fake.requests)

    async def wait() -> list[TriggerEvent]:
        return await asyncio.gather(*(event_of(trigger(handle)) for handle in handles))

    events = asyncio.run(wait())
    assert [event.payload["job"]["state"] for event in events] == ["succeeded"] * 50
    assert {event.payload["job"]["identity"]["job_id"] for event in events} == {
        json.loads(handle)["identity"]["job_id"] for handle in handles
    }
    assert reads == [CONNECTION]
    lists = sum(seen.operation == "list_sql_jobs" for seen in fake.requests[before:])
    # Each of the fifty is asked about alone at its end, and only then.
    assert (lists <= 4, len(fake.requests) - before) == (True, 50 + lists)


def test_two_triggers_wait_for_one_job(serve: Serve) -> None:
    serve("huawei_dli", lifecycle="running*2,succeeded")
    handle = sql_handle()

    async def wait() -> list[TriggerEvent]:
        return list(await asyncio.gather(event_of(trigger(handle)), event_of(trigger(handle))))

    assert [event.payload["job"]["state"] for event in asyncio.run(wait())] == ["succeeded"] * 2


def test_one_trigger_that_is_cancelled_does_not_concern_the_others(serve: Serve, reads: list[str]) -> None:
    serve("huawei_dli", lifecycle="running*5,succeeded")
    handles = [sql_handle(number) for number in range(2)]

    async def wait() -> TriggerEvent:
        # The first one is the one whose task reads the connection.
        first = asyncio.create_task(event_of(trigger(handles[0])))
        second = asyncio.create_task(event_of(trigger(handles[1])))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(wait()).payload["job"]["state"] == "succeeded"
    assert reads == [CONNECTION]


def test_a_connection_that_is_gone_fails_each_and_is_read_again(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    serve("huawei_dli", lifecycle="succeeded")
    handle = sql_handle()

    async def wait() -> TriggerEvent:
        with monkeypatch.context() as patch:
            patch.delenv(f"AIRFLOW_CONN_{CONNECTION.upper()}")
            with pytest.raises(Exception, match=CONNECTION):
                await event_of(trigger(handle))
            await settle()
        return await event_of(trigger(handle))

    assert asyncio.run(wait()).payload["job"]["state"] == "succeeded"


def test_a_connection_that_was_changed_is_read_again_for_jobs_of_its_new_server(
    serve: Serve, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve("huawei_dli", lifecycle="running*5,succeeded")
    before = sql_handle()
    variable = f"AIRFLOW_CONN_{CONNECTION.upper()}"

    async def wait() -> list[TriggerEvent]:
        old = asyncio.create_task(event_of(trigger(before)))
        async with asyncio.timeout(30):
            while not reads:
                await asyncio.sleep(0.001)
        monkeypatch.setenv(variable, os.environ[variable].replace("://", "://new-"))
        after = sql_handle(1)
        assert json.loads(after)["origin"] != json.loads(before)["origin"]
        new = asyncio.create_task(event_of(trigger(after)))
        again = asyncio.create_task(event_of(trigger(after, warnings="raise")))
        return list(await asyncio.gather(old, new, again))

    assert [event.payload["job"]["state"] for event in asyncio.run(wait())] == ["succeeded"] * 3
    assert reads == [CONNECTION] * 2


def test_triggers_of_all_options_share_a_client(serve: Serve, reads: list[str]) -> None:
    serve("huawei_cdm", lifecycle="running*5,succeeded")
    handle = run_handle()
    options: list[dict[str, Any]] = [{}, {"warnings": "raise"}, {"on_timeout": "cancel"}]

    async def wait() -> list[TriggerEvent]:
        return list(await asyncio.gather(*(event_of(trigger(handle, **one)) for one in options)))

    assert [event.payload["error"] for event in asyncio.run(wait())] == [None] * 3
    assert reads == [CONNECTION]


def test_the_client_is_closed_when_nobody_has_used_it_for_a_while(serve: Serve) -> None:
    serve("huawei_dli", lifecycle="succeeded")
    handle = sql_handle()

    async def wait() -> Any:
        sharing = registry.Sharing(CONNECTION)
        async with registry.shared_jobs(sharing) as shared:
            pass
        async with registry.shared_jobs(sharing) as again:
            assert again is shared
        await asyncio.sleep(0.01)
        await settle()
        async with registry.shared_jobs(sharing) as other:
            assert other is not shared
        return shared.job(handle)

    job = asyncio.run(wait())
    with pytest.raises(Exception, match="the client is closed"):
        asyncio.run(job.status())


STATES = [
    (TaskInstanceState.FAILED, True),
    (TaskInstanceState.SUCCESS, True),
    (TaskInstanceState.SKIPPED, True),
    (TaskInstanceState.DEFERRED, False),
    (TaskInstanceState.RUNNING, False),
    (TaskInstanceState.UP_FOR_RETRY, False),
    (None, False),
]


@pytest.mark.parametrize(("state", "cancelled"), STATES)
def test_only_a_mark_cancels_the_job(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, state: Any, cancelled: bool
) -> None:
    fake = serve("huawei_cdm", lifecycle="running*99,succeeded")
    asked: list[dict[str, Any]] = []

    def states(**arguments: Any) -> dict[str, Any]:
        asked.append(arguments)
        return {"run": {"task": state}}

    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", states)
    asyncio.run(trigger(run_handle(), cancel_on_kill=True).on_kill())
    assert ("stop_job" in operations(fake)) is cancelled
    assert asked == [{"dag_id": "dag", "task_ids": ["task"], "run_ids": ["run"], "map_index": -1}]


def test_nothing_is_cancelled_unless_asked_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = serve("huawei_cdm", lifecycle="running*99,succeeded")

    def states(**arguments: Any) -> dict[str, Any]:
        return {"run": {"task": "failed"}}

    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", states)
    waiting = trigger(run_handle())
    asyncio.run(waiting.on_kill())
    asyncio.run(waiting.cleanup())
    assert "stop_job" not in operations(fake)


def operations(fake: FakeVendor) -> set[str]:
    """The operations that were called."""
    return {seen.operation for seen in fake.requests}
