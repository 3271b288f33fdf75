"""Checks that documented examples of jobs can be read: each has a state, and its times parse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from typing import Any, Final

from jobclients_core.conditions import find
from jobclients_core.expressions import BODY, ResponseContext, evaluate, pointer_in
from jobclients_core.jobparts import TIMES, FieldRule
from jobclients_core.jobs.classify import raw_state, state_of, state_of_failure, with_run
from jobclients_core.jobs.fields import read_fields, with_result
from jobclients_core.jobtype import JobType
from jobclients_core.pointers import join, split
from jobclients_core.states import JobState
from jobclients_core.statuses import example

from vendorsmith.diagnostics import quote
from vendorsmith.spec.check import Check, text
from vendorsmith.spec.checked_job_type import CheckedJobType, children
from vendorsmith.spec.echoes import agreements, examples_in
from vendorsmith.spec.envelopes import DocumentedExample, shown_responses
from vendorsmith.spec.expectations import differing, said_of
from vendorsmith.spec.jobtype import job_type
from vendorsmith.spec.source_map import JSON
from vendorsmith.spec.wording import show

_ENDS: Final = frozenset(str(state) for state in JobState if state.terminal)


def check_job_examples(checked: CheckedJobType) -> None:
    """Report examples without a state, timestamps that are none, and patterns that read nothing."""
    runtime = job_type(checked.node)
    matched = {name: rule for name, rule in runtime.fields.items() if rule.pattern}
    seen = False
    for context, at, shown in _responses(checked, runtime):
        complete = with_result(runtime, context)
        if shown.refused and not state_of(runtime, complete).terminal:  # an end weighs more than a refusal
            _report_refusal(checked, shown)
            continue
        seen = True
        _check_state(checked.check, runtime, complete, at)
        read = read_fields(runtime, complete, UTC)
        _compare(checked, runtime, complete, read, shown)
        for name in TIMES:
            if name in read["raw_times"] and read[name] is None:
                _report_time(checked.check, runtime.fields[name], complete, at)
        matched = {name: rule for name, rule in matched.items() if not _reads(name, read)}
    _check_echo(checked, runtime)
    _check_failures(checked, runtime)
    _check_submitted(checked, runtime)
    for name in matched if seen else ():
        message = "the pattern reads nothing out of any example"
        at = join(checked.pointer, "fields", name, "pattern")
        checked.check.error("bad-pattern", message, at, "compare it with the examples of the call for the status")


def _reads(name: str, read: dict[str, Any]) -> bool:
    return name in read["raw_times"] or (name not in TIMES and read[name] not in (None, ()))


def _check_state(check: Check, job_type: JobType[Any], context: ResponseContext, pointer: str) -> None:
    fold = job_type.match == "casefold"
    if any(all(test.holds(context, fold=fold) for test in rule.when) for rule in job_type.states):
        return
    word, present = raw_state(job_type, context)
    if not present and job_type.absent is not None:
        return
    message = f"this example has the state {quote(word)}, which is not mapped"
    hint = "map it in x-jobs"
    if not present:
        message, hint = "this example has no state", "say in x-jobs what that means: state: {absent: not_started}"
    check.error("unclassified-example", message, pointer, hint)


def _report_refusal(job_type: CheckedJobType, shown: DocumentedExample) -> None:
    wanted, at = said_of(shown, job_type.name)
    if "state" in wanted:
        message = f"this example shows a job that is {text(wanted['state'])}, and x-envelope refuses it"
        job_type.check.error("contradicted-example", message, join(at, "state"), "compare it with x-envelope")


def _compare(
    job_type: CheckedJobType,
    runtime: JobType[Any],
    context: ResponseContext,
    read: dict[str, Any],
    shown: DocumentedExample,
) -> None:
    """Report an example that shows another state or other facts than what is made of it."""
    wanted, at = said_of(shown, job_type.name)
    _compare_state(job_type, shown, str(state_of(runtime, context)))
    said = {name: value for name, value in wanted.items() if name != "code" or not shown.refused}
    for name, found in differing(said, read, read_fields(runtime, context, None)):
        message = f"this example shows a job whose {name} is {show(wanted[name])}, and x-jobs reads {show(found)}"
        where = join(job_type.pointer, "fields", name)
        hint = f"compare it with the field (at {job_type.check.say(where)})"
        job_type.check.error("contradicted-example", message, join(at, name), hint)


def _compare_state(job_type: CheckedJobType, shown: DocumentedExample, state: str) -> None:
    wanted, at = said_of(shown, job_type.name)
    if "state" in wanted and wanted["state"] != state:
        message = f"this example shows a job that is {text(wanted['state'])}, and x-jobs makes it {state}"
        hint = f"compare it with the map (at {job_type.check.say(join(job_type.pointer, 'state', 'map'))})"
        job_type.check.error("contradicted-example", message, join(at, "state"), hint)


def _check_echo(job_type: CheckedJobType, runtime: JobType[Any]) -> None:
    """Report an echo that is another id in every example: no response would be about the requested job."""
    status, echo = job_type.role("status"), runtime.echo
    if status is None or echo is None:
        return
    wires = {wire for role, _, wire in job_type.passed(echo.identity) if role == "status"}
    asked = [value for wire in wires for value in examples_in(status.parameters.get(wire, {}))]
    bodies = [
        shown.value for shown in shown_responses(job_type.check, status.operation, status.pointer) if not shown.refused
    ]
    found = agreements(asked, bodies, echo.at, fold=echo.match == "casefold")
    if found and not any(found):
        message = f"no example of a response has at {quote(echo.at)} what the example of its parameter asks for"
        hint = "that is another id, and no echo: remove this; or mend the examples"
        job_type.check.error("contradicted-echo", message, join(job_type.pointer, "echo", "at"), hint)


def _check_failures(job_type: CheckedJobType, runtime: JobType[Any]) -> None:
    """Compare the errors of the call for the status, whose HTTP status may tell the state."""
    status = job_type.role("status")
    for shown in (
        shown_responses(job_type.check, status.operation, status.pointer, results=False) if status is not None else ()
    ):
        _compare_state(
            job_type,
            shown,
            str(state_of_failure(runtime, ResponseContext(example(shown.status, 500), {}, shown.value))),
        )


def _check_submitted(job_type: CheckedJobType, runtime: JobType[Any]) -> None:
    """Compare the responses to submit: a state that is the end already, or that of the run that they show."""
    submit, select = job_type.role("submit"), runtime.select
    for shown in shown_responses(job_type.check, submit.operation, submit.pointer) if submit is not None else ():
        wanted, at = said_of(shown, job_type.name)
        context = ResponseContext(example(shown.status, 200), {}, shown.value)
        if runtime.final is not None and all(test.holds(context) for test in runtime.final.when):
            _compare_state(job_type, shown, runtime.final.state)
        elif select is not None and select.submitted:
            for run, _ in list(_elements(shown.value, select.submitted, ""))[:1]:
                _compare_state(job_type, shown, str(state_of(runtime, with_result(runtime, with_run(context, run)))))
        elif wanted.get("state") in _ENDS:
            message = f"this example shows a job that is {text(wanted['state'])}, and x-jobs does not make it an end"
            job_type.check.error("contradicted-example", message, join(at, "state"), "say so under submit: final")


def _report_time(check: Check, rule: FieldRule, context: ResponseContext, pointer: str) -> None:
    for source in rule.source:
        value = find(source, context)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            inner = split(pointer_in(source) if isinstance(source, str) else "")
            message = f"{show(value)} is not a timestamp written as {rule.format}"
            hint = "change the format in x-jobs, or the example"
            check.error("bad-time", message, join(pointer, *inner), hint)
            return


def _responses(
    job_type: CheckedJobType, runtime: JobType[Any]
) -> Iterator[tuple[ResponseContext, str, DocumentedExample]]:
    """What every example of a response says of a job, with the place of the part that speaks of it.

    What is said of an example that lists several is said of the first.
    """
    status, select = job_type.role("status"), runtime.select
    for shown in shown_responses(job_type.check, status.operation, status.pointer) if status is not None else ():
        context = ResponseContext(example(shown.status, 200), {}, shown.value)
        runs = _elements(shown.value, select.source if select is not None else BODY, shown.pointer)
        for index, (run, where) in enumerate(runs):
            yield with_run(context, run), where if select is not None else shown.pointer, _unless(index, shown)
    many, role = job_type.role("status_many"), runtime.status_many
    if many is not None and role is not None:
        for shown in shown_responses(job_type.check, many.operation, many.pointer):
            for index, (element, where) in enumerate(_elements(shown.value, role.items, shown.pointer)):
                yield ResponseContext(200, {}, element, element), where, _unless(index, shown)


def _unless(index: int, shown: DocumentedExample) -> DocumentedExample:
    return replace(shown, expect={}) if index else shown


def _elements(body: JSON, select: str, pointer: str) -> Iterator[tuple[Any, str]]:
    found: JSON = evaluate(select or BODY, ResponseContext(200, {}, body))
    at = join(pointer, *split(pointer_in(select)))
    if isinstance(found, list):
        yield from ((item, where) for item, where in children(found, at) if isinstance(item, dict))
    elif isinstance(found, dict):
        yield found, at
