"""What the triggers of one process share: a client and a set of jobs for each connection.

Thousands of waits become a few requests that way: the set asks about many jobs by one call where the vendor can tell
of many, and rate limits, tokens and connections are those of the one client.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

from jobclients_core.client import AsyncClient, session_of
from jobclients_core.connecting import resume
from jobclients_core.integrations.airflow.hooks.jobclients import JobClientsHook
from jobclients_core.integrations.airflow.utils.choices import OnTimeout, Warnings
from jobclients_core.jobs import AsyncJob, AsyncJobSet, HandleError, Outcome, read_handle

LINGER: Final = 60.0
"""Seconds for which a client is kept that nobody uses, so that the next task need not log in again."""

CONCURRENCY: Final = 20
"""Requests of one connection that are under way at the same time."""


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sharing:
    """What those have in common who share a client.

    :param jobclients_conn_id: The connection.
    :param vendor: The vendor; the connection's own when None.
    """

    jobclients_conn_id: str
    vendor: str | None = None


class SharedJobs:
    """The client of a connection, and the jobs that are waited for with it.

    :param client: The client.
    """

    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        # Made in no trigger's context: what is logged of a request would be in the log of whichever task came first.
        self._context = copy_context()
        self._sets: dict[tuple[Warnings, OnTimeout], AsyncJobSet[AsyncJob[Any]]] = {}

    def job(self, handle: str) -> AsyncJob[Any]:
        """Get a job that was submitted earlier. Nothing is sent.

        :param handle: What ``to_json`` of the job gave.
        :return: The job.
        """
        return resume(handle, self.client)

    def fits(self, handle: str) -> bool:
        """Tell whether a job is of the server and the account that the client was made for.

        :param handle: What ``to_json`` of the job gave.
        """
        session = session_of(self.client)
        try:
            found = read_handle(handle)
        except HandleError:
            return True  # no client would be another one's
        return (found.origin, found.account) == (str(session.base), session.account)

    def watch(
        self,
        job: AsyncJob[Any],
        *,
        timeout: float | None = None,
        until: float | None = None,
        warnings: Warnings = "ok",
        on_timeout: OnTimeout = "leave",
    ) -> AsyncGenerator[Outcome[AsyncJob[Any]]]:
        """Wait for a job together with all others of the same options.

        :param job: The job.
        :param timeout: Seconds to wait at most; the default of its type when None.
        :param until: Seconds since 1970 at which to stop waiting, if that is earlier.
        :param warnings: Whether a success with warnings is a failure.
        :param on_timeout: Whether the job is asked to stop when its time is up.
        :return: Each change, then the end.
        """
        end = None if until is None else datetime.fromtimestamp(until, UTC)
        jobs = self._sets.get((warnings, on_timeout))
        if jobs is None:
            jobs = self._sets[warnings, on_timeout] = self._context.run(
                lambda: AsyncJobSet[AsyncJob[Any]](
                    concurrency=CONCURRENCY, warnings=warnings, on_timeout=on_timeout, failures=True
                )
            )
        return jobs.watch(job, timeout=timeout, until=end)

    async def aclose(self) -> None:
        """Wait for no job any more, and close the client."""
        for jobs in self._sets.values():
            await jobs.aclose()
        await self.client.aclose()


@dataclass(eq=False, slots=True)
class _Place:
    """Shared jobs that are being made, or were, and how many use them."""

    made: asyncio.Task[SharedJobs]
    users: int = 0
    closing: asyncio.TimerHandle | None = None

    @property
    def failed(self) -> bool:
        """Whether there is no client, and will be none."""
        return self.made.done() and (self.made.cancelled() or self.made.exception() is not None)

    def fits(self, handle: str | None) -> bool:
        """Whether a job is of the client; that of one that is being made is not known yet."""
        return handle is None or not self.made.done() or self.failed or self.made.result().fits(handle)


@dataclass(slots=True)
class _Registry:
    """The shared jobs of one event loop."""

    places: dict[Sharing, _Place] = field(default_factory=dict[Sharing, _Place])
    closings: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])


_registries: WeakKeyDictionary[asyncio.AbstractEventLoop, _Registry] = WeakKeyDictionary()


@asynccontextmanager
async def shared_jobs(sharing: Sharing, handle: str | None = None) -> AsyncGenerator[SharedJobs]:
    """Use the client of a connection together with all others of this event loop.

    :param sharing: The connection.
    :param handle: A job that the client is for. Where it is of another server or account, the connection was changed
        since it was read: it is read again, and those who wait already go on as they began.
    :return: The shared jobs; they stay open for `LINGER` seconds after their last use.
    """
    loop = asyncio.get_running_loop()
    registry = _registries.setdefault(loop, _Registry())
    place = registry.places.get(sharing)
    if place is None or not place.fits(handle):
        # A task of its own: that its first user is cancelled does not concern the others.
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
            place.closing = loop.call_later(0.0 if place.failed else LINGER, _close, registry, sharing, place)


async def _made(sharing: Sharing) -> SharedJobs:
    hook = JobClientsHook(sharing.jobclients_conn_id, sharing.vendor)
    return SharedJobs(await hook.aget_conn())


def _close(registry: _Registry, sharing: Sharing, place: _Place) -> None:
    """Close what nobody has used for a while."""
    if registry.places.get(sharing) is place:
        del registry.places[sharing]

    async def closed() -> None:
        try:
            await (await place.made).aclose()
        except Exception as error:
            logger.debug("%s was not opened: %s", sharing.jobclients_conn_id, error)

    closing = asyncio.get_running_loop().create_task(closed())
    registry.closings.add(closing)
    closing.add_done_callback(registry.closings.discard)
