"""The operator: what it submits, what it goes on with, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, TaskDeferred
from airflow.sdk.execution_time.context import NEVER_EXPIRE
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from integrations.airflow.tasks import CONNECTION, TaskRuns, operator
from jobclients_core import InvalidArgument, ServerError
from jobclients_core.integrations.airflow.triggers.jobclients import JobClientsJobTrigger
from jobclients_core.jobs.record import Intent, read_record
from jobclients_core.testing import FakeVendor
from structlog.testing import capture_logs

Serve = Callable[..., FakeVendor]

ENDED = {"state": "succeeded", "page_url": None}

SQL = {"vendor": "huawei_dli", "job_type": "sql_jobs", "arguments": {"sql": "SELECT 1"}}
RUN = {"vendor": "huawei_cdm", "job_type": "runs", "arguments": {"job_name": "nightly"}}


def test_a_job_is_submitted_and_waited_for(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_cdm", lifecycle="running*2,succeeded")
    found = operator(**RUN, deferrable=False).execute(runs.context)
    assert (found["state"], found["vendor"], found["kind"]) == ("succeeded", "huawei_cdm", "runs")
    assert found["identity"]["job_name"] == "nightly"
    assert len(fake.submissions) == 1
    json.dumps(found)


@pytest.mark.parametrize("wrong", [{"again": "nevr"}, {"baseline": ""}, {"warnings": "rais"}, {"on_timeout": "cancl"}])
def test_a_word_that_means_nothing_is_refused_where_the_dag_is_read(wrong: dict[str, str]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=f"^{name} is '"):
        operator(**RUN, **wrong)


def test_a_deferred_job_travels_as_its_handle(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_cdm", lifecycle="running,succeeded")
    trigger = deferred(operator(**RUN, timeout=60, warnings="raise"), runs)
    path, arguments = trigger.serialize()
    assert path == "jobclients_core.integrations.airflow.triggers.jobclients.JobClientsJobTrigger"
    assert json.loads(arguments["handle"])["identity"]["job_name"] == "nightly"
    assert (arguments["timeout"], arguments["warnings"], arguments["end_from_trigger"]) == (60, "raise", True)
    assert "a-secret-token" not in json.dumps(arguments)
    assert JobClientsJobTrigger(**arguments).serialize() == (path, arguments)


def test_the_record_holds_the_job_for_good_and_no_secret(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_cdm")
    deferred(operator(**RUN), runs)
    kept = json.loads(runs.store.values["jobclients"])
    assert read_record(kept["record"]).identity["job_name"] == "nightly"  # type: ignore[union-attr]
    assert set(runs.store.retentions) == {NEVER_EXPIRE}
    assert "a-secret-token" not in json.dumps(runs.store.values)


def test_a_retry_goes_on_with_the_job(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_cdm", lifecycle="running*9,succeeded")
    first = deferred(operator(**RUN), runs)
    runs.retry()
    second = deferred(operator(**RUN), runs)
    assert identity(second) == identity(first)
    assert len(fake.submissions) == 1


def test_a_task_cleared_while_its_job_runs_goes_on_with_it(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_cdm", lifecycle="running*9,succeeded")
    first = deferred(operator(**RUN), runs)
    runs.clear()
    assert identity(deferred(operator(**RUN), runs)) == identity(first)
    runs.retry()
    deferred(operator(**RUN), runs)
    assert len(fake.submissions) == 1


@pytest.mark.parametrize("end", ["succeeded", "failed"])
def test_a_task_cleared_after_its_end_submits_anew(serve: Serve, runs: TaskRuns, end: str) -> None:
    fake = serve("huawei_cdm", lifecycle=end)
    deferred(operator(**RUN), runs)
    runs.clear()
    deferred(operator(**RUN), runs)
    assert len(fake.submissions) == 2


@pytest.mark.parametrize(
    ("end", "again", "submissions"),
    [("failed", "failed", 2), ("failed", "never", 1), ("succeeded", "failed", 1)],
)
def test_a_retry_after_the_end(serve: Serve, runs: TaskRuns, end: str, again: Any, submissions: int) -> None:
    fake = serve("huawei_cdm", lifecycle=end)
    deferred(operator(**RUN, again=again), runs)
    runs.retry()
    deferred(operator(**RUN, again=again), runs)
    assert len(fake.submissions) == submissions


def test_a_cancelled_job_is_submitted_again(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_dli", lifecycle="cancelled")
    for _ in range(2):
        with pytest.raises(AirflowException, match="cancelled"):
            operator(**SQL, deferrable=False).execute(runs.context)
        runs.retry()
    assert len(fake.submissions) == 2


def test_a_job_that_the_vendor_has_forgotten_is_not_taken_up_after_a_clear(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_dli", lifecycle="running*9,succeeded", strict=True)
    deferred(operator(**SQL), runs)
    fake.reset()
    fake.clock.advance(3600)
    runs.clear()
    deferred(operator(**SQL), runs)
    assert len(fake.submissions) == 1


def test_a_vendor_that_is_down_does_not_lose_the_job_of_before_a_clear(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_cdm", lifecycle="running*9,succeeded")
    deferred(operator(**RUN), runs)
    runs.clear()
    fake.fail("503@1*9")
    with pytest.raises(ServerError):
        operator(**RUN).execute(runs.context)
    fake.faults.clear()
    runs.retry()
    deferred(operator(**RUN), runs)
    assert len(fake.submissions) == 1


def test_an_uncertain_submission_fails_the_task_and_says_what_to_do(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_dli")
    fake.fail("reset@1*9", operation="submit_sql_job")
    fake.fail("500@1*99", operation="list_sql_jobs")
    with pytest.raises(AirflowException) as caught:
        operator(**SQL).execute(runs.context)
    message = str(caught.value)
    assert "Nothing was submitted a second time" in message
    assert "clear this task, which submits anew" in message
    sent = len(fake.submissions)

    runs.retry()
    with pytest.raises(AirflowException, match="Nothing was submitted a second time"):
        operator(**SQL).execute(runs.context)
    assert len(fake.submissions) == sent, "a retry has submitted again"

    fake.faults.clear()
    runs.clear()
    deferred(operator(**SQL), runs)
    assert len(fake.submissions) == sent + 1


def test_a_submission_that_a_kill_left_open_is_looked_for_after_a_clear(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_cdm", lifecycle="running*9,succeeded")
    save, texts = runs.store.set, list[Any]()

    def die(key: str, value: Any, **options: Any) -> None:
        if texts:
            raise KeyboardInterrupt  # the worker is killed before the job is saved
        texts.append(value)
        save(key, value, **options)

    runs.store.set = die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        operator(**RUN).execute(runs.context)
    assert isinstance(read_record(json.loads(texts[0])["record"]), Intent)
    runs.store.set = save  # type: ignore[method-assign]
    runs.clear()
    deferred(operator(**RUN), runs)
    assert len(fake.submissions) == 1


def test_other_arguments_in_a_retry_are_refused(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_cdm", lifecycle="running*9,succeeded")
    deferred(operator(**RUN), runs)
    runs.retry()
    with pytest.raises(AirflowException, match="Each try has to render"):
        operator(**{**RUN, "arguments": {"job_name": "weekly"}}).execute(runs.context)
    assert len(fake.submissions) == 1


def test_a_failure_is_one_of_airflow(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_cdm", lifecycle="running,failed")
    with pytest.raises(AirflowException, match="the job ended as failed"):
        operator(**RUN, deferrable=False).execute(runs.context)


def test_warnings_can_be_failures(serve: Serve, runs: TaskRuns) -> None:
    serve("datameer", lifecycle="succeeded_with_warnings")
    job = {"vendor": "datameer", "job_type": "executions", "arguments": {"configuration": 7}}
    found = operator(**job, deferrable=False).execute(runs.context)
    assert found["state"] == "succeeded_with_warnings"
    runs.clear()
    with pytest.raises(AirflowException, match="warnings"):
        operator(**job, deferrable=False, warnings="raise").execute(runs.context)


def test_a_task_may_end_once_its_job_is_submitted(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_cdm")
    found = operator(**RUN, wait_for_completion=False).execute(runs.context)
    assert found["state"] is None
    assert json.loads(found["handle"])["identity"]["job_name"] == "nightly"
    assert [seen.operation for seen in fake.requests].count("start_job") == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"job_type": "rnus"}, "huawei_cdm has no job type 'rnus'; it has runs"),
        ({"arguments": {"jobname": "x"}}, "takes no jobname, wants job_name; it takes job_name, variables"),
        ({"arguments": {}}, "huawei_cdm.runs wants job_name"),
        ({"vendor": "alation"}, "is of huawei_cdm, not of alation"),
        ({"fetch_result": True}, "has no call that fetches a result"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_sent(
    serve: Serve, runs: TaskRuns, changes: dict[str, Any], message: str
) -> None:
    fake = serve("huawei_cdm")
    with pytest.raises(InvalidArgument, match=message):
        operator(**{**RUN, **changes}).execute(runs.context)
    assert not fake.requests
    assert not runs.store.values


def test_each_change_is_logged_once(serve: Serve, runs: TaskRuns) -> None:
    serve("huawei_dli", lifecycle="running*3,succeeded")
    with capture_logs() as entries:
        operator(**SQL, deferrable=False).execute(runs.context)
    lines = [str(entry["event"]) % entry.get("positional_args", ()) for entry in entries]
    assert [sum(f": {state}" in line for line in lines) for state in ("running", "succeeded")] == [1, 1]


@pytest.mark.parametrize(
    ("state", "asked", "cancelled"),
    [
        ("failed", True, True),
        ("success", True, True),
        ("skipped", True, True),
        ("failed", False, False),
        ("running", True, False),
        ("restarting", True, False),
        (None, True, False),
    ],
)
def test_only_a_mark_cancels_the_job_that_a_worker_waits_for(
    serve: Serve, runs: TaskRuns, monkeypatch: pytest.MonkeyPatch, state: str | None, asked: bool, cancelled: bool
) -> None:
    def states(**arguments: Any) -> dict[str, Any]:
        return {"run": {"task": state}}

    fake = serve("huawei_cdm", lifecycle="running*9,succeeded")
    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", states)
    task = operator(**RUN, deferrable=False, cancel_on_kill=asked)
    with monkeypatch.context() as patch:
        # Airflow kills the task in the middle of the wait.
        patch.setattr(fake, "respond", killing(task, fake.respond))
        with suppress(AirflowException):
            task.execute(runs.context)
    assert ("stop_job" in {seen.operation for seen in fake.requests}) is cancelled


def test_a_task_that_has_submitted_nothing_is_killed_for_nothing(serve: Serve, runs: TaskRuns) -> None:
    fake = serve("huawei_cdm")
    operator(**RUN, cancel_on_kill=True).on_kill()
    assert not fake.requests


@pytest.mark.parametrize("end", ["succeeded", "failed"])
def test_the_link_leads_to_the_page_of_the_job(serve: Serve, runs: TaskRuns, page: str, end: str) -> None:
    task = operator(**SQL, deferrable=False)
    with suppress(AirflowException):
        task.execute(runs.context)
    assert task.job_url == page
    resumed = operator(**SQL)
    with suppress(AirflowException):
        resumed.execute_complete(runs.context, {"job": {"page_url": page}, "error": end})
    assert resumed.job_url == page


def test_a_resumed_task_ends_as_its_trigger_found(runs: TaskRuns) -> None:
    task = operator(**RUN)
    assert task.execute_complete(runs.context, {"job": ENDED, "error": None}) == ENDED
    with pytest.raises(AirflowException, match="it failed"):
        task.execute_complete(runs.context, {"job": ENDED, "error": "it failed"})


def killing(task: Any, respond: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Have a task killed once, when the vendor is asked about the job that it waits for."""
    killed: list[bool] = []

    def responded(request: Any) -> Any:
        if task._job is not None and not killed:
            killed.append(True)
            task.on_kill()
        return respond(request)

    return responded


def deferred(task: Any, runs: TaskRuns) -> JobClientsJobTrigger:
    """Execute a task up to where it is deferred; its trigger."""
    with pytest.raises(TaskDeferred) as caught:
        task.execute(runs.context)
    deferral: Any = caught.value
    trigger = deferral.trigger
    assert isinstance(trigger, JobClientsJobTrigger)
    assert trigger.jobclients_conn_id == CONNECTION
    return trigger


def identity(trigger: JobClientsJobTrigger) -> Any:
    """What identifies the job that a trigger waits for."""
    handle = json.loads(trigger.handle)
    return handle["identity"], handle["baseline"]
