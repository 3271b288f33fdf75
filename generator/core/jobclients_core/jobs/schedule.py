"""Who is asked about next: a wake-up heap for all that rest, and a lane of those that are due for each client's kind.

No I/O, no clock, no threads of its own: whoever drives it says what time it is, and holds a lock where it has to.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from jobclients_core.flow import Flow
from jobclients_core.jobtype import BoundJobType

from .handle import Handle
from .limits import Limits
from .status import JobStatus
from .waiting import Waiting

_COLLECT = 0.05
"""Seconds for which the first of many jobs waits for the others, to be asked about together."""


class Place(Enum):
    """Where a job of a set is."""

    RESTING = 0
    DUE = 1
    WORKING = 2
    ENDED = 3


class Entry:
    """One job of a set.

    Args:
        job: The handle.
        handle: What it holds.
        waiting: Its wait.
        flow: The flow that waits.
        queue: Where it queues.
        end: Time at which its wait ends.
        number: Counts the entries.
    """

    __slots__ = ("end", "flow", "handle", "job", "missed", "number", "place", "queue", "ticket", "waiting", "when")

    def __init__(
        self,
        job: Any,
        handle: Handle,
        waiting: Waiting[Any],
        flow: Flow[JobStatus[Any]],
        queue: Queue,
        end: float,
        number: int,
    ) -> None:
        self.job = job
        self.handle = handle
        self.waiting = waiting
        self.flow = flow
        self.queue = queue
        self.end = end
        self.number = number
        self.place = Place.DUE
        self.when = 0.0
        self.ticket = False
        self.missed = 0


@dataclass(slots=True)
class Listing:
    """One call that tells of many.

    Args:
        queue: Whose.
        entries: Those that are due.
        ticket: Whether a place under the limits was taken that no flow holds yet.
        took: Seconds that the call took.
        asked: Seconds that the vendor asks to wait before the next one.
    """

    queue: Queue
    entries: list[Entry]
    ticket: bool = False
    took: float = 0.0
    asked: float = 0.0


Work = Entry | Listing


@dataclass(eq=False, slots=True)
class Queue:
    """The jobs of one kind of one client, in the order in which they are due.

    Args:
        key: What tells it from others.
        client: The client.
        kind: The kind.
        limits: The limits of its calls.
        listed: Whether many are asked about in one call.
        next_list: Time of the next such call.
        forbidden: Time until which the vendor asks for none.
        took: Seconds that the last such call took.
    """

    key: Hashable
    client: Any
    kind: BoundJobType[Any]
    limits: Limits | None
    listed: bool
    next_list: float
    forbidden: float = -math.inf
    took: float = 0.0
    hurried: int = 0
    due: deque[Entry] = field(default_factory=deque[Entry])
    pool: deque[Entry] = field(default_factory=deque[Entry])
    jobs: int = 0
    working: int = 0
    listing: bool = False
    enlisted: bool = False
    again: float = math.inf
    timer: float = math.inf

    def reserve(self, operation: str) -> float:
        """Take a place for a call under the limits, or tell when to ask again; as `Limits.reserve`."""
        return self.limits.reserve(operation) if self.limits is not None else 0.0

    def spread(self) -> tuple[float, float]:
        """How the limits allow each job its last look.

        Returns:
            The seconds over which those looks are spread; and the seconds before the end in which there are no others,
            which would take their places.
        """
        if self.limits is None:
            return 0.0, 0.0
        rate, per = self.limits.pace(self.kind.status.operation.id)
        spread = self.jobs / rate
        return spread, max(spread, per) if spread > self.kind.poll.max / 2 else spread

    def lists(self, entry: Entry, when: float) -> bool:
        """Whether a job is asked about together with others.

        Args:
            entry: Its entry.
            when: The time.

        Returns:
            False where there is no list, where it was in none, and where the list may come too late.
        """
        return self.listed and entry.missed < 2 and entry.end - when > self.took

    def heard(self, listing: Listing, now: float) -> None:
        """Note how a list came.

        Args:
            listing: The call.
            now: The time.
        """
        self.took = listing.took
        self.forbidden = now + listing.asked
        self.next_list = max(self.next_list, self.forbidden)

    def pick(self, now: float) -> Work | None:
        """The next to be asked about; `again` is then the time at which there may be another.

        Args:
            now: The time.

        Returns:
            One entry or many; None while nobody is due, or the limits do not allow it.
        """
        self.again = math.inf
        return self._pick_many(now) or self._pick_one(now)

    def _pick_many(self, now: float) -> Listing | None:
        if not self.pool or self.listing:
            return None
        # Several whose time is up before the usual pause has passed are told together by a list that comes sooner.
        soonest = self.forbidden if self.hurried > 1 else self.next_list
        if now < soonest:
            self.again = soonest
            return None
        # Who came late to its turn may have no time left for a list by now.
        hurried = [entry for entry in self.pool if entry.place is Place.DUE and not self.lists(entry, now)]
        entries = [entry for entry in self.pool if entry.place is Place.DUE and self.lists(entry, now)]
        role = self.kind.status_many
        if len(entries) < 2 or role is None:
            hurried, entries = [*hurried, *entries], []
        self.due.extend(hurried)
        self.pool = deque(entries)
        self.hurried = 0
        if role is None or not entries:
            return None
        delay = self.reserve(role.operation.id)
        if delay > 0.0:
            self.again = now + delay
            return None
        self.pool.clear()
        self.listing = True
        self.next_list = now + self.kind.poll.initial
        for entry in entries:
            entry.place = Place.WORKING
        return Listing(self, entries, ticket=self.limits is not None)

    def _pick_one(self, now: float) -> Entry | None:
        while self.due and self.due[0].place is not Place.DUE:
            self.due.popleft()
        if not self.due:
            return None
        delay = self.reserve(self.kind.status.operation.id)
        if delay > 0.0:
            self.again = min(self.again, now + delay)
            return None
        entry = self.due.popleft()
        entry.place = Place.WORKING
        entry.ticket = self.limits is not None
        return entry


def _spread(entry: Entry, now: float, when: float, ahead: float) -> float:
    """When to look at a job whose end is near: each has a time of its own, where not all may be asked at once."""
    queue, last = entry.queue, entry.waiting.last + ahead
    spread, stretch = queue.spread()
    if not spread or when < last - stretch:
        return when
    own = last - spread * (entry.number % queue.jobs) / queue.jobs
    return max(own if now < last - spread else last, entry.waiting.soonest + ahead)


def _counts(when: float, number: int, item: Entry | Queue) -> bool:
    """Whether something is to be done when the time of an item of the heap comes."""
    if isinstance(item, Queue):
        return item.jobs > 0 and item.timer == when
    return item.place is Place.RESTING


class Schedule:
    """All jobs of a set.

    Args:
        concurrency: How many are asked about at the same time.
    """

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._numbers = itertools.count()
        self._queues: dict[Hashable, Queue] = {}
        self._heap: list[tuple[float, int, Entry | Queue]] = []
        self._ends: list[tuple[float, int]] = []
        self._entries: dict[int, Entry] = {}
        self._ready: deque[Queue] = deque()
        self._late: deque[Entry] = deque()
        self.busy = 0

    def __len__(self) -> int:
        """How many jobs have not ended."""
        return len(self._entries)

    def queue(
        self, key: Hashable, client: Any, job_type: BoundJobType[Any], limits: Limits | None, now: float
    ) -> Queue:
        """The lane of a client's kind.

        Args:
            key: What tells it from others.
            client: The client.
            job_type: The kind.
            limits: The limits of its calls.
            now: The time.

        Returns:
            The lane.
        """
        queue = self._queues.get(key)
        if queue is None:
            soon = now + min(_COLLECT, job_type.poll.initial)
            queue = self._queues[key] = Queue(key, client, job_type, limits, job_type.status_many is not None, soon)
        return queue

    def add(
        self,
        job: Any,
        handle: Handle,
        waiting: Waiting[Any],
        flow: Flow[JobStatus[Any]],
        queue: Queue,
        end: float,
        now: float,
    ) -> Entry:
        """Add a job, which is due at once.

        Args:
            job: The handle.
            handle: What it holds.
            waiting: Its wait.
            flow: The flow that waits.
            queue: Its lane.
            end: Time at which its wait ends.
            now: The time.

        Returns:
            Its entry.
        """
        entry = Entry(job, handle, waiting, flow, queue, end, next(self._numbers))
        entry.when = now
        self._entries[entry.number] = entry
        heapq.heappush(self._ends, (end, entry.number))
        queue.jobs += 1
        self._queue(entry)
        return entry

    def _queue(self, entry: Entry) -> None:
        queue = entry.queue
        entry.place = Place.DUE
        if queue.lists(entry, max(entry.when, queue.next_list)):
            queue.pool.append(entry)
        elif queue.lists(entry, max(entry.when, queue.forbidden)):
            # The last look before the end cannot wait for others, but others may be as much in a hurry.
            queue.pool.append(entry)
            queue.hurried += 1
        else:
            queue.due.append(entry)
        self._enlist(queue)

    def _enlist(self, queue: Queue) -> None:
        if not queue.enlisted:
            queue.enlisted = True
            self._ready.append(queue)

    def rest(self, entry: Entry, now: float, seconds: float, ahead: float) -> None:
        """Let a job rest.

        Args:
            entry: Its entry.
            now: The time.
            seconds: For how long.
            ahead: Seconds by which the set's clock is ahead of the one of its wait.
        """
        queue = entry.queue
        when = now + seconds
        end = entry.waiting.limit + ahead
        if end != entry.end:  # only the first look may end later than the wait
            entry.end = end
            heapq.heappush(self._ends, (end, entry.number))
        if not queue.lists(entry, when):
            when = _spread(entry, now, when, ahead)
        elif when < queue.next_list:
            when = max(when, min(queue.next_list, entry.waiting.last + ahead))
        entry.place = Place.RESTING
        entry.when = when
        heapq.heappush(self._heap, (when, next(self._numbers), entry))

    def alone(self, entry: Entry) -> None:
        """Have a job asked about alone that no list told of.

        Args:
            entry: Its entry.
        """
        entry.place = Place.DUE
        entry.queue.due.append(entry)
        self._enlist(entry.queue)

    def end(self, entry: Entry) -> None:
        """Forget a job, wherever it is; work that was taken for it has to be `done` nonetheless.

        Args:
            entry: Its entry.
        """
        entry.place = Place.ENDED
        del self._entries[entry.number]
        queue = entry.queue
        queue.jobs -= 1
        if not queue.jobs:
            del self._queues[queue.key]
        if len(self._ends) > 2 * len(self._entries) + 64:
            # Of each job that is left, the one that counts.
            self._ends = [(entry.end, number) for number, entry in self._entries.items()]
            heapq.heapify(self._ends)
        if len(self._heap) > 2 * (len(self._entries) + len(self._queues)) + 64:
            # Those that were forgotten while they rested would be kept until their time comes.
            self._heap = [item for item in self._heap if _counts(*item)]
            heapq.heapify(self._heap)

    def take(self, now: float) -> Work | None:
        """The next piece of work; it has to be `done` afterwards.

        Args:
            now: The time.

        Returns:
            One entry or many; None when nothing can be done now.
        """
        self._wake(now)
        work = self._late.popleft() if self._late else self._next(now)
        if work is not None:
            self.busy += 1
            work.queue.working += 1
        return work

    def _wake(self, now: float) -> None:
        heap = self._heap
        while heap and heap[0][0] <= now:
            when, _, item = heapq.heappop(heap)
            if isinstance(item, Queue):
                if item.timer == when:
                    item.timer = math.inf
                self._enlist(item)
            elif item.place is Place.RESTING:
                self._queue(item)
        while self._ends and self._ends[0][0] <= now:
            entry = self._entries.get(heapq.heappop(self._ends)[1])
            if entry is not None and entry.place is Place.DUE:
                # Its time is up while it queues: it is told so at once, whoever else is in the queue.
                entry.place = Place.WORKING
                self._late.append(entry)

    def _next(self, now: float) -> Work | None:
        if self.busy >= self._concurrency:
            return None
        # Where there are others, no client gets all places: one that hangs would stop everybody.
        most = self._concurrency if len(self._queues) < 2 else max(1, self._concurrency * 3 // 4)
        for _ in range(len(self._ready)):
            queue = self._ready.popleft()
            if queue.working >= most:
                self._ready.append(queue)
                continue
            work = queue.pick(now)
            if work is None:
                queue.enlisted = False
                if queue.again < queue.timer:
                    queue.timer = queue.again
                    heapq.heappush(self._heap, (queue.again, next(self._numbers), queue))
                continue
            if queue.due or queue.pool:
                self._ready.append(queue)
            else:
                queue.enlisted = False
            return work
        return None

    def unused(self, work: Work) -> None:
        """Give the place back that was taken for a piece of work whose flow did not begin.

        Args:
            work: The work.
        """
        queue = work.queue
        role = queue.kind.status_many if isinstance(work, Listing) else queue.kind.status
        if work.ticket and queue.limits is not None and role is not None:
            queue.limits.settle(role.operation.id, sent=False)
        work.ticket = False

    def done(self, work: Work) -> None:
        """Note that a piece of work was done.

        Args:
            work: The work.
        """
        queue = work.queue
        self.unused(work)
        self.busy -= 1
        queue.working -= 1
        if isinstance(work, Listing):
            queue.listing = False
        if queue.due or queue.pool:
            self._enlist(queue)

    def more(self, now: float) -> bool:
        """Whether there may be more to take at once.

        Args:
            now: The time.

        Returns:
            True when somebody is due.
        """
        return bool(self._ready or self._late) or self.next_time() <= now

    def next_time(self) -> float:
        """When `take` may have something to give next, unless something is added or done before.

        Returns:
            The time; infinite where nothing rests.
        """
        timestamps = (self._heap[0][0] if self._heap else math.inf, self._ends[0][0] if self._ends else math.inf)
        return min(timestamps)
