"""What the triggers of one process share: a client and a set of jobs for each connection.

Thousands of waits become a few requests that way: the set asks about many jobs by one call where the vendor can tell
of many, and rate limits, tokens and connections are those of the one client.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal
from weakref import WeakKeyDictionary

from jobclients_core.client import AsyncClient
from jobclients_core.connecting import resume
from jobclients_core.integrations.airflow.hooks.jobclients import JobClientsHook
from jobclients_core.jobs import AsyncJob, AsyncJobSet, Outcome

LINGER: Final = 60.0
"""Seconds for which a client is kept that nobody uses, so that the next task need not log in again."""

CONCURRENCY: Final = 20
"""Requests of one connection that are under way at the same time."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sharing:
    """What jobs have in common that are waited for together.

    :param jobclients_conn_id: The connection.
    :param vendor: The vendor; the connection's own when None.
    :param warnings: Whether a success with warnings is a failure.
    :param on_timeout: Whether a job is asked to stop when its time is up.
    """

    jobclients_conn_id: str
    vendor: str | None = None
    warnings: Literal["ok", "raise"] = "ok"
    on_timeout: Literal["leave", "cancel"] = "leave"


class SharedJobs:
    """The client of a connection, and the set of the jobs that are waited for with it.

    :param client: The client.
    :param sharing: What the jobs have in common.
    """

    def __init__(self, client: AsyncClient, sharing: Sharing) -> None:
        self.client = client
        self._jobs = AsyncJobSet[AsyncJob[Any]](
            concurrency=CONCURRENCY, warnings=sharing.warnings, on_timeout=sharing.on_timeout, failures=True
        )

    def job(self, handle: str) -> AsyncJob[Any]:
        """Get a job that was submitted earlier. Nothing is sent.

        :param handle: What ``to_json`` of the job gave.
        :return: The job.
        """
        return resume(handle, self.client)

    def watch(
        self, job: AsyncJob[Any], *, timeout: float | None = None, until: float | None = None
    ) -> AsyncGenerator[Outcome[AsyncJob[Any]]]:
        """Wait for a job together with all others.

        :param job: The job.
        :param timeout: Seconds to wait at most; the default of its type when None.
        :param until: Seconds since 1970 at which to stop waiting, if that is earlier.
        :return: Each change, then the end.
        """
        end = None if until is None else datetime.fromtimestamp(until, UTC)
        return self._jobs.watch(job, timeout=timeout, until=end)

    async def aclose(self) -> None:
        """Wait for no job any more, and close the client."""
        await self._jobs.aclose()
        await self.client.aclose()


@dataclass(slots=True)
class _Place:
    """Shared jobs that are being made, or were, and how many use them."""

    made: asyncio.Task[SharedJobs]
    users: int = 0
    closing: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class _Registry:
    """The shared jobs of one event loop."""

    places: dict[Sharing, _Place] = field(default_factory=dict[Sharing, _Place])
    closings: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])


_registries: WeakKeyDictionary[asyncio.AbstractEventLoop, _Registry] = WeakKeyDictionary()


@asynccontextmanager
async def shared_jobs(sharing: Sharing) -> AsyncGenerator[SharedJobs]:
    """Use the client and the set of a connection together with all others of this event loop.

    :param sharing: The connection, and how is waited.
    :return: The shared jobs; they stay open for `LINGER` seconds after their last use.
    """
    loop = asyncio.get_running_loop()
    registry = _registries.setdefault(loop, _Registry())
    place = registry.places.get(sharing)
    if place is None:
        # A task of its own: that its first user is cancelled does not concern the others. And a context of its own:
        # what is logged there would be in the log of whichever task came first.
        place = registry.places[sharing] = _Place(loop.create_task(_made(sharing), context=Context()))
    if place.closing is not None:
        place.closing.cancel()
        place.closing = None
    place.users += 1
    try:
        yield await asyncio.shield(place.made)
    finally:
        place.users -= 1
        if not place.users:
            failed = place.made.done() and (place.made.cancelled() or place.made.exception() is not None)
            place.closing = loop.call_later(0.0 if failed else LINGER, _close, registry, sharing)


async def _made(sharing: Sharing) -> SharedJobs:
    hook = JobClientsHook(sharing.jobclients_conn_id, sharing.vendor)
    return SharedJobs(await hook.aget_conn(), sharing)


def _close(registry: _Registry, sharing: Sharing) -> None:
    """Close what nobody has used for a while."""
    place = registry.places.pop(sharing)

    async def closed() -> None:
        try:
            await (await place.made).aclose()
        except Exception as error:
            logger.debug("%s was not opened: %s", sharing.jobclients_conn_id, error)

    closing = asyncio.get_running_loop().create_task(closed())
    registry.closings.add(closing)
    closing.add_done_callback(registry.closings.discard)
