"""A set of jobs without threads: the schedule and the flows of `JobSet`, on the clock of a world."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Unpack

from jobclients_core.errors import JobClientsError
from jobclients_core.jobs.many import Many, Outcome, Reader, SetOptions
from jobclients_core.jobs.schedule import Work

from .world import Process, Task


class SimulatedSet(Many[Any]):
    """Jobs that are waited for together.

    Args:
        process: Where.
        sender: The intent on whose behalf it sends.
        told: What is told each outcome.
        concurrency: How many requests are under way at the same time.
        **options: As for `SetOptions`.
    """

    def __init__(
        self,
        process: Process,
        sender: str,
        told: Callable[[Outcome[Any]], None],
        concurrency: int,
        **options: Unpack[SetOptions[Any]],
    ) -> None:
        super().__init__(concurrency, options)
        self._process = process
        self._sender = sender
        self._told = told
        self._timer = math.inf
        self.tasks: list[Task] = []

    def add(self, job: Any) -> None:
        """Add a job; `work` begins."""
        self._enter(self._own, job, None, None, None)

    def watch(self, job: Any, timeout: float) -> None:
        """Wait for a job with a time of its own."""
        self._enter(Reader(), job, timeout, None, None)

    def leave(self, job: Any) -> None:
        """Take a job out, whoever waits for it."""
        for reader in (self._own, *list(self._watchers.values())):
            self._take_out(reader, job)

    def work(self) -> None:
        """Take what is due, as long as there is some."""
        while (work := self._schedule.take(self._now())) is not None:
            self.tasks.append(self._process.start(self._flow(work), self._sender, partial(self._worked, work)))
        self._rest()

    def _worked(self, work: Work, result: Any, error: JobClientsError | None) -> None:
        if error is not None:
            self._failed(work, error)
        self._schedule.done(work)
        self._process.world.after(0.0, self._tick, -1.0)

    def _rest(self) -> None:
        at = self._schedule.next_time()
        if at < math.inf and at != self._timer:
            self._timer = at
            self._process.world.after(max(at - self._now(), 0.0), self._tick, at)

    def _tick(self, at: float) -> None:
        if at == self._timer:
            self._timer = math.inf
        if self._process.alive:
            self.work()

    def _wake(self, reader: Reader[Any]) -> None:
        while reader.outcomes:
            self._told(self._next_outcome(reader))
