"""Looks for a submission by the key that it carried: in a list of jobs, or as a job's id."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import NotFound
from jobclients_core.expressions import KEY, PAGE, ResponseContext, evaluate
from jobclients_core.flow import Flow
from jobclients_core.jobtype import BoundJobType, OperationBinding

from .baseline import vendor_time
from .classify import ended
from .errors import AmbiguousRun
from .handle import Handle, RunKey
from .identity import bind, call_of, carries, elements, fits, named_in, of_element
from .status_calls import context_of, legible

_PAGES = 100
"""Pages of a list that are read at most."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sight:
    """What one look for a submission shows.

    Args:
        job: The job; None where it does not show.
        absent: Whether the look would show it, had the vendor taken it long enough ago.
        unsure: Whether it shows a job that has to show once more.
        doubted: The keys of runs that it shows and that may be the job's, though something speaks against them.
        dated: When it was answered by the vendor's clock; None where that is not said.
    """

    job: Handle | None = None
    absent: bool = False
    unsure: bool = False
    doubted: tuple[RunKey, ...] = ()
    dated: float | None = None


def looks_up(job_type: BoundJobType[Any]) -> bool:
    """Whether a submission can be found in a list by its key."""
    return job_type.list is not None and bool(job_type.list.items)


def by_key(session: Session, job_type: BoundJobType[Any], binding: OperationBinding, before: Handle) -> Flow[Sight]:
    """Look for a submission in the list of jobs.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        binding: Lists jobs.
        before: What is known of the submission; it has a key.

    Returns:
        What the list shows.

    Raises:
        AmbiguousRun: several jobs carry the key.
    """
    key = before.key or ""
    items, whole, dated = yield from _listed(session, binding, bind(binding, before.identity, key))
    found = [item for item in items if carries(binding, item, key)]
    if any(item != found[0] for item in found):
        message = f"{len(found)} jobs carry the key of this submission"
        raise AmbiguousRun(message, candidates=named_in(job_type, binding, found))
    identity = {**before.identity, **of_element(job_type, binding, found[0])} if found else {}
    if identity and fits(job_type, identity) is None:
        return Sight(dataclasses.replace(before, identity=identity, seen=True))
    return Sight(absent=whole and not found, dated=dated)


def _listed(
    session: Session, binding: OperationBinding, arguments: Mapping[str, Any]
) -> Flow[tuple[list[dict[str, Any]], bool, float | None]]:
    """What a list shows on all of its pages, whether that is all there is, and when the first page was answered."""
    paged = [name for name, value in arguments.items() if value == PAGE]
    items: list[dict[str, Any]] = []
    dated: float | None = None
    for page in range(1, _PAGES + 1):
        call = binding.operation.call(**{**arguments, **dict.fromkeys(paged, page)})
        response = yield from legible(call_flow(session, call))
        dated = vendor_time(response.headers) if page == 1 else dated
        shown = items_of(binding, context_of(response))
        new = [item for item in shown if item not in items]
        items += new
        if not paged:
            # A list that was asked for this key alone, and shows nothing, is complete.
            return items, not shown and any(KEY in str(value) for value in binding.arguments.values()), dated
        if not new:
            return items, not shown, dated  # the end, or a vendor that shows one page again and again
    return items, False, dated


def by_id(session: Session, job_type: BoundJobType[Any], before: Handle) -> Flow[Sight]:
    """Ask for the job whose id is the key of the submission.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        before: What is known of the submission; it identifies the job.

    Returns:
        What the status says.
    """
    try:
        call = call_of(job_type.status, before.identity)
        yield from legible(call_flow(session, call, accepts=lambda context: ended(job_type.type, context)))
    except NotFound:
        return Sight(absent=True)
    return Sight(dataclasses.replace(before, seen=True))


def items_of(binding: OperationBinding, context: ResponseContext) -> list[dict[str, Any]]:
    """The elements of the list that a role's operation answers with."""
    return elements(evaluate(binding.items, context))
