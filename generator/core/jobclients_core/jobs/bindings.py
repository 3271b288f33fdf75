"""Calls the other operations of a job: cancel, result, progress and logs."""

from __future__ import annotations

from typing import Any, TypeVar

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import (
    ApiError,
    BadRequest,
    Conflict,
    InvalidArgument,
    JobClientsError,
    NotFound,
    Refused,
)
from jobclients_core.flow import Flow, Sleep
from jobclients_core.jobtype import BoundJobType, OperationBinding

from .classify import logger
from .errors import AmbiguousRun
from .handle import Handle
from .identity import call_of
from .status import JobStatus
from .status_calls import age, expired, status_flow

P = TypeVar("P")

LOOKS = 5
"""How often `cancel` looks for a run that does not show yet."""


def binding_flow(
    session: Session,
    job_type: BoundJobType[Any],
    handle: Handle,
    binding: OperationBinding | None,
    *,
    deadline: float | None = None,
) -> Flow[Any]:
    """Call the operation of a role.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        handle: The job.
        binding: The role.
        deadline: Time on the monotonic clock by which to end.

    Returns:
        The vendor's response.

    Raises:
        JobExpired: the vendor does not know the job any more.
        JobClientsError: the call failed.
    """
    if binding is None:
        raise InvalidArgument(f"{job_type.vendor} documents no such call for {job_type.name}")
    recent = age(session, handle) < job_type.hidden_for
    try:
        response = yield from call_flow(session, call_of(binding, handle.identity), deadline=deadline, about=handle)
    except NotFound as error:
        if not handle.seen or recent:
            raise  # a replica may not show yet what another one has shown
        raise expired(error) from error
    return response.body


def cancel_flow(
    session: Session,
    job_type: BoundJobType[P],
    handle: Handle,
    *,
    checked: bool = False,
    force: bool = False,
    deadline: float | None = None,
) -> Flow[JobStatus[P] | None]:
    """Ask the vendor to stop a job.

    Where jobs are known by a name, the vendor stops whatever runs under it: first it is made sure that this is the
    handle's own run.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        handle: The job.
        checked: Whether that was made sure a moment ago.
        force: Whether to stop it also where it is only likely that it is the handle's.
        deadline: Time on the monotonic clock by which to end.

    Returns:
        The status of a job that turned out to have ended; None where the vendor was asked to stop it.

    Raises:
        RunSuperseded: another run would be stopped.
        AmbiguousRun: the run does not show, so that another one might be stopped.
        JobClientsError: the call failed.
    """
    if job_type.cancel is not None and job_type.type.select is not None and not checked:
        status = yield from own_run_flow(session, job_type, handle, deadline)
        if status.state.terminal:
            return status
    if handle.attribution == "in_window" and not force:
        raise AmbiguousRun(
            "the run is likely this one, and may be another submitter's; cancel(force=True) stops it nonetheless",
            candidates=[handle.run_key or handle.identity],
            reason="nothing is known of the runs before the submission",
            operation=job_type.status.operation.id,
        )
    try:
        yield from binding_flow(session, job_type, handle, job_type.cancel, deadline=deadline)
    except (BadRequest, Conflict, Refused) as error:
        # Vendors refuse to stop what has ended; that is what was wanted.
        failure: ApiError = error
    else:
        return None
    found: JobStatus[P] | None = None
    try:
        found = yield from status_flow(session, job_type, handle, deadline=deadline)
    except JobClientsError as error:
        logger.info("%s: whether it has ended is not known: %s", handle.label, error)
    if found is None or not found.state.terminal:
        raise failure
    return found


def own_run_flow(
    session: Session, job_type: BoundJobType[P], handle: Handle, deadline: float | None
) -> Flow[JobStatus[P]]:
    """Look for the handle's own run, which may take some moments to show after its submission.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        handle: The job.
        deadline: Time on the monotonic clock by which to end.

    Returns:
        The status of the run.

    Raises:
        AmbiguousRun: it does not show.
        JobClientsError: the call failed.
    """
    status = yield from status_flow(session, job_type, handle, deadline=deadline)
    for look in range(1, LOOKS):
        if status.run_id is not None and handle.seen:
            return status
        pause = job_type.poll.initial * look
        if deadline is not None and session.clock.monotonic() + pause >= deadline:
            break
        yield Sleep(pause)
        status = yield from status_flow(session, job_type, handle, deadline=deadline)
    if status.run_id is not None and handle.seen:
        return status
    raise AmbiguousRun(
        "the run does not show; the vendor stops by name, and might stop another one",
        operation=job_type.status.operation.id,
        status=status,
    )
