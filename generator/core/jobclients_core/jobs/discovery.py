"""Finds the run that a submission started by comparing a list from before with a list from after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import DecodeError, JobClientsError, TransportError
from jobclients_core.expressions import parse
from jobclients_core.flow import Flow, Sleep
from jobclients_core.jobtype import BoundDiscover, BoundJobType
from jobclients_core.response_parser import Response

from .baseline import vendor_time
from .classify import logger
from .errors import AmbiguousRun, SubmitUncertain
from .evidence import honoured
from .handle import Baseline, Handle
from .identity import bind, inside, typed
from .lookup import items_of
from .status_calls import context_of, legible

Id = str | int


def read_history(
    session: Session, job_type: BoundJobType[Any], discover: BoundDiscover, handle: Handle, given: Mapping[str, Any]
) -> Flow[Baseline]:
    """The runs that the list shows before the submission.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        discover: How its runs are found.
        handle: The handle of the submission.
        given: The arguments of submit.

    Returns:
        The runs by their identity.

    Raises:
        DecodeError: the list has elements of which none is a run.
    """
    response = yield from _list(session, job_type, discover, handle, given)
    ids, strange = _ids(discover, response)
    if strange:  # who asks again may be answered by another replica
        response = yield from _list(session, job_type, discover, handle, given)
        ids, strange = _ids(discover, response)
    if strange:
        reason = (
            "no element of the list has the identity of a run, so that old runs cannot be distinguished from new ones"
        )
        raise DecodeError(reason, operation=discover.role.operation.id, readable=True)
    keys = tuple({discover.identity.name: str(value)} for value in ids)
    return Baseline(keys, "runs" if keys else "empty", session.clock.wall(), vendor_time(response.headers))


def _list(
    session: Session, job_type: BoundJobType[Any], discover: BoundDiscover, handle: Handle, given: Mapping[str, Any]
) -> Flow[Response[Any]]:
    arguments = bind(discover.role, handle.identity)
    for name, value in discover.role.arguments.items():
        place = parse(value) if isinstance(value, str) else None
        if place is not None and place.root == "request":
            arguments[name] = given.get(job_type.argument(place))
    return (yield from legible(call_flow(session, discover.role.operation.call(**arguments))))


def listed(
    session: Session, job_type: BoundJobType[Any], discover: BoundDiscover, handle: Handle, given: Mapping[str, Any]
) -> Flow[tuple[list[Id], bool, float | None]]:
    """The runs that the list shows now.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        discover: How its runs are found.
        handle: The handle of the submission.
        given: The arguments of submit.

    Returns:
        The runs; whether the list has elements of which none is a run, so that it proves nothing; and when it was
        answered by the vendor's clock.
    """
    response = yield from _list(session, job_type, discover, handle, given)
    return *_ids(discover, response), vendor_time(response.headers)


def _ids(discover: BoundDiscover, response: Response[Any]) -> tuple[list[Id], bool]:
    found = [inside(item, discover.key) for item in items_of(discover.role, context_of(response))]
    good = (typed(discover.identity, value) for value in found)
    ids = [value for value in dict.fromkeys(good) if value is not None]
    return ids, bool(found) and not ids


def discover_run(
    session: Session, job_type: BoundJobType[Any], discover: BoundDiscover, handle: Handle, given: Mapping[str, Any]
) -> Flow[None]:
    """Find the run of a submission: the one that its response names, or the one that is new in the list.

    Args:
        session: The client's session.
        job_type: The job type with its operations.
        discover: How its runs are found.
        handle: The handle, with what was there before and what the response named; gets the identity of the run.
        given: The arguments of submit.

    Raises:
        AmbiguousRun: several runs are new, or only such that are older than those that were there before.
        SubmitUncertain: none is.
    """
    name = discover.identity.name
    known = [key[name] for key in handle.baseline.keys] if handle.baseline is not None else []
    if _is_named(job_type, discover, handle, known):
        return
    handle.identity = {key: value for key, value in handle.identity.items() if key != name}
    end = session.clock.monotonic() + discover.within
    delay = job_type.poll.initial
    shown: list[Id] = []
    while True:
        before = newer(discover, shown, known)
        looked = True
        try:
            shown += (yield from listed(session, job_type, discover, handle, given))[0]
        except JobClientsError as error:
            if not (error.transient or isinstance(error, (TransportError, DecodeError))):
                raise _unfound(job_type, error) from error
            looked = False
        fresh = newer(discover, shown, known)
        if len(fresh) > 1:
            raise AmbiguousRun(
                f"{len(fresh)} runs began with this submission, and it is not known which is its own",
                candidates=[{name: value} for value in fresh],
                operation=discover.role.operation.id,
            )
        # A run that began of itself in between may show first: the one that showed alone has to do so twice.
        if fresh and before and looked:
            handle.identity = {**handle.identity, name: fresh[0]}
            surely = handle.baseline is not None and handle.baseline.found == "runs"
            handle.attribution = "newer_than_baseline" if surely else "in_window"
            return
        if fresh and not before:
            yield Sleep(job_type.poll.initial)
            continue
        if session.clock.monotonic() + delay > end:
            raise _none_newer(discover, shown, known) or _unfound(job_type, None)
        yield Sleep(delay)
        delay = min(delay * job_type.poll.multiplier, job_type.poll.max)


def _is_named(job_type: BoundJobType[Any], discover: BoundDiscover, handle: Handle, known: list[str]) -> bool:
    """Whether submit's answer names the run."""
    value = handle.identity.get(discover.identity.name)
    if value is None:
        return False
    if str(value) in known:
        # Our own earlier submission where the vendor honours its key, and another's where submissions join a run.
        handle.joined = discover.joins and not honoured(job_type, handle)
        return discover.joins or honoured(job_type, handle)
    if not newer(discover, [value], known):
        logger.warning(
            "%s.%s: order_broken: the run that the response to the submission names is older than one before it",
            job_type.vendor,
            job_type.name,
        )
    return True


def newer(discover: BoundDiscover, listed: Sequence[Id], known: Sequence[str]) -> list[Id]:
    """Runs that were not there before; of those that are counted only later ones, as old runs may come into view."""
    new = [value for value in dict.fromkeys(listed) if str(value) not in known]
    counts = [int(value) for value in known if _counts(value)] if discover.order == "counter" else []
    return [value for value in new if not counts or not _counts(value) or int(value) > max(counts)]


def _counts(value: Id) -> bool:
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) < 20


def _none_newer(discover: BoundDiscover, shown: list[Id], known: list[str]) -> JobClientsError | None:
    """What to say where runs came into view, and each is older than one that was there before."""
    older = [value for value in dict.fromkeys(shown) if str(value) not in known]
    if not older or newer(discover, shown, known):
        return None
    reason = "it is older than a run that was there before the submission"
    return AmbiguousRun(
        f"no run shows that is surely the submitted one: {reason}",
        candidates=[{discover.identity.name: value} for value in older],
        reason=reason,
        operation=discover.role.operation.id,
    )


def _unfound(job_type: BoundJobType[Any], cause: JobClientsError | None) -> SubmitUncertain:
    assert job_type.submit is not None
    return SubmitUncertain(
        "the job was submitted, but which run it is could not be found" + (f": {cause}" if cause is not None else ""),
        operation=job_type.submit.operation.id,
    )
