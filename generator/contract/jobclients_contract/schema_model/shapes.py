"""Shapes: what JSON Schemas say of a value when references are followed and alternatives multiplied out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, cast

from jobclients_contract.schema_model.pointers import escaped
from jobclients_contract.schema_model.values import Json

JsonType = Literal["null", "boolean", "integer", "number", "string", "array", "object"]

_BOUNDS: Final = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern"),
    *("format", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A schema and its JSON pointer in the spec.

    Attributes:
        schema: the schema.
        pointer: where it is.
        also: what else holds for the same value, by schemas that are combined with the one that it is in.
    """

    schema: Json
    pointer: str
    also: tuple[Part, ...] = ()

    @property
    def identity(self) -> tuple[int, ...]:
        """What tells it from every other one, as long as both are there."""
        return (id(self.schema), *(number for part in self.also for number in part.identity))


ANYTHING: Final = Part({}, "")
"""The schema of any value."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One way in which a value may be valid.

    Attributes:
        pointer: of the schema that says most of it.
        types: the JSON types; empty for every one.
        properties: by key.
        aliases: further keys, and the property that each stands for.
        required: keys that must be there.
        items: schema of an array's elements.
        values: schema of what no property describes.
        closed: whether there may be no such thing.
        enum_values: the values of an enumeration or a constant; None for neither.
        members: whether a text among them is a member of an enumeration in Python; a constant is none.
        enum_at: where they are.
        time: ``x-time-format``.
        content: schema of the JSON that a text holds.
        bounds: further keywords.
    """

    pointer: str
    types: tuple[str, ...] = ()
    properties: Mapping[str, Part] = field(default_factory=dict[str, Part])
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    required: frozenset[str] = frozenset()
    items: Part | None = None
    values: Part | None = None
    closed: bool = False
    enum_values: tuple[Json, ...] | None = None
    members: bool = False
    enum_at: str = ""
    time: str = ""
    content: Part | None = None
    bounds: Mapping[str, Json] = field(default_factory=dict[str, Json])

    def takes(self, value: Json) -> bool:
        """Whether decoding takes a value of this JSON type; the number 1.0 is an integer, a time is text or number."""
        kind = json_type_of(value)
        if self.time:
            return kind in ("string", "integer", "number") or (kind == "null" and "null" in self.types)
        if not self.types or kind in self.types:
            return True
        return kind == "integer" and "number" in self.types


def json_type_of(value: object) -> JsonType:
    """JSON type of a value; ``integer`` also for 1.0, as JSON Schema has it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def json_in(text: str) -> Json:
    """The object or list that a text holds as JSON; None for any other text."""
    try:
        value = cast("Json", json.loads(text))
    except ValueError:
        return None
    return None if value is None or isinstance(value, str | int | float) else value


def same(left: object, right: object) -> bool:
    """Whether two JSON values are equal: true is not 1, and 1 is 1.0."""
    if json_type_of(left) != json_type_of(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        ones, others = cast("dict[str, object]", left), cast("dict[str, object]", right)
        return ones.keys() == others.keys() and all(same(item, others[key]) for key, item in ones.items())
    if isinstance(left, list) and isinstance(right, list):
        one, other = cast("list[object]", left), cast("list[object]", right)
        return len(one) == len(other) and all(map(same, one, other))
    return left == right


def merged(parts: tuple[Part, ...]) -> Shape | None:
    """What several schemas say together; None where no value can be valid."""
    types: tuple[str, ...] | None = None
    properties: dict[str, list[Part]] = {}
    required: set[str] = set()
    enum_values: tuple[Json, ...] | None = None
    schemas = [(cast("dict[str, Json]", part.schema), part.pointer) for part in parts]
    chosen: dict[str, tuple[Json, str]] = {}
    for schema, pointer in schemas:
        if schema.get("not") == {}:
            return None
        stated = _types(schema)
        if stated:
            types = stated if types is None else _both(types, stated)
            if not types:
                return None
        for key, child in _items(schema.get("properties")):
            properties.setdefault(key, []).append(Part(child, f"{pointer}/properties/{escaped(key)}"))
        required |= {str(name) for name in _list(schema.get("required"))}
        listed = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(listed, list):
            enum_values = (
                tuple(listed) if enum_values is None else tuple(word for word in enum_values if word in listed)
            )
            chosen["words"] = (None, pointer)
        for key, value in schema.items():
            chosen.setdefault(key, (value, pointer))
    if types is None:
        types = next((about for schema, _ in schemas if (about := _types_about(schema))), ())
    merged = {key: replace(found[-1], also=tuple(found[:-1])) for key, found in properties.items()}
    extra, at = chosen.get("additionalProperties", (None, ""))
    media, _ = chosen.get("contentMediaType", ("", ""))
    return Shape(
        pointer=next((at for schema, at in schemas if "properties" in schema or "items" in schema), schemas[-1][1]),
        types=types,
        properties=merged,
        aliases={
            str(alias): key
            for key, found in properties.items()
            for part in found
            if isinstance(part.schema, dict)
            for alias in _list(part.schema.get("x-aliases"))
        },
        required=frozenset(required),
        items=_inside(chosen, "items"),
        values=Part(extra, f"{at}/additionalProperties") if isinstance(extra, dict) else None,
        closed=extra is False,
        enum_values=enum_values,
        members="enum" in chosen and all(isinstance(word, str) for word in enum_values or () if word is not None),
        enum_at=chosen.get("words", (None, ""))[1],
        time=str(chosen.get("x-time-format", ("", ""))[0]) or _date_time(chosen),
        content=_inside(chosen, "contentSchema") if str(media).startswith("application/json") else None,
        bounds={key: chosen[key][0] for key in _BOUNDS if key in chosen},
    )


def _date_time(chosen: Mapping[str, tuple[Json, str]]) -> str:
    return "rfc3339" if chosen.get("format", ("", ""))[0] == "date-time" else ""


def _inside(chosen: Mapping[str, tuple[Json, str]], key: str) -> Part | None:
    value, pointer = chosen.get(key, (None, ""))
    return Part(value, f"{pointer}/{key}") if isinstance(value, dict) else None


def _types(schema: Mapping[str, Json]) -> tuple[str, ...]:
    """The types that a schema states."""
    stated = schema.get("type")
    return _with_null(schema, [stated] if isinstance(stated, str) else [str(item) for item in _list(stated)])


def _types_about(schema: Mapping[str, Json]) -> tuple[str, ...]:
    """The types that a schema without a type speaks of. They exclude no other that is stated beside it."""
    about = {"properties": "object", "additionalProperties": "object", "items": "array"}
    return _with_null(schema, [kind for key, kind in about.items() if schema.get(key)][:1])


def _with_null(schema: Mapping[str, Json], types: list[str]) -> tuple[str, ...]:
    return (*types, "null") if types and schema.get("nullable") is True and "null" not in types else tuple(types)


def _both(ones: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The types in two lists; an integer is a number."""
    common = [kind for kind in ones if kind in others or (kind == "integer" and "number" in others)]
    return (*common, *(kind for kind in others if kind == "integer" and "number" in ones and kind not in common))


def _items(value: Json) -> Iterator[tuple[str, Json]]:
    yield from value.items() if isinstance(value, dict) else ()


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
