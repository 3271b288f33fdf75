"""The runs that were there before a submission, so that none of them is taken for its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import NotFound
from jobclients_core.expressions import Facts
from jobclients_core.flow import Flow
from jobclients_core.jobparts import Select
from jobclients_core.jobtype import BoundJobType
from jobclients_core.judge import Response

from .handle import Baseline, Handle
from .identity import bind
from .reading import facts_of
from .runs import keys_of, runs_in, same_run


def read_baseline(session: Session, kind: BoundJobType[Any], select: Select, handle: Handle) -> Flow[Baseline]:
    """The runs that are there before the submission."""
    call = kind.status.operation.call(**bind(kind.status, handle.identity))
    try:
        response: Response[Any] = yield from call_flow(session, call)
    except NotFound:
        # Whether it exists at all is submit's to say.
        return Baseline((), "not_found", session.clock.wall())
    keys = keys_of(runs_in(select, select.source, handle.identity, facts_of(response)))
    return Baseline(keys, "runs" if keys else "empty", session.clock.wall(), vendor_time(response.headers))


def vendor_time(headers: Mapping[str, str]) -> float | None:
    """When an answer was given by the clock of the vendor's gateway.

    Args:
        headers: Its header fields. An answer out of a cache says in ``Age`` how long ago its ``Date`` was.

    Returns:
        Seconds since 1970; None where it does not say.
    """
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    age = headers.get("age", "").strip()
    return aware.timestamp() + (float(age) if re.fullmatch(r"[0-9]{1,9}", age) else 0.0)


def pin(select: Select, handle: Handle, facts: Facts) -> None:
    """Keep the key of the run that submit's answer shows, if it is a new one."""
    keys = keys_of(runs_in(select, select.submitted, handle.identity, facts))
    known = handle.baseline.keys if handle.baseline is not None else ()
    if len(keys) == 1 and not any(same_run(keys[0], old) for old in known):
        handle.learn(keys[0], "exact")
