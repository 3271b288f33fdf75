"""Reads the documented examples of a job's status the way a client will: a state each, and times that are times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from vendorsmith.problems import quote
from vendorsmith.runtime.expressions import Envelope, Facts, When, evaluate
from vendorsmith.runtime.jobs.classify import raw_state, with_run
from vendorsmith.runtime.jobs.fields import read_fields, with_result
from vendorsmith.runtime.jobs.kind import TIMES, FieldRule, JobKind, Role, StateRule
from vendorsmith.runtime.operation import Operation
from vendorsmith.spec.check import Check, entries, text
from vendorsmith.spec.jobfacts import Call, Kind, children
from vendorsmith.spec.jobstates import Test, mappings, places, words
from vendorsmith.spec.pointer import join, split
from vendorsmith.spec.tree import JSON, Object
from vendorsmith.spec.words import show

_BODY = "$response.body#"


def check_job_examples(kind: Kind) -> None:
    """Report examples without a state, moments that are none, and patterns that read nothing."""
    runtime = _runtime_kind(kind)
    matched = {name: rule for name, rule in runtime.fields.items() if rule.pattern}
    seen = False
    for facts, at in _answers(kind):
        seen = True
        complete = with_result(runtime, facts)
        _check_state(kind.check, runtime, complete, at)
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


def _report_time(check: Check, rule: FieldRule, facts: Facts, pointer: str) -> None:
    for source in rule.source:
        value = evaluate(source, facts)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
            inner = split(source.partition("#")[2])
            message = f"{show(value)} is no moment written as {rule.format}"
            hint = "change the format in x-jobs, or the example"
            check.error("bad-time", message, join(pointer, *inner), hint)
            return


def _answers(kind: Kind) -> Iterator[tuple[Facts, str]]:
    """What every example of an answer says of a job, with the place of the part that speaks of it."""
    status = kind.role("status")
    select = text(kind.entry("run").get("select")) or _BODY
    for body, at in _examples(kind, status) if status is not None else ():
        facts = Facts(200, {}, body)
        for run, where in _elements(body, select, at):
            yield with_run(facts, run), where if "run" in kind.node else at
    many, node = kind.role("status_many"), kind.entry("operations").get("status_many")
    for body, at in _examples(kind, many) if many is not None and isinstance(node, dict) else ():
        for element, where in _elements(body, text(node.get("select")) if isinstance(node, dict) else "", at):
            yield Facts(200, {}, element, element), where


def _elements(body: JSON, select: str, pointer: str) -> Iterator[tuple[Any, str]]:
    inner = select.removeprefix(_BODY)
    found: JSON = evaluate(_BODY + inner, Facts(200, {}, body))
    at = join(pointer, *split(inner))
    if isinstance(found, list):
        yield from ((item, where) for item, where in children(found, at) if isinstance(item, dict))
    elif isinstance(found, dict):
        yield found, at


def _examples(kind: Kind, call: Call) -> Iterator[tuple[JSON, str]]:
    """The examples of the good answers of an operation that say yes."""
    root = kind.check.document.data
    envelope = _envelope(call.operation["x-envelope"] if "x-envelope" in call.operation else root.get("x-envelope"))
    for status, response in entries(call.operation.get("responses")):
        found = kind.check.follow(response, join(call.pointer, "responses", status))
        for media_type, media in entries(found[0].get("content")) if found and status.startswith("2") else ():
            at = join(found[1], "content", media_type) if found else ""
            if not isinstance(media, dict) or "json" not in media_type:
                continue
            for value, where in _values(kind.check, media, at):
                if envelope is None or not envelope.refuses(Facts(200, {}, value)):
                    yield value, where


def _values(check: Check, media: Object, pointer: str) -> Iterator[tuple[JSON, str]]:
    if "example" in media:
        yield media["example"], join(pointer, "example")
    for name, example in entries(media.get("examples")):
        found = check.follow(example, join(pointer, "examples", name))
        if found is not None and "value" in found[0]:
            yield found[0]["value"], join(found[1], "value")


def _envelope(node: JSON) -> Envelope | None:
    if not isinstance(node, dict):
        return None
    ok, refused = node.get("ok"), node.get("refused")
    return Envelope(
        ok=_when(ok) if isinstance(ok, dict) else None, refused=_when(refused) if isinstance(refused, dict) else None
    )


def _when(node: Object) -> When:
    source = text(node.get("from"))
    if "equals" in node:
        return When(source, one_of=(node["equals"],))
    listed, exists = node.get("in"), node.get("exists")
    if isinstance(listed, list):
        return When(source, one_of=tuple(listed))
    return When(source, exists=exists) if isinstance(exists, bool) else When(source, empty="empty" in node)


def _conditions(node: JSON) -> tuple[When, ...]:
    listed = node if isinstance(node, list) else [node]
    return tuple(_when(item) for item in listed if isinstance(item, dict))


def _runtime_kind(kind: Kind) -> JobKind[Any]:
    """As much of the kind as reading an answer needs, as the runtime knows it."""
    state = kind.entry("state")
    rules = [
        StateRule(text(entry.get("is")), _conditions(entry.get("when")))
        for entry, _ in children(state.get("rules"), "")
        if isinstance(entry, dict)
    ]
    rules += [StateRule(entry.state, tuple(_test(test) for test in entry.tests)) for entry in mappings(state)]
    fields = {name: _field(node) for name, node in entries(kind.entry("fields")) if isinstance(node, dict)}
    return JobKind(
        "",
        "",
        identity=(),
        status=Role(Operation("", "GET", "/")),
        states=tuple(rules),
        match="casefold" if state.get("match") == "casefold" else "exact",
        raw_state=words(state) or _spoken(rules),
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
