"""The trigger of a batch: it waits for many jobs in the triggerer, as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from airflow.triggers.base import BaseTrigger, TriggerEvent

from jobclients_core.connecting import resume
from jobclients_core.errors import JobClientsError
from jobclients_core.integrations.airflow.triggers.registry import CONCURRENCY, Sharing, shared_jobs
from jobclients_core.integrations.airflow.utils.batch import MAX_BATCH_XCOM_SIZE, BatchEnds, unpack
from jobclients_core.integrations.airflow.utils.choices import FailurePolicy, OnTimeout, Warnings
from jobclients_core.integrations.airflow.utils.marks import marked_state
from jobclients_core.integrations.airflow.utils.outcome import with_result_async
from jobclients_core.jobs import AsyncCancels, AsyncJob, AsyncJobSet

_BREATH: Final = 100
"""Handles after which other triggers go on, where many are read."""


class JobClientsBatchTrigger(BaseTrigger):
    """Wait in the triggerer until many jobs of one connection have ended.

    They are one set of jobs, and one trigger to Airflow. The client is that of all triggers of the connection. A
    triggerer that takes the trigger over asks about all of the jobs again.

    :param handles: The jobs: what ``pack`` made of their handles by name. It holds no secrets.
    :param jobclients_conn_id: The connection of the jobs' vendor.
    :param vendor: The vendor, as for the hook; the connection's own when None.
    :param ended: What is known of jobs of the batch that are not waited for, by name.
    :param timeout: Seconds to wait for each job at most, from when a triggerer takes the trigger up. The default of
        the jobs' type when None.
    :param until: Seconds since 1970 at which to stop waiting, if that is earlier.
    :param warnings: Whether a success with warnings is a failure (``raise``).
    :param on_timeout: Whether a job is asked to stop when its time is up (``cancel``).
    :param failure_policy: What a job that does not end well means for the others, as for the operator.
    :param cancel_on_kill: Whether the jobs are cancelled, where the vendor can, when a person marks the task as failed,
        successful or skipped. Clearing the task leaves the jobs, to which the next try attaches.
    :param fetch_result: Whether the results are fetched by the vendor's call for them.
    :param max_xcom_size: Bytes of JSON that the XCom has at most.
    """

    def __init__(
        self,
        handles: str,
        jobclients_conn_id: str,
        vendor: str | None = None,
        ended: Mapping[str, dict[str, Any]] | None = None,
        timeout: float | None = None,
        until: float | None = None,
        warnings: Warnings = "ok",
        on_timeout: OnTimeout = "leave",
        failure_policy: FailurePolicy = "fail",
        cancel_on_kill: bool = False,
        fetch_result: bool = False,
        max_xcom_size: int = MAX_BATCH_XCOM_SIZE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call] # Airflow has no types here
        self.handles = handles
        self.jobclients_conn_id = jobclients_conn_id
        self.vendor = vendor
        self.ended = dict(ended or {})
        self.timeout = timeout
        self.until = until
        self.warnings: Warnings = warnings
        self.on_timeout: OnTimeout = on_timeout
        self.failure_policy: FailurePolicy = failure_policy
        self.cancel_on_kill = cancel_on_kill
        self.fetch_result = fetch_result
        self.max_xcom_size = max_xcom_size

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Serialize the arguments and the class path.

        :return: Both.
        """
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "handles": self.handles,
                "jobclients_conn_id": self.jobclients_conn_id,
                "vendor": self.vendor,
                "ended": self.ended,
                "timeout": self.timeout,
                "until": self.until,
                "warnings": self.warnings,
                "on_timeout": self.on_timeout,
                "failure_policy": self.failure_policy,
                "cancel_on_kill": self.cancel_on_kill,
                "fetch_result": self.fetch_result,
                "max_xcom_size": self.max_xcom_size,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait for the jobs.

        :return: One event, with which the operator goes on: a mapping with the XCom (``jobs``) and what went wrong
            (``error``, None where all jobs ended well, or that is ignored).
        """
        handles = unpack(self.handles)
        ends = BatchEnds(list(handles), self.failure_policy, self.log, dict(self.ended))
        try:
            async with shared_jobs(self._sharing, next(iter(handles.values()), None)) as shared:
                jobs = await self._jobs(shared.client, {name: handles[name] for name in ends.left})
                await self._wait(jobs, ends)
            failure = ends.failure()
        except JobClientsError as error:
            failure = str(error)
        yield TriggerEvent({"jobs": ends.xcom(self.max_xcom_size), "error": failure})  # type: ignore[no-untyped-call]

    async def on_kill(self) -> None:
        """Cancel the jobs, if asked for, where a person has marked the task. As the trigger of one job does."""
        if not self.cancel_on_kill:
            return
        state = await asyncio.to_thread(marked_state, self.task_instance)
        if state is None:
            self.log.info("The jobs go on, because nobody has marked the task")
            return
        places = asyncio.Semaphore(CONCURRENCY)

        async def cancel(name: str, job: AsyncJob[Any]) -> None:
            if not isinstance(job, AsyncCancels):
                self.log.warning("%s goes on: the vendor cannot cancel it", name)
                return
            async with places:
                try:
                    await job.cancel()
                except JobClientsError as error:
                    self.log.warning("%s: %s", name, error)

        handles = {name: text for name, text in unpack(self.handles).items() if name not in self.ended}
        async with shared_jobs(self._sharing, next(iter(handles.values()), None)) as shared:
            jobs = await self._jobs(shared.client, handles)
            await asyncio.gather(*(cancel(name, job) for name, job in jobs.items()))
            self.log.info("The jobs were asked to stop, because the task was marked as %s", state)

    @property
    def _sharing(self) -> Sharing:
        return Sharing(self.jobclients_conn_id, self.vendor)

    async def _jobs(self, client: Any, handles: Mapping[str, str]) -> dict[str, AsyncJob[Any]]:
        found: dict[str, AsyncJob[Any]] = {}
        for number, (name, text) in enumerate(handles.items(), 1):
            found[name] = resume(text, client)
            if number % _BREATH == 0:
                await asyncio.sleep(0)
        return found

    async def _wait(self, jobs: Mapping[str, AsyncJob[Any]], ends: BatchEnds) -> None:
        """Note the ends of the jobs, until all have ended or the others do not matter any more."""
        names = {id(job): name for name, job in jobs.items()}
        until = None if self.until is None else datetime.fromtimestamp(self.until, UTC)
        waiting = AsyncJobSet[AsyncJob[Any]](
            concurrency=CONCURRENCY,
            timeout=self.timeout,
            until=until,
            warnings=self.warnings,
            on_timeout=self.on_timeout,
            failures=True,
        )
        async with waiting:
            waiting.add_all(jobs.values())
            async for outcome in waiting:
                status, error = outcome.status, outcome.error
                try:
                    if self.fetch_result and error is None and status is not None:
                        status = await with_result_async(outcome.job, status)
                except JobClientsError as failed:
                    error = failed
                ends.note(names[id(outcome.job)], outcome.job, status, error)
                if ends.given_up:
                    return
