"""Waiting for many jobs at once, of any mix of vendors: with a few threads, or a few tasks; never one for each job."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Iterator
from contextlib import aclosing
from contextvars import copy_context
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Self, Unpack

from typing_extensions import TypeVar

from jobclients_core.client import run_flow, run_flow_async
from jobclients_core.errors import InvalidArgument, JobClientsError
from jobclients_core.forking import in_children

from .job import AsyncJob, Job
from .many import Many, Outcome, Reader, Seconds, SetOptions, unexpected
from .schedule import Work

J = TypeVar("J", bound=Job[Any], default=Job[Any])
AJ = TypeVar("AJ", bound=AsyncJob[Any], default=AsyncJob[Any])

_LEAVING = 10.0
"""Seconds for which leaving a set waits for its requests under way."""


class JobSet(Many[J]):
    """Jobs that are waited for with a few threads; may be used from several threads itself.

    Iterate over it for the outcomes as they come: until all jobs have ended or the set is stopped. Jobs may be added
    at any time. One that fails does not concern the others. `stop` and `snapshot` may be called in signal handlers.
    Leave it through ``with`` where iteration may end early: that stops it, and waits some seconds for the requests
    under way, so that the clients may be closed then.

    The threads of a set that holds jobs are those of its own process: in a child that was forked meanwhile it takes no
    jobs and gives no outcomes, and says so; its `snapshot` tells what `resume` goes on with there. An empty one works.

    Args:
        concurrency: How many requests are under way at the same time.
        **options: As for `SetOptions`.

    Raises:
        InvalidArgument: an option makes no sense.
    """

    def __init__(self, *, concurrency: int = 8, **options: Unpack[SetOptions[J]]) -> None:
        super().__init__(concurrency, options)
        self._inherited = False
        self._begin()
        in_children(self, JobSet[J]._inherit)

    def _begin(self) -> None:
        self._guard = self._lock = lock = threading.RLock()
        self._to_do = threading.Condition(lock)
        self._own.signal = threading.Condition(lock)
        self._threads = 0
        self._idle = 0

    def _inherit(self) -> None:
        self._begin()
        self._inherited = len(self) > 0

    def _check_process(self) -> None:
        if self._inherited:
            raise InvalidArgument(
                "the set waits for its jobs in the process that this one was forked from; to wait for them here too, "
                "resume() what its snapshot() tells, with a set of this process"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        with self._guard:
            self._to_do.wait_for(lambda: not self._threads, _LEAVING)

    def add(
        self,
        job: J,
        *,
        timeout: Seconds | None = None,
        until: datetime | None = None,
        start_within: Seconds | None = None,
    ) -> None:
        """Add a job; one that is in the set already stays as it is.

        Args:
            job: The handle.
            timeout: How long to wait for it from now, if otherwise than the set's jobs.
            until: An aware datetime at which to stop waiting, if otherwise.
            start_within: Seconds within which it has to begin, if otherwise.

        Raises:
            InvalidArgument: an option makes no sense, the set was stopped, or it waits in another process.
        """
        self._check_process()
        with self._guard:
            self._enter(self._own, job, timeout, until, start_within)
            self._call_worker()

    def add_all(self, jobs: Iterable[J]) -> None:
        """Add several jobs, none of which is asked about before all are there.

        Args:
            jobs: The handles.

        Raises:
            InvalidArgument: an option makes no sense, the set was stopped, or it waits in another process.
        """
        self._check_process()
        ordered = list(jobs)
        with self._guard:
            for job in ordered:
                self._enter(self._own, job, None, None, None)
            if ordered:
                self._call_worker()

    def remove(self, job: J) -> bool:
        """Take a job out that was added; nothing is cancelled at the vendor's.

        No request about it is begun any more; one that is under way ends by itself, and what it tells is dropped. Its
        outcome is not handed out, even where it was there already: iteration goes on without it, and ends if it was
        the last one. Those who `watch` the job are not concerned.

        Args:
            job: The handle.

        Returns:
            Whether it was in the set; False where its outcome was handed out, too.
        """
        return self._leave(self._own, job)

    def _leave(self, reader: Reader[J], job: J) -> bool:
        with self._guard:
            found = self._take_out(reader, job)
            if not len(self._schedule):
                self._to_do.notify_all()  # no thread is needed any more
            return found

    def watch(
        self,
        job: J,
        *,
        timeout: Seconds | None = None,
        until: datetime | None = None,
        start_within: Seconds | None = None,
    ) -> Generator[Outcome[J]]:
        """Wait for one job together with the others of the set, from the first step of the iteration on.

        Each who watches a job has a wait of his own, with its own time, whether or not the job was added too or others
        watch it; one call asks about all of them where the vendor has a list. Iterating over the set gives nothing of
        it. Leaving the iteration early takes the wait out, as `remove` does with a job that was added.

        Args:
            job: The handle.
            timeout: How long to wait for it from now, if otherwise than the set's jobs.
            until: An aware datetime at which to stop waiting, if otherwise.
            start_within: Seconds within which it has to begin, if otherwise.

        Yields:
            Each status that shows something new, with ``ended`` false, and what became of the job; not that where the
            set is stopped before.

        Raises:
            InvalidArgument: an option makes no sense, the set was stopped, or it waits in another process.
        """
        self._check_process()
        with self._guard:
            reader: Reader[J] = Reader(threading.Condition(self._lock))
            self._enter(reader, job, timeout, until, start_within)
            self._call_worker()
        try:
            while (outcome := self._read(reader)) is not None:
                yield outcome
        finally:
            self._leave(reader, job)

    def stop(self) -> None:
        """Begin no more requests, and end iteration once the outcomes that are there are handed out.

        Nothing is cancelled at a vendor's. Requests under way end by themselves; leaving the set waits for them.
        """
        self._stopped = True
        with self._guard:
            self._to_do.notify_all()
            for reader in (self._own, *self._watchers.values()):
                self._wake(reader)

    def __iter__(self) -> Iterator[Outcome[J]]:
        return self

    def __next__(self) -> Outcome[J]:
        """The next outcome, waited for.

        Returns:
            The outcome.

        Raises:
            InvalidArgument: the set waits in another process.
        """
        if (outcome := self._read(self._own)) is None:
            raise StopIteration
        return outcome

    def _read(self, reader: Reader[J]) -> Outcome[J] | None:
        """The next outcome for a reader, waited for; None when none will come any more."""
        self._check_process()
        with self._guard:
            while not reader.outcomes:
                if self._finished(reader):
                    return None
                reader.signal.wait()
            return self._next_outcome(reader)

    def _wake(self, reader: Reader[J]) -> None:
        reader.signal.notify_all()

    def _call_worker(self) -> None:
        if self._idle:
            self._to_do.notify()
        elif self._threads < self._concurrency:
            self._threads += 1
            try:
                threading.Thread(target=self._work, name="jobclients", daemon=True).start()
            except BaseException as error:
                self._threads -= 1
                if not self._threads or not isinstance(error, RuntimeError):
                    raise  # of those that there are, each goes on with the work

    def _work(self) -> None:
        while (work := self._next_work()) is not None:
            try:
                run_flow(work.queue.client, self._flow(work), work.queue.kind.status.operation.id)
            except JobClientsError as error:
                self._failed(work, error)
            except BaseException as error:
                self._failed(work, unexpected(error, work.queue))
            finally:
                with self._guard:
                    self._schedule.done(work)

    def _next_work(self) -> Work | None:
        """The next piece of work, waited for; None when the thread is not needed any more."""
        with self._guard:
            work = None
            try:
                while work is None and len(self._schedule) and not self._stopped:
                    now = self._now()
                    work = self._schedule.take(now)
                    if work is None:
                        self._pause(self._schedule.next_time() - now)
                    elif self._schedule.more(now):
                        self._call_worker()
            finally:
                if work is None:
                    self._threads -= 1
                    self._to_do.notify_all()
            return work

    def _pause(self, seconds: float) -> None:
        skip = self._clock.sleep if self._clock is not None else None
        if skip is not None and not self._schedule.busy and seconds < math.inf:
            skip(max(seconds, 0.0))
            return
        self._idle += 1
        try:
            self._to_do.wait(None if seconds == math.inf else min(max(seconds, 0.0), threading.TIMEOUT_MAX))
        finally:
            self._idle -= 1


class AsyncJobSet(Many[AJ]):
    """Jobs that are waited for on an event loop of asyncio, with no task of their own.

    Iterate over it for the outcomes as they come: until all jobs have ended or the set is stopped. Jobs may be added
    at any time. One that fails does not concern the others. `stop` and `snapshot` may be called in the loop's signal
    handlers. Leave it through ``async with``, or call `aclose`, where iteration may end early.

    It belongs to one loop at a time. After that one was closed, it goes on in another, with the jobs that had no
    request under way; the others ended with the loop, as their outcomes say.

    Args:
        concurrency: How many requests are under way at the same time.
        **options: As for `SetOptions`; what the callbacks return is awaited where it can be.

    Raises:
        InvalidArgument: an option makes no sense.
    """

    def __init__(self, *, concurrency: int = 20, **options: Unpack[SetOptions[AJ]]) -> None:
        super().__init__(concurrency, options)
        # Requests are of the set: not of the task that happened to add a job, whose log or span they would be in.
        self._context = copy_context()
        self._begin(None)

    def _begin(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._loop = loop
        self._own.signal = asyncio.Event()
        self._workers: set[asyncio.Task[None]] = set()
        self._timer: asyncio.Handle | None = None
        self._timer_at = math.inf

    def _check_loop(self) -> asyncio.AbstractEventLoop:
        """The running loop, which becomes the set's where its own is closed."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None and not self._loop.is_closed():
                raise InvalidArgument("the set belongs to another event loop, which is not closed yet")
            self._begin(loop)
        return loop

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def add(
        self,
        job: AJ,
        *,
        timeout: Seconds | None = None,
        until: datetime | None = None,
        start_within: Seconds | None = None,
    ) -> None:
        """Add a job; one that is in the set already stays as it is. As `JobSet.add`."""
        self._enter(self._own, job, timeout, until, start_within)
        self._set_timer(0.0)

    def add_all(self, jobs: Iterable[AJ]) -> None:
        """Add several jobs. As `JobSet.add_all`."""
        for job in jobs:
            self.add(job)

    def remove(self, job: AJ) -> bool:
        """Take a job out that was added; nothing is cancelled at the vendor's. As `JobSet.remove`."""
        return self._take_out(self._own, job)

    async def watch(
        self,
        job: AJ,
        *,
        timeout: Seconds | None = None,
        until: datetime | None = None,
        start_within: Seconds | None = None,
    ) -> AsyncGenerator[Outcome[AJ]]:
        """Wait for one job together with the others of the set. As `JobSet.watch`.

        Close the generator where its iteration may end early (``contextlib.aclosing``), so that the wait ends at once.
        """
        self._check_loop()
        reader: Reader[AJ] = Reader(asyncio.Event())
        self._enter(reader, job, timeout, until, start_within)
        self._set_timer(0.0)
        try:
            while (outcome := await self._read(reader)) is not None:
                yield outcome
        finally:
            self._take_out(reader, job)

    def stop(self) -> None:
        """Begin no more requests, break off those under way, and end iteration. As `JobSet.stop`."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        for worker in self._workers:
            worker.cancel()
        for reader in (self._own, *self._watchers.values()):
            self._wake(reader)

    async def aclose(self) -> None:
        """Stop, and wait until the requests under way are broken off."""
        self._check_loop()
        self.stop()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def __aiter__(self) -> AsyncIterator[Outcome[AJ]]:
        return self

    async def __anext__(self) -> Outcome[AJ]:
        """The next outcome, waited for.

        Returns:
            The outcome.

        Raises:
            InvalidArgument: the set belongs to another event loop, which is not closed yet.
        """
        self._check_loop()
        self._set_timer(0.0)
        if (outcome := await self._read(self._own)) is None:
            raise StopAsyncIteration
        return outcome

    async def _read(self, reader: Reader[AJ]) -> Outcome[AJ] | None:
        """The next outcome for a reader, waited for; None when none will come any more."""
        while not reader.outcomes:
            if self._finished(reader):
                return None
            reader.signal.clear()
            await reader.signal.wait()
        return self._next_outcome(reader)

    def _wake(self, reader: Reader[AJ]) -> None:
        reader.signal.set()

    def _set_timer(self, seconds: float) -> None:
        """Have `_start_workers` called in some seconds, unless it will be sooner anyway."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return  # iteration will do it
        loop = self._check_loop()
        at = loop.time() + seconds
        if self._stopped or at >= self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        if seconds <= 0:
            self._timer = loop.call_soon(self._start_workers, context=self._context)
        else:
            self._timer = loop.call_at(at, self._start_workers, context=self._context)

    def _start_workers(self) -> None:
        self._timer, self._timer_at = None, math.inf
        now = self._now()
        while not self._stopped and (work := self._schedule.take(now)) is not None:
            worker = asyncio.get_running_loop().create_task(self._work(work))
            self._workers.add(worker)
            worker.add_done_callback(partial(self._worker_left, work))
        self._rest_until_next(now)

    def _worker_left(self, first: Work, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        self._schedule.unused(first)  # of a task that was cancelled before it ran, nothing else happens

    def _broken_off(self, error: BaseException) -> bool:
        if not isinstance(error, asyncio.CancelledError):
            return not isinstance(error, Exception)  # the loop ends with it
        worker = asyncio.current_task()
        return self._stopped or (worker is not None and worker.cancelling() > 0)

    def _rest_until_next(self, now: float) -> None:
        seconds = self._schedule.next_time() - now
        skip = self._clock.sleep if self._clock is not None else None
        if self._stopped or not len(self._schedule) or seconds == math.inf:
            return
        if skip is not None and not self._schedule.busy:
            skip(max(seconds, 0.0))
            seconds = 0.0
        if skip is None or not self._schedule.busy:
            self._set_timer(max(seconds, 0.0))

    async def _work(self, first: Work) -> None:
        work: Work | None = first
        while work is not None:
            try:
                await run_flow_async(work.queue.client, self._flow(work), work.queue.kind.status.operation.id)
            except JobClientsError as error:
                self._failed(work, error)
            except asyncio.CancelledError as error:
                if not self._stopped:
                    self._failed(work, unexpected(error, work.queue))
                if self._broken_off(error):
                    raise
            finally:
                self._schedule.done(work)
            work = None if self._stopped else self._schedule.take(self._now())
        self._rest_until_next(self._now())


def wait_all(jobs: Iterable[J], *, concurrency: int = 8, **options: Unpack[SetOptions[J]]) -> list[Outcome[J]]:
    """Wait until all jobs have ended; one that fails does not concern the others.

    Args:
        jobs: The jobs, of any mix of vendors.
        concurrency: How many requests are under way at the same time.
        **options: As for `SetOptions`.

    Returns:
        What became of each, in the order of the jobs.
    """
    ordered = list(jobs)
    found: dict[int, Outcome[J]] = {}
    options["updates"] = False
    for outcome in watch_all(ordered, concurrency=concurrency, **options):
        found[id(outcome.job)] = outcome
    return [found[id(job)] for job in ordered]


def watch_all(jobs: Iterable[J], *, concurrency: int = 8, **options: Unpack[SetOptions[J]]) -> Iterator[Outcome[J]]:
    """Look on until all jobs have ended.

    Args:
        jobs: The jobs, of any mix of vendors.
        concurrency: How many requests are under way at the same time.
        **options: As for `SetOptions`, where ``updates`` is true unless it is given.

    Yields:
        Each status that shows something new, with ``ended`` false, and what became of each job.
    """
    options.setdefault("updates", True)
    with JobSet[J](concurrency=concurrency, **options) as many:
        many.add_all(jobs)
        yield from many


async def wait_all_async(
    jobs: Iterable[AJ], *, concurrency: int = 20, **options: Unpack[SetOptions[AJ]]
) -> list[Outcome[AJ]]:
    """Wait until all jobs have ended. As `wait_all`."""
    ordered = list(jobs)
    found: dict[int, Outcome[AJ]] = {}
    options["updates"] = False
    async with aclosing(watch_all_async(ordered, concurrency=concurrency, **options)) as outcomes:
        async for outcome in outcomes:
            found[id(outcome.job)] = outcome
    return [found[id(job)] for job in ordered]


async def watch_all_async(
    jobs: Iterable[AJ], *, concurrency: int = 20, **options: Unpack[SetOptions[AJ]]
) -> AsyncGenerator[Outcome[AJ]]:
    """Look on until all jobs have ended. As `watch_all`."""
    options.setdefault("updates", True)
    async with AsyncJobSet[AJ](concurrency=concurrency, **options) as many:
        many.add_all(jobs)
        async for outcome in many:
            yield outcome
