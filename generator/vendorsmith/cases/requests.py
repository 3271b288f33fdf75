"""Calls of every operation, and the requests that must come of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from jobclients_contract.cases import Json, Operation, Request, nullable

from vendorsmith.cases.calls import Call

_AWKWARD: Final = 'a "quoted" \\ text\twith\nlines, & = + % # </b> \u00fc\u4e2d\U0001f600'
_BINDING: Final = frozenset(
    ("enum", "const", "format", "pattern", "minLength", "maxLength", "x-time-format", "contentMediaType")
)
"""Keywords of a schema by which not every text is valid."""


def requests(call: Call) -> Iterator[Request]:
    """The requests of an operation: the least and the full call, each optional argument alone, documented examples."""
    rows = list(_chosen(call))
    # An example that is one of those calls is not written down twice.
    known = {str((row.target, row.body)): index for index, row in reversed(list(enumerate(rows)))}
    for row in _documented(call):
        index = known.get(str((row.target, row.body)))
        if index is None or rows[index].headers != row.headers:
            rows.append(row)
        else:
            rows[index] = replace(rows[index], examples=(*rows[index].examples, *row.examples))
    yield from rows


def _chosen(call: Call) -> Iterator[Request]:
    operation = call.operation
    least = operation.least
    yield call.request("RQ1", "least", operation.where, least)
    everything = {item.name: item.value for item in operation.arguments}
    if everything.keys() != least.keys():
        for name, left_out in _alternatives(operation):
            full = {key: value for key, value in everything.items() if key not in left_out}
            yield call.request("RQ1", "-".join(filter(None, ("full", name))), operation.where, full)
    if texts := dict.fromkeys(_texts(call), _AWKWARD):
        yield call.request("RQ8", "texts", operation.where, operation.beside(*texts) | texts)
    for item in operation.arguments:
        if item.location not in ("path", "body") and nullable(item.schema, call.schemas):
            yield call.request("RQ6", f"null-{item.name}", item.where, call.alone(item, None))
    grouped = {name for group in operation.exactly_one for name in group}
    for item in operation.arguments:
        if not item.required and not item.client and item.name not in grouped:
            yield call.request("RQ6", f"only-{item.name}", item.where, call.alone(item, item.value))


def _texts(call: Call) -> Iterator[str]:
    """The fields of a body that take any text."""
    rivals = {name for group in call.operation.exactly_one for name in group[1:]}
    for item in call.operation.arguments:
        schema = item.schema if isinstance(item.schema, dict) else {}
        plain = schema.get("type") == "string" and not schema.keys() & _BINDING
        if item.location == "field" and plain and item.name not in rivals:
            yield item.name


def _alternatives(operation: Operation) -> Iterator[tuple[str, set[str]]]:
    """Each argument of which exactly one is given, with those that are left out for it."""
    but_first = {name for group in operation.exactly_one for name in group[1:]}
    yield "", but_first
    for group in operation.exactly_one:
        for name in group[1:]:
            yield name, (but_first | set(group)) - {name}


def _documented(call: Call) -> Iterator[Request]:
    """Each documented example; those of one exchange have the same name, and make one call."""
    operation = call.operation
    found: dict[str, dict[str, tuple[Json, str]]] = {}
    for argument in operation.arguments:
        for example in argument.examples:
            found.setdefault(example.name, {})[argument.name] = (example.value, example.where)
    for example in operation.body.examples if operation.body is not None else ():
        found.setdefault(example.name, {}).update(_spread(operation, example.value, example.where))
    for name, values in found.items():
        arguments = {key: value for key, value in operation.least.items() if not _excluded(operation, key, values)}
        arguments |= {key: value for key, (value, _) in values.items()}
        places = dict.fromkeys(where for _, where in values.values())
        request = call.request("RQ10", name, next(iter(places)), arguments)
        yield replace(request, examples=tuple(places))


def _spread(operation: Operation, value: Json, where: str) -> dict[str, tuple[Json, str]]:
    """A body as the arguments that make it."""
    if operation.body is not None and operation.body.argument:
        return {operation.body.argument: (value, where)}
    fields = {item.wire: item.name for item in operation.arguments if item.location == "field"}
    entries = value.items() if isinstance(value, dict) else ()
    return {fields[key]: (item, where) for key, item in entries if key in fields}


def _excluded(operation: Operation, name: str, given: Mapping[str, object]) -> bool:
    return any(name in group and given.keys() & set(group) for group in operation.exactly_one)
