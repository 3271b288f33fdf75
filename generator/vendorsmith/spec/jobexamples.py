"""Reads the documented examples of a job's status the way a client will: a state each, and times that are times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from jobclients_core.expressions import BODY, Facts, evaluate, pointer_in
from jobclients_core.jobparts import TIMES, FieldRule
from jobclients_core.jobs.classify import raw_state, state_of, with_run
from jobclients_core.jobs.fields import read_fields, with_result
from jobclients_core.jobtype import JobType
from jobclients_core.pointers import join, split

from vendorsmith.problems import quote
from vendorsmith.spec.check import Check
from vendorsmith.spec.envelopes import Shown, shown_answers
from vendorsmith.spec.jobfacts import Kind, children
from vendorsmith.spec.jobtype import job_type
from vendorsmith.spec.tree import JSON
from vendorsmith.spec.words import show


def check_job_examples(kind: Kind) -> None:
    """Report examples without a state, moments that are none, and patterns that read nothing."""
    runtime = job_type(kind.node)
    matched = {name: rule for name, rule in runtime.fields.items() if rule.pattern}
    seen = False
    for facts, at, shown in _answers(kind, runtime):
        complete = with_result(runtime, facts)
        if shown.refused and not state_of(runtime, complete).terminal:  # an end weighs more than a refusal
            _report_refusal(kind.check, shown)
            continue
        seen = True
        _check_state(kind.check, runtime, complete, at)
        _compare(kind, runtime, complete, shown)
        read = read_fields(runtime, complete, UTC)
        for name in TIMES:
            if name in read["raw_times"] and read[name] is None:
                _report_time(kind.check, runtime.fields[name], complete, at)
        matched = {name: rule for name, rule in matched.items() if not _reads(name, read)}
    for name in matched if seen else ():
        message = "the pattern reads nothing out of any example"
        at = join(kind.pointer, "fields", name, "pattern")
        kind.check.error("bad-pattern", message, at, "compare it with the examples of the call for the status")


def _reads(name: str, read: dict[str, Any]) -> bool:
    return name in read["raw_times"] or (name not in TIMES and read[name] not in (None, ()))


def _check_state(check: Check, kind: JobType[Any], facts: Facts, pointer: str) -> None:
    fold = kind.match == "casefold"
    if any(all(test.holds(facts, fold=fold) for test in rule.when) for rule in kind.states):
        return
    word, present = raw_state(kind, facts)
    if not present and kind.absent is not None:
        return
    message = f"this example has the state {quote(word)}, which is not mapped"
    hint = "map it in x-jobs"
    if not present:
        message, hint = "this example has no state", "say in x-jobs what that means: state: {absent: not_started}"
    check.error("unclassified-example", message, pointer, hint)


def _report_refusal(check: Check, shown: Shown) -> None:
    if shown.state:
        message = f"this example shows a job that is {shown.state}, and x-envelope refuses it"
        check.error("contradicted-state", message, shown.place, "compare it with x-envelope")


def _compare(kind: Kind, runtime: JobType[Any], facts: Facts, shown: Shown) -> None:
    """Report an example that shows another state than the map makes of it."""
    state = state_of(runtime, facts)
    if shown.state and shown.state != state:
        message = f"this example shows a job that is {shown.state}, and x-jobs makes it {state}"
        hint = f"compare it with the map (at {kind.check.say(join(kind.pointer, 'state', 'map'))})"
        kind.check.error("contradicted-state", message, shown.place, hint)


def _report_time(check: Check, rule: FieldRule, facts: Facts, pointer: str) -> None:
    for source in rule.source:
        value = evaluate(source, facts)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            inner = split(pointer_in(source))
            message = f"{show(value)} is no moment written as {rule.format}"
            hint = "change the format in x-jobs, or the example"
            check.error("bad-time", message, join(pointer, *inner), hint)
            return


def _answers(kind: Kind, runtime: JobType[Any]) -> Iterator[tuple[Facts, str, Shown]]:
    """What every example of an answer says of a job, with the place of the part that speaks of it."""
    status, select = kind.role("status"), runtime.select
    for shown in shown_answers(kind.check, status.operation, status.pointer) if status is not None else ():
        facts = Facts(200, {}, shown.value)
        for run, where in _elements(shown.value, select.source if select is not None else BODY, shown.pointer):
            yield with_run(facts, run), where if select is not None else shown.pointer, shown
    many, role = kind.role("status_many"), runtime.status_many
    if many is not None and role is not None:
        for shown in shown_answers(kind.check, many.operation, many.pointer):
            for element, where in _elements(shown.value, role.items, shown.pointer):
                yield Facts(200, {}, element, element), where, shown


def _elements(body: JSON, select: str, pointer: str) -> Iterator[tuple[Any, str]]:
    found: JSON = evaluate(select or BODY, Facts(200, {}, body))
    at = join(pointer, *split(pointer_in(select)))
    if isinstance(found, list):
        yield from ((item, where) for item, where in children(found, at) if isinstance(item, dict))
    elif isinstance(found, dict):
        yield found, at
