"""Weighs whether a run is the submitted one: by its age, its times and its origin.

Times of one clock compare well, those of two do not: a part of the key is of the vendor's own clock, ``Date`` of its
gateway's, and ours is a third. A time that is implausible is taken as if it were not there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from jobclients_core.expressions import ABSENT, ResponseContext
from jobclients_core.jobparts import SKEW, SLACK, Order, Select
from jobclients_core.jobtype import BoundJobType
from jobclients_core.times import FORMATS

from .classify import with_run
from .fields import read_fields
from .handle import Baseline, Handle, RunKey

RESOLUTION: Final = 1.0
"""Seconds that the ``Date`` header leaves out."""

_EARLIEST: Final = 946_684_800.0
_LATEST: Final = 7_258_118_400.0
"""2000 and 2200: what lies outside is a time in another unit, or of a clock that was never set."""


def compare(select: Select, key: RunKey, other: RunKey) -> Literal["newer", "older"] | None:
    """Which of two runs is newer, as the vendor counts or dates them.

    Args:
        select: How runs are distinguished.
        key: The key of one.
        other: The key of another.

    Returns:
        What the first is; None where they have nothing in common that tells, or its time is earlier than the other's by
        less than that clock may step back.
    """
    for part in select.order:
        read = _counter if part.by == "counter" else _timestamp
        one, two = read(part, key), read(part, other)
        if one is None or two is None or (part.by == "counter" and one == two):
            continue
        slack = 0.0 if part.by == "counter" else SLACK if part.slack is None else part.slack
        return "newer" if one > two else "older" if one <= two - slack else None
    return None


def _counter(part: Order, key: RunKey) -> float | None:
    text = key.get(part.key, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _timestamp(part: Order, key: RunKey) -> float | None:
    text = key.get(part.key)
    timestamp = FORMATS[part.format].read(text, None) if text is not None else None
    return _plausible(timestamp) if isinstance(timestamp, datetime) else None


def _plausible(timestamp: datetime) -> float | None:
    """Seconds since 1970."""
    if timestamp.utcoffset() is None:
        return None
    seconds = timestamp.timestamp()
    return seconds if _EARLIEST <= seconds < _LATEST else None


def is_time_only(select: Select, key: RunKey) -> bool:
    """Whether a key tells nothing but when the run began.

    Args:
        select: How runs are distinguished.
        key: The key.

    Returns:
        True where each of its parts is a time.
    """
    times = {part.key for part in select.order if part.by == "time"}
    return key.keys() <= times


def in_window(select: Select, handle: Handle, key: RunKey) -> bool | None:
    """Whether a run began at about the time of the submission.

    Args:
        select: How runs are distinguished.
        handle: The handle of the submission.
        key: The key of the run.

    Returns:
        None where its key or the handle has no time.
    """
    if handle.sent_at is None:
        return None
    for part in select.order:
        began = _timestamp(part, key) if part.by == "time" else None
        if began is not None:
            skew = SKEW if part.skew is None else part.skew
            until = handle.sent_at if handle.sent_until is None else handle.sent_until
            return handle.sent_at - RESOLUTION - skew <= began <= until + RESOLUTION + skew
    return None


def honoured(job_type: BoundJobType[Any], handle: Handle) -> bool:
    """Whether the vendor gives the same job for the key that the submission carried.

    Args:
        job_type: The job type with its operations.
        handle: The handle of the submission.

    Returns:
        False where a list of jobs is what finds it again.
    """
    return handle.key is not None and job_type.honoured is not None


def ended_before(job_type: BoundJobType[Any], handle: Handle, context: ResponseContext) -> bool:
    """Whether what a response tells of had ended when the job was submitted, so that it is another one.

    Args:
        job_type: The job type with its operations.
        handle: The handle.
        context: The context of the response, the run among them.

    Returns:
        True where the vendor says so in a time of its own that names its zone.
    """
    rule = job_type.type.fields.get("finished_at")
    if rule is None or handle.sent_at is None or handle.joined or honoured(job_type, handle):
        return False
    ended = read_fields(job_type.type, context, None)["finished_at"]
    seconds = _plausible(ended) if ended is not None else None
    skews = [part.skew for part in job_type.type.select.order if part.skew is not None] if job_type.type.select else []
    return seconds is not None and seconds < handle.sent_at - RESOLUTION - max(skews, default=SKEW)


def against(
    job_type: BoundJobType[Any], select: Select, handle: Handle, baseline: Baseline, element: Any, key: RunKey
) -> str | None:
    """Why a run that was not there before the submission is not the submitted one either, as far as can be told.

    Args:
        job_type: The job type with its operations.
        select: How runs are distinguished.
        handle: The handle of the submission.
        baseline: The runs that were there before.
        element: What a response says of the run.
        key: The key of the run.

    Returns:
        What speaks against it; None where nothing does.
    """
    context = with_run(ResponseContext(200, {}, ABSENT), element)
    fold = job_type.type.match == "casefold"
    if select.exclude and all(condition.holds(context, fold=fold) for condition in select.exclude):
        return "no call began it"
    if any(compare(select, key, old) == "older" for old in baseline.keys):
        return "it is older than a run that was there before the submission"
    if handle.named is not None and compare(select, handle.named, key) == "older":
        return "it is newer than the run that the response to the submission names"
    if in_window(select, handle, key) is False:
        return "it did not begin at about the time of the submission"
    if ended_before(job_type, handle, context):
        return "it had ended before the submission"
    return None
