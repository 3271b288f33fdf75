"""What sets of jobs have in common: options, outcomes, and what a worker does, as flows without I/O."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, Literal, TypedDict, TypeVar

from jobclients_core.client import session_of
from jobclients_core.errors import InvalidArgument, JobClientsError
from jobclients_core.flow import Clock, Flow, Sleep
from jobclients_core.response_parser import forget_responses

from .classify import logger
from .errors import JobError
from .identity import bind
from .limits import limited_flow, limits_of
from .listing import listing_flow
from .schedule import Entry, Listing, Place, Queue, Schedule, Work
from .status import JobStatus
from .waiting import Options, differs, wait_out

H = TypeVar("H")

Seconds = float | timedelta

_BREATH = 64
"""Jobs after which a worker lets others go on, where no request does."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[H]):
    """What became of one job of a set.

    Args:
        job: The handle.
        status: The last status that was read; None where there is none.
        error: What ``wait`` of the job would have raised; None for a job that ended well.
        ended: False for a status on the way, which only sets with ``updates`` give.
    """

    job: H
    status: JobStatus[Any] | None
    error: JobClientsError | None = None
    ended: bool = True

    @property
    def ok(self) -> bool:
        """Whether nothing went wrong."""
        return self.error is None

    def get(self) -> JobStatus[Any]:
        """What ``wait`` of the job would have returned, or raised.

        Returns:
            The status.

        Raises:
            JobClientsError: the job did not end well, or it is not known.
        """
        if self.error is not None:
            raise self.error
        assert self.status is not None  # a wait ends with one or the other
        return self.status


class SetOptions(TypedDict, Generic[H], total=False):
    """How a set waits for its jobs.

    Attributes:
        timeout: How long to wait for each job, in seconds from when it is added, as for `Job.wait`; its kind's own
            default when None. Where rate limits do not allow a last look at all jobs at once, those looks are spread:
            with n jobs and q calls a second, over the last n/q seconds.
        until: An aware datetime at which to stop waiting, if that is earlier.
        start_within: Seconds within which each job has to begin.
        warnings: Whether a success with warnings is a failure.
        on_timeout: Whether a job is asked to stop when its time is up. Each takes a place of ``concurrency`` while
            it is stopped: the last of n jobs ends by its timeout and n/concurrency times the 20 s that stopping may
            take.
        on_paused: Whether a job that is paused is waited for, or is an outcome with `JobPaused`.
        failures: Whether a call of its own is made for each job that failed to tell why, where a vendor has one.
        on_update: Called with a job and each of its statuses.
        on_state: Called with a job and each status whose state differs from the one before.
        updates: Whether statuses on the way are outcomes too, where something changed; their ``ended`` is False.
        endless: Whether iterating goes on while the set is empty, until it is stopped.
    """

    timeout: Seconds | None
    until: datetime | None
    start_within: Seconds | None
    warnings: Literal["ok", "raise"]
    on_timeout: Literal["leave", "cancel"]
    on_paused: Literal["wait", "raise"]
    failures: bool
    on_update: Callable[[H, JobStatus[Any]], Any] | None
    on_state: Callable[[H, JobStatus[Any]], Any] | None
    updates: bool
    endless: bool


def unexpected(error: BaseException, queue: Queue) -> JobClientsError:
    """The failure of a job for a reason that is none of the library's.

    Args:
        error: The reason.
        queue: Where the job was.

    Returns:
        The failure.
    """
    failure = JobClientsError(f"unexpected {type(error).__name__}", operation=queue.kind.name)
    failure.__cause__ = error
    return failure


class Reader(Generic[H]):
    """Who is handed outcomes: whoever iterates over a set, or watches one job in it."""

    __slots__ = ("entries", "outcomes", "signal")

    def __init__(self, signal: Any = None) -> None:
        self.entries: dict[int, tuple[H, Entry]] = {}
        """The jobs whose outcome was not handed out yet, by their identity as objects."""
        self.outcomes: deque[Outcome[H]] = deque()
        self.signal = signal
        """What it waits for, in the way of the set."""


