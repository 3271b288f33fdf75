"""The trigger that one writes without sharing: a client for each wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TaskFailedEvent, TaskSuccessEvent, TriggerEvent
from jobclients_core import JobFailed
from jobclients_core.connecting import resume
from jobclients_core.integrations.airflow.hooks.jobclients import JobClientsHook


class OwnClientTrigger(BaseTrigger):
    """Wait for a job with a client of its own.

    Args:
        handle: The job.
        conn_id: Its connection.
    """

    def __init__(self, handle: str, conn_id: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.handle = handle
        self.conn_id = conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The arguments and the class path."""
        return f"{__name__}.OwnClientTrigger", {"handle": self.handle, "conn_id": self.conn_id}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait."""
        async with await JobClientsHook(self.conn_id).aget_conn() as client:
            try:
                await resume(self.handle, client).wait()
            except JobFailed:
                yield TaskFailedEvent()
                return
        yield TaskSuccessEvent()
