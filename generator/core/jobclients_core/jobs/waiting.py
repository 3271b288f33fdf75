"""Waits for a job, as a flow without I/O: when to poll, which errors to tolerate, when to end."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

from jobclients_core.calls import Session
from jobclients_core.errors import (
    ApiError,
    AuthenticationError,
    ConnectFailed,
    DecodeError,
    InvalidArgument,
    JobClientsError,
    Timeout,
    TransportError,
    UnexpectedStatus,
    error_name,
)
from jobclients_core.expressions import ResponseContext
from jobclients_core.flow import Flow, Notify, Sleep
from jobclients_core.jobtype import BoundJobType, Pace
from jobclients_core.states import JobState
from jobclients_core.statuses import is_success

from .bindings import cancel_flow, own_run_flow
from .classify import logger
from .errors import JobCancelled, JobFailed, JobPaused, NotStarted, UnknownState, WaitTimeout, WrongJob
from .failure import explained_flow
from .handle import Handle
from .outcomes import Verdict, verdict_of
from .status import JobStatus, Moment, state_text
from .status_calls import observe, poll_flow, status_flow
from .timing import Timing

P = TypeVar("P")

UNREACHED = 10.0
"""Seconds for which a wait tries to reach a host that never answered the client; once it did, ``tolerate`` holds."""

MAX_HISTORY = 100
"""Steps kept of a job's history; of a job that flaps, the last ones."""

Callback = Callable[[JobStatus[Any]], Any]


@dataclass(frozen=True, slots=True)
class Reported(Generic[P]):
    """What was learned of a job by asking for many.

    Args:
        context: The context of its element, as if that were the whole response to a status call.
        payload: The element as the type of such a response; None where it does not fit.
        took: Seconds that asking took.
    """

    context: ResponseContext
    payload: P | None
    took: float


@dataclass(frozen=True, slots=True)
class Options:
    """How to wait. Arguments as for `Job.wait`."""

    timeout: float | timedelta | None = None
    until: datetime | None = None
    start_within: float | timedelta | None = None
    warnings: Literal["ok", "raise"] = "ok"
    on_timeout: Literal["leave", "cancel"] = "leave"
    on_update: Callback | None = None
    on_state: Callback | None = None
    on_paused: Literal["wait", "raise"] = "wait"
    failures: bool = True


def seconds_of(value: object, name: str) -> float:
    """A span of time in seconds.

    Args:
        value: Seconds or a `timedelta`.
        name: What it is called, for errors.

    Returns:
        The seconds.

    Raises:
        InvalidArgument: it is not a span of time.
    """
    number = value.total_seconds() if isinstance(value, timedelta) else value
    with suppress(OverflowError):
        if not isinstance(number, bool) and isinstance(number, (int, float)) and number >= 0:
            return float(number)
    raise InvalidArgument(f"{name} should be seconds or a timedelta, not negative", argument=name)


def tolerable(error: JobClientsError, poll: Pace) -> bool:
    """Whether a poll may fail like this without ending the wait at once.

    Args:
        error: How it failed.
        poll: What the kind says about it.

    Returns:
        True for lost and unreadable answers, for those about another job, and for errors that go by. Not for a response
        that could be read and is of another shape than documented: the next one would be as well.
    """
    if isinstance(error, DecodeError):
        return poll.transport and not error.readable
    if isinstance(error, UnexpectedStatus) and is_success(error.status):
        return poll.transport  # a gateway's "accepted", say, and nothing of the job
    if isinstance(error, WrongJob):
        return poll.transport
    if isinstance(error, TransportError):
        return poll.transport and error.transient
    if not isinstance(error, ApiError) or isinstance(error, AuthenticationError):
        return False
    # A rule of the vendor's that makes another class of a 500 (a missing job, say) means what it says.
    usual = {error_name(error.status, documented=documented) for documented in (True, False)}
    return error.transient or (error.status in poll.statuses and type(error).__name__ in usual)


