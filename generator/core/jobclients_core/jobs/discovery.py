"""Finding the run that the answer to a submission does not name: the one that is new in a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import ApiError, DecodeError, JobClientsError, TransportError
from jobclients_core.expressions import parse
from jobclients_core.flow import Flow, Sleep
from jobclients_core.jobtype import BoundDiscover, BoundJobType

from .errors import AmbiguousRun, SubmitUncertain
from .handle import Handle
from .identity import bind, inside, typed
from .lookup import items_of
from .reading import facts_of


def listed(
    session: Session, kind: BoundJobType[Any], discover: BoundDiscover, handle: Handle, given: Mapping[str, Any]
) -> Flow[list[str | int]]:
    """Identifiers in the list of runs."""
    arguments = bind(discover.role, handle.identity)
    for name, value in discover.role.arguments.items():
        place = parse(value) if isinstance(value, str) else None
        if place is not None and place.root == "request":
            arguments[name] = given.get(kind.argument(place))
    response = yield from call_flow(session, discover.role.operation.call(**arguments))
    found = [inside(item, discover.key) for item in items_of(discover.role, facts_of(response))]
    return [value for value in found if isinstance(value, (str, int)) and not isinstance(value, bool)]


def discover_run(
    session: Session,
    kind: BoundJobType[Any],
    discover: BoundDiscover,
    handle: Handle,
    given: Mapping[str, Any],
    known: list[str | int],
) -> Flow[None]:
    """Find the run that the answer does not name: the one that is new in the list."""
    part = discover.identity
    end = session.clock.monotonic() + discover.within
    delay = kind.poll.initial
    shown: list[str | int] = []
    while True:
        before = _fresh(shown, known)
        looked = True
        try:
            shown += yield from listed(session, kind, discover, handle, given)
        except (ApiError, TransportError, DecodeError) as error:
            if isinstance(error, ApiError) and not error.transient:
                raise _unfound(kind, error) from error
            looked = False
        fresh = _fresh(shown, known)
        if len(fresh) > 1:
            raise AmbiguousRun(
                f"{len(fresh)} runs began with this submission, and which is its own cannot be told",
                operation=discover.role.operation.id,
            )
        good = typed(part, fresh[0]) if fresh else None
        # A run that began of itself in between may show first: the one that showed alone has to do so twice.
        if good is not None and before and looked:
            handle.identity = {**handle.identity, part.name: good}
            handle.attribution = "newer_than_baseline"
            return
        if good is not None and not before:
            yield Sleep(kind.poll.initial)
            continue
        if session.clock.monotonic() + delay > end:
            raise _unfound(kind, None)
        yield Sleep(delay)
        delay = min(delay * kind.poll.multiplier, kind.poll.max)


def _fresh(listed: list[str | int], known: list[str | int]) -> list[str | int]:
    """Identifiers that were not there before; of numbers only greater ones, as old runs may come into view."""
    highest = max((value for value in known if isinstance(value, int)), default=None)
    new = [value for value in dict.fromkeys(listed) if value not in known]
    return [value for value in new if highest is None or not isinstance(value, int) or value > highest]


def _unfound(kind: BoundJobType[Any], cause: JobClientsError | None) -> SubmitUncertain:
    assert kind.submit is not None
    return SubmitUncertain(
        "the job was submitted, but which run it is could not be found" + (f": {cause}" if cause is not None else ""),
        operation=kind.submit.operation.id,
    )
