"""The operator: it submits a job of any vendor, and waits until the job has ended."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from contextlib import closing, suppress
from datetime import timedelta
from typing import Any, ClassVar, NoReturn

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException

from jobclients_core.errors import JobClientsError
from jobclients_core.integrations.airflow.hooks.jobclients import JobClientsHook
from jobclients_core.integrations.airflow.links.jobclients import JobClientsJobLink
from jobclients_core.integrations.airflow.operators.submission import Submission, warn_where_nothing_is_kept
from jobclients_core.integrations.airflow.triggers.jobclients import JobClientsJobTrigger
from jobclients_core.integrations.airflow.utils.choices import Again, Baseline, OnTimeout, Warnings, check_choice
from jobclients_core.integrations.airflow.utils.marks import marked_state
from jobclients_core.integrations.airflow.utils.outcome import MAX_XCOM_SIZE, no_result, reporter, with_result, xcom_of
from jobclients_core.integrations.airflow.utils.record import TaskStateRecord
from jobclients_core.jobs import Cancels, Job, JobStatus, WaitTimeout
from jobclients_core.jobs.waiting import seconds_of


class JobClientsSubmitJobOperator(BaseOperator):
    """Submit a job of any type of any installed vendor, and wait until it has ended.

    What is submitted is recorded in the task state store before the request is sent. A retry, a worker or a supervisor
    that was killed, and a task that is cleared while its job runs go on with that job; a task that is cleared after
    its job has ended submits a new one. Where the response to the submission was lost, and the vendor has no way to
    find out what became of it, the task fails and says so: it never submits twice by itself.

    The XCom is a mapping with the same keys for every vendor: ``state``, ``run_id``, ``started_at``, ``finished_at``,
    ``message``, ``warnings``, ``result`` and others, and ``handle``, by which sensors and hooks find the job.

    :param job_type: The type of the job, as the client's attribute is called. (templated)
    :param arguments: What the vendor's operation takes. Each try has to render them alike. (templated)
    :param vendor: Name of an installed vendor, or ``package:vendor``; the one that the connection names when None.
    :param jobclients_conn_id: The connection. (templated)
    :param again: Whether a retry submits anew where the job of the try before has failed or was cancelled
        (``failed``), or fails as that one did (``never``).
    :param baseline: Whether the runs that are there before the submission are read first, where the vendor's jobs need
        that (``read``), or not (``skip``).
    :param wait_for_completion: Whether the task ends with the job, or once it is submitted.
    :param timeout: Seconds to wait for the job in one try; the default of its type when None. Better than
        ``execution_timeout``, which fails the task without a word of the job.
    :param warnings: Whether a success with warnings is a failure (``raise``).
    :param on_timeout: Whether the job is asked to stop when its time is up (``cancel``).
    :param fetch_result: Whether the result is fetched by the vendor's call for it.
    :param max_xcom_size: Bytes of JSON that the XCom has at most; a result that is too large is left out.
    :param cancel_on_kill: Whether the job is cancelled, where the vendor can, when a person marks the task as failed,
        successful or skipped.
    :param deferrable: Whether the wait is the triggerer's. It is unless the task says otherwise, whatever the setting
        ``default_deferrable`` of Airflow is, which is off where nobody has set it.
    :param end_from_trigger: Whether a deferred task may end in the triggerer. It ends on a worker nonetheless where
        that has something to do: outlets, mapped dependants, hooks, callbacks of a retry policy.
    """

    template_fields: Collection[str] = ("job_type", "arguments", "jobclients_conn_id")
    template_fields_renderers: ClassVar[dict[str, str]] = {"arguments": "json"}
    operator_extra_links = (JobClientsJobLink(),)
    ui_color = "#e8f0e4"

    def __init__(
        self,
        *,
        job_type: str,
        arguments: Mapping[str, Any] | None = None,
        vendor: str | None = None,
        jobclients_conn_id: str = JobClientsHook.default_conn_name,
        again: Again = "failed",
        baseline: Baseline = "read",
        wait_for_completion: bool = True,
        timeout: float | timedelta | None = None,
        warnings: Warnings = "ok",
        on_timeout: OnTimeout = "leave",
        fetch_result: bool = False,
        max_xcom_size: int = MAX_XCOM_SIZE,
        cancel_on_kill: bool = False,
        deferrable: bool = True,
        end_from_trigger: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("again", again, Again)
        check_choice("baseline", baseline, Baseline)
        check_choice("warnings", warnings, Warnings)
        check_choice("on_timeout", on_timeout, OnTimeout)
        self.job_type = job_type
        self.arguments = arguments or {}
        self.vendor = vendor
        self.jobclients_conn_id = jobclients_conn_id
        self.again: Again = again
        self.baseline: Baseline = baseline
        self.wait_for_completion = wait_for_completion
        self.timeout = timeout
        self.warnings: Warnings = warnings
        self.on_timeout: OnTimeout = on_timeout
        self.fetch_result = fetch_result
        self.max_xcom_size = max_xcom_size
        self.cancel_on_kill = cancel_on_kill
        self.deferrable = deferrable
        self.end_from_trigger = end_from_trigger
        self.job_url: str | None = None
        self._job: Job[Any] | None = None
        self._ti: Any = None

    @property
    def hook(self) -> JobClientsHook:
        """The hook, a new one by each call."""
        return JobClientsHook(self.jobclients_conn_id, self.vendor)

    def execute(self, context: Context) -> dict[str, Any]:
        """Submit the job, or go on with the one of an earlier try, and wait for it.

        :param context: The task's context.
        :return: The XCom.
        """
        hook = self.hook
        try:
            self._check(hook)
            record = TaskStateRecord.of(context)
            warn_where_nothing_is_kept(record, self.log)
            submission = Submission(self.job_type, again=self.again, baseline=self.baseline, log=self.log)
            job = submission.job(hook, self.arguments, record)
            self._job, self._ti = job, context.get("ti")
            self.log.info("The job is %r", job)
            status = self._end(job) if self.wait_for_completion else None
            if status is None and self.wait_for_completion:
                self._defer(job)
            return xcom_of(job, status, self.max_xcom_size)
        finally:
            hook.close()

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Go on after the job has ended.

        :param context: The task's context.
        :param event: What the trigger found.
        :return: The XCom.
        """
        found: dict[str, Any] | None = event["job"]
        self.job_url = None if found is None else found["page_url"]
        if found is None or event["error"] is not None:
            raise AirflowException(event["error"])
        return found

    def on_kill(self) -> None:
        """Cancel the job, if asked for, where a person has marked the task while it waited on a worker."""
        waiting = self._job
        if not self.cancel_on_kill or waiting is None or marked_state(self._ti) is None:
            return
        # With a client of its own: this interrupts the other one, wherever that is, and whatever lock it holds.
        with closing(self.hook) as hook:
            job = hook.get_job(waiting.to_json())
            if isinstance(job, Cancels):
                job.cancel()
                self.log.info("%r was asked to stop, because the task was marked", job)
            else:
                self.log.warning("%r goes on: the vendor cannot cancel it", job)

    def _check(self, hook: JobClientsHook) -> None:
        """Refuse what would fail once the job has ended."""
        kind = hook.get_jobs(self.job_type).kind.bound
        if self.fetch_result and kind.result is None:
            raise no_result(kind)

    def _end(self, job: Job[Any]) -> JobStatus[Any] | None:
        """The end of the job where this process waits for it; None where the triggerer will."""
        try:
            status = self._waited(job)
            if status is None:
                return None
            self.job_url = status.page_url
            return with_result(job, status) if self.fetch_result else status
        except JobClientsError as error:
            if error.job_status is not None:
                self.job_url = error.job_status.page_url
            raise AirflowException(str(error)) from error

    def _waited(self, job: Job[Any]) -> JobStatus[Any] | None:
        if not self.deferrable:
            report = reporter(job, self.log)
            return job.wait(timeout=self.timeout, warnings=self.warnings, on_timeout=self.on_timeout, on_update=report)
        if job.submit_response is not None and job.kind.type.final is not None:
            # It may have ended in the very response to its submission, which only this object has.
            with suppress(WaitTimeout):
                return job.wait(timeout=0, warnings=self.warnings, on_update=reporter(job, self.log))
        return None

    def _defer(self, job: Job[Any]) -> NoReturn:
        """Leave the wait to the triggerer."""
        timeout = None if self.timeout is None else seconds_of(self.timeout, "timeout")
        self.defer(
            trigger=JobClientsJobTrigger(
                handle=job.to_json(),
                jobclients_conn_id=self.jobclients_conn_id,
                vendor=self.vendor,
                timeout=timeout,
                until=time.time() + (job.kind.poll.timeout if timeout is None else timeout),
                warnings=self.warnings,
                on_timeout=self.on_timeout,
                cancel_on_kill=self.cancel_on_kill,
                end_from_trigger=self._ends_from_trigger(),
                fetch_result=self.fetch_result,
                do_xcom_push=self.do_xcom_push,
                max_xcom_size=self.max_xcom_size,
            ),
            method_name="execute_complete",
        )

    def _ends_from_trigger(self) -> bool:
        """Whether a worker has nothing to do once the job has ended."""
        own = JobClientsSubmitJobOperator
        overridden = any(
            getattr(type(self), name) is not getattr(own, name) for name in ("execute_complete", "post_execute")
        )
        left = (
            self.outlets,
            self.multiple_outputs,
            self.retry_policy,
            self.returns_dag_result,
            self._post_execute_hook,
            next(iter(self.iter_mapped_dependants()), None),
        )
        return self.end_from_trigger and not overridden and not any(left)