def unreached(error: JobClientsError, session: Session) -> bool:
    """Whether a poll failed because no connection came about, to a host that has never answered the client.

    Args:
        error: How it failed.
        session: The client's session.

    Returns:
        True where a wrong name, port, proxy or certificate is likelier than something that goes by.
    """
    return isinstance(error, ConnectFailed) and not session.contact.reached


class Waiting(Generic[P]):
    """One wait for one job: all that it knows from poll to poll.

    Who drives many of them can see in ``resting`` whether a `Sleep` is the one between two polls, in ``soonest`` until
    when the vendor asks for none and in ``limit`` when it has to be over, and can leave in ``reported`` what it
    would find, so that no request is sent for it.

    Args:
        session: The client's session.
        kind: The kind.
        handle: The job.
        options: How to wait.
        final: The status of a job that ended in the response to its submission.

    Raises:
        InvalidArgument: an option makes no sense.
    """

    def __init__(
        self,
        session: Session,
        job_type: BoundJobType[P],
        handle: Handle,
        options: Options,
        final: JobStatus[P] | None = None,
    ) -> None:
        if options.on_timeout not in ("leave", "cancel") or options.warnings not in ("ok", "raise"):
            raise InvalidArgument("on_timeout is 'leave' or 'cancel', warnings is 'ok' or 'raise'")
        if options.on_paused not in ("wait", "raise"):
            raise InvalidArgument("on_paused is 'wait' or 'raise'", argument="on_paused")
        if options.on_timeout == "cancel" and job_type.cancel is None:
            raise InvalidArgument(f"{job_type.vendor}.{job_type.name} cannot be cancelled", argument="on_timeout")
        self._session = session
        self._kind = job_type
        self._handle = handle
        self._final = final
        self.status: JobStatus[P] | None = None
        self.history: list[Moment] = []
        self.ended = False
        self.resting = False
        self.reported: Reported[P] | JobClientsError | None = None
        start = session.clock.monotonic()
        self._timing = Timing(start, _whole(session, job_type, options), session.options.timeout)
        self.limit = self._timing.first_end
        self.soonest = start
        within = options.start_within
        self._begin_by = math.inf if within is None else start + seconds_of(within, "start_within")
        self._ceiling = job_type.poll.initial
        self._looked = False
        self._last = False
        self._asked: float | None = None
        self._failure: JobClientsError | None = None
        self._answered_at = start
        self._unreached_since = start
        self._failing_since: float | None = None
        self._unknown_since: float | None = None
        self._begun = False
        self._on_paused = options.on_paused
        self._paused = False

    @property
    def last(self) -> float:
        """The time of the last poll."""
        return self._timing.last

    def next_flow(self, *, polls: bool = True) -> Flow[JobStatus[P]]:
        """Sleep where that is due, and poll until there is a status to show.

        Args:
            polls: Whether every status is shown, or only one that differs from the one before.

        Returns:
            The status; `ended` tells whether it is the last one.

        Raises:
            WaitTimeout: the time is up, or the job did not begin in time.
            UnknownState: the vendor's word stayed unknown.
            JobClientsError: a poll failed for good, or failed for too long.
        """
        try:
            while True:
                before = self.status
                status = yield from self._poll()
                if polls or status.state.terminal or before is None or differs(before, status):
                    return status
        except JobClientsError as error:
            error.job_status = self.status
            error.history = tuple(self.history)
            raise

    def _poll(self) -> Flow[JobStatus[P]]:
        """One good status, whatever it takes."""
        clock = self._session.clock
        while True:
            if self._looked:
                yield from self._rest()
            began = clock.monotonic()
            if not self._looked:
                self._unreached_since = began
            if self._final is None and self.reported is None and began >= self.limit:
                raise self._time_is_up()  # it was not its turn any more, among many
            self._last = began >= self._timing.last
            try:
                if self._final is not None:
                    return self._noted(self._final)
                status, self._asked, took = yield from self._look(began)
            except JobClientsError as error:
                self._bear(error, clock.monotonic())
                continue
            finally:
                self._looked, self.limit = True, self._timing.end
            self._failure = self._failing_since = None
            self._answered_at = clock.monotonic()
            self._timing.answered(took)
            return self._noted(status)

    def _look(self, began: float) -> Flow[tuple[JobStatus[P], float | None, float]]:
        """The status, the seconds that the vendor asks to wait, and those that the look took."""
        reported, self.reported = self.reported, None
        if isinstance(reported, JobClientsError):
            raise reported
        if reported is not None:
            listed_by = self._kind.status_many
            status = observe(
                self._session, self._kind, self._handle, reported.context, reported.payload, listed_by=listed_by
            )
            return status, None, reported.took
        status, asked = yield from poll_flow(self._session, self._kind, self._handle, retries=0, deadline=self.limit)
        return status, asked, self._session.clock.monotonic() - began

    def _bear(self, error: JobClientsError, now: float) -> None:
        """Note a failure that goes by, and raise any other."""
        poll = self._kind.poll
        cut = isinstance(error, Timeout) and now >= self.limit
        # What was not asked in the pause since the last response did not fail.
        self._failing_since = now if self._failing_since is None else self._failing_since
        if not cut and (not tolerable(error, poll) or now - self._failing_since >= poll.tolerate):
            raise error
        if not unreached(error, self._session):
            self._unreached_since = now
        elif not cut and now - self._unreached_since >= UNREACHED:
            error.message += f"; this client never reached the host, and a wait gives up on that after {UNREACHED:g} s"
            raise error
        self._failure = error
        self._asked = error.retry_after if isinstance(error, ApiError) else None

    def _rest(self) -> Flow[None]:
        """Sleep until the next look, or raise where there is none any more."""
        now, timing = self._session.clock.monotonic(), self._timing
        left = timing.last - now
        if self._last or left <= 0.0:
            raise self._time_is_up()
        if self._asked is not None and self._asked > left:
            yield from self._sleep(timing.end - now, soonest=timing.end)
            raise self._time_is_up(f"; the vendor asked for {self._asked:g} s before the next look")
        yield from self._sleep(min(self._delay(now), left), soonest=now + (self._asked or 0.0))

    def _sleep(self, seconds: float, *, soonest: float) -> Flow[None]:
        clock = self._session.clock
        now = clock.monotonic()
        self.soonest = soonest
        self.resting = True
        yield Sleep(seconds)
        self.resting = False
        # Who drives many may come back later than asked, which is not a failure of the vendor's.
        late = max(clock.monotonic() - now - seconds, 0.0)
        if self._failing_since is not None:
            self._failing_since += late

    def _delay(self, now: float) -> float:
        """Seconds until the next look, as far as the end of the wait allows it."""
        poll = self._kind.poll
        if self._asked is not None:
            return max(self._asked, poll.initial)
        if self._failure is not None and unreached(self._failure, self._session):
            return min(poll.initial, UNREACHED / 2)
        delay = poll.initial + self._session.clock.random() * (self._ceiling - poll.initial)
        self._ceiling = min(poll.max, self._ceiling * poll.multiplier)
        if not self._begun and self._begin_by > now:
            delay = min(delay, self._begin_by - now)
        return delay

    def _time_is_up(self, more: str = "") -> WaitTimeout:
        """What is raised when no look is left, with what the last answered one told, and when that was."""
        if self.status is None:
            reported = f"nothing was heard of it within {self._seconds(self._session.clock.monotonic())}"
        else:
            reported = f"it was still {state_text(self.status)} after {self._seconds(self._answered_at)}"
        error = WaitTimeout(reported + more, operation=self._kind.status.operation.id)
        error.__cause__ = self._failure
        return error

    def _seconds(self, timestamp: float) -> str:
        return f"{round(timestamp - self._timing.start, 1):g} s"

    def _keep(self, status: JobStatus[P]) -> None:
        """Keep what a status says."""
        self.status = status
        self.ended = status.state.terminal
        last = self.history[-1] if self.history else None
        if last is None or (last.state, last.raw_state) != (status.state, status.raw_state):
            at = datetime.fromtimestamp(self._session.clock.wall(), UTC)
            self.history.append(Moment(status.state, status.raw_state, at))
            del self.history[:-MAX_HISTORY]

    def _noted(self, status: JobStatus[P]) -> JobStatus[P]:
        """Keep what a status says, and raise where it says that waiting is of no use."""
        now = self._session.clock.monotonic()
        self._keep(status)
        self._check_unknown(status, now)
        self._check_paused(status)
        if not (status.state.waiting or status.state in (JobState.UNKNOWN, JobState.PAUSED)):
            self._begun = True
        if not self._begun and now >= self._begin_by:
            raise NotStarted(
                f"the job has not begun in time: it was {state_text(status)} after {self._seconds(now)}",
                operation=self._kind.status.operation.id,
                code=status.code,
                vendor_message=status.message,
            )
        return status

    def stop_flow(self, error: WaitTimeout) -> Flow[JobStatus[P] | None]:
        """Ask the vendor to stop a job whose time is up; failing to do so does not hide that the time is up.

        Args:
            error: What will be raised, which is told how it went.

        Returns:
            The last status of a job that turns out to have ended, which is then the outcome of the wait; else None.
        """
        left = self._timing.end - self._session.clock.monotonic()
        if left > 0.0 and not isinstance(error, NotStarted):
            yield from self._sleep(left, soonest=self._timing.end)
        asked = False
        try:
            end = yield from self._last_look()
            if end is None:
                asked = True
                deadline = self._session.clock.monotonic() + self._timing.one
                end = yield from cancel_flow(self._session, self._kind, self._handle, checked=True, deadline=deadline)
        except JobClientsError as failed:
            error.cancelled = None if asked and verdict_of(failed) is Verdict.OPEN else False
            error.message += "; whether it was stopped is not known" if error.cancelled is None else ""
            error.message += "; it could not be stopped" if error.cancelled is False else ""
            logger.warning("%s: the job could not be stopped: %s", self._handle.label, failed)
            return None
        if end is not None:
            return self._noted(end)
        error.cancelled = True
        error.message += "; it was asked to stop"
        return None

    def _last_look(self) -> Flow[JobStatus[P] | None]:
        """The end of a job that is about to be stopped, which only a fresh look can tell; None where it goes on."""
        session, kind, handle = self._session, self._kind, self._handle
        now = session.clock.monotonic()
        deadline = now + self._timing.one
        status: JobStatus[P] | None = None
        if kind.type.select is not None:
            status = yield from own_run_flow(session, kind, handle, deadline)
        elif self.status is None or now - self._answered_at > self._timing.longest + 1.0:
            try:
                status = yield from status_flow(session, kind, handle, retries=0, deadline=deadline)
            except JobClientsError as failed:
                logger.info("%s: the last look before it is stopped failed: %s", handle.label, failed)
        if status is None:
            return None
        # That it has not begun, say, is not a reason any more not to stop it.
        self._keep(status)
        return status if status.state.terminal else None

    def explained_flow(self, status: JobStatus[P]) -> Flow[JobStatus[P]]:
        """Add the reason of a failure to the last status, where a call of its own tells it.

        Args:
            status: The last status.

        Returns:
            It, with the reason where one was told.
        """
        self.status = yield from explained_flow(self._session, self._kind, self._handle, status, self._timing.end)
        return self.status

    def _check_unknown(self, status: JobStatus[P], now: float) -> None:
        if status.state is not JobState.UNKNOWN:
            self._unknown_since = None
            return
        if self._handle.missing_since is not None or self._handle.gone_since is not None:
            # How long what was there may be out of sight is said elsewhere.
            return
        if self._unknown_since is None:
            self._unknown_since = now
        if now - self._unknown_since >= self._kind.unknown_for:
            said = f"the vendor says {status.raw_state!r}" if status.raw_state else "the responses do not tell"
            raise UnknownState(
                f"the state of the job is not known: {said}",
                operation=self._kind.status.operation.id,
                code=status.code,
                vendor_message=status.message,
            )

    def _check_paused(self, status: JobStatus[P]) -> None:
        """Raise, or say once, that a job goes on only when somebody lets it."""
        if status.state is not JobState.PAUSED:
            return
        if self._on_paused == "raise":
            raise JobPaused(
                f"the job is paused (the vendor says {status.raw_state!r})",
                operation=self._kind.status.operation.id,
                status=status,
                code=status.code,
                vendor_message=status.message,
            )
        if not self._paused:
            logger.warning("%s is paused (%s); the wait goes on", self._handle.label, status.raw_state)
        self._paused = True


