"""Differences between the status of a job and what its job type expects, which are reported as drift."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jobclients_core.expressions import ResponseContext, evaluate, pointer_in
from jobclients_core.jobparts import TIMES, FieldRule
from jobclients_core.jobtype import BoundJobType, OperationBinding
from jobclients_core.openapi import OpenApi
from jobclients_core.operation import Operation
from jobclients_core.patterns import extract
from jobclients_core.pointers import join, split
from jobclients_core.scales import agree, unit_of_duration, unit_of_time
from jobclients_core.schema_validation import Difference, Pointer
from jobclients_core.statuses import is_result

from .classify import mapped, raw_state, with_run
from .fields import read_fields, read_number, with_result
from .identity import elements
from .status import JobStatus


def job_differences(
    job_type: BoundJobType[Any],
    binding: OperationBinding,
    openapi: OpenApi,
    context: ResponseContext,
    status: JobStatus[Any],
) -> Iterator[Difference]:
    """What differs in the status of a job.

    Args:
        job_type: The job type with its operations.
        binding: The call that gave the response: the one for the status, or one that lists jobs.
        openapi: The vendor's document, whose examples show what is usual.
        context: The context of the response, the run included.
        status: What was read out of it.
    """
    context = with_result(job_type.type, context)
    if status.raw_state and not mapped(job_type.type, context):
        at, spec = _pointer(job_type, binding, job_type.type.raw_state[0][0]), join("/x-jobs", job_type.name, "state")
        yield Difference("new-job-state", at, "a known state", "string", spec, breaking=True, word=status.raw_state)
    for name, rule in job_type.type.fields.items():
        spec = join("/x-jobs", job_type.name, "fields", name)
        if rule.pattern:
            place = _unmatched(rule, context)
            if place and _matches_usually(job_type, openapi, rule, context):
                yield Difference(
                    "pattern", _pointer(job_type, binding, place), rule.pattern, "another text", spec, breaking=True
                )
        elif name in TIMES:
            for place in _places(rule):
                unit = unit_of_time(rule.format, value) if _is_scalar(value := evaluate(place, context)) else ""
                if unit and not _has_time_format(job_type, binding, openapi, place):
                    yield Difference(
                        "time-scale", _pointer(job_type, binding, place), rule.format, unit, spec, breaking=True
                    )
        elif name == "duration":
            unit = _unit_of_duration(rule, context, status)
            if unit and _is_elapsed_time(job_type, openapi):
                at = _pointer(job_type, binding, next(_places(rule), ""))
                yield Difference("time-scale", at, "the time from start to end", unit, spec, breaking=True)


def _places(rule: FieldRule) -> Iterator[str]:
    return (source for source in rule.reported if isinstance(source, str))


def _pointer(job_type: BoundJobType[Any], binding: OperationBinding, place: str) -> Pointer:
    """Where a place is in the body, as far as a pointer can say it; an element of a list stands for a whole body."""
    element = (*split(pointer_in(binding.items)), "*") if binding.items else ()
    select = job_type.type.select
    runs = (*split(pointer_in(select.source)), "*") if select is not None and place.startswith("$run") else ()
    return (*element, *runs, *split(pointer_in(place)))


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)


def _unmatched(rule: FieldRule, context: ResponseContext) -> str:
    """The first place with a text where the pattern finds nothing at any place; empty where it finds something."""
    texts = {place: text for place in _places(rule) if isinstance(text := evaluate(place, context), str) and text}
    found = any(extract(rule.pattern, text) is not None for text in texts.values())
    return "" if found else next(iter(texts), "")


def _matches_usually(job_type: BoundJobType[Any], openapi: OpenApi, rule: FieldRule, context: ResponseContext) -> bool:
    """Whether the pattern finds something in every documented example of a job in the same state."""
    word = raw_state(job_type.type, context)[0]
    alike = [example for example in _examples(job_type, openapi) if raw_state(job_type.type, example)[0] == word]
    return any(alike) and not any(_unmatched(rule, example) for example in alike)


def _unit_of_duration(rule: FieldRule, context: ResponseContext, status: JobStatus[Any]) -> str:
    seconds = read_number(rule, context)
    if seconds is None or status.started_at is None or status.finished_at is None:
        return ""
    return unit_of_duration(seconds, (status.finished_at - status.started_at).total_seconds())


@lru_cache(maxsize=256)
def _is_elapsed_time(job_type: BoundJobType[Any], openapi: OpenApi) -> bool:
    """Whether the documented examples show that the duration of a job is the time from its start to its end."""
    rule, shown = job_type.type.fields["duration"], list[bool]()
    for example in _examples(job_type, openapi):
        times = read_fields(job_type.type, example, None)
        seconds, start, end = read_number(rule, example), times["started_at"], times["finished_at"]
        if seconds is not None and start is not None and end is not None:
            shown.append(agree(seconds, (end - start).total_seconds()))
    return bool(shown) and all(shown)


@lru_cache(maxsize=256)
def _examples(job_type: BoundJobType[Any], openapi: OpenApi) -> tuple[ResponseContext, ...]:
    """The jobs that documented examples show, in responses to the call for the status and in lists of jobs."""
    select = job_type.type.select
    found: list[ResponseContext] = []
    for body in _bodies(openapi, job_type.status.operation):
        whole = ResponseContext(200, {}, body)
        runs = [body] if select is None else elements(evaluate(select.source, whole))
        found += [with_run(whole, run) for run in runs]
    if job_type.status_many is not None:
        for body in _bodies(openapi, job_type.status_many.operation):
            jobs = elements(evaluate(job_type.status_many.items, ResponseContext(200, {}, body)))
            found += [ResponseContext(200, {}, job, job) for job in jobs]  # each stands for a whole body
    return tuple(with_result(job_type.type, context) for context in found)


def _bodies(openapi: OpenApi, operation: Operation[Any]) -> Iterator[Any]:
    """The documented examples of an operation's results."""
    responses = openapi.responses(operation)
    return (body for key in responses if is_result(key, responses) for body in responses[key].bodies)


def _has_time_format(job_type: BoundJobType[Any], binding: OperationBinding, openapi: OpenApi, place: str) -> bool:
    """Whether the schema of the body names a format of times, with which the value was compared already."""
    steps = ["0" if step == "*" else str(step) for step in _pointer(job_type, binding, place)]
    bodies = (response.body for response in openapi.responses(binding.operation).values())
    parts = (part for body in bodies if body is not None for part in openapi.schemas.within(body, *steps))
    return any("x-time-format" in inner.schema for part in parts for inner in openapi.schemas.variants(part))
