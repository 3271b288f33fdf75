"""Looking for a submission whose answer was lost, by the key that it carried."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import ApiError, DecodeError, TransportError
from jobclients_core.expressions import Facts, evaluate
from jobclients_core.flow import Flow, Sleep
from jobclients_core.jobtype import BoundJobType, BoundRole

from .errors import AmbiguousRun, SubmitUncertain
from .handle import Handle
from .identity import bind, elements, fits, inside, typed
from .reading import facts_of

_LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each look for a submission whose answer was lost."""


def looks_up(kind: BoundJobType[Any]) -> bool:
    """Whether a lost submission is found in a list, rather than sent again."""
    return kind.list is not None and bool(kind.list.items)


def look_for(session: Session, kind: BoundJobType[Any], before: Handle, error: SubmitUncertain) -> Flow[Handle]:
    """Look for a submission by the key that it carried."""
    error.key = before.key
    if fits(kind, before.identity) is None and kind.discover is None:
        error.job = before
    if before.key is None or not looks_up(kind):
        raise error
    role = kind.list
    assert role is not None
    for delay in _LOOKS:
        if delay:
            yield Sleep(delay)
        try:
            response = yield from call_flow(session, role.operation.call(**bind(role, before.identity, before.key)))
        except (ApiError, TransportError, DecodeError):
            continue
        found = [item for item in items_of(role, facts_of(response)) if before.key in json.dumps(item)]
        if len(found) > 1:
            raise AmbiguousRun(f"{len(found)} jobs carry the key of this submission") from error
        if found:
            return _of_item(kind, role, before, found[0], error)
    raise error


def items_of(role: BoundRole, facts: Facts) -> list[dict[str, Any]]:
    """The elements of the list that a role's operation answers with."""
    return elements(evaluate(role.items, facts))


def _of_item(kind: BoundJobType[Any], role: BoundRole, before: Handle, item: Any, error: SubmitUncertain) -> Handle:
    identity = dict(before.identity)
    for part in kind.identity:
        value = typed(part, inside(item, role.keys[part.name])) if part.name in role.keys else None
        if value is not None:
            identity[part.name] = value
    if fits(kind, identity) is not None:
        raise error
    return dataclasses.replace(before, identity=identity, seen=True)
