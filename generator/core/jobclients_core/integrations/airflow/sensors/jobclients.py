"""The sensor: it waits for a job that others started."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

from airflow.sdk import BaseSensorOperator, Context, PokeReturnValue
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.triggers.base import StartTriggerArgs

from jobclients_core.errors import JobClientsError
from jobclients_core.integrations.airflow.hooks.jobclients import JobClientsHook
from jobclients_core.integrations.airflow.triggers.jobclients import JobClientsJobTrigger
from jobclients_core.integrations.airflow.utils.choices import Warnings
from jobclients_core.integrations.airflow.utils.identity import identified
from jobclients_core.integrations.airflow.utils.outcome import (
    MAX_XCOM_SIZE,
    no_result,
    reporter,
    seconds_until_gone,
    with_result,
    xcom_of,
)
from jobclients_core.jobs import Job, JobCancelled, JobExpired, JobFailed, JobStatus, WaitTimeout


class JobClientsJobSensor(BaseSensorOperator):
    """Wait until a job has ended that another task, another DAG or somebody else has started.

    The job is named by its handle, which is in the XCom of the task that submitted it, or by what identifies it at the
    vendor. Where the vendor's jobs run again under one name, the latter means the latest run.

    The sensor succeeds when the job has ended well. Where the job has failed or was cancelled it fails without a retry,
    which would find the same. A vendor that is down for a while is asked again, until the sensor's ``timeout``. The
    XCom is that of the operator for the same job.

    :param handle: The job, as ``handle`` of the operator's XCom has it. (templated)
    :param job_type: The type of the job, as the client's attribute is called, where no handle is given. (templated)
    :param identity: What identifies the job, by the names of the client's arguments: ``{"id": 7}``. (templated)
    :param vendor: Name of an installed vendor, or ``package:vendor``; the one that the connection names when None.
    :param jobclients_conn_id: The connection. (templated)
    :param warnings: Whether a success with warnings is a failure (``raise``).
    :param fetch_result: Whether the result is fetched by the vendor's call for it.
    :param max_xcom_size: Bytes of JSON that the XCom has at most; a result that is too large is left out.
    :param deferrable: Whether the wait is the triggerer's, whatever the setting ``default_deferrable`` of Airflow is.
        The job is then asked about as often as is right for its type, and ``mode`` and ``poke_interval`` mean nothing.
    :param start_from_trigger: Whether the task begins in the triggerer, without a worker that defers it: many sensors
        begin in the time of one. Airflow sets limits: ``handle`` is given, as a literal (a template that pulls an XCom
        waits for ever); a mapped task begins on a worker nonetheless; and the triggerer reads the whole DAG for each
        such task, so that it should be a small one.
    :param end_from_trigger: Whether a deferred task ends in the triggerer. One that fails there is retried like others.
    """

    template_fields: Collection[str] = ("handle", "job_type", "identity", "jobclients_conn_id")
    template_fields_renderers: ClassVar[dict[str, str]] = {"identity": "json"}
    ui_color = "#e8f0e4"

    def __init__(
        self,
        *,
        handle: str | None = None,
        job_type: str | None = None,
        identity: Mapping[str, Any] | None = None,
        vendor: str | None = None,
        jobclients_conn_id: str = JobClientsHook.default_conn_name,
        warnings: Warnings = "ok",
        fetch_result: bool = False,
        max_xcom_size: int = MAX_XCOM_SIZE,
        deferrable: bool = True,
        start_from_trigger: bool = False,
        end_from_trigger: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (handle is None) == (job_type is None or identity is None):
            raise ValueError("give either handle, or job_type and identity")
        self.handle = handle
        self.job_type = job_type
        self.identity = identity
        self.vendor = vendor
        self.jobclients_conn_id = jobclients_conn_id
        self.warnings: Warnings = warnings
        self.fetch_result = fetch_result
        self.max_xcom_size = max_xcom_size
        self.deferrable = deferrable
        self.end_from_trigger = end_from_trigger
        self.start_from_trigger = start_from_trigger
        if start_from_trigger:
            self.start_trigger_args = self._start()
        self._hook: JobClientsHook | None = None
        self._job: Job[Any] | None = None
        self._report: Callable[[JobStatus[Any]], None] | None = None

    def execute(self, context: Context) -> Any:
        """Look at the job, and wait on, in the way of the sensor's mode or in the triggerer.

        :param context: The task's context.
        :return: The XCom.
        """
        try:
            if not self.deferrable:
                return super().execute(context)
            found = self._first_poke(context)
            if found:
                return found.xcom_value
            self.defer(
                trigger=JobClientsJobTrigger(**self._trigger_arguments(self._found().to_json())),
                method_name="execute_complete",
                timeout=timedelta(seconds=self.timeout),
            )
        finally:
            if self._hook is not None:
                self._hook.close()
                self._hook = self._job = None

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Go on after the job has ended.

        :param context: The task's context.
        :param event: What the trigger found.
        :return: The XCom.
        """
        found: dict[str, Any] | None = event["job"]
        if found is not None and event["error"] is None:
            return found
        if found is not None and found["terminal"]:
            raise AirflowFailException(event["error"])
        raise AirflowException(event["error"])

    def poke(self, context: Context) -> PokeReturnValue:
        """Look whether the job has ended.

        :param context: The task's context.
        :return: Whether it has, and the XCom.
        """
        try:
            job = self._found()
            status = self._looked(job)
            if status is None:
                return PokeReturnValue(False)
            if self.fetch_result:
                status = with_result(job, status)
        except (JobFailed, JobCancelled, JobExpired) as error:
            raise AirflowFailException(str(error)) from error
        except JobClientsError as error:
            raise AirflowException(str(error)) from error
        return PokeReturnValue(True, xcom_of(job, status, self.max_xcom_size))

    def _first_poke(self, context: Context) -> PokeReturnValue:
        """Poke once before the wait is left to the triggerer; skips where the sensor's base would."""
        try:
            return self.poke(context)
        except AirflowException as error:
            if self.never_fail or (self.soft_fail and isinstance(error, AirflowFailException)):
                raise AirflowSkipException(f"Skipping instead of failing: {error}") from error
            raise

    def _start(self) -> StartTriggerArgs:
        """What the triggerer begins with, which Airflow reads from the DAG."""
        handle: object = self.handle
        if not isinstance(handle, str) or any(mark in handle for mark in ("{{", "{%")):
            raise ValueError("start_from_trigger needs the handle of a job, not a template or the output of a task")
        return StartTriggerArgs(
            trigger_cls=f"{JobClientsJobTrigger.__module__}.{JobClientsJobTrigger.__qualname__}",
            trigger_kwargs=self._trigger_arguments(handle),
            next_method="execute_complete",
            timeout=timedelta(seconds=self.timeout),
        )

    def _trigger_arguments(self, handle: str) -> dict[str, Any]:
        return {
            "handle": handle,
            "jobclients_conn_id": self.jobclients_conn_id,
            "vendor": self.vendor,
            # Longer than the sensor's own time: that it is up is for the sensor to say.
            "timeout": self.timeout + 600,
            "warnings": self.warnings,
            "end_from_trigger": self.end_from_trigger,
            "fetch_result": self.fetch_result,
            "do_xcom_push": self.do_xcom_push,
            "max_xcom_size": self.max_xcom_size,
        }

    def _found(self) -> Job[Any]:
        """The job; nothing is sent."""
        if self._job is not None:
            return self._job
        self._hook = hook = JobClientsHook(self.jobclients_conn_id, self.vendor)
        job: Job[Any]
        if self.handle is not None:
            job = hook.get_job(self.handle)
        else:
            job = identified(hook.get_jobs(str(self.job_type)), self.identity or {})
        if self.fetch_result and job.kind.result is None:
            raise no_result(job.kind)
        self._job, self._report = job, reporter(job, self.log)
        return job

    def _looked(self, job: Job[Any]) -> JobStatus[Any] | None:
        """The end of the job; None while it goes on, or the vendor does not answer."""
        try:
            return job.wait(timeout=0, warnings=self.warnings, on_update=self._report)
        except WaitTimeout as error:
            if error.job_status is None:
                self.log.warning("%s", error)
            if error.job_status is None or error.job_status.payload is not None:
                return None
        # A job that does not show is gone only once that has been so for a while, within one poke: in the mode
        # "reschedule" the next one does not know of this.
        with suppress(WaitTimeout):
            return job.wait(timeout=seconds_until_gone(job.kind), warnings=self.warnings, on_update=self._report)
        return None
