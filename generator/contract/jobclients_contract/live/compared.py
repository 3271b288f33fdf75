"""The places of a response that a client compares or parses; recordings keep them so that a replay ends alike.

A place is the steps of a JSON pointer into the body; ``*`` is any element of a list. It goes on into JSON in a text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from jobclients_contract.live.texts import FieldRule
from jobclients_contract.schema_model.conditions import elements_of, inner_of
from jobclients_contract.schema_model.document import Document, Operation, listed, objects
from jobclients_contract.schema_model.pointers import entry, split
from jobclients_contract.schema_model.values import Json

Place: TypeAlias = tuple[str, ...]
_Scope: TypeAlias = Mapping[str, tuple[Place, ...]]
"""What the first words of expressions stand for, such as ``$run``."""

_COMPARING = frozenset(("equals", "in", "not_in"))


@dataclass(frozen=True, slots=True)
class Compared:
    """What clients look at in the responses of an operation.

    Attributes:
        words: the places whose values are compared with others.
        rules_by_place: how values are read out of texts, by place.
    """

    words: frozenset[Place]
    rules_by_place: Mapping[Place, tuple[FieldRule, ...]]


def step(key: str | int) -> str:
    """A key or an index as a step of a place."""
    return "*" if isinstance(key, int) or key.isdecimal() else key


def compared(document: Document, operation: Operation, *, success: bool) -> Compared:
    """Find what is compared in the responses of an operation, job by job, and for every error.

    Args:
        document: what is documented.
        operation: what is called.
        success: whether the status says yes; others tell of no job, and an error's code is compared.
    """
    words: set[Place] = set()
    rules_by_place: dict[Place, tuple[FieldRule, ...]] = {}
    body: _Scope = {"$response.body": ((),)}
    envelope, errors = objects(operation.envelope), objects(document.data.get("x-errors"))
    rules = [("code", envelope.get("code"), body), ("message", envelope.get("message"), body)]
    rules += [(name, rule, body) for name in ("code", "message") for rule in listed(errors.get(name))]
    if success:
        words |= {*_tested([envelope.get("ok"), envelope.get("refused")], body)}
    for job_type in objects(document.data.get("x-jobs")).values() if success else ():
        if entry(job_type, "operations", "status", "operationId") == operation.id:
            scope = _scope(job_type)
            words |= {*_of_job(job_type, scope)}
            rules += [(name, rule, scope) for name, rule in objects(entry(job_type, "fields")).items()]
    for name, rule, scope in rules:
        reading = FieldRule(name, str(entry(rule, "pattern") or ""), str(entry(rule, "format") or ""))
        for place in _places(entry(rule, "from") or rule, scope):
            if name == "code" and not reading.pattern:
                words.add(place)
            elif reading.reads_texts:
                rules_by_place[place] = (*rules_by_place.get(place, ()), reading)
    return Compared(frozenset(words), rules_by_place)


def _scope(job_type: Json) -> _Scope:
    """What expressions of a job type can begin with."""
    body: _Scope = {"$response.body": ((),)}
    select = entry(job_type, "run", "select") or "$response.body"
    runs = tuple(run for place in _places(select, body) for run in (place, (*place, "*")))
    scope = {**body, "$run": runs}
    return {**scope, "$result": tuple(_places(entry(job_type, "fields", "result", "from"), scope))}


def _of_job(job_type: Json, scope: _Scope) -> Iterator[Place]:
    """The places that tell a job's state, and which job and which run it is."""
    yield from _places(entry(job_type, "state", "from"), scope)
    yield from _tested(
        [entry(job_type, "state"), entry(job_type, "run"), entry(job_type, "operations", "status")], scope
    )
    echo = entry(job_type, "echo", "at")
    if echo is not None:
        yield (*map(step, split(str(echo))),)
    run = objects(entry(job_type, "run"))
    ordered = [entry(item, "key") for item in listed(run.get("order"))]
    for name in map(str, [*listed(run.get("key")), *ordered, *objects(run.get("match"))]):
        steps = split(name) if name.startswith("/") else [name]
        yield from ((*place, *map(step, steps)) for place in scope["$run"])


def _tested(node: Json, scope: _Scope) -> Iterator[Place]:
    """The places that conditions compare; not those that only should be there, or be empty, or greater."""
    for item in listed(node):
        yield from _tested(item, scope)
    condition = objects(node)
    elements = elements_of(condition)
    if elements:
        inner = {**scope, "$item": tuple((*place, "*") for place in _places(elements.get("of"), scope))}
        yield from _tested([*inner_of(condition)], inner)
    elif condition.keys() & _COMPARING:
        yield from _places(condition.get("from"), scope)
    else:
        for item in condition.values():
            yield from _tested(item, scope)


def _places(expressions: Json, scope: _Scope) -> Iterator[Place]:
    """The places that an expression, or each in a list, names in the body."""
    for item in listed(expressions):
        yield from _places(item, scope)
    if isinstance(expressions, str):
        root, _, pointer = expressions.partition("#")
        yield from ((*place, *map(step, split(pointer))) for place in scope.get(root, ()))