def _whole(session: Session, job_type: BoundJobType[Any], options: Options) -> float:
    """Seconds that a wait may take."""
    whole = job_type.poll.timeout if options.timeout is None else seconds_of(options.timeout, "timeout")
    if options.until is None:
        return whole
    left = max(_wall_time(options.until) - session.clock.wall(), 0.0)
    return min(whole, left)


def _wall_time(until: object) -> float:
    if not isinstance(until, datetime) or until.utcoffset() is None:
        raise InvalidArgument("until should be a datetime with a time zone", argument="until")
    return until.timestamp()


def differs(before: JobStatus[Any], after: JobStatus[Any]) -> bool:
    """Whether a status shows something that the one before did not.

    Args:
        before: A status.
        after: A later one.

    Returns:
        True when they differ in what people look at.
    """
    shown = ("state", "raw_state", "run_id", "progress", "message")
    return any(getattr(before, name) != getattr(after, name) for name in shown)


def wait_flow(
    session: Session,
    job_type: BoundJobType[P],
    handle: Handle,
    options: Options,
    final: JobStatus[P] | None = None,
) -> Flow[JobStatus[P]]:
    """Wait until a job has ended well.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        handle: The job.
        options: How to wait.
        final: The status of a job that ended in the response to its submission.

    Returns:
        The last status.

    Raises:
        JobClientsError: as for `Job.wait`.
    """
    return wait_out(Waiting(session, job_type, handle, options, final), options)


