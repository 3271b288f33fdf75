"""Keeps documented rate limits: a window for each, shared by all clients of an account.

A call takes one of a window's places from before it is sent until `per` seconds after its response, because when
exactly the vendor counted it is not known. So no stretch of `per` seconds holds more calls than the limit, on the
vendor's clock either, however long requests and answers travel.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from jobclients_core.calls import Session
from jobclients_core.client import AsyncClient, SyncClient, session_of
from jobclients_core.failures import not_sent_in_time
from jobclients_core.flow import Flow, Send, Sleep
from jobclients_core.forking import PerProcess, in_children
from jobclients_core.jobparts import RateLimit

R = TypeVar("R")

_NAP = 0.05
"""Seconds after which to look again, at least, where all places are taken by calls without a response yet."""

_MAX_ACCOUNTS = 256
"""Accounts whose windows are kept before those that are at rest are forgotten."""


class Window:
    """One limit: at most `limit` calls in any `per` seconds, of this process.

    A child process knows of the calls that were answered before the fork; those under way are its parent's.

    Args:
        limit: Calls.
        per: Seconds.
    """

    __slots__ = ("__weakref__", "_answered", "_open", "limit", "per")

    def __init__(self, limit: int, per: float) -> None:
        self.limit = max(limit, 1)
        self.per = per
        self._open = 0
        self._answered: deque[float] = deque()
        in_children(self, Window._inherit)

    def _inherit(self) -> None:
        self._open = 0

    def delay(self, now: float) -> float:
        """Seconds until there may be a place.

        Args:
            now: Time on the monotonic clock.

        Returns:
            The seconds; 0.0 where there is one.
        """
        answered = self._answered
        while answered and answered[0] + self.per <= now:
            answered.popleft()
        if self._open + len(answered) < self.limit:
            return 0.0
        if answered:
            return max(answered[0] + self.per - now, 1e-6)
        return max(self.per / self.limit, _NAP)

    def take(self) -> None:
        """Take a place for a call that is about to be sent."""
        self._open += 1

    def answered(self, now: float) -> None:
        """Note that a call was answered, or failed.

        Args:
            now: Time on the monotonic clock.
        """
        self.unused()
        self._answered.append(now)

    def unused(self) -> None:
        """Give a place back that no call was made with."""
        self._open = max(self._open - 1, 0)  # it may have been taken before a fork

    def empty(self, now: float) -> bool:
        """Whether no place is taken.

        Args:
            now: Time on the monotonic clock.

        Returns:
            True when all are free.
        """
        return not self._open and (not self._answered or self._answered[-1] + self.per <= now)


class Limits:
    """The windows of one client's calls; windows of scope account are those of every client of that account.

    Args:
        windows: Operations, none for all, and their window.
        monotonic: The clock.
    """

    def __init__(self, windows: Iterable[tuple[tuple[str, ...], Window]], monotonic: Callable[[], float]) -> None:
        self._windows = tuple(windows)
        self.now = monotonic
        self._of: dict[str, tuple[Window, ...]] = {}

    def _applying(self, operation: str) -> tuple[Window, ...]:
        found = self._of.get(operation)
        if found is None:
            found = tuple(window for names, window in self._windows if not names or operation in names)
            self._of[operation] = found
        return found

    def limited(self, operation: str) -> bool:
        """Whether any limit speaks of an operation.

        Returns:
            True when one does.
        """
        return bool(self._applying(operation))

    def pace(self, operation: str) -> tuple[float, float]:
        """How often an operation may be called in the long run.

        Returns:
            Calls in a second, infinite where no limit speaks of the operation; and the seconds for which each of them
            takes a place.
        """
        windows = self._applying(operation)
        return min((item.limit / item.per for item in windows), default=math.inf), max(
            (item.per for item in windows), default=0.0
        )

    def reserve(self, operation: str) -> float:
        """Take a place for a call, or tell when to ask again.

        Returns:
            0.0 where the call may be sent now; it has to be settled afterwards. Else seconds.
        """
        windows = self._applying(operation)
        if not windows:
            return 0.0
        with _guard():
            now = self.now()
            delay = max(window.delay(now) for window in windows)
            if delay == 0.0:
                for window in windows:
                    window.take()
        return delay

    def settle(self, operation: str, *, sent: bool = True) -> None:
        """Tell how a call with a place went.

        Args:
            operation: The operation.
            sent: Whether it was sent at all.
        """
        with _guard():
            now = self.now()
            for window in self._applying(operation):
                if sent:
                    window.answered(now)
                else:
                    window.unused()


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one client: its windows, and its limits by what its vendor documents."""

    windows: dict[RateLimit, Window] = field(default_factory=dict[RateLimit, Window])
    limits: dict[tuple[RateLimit, ...], Limits] = field(default_factory=dict[tuple[RateLimit, ...], Limits])


