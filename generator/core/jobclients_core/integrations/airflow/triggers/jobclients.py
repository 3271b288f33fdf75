"""The trigger: it waits for a job in the triggerer, together with all others of its connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from airflow.sdk import BaseXCom
from airflow.sdk.execution_time.xcom import XCom
from airflow.triggers.base import BaseTrigger, TaskFailedEvent, TaskSuccessEvent, TriggerEvent

from jobclients_core.errors import JobClientsError
from jobclients_core.integrations.airflow.links.jobclients import JobClientsJobLink
from jobclients_core.integrations.airflow.triggers.registry import SharedJobs, Sharing, shared_jobs
from jobclients_core.integrations.airflow.utils.choices import OnTimeout, Warnings
from jobclients_core.integrations.airflow.utils.marks import marked_state
from jobclients_core.integrations.airflow.utils.outcome import MAX_XCOM_SIZE, describe, with_result_async, xcom_of
from jobclients_core.jobs import AsyncCancels, AsyncJob, Outcome


class JobClientsJobTrigger(BaseTrigger):
    """Wait in the triggerer until a job has ended.

    All triggers of one connection in a triggerer share a client and a set of jobs, so that many waits become few
    requests where the vendor can tell of many jobs in one response.

    :param handle: The job: what ``to_json`` of it gave. It holds no secrets.
    :param jobclients_conn_id: The connection of the job's vendor.
    :param vendor: The vendor, as for the hook; the connection's own when None.
    :param timeout: Seconds to wait at most, from when a triggerer takes the trigger up; each one that takes it up
        begins anew. The default of the job's type when None.
    :param until: Seconds since 1970 at which to stop waiting, if that is earlier.
    :param warnings: Whether a success with warnings is a failure (``raise``).
    :param on_timeout: Whether the job is asked to stop when its time is up (``cancel``).
    :param cancel_on_kill: Whether the job is cancelled, where the vendor can, when a person marks the task as failed,
        successful or skipped. Clearing the task leaves the job, to which the next try attaches; so do a restart of the
        triggerer and a triggerer that takes over from another one.
    :param end_from_trigger: Whether the task ends here rather than on a worker.
    :param fetch_result: Whether the result is fetched by the vendor's call for it.
    :param do_xcom_push: Whether the end is the task's XCom, where the task ends here.
    :param max_xcom_size: Bytes of JSON that the XCom has at most.
    """

    def __init__(
        self,
        handle: str,
        jobclients_conn_id: str,
        vendor: str | None = None,
        timeout: float | None = None,
        until: float | None = None,
        warnings: Warnings = "ok",
        on_timeout: OnTimeout = "leave",
        cancel_on_kill: bool = False,
        end_from_trigger: bool = False,
        fetch_result: bool = False,
        do_xcom_push: bool = True,
        max_xcom_size: int = MAX_XCOM_SIZE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call] # Airflow has no types here
        self.handle = handle
        self.jobclients_conn_id = jobclients_conn_id
        self.vendor = vendor
        self.timeout = timeout
        self.until = until
        self.warnings: Warnings = warnings
        self.on_timeout: OnTimeout = on_timeout
        self.cancel_on_kill = cancel_on_kill
        self.end_from_trigger = end_from_trigger
        self.fetch_result = fetch_result
        self.do_xcom_push = do_xcom_push
        self.max_xcom_size = max_xcom_size

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Serialize the arguments and the class path.

        :return: Both.
        """
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "handle": self.handle,
                "jobclients_conn_id": self.jobclients_conn_id,
                "vendor": self.vendor,
                "timeout": self.timeout,
                "until": self.until,
                "warnings": self.warnings,
                "on_timeout": self.on_timeout,
                "cancel_on_kill": self.cancel_on_kill,
                "end_from_trigger": self.end_from_trigger,
                "fetch_result": self.fetch_result,
                "do_xcom_push": self.do_xcom_push,
                "max_xcom_size": self.max_xcom_size,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait for the job.

        :return: One event: the end of the task, or what its operator goes on with, a mapping with the XCom (``job``)
            and what went wrong (``error``, None for a job that ended well).
        """
        found: dict[str, Any] | None = None
        failure: str | None = None
        try:
            async with shared_jobs(self._sharing, self.handle) as shared:
                job = shared.job(self.handle)
                outcome = await self._end(shared, job)
                found = xcom_of(job, outcome.status, self.max_xcom_size)
                status = outcome.get()
                if self.fetch_result:
                    found = xcom_of(job, await with_result_async(job, status), self.max_xcom_size)
        except JobClientsError as error:
            failure = str(error)
        yield await self._event(found, failure)

    async def on_kill(self) -> None:
        """Cancel the job, if asked for, where a person has marked the task.

        Airflow calls this when a task was cleared, too, and when another triggerer took the trigger over. In both cases
        the state of the task is not one of those that a mark leaves, and the job goes on.
        """
        if not self.cancel_on_kill:
            return
        state = await asyncio.to_thread(marked_state, self.task_instance)
        if state is None:
            self.log.info("The job goes on, because nobody has marked the task")
            return
        async with shared_jobs(self._sharing, self.handle) as shared:
            job = shared.job(self.handle)
            if not isinstance(job, AsyncCancels):
                self.log.warning("%r goes on: the vendor cannot cancel it", job)
                return
            await job.cancel()
            self.log.info("%r was asked to stop, because the task was marked as %s", job, state)

    @property
    def _sharing(self) -> Sharing:
        return Sharing(self.jobclients_conn_id, self.vendor)

    async def _end(self, shared: SharedJobs, job: AsyncJob[Any]) -> Outcome[AsyncJob[Any]]:
        """The end of the job; what is learned until then is logged."""
        page_url: str | None = None
        watch = shared.watch(
            job, timeout=self.timeout, until=self.until, warnings=self.warnings, on_timeout=self.on_timeout
        )
        async with aclosing(watch) as outcomes:
            async for outcome in outcomes:
                if outcome.status is not None:
                    self.log.info("%s", describe(job, outcome.status))
                    if outcome.status.page_url not in (None, page_url):
                        page_url = outcome.status.page_url
                        await self._link(page_url)
                if outcome.ended:
                    return outcome
        raise RuntimeError("the jobs of this connection are not waited for any more")

    async def _link(self, page_url: str | None) -> None:
        """Link the task to the page of its job while it is deferred, as a worker does when it leaves the task."""
        try:
            # Not by a custom backend, from which Airflow's pages cannot read.
            await self._push(BaseXCom, JobClientsJobLink().xcom_key, page_url)
        except Exception as error:
            self.log.warning("The task has no link to the page of its job: %s", error)

    async def _event(self, found: dict[str, Any] | None, failure: str | None) -> TriggerEvent:
        event = TriggerEvent({"job": found, "error": failure})  # type: ignore[no-untyped-call]
        if not self.end_from_trigger:
            return event
        if failure is not None:
            self.log.error("%s", failure)
            return TaskFailedEvent()
        try:
            if self.do_xcom_push:
                # By hand: a value that the event carries would come back as a text.
                await self._push(XCom, BaseXCom.XCOM_RETURN_KEY, found)
        except Exception as error:
            self.log.warning("The task goes on with a worker, because its XCom cannot be pushed from here: %s", error)
            return event
        return TaskSuccessEvent()

    async def _push(self, backend: type[BaseXCom], key: str, value: Any) -> None:
        task = self.task_instance
        if task is not None:
            await backend.aset(
                key=key,
                value=value,
                dag_id=task.dag_id,
                task_id=task.task_id,
                run_id=task.run_id,
                map_index=task.map_index,
            )
