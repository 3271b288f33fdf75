"""Finds out whether a submission was taken whose response was lost; submits nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import (
    ApiError,
    AuthenticationError,
    DecodeError,
    JobClientsError,
    NotFound,
    PermissionDenied,
    TransportError,
)
from jobclients_core.flow import Flow, Sleep
from jobclients_core.jobparts import SKEW, Select
from jobclients_core.jobtype import BoundDiscover, BoundJobType
from jobclients_core.states import Attribution

from .baseline import vendor_time
from .classify import ended
from .discovery import Id, listed, newer
from .errors import AmbiguousRun, NotSubmitted, SubmitUncertain, WrongJob
from .evidence import RESOLUTION
from .handle import Baseline, RunKey
from .identity import call_of, fits
from .lookup import Sight, by_id, by_key, looks_up
from .record import Intent
from .runs import keys_of, of_others, runs_in, same_run
from .status_calls import context_of, legible, observe

_LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each look for a submission whose response was lost."""

_PATIENT = 15.0
"""Seconds before each look after these, up to the moment at which a taken submission has to show."""

_READ = ("runs", "empty")
"""How a baseline was found that tells what was there before."""

Look = Callable[[], Flow[Sight]]


def find_out(
    session: Session,
    job_type: BoundJobType[Any],
    intent: Intent,
    cause: JobClientsError | None = None,
    *,
    patience: float = 0.0,
) -> Flow[Any]:
    """Find out what became of a submission; nothing is submitted.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        intent: The submission.
        cause: How its response was lost, where that is known.
        patience: Seconds for which to go on looking after the usual few looks, up to the moment at which a submission
            that was taken has to show.

    Returns:
        The job's handle.

    Raises:
        NotSubmitted: the vendor did not take it, which is known.
        SubmitUncertain: nobody can tell, or not yet.
        AmbiguousRun: several jobs carry its key.
    """
    look = _look(session, job_type, intent)
    if look is None:
        _uncertain(session, job_type, intent, cause)
    began = session.clock.wall() - session.clock.monotonic()

    def now() -> float:
        # A clock that is set while we look makes nothing settle sooner, and no look the last one of many hours.
        return began + session.clock.monotonic()

    settled = intent.sent_by + job_type.settle if job_type.settle is not None else None
    until = min(settled, now() + patience) if settled is not None else 0.0
    failure: JobClientsError | None = None
    doubted: dict[str, RunKey] = {}
    unsure, looks = False, iter(_LOOKS)
    while (delay := _pause(looks, until - now(), unsure=unsure)) is not None:
        if delay:
            yield Sleep(delay)
        asked = now()
        try:
            sight = yield from look()
        except AmbiguousRun as error:
            if intent.handle.key is not None and looks_up(job_type):
                error.__cause__ = cause
                raise
            failure = error
            break
        except JobClientsError as error:
            if not _may_pass(error):
                failure = error
                break
            cause, unsure = cause or error, False
            continue
        unsure = sight.unsure
        doubted |= {str(key): key for key in sight.doubted}
        if sight.job is not None:
            return sight.job
        timestamps = _timestamps(intent, sight, asked)
        if sight.absent and all(_shows_by(job_type, intent, settled, timestamp) for timestamp in timestamps):
            before = intent.handle.baseline
            if before is not None and sight.dated is not None:
                # It shows what the baseline did, and how the vendor's clock differs from that of this host.
                intent.handle.baseline = dataclasses.replace(before, read_at=asked, dated=sight.dated)
            raise NotSubmitted(
                "the vendor did not take the submission: it does not show, and by now it would",
                key=intent.handle.key,
                operation=_operation(job_type),
            ) from cause
    _uncertain(session, job_type, intent, cause, failure, [*doubted.values()])


def _may_pass(error: JobClientsError) -> bool:
    """Whether another look may tell more than one that failed: not where the credentials are refused."""
    if isinstance(error, (AuthenticationError, PermissionDenied)):
        return False
    return isinstance(error, (ApiError, TransportError, DecodeError, WrongJob))


def _look(session: Session, job_type: BoundJobType[Any], intent: Intent) -> Look | None:
    """How one looks for the submission; None where the vendor shows nothing of it."""
    handle, select, discover, role = intent.handle, job_type.type.select, job_type.discover, job_type.list
    if handle.key is not None and role is not None and looks_up(job_type):
        return lambda: by_key(session, job_type, role, handle)
    if select is not None:
        baseline = handle.baseline
        return None if baseline is None else lambda: _by_baseline(session, job_type, select, intent, baseline)
    if discover is not None:
        before = handle.baseline
        return None if before is None else _by_list(session, job_type, discover, intent, before)
    if handle.key is not None and fits(job_type, handle.identity) is None:
        return lambda: by_id(session, job_type, handle)
    return None


