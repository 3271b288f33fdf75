"""Fields of a status: where they are in a response, and how they are read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import urlsplit

from jobclients_core.conditions import find
from jobclients_core.decode import UnreadableError, parse_json
from jobclients_core.expressions import ABSENT, ResponseContext, evaluate, same
from jobclients_core.jobparts import TIMES, FieldRule
from jobclients_core.jobtype import JobType
from jobclients_core.patterns import extract
from jobclients_core.printing import clean
from jobclients_core.shapes import is_array
from jobclients_core.times import FORMATS

MAX_WORDS = 4000
"""Characters kept of a vendor's words."""

MAX_URL = 2000
"""Characters that the URL of a page has at most."""

_URL = re.compile(r"https?://[!-~]+")

_RULELESS = FieldRule(())

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def with_result(job_type: JobType[Any], context: ResponseContext) -> ResponseContext:
    """The context with the decoded result, which conditions may look into.

    Args:
        job_type: The kind.
        context: The context of the response, the run among them.

    Returns:
        The same with their result.
    """
    rule = job_type.fields.get("result")
    return context if rule is None else replace(context, result=next(_values(rule, context), ABSENT))


def read_fields(job_type: JobType[Any], context: ResponseContext, zone: tzinfo | None) -> dict[str, Any]:
    """Read all fields of a status.

    Args:
        job_type: The kind.
        context: The context of the response, result included.
        zone: The caller's time zone, for times that name none.

    Returns:
        Arguments of `JobStatus`.
    """
    times: dict[str, datetime | None] = {}
    raw_times: dict[str, str] = {}
    for name in TIMES:
        times[name] = _read_time(job_type.fields.get(name, _RULELESS), context, zone, name, raw_times)
    duration = read_number(job_type.fields.get("duration", _RULELESS), context)
    if duration is None or duration < 0:
        duration = _elapsed(times["started_at"], times["finished_at"])
    return {
        **times,
        "raw_times": raw_times,
        "duration": duration,
        "progress": _progress(job_type.fields.get("progress", _RULELESS), context),
        "message": read_text(job_type.fields.get("message", _RULELESS), context),
        "error": read_text(job_type.fields.get("error", _RULELESS), context),
        "code": read_text(job_type.fields.get("code", _RULELESS), context),
        "warnings": _several(job_type.fields.get("warnings", _RULELESS), context),
        "page_url": _page_url(job_type.fields.get("page_url", _RULELESS), context),
        "result": None if context.result is ABSENT else context.result,
    }


def _values(rule: FieldRule, context: ResponseContext) -> Iterator[Any]:
    """What is at the places of a field, in order; nothing for absent, null and unmatched ones."""
    for source in rule.source:
        value = find(source, context)
        if any(same(value, none) for none in rule.absent):
            continue
        if rule.json and isinstance(value, str):
            value = _decoded(value)
        if rule.pattern:
            value = extract(rule.pattern, value) if isinstance(value, str) else None
        if value is not ABSENT and value is not None:
            yield value


def _decoded(text: str) -> Any:
    try:
        return parse_json(text.encode("utf-8", "surrogatepass"))
    except UnreadableError:
        return text


def _elapsed(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None:
        return None
    # Between two times of one zone Python subtracts what clocks on the wall show; against UTC it does not.
    # An hour that the clocks show twice is meant the second time where the first one lies before the start.
    spans = ((end.replace(fold=fold) - _EPOCH) - (start - _EPOCH) for fold in (end.fold, 1))
    return next((span.total_seconds() for span in spans if span >= timedelta()), None)


def _read_time(
    rule: FieldRule, context: ResponseContext, zone: tzinfo | None, name: str, raw_times: dict[str, str]
) -> datetime | None:
    for value in _values(rule, context):
        if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value == "":
            continue
        raw_times[name] = clean(str(value), 100)
        if rule.format not in FORMATS:
            return None
        timestamp = FORMATS[rule.format].read(value, zone)
        if isinstance(timestamp, datetime) and timestamp.utcoffset() is not None:
            return timestamp
        return None
    return None


def _as_number(value: Any) -> float | None:
    """A number, or a text that is one, a per cent sign put aside."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value.strip().removesuffix("%")[:40] if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def read_number(rule: FieldRule, context: ResponseContext) -> float | None:
    """The number that is in a field, in the unit of `JobStatus`.

    Args:
        rule: Where it is, and how it is read.
        context: The context of the response.

    Returns:
        The number; None where there is none.
    """
    for value in _values(rule, context):
        number = _as_number(value)
        if number is not None:
            return number * rule.scale
    return None


def _progress(rule: FieldRule, context: ResponseContext) -> float | None:
    part = read_number(rule, context)
    if part is None:
        return None
    if rule.total:
        whole = _as_number(evaluate(rule.total, context))
        if not whole:
            return None
        part /= whole
    # Beyond its ends it says nothing that could be relied on.
    return part if 0 <= part <= 1 else None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def bounded(value: Any, limit: int) -> str:
    """A value as one line of text.

    Args:
        value: Parsed JSON.
        limit: Characters kept.

    Returns:
        The text.
    """
    return clean(_text(value), limit)


def read_text(rule: FieldRule, context: ResponseContext) -> str | None:
    """What a vendor says in a field, as one line.

    Args:
        rule: Where it is, and how it is read.
        context: The context of the response.

    Returns:
        The words; None where there are none.
    """
    for value in _values(rule, context):
        if value not in ("", [], {}):
            return bounded(value, MAX_WORDS)
    return None


def _page_url(rule: FieldRule, context: ResponseContext) -> str | None:
    """The URL that is in a field, if a person may follow it: not where it runs a script, or holds a password."""
    for value in _values(rule, context):
        if not isinstance(value, str) or not 0 < len(value) <= MAX_URL or not _URL.fullmatch(value):
            continue
        try:
            parts = urlsplit(value)
        except ValueError:
            continue
        if parts.hostname and "@" not in parts.netloc:
            return value
    return None


def _several(rule: FieldRule, context: ResponseContext) -> tuple[str, ...]:
    for value in _values(rule, context):
        if value in ("", [], {}):
            continue
        items: list[Any] = value[:100] if is_array(value) else [value]
        return tuple(bounded(item, MAX_WORDS) for item in items)
    return ()
