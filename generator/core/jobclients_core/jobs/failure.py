"""Asks why a job failed, where the vendor has a call for that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, TypeVar

from jobclients_core.calls import Session, call_flow
from jobclients_core.conditions import find
from jobclients_core.errors import JobClientsError
from jobclients_core.expressions import ABSENT, ResponseContext
from jobclients_core.flow import Flow
from jobclients_core.jobparts import REASONS
from jobclients_core.jobtype import BoundJobType, OperationBinding

from .classify import logger, with_run
from .fields import read_text
from .handle import Handle
from .identity import bind, plain
from .status import JobStatus
from .status_calls import context_of, legible
from .urls import followed

P = TypeVar("P")

LONGEST: Final = 5.0
"""Seconds that asking may take."""


def explained_flow(
    session: Session, job_type: BoundJobType[P], handle: Handle, status: JobStatus[P], deadline: float
) -> Flow[JobStatus[P]]:
    """Ask why a job failed.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        handle: The job.
        status: Its last status.
        deadline: Time on the monotonic clock by which to end.

    Returns:
        The status with the reason; as it was for a job that did not fail, and where nothing is reported in time.
    """
    role = job_type.failure
    if role is None or status.state not in job_type.type.failed:
        return status
    end = min(session.clock.monotonic() + LONGEST, deadline)
    try:
        call = replace(
            role.operation.call(**_arguments(role, handle, status)), followed=followed(role, handle.identity)
        )
        response = yield from legible(call_flow(session, call, retries=0, deadline=end, about=handle))
    except JobClientsError as error:
        logger.info("%s: why it failed was not reported: %s", handle.label, error)
        return status
    context = ResponseContext(response.status, {}, ABSENT, failure=context_of(response).body)
    rules = {name: job_type.type.fields[name] for name in REASONS if name in job_type.type.fields}
    told = {name: read_text(replace(rule, source=rule.reasons), context) for name, rule in rules.items()}
    found: dict[str, Any] = {name: text for name, text in told.items() if text is not None}
    return replace(status, **found)


def _arguments(binding: OperationBinding, handle: Handle, status: JobStatus[Any]) -> dict[str, Any]:
    """The arguments of the call, some of which are in the response to the call for the status."""
    body = ABSENT if status.payload is None else plain(status.payload)
    context = with_run(ResponseContext(200, {}, body), body)
    found = {name: find(source, context) for name, source in binding.sources.items()}
    return bind(binding, handle.identity) | {
        name: value for name, value in found.items() if value is not ABSENT and value is not None
    }