def _by_baseline(
    session: Session, job_type: BoundJobType[Any], select: Select, intent: Intent, baseline: Baseline
) -> Flow[Sight]:
    """Look for the one run that was not there before."""
    handle = dataclasses.replace(intent.handle)
    call = call_of(job_type.status, handle.identity)
    try:
        response = yield from legible(call_flow(session, call, accepts=lambda context: ended(job_type.type, context)))
    except NotFound:
        return Sight()
    context = context_of(response)
    observe(session, job_type, handle, context, response.body)
    if handle.run_key is not None:
        return Sight(handle)
    if handle.absence is not None:
        return Sight(doubted=tuple(key for key, _ in handle.absence.doubts))
    runs = runs_in(select, select.source, handle.identity, context)
    shown = keys_of(runs)
    # Another run than those would prove nothing: ours may be hidden behind it. Nor does a response about another job.
    same = (
        not of_others(select, handle.identity, context)
        and len(runs) == len(shown) == len(baseline.keys)
        and all(any(same_run(one, other) for other in shown) for one in baseline.keys)
    )
    return Sight(absent=same and baseline.found in _READ, dated=vendor_time(response.headers))


def _by_list(
    session: Session, job_type: BoundJobType[Any], discover: BoundDiscover, intent: Intent, baseline: Baseline
) -> Look:
    """Looks for the one run in the list that was not there before."""
    part = discover.identity
    known = [key[part.name] for key in baseline.keys]
    seen: list[Id] = []

    def look() -> Flow[Sight]:
        before = newer(discover, seen, known)
        found, strange, dated = yield from listed(session, job_type, discover, intent.handle, intent.given)
        seen.extend(found)
        new = newer(discover, seen, known)
        if len(new) > 1:
            message = f"{len(new)} runs began since the submission, and it is not known which is its own"
            raise AmbiguousRun(message, candidates=[{part.name: value} for value in new])
        # A run that began of itself may show first: the one that showed alone has to do so twice.
        if new and before:
            identity = {**intent.handle.identity, part.name: new[0]}
            surely: Attribution = "newer_than_baseline" if baseline.found == "runs" else "in_window"
            return Sight(dataclasses.replace(intent.handle, identity=identity, attribution=surely))
        # Where one that was there before shows, or none ever was, nothing in between is cut off.
        complete = any(str(value) in known for value in found) or not (found or known or strange)
        return Sight(absent=not new and complete and baseline.found in _READ, unsure=bool(new), dated=dated)

    return look


def _timestamps(intent: Intent, sight: Sight, asked: float) -> tuple[float, ...]:
    """When a look was made, by the clock of this host and by the vendor's.

    Another host may have submitted, and its clock may have been another.
    """
    if sight.dated is None:
        return (asked,)
    handle, before = intent.handle, intent.handle.baseline
    if handle.sent_at is None or before is None or before.dated is None:
        return asked, sight.dated + SKEW
    return asked, sight.dated + RESOLUTION - (handle.sent_at - intent.begun)


def _shows_by(job_type: BoundJobType[Any], intent: Intent, settled: float | None, asked: float) -> bool:
    """Whether a submission that was taken has to show at a moment: no longer under way, and not yet forgotten."""
    if settled is None or asked < settled:
        return False
    if job_type.type.select is not None or (job_type.discover is not None and not looks_up(job_type)):
        return True  # the runs that were there before show still
    return job_type.keeps is not None and asked <= intent.begun + job_type.keeps


def _pause(looks: Iterator[float], left: float, *, unsure: bool) -> float | None:
    """Seconds before the next look; None where there is no more to see."""
    usual = next(looks, None)
    if usual is not None:
        return usual
    if unsure:
        return 1.0
    return min(_PATIENT, left + 0.01) if left > 0 else None


def _operation(job_type: BoundJobType[Any]) -> str:
    assert job_type.submit is not None
    return job_type.submit.operation.id


def left_open(error: SubmitUncertain, session: Session, job_type: BoundJobType[Any], intent: Intent) -> SubmitUncertain:
    """An error with all that is known of the submission.

    Args:
        error: The error.
        session: The client's session.
        job_type: The job type with its operations.
        intent: The submission.

    Returns:
        The error.
    """
    settled = intent.sent_by + job_type.settle if job_type.settle is not None else 0.0
    if session.clock.wall() < settled:
        error.look_again_at = datetime.fromtimestamp(settled, UTC)
    error.key, error.intent = intent.handle.key, intent.to_json()
    if fits(job_type, intent.handle.identity) is None and job_type.discover is None:
        error.job = dataclasses.replace(intent.handle)
    return error


def _uncertain(
    session: Session,
    job_type: BoundJobType[Any],
    intent: Intent,
    cause: JobClientsError | None,
    failure: JobClientsError | None = None,
    doubted: Sequence[RunKey] = (),
) -> NoReturn:
    said = failure.message if failure is not None else cause.message if cause is not None else ""
    error = SubmitUncertain(
        "the response to the submission was lost; the job may run" + (f" ({said})" if said else ""),
        candidates=failure.candidates if isinstance(failure, AmbiguousRun) else doubted,
        operation=_operation(job_type),
    )
    raise left_open(error, session, job_type, intent) from cause or failure
