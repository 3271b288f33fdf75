"""Values of single arguments: words, lists, numbers, times, and texts that have to be encoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from vendorsmith.build.node import Node
from vendorsmith.cases.calls import Call
from vendorsmith.contract.cases import Argument, Json, Request, Spellings

NASTY: Final = ("a b+c#d%e&f=g?h/i", "already%231", "\u00fc\u4e2d\U0001f600", "~-._!$'()*,;:@[]{}|\\^`\"<>")
"""Texts with all that means something in a URL; ``already%231`` looks as if it were encoded already."""

_MOMENT: Final = "2018-09-28T18:44:56+00:00"
_ELSEWHERE: Final = "2018-09-28T20:44:56+02:00"
_TIMES: Final[dict[str, Json]] = {
    "rfc3339": "2018-09-28T18:44:56Z",
    "unix-ms": 1538160296000,
    "unix-s": 1538160296,
}
_INTEGERS: Final = (0, -1, 7, 2**53 + 1)
_NUMBERS: Final = (0.5, -2, 3)


def spellings(call: Call) -> Iterator[Spellings]:
    """The values of each argument of an operation, and how each must arrive."""
    for argument in call.operation.arguments:
        schema = _resolved(call.schema(argument))
        words = _words(schema)
        if words is not None:
            given = words.get("enum").value
            listed = [item for item in given if isinstance(item, str | int | float)] if isinstance(given, list) else []
            chosen: list[Json] = [item if schema is words else [item] for item in listed]
            if schema is not words:
                chosen.append(list(listed[:2]))  # one alone does not tell how several are joined
            yield from _spelt(call, argument, "RQ2", chosen, words=words.pointer)
        elif argument.location not in ("field", "body"):
            # An empty list in a path is an empty text, which is refused.
            values = [value for value in _values(schema) if value != [] or argument.location != "path"]
            yield from _spelt(call, argument, "RQ2", values)
            if argument.location in ("path", "query") and _is_text(schema):
                yield from _spelt(call, argument, "RQ3", list(NASTY))


def moments(call: Call) -> Iterator[Request]:
    """Arguments that are times, given as such."""
    for argument in call.operation.arguments:
        form = call.schema(argument).get("x-time-format").value or _described(call, argument).text("x-time-format")
        if argument.location == "field" or not isinstance(form, str) or form not in _TIMES:
            continue
        given = _alone(call, argument, _TIMES[form])
        for name, moment in (("datetime", _MOMENT), ("datetime-elsewhere", _ELSEWHERE)):
            if form == "rfc3339" and moment != _MOMENT:
                continue  # an offset is as good as UTC
            row = call.request("RQ2", f"{argument.name}-{name}", argument.where, given)
            kept = {key: value for key, value in given.items() if key != argument.name}
            yield replace(row, arguments=kept, times={argument.name: moment})


def _described(call: Call, argument: Argument) -> Node:
    return call.parameters.get(argument.name) or call.content


def _alone(call: Call, argument: Argument, value: Json) -> dict[str, Json]:
    """The fewest arguments that make a valid call in which the argument has a value."""
    rivals = {name for group in call.operation.exactly_one if argument.name in group for name in group}
    return {key: item for key, item in call.operation.least.items() if key not in rivals} | {argument.name: value}


def _spelt(call: Call, argument: Argument, rule: str, values: list[Json], words: str = "") -> Iterator[Spellings]:
    rows = [call.request(rule, argument.name, argument.where, _alone(call, argument, value)) for value in values]
    if not rows:
        return
    if argument.location in ("path", "query"):
        arrived = [row.target for row in rows]
    elif argument.location == "field":
        arrived = ["" for _ in rows]
    else:
        name = argument.wire.lower() if argument.location == "header" else "cookie"
        arrived = [row.headers[name] for row in rows]
    pairs = tuple(zip(values, arrived, strict=True))
    yield Spellings(rule, call.operation.method, argument.name, argument.where, pairs, words)


def _resolved(schema: Node) -> Node:
    return schema.at({"$": schema.value}, schema.pointer).get("$")


def _words(schema: Node) -> Node | None:
    """The enumeration that a value is a word of, or each element of a list."""
    if schema.has("enum"):
        return schema
    items = schema.get("items")
    return items if items.has("enum") else None


def _kinds(schema: Node) -> set[str]:
    kind = schema.get("type").value
    return {str(item) for item in kind} if isinstance(kind, list) else {kind} if isinstance(kind, str) else set()


def _is_text(schema: Node) -> bool:
    plain = not (schema.has("format") or schema.has("pattern") or schema.has("x-time-format") or schema.has("const"))
    return plain and "string" in _kinds(schema)


def _values(schema: Node) -> Iterator[Json]:
    """Values of other types than texts."""
    kinds = _kinds(schema)
    if schema.has("x-time-format"):
        return
    if "boolean" in kinds:
        yield from (True, False)
    if kinds & {"integer", "number"}:
        low, high = schema.get("minimum").value, schema.get("maximum").value
        for number in (*_INTEGERS, *(_NUMBERS if "number" in kinds else ())):
            if (not isinstance(low, int | float) or number >= low) and (
                not isinstance(high, int | float) or number <= high
            ):
                yield number
    if "array" in kinds:
        inner = _resolved(schema.get("items"))
        one: list[Json] = ["a", "b c", "d,e&f"] if "string" in _kinds(inner) else list(_values(inner))
        yield from ([], one[:1], one)
    if "object" in kinds:
        yield {"a": "b c", "d": "e"}
