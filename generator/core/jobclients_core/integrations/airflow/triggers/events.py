"""The event trigger: it tells an asset of each run of a job that has ended."""

from __future__ import annotations

import hashlib
import json
from asyncio import sleep as pause
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Literal

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from jobclients_core.integrations.airflow.triggers.registry import Sharing, shared_jobs
from jobclients_core.integrations.airflow.utils.identity import identified, jobs_of
from jobclients_core.integrations.airflow.utils.outcome import MAX_XCOM_SIZE, describe, xcom_of
from jobclients_core.integrations.airflow.utils.record import KEY
from jobclients_core.jobs import AsyncJob, JobStatus
from jobclients_core.shapes import is_object

POLL_INTERVAL: Final = 60.0
"""Seconds between two looks, as usual."""


class JobClientsRunEndedTrigger(BaseEventTrigger):
    """Tell an asset when a run of a job has ended, whoever started it.

    For an :class:`~airflow.sdk.AssetWatcher`::

        Asset("orders", watchers=[AssetWatcher(name="nightly", trigger=JobClientsRunEndedTrigger(
            jobclients_conn_id="acme", job_type="runs", identity={"job_name": "nightly"}))])

    Where the vendor's jobs run again under one name, each run is an event: the vendor is asked about the latest run, so
    that one which a later run hides between two looks is not seen. Any other job is one event.

    Which end was told last is kept in the state store of the asset. So a run that ends while no triggerer runs is told
    afterwards, and one that is told shortly before a triggerer dies may be told again. A run that has ended before the
    trigger looks for the first time is not an event. Where several assets watch a job with the same arguments, Airflow
    has one trigger for all of them and no place to keep that: what ends while no triggerer runs is then no event.

    :param jobclients_conn_id: The connection of the job's vendor.
    :param job_type: The type of the job, as the client's attribute is called.
    :param identity: What identifies the job, by the names of the client's arguments.
    :param vendor: The vendor, as for the hook; the connection's own when None.
    :param states: The ends that are events: ``all``, those that went well (``ok``), or the others (``failed``).
    :param poll_interval: Seconds between two looks.
    :param max_size: Bytes of JSON that an event has at most; a result that is too large is left out.
    """

    def __init__(
        self,
        jobclients_conn_id: str,
        job_type: str,
        identity: Mapping[str, Any],
        vendor: str | None = None,
        states: Literal["all", "ok", "failed"] = "all",
        poll_interval: float = POLL_INTERVAL,
        max_size: int = MAX_XCOM_SIZE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call] # Airflow has no types here
        if not poll_interval > 0:
            raise ValueError("poll_interval should be a positive number of seconds")
        if states not in ("all", "ok", "failed"):
            raise ValueError("states should be 'all', 'ok' or 'failed'")
        self.jobclients_conn_id = jobclients_conn_id
        self.job_type = job_type
        self.identity = dict(identity)
        self.vendor = vendor
        self.states: Literal["all", "ok", "failed"] = states
        self.poll_interval = poll_interval
        self.max_size = max_size
        self._failure = ""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Serialize the arguments and the class path.

        :return: Both.
        """
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "jobclients_conn_id": self.jobclients_conn_id,
                "job_type": self.job_type,
                "identity": self.identity,
                "vendor": self.vendor,
                "states": self.states,
                "poll_interval": self.poll_interval,
                "max_size": self.max_size,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look at the job for as long as the asset is watched.

        :return: An event for each run that ended: a mapping with what the XCom of an operator has (``job``).
        """
        place = _Place(self.asset_state_store, self._key, self.log)
        while True:
            found = await self._look(place)
            if found is not None:
                self.log.info("%s", describe(*found))
                yield TriggerEvent({"job": xcom_of(*found, self.max_size)})  # type: ignore[no-untyped-call]
            await pause(self.poll_interval)

    @property
    def _key(self) -> str:
        """Where the last end is in the store of the asset, which may have other watchers."""
        parts = json.dumps([self.jobclients_conn_id, self.vendor, self.job_type, self.identity], sort_keys=True)
        return f"{KEY}/{hashlib.sha256(parts.encode()).hexdigest()[:32]}"

    async def _look(self, place: _Place) -> tuple[AsyncJob[Any], JobStatus[Any]] | None:
        """The job and its status where that is an event."""
        try:
            # Airflow has stored by now what was told after the look before.
            await (place.save() if place.read else place.load())
            async with shared_jobs(Sharing(self.jobclients_conn_id, self.vendor)) as shared:
                job: AsyncJob[Any] = identified(jobs_of(shared.client, self.job_type), self.identity)
                status = await job.status()
            end = f"{status.run_id or status.finished_at} {status.state}" if status.state.terminal else ""
            if place.told is None:
                place.told = end
                await place.save()
                return None
        except Exception as error:
            # What is wrong may be mended meanwhile: the connection, the vendor, Airflow's API server.
            if str(error) != self._failure:
                self.log.warning("%s; it is looked at again each %g s", error, self.poll_interval)
            self._failure = str(error)
            return None
        self._failure = ""
        if end in ("", place.told):
            return None
        place.told = end
        return (job, status) if self.states == "all" or status.state.ok == (self.states == "ok") else None


class _Place:
    """The end that was told last, in the state store of the asset.

    Args:
        store: The store; None where Airflow gives none.
        key: The key.
        log: The trigger's log.
    """

    def __init__(self, store: Any, key: str, log: Any) -> None:
        self._store = store
        self._key = key
        self._log = log
        self._saved: str | None = None
        self.told: str | None = None
        self.read = False

    async def load(self) -> None:
        """Read it."""
        try:
            kept = None if self._store is None else await self._store.aget(self._key)
        except ValueError as error:
            self._log.warning("What was told is not kept, because several assets watch this job: %s", error)
            self._store = kept = None
        if is_object(kept) and isinstance(kept.get("end"), str):
            self.told = self._saved = kept["end"]
        self.read = True

    async def save(self) -> None:
        """Keep it, where it has changed."""
        if self._store is not None and self.told != self._saved:
            await self._store.aset(self._key, {"end": self.told})
            self._saved = self.told