class Many(Generic[H]):
    """What both kinds of set share.

    Args:
        concurrency: How many requests are under way at the same time.
        options: As for `SetOptions`.

    Raises:
        InvalidArgument: an option makes no sense.
    """

    def __init__(self, concurrency: int, options: SetOptions[H]) -> None:
        if not concurrency >= 1:
            raise InvalidArgument("concurrency should be a positive number", argument="concurrency")
        self._concurrency = concurrency
        self._options = Options(
            options.get("timeout"),
            options.get("until"),
            options.get("start_within"),
            options.get("warnings", "ok"),
            options.get("on_timeout", "leave"),
            on_paused=options.get("on_paused", "wait"),
            failures=options.get("failures", False),
        )
        self._on_update = options.get("on_update")
        self._on_state = options.get("on_state")
        self._updates = options.get("updates", False)
        self._endless = options.get("endless", False)
        self._schedule = Schedule(concurrency)
        self._own: Reader[H] = Reader()
        self._watchers: dict[int, Reader[H]] = {}  # by the numbers of their entries
        self._clock: Clock | None = None
        self._stopped = False
        self._guard: AbstractContextManager[Any] = nullcontext()

    def __len__(self) -> int:
        """How many jobs have no outcome yet that was handed out."""
        return len(self._own.entries) + len(self._watchers)

    def __contains__(self, job: object) -> bool:
        return id(job) in self._own.entries

    @property
    def stopped(self) -> bool:
        """Whether the set was stopped."""
        return self._stopped

    def snapshot(self) -> list[str]:
        """All jobs whose outcome was not handed out yet, as text for `resume` in another process.

        Returns:
            The handles as JSON, one line each, in the order in which they were added; one line for a job that
            several wait for. A job whose URL holds a credential is not among them, and is warned of.
        """
        readers = [self._own, *list(self._watchers.values())]
        entries = [entry for reader in readers for _, entry in list(reader.entries.values())]
        found = [entry.handle for entry in sorted(entries, key=lambda entry: entry.number)]
        for handle in found:
            if not handle.savable:
                logger.warning("%s is left out: its URL holds a credential", handle.label)
        return list(dict.fromkeys(handle.to_json() for handle in found if handle.savable))

    def _now(self) -> float:
        return self._clock.monotonic() if self._clock is not None else time.monotonic()

    def _enter(
        self,
        reader: Reader[H],
        job: Any,
        timeout: Seconds | None,
        until: datetime | None,
        start_within: Seconds | None,
    ) -> None:
        """Begin to wait for a job."""
        if self._stopped:
            raise InvalidArgument("the set was stopped")
        if id(job) in reader.entries:
            return
        options = self._options_of(reader, job, timeout, until, start_within)
        kind, client = job.kind, job.client
        session = session_of(client)
        waiting, handle = job.begin(session, options)
        if self._clock is None:
            self._clock = session.clock
        now = self._now()
        many = kind.status_many
        # In one lane are those that one list can tell of: of one client, with the same arguments.
        key = (id(client), kind.name, repr(bind(many, handle.identity)) if many is not None else "")
        queue = self._schedule.queue(key, client, kind, limits_of(client, kind.type.limits), now)
        end = now + waiting.limit - session.clock.monotonic()
        entry = self._schedule.add(job, handle, waiting, wait_out(waiting, options), queue, end, now)
        reader.entries[id(job)] = (job, entry)
        if reader is not self._own:
            self._watchers[entry.number] = reader

    def _take_out(self, reader: Reader[H], job: object) -> bool:
        """Forget a job of a reader, who is handed nothing of it any more; whether it was there."""
        found = reader.entries.pop(id(job), None)
        if found is None:
            return False
        entry = found[1]
        self._watchers.pop(entry.number, None)
        reader.outcomes = deque(outcome for outcome in reader.outcomes if outcome.job is not job)
        if entry.place is not Place.ENDED:
            self._schedule.end(entry)
        if not reader.entries:
            self._wake(reader)
        return True

    def _options_of(
        self,
        reader: Reader[H],
        job: H,
        timeout: Seconds | None,
        until: datetime | None,
        start_within: Seconds | None,
    ) -> Options:
        """The options of one job; the set's own object wherever it will do."""
        shared = self._options
        updates = self._updates or reader is not self._own
        observed = updates or self._on_update is not None or self._on_state is not None
        if timeout is None and until is None and start_within is None and not observed:
            return shared
        on_update = partial(self._on_update, job) if self._on_update is not None else None
        return Options(
            shared.timeout if timeout is None else timeout,
            shared.until if until is None else until,
            shared.start_within if start_within is None else start_within,
            shared.warnings,
            shared.on_timeout,
            partial(self._update, reader, job, []) if updates else on_update,
            partial(self._on_state, job) if self._on_state is not None else None,
            shared.on_paused,
            shared.failures,
        )

    def _update(self, reader: Reader[H], job: H, before: list[JobStatus[Any]], status: JobStatus[Any]) -> Any:
        """Make an outcome of a status on the way, if it shows something new."""
        if not status.state.terminal and (not before or differs(before[0], status)):
            before[:] = [status]
            self._hand_over(reader, Outcome(job, status, ended=False))
        return self._on_update(job, status) if self._on_update is not None else None

    def _hand_over(self, reader: Reader[H], outcome: Outcome[H]) -> None:
        """Keep an outcome until it is asked for, unless its job was taken out meanwhile."""
        with self._guard:
            if id(outcome.job) in reader.entries:
                reader.outcomes.append(outcome)
                self._wake(reader)

    def _wake(self, reader: Reader[H]) -> None:
        raise NotImplementedError

    def _finished(self, reader: Reader[H]) -> bool:
        """Whether there is nothing for a reader any more."""
        endless = self._endless and reader is self._own
        return not reader.outcomes and (self._stopped or (not reader.entries and not endless))

    def _next_outcome(self, reader: Reader[H]) -> Outcome[H]:
        outcome = reader.outcomes.popleft()
        if outcome.ended:
            _, entry = reader.entries.pop(id(outcome.job))
            self._watchers.pop(entry.number, None)
            if not reader.entries:
                self._wake(reader)  # another one may be waiting for what will not come
        return outcome

    def _end(self, entry: Entry, error: JobClientsError | None) -> None:
        if error is not None:
            forget_responses(error)  # it is handed out, and never raised out of a client
            error.job = entry.job
            error.job_status = error.job_status or entry.waiting.status
            if isinstance(error, JobError):
                error.is_about(entry.handle.label, entry.handle.state)
        with self._guard:
            if entry.place is not Place.ENDED:
                self._schedule.end(entry)
                reader = self._watchers.get(entry.number, self._own)
                self._hand_over(reader, Outcome(entry.job, entry.waiting.status, error))

    def _failed(self, work: Work, error: JobClientsError) -> None:
        """End those that a flow left where they were: their client is closed, or what it calls broke off."""
        for entry in work.entries if isinstance(work, Listing) else [work]:
            if entry.place is Place.WORKING:
                self._end(entry, error)

    def _flow(self, work: Work) -> Flow[None]:
        """What a worker does: all that one job needs until it rests again, or one call about many."""
        kind = work.queue.kind
        if isinstance(work, Listing):
            assert kind.status_many is not None  # only such lanes ask so
            return limited_flow(work.queue.limits, self._together(work), reserved=kind.status_many.operation.id)
        reserved = kind.status.operation.id if work.ticket else None
        return limited_flow(work.queue.limits, self._turn(work), reserved=reserved)

    def _broken_off(self, error: BaseException) -> bool:
        """Whether what came out of a flow is meant for its worker, and not a failure of the one job."""
        return isinstance(error, GeneratorExit)

    def _turn(self, entry: Entry) -> Flow[None]:
        """Go on with the wait of a job until it rests, or ends."""
        entry.ticket = False  # the place is in the hands of the flow that asked for this step
        waiting, flow = entry.waiting, entry.flow
        try:
            step = next(flow)
            while not waiting.resting:
                if entry.place is Place.ENDED:  # it was taken out of the set
                    flow.close()
                    return
                try:
                    outcome = yield step
                except BaseException as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(outcome)
        except StopIteration:
            self._end(entry, None)
        except JobClientsError as error:
            self._end(entry, error)
        except BaseException as error:
            if self._broken_off(error):
                raise
            self._end(entry, unexpected(error, entry.queue))
        else:
            assert isinstance(step, Sleep)  # that is what resting means
            with self._guard:
                now = self._now()
                ahead = now - session_of(entry.queue.client).clock.monotonic()
                if entry.place is not Place.ENDED:
                    self._schedule.rest(entry, now, step.seconds, ahead)

    def _together(self, listing: Listing) -> Flow[None]:
        """Ask about many in one call; those that it does not tell of are asked about one by one."""
        listing.ticket = False
        told, others = yield from listing_flow(listing)
        with self._guard:
            listing.queue.heard(listing, self._now())
            for entry in others:
                if entry.place is not Place.ENDED:
                    self._schedule.alone(entry)
        for number, entry in enumerate(told, 1):
            yield from self._turn(entry)
            if number % _BREATH == 0:
                yield Sleep(0.0)
