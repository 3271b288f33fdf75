"""Maps a vendor's response to a canonical job state."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from datetime import tzinfo
from typing import Any, TypeVar

from jobclients_core.conditions import When
from jobclients_core.expressions import ABSENT, ResponseContext, evaluate
from jobclients_core.hiding import MASK, gives_away, traces
from jobclients_core.jobtype import JobType
from jobclients_core.states import Attribution, JobState

from .fields import bounded, read_fields, with_result
from .identity import elements
from .status import JobStatus

P = TypeVar("P")

logger = logging.getLogger("jobclients")

MAX_WORD = 200
_MAX_WARNED = 1000
_warned: set[tuple[str, str, str]] = set()


def _all(when: tuple[When, ...], context: ResponseContext, *, fold: bool) -> bool:
    return all(condition.holds(context, fold=fold) for condition in when)


def raw_state(job_type: JobType[Any], context: ResponseContext, limit: int = MAX_WORD) -> tuple[str, bool]:
    """The vendor's own word.

    Args:
        job_type: The job type as the spec states it.
        context: What expressions read of the response.
        limit: Characters kept of each of its parts.

    Returns:
        The word, and whether any place of it exists.
    """
    found = [[evaluate(place, context) for place in group] for group in job_type.raw_state]
    words = [next((value for value in group if value is not ABSENT and value is not None), None) for group in found]
    present = any(value is not ABSENT for group in found for value in group)
    return "/".join(bounded(word, limit) for word in words if word is not None), present


def state_of(job_type: JobType[Any], context: ResponseContext) -> JobState:
    """The canonical state that a response tells.

    Args:
        job_type: The job type as the spec states it.
        context: The context of the response, run and result included.

    Returns:
        The state; `JobState.UNKNOWN` for words that the kind does not know.
    """
    fold = job_type.match == "casefold"
    state = next((JobState(rule.state) for rule in job_type.states if _all(rule.when, context, fold=fold)), None)
    if state is None:
        if job_type.absent is not None and not raw_state(job_type, context)[1]:
            return JobState(job_type.absent)
        return JobState.UNKNOWN
    for second in job_type.refine:
        if second.state == state and _all(second.when, context, fold=fold):
            return JobState(second.to)
    return state


def mapped(job_type: JobType[Any], context: ResponseContext) -> bool:
    """Whether any rule knows the state that a response tells.

    Args:
        job_type: The job type as the spec states it.
        context: The context of the response, run included.

    Returns:
        False for a word that is new.
    """
    complete = with_result(job_type, context)
    return any(_all(rule.when, complete, fold=job_type.match == "casefold") for rule in job_type.states)


def status_of(
    job_type: JobType[P],
    context: ResponseContext,
    zone: tzinfo | None,
    *,
    payload: P | None = None,
    state: JobState | None = None,
    run_id: str | None = None,
    attribution: Attribution = "exact",
    secrets: Iterable[str] = (),
) -> JobStatus[P]:
    """The status that a response tells.

    Args:
        job_type: The job type as the spec states it.
        context: The context of the response; the run is the whole body where none was chosen.
        zone: The caller's time zone.
        payload: The response as its type.
        state: The state, where it is known otherwise.
        run_id: The vendor's identifier of the run.
        attribution: How sure it is that this is the handle's own run.
        secrets: Known secrets; a word that is not known and holds one becomes ``***``.

    Returns:
        The status.
    """
    complete = with_result(job_type, context)
    word = raw_state(job_type, complete)[0]
    found = state_of(job_type, complete) if state is None else state
    if found is JobState.UNKNOWN and state is None:
        # The whole word, since of what is cut off the rest may be the beginning of a secret.
        whole = raw_state(job_type, complete, sys.maxsize)[0]
        word = MASK if gives_away(whole, traces(secrets)) else word
        _warn(job_type, word)
    return JobStatus(
        state=found,
        raw_state=word,
        vendor=job_type.vendor,
        kind=job_type.name,
        run_id=run_id,
        attribution=attribution,
        payload=payload,
        **read_fields(job_type, complete, zone),
    )


def _warn(job_type: JobType[Any], word: str) -> None:
    """Say once of each word that it is unknown."""
    key = (job_type.vendor, job_type.name, word)
    if key not in _warned and len(_warned) < _MAX_WARNED:
        _warned.add(key)
        logger.warning("%s.%s: the state %r is not known; the job counts as unfinished", *key)


def ended(job_type: JobType[Any], context: ResponseContext) -> bool:
    """Whether a response tells of an end, which then weighs more than an envelope that refuses it.

    Args:
        job_type: The job type as the spec states it.
        context: The context of the response, before a run was chosen.

    Returns:
        True for a terminal state.
    """
    runs: list[Any] = [context.body]
    if job_type.select is not None:
        runs = list(elements(evaluate(job_type.select.source, context)))
    return any(state_of(job_type, with_result(job_type, with_run(context, run))).terminal for run in runs)


def with_run(context: ResponseContext, run: Any) -> ResponseContext:
    """The context of a response that is chosen to speak of one run.

    Returns:
        The context with it.
    """
    return ResponseContext(context.status, context.headers, context.body, run)


def state_of_failure(job_type: JobType[Any], context: ResponseContext) -> JobState | None:
    """The state that an HTTP status tells, for vendors whose failed jobs answer with an error.

    Args:
        job_type: The job type as the spec states it.
        context: The context of the error.

    Returns:
        The state, or None where no rule speaks of the HTTP status.
    """
    fold = job_type.match == "casefold"
    for rule in job_type.states:
        if any(condition.source == "$response.status" for condition in rule.when) and _all(
            rule.when, context, fold=fold
        ):
            return JobState(rule.state)
    return None
