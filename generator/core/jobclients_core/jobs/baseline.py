"""The runs that were there before a submission, so that none of them is taken for its own."""

from __future__ import annotations

from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import NotFound
from jobclients_core.expressions import Facts
from jobclients_core.flow import Flow
from jobclients_core.jobparts import Select
from jobclients_core.jobtype import BoundJobType
from jobclients_core.judge import Response

from .handle import Handle, RunKey
from .identity import bind
from .reading import facts_of
from .runs import keys_of, runs_in, same_run


def read_baseline(
    session: Session, kind: BoundJobType[Any], select: Select, handle: Handle
) -> Flow[tuple[RunKey, ...]]:
    """Keys of the runs that are there before the submission."""
    call = kind.status.operation.call(**bind(kind.status, handle.identity))
    try:
        response: Response[Any] = yield from call_flow(session, call)
    except NotFound:
        # Whether it exists at all is submit's to say.
        return ()
    return keys_of(runs_in(select, select.source, handle.identity, facts_of(response)))


def pin(select: Select, handle: Handle, facts: Facts) -> None:
    """Keep the key of the run that submit's answer shows, if it is a new one."""
    keys = keys_of(runs_in(select, select.submitted, handle.identity, facts))
    if len(keys) == 1 and not any(same_run(keys[0], old) for old in handle.baseline or ()):
        handle.learn(keys[0], "exact")
