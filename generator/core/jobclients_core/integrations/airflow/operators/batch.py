"""The operator of a batch: it submits many jobs of one type, and waits for them as one."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any, ClassVar, NoReturn

from airflow.sdk import BaseOperator, BaseXCom, Context
from airflow.sdk.exceptions import AirflowException

from jobclients_core.errors import JobClientsError
from jobclients_core.integrations.airflow.hooks.jobclients import JobClientsHook
from jobclients_core.integrations.airflow.operators.submission import Submission, warn_where_nothing_is_kept
from jobclients_core.integrations.airflow.triggers.batch import JobClientsBatchTrigger
from jobclients_core.integrations.airflow.utils.batch import (
    MAX_BATCH_XCOM_SIZE,
    BatchEnds,
    named,
    pack,
    record_key,
)
from jobclients_core.integrations.airflow.utils.choices import (
    Again,
    Baseline,
    FailurePolicy,
    OnTimeout,
    Warnings,
    check_choice,
)
from jobclients_core.integrations.airflow.utils.marks import marked_state
from jobclients_core.integrations.airflow.utils.outcome import no_result, with_result
from jobclients_core.integrations.airflow.utils.record import BatchProgress, TaskStateRecord
from jobclients_core.jobs import Cancels, Job, JobSet
from jobclients_core.jobs.waiting import seconds_of


class JobClientsBatchOperator(BaseOperator):
    """Submit many jobs of one type of any installed vendor, and wait in one task until they have ended.

    It is for tens to thousands of jobs, where a task for each would take the scheduler longer than the jobs: they are
    one set of jobs and, where the task is deferred, one trigger. Vendors that can tell of many jobs in one response are
    asked so.

    Each submission is recorded in the task state store before its request is sent, by the rules of
    :class:`~jobclients_core.integrations.airflow.operators.jobclients.JobClientsSubmitJobOperator`. A retry goes on
    with the jobs that were submitted, and submits those that were not and those that have failed. So does a task that
    is cleared after it failed; one that is cleared after it ended well submits all of its jobs anew.

    The XCom is a mapping from the names of the jobs to what became of them: ``state``, ``run_id``, ``message``,
    ``result`` and others with the same keys for every vendor, and ``failure``, why the job did not end well (None for
    one that did). It is pushed by a task that fails, too.

    :param job_type: The type of the jobs, as the client's attribute is called. (templated)
    :param jobs: What the vendor's operation takes for each job: a mapping by names of your own, or a list, whose names
        are ``0``, ``1`` and so on. Each try has to render them alike. (templated)
    :param vendor: Name of an installed vendor, or ``package:vendor``; the one that the connection names when None.
    :param jobclients_conn_id: The connection. (templated)
    :param failure_policy: What a job means that is not submitted or does not end well. ``fail``: the task waits for the
        others, and fails. ``fail_fast``: no further job is submitted or waited for, and the task fails; jobs that
        run go on, and a retry attaches to them. ``ignore``: the task succeeds, and its XCom tells.
    :param concurrency: How many submissions are under way at the same time. It is one where the vendor's runs are told
        apart by what was there before.
    :param again: Whether a retry submits anew those jobs that have failed or were cancelled (``failed``), or fails as
        the try before (``never``).
    :param baseline: Whether the runs that are there before a submission are read first, where the vendor's jobs need
        that (``read``), or not (``skip``).
    :param timeout: Seconds to wait for each job in one try, from when all are submitted; the default of their type when
        None.
    :param warnings: Whether a success with warnings is a failure (``raise``).
    :param on_timeout: Whether a job is asked to stop when its time is up (``cancel``).
    :param fetch_result: Whether the results are fetched by the vendor's call for them.
    :param max_xcom_size: Bytes of JSON that the XCom has at most. What is too large loses all results, then long texts.
    :param cancel_on_kill: Whether the jobs are cancelled, where the vendor can, when a person marks the task as failed,
        successful or skipped.
    :param deferrable: Whether the wait is the triggerer's, whatever the setting ``default_deferrable`` of Airflow is.
        Databases may limit the size of a trigger: MySQL to some hundreds of jobs.
    """

    template_fields: Collection[str] = ("job_type", "jobs", "jobclients_conn_id")
    template_fields_renderers: ClassVar[dict[str, str]] = {"jobs": "json"}
    ui_color = "#e8f0e4"

    def __init__(
        self,
        *,
        job_type: str,
        jobs: Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]],
        vendor: str | None = None,
        jobclients_conn_id: str = JobClientsHook.default_conn_name,
        failure_policy: FailurePolicy = "fail",
        concurrency: int = 8,
        again: Again = "failed",
        baseline: Baseline = "read",
        timeout: float | timedelta | None = None,
        warnings: Warnings = "ok",
        on_timeout: OnTimeout = "leave",
        fetch_result: bool = False,
        max_xcom_size: int = MAX_BATCH_XCOM_SIZE,
        cancel_on_kill: bool = False,
        deferrable: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("failure_policy", failure_policy, FailurePolicy)
        check_choice("again", again, Again)
        check_choice("baseline", baseline, Baseline)
        check_choice("warnings", warnings, Warnings)
        check_choice("on_timeout", on_timeout, OnTimeout)
        self.job_type = job_type
        self.jobs = jobs
        self.vendor = vendor
        self.jobclients_conn_id = jobclients_conn_id
        self.failure_policy: FailurePolicy = failure_policy
        self.concurrency = concurrency
        self.again: Again = again
        self.baseline: Baseline = baseline
        self.timeout = timeout
        self.warnings: Warnings = warnings
        self.on_timeout: OnTimeout = on_timeout
        self.fetch_result = fetch_result
        self.max_xcom_size = max_xcom_size
        self.cancel_on_kill = cancel_on_kill
        self.deferrable = deferrable
        self._submitted: dict[str, Job[Any]] = {}
        self._ends: BatchEnds | None = None
        self._killed = False
        self._ti: Any = None

    @property
    def hook(self) -> JobClientsHook:
        """The hook, a new one by each call."""
        return JobClientsHook(self.jobclients_conn_id, self.vendor)

    def execute(self, context: Context) -> dict[str, Any]:
        """Submit the jobs, or go on with those of an earlier try, and wait for them.

        :param context: The task's context.
        :return: The XCom.
        """
        hook = self.hook
        batch = named(self.jobs)
        self._ti = context.get("ti")
        self._ends = ends = BatchEnds(list(batch), self.failure_policy, self.log)
        try:
            kind = hook.get_jobs(self.job_type).kind.bound
            if self.fetch_result and kind.result is None:
                raise no_result(kind)
            self._submit(hook, context, batch, ends)
            self.log.info("%d of %d jobs are submitted", len(self._submitted), len(batch))
            if not ends.given_up:
                self._wait(ends)
            if not ends.given_up and ends.left:
                self._defer(ends)
            return self._end(context, ends.xcom(self.max_xcom_size), ends.failure())
        finally:
            hook.close()

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Go on after the jobs have ended.

        :param context: The task's context.
        :param event: What the trigger found.
        :return: The XCom.
        """
        return self._end(context, event["jobs"], event["error"])

    def on_kill(self) -> None:
        """Submit no further job, and cancel the others, if asked for, where a person has marked the task."""
        self._killed = True
        if not self.cancel_on_kill or self._ends is None or marked_state(self._ti) is None:
            return
        left = [(name, self._submitted[name]) for name in self._ends.left if name in self._submitted]
        # With a client of its own: this interrupts the other one, wherever that is, and whatever lock it holds.
        with closing(self.hook) as hook:
            hook.get_conn()
            with ThreadPoolExecutor(self.concurrency) as pool:
                for done in [pool.submit(self._cancel, hook, *one) for one in left]:
                    done.result()
        self.log.info("The jobs were asked to stop, because the task was marked")

    def _cancel(self, hook: JobClientsHook, name: str, submitted: Job[Any]) -> None:
        try:
            job = hook.get_job(submitted.to_json())
            if isinstance(job, Cancels):
                job.cancel()
            else:
                self.log.warning("%s goes on: the vendor cannot cancel it", name)
        except JobClientsError as error:
            self.log.warning("%s: %s", name, error)

    def _submit(
        self, hook: JobClientsHook, context: Context, batch: Mapping[str, Mapping[str, Any]], ends: BatchEnds
    ) -> None:
        """Submit each job once, however often this is called."""
        warn_where_nothing_is_kept(TaskStateRecord.of(context), self.log)
        submission = Submission(self.job_type, again=self.again, baseline=self.baseline, log=self.log)
        kind = hook.get_jobs(self.job_type).kind
        progress = BatchProgress(context)
        progress.begin()

        def submit(name: str) -> None:
            if self._killed or ends.given_up:
                return
            try:
                record = TaskStateRecord.of(context, record_key(name), fresh=progress.fresh)
                self._submitted[name] = submission.job(hook, batch[name], record, keep=progress.keeps(record))
            except (JobClientsError, AirflowException) as error:
                ends.note_refused(name, str(error))

        # What was there before a submission is to be the jobs that were submitted before it.
        alone = kind.select is not None or kind.discover is not None
        pool = ThreadPoolExecutor(1 if alone else self.concurrency, thread_name_prefix="jobclients-submit")
        try:
            for done in [pool.submit(submit, name) for name in batch]:
                done.result()
        finally:
            pool.shutdown(cancel_futures=True)
        if self._killed:
            raise AirflowException("The task was killed while it submitted its jobs")

    def _wait(self, ends: BatchEnds) -> None:
        """Note the ends of the jobs; where the triggerer will wait, of those that ended when they were submitted."""
        own = [job for job in self._submitted.values() if not self.deferrable or _has_ended(job)]
        names = {id(job): name for name, job in self._submitted.items()}
        waiting = JobSet[Job[Any]](
            timeout=self.timeout, warnings=self.warnings, on_timeout=self.on_timeout, failures=True
        )
        with waiting:
            waiting.add_all(own)
            for outcome in waiting:
                status, error = outcome.status, outcome.error
                try:
                    if self.fetch_result and error is None and status is not None:
                        status = with_result(outcome.job, status)
                except JobClientsError as failed:
                    error = failed
                ends.note(names[id(outcome.job)], outcome.job, status, error)
                if ends.given_up:
                    return

    def _defer(self, ends: BatchEnds) -> NoReturn:
        """Leave the wait to the triggerer."""
        timeout = None if self.timeout is None else seconds_of(self.timeout, "timeout")
        left = {name: self._submitted[name] for name in ends.left}
        poll = next(iter(left.values())).kind.poll
        known = ends.xcom(self.max_xcom_size)
        self.defer(
            trigger=JobClientsBatchTrigger(
                handles=pack({name: left[name].to_json() if name in left else "" for name in ends.names}),
                jobclients_conn_id=self.jobclients_conn_id,
                vendor=self.vendor,
                ended={name: known[name] for name in ends.jobs},
                timeout=timeout,
                until=time.time() + (poll.timeout if timeout is None else timeout),
                warnings=self.warnings,
                on_timeout=self.on_timeout,
                failure_policy=self.failure_policy,
                cancel_on_kill=self.cancel_on_kill,
                fetch_result=self.fetch_result,
                max_xcom_size=self.max_xcom_size,
            ),
            method_name="execute_complete",
        )

    def _end(self, context: Context, jobs: dict[str, Any], failure: str | None) -> dict[str, Any]:
        if failure is None:
            BatchProgress(context).note_success()
            return jobs
        if self.do_xcom_push and (task := context.get("ti")) is not None:
            task.xcom_push(key=BaseXCom.XCOM_RETURN_KEY, value=jobs)
        raise AirflowException(failure)


def _has_ended(job: Job[Any]) -> bool:
    """Whether the job ended in the very response to its submission, which only this object has."""
    return job._final is not None  # pyright: ignore[reportPrivateUsage] - one package
