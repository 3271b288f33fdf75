"""Values of single arguments: words, lists, numbers, times, and texts that have to be encoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, cast

from jobclients_contract.cases import Argument, Json, Request, Spellings
from jobclients_contract.reading.formats import TIMES
from jsonschema import Draft202012Validator

from vendorsmith.build.node import Node
from vendorsmith.cases.calls import Call
from vendorsmith.cases.reading import schema_of

NASTY: Final = ("a b+c#d%e&f=g?h/i", "already%231", "\u00fc\u4e2d\U0001f600", "~-._!$'()*,;:@[]{}|\\^`\"<>")
"""Texts with all that means something in a URL; ``already%231`` looks as if it were encoded already."""

_FALSY: Final[tuple[Json, ...]] = (False, 0, "", [], {})
"""Values that are easily taken for one that was left out."""

_KINDS: Final[dict[type[object], set[str]]] = {
    bool: {"boolean"},
    int: {"integer", "number"},
    str: {"string"},
    list: {"array"},
    dict: {"object"},
}
_FORMATS: Final = ("pattern", "x-time-format", "contentMediaType", "contentEncoding")
_DEPTH: Final = 12

_MOMENT: Final = "2018-09-28T18:44:56+00:00"
_ELSEWHERE: Final = "2018-09-28T20:44:56+02:00"
_MOMENTS: Final = ("rfc3339", "unix-ms", "unix-s")
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
            yield from _spelt(call, argument, "RQ2", chosen, words=words.locator)
        elif argument.location == "field":
            yield from _spelt(call, argument, "RQ6", [value for value in _FALSY if _fits(schema, value)])
        elif argument.location != "body":
            # An empty list in a path is an empty text, which is refused; where it is a cookie, no cookie is sent.
            values = [value for value in _values(schema) if value != [] or argument.location in ("query", "header")]
            yield from _spelt(call, argument, "RQ2", values)
            if _is_text(schema):
                empty = argument.location != "path" and not schema.get("minLength").value
                yield from _spelt(call, argument, "RQ3", ["", *NASTY] if empty else [*NASTY])


def moments(call: Call) -> Iterator[Request]:
    """Arguments that are times, given as such."""
    for argument in call.operation.arguments:
        form = call.schema(argument).get("x-time-format").value or _described(call, argument).text("x-time-format")
        if argument.location == "field" or not isinstance(form, str) or form not in _MOMENTS:
            continue
        given = call.alone(argument, TIMES[form])
        for name, moment in (("datetime", _MOMENT), ("datetime-elsewhere", _ELSEWHERE)):
            if form == "rfc3339" and moment != _MOMENT:
                continue  # an offset is as good as UTC
            row = call.request("RQ2", f"{argument.name}-{name}", argument.where, given)
            kept = {key: value for key, value in given.items() if key != argument.name}
            yield replace(row, arguments=kept, times={argument.name: moment})


def _described(call: Call, argument: Argument) -> Node:
    return call.parameters.get(argument.name) or call.content


def _spelt(call: Call, argument: Argument, rule: str, values: list[Json], words: str = "") -> Iterator[Spellings]:
    rows = [call.request(rule, argument.name, argument.where, call.alone(argument, value)) for value in values]
    if not rows:
        return
    if argument.location in ("path", "query"):
        arrived = [row.target for row in rows]
    elif argument.location in ("field", "body"):
        # Forms are text; of other bodies, the value stands in them as it was given.
        arrived = [row.body if isinstance(row.body, str) else "" for row in rows]
    else:
        name = argument.wire.lower() if argument.location == "header" else "cookie"
        arrived = [row.headers[name] for row in rows]
    pairs = tuple(zip(values, arrived, strict=True))
    yield Spellings(rule, call.operation.method, argument.name, argument.where, pairs, words)


def _resolved(schema: Node) -> Node:
    """A schema with its reference followed; it stands where it is written."""
    return schema.at({"$": schema.value}, schema.pointer).get("$") if schema.has("$ref") else schema


def _words(schema: Node) -> Node | None:
    """The enumeration that a value is a word of, or each element of a list."""
    if schema.has("enum"):
        return schema
    items = schema.get("items")
    return items if items.has("enum") else None


def _kinds(schema: Node) -> set[str]:
    kind = schema.get("type").value
    return {str(item) for item in kind} if isinstance(kind, list) else {kind} if isinstance(kind, str) else set()


def _fits(schema: Node, value: Json) -> bool:
    """Whether a value is valid, and of a kind for which no format says more than a validator knows."""
    whole = {**_object(schema_of(schema)), "components": _object(schema.document.data).get("components", {})}
    validator: Any = Draft202012Validator(whole)
    return _is_plain(schema, value) and bool(validator.is_valid(value))


def _object(value: object) -> dict[str, Json]:
    return cast("dict[str, Json]", value) if isinstance(value, dict) else {}


def _parts(schema: Node) -> list[Node]:
    """The schemas that one combines, or that are alternatives of it."""
    return [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key)]


def _is_plain(schema: Node, value: Json, depth: int = 0) -> bool:
    parts = _parts(schema)
    if parts and depth < _DEPTH:
        return any(_is_plain(part, value, depth + 1) for part in parts)
    formatted = any(schema.has(key) for key in (*_FORMATS, *(("format",) if value == "" else ())))
    return bool(_kinds(schema) & _KINDS[type(value)]) and not formatted


def _is_text(schema: Node, depth: int = 0) -> bool:
    if not _kinds(schema) and depth < _DEPTH and any(_is_text(part, depth + 1) for part in _parts(schema)):
        return True
    plain = not (schema.has("format") or schema.has("pattern") or schema.has("x-time-format") or schema.has("const"))
    return plain and "string" in _kinds(schema)


def _values(schema: Node, depth: int = 0) -> Iterator[Json]:
    """Values of other types than texts."""
    kinds = _kinds(schema)
    if schema.has("x-time-format") or depth > _DEPTH:
        return
    if not kinds:
        for part in _parts(schema):
            yield from _values(part, depth + 1)
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
