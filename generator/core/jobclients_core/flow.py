"""Flows: calls as generators without I/O, which yield effects for a driver to carry out.

A flow yields effects (`Send`, `Sleep`, `AcquireLock`, `GetCredential`, `Notify`, `Load`, `Save`) and is sent the
outcome of each. The sync and the async client are two small drivers of the same flows, and tests drive them by hand,
without server, clock or sleeping.
"""

from __future__ import annotations

import random as _random
import time
import uuid as _uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, TypeVar

import httpx2

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, complete.

    Args:
        method: HTTP method.
        origin: Scheme, host and port.
        target: Path and query exactly as sent.
        headers: Header fields in order, ``Host`` among them.
        content: The body, or None.
    """

    method: str
    origin: str
    target: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)

    def with_header(self, name: str, value: str) -> HttpRequest:
        """The request with a header field, in place of others of that name.

        Args:
            name: The field's name.
            value: Its value.

        Returns:
            Another request.
        """
        others = (pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*others, (name, value)))

    def with_query(self, piece: str) -> HttpRequest:
        """The request with one more ``name=value`` of its query, encoded."""
        return replace(self, target=f"{self.target}{'&' if '?' in self.target else '?'}{piece}")

    def with_cookie(self, pair: str) -> HttpRequest:
        """The request with one more ``name=value`` of its cookies, encoded."""
        sent = next((value for name, value in self.headers if name == "Cookie"), None)
        return self.with_header("Cookie", pair if sent is None else f"{sent}; {pair}")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer, read completely.

    Args:
        status: HTTP status code.
        headers: Header fields, looked up without regard to case.
        content: The decoded body.
    """

    status: int
    headers: httpx2.Headers = field(repr=False)
    content: bytes = field(repr=False)


class Lock(Protocol):
    """What flows need of a lock, which the driver acquires and the flow releases."""

    def release(self) -> None:
        """Release it."""


class Subject(Protocol):
    """The job that a request is about, for whoever observes requests."""

    @property
    def label(self) -> str:
        """Which job it is, without secrets."""
        ...

    @property
    def state(self) -> str | None:
        """The last state that was told of it."""
        ...


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; the outcome is an `HttpResponse` or a thrown `TransportError`.

    Args:
        request: The request.
        operation: What is called, for errors and logs.
        deadline: Time on the monotonic clock by which the response has to be complete.
        attempt: 1 for the first time, 2 for the first repetition.
        about: The job that it is about, if it is about one.
    """

    request: HttpRequest
    operation: str
    deadline: float
    attempt: int = 1
    about: Subject | None = None


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait.

    Args:
        seconds: How long.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class AcquireLock:
    """Acquire a lock, which the flow will release.

    Args:
        lock: The lock.
        operation: What is called, for errors.
        deadline: Time on the monotonic clock after which to give up.
    """

    lock: Lock
    operation: str
    deadline: float


@dataclass(frozen=True, slots=True)
class GetCredential:
    """Ask the caller's own function for a credential; the outcome is what it returns.

    Args:
        source: The function.
        operation: What is called, for errors.
        deadline: Time on the monotonic clock by which it has to answer, where that can be enforced.
        lock: The lock that is held meanwhile, which the function must not wait for.
    """

    source: Callable[[], Any]
    operation: str
    deadline: float
    lock: Lock


@dataclass(frozen=True, slots=True)
class Notify:
    """Call a function of the caller's, whose failure is logged and changes nothing.

    Args:
        callback: The function; what it returns is awaited by the async driver where it can be.
        value: What it is told.
    """

    callback: Callable[[Any], Any]
    value: Any


@dataclass(frozen=True, slots=True)
class Load:
    """Read a record of the caller's; the outcome is its text, or None.

    Args:
        record: The record (see `jobs.record.Record`).
    """

    record: Any


@dataclass(frozen=True, slots=True)
class Save:
    """Write a record of the caller's durably, which is done whole even where the caller's task is cancelled.

    Args:
        record: The record (see `jobs.record.Record`).
        text: What it holds from then on.
    """

    record: Any
    text: str = field(repr=False)


Effect: TypeAlias = Send | Sleep | AcquireLock | GetCredential | Notify | Load | Save
Flow: TypeAlias = Generator[Effect, Any, R]


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, so that tests can supply their own.

    Args:
        monotonic: Seconds that never go backwards.
        wall: Seconds since 1970.
        random: A number from 0 up to 1.
        sleep: Lets time go by without waiting; None where waiting means waiting.
        uuid: A UUID that nobody else has, for the keys of submissions.
    """

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    random: Callable[[], float] = _random.random
    sleep: Callable[[float], None] | None = None
    uuid: Callable[[], _uuid.UUID] = _uuid.uuid4


def relay(
    flow: Flow[R], *, before: Callable[[Effect], object] | None = None, after: Callable[[Any], Any] | None = None
) -> Flow[R]:
    """The same flow, whose steps and outcomes are looked at on the way.

    Args:
        flow: The flow.
        before: Called with each step before it is done.
        after: Given the outcome of each step that did not fail; what it returns is the outcome.

    Returns:
        What the flow returns.
    """
    outcome: Any = None
    failure: BaseException | None = None
    try:
        while True:
            step = flow.throw(failure) if failure is not None else flow.send(outcome)
            if before is not None:
                before(step)
            outcome, failure = None, None
            try:
                outcome = yield step
            except BaseException as error:
                failure = error
            else:
                outcome = outcome if after is None else after(outcome)
    except StopIteration as done:
        result: R = done.value
        return result
    finally:
        flow.close()
