"""The batch operator and its trigger: what is submitted once, what a failure means, and what comes out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk import DAG, TaskInstanceState
from airflow.sdk.exceptions import AirflowException, TaskDeferred
from airflow.sdk.execution_time.context import NEVER_EXPIRE
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.triggers.base import TriggerEvent
from integrations.airflow.tasks import CONNECTION, FakeTask, TaskRuns
from jobclients_core import InvalidArgument
from jobclients_core.integrations.airflow.operators.batch import JobClientsBatchOperator
from jobclients_core.integrations.airflow.triggers import registry
from jobclients_core.integrations.airflow.triggers.batch import JobClientsBatchTrigger
from jobclients_core.integrations.airflow.utils.batch import named, pack, record_key, unpack
from jobclients_core.testing import FakeVendor

Serve = Callable[..., FakeVendor]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "LINGER", 0.0)


def batch(count: int = 3, **arguments: Any) -> JobClientsBatchOperator:
    """A batch of SQL jobs for the vendor that is served, which are called a, b, c and so on."""
    jobs = {chr(ord("a") + number): {"sql": f"SELECT {number}"} for number in range(count)}
    given = {
        "task_id": "task",
        "jobclients_conn_id": CONNECTION,
        "job_type": "sql_jobs",
        "jobs": jobs,
        "dag": DAG("dag", schedule=None),
        **arguments,
    }
    return JobClientsBatchOperator(**given)


def deferred(operator: JobClientsBatchOperator, runs: TaskRuns) -> JobClientsBatchTrigger:
    """The trigger to which the wait is left, as a triggerer makes it."""
    with pytest.raises(TaskDeferred) as caught:
        operator.execute(runs.context)
    return restored(caught.value)


def restored(left: TaskDeferred) -> JobClientsBatchTrigger:
    assert left.method_name == "execute_complete"
    path, stored = left.trigger.serialize()
    assert path == "jobclients_core.integrations.airflow.triggers.batch.JobClientsBatchTrigger"
    made = JobClientsBatchTrigger(**json.loads(json.dumps(stored)))
    made.task_instance = FakeTask()  # type: ignore[assignment]
    return made


async def event_of(waiting: JobClientsBatchTrigger) -> TriggerEvent:
    (event,) = [event async for event in waiting.run()]
    return event


def ended(operator: JobClientsBatchOperator, runs: TaskRuns) -> Any:
    """The XCom of a task, whoever waits for its jobs."""
    try:
        return operator.execute(runs.context)
    except TaskDeferred as left:
        event = asyncio.run(event_of(restored(left)))
        return operator.execute_complete(runs.context, json.loads(json.dumps(event.payload)))


def cancels(fake: FakeVendor) -> int:
    return sum(seen.operation.startswith("cancel") for seen in fake.requests)


BOTH = pytest.mark.parametrize("deferrable", [True, False], ids=["deferred", "on a worker"])


@BOTH
def test_each_job_is_submitted_once_and_has_a_result(serve: Serve, runs: TaskRuns, deferrable: bool) -> None:
    fake = serve("huawei_dli", lifecycle="running*2,succeeded")
    found = ended(batch(deferrable=deferrable), runs)
    assert list(found) == ["a", "b", "c"]
    assert [facts["state"] for facts in found.values()] == ["succeeded"] * 3
    assert len({facts["run_id"] for facts in found.values()}) == 3
    assert {facts["failure"] for facts in found.values()} == {None}
    assert len(fake.submissions) == 3
    json.dumps(found)


def test_both_ways_of_waiting_have_the_same_keys(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_dli", lifecycle="succeeded")
    first, second = ended(batch(), runs), ended(batch(deferrable=False), TaskRuns())
    assert [list(facts) for facts in first.values()] == [list(facts) for facts in second.values()]


def test_a_list_is_named_by_places(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_dli", lifecycle="succeeded")
    found = ended(batch(jobs=[{"sql": "SELECT 1"}, {"sql": "SELECT 2"}]), runs)
    assert list(found) == ["0", "1"]


def test_no_jobs(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_dli")
    assert ended(batch(jobs=[], deferrable=False), runs) == {}
    assert batch(jobs={}).execute(runs.context) == {}
    assert not fake.submissions


@pytest.mark.parametrize("wrong", ["[{'sql': 'SELECT 1'}]", 3, None, {1: {}, "1": {}}, ["SELECT 1"]])
def test_what_is_no_batch_is_refused_before_anything_is_submitted(serve: Serve, runs: TaskRuns, wrong: Any) -> None:
    fake = serve("huawei_dli")
    with pytest.raises(InvalidArgument):
        batch(jobs=wrong).execute(runs.context)
    assert not fake.submissions


# --- records ---


def test_each_record_is_kept_for_good_before_and_after_its_request(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_dli")
    deferred(batch(), runs)
    assert sorted(runs.store.values) == ["jobclients", "jobclients/a", "jobclients/b", "jobclients/c"]
    assert len(runs.store.retentions) == 7
    assert set(runs.store.retentions) == {NEVER_EXPIRE}
    assert "a-secret-token" not in json.dumps(runs.store.values)


def test_a_first_try_does_not_read_what_cannot_be_there(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_dli", lifecycle="running*9,succeeded")
    read: list[str] = []
    original = runs.store.get

    def get(key: str, default: Any = None) -> Any:
        read.append(key)
        return original(key, default)

    runs.store.get = get  # type: ignore[method-assign]
    deferred(batch(), runs)
    assert read == ["jobclients"]
    runs.retry()
    deferred(batch(), runs)
    assert sorted(read[1:]) == ["jobclients", "jobclients/a", "jobclients/b", "jobclients/c"]


def test_a_retry_attaches_to_all_jobs(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_dli", lifecycle="running*9,succeeded")
    first = unpack(deferred(batch(), runs).handles)
    runs.retry()
    second = unpack(deferred(batch(), runs).handles)
    assert [json.loads(text)["identity"] for text in second.values()] == [
        json.loads(text)["identity"] for text in first.values()
    ]
    assert len(fake.submissions) == 3


@pytest.mark.parametrize("kept", range(8))
@pytest.mark.parametrize("vendor", ["huawei_dli", "huawei_cdm"])
def test_a_killed_task_goes_on_where_it_was(serve: Serve, runs: TaskRuns, vendor: str, kept: int) -> None:
    """At each of the times at which something is kept: the rest is submitted by the next try, and nothing twice."""
    fake = serve(vendor, lifecycle="running*99,succeeded")
    given: dict[str, Any] = {"concurrency": 1}
    if vendor == "huawei_cdm":
        given |= {"job_type": "runs", "jobs": {name: {"job_name": name} for name in "abc"}}
    original, left = runs.store.set, iter(range(kept))

    def killed(*arguments: Any, **more: Any) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        original(*arguments, **more)

    if kept < 7:
        runs.store.set = killed  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            batch(**given).execute(runs.context)
        runs.store.set = original  # type: ignore[method-assign]
        runs.retry()
    fake.clock.advance(130)
    trigger = deferred(batch(**given), runs)
    assert list(unpack(trigger.handles)) == ["a", "b", "c"]
    assert trigger.ended == {}
    assert len(fake.submissions) == 3


def test_a_submission_of_which_nobody_knows_is_not_repeated(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_dli", lifecycle="running*9,succeeded")
    fake.fail("reset@2", operation="submit_sql_job")
    fake.fail("503@1*9999", operation="list_sql_jobs")
    trigger = deferred(batch(concurrency=1), runs)
    assert "Nothing was submitted a second time" in trigger.ended["b"]["failure"]
    assert [name for name, text in unpack(trigger.handles).items() if text] == ["a", "c"]
    assert len(fake.submissions) == 3
    fake.faults.clear()
    fake.clock.advance(130)
    runs.retry()
    assert deferred(batch(), runs).ended == {}
    assert len(fake.submissions) == 3


def test_a_clear_submits_what_nobody_knows_of_and_nothing_else(
    serve: Serve, runs: TaskRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies with its request on the way leaves a job that the vendor never took, which nothing proves."""
    fake = serve("huawei_dli", lifecycle="running,succeeded")
    original, posts = fake.respond, iter(range(9))

    def respond(request: Any) -> Any:
        if request.method == "POST" and next(posts) == 1:
            raise KeyboardInterrupt
        return original(request)

    monkeypatch.setattr(fake, "respond", respond)
    with pytest.raises(KeyboardInterrupt):
        batch(concurrency=1).execute(runs.context)
    runs.retry()
    fake.clock.advance(600)
    with pytest.raises(AirflowException, match=r"1 of 3 jobs did not end well\nb: .*clear this task"):
        ended(batch(concurrency=1), runs)
    assert len(fake.submissions) == 2
    runs.clear()
    found = ended(batch(concurrency=1), runs)
    assert [facts["state"] for facts in found.values()] == ["succeeded"] * 3
    assert len(fake.submissions) == 3


