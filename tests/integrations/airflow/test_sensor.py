"""The sensor: jobs of others by handle and by id, in each of its modes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from airflow.models.trigger import Trigger
from airflow.sdk import DAG
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    TaskDeferred,
)
from airflow.serialization.decoders import smart_decode_trigger_kwargs
from airflow.serialization.serialized_objects import DagSerialization
from integrations.airflow.tasks import CONNECTION, TaskRuns
from jobclients_core import InvalidArgument
from jobclients_core.integrations.airflow.hooks.jobclients import JobClientsHook
from jobclients_core.integrations.airflow.sensors.jobclients import JobClientsJobSensor
from jobclients_core.integrations.airflow.triggers import registry
from jobclients_core.integrations.airflow.triggers.jobclients import JobClientsJobTrigger
from jobclients_core.testing import FakeVendor

Serve = Callable[..., FakeVendor]

SERVER = {"project_id": "p", "cluster_id": "c"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "LINGER", 0.0)


def sensor(**arguments: Any) -> JobClientsJobSensor:
    given = {
        "task_id": "task",
        "jobclients_conn_id": CONNECTION,
        "poke_interval": 0,
        "dag": DAG("dag", schedule=None),
        **arguments,
    }
    return JobClientsJobSensor(**given)


def run_handle(name: str = "nightly") -> str:
    return JobClientsHook(CONNECTION).submit_job("runs", {"job_name": name}).to_json()


def outcome(waiting: JobClientsJobSensor, runs: TaskRuns) -> Any:
    """What a sensor returns, whoever waits."""
    try:
        return waiting.execute(runs.context)
    except TaskDeferred as left:
        _, stored = left.trigger.serialize()
        trigger = JobClientsJobTrigger(**json.loads(json.dumps(stored)))
        (event,) = asyncio.run(_events(trigger))
        return waiting.resume_execution(left.method_name, {"event": event.payload}, runs.context)
    except AirflowRescheduleException:
        return outcome(waiting, runs)


async def _events(trigger: JobClientsJobTrigger) -> list[Any]:
    return [event async for event in trigger.run()]


MODES = pytest.mark.parametrize(
    "mode",
    [{"deferrable": True}, {"deferrable": False}, {"deferrable": False, "mode": "reschedule"}],
    ids=["deferred", "poke", "reschedule"],
)


@pytest.fixture(autouse=True)
def rescheduled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.airflow.tasks.FakeTask.get_first_reschedule_date", lambda *_: None, raising=False)


@MODES
def test_a_job_by_its_handle(serve: Serve, runs: TaskRuns, mode: dict[str, Any]) -> None:
    fake = serve("huawei_cdm", lifecycle="running*3,succeeded")
    handle = run_handle()
    found = outcome(sensor(handle=handle, **mode), runs)
    assert found["state"] == "succeeded"
    assert found["identity"]["job_name"] == "nightly"
    assert len(fake.submissions) == 1


@MODES
def test_a_job_by_its_id(serve: Serve, runs: TaskRuns, mode: dict[str, Any]) -> None:
    fake = serve("alation", strict=True)
    fake.job("jobs", "running*3,succeeded", id=7)
    fake.job("jobs", "failed", id=8)
    found = outcome(sensor(job_type="jobs", identity={"id": 7}, **mode), runs)
    assert (found["state"], found["identity"]) == ("succeeded", {"id": 7})


def test_the_latest_run_by_the_name_of_its_job(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_cdm")
    fake.job("runs", "failed", job_name="nightly", **SERVER)
    fake.job("runs", "running,succeeded", job_name="nightly", **SERVER)
    found = outcome(sensor(job_type="runs", identity={"job_name": "nightly"}), runs)
    assert (found["state"], found["attribution"]) == ("succeeded", "latest")


@MODES
@pytest.mark.parametrize("lifecycle", ["running*2,failed", "failed"])
def test_a_job_that_failed_fails_the_sensor_for_good(
    serve: Serve, runs: TaskRuns, mode: dict[str, Any], lifecycle: str
) -> None:
    serve("huawei_cdm", lifecycle=lifecycle)
    with pytest.raises(AirflowFailException, match="the job ended as failed"):
        outcome(sensor(handle=run_handle(), **mode), runs)


@MODES
@pytest.mark.parametrize("soft", ["soft_fail", "never_fail"])
@pytest.mark.parametrize("lifecycle", ["running*2,failed", "failed"])
def test_a_job_that_failed_skips_if_asked_for(
    serve: Serve, runs: TaskRuns, mode: dict[str, Any], lifecycle: str, soft: str
) -> None:
    serve("huawei_cdm", lifecycle=lifecycle)
    with pytest.raises(AirflowSkipException):
        outcome(sensor(handle=run_handle(), **{soft: True}, **mode), runs)


@MODES
@pytest.mark.parametrize("fault", ["503@1*3", "reset@1*3", "html@1*3"])
def test_a_vendor_that_is_down_for_a_while(serve: Serve, runs: TaskRuns, mode: dict[str, Any], fault: str) -> None:
    fake = serve("huawei_cdm", lifecycle="succeeded")
    handle = run_handle()
    fake.fail(fault)
    assert outcome(sensor(handle=handle, **mode), runs)["state"] == "succeeded"


@MODES
def test_a_refused_password_may_be_tried_again(serve: Serve, runs: TaskRuns, mode: dict[str, Any]) -> None:
    fake = serve("huawei_cdm", lifecycle="succeeded")
    handle = run_handle()
    fake.fail("401@1*99")
    with pytest.raises(AirflowException) as caught:
        outcome(sensor(handle=handle, **mode), runs)
    assert not isinstance(caught.value, AirflowFailException)


@MODES
def test_a_job_that_is_gone(serve: Serve, runs: TaskRuns, mode: dict[str, Any]) -> None:
    """Also where each poke is a process of its own: that it does not show is settled within one."""
    fake = serve("huawei_dli", lifecycle="running*9,succeeded", strict=True)
    job = JobClientsHook(CONNECTION).submit_job("sql_jobs", {"sql": "SELECT 1"})
    job.status()
    handle = job.to_json()
    fake.reset()
    fake.clock.advance(3600)
    with pytest.raises(AirflowException, match="does not know the job any more"):
        outcome(sensor(handle=handle, **mode), runs)


@MODES
def test_both_ways_have_the_xcom_of_the_operator(serve: Serve, runs: TaskRuns, mode: dict[str, Any]) -> None:
    serve("huawei_cdm", lifecycle="succeeded")
    found = outcome(sensor(handle=run_handle(), **mode), runs)
    assert {"state", "result", "run_id", "handle"} <= set(found)
    json.dumps(found)


def test_warnings_can_be_failures(serve: Serve, runs: TaskRuns) -> None:
    serve("datameer", lifecycle="succeeded_with_warnings")
    handle = JobClientsHook(CONNECTION).submit_job("executions", {"configuration": 7}).to_json()
    assert outcome(sensor(handle=handle), runs)["state"] == "succeeded_with_warnings"
    with pytest.raises(AirflowFailException):
        outcome(sensor(handle=handle, warnings="raise"), runs)


@pytest.mark.parametrize("mode", ["poke", "reschedule"])
def test_time_that_is_up(serve: Serve, runs: TaskRuns, mode: str) -> None:
    serve("huawei_cdm", lifecycle="running*999,succeeded")
    with pytest.raises(AirflowSensorTimeout):
        outcome(sensor(handle=run_handle(), deferrable=False, timeout=0, mode=mode), runs)


def test_time_that_is_up_in_the_triggerer(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_cdm", lifecycle="running*999,succeeded")
    waiting = sensor(handle=run_handle(), timeout=30)
    with pytest.raises(TaskDeferred) as caught:
        waiting.execute(runs.context)
    assert caught.value.timeout is not None
    assert caught.value.timeout.total_seconds() == 30
    with pytest.raises(AirflowSensorTimeout):
        waiting.resume_execution("__fail__", {"error": "Trigger timeout"}, runs.context)


@pytest.mark.parametrize(
    "named", [{}, {"job_type": "runs"}, {"identity": {}}, {"handle": "x", "job_type": "runs", "identity": {"id": 1}}]
)
def test_a_job_is_named_in_one_way(named: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either handle, or job_type and identity"):
        sensor(**named)


@pytest.mark.parametrize(
    ("job_type", "identity", "said"),
    [
        ("walks", {}, "has no job type 'walks'; it has runs"),
        ("runs", {}, "wants job_name"),
        ("runs", {"job_name": "a", "colour": 1}, "takes no colour"),
    ],
)
def test_wrong_names_are_told(serve: Serve, runs: TaskRuns, job_type: str, identity: Any, said: str) -> None:
    serve("huawei_cdm")
    with pytest.raises(AirflowException, match=said) as caught:
        sensor(job_type=job_type, identity=identity).execute(runs.context)
    assert isinstance(caught.value.__cause__, InvalidArgument)


def test_a_sensor_may_begin_in_the_triggerer(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    serve("huawei_cdm", lifecycle="running,succeeded")
    waiting = sensor(handle=run_handle(), start_from_trigger=True, warnings="raise", timeout=30)
    # What the scheduler reads of the DAG, whose tasks it has as JSON.
    assert waiting.dag is not None
    stored = json.loads(json.dumps(DagSerialization.to_dict(waiting.dag)))
    task = DagSerialization.from_dict(stored).get_task("task")
    assert task.start_from_trigger is True
    begun = task.start_trigger_args
    assert begun is not None
    assert (begun.next_method, begun.timeout) == ("execute_complete", timedelta(seconds=30))
    assert "a-secret-token" not in json.dumps(stored)
    # What the triggerer makes of the row that the scheduler writes.
    written: Any = begun.trigger_kwargs
    kept = Trigger._decrypt_kwargs(Trigger.encrypt_kwargs(written))
    decode: Callable[[Any], Any] = smart_decode_trigger_kwargs
    assert begun.trigger_cls == f"{JobClientsJobTrigger.__module__}.{JobClientsJobTrigger.__name__}"
    arguments: dict[str, Any] = {name: decode(value) for name, value in kept.items()}
    trigger = JobClientsJobTrigger(**arguments)
    (event,) = asyncio.run(_events(trigger))
    assert event.payload["job"]["state"] == "succeeded"
    assert trigger.warnings == "raise"


@pytest.mark.parametrize(
    "arguments",
    [
        {"handle": "{{ ti.xcom_pull('submit')['handle'] }}"},
        {"job_type": "runs", "identity": {"job_name": "nightly"}},
    ],
)
def test_only_a_handle_begins_in_the_triggerer(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needs the handle of a job"):
        sensor(**arguments, start_from_trigger=True)


def test_the_output_of_a_task_does_not_begin_in_the_triggerer() -> None:
    with DAG("dag", schedule=None) as dag:
        submitted = sensor(task_id="submitted", handle="{}", dag=dag)
        with pytest.raises(ValueError, match="needs the handle of a job"):
            sensor(handle=submitted.output, start_from_trigger=True, dag=dag)
