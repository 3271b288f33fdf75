"""Calls as generators without I/O.

A flow yields what has to be done (`Send`, `Sleep`, `Acquire`, `Ask`, `Tell`, `Load`, `Save`) and is sent the outcome.
The sync and the async client are two small drivers of the same flows, and tests drive them by hand, without server,
clock or sleeping.
"""

from __future__ import annotations

import random as _random
import time
import uuid as _uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import httpx2

from .errors import ApiError, AuthenticationError, JobClientsError, RateLimited, TransportError

R = TypeVar("R")

BACKOFF_BASE = 0.5
BACKOFF_MAX = 20.0


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


@dataclass(frozen=True, slots=True)
class Answer:
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
    """Send a request; the outcome is an `Answer` or a thrown `TransportError`.

    Args:
        request: The request.
        operation: What is called, for errors and logs.
        deadline: Moment on the monotonic clock by which the answer has to be complete.
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
class Acquire:
    """Acquire a lock, which the flow will release.

    Args:
        lock: The lock.
        operation: What is called, for errors.
        deadline: Moment on the monotonic clock after which to give up.
    """

    lock: Lock
    operation: str
    deadline: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the caller's own function for a credential; the outcome is what it returns.

    Args:
        source: The function.
        operation: What is called, for errors.
        deadline: Moment on the monotonic clock by which it has to answer, where that can be enforced.
        lock: The lock that is held meanwhile, which the function must not wait for.
    """

    source: Callable[[], Any]
    operation: str
    deadline: float
    lock: Lock


@dataclass(frozen=True, slots=True)
class Tell:
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


Step: TypeAlias = Send | Sleep | Acquire | Ask | Tell | Load | Save
Flow: TypeAlias = Generator[Step, Any, R]


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


@dataclass(frozen=True, slots=True)
class Plan(Generic[R]):
    """How one call is carried out.

    Args:
        operation: What is called, for errors and logs.
        repeatable: Whether it may be sent again although it may have been received.
        prepare: Flow that makes the request, credentials included; run again for each attempt.
        judge: Turns an answer into the result, or raises.
        renew: Called once for a refused credential: discards it, and tells whether there may be a newer one.
    """

    operation: str
    repeatable: bool
    prepare: Callable[[], Flow[HttpRequest]]
    judge: Callable[[Answer], R]
    renew: Callable[[], bool]


def relay(
    flow: Flow[R], *, before: Callable[[Step], object] | None = None, after: Callable[[Any], Any] | None = None
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


def deliver(
    plan: Plan[R], *, clock: Clock, retries: int, deadline: float, about: Subject | None = None, before: int = 0
) -> Flow[R]:
    """Send, renew credentials once after they are refused, and repeat what may be repeated.

    Args:
        plan: The call.
        clock: Time and chance.
        retries: How often to repeat at most.
        deadline: Moment on the monotonic clock at which everything ends.
        about: The job that the call is about.
        before: How often it was sent already.

    Returns:
        What `Plan.judge` makes of the last answer.

    Raises:
        JobClientsError: the failure of the last attempt.
    """
    repeated = 0
    attempt = before
    renewed = arrived = False
    while True:
        attempt += 1
        try:
            request = yield from plan.prepare()
        except TransportError as error:
            error.sent = error.sent or arrived
            raise
        try:
            answer: Answer = yield Send(request, plan.operation, deadline, attempt, about)
            return plan.judge(answer)
        except (ApiError, TransportError) as error:
            failure = error
        if isinstance(failure, TransportError):
            # Of the call as a whole nothing was sent only where no attempt was.
            failure.sent = failure.sent or arrived
        arrived = arrived or _may_have_acted(failure)
        # The class and not the status: a vendor's own error codes may tell a refused credential, or something else.
        if isinstance(failure, AuthenticationError) and not renewed and plan.renew():
            renewed = True
            continue
        delay = None
        if repeated < retries and may_repeat(failure, repeatable=plan.repeatable):
            delay = retry_delay(failure, repeated, clock.random)
        if delay is None or clock.monotonic() + delay >= deadline:
            raise failure
        repeated += 1
        yield Sleep(delay)


def _may_have_acted(failure: ApiError | TransportError) -> bool:
    """Whether the vendor may have acted on an attempt that failed: not where it refused the credential or the rate."""
    if isinstance(failure, TransportError):
        return failure.sent
    return not isinstance(failure, (AuthenticationError, RateLimited))


def may_repeat(failure: ApiError | TransportError, *, repeatable: bool) -> bool:
    """Whether a failed call may be sent again.

    Args:
        failure: How it failed.
        repeatable: Whether sending it twice does no harm.

    Returns:
        True for a transient failure of a repeatable call, and where nothing was sent at all.
    """
    if not failure.transient:
        return False
    return repeatable or (isinstance(failure, TransportError) and not failure.sent)


def retry_delay(failure: JobClientsError, repeated: int, random: Callable[[], float]) -> float:
    """Seconds to wait before the next attempt: what the vendor asks for, or else exponential with full jitter.

    Args:
        failure: How the last attempt failed.
        repeated: How often the call was repeated already.
        random: A source of numbers from 0 up to 1.

    Returns:
        The seconds.
    """
    asked = failure.retry_after if isinstance(failure, ApiError) else None
    if asked is not None:
        return asked
    ceiling: float = min(BACKOFF_MAX, BACKOFF_BASE * 2.0 ** min(repeated, 30))
    return random() * ceiling
