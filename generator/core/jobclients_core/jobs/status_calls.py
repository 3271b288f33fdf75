"""Asks for the status of a job once, and reads the response."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any, TypeVar

from jobclients_core.calls import Session, call_flow
from jobclients_core.decode import UnreadableError, parse_json, whole_characters
from jobclients_core.errors import ApiError
from jobclients_core.errors import NotFound as NotFoundError
from jobclients_core.expressions import ABSENT, ResponseContext
from jobclients_core.flow import Flow, HttpResponse, relay
from jobclients_core.jobtype import BoundJobType, OperationBinding
from jobclients_core.response_parser import Response, response_of, retry_after
from jobclients_core.states import Attribution, JobState

from .classify import ended, logger, state_of_failure, status_of, with_run
from .errors import JobExpired, WrongJob
from .evidence import ended_before
from .handle import Handle
from .identity import call_of, check_echo
from .runs import Choice, choose, first_part
from .status import JobStatus
from .urls import moved

P = TypeVar("P")
R = TypeVar("R")


def status_flow(
    session: Session,
    job_type: BoundJobType[P],
    handle: Handle,
    *,
    retries: int | None = None,
    deadline: float | None = None,
) -> Flow[JobStatus[P]]:
    """Ask for the status of a job.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        handle: The job; what is learned about its run is kept in it.
        retries: How often the call is repeated at most; the client's own number when None.
        deadline: Time on the monotonic clock by which to end.

    Returns:
        The status.

    Raises:
        JobClientsError: the call failed, or it is not known which run is the handle's.
    """
    status, _ = yield from poll_flow(session, job_type, handle, retries=retries, deadline=deadline)
    return status


def poll_flow(
    session: Session,
    job_type: BoundJobType[P],
    handle: Handle,
    *,
    retries: int | None = None,
    deadline: float | None = None,
) -> Flow[tuple[JobStatus[P], float | None]]:
    """Ask for the status of a job. As `status_flow`.

    Returns:
        The status, and the seconds that the vendor asks to wait before the next time.
    """
    call = call_of(job_type.status, handle.identity)
    # However slow a response is, it tells of the time before it.
    asked, recent = session.clock.monotonic(), age(session, handle) < job_type.hidden_for
    try:
        response: Response[Any] = yield from legible(
            call_flow(
                session,
                call,
                retries=retries,
                deadline=deadline,
                accepts=lambda context: ended(job_type.type, context),
                about=handle,
            )
        )
    except ApiError as error:
        failure = error
    else:
        context = context_of(response)
        status = observe(session, job_type, handle, context, response.body)
        if not status.state.terminal:
            # Only now: a response about another job moves this one nowhere, and an end needs no place any more.
            handle.identity = moved(session, job_type, handle.identity, context)
        return status, retry_after(response.headers, session.clock.wall())
    return _of_failure(session, job_type, handle, failure, asked, recent=recent), failure.retry_after


def legible(flow: Flow[R]) -> Flow[R]:
    """A call about jobs whose responses are read although a text in them holds half of a character.

    Args:
        flow: The call.

    Returns:
        What it returns.
    """
    return relay(flow, after=_whole)


def _whole(outcome: Any) -> Any:
    if not isinstance(outcome, HttpResponse):
        return outcome
    content = whole_characters(outcome.content)
    return outcome if content is outcome.content else dataclasses.replace(outcome, content=content)


def context_of(response: Response[Any] | HttpResponse) -> ResponseContext:
    """What expressions can read of a response.

    Returns:
        The context; without a body where it is not JSON.
    """
    body: Any = ABSENT
    with contextlib.suppress(UnreadableError):
        body = parse_json(response.content)
    return ResponseContext(response.status, response.headers, body)


def age(session: Session, handle: Handle) -> float:
    """Seconds since the job was submitted.

    Args:
        session: The client's session.
        handle: The job.

    Returns:
        The seconds; infinite for a job that no submission of ours started.
    """
    if handle.submitted_at is None:
        return float("inf")
    if handle.begun_at is not None:
        return session.clock.monotonic() - handle.begun_at
    # A handle may come from a host whose clock is ahead: since the first response here, this one's own clock counts.
    looked = 0.0 if handle.looked_at is None else session.clock.monotonic() - handle.looked_at
    return max(session.clock.wall() - handle.submitted_at, looked)


def observe(
    session: Session,
    job_type: BoundJobType[P],
    handle: Handle,
    context: ResponseContext,
    payload: P | None,
    *,
    listed_by: OperationBinding | None = None,
) -> JobStatus[P]:
    """The status that a response tells of a handle's job.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        handle: The job; what is learned about its run is kept in it.
        context: The context of the response. For an element of a list of jobs, it stands for the whole body.
        payload: The response as its type.
        listed_by: The call that lists jobs, for an element of its list; None for a response to the call for the status.

    Returns:
        The status.

    Raises:
        JobError: it is not known which run is the handle's.
    """
    binding = listed_by or job_type.status
    check_echo(job_type, binding, handle.identity, context)
    _answered(session, handle)
    handle.gone_since = None
    select = job_type.type.select
    if select is None:
        chosen = with_run(context, context.body)
        if ended_before(job_type, handle, chosen):
            raise WrongJob("the response is about a job that had ended before", operation=binding.operation.id)
        name, attribution = run_id(job_type, handle), "latest" if job_type.latest else handle.attribution
    else:
        recent = age(session, handle) < job_type.missing.within
        choice = choose(job_type, select, handle, context, recent=recent, now=session.clock.monotonic())
        if choice.run is None:
            # Nothing that the response says is about this run, not even an error's text.
            return _missing(
                job_type, handle, _missing_state(job_type, handle, choice, recent=recent), choice.attribution, payload
            )
        chosen = with_run(context, choice.run.element)
        name, attribution = choice.run.id, choice.attribution
    secrets = session.auth.secrets()
    status = status_of(
        job_type.type, chosen, session.zone, payload=payload, run_id=name, attribution=attribution, secrets=secrets
    )
    if session.drift_reporter is not None:
        from .drift import job_differences

        differences = job_differences(job_type, binding, session.drift_reporter.openapi, chosen, status)
        session.drift_reporter.report(binding.operation.id, context.status, differences, secrets)
    return _noted(handle, status)


def run_id(job_type: BoundJobType[Any], handle: Handle) -> str | None:
    """The vendor's identifier of a run that the handle names: what is not a parameter of the client.

    Args:
        job_type: The job type with its operations.
        handle: The job.

    Returns:
        The identifier as text; None where the handle names no run.
    """
    if job_type.latest:
        return None
    for part in job_type.identity:
        if part.name in handle.identity and not part.client_parameters:
            return str(handle.identity[part.name])
    return None


def _missing_state(job_type: BoundJobType[Any], handle: Handle, choice: Choice, *, recent: bool) -> JobState:
    if choice.doubted or (recent and not handle.seen):
        return JobState(job_type.missing.state)
    if handle.run_key is None and handle.baseline is None and job_type.type.absent is not None:
        return JobState(job_type.type.absent)
    return JobState.UNKNOWN


def _missing(
    job_type: BoundJobType[P], handle: Handle, state: JobState, attribution: Attribution, payload: P | None
) -> JobStatus[P]:
    hidden = handle.missing_since is not None or handle.gone_since is not None
    own = None if hidden else first_part(handle.run_key)
    return JobStatus(
        state=state,
        raw_state="",
        vendor=job_type.vendor,
        kind=job_type.name,
        run_id=run_id(job_type, handle) if job_type.type.select is None else own,
        attribution=attribution,
        payload=payload,
    )


def _noted(handle: Handle, status: JobStatus[P]) -> JobStatus[P]:
    """Keep that the job was seen, and report an end that was none."""
    handle.seen = True
    handle.state = status.state
    if status.state.terminal:
        handle.ended = status.state
        return status
    if handle.ended is None:
        return status
    logger.warning(
        "%s.%s: a run that was %s is %s (%s) again",
        handle.vendor,
        handle.kind,
        handle.ended,
        status.state,
        status.raw_state,
    )
    return dataclasses.replace(status, regressed=True)


def _of_failure(
    session: Session, job_type: BoundJobType[P], handle: Handle, failure: ApiError, asked: float, *, recent: bool
) -> JobStatus[P]:
    """The status that an error tells, or the error itself.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        handle: The job.
        failure: The error.
        asked: When the vendor was asked.
        recent: Whether that was so soon after the submission that the job need not show yet.

    Returns:
        The status.
    """
    context = context_of(response_of(failure))
    state = state_of_failure(job_type.type, with_run(context, context.body))
    if state is not None:
        status = status_of(
            job_type.type, with_run(context, context.body), session.zone, state=state, run_id=run_id(job_type, handle)
        )
        return _noted(handle, status)
    if not isinstance(failure, NotFoundError) or (handle.submitted_at is None and not handle.seen):
        raise failure
    now = _answered(session, handle)
    rule = job_type.type.not_found
    if handle.gone_since is None:
        handle.gone_since = now
    if not recent and max(asked - handle.gone_since, 0.0) >= job_type.gone_for:
        if handle.seen:
            raise expired(failure) from failure
        raise failure
    # Replicas differ for a while: whether or not one has shown the job, one that does not show it proves nothing.
    state = JobState.UNKNOWN if rule is None or handle.seen else JobState(rule.state)
    missing: JobStatus[P] = _missing(job_type, handle, state, handle.attribution, None)
    return dataclasses.replace(missing, message="the vendor says that there is no such job")


def _answered(session: Session, handle: Handle) -> float:
    """Note that the vendor has answered about a job; the result is the time."""
    now = session.clock.monotonic()
    if handle.looked_at is None:
        handle.looked_at = now
    return now


def expired(failure: ApiError) -> JobExpired:
    """What is raised about a job that was there and is not found any more.

    Args:
        failure: How the vendor says so.

    Returns:
        The error.
    """
    return JobExpired(
        "the vendor does not know the job any more",
        operation=failure.operation,
        code=failure.code,
        vendor_message=failure.vendor_message,
    )