def wait_out(waiting: Waiting[P], options: Options) -> Flow[JobStatus[P]]:
    """Wait until a job has ended well. As `wait_flow`.

    Args:
        waiting: The wait, which began when it was made.
        options: How to wait; those that it was made with.
    """
    state: JobState | None = None
    while not waiting.ended:
        try:
            status = yield from waiting.next_flow()
        except WaitTimeout as error:
            end = (yield from waiting.stop_flow(error)) if options.on_timeout == "cancel" else None
            if end is None:
                raise
            status = end
        if status.state.terminal and options.failures:
            status = yield from waiting.explained_flow(status)
        if options.on_update is not None:
            yield Notify(options.on_update, status)
        if options.on_state is not None and status.state is not state:
            yield Notify(options.on_state, status)
        state = status.state
    assert waiting.status is not None  # it ended with one
    failure = failure_of(waiting.status, warnings=options.warnings)
    if failure is None:
        return waiting.status
    failure.history = tuple(waiting.history)
    raise failure


def failure_of(status: JobStatus[Any], *, warnings: Literal["ok", "raise"] = "ok") -> JobFailed | JobCancelled | None:
    """The exception for a job that ended otherwise than well.

    Args:
        status: Its last status.
        warnings: Whether a success with warnings is a failure.

    Returns:
        The exception, or None for a job that ended well.
    """
    if status.state is JobState.SUCCEEDED or (status.state is JobState.SUCCEEDED_WITH_WARNINGS and warnings == "ok"):
        return None
    kind = JobCancelled if status.state is JobState.CANCELLED else JobFailed
    said = status.error or status.message
    text = f"the job ended as {state_text(status)}"
    if said:
        text += f": {said[:500]}"
    return kind(text, status=status)
