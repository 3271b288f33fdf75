"""Records the runs that existed before a submission, so that none of them is taken for the new one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jobclients_core.calls import Session, call_flow
from jobclients_core.errors import NotFound
from jobclients_core.expressions import ResponseContext
from jobclients_core.flow import Flow
from jobclients_core.jobparts import Select
from jobclients_core.jobtype import BoundJobType
from jobclients_core.response_parser import CLOCKS_DIFFER, Response, http_date, response_of

from .classify import logger
from .evidence import compare, honoured, in_window, is_time_only
from .handle import Baseline, Found, Handle
from .identity import bind
from .runs import keys_of, of_others, runs_in, shows_in
from .status_calls import context_of, legible

_RECENT = 300.0
"""Seconds for which what a baseline's answer told of the vendor's clock is believed."""


def read_baseline(session: Session, job_type: BoundJobType[Any], select: Select, handle: Handle) -> Flow[Baseline]:
    """The runs that are there before the submission."""
    call = job_type.status.operation.call(**bind(job_type.status, handle.identity))
    try:
        response: Response[Any] = yield from legible(call_flow(session, call))
        if of_others(
            select, handle.identity, context_of(response)
        ):  # who asks again may be answered by another replica
            response = yield from legible(call_flow(session, call))
    except NotFound as error:
        # Whether it exists at all is submit's to say.
        return Baseline((), "not_found", session.clock.wall(), vendor_time(response_of(error).headers))
    context = context_of(response)
    keys = keys_of(runs_in(select, select.source, handle.identity, context))
    found: Found = "runs" if keys else "not_found" if of_others(select, handle.identity, context) else "empty"
    return Baseline(keys, found, session.clock.wall(), vendor_time(response.headers))


def vendor_time(headers: Mapping[str, str]) -> float | None:
    """When a response was given by the clock of the vendor's gateway.

    Args:
        headers: Its header fields. A response out of a cache says in ``Age`` how long ago its ``Date`` was.

    Returns:
        Seconds since 1970; None where it does not say.
    """
    date = http_date(headers.get("date", ""))
    if date is None:
        return None
    age = headers.get("age", "").strip()
    return date + (float(age) if re.fullmatch(r"[0-9]{1,9}", age) else 0.0)


def begun_by(job_type: BoundJobType[Any], response: Any) -> float | None:
    """When a job had begun of which a response of another call tells, where such calls are what begins them.

    Returns:
        Seconds since 1970 by the vendor's clock; None for a response without its headers, and where calls of the kind's
        own begin its jobs, so that the response may be of any call.
    """
    if job_type.submit is not None or job_type.type.select is not None or not isinstance(response, Response):
        return None
    return vendor_time(response.headers)


def note_times(
    session: Session, handle: Handle, began: float, headers: Mapping[str, str] | None, *, under_way: float = 0.0
) -> None:
    """Note when a submission was sent, by the vendor's clock where a response of these minutes tells it.

    Args:
        session: The client's session.
        handle: The handle.
        began: When it was sent by our clock, in seconds since 1970.
        headers: The header fields of its response; None where that is not there.
        under_way: Seconds from now on in which it may still arrive, and its run begin.
    """
    now = session.clock.wall()
    ahead = None if headers is None else _ahead(vendor_time(headers), now)
    before = handle.baseline
    if ahead is None and before is not None and now - before.read_at <= _RECENT:
        ahead = _ahead(before.dated, before.read_at)
    handle.sent_at, handle.sent_until = began + (ahead or 0.0), now + (ahead or 0.0) + under_way


def _ahead(theirs: float | None, ours: float) -> float | None:
    """Seconds by which the vendor's clock is ahead of ours; None where one of them was never set."""
    return theirs - ours if theirs is not None and abs(theirs - ours) <= CLOCKS_DIFFER else None


def pin(job_type: BoundJobType[Any], select: Select, handle: Handle, context: ResponseContext) -> None:
    """Keep what submit's answer says of the run that it began.

    Args:
        job_type: The job type with its operations.
        select: How runs are distinguished.
        handle: The handle, which knows when the submission was sent.
        context: What expressions read of the response.
    """
    keys = keys_of(runs_in(select, select.submitted, handle.identity, context))
    before = handle.baseline if handle.baseline is not None else Baseline(found="skipped")
    if len(keys) != 1:
        return
    key = keys[0]
    if shows_in(before.keys, key):
        # Our own earlier submission where the vendor honours its key, and another's where submissions join a run.
        if honoured(job_type, handle) or select.joins:
            handle.joined = not honoured(job_type, handle)
            handle.learn(key, "exact")
        return
    near = in_window(select, handle, key)
    if is_time_only(select, key):
        handle.named = None if near is False else key
        return
    if before.found == "runs":
        if any(compare(select, key, old) == "older" for old in before.keys):
            logger.warning(
                "%s.%s: order_broken: the run that the response to the submission names is older than one before it",
                job_type.vendor,
                job_type.name,
            )
        handle.learn(key, "exact")
    elif near is not False:
        # A vendor that knew no such job, and then started it, contradicts itself.
        handle.learn(key, "in_window" if before.found == "not_found" else "exact")