@pytest.mark.parametrize(("again", "submissions"), [("failed", 4), ("never", 3)])
def test_a_retry_submits_anew_what_has_failed(serve: Serve, runs: TaskRuns, again: Any, submissions: int) -> None:
    fake = serve("huawei_dli", lifecycle="succeeded")
    fake.next("failed", "sql_jobs")
    operator = batch(again=again)
    with pytest.raises(AirflowException, match="1 of 3 jobs did not end well"):
        ended(operator, runs)
    runs.retry()
    deferred(batch(again=again), runs)
    assert len(fake.submissions) == submissions


def test_a_task_cleared_while_its_jobs_run_attaches_to_them(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_dli", lifecycle="running*99,succeeded")
    deferred(batch(), runs)
    runs.clear()
    deferred(batch(), runs)
    assert len(fake.submissions) == 3


@BOTH
def test_a_task_cleared_after_it_ended_well_submits_all_anew(serve: Serve, runs: TaskRuns, deferrable: bool) -> None:
    fake = serve("huawei_dli", lifecycle="running,succeeded")
    ended(batch(deferrable=deferrable), runs)
    runs.clear()
    ended(batch(deferrable=deferrable), runs)
    assert len(fake.submissions) == 6


@BOTH
def test_a_task_cleared_after_it_failed_submits_anew_what_did_not_end_well(
    serve: Serve, runs: TaskRuns, deferrable: bool
) -> None:
    fake = serve("huawei_dli", lifecycle="running,succeeded")
    fake.next("running,failed", "sql_jobs")
    with pytest.raises(AirflowException, match="1 of 3"):
        ended(batch(deferrable=deferrable, concurrency=1), runs)
    runs.clear()
    found = ended(batch(deferrable=deferrable, concurrency=1), runs)
    assert [facts["state"] for facts in found.values()] == ["succeeded"] * 3
    assert len(fake.submissions) == 4
    runs.clear()
    ended(batch(deferrable=deferrable), runs)
    assert len(fake.submissions) == 7, "that was after a good end"


def test_a_round_that_was_begun_anew_keeps_nothing_of_the_one_before(serve: Serve, runs: TaskRuns) -> None:
    """Although it failed before it had submitted all: what it did not submit is not taken from before."""
    fake = serve("huawei_dli", lifecycle="running,succeeded")
    ended(batch(), runs)
    runs.clear()
    fake.fail("400@2*2", operation="submit_sql_job")
    with pytest.raises(AirflowException, match="2 of 3"):
        ended(batch(concurrency=1), runs)
    assert len(fake.submissions) == 4
    fake.faults.clear()
    runs.clear()
    ended(batch(), runs)
    assert len(fake.submissions) == 6


@pytest.mark.parametrize("name", ["a/b", "..", "ü", "x" * 300, "a b?c#d", ""])
def test_records_of_any_names_have_keys_of_their_own(name: str) -> None:
    key = record_key(name)
    assert len(key) < 200
    assert key.isascii()
    assert not set(key) & set(" ?#%\\")
    others = [f"{name}x", name.upper() + "y", "~" + name]
    assert key not in {record_key(other) for other in others}


def test_handles_travel_as_one_text() -> None:
    handles = {f"job {number}": json.dumps({"vendor": "acme", "identity": {"id": number}}) for number in range(500)}
    assert unpack(pack(handles)) == handles
    assert len(pack(handles)) < len(json.dumps(handles)) / 4


def test_names_are_texts() -> None:
    assert named({1: {"a": 1}}) == {"1": {"a": 1}}


# --- failures ---


@BOTH
def test_all_jobs_are_waited_for_before_the_task_fails(serve: Serve, runs: TaskRuns, deferrable: bool) -> None:
    fake = serve("huawei_dli", lifecycle="running*3,succeeded")
    fake.next("failed", "sql_jobs")
    with pytest.raises(AirflowException, match="1 of 3 jobs did not end well\na: "):
        ended(batch(deferrable=deferrable, concurrency=1), runs)
    pushed = runs.task.pushed["return_value"]
    assert [facts["state"] for facts in pushed.values()] == ["failed", "succeeded", "succeeded"]
    assert "ended as failed" in pushed["a"]["failure"]


@BOTH
def test_the_first_failure_is_enough(serve: Serve, runs: TaskRuns, deferrable: bool) -> None:
    fake = serve("huawei_dli", lifecycle="running*500,succeeded")
    fake.next("failed", "sql_jobs")
    with pytest.raises(AirflowException, match="1 of 3 jobs did not end well"):
        ended(batch(deferrable=deferrable, concurrency=1, failure_policy="fail_fast"), runs)
    pushed = runs.task.pushed["return_value"]
    assert [facts["state"] for facts in pushed.values()] == ["failed", None, None]
    assert "not waited for" in pushed["b"]["failure"]
    assert not cancels(fake)


@BOTH
def test_failures_can_be_ignored(serve: Serve, runs: TaskRuns, deferrable: bool) -> None:
    fake = serve("huawei_dli", lifecycle="succeeded")
    fake.next("failed", "sql_jobs")
    found = ended(batch(deferrable=deferrable, concurrency=1, failure_policy="ignore"), runs)
    assert [facts["failure"] is None for facts in found.values()] == [False, True, True]
    assert not runs.task.pushed


def test_a_job_that_is_refused_does_not_stop_the_others(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_dli", lifecycle="running,succeeded")
    fake.fail("400@1")
    with pytest.raises(AirflowException, match="1 of 3 jobs did not end well\na: "):
        ended(batch(concurrency=1), runs)
    assert [facts["state"] for facts in runs.task.pushed["return_value"].values()] == [None, "succeeded", "succeeded"]
    runs.retry()
    fake.faults.clear()
    deferred(batch(), runs)
    assert len(fake.submissions) == 3


def test_a_job_that_is_refused_stops_the_others_if_asked_for(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_dli", lifecycle="running,succeeded")
    fake.fail("400@1")
    with pytest.raises(AirflowException, match="1 of 3"):
        batch(concurrency=1, failure_policy="fail_fast").execute(runs.context)
    assert not fake.submissions


def test_many_failures_are_told_in_a_few_lines(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_dli", lifecycle="failed")
    with pytest.raises(AirflowException) as caught:
        ended(batch(20), runs)
    lines = str(caught.value).splitlines()
    assert lines[0] == "20 of 20 jobs did not end well"
    assert lines[-1] == "and 10 more"
    assert len(lines) == 12


def test_what_is_too_large_for_an_xcom_is_cut(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_dli", lifecycle="succeeded")
    whole = ended(batch(20, deferrable=False), runs)
    small = ended(batch(20, max_xcom_size=len(json.dumps(whole)) - 1), TaskRuns())
    assert list(small) == list(whole)
    assert {facts["result"] for facts in small.values()} == {None}
    assert [facts["state"] for facts in small.values()] == [facts["state"] for facts in whole.values()]


def test_a_failed_task_pushes_nothing_where_it_is_to_push_nothing(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_dli", lifecycle="failed")
    with pytest.raises(AirflowException):
        ended(batch(do_xcom_push=False), runs)
    assert not runs.task.pushed


@pytest.mark.parametrize("vendor", ["huawei_dli", "huawei_cdm"])
def test_submissions_are_under_way_together_where_runs_are_not_told_apart_by_what_was_there(
    serve: Serve, runs: TaskRuns, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = serve(vendor, lifecycle="running*9,succeeded")
    together, most, original = [0], [0], fake.respond
    met = threading.Barrier(3)

    def respond(request: Any) -> Any:
        if request.method in ("POST", "PUT"):
            together[0] += 1
            most[0] = max(most[0], together[0])
            with contextlib.suppress(threading.BrokenBarrierError):
                met.wait(0.2 if vendor == "huawei_cdm" else 10)
            together[0] -= 1
        return original(request)

    monkeypatch.setattr(fake, "respond", respond)
    jobs = {name: {"job_name": name} for name in "abc"}
    more: dict[str, Any] = {"job_type": "runs", "jobs": jobs} if vendor == "huawei_cdm" else {}
    deferred(batch(**more), runs)
    assert most == [1 if vendor == "huawei_cdm" else 3]


# --- kills ---


@pytest.mark.parametrize(("state", "cancelled"), [(TaskInstanceState.FAILED, 3), (TaskInstanceState.DEFERRED, 0)])
def test_marked_tasks_cancel_their_jobs(
    serve: Serve, runs: TaskRuns, monkeypatch: pytest.MonkeyPatch, state: Any, cancelled: int
) -> None:
    fake = serve("huawei_dli", lifecycle="running*99,succeeded")
    states = {"run": {"task": state.value}}
    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", staticmethod(lambda **_: states))
    trigger = deferred(batch(cancel_on_kill=True), runs)
    asyncio.run(trigger.on_kill())
    assert cancels(fake) == cancelled
    quiet = deferred(batch(), TaskRuns())
    asyncio.run(quiet.on_kill())
    assert cancels(fake) == cancelled


@pytest.mark.parametrize(("mark", "cancelled"), [("failed", 3), ("running", 0)])
def test_a_marked_task_on_a_worker_cancels_its_jobs(
    serve: Serve, runs: TaskRuns, monkeypatch: pytest.MonkeyPatch, mark: str, cancelled: int
) -> None:
    fake = serve("huawei_dli", lifecycle="running*5,succeeded")
    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", staticmethod(lambda **_: {"run": {"task": mark}}))
    operator = batch(deferrable=False, cancel_on_kill=True, failure_policy="ignore")
    original, kills = fake.respond, iter([operator.on_kill])

    def respond(request: Any) -> Any:
        if request.method == "GET":
            next(kills, lambda: None)()
        return original(request)

    monkeypatch.setattr(fake, "respond", respond)
    found = operator.execute(runs.context)
    assert cancels(fake) == cancelled
    assert {facts["state"] for facts in found.values()} == {"cancelled" if cancelled else "succeeded"}


def test_a_killed_worker_submits_no_further_job(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_dli", lifecycle="running*99,succeeded")
    operator = batch(concurrency=1)
    original = runs.store.set

    def kill(key: str, *arguments: Any, **more: Any) -> None:
        original(key, *arguments, **more)
        if key == "jobclients/a":
            operator.on_kill()

    runs.store.set = kill  # type: ignore[method-assign]
    with pytest.raises(AirflowException, match="killed"):
        operator.execute(runs.context)
    assert len(fake.submissions) == 1
