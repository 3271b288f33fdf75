"""Reads the documented examples of a job's status the way a client will: a state each, and times that are times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from jobclients_core.expressions import Facts, When, evaluate
from jobclients_core.jobs.classify import raw_state, state_of, with_run
from jobclients_core.jobs.fields import read_fields, with_result
from jobclients_core.jobs.kind import TIMES, FieldRule, JobKind, Refine, Role, StateRule
from jobclients_core.operation import Operation
from jobclients_core.pointers import join, split

from vendorsmith.problems import quote
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.envelopes import Shown, shown_answers, when
from vendorsmith.spec.jobfacts import Kind, children
from vendorsmith.spec.jobstates import Test, mappings, places, words
from vendorsmith.spec.tree import JSON, Object
from vendorsmith.spec.words import show

_BODY = "$response.body#"


def check_job_examples(kind: Kind) -> None:
    """Report examples without a state, moments that are none, and patterns that read nothing."""
    runtime = _runtime_kind(kind)
    matched = {name: rule for name, rule in runtime.fields.items() if rule.pattern}
    seen = False
    for facts, at, shown in _answers(kind):
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


def _check_state(check: Check, kind: JobKind[Any], facts: Facts, pointer: str) -> None:
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


def _compare(kind: Kind, runtime: JobKind[Any], facts: Facts, shown: Shown) -> None:
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
            inner = split(source.partition("#")[2])
            message = f"{show(value)} is no moment written as {rule.format}"
            hint = "change the format in x-jobs, or the example"
            check.error("bad-time", message, join(pointer, *inner), hint)
            return


def _answers(kind: Kind) -> Iterator[tuple[Facts, str, Shown]]:
    """What every example of an answer says of a job, with the place of the part that speaks of it."""
    status = kind.role("status")
    select = text(kind.entry("run").get("select")) or _BODY
    for shown in shown_answers(kind.check, status.operation, status.pointer) if status is not None else ():
        facts = Facts(200, {}, shown.value)
        for run, where in _elements(shown.value, select, shown.pointer):
            yield with_run(facts, run), where if "run" in kind.node else shown.pointer, shown
    many, node = kind.role("status_many"), kind.entry("operations").get("status_many")
    for shown in (
        shown_answers(kind.check, many.operation, many.pointer) if many is not None and isinstance(node, dict) else ()
    ):
        for element, where in _elements(
            shown.value, text(node.get("select")) if isinstance(node, dict) else "", shown.pointer
        ):
            yield Facts(200, {}, element, element), where, shown


def _elements(body: JSON, select: str, pointer: str) -> Iterator[tuple[Any, str]]:
    inner = select.removeprefix(_BODY)
    found: JSON = evaluate(_BODY + inner, Facts(200, {}, body))
    at = join(pointer, *split(inner))
    if isinstance(found, list):
        yield from ((item, where) for item, where in children(found, at) if isinstance(item, dict))
    elif isinstance(found, dict):
        yield found, at


def _conditions(node: JSON) -> tuple[When, ...]:
    listed = node if isinstance(node, list) else [node]
    return tuple(when(item) for item in listed if isinstance(item, dict))


def _runtime_kind(kind: Kind) -> JobKind[Any]:
    """As much of the kind as reading an answer needs, as the runtime knows it."""
    state = kind.entry("state")
    rules = [
        StateRule(text(entry.get("is")), _conditions(entry.get("when")))
        for entry, _ in children(state.get("rules"), "")
        if isinstance(entry, dict)
    ]
    rules += [StateRule(entry.state, tuple(_test(test) for test in entry.tests)) for entry in mappings(state)]
    refine = [
        Refine(text(entry.get("if")), _conditions(entry.get("when")), text(entry.get("to")))
        for entry, _ in children(state.get("refine"), "")
        if isinstance(entry, dict)
    ]
    fields = {name: _field(node) for name, node in entries(kind.entry("fields")) if isinstance(node, dict)}
    return JobKind(
        "",
        "",
        identity=(),
        status=Role(Operation("", "GET", "/")),
        states=tuple(rules),
        match="casefold" if state.get("match") == "casefold" else "exact",
        raw_state=words(state) or _spoken(rules),
        refine=tuple(refine),
        absent=text(state.get("absent")) or None,
        fields=fields,
    )


def _test(test: Test) -> When:
    return When(test.source, one_of=test.values) if test.values else When(test.source, empty=True)


def _spoken(rules: list[StateRule]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(test.source for rule in rules for test in rule.when))


def _field(node: Object) -> FieldRule:
    scale = node.get("scale")
    return FieldRule(
        places(node.get("from")),
        format=text(node.get("format")),
        pattern=text(node.get("pattern")),
        scale=float(scale) if isinstance(scale, int | float) else 1.0,
        json="contentMediaType" in node,
    )