# A flow that was given up settles its call wherever the garbage collector runs, in what holds the lock itself, too.
_guard = PerProcess(threading.RLock)
_accounts: dict[tuple[str, str, str, RateLimit], Window] = {}
_clients: WeakKeyDictionary[Any, _Known] = WeakKeyDictionary()


def limits_of(client: SyncClient | AsyncClient, documented: tuple[RateLimit, ...]) -> Limits | None:
    """The limits that a client's calls are under.

    Args:
        client: The client.
        documented: What the vendor documents.

    Returns:
        The limits; None where there are none.
    """
    if not documented:
        return None
    session = session_of(client)
    with _guard():
        known = _clients.setdefault(client, _Known())
        found = known.limits.get(documented)
        if found is None:
            windows = [(limit.operations, _window(session, known, limit)) for limit in documented]
            found = known.limits[documented] = Limits(windows, session.clock.monotonic)
    return found


def _window(session: Session, known: _Known, limit: RateLimit) -> Window:
    """The window of a limit: the client's or the account's."""
    window = known.windows.get(limit)
    if window is None and limit.scope == "account":
        key = (session.vendor.name, session.base.origin, session.account, limit)
        if key not in _accounts:
            _forget(session.clock.monotonic())
            _accounts[key] = Window(limit.limit, limit.per)
        window = _accounts[key]
    if window is None:
        window = Window(limit.limit, limit.per)
    known.windows[limit] = window
    return window


def _forget(now: float) -> None:
    """Forget windows that no client uses and no call is in, once there are many."""
    if len(_accounts) < _MAX_ACCOUNTS:
        return
    used = {id(window) for known in _clients.values() for window in known.windows.values()}
    for key in [key for key, window in _accounts.items() if id(window) not in used and window.empty(now)]:
        del _accounts[key]


def limited_flow(limits: Limits | None, flow: Flow[R], *, reserved: str | None = None) -> Flow[R]:
    """A flow whose requests keep to limits.

    Args:
        limits: The limits; None for none.
        flow: The flow.
        reserved: An operation for which a place was taken already; given back if the flow does not use it.

    Returns:
        The same flow, with a `Sleep` where a limit asks for one, and a `Timeout` where that comes after the deadline.
    """
    return flow if limits is None else _limited(limits, flow, [reserved] if reserved is not None else [])


def _limited(limits: Limits, flow: Flow[R], places: list[str]) -> Flow[R]:
    try:
        step = next(flow)
        while True:
            try:
                if isinstance(step, Send) and limits.limited(step.operation):
                    outcome = yield from _send(limits, step, places)
                else:
                    outcome = yield step
            except BaseException as error:
                step = flow.throw(error)
            else:
                step = flow.send(outcome)
    except StopIteration as done:
        result: R = done.value
        return result
    finally:
        for operation in places:
            limits.settle(operation, sent=False)


def _send(limits: Limits, step: Send, places: list[str]) -> Flow[Any]:
    """Send a request with the place that was taken for it, or as soon as there is one."""
    if step.operation in places:
        places.clear()
    else:
        while (delay := limits.reserve(step.operation)) > 0.0:
            if limits.now() + delay >= step.deadline:
                raise not_sent_in_time(step.operation, "the rate limit allows the call")
            yield Sleep(delay)
    try:
        return (yield step)
    finally:
        limits.settle(step.operation)
