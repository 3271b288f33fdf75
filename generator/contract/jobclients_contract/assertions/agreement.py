"""Compares a typed value that a client returned with the JSON that it was decoded from."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import Enum
from typing import Any, cast

from pydantic import BaseModel

from jobclients_contract.schema_model import timestamps
from jobclients_contract.schema_model.entries import Names
from jobclients_contract.schema_model.pointers import escaped
from jobclients_contract.schema_model.shapes import ANYTHING, Part, Shape, json_in, json_type_of, same
from jobclients_contract.schema_model.validity import Validity
from jobclients_contract.schema_model.values import Json


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A place at which the two differ."""

    pointer: str
    expected: object
    actual: object


class Agreement:
    """Compares typed values with JSON.

    Args:
        validity: of the contract's schemas.
        names: of fields and members in Python.
        zone: the ``timezone`` that the client was given.
    """

    def __init__(self, validity: Validity, names: Sequence[Names], zone: tzinfo | None = None) -> None:
        self.schemas = validity.schemas
        self.zone = zone
        self._validity = validity
        self._names = {item.schema: item.names for item in names}

    def disagreement(self, part: Part, value: Json, typed: object, at: str = "") -> Disagreement | None:
        """The first place at which a typed value is not what JSON and schema say; None where there is none.

        Args:
            part: the schema.
            value: the JSON.
            typed: what it was decoded to.
            at: JSON pointer of the value.
        """
        found: list[Disagreement] = []
        for shape in self.schemas.shapes(part):
            one = self._shape(shape, value, typed, at)
            if one is None:
                return None
            found.append(one)
        if isinstance(value, dict) and self.schemas.open_union(part) and not self._validity.listed(part, value):
            kept = same(value, typed)
            return None if kept else Disagreement(at, "the object as it came, since no alternative fits", typed)
        # Of several alternatives that one was meant that fits furthest.
        return max(found, key=lambda one: one.pointer.count("/")) if found else Disagreement(at, "no value", typed)

    def _shape(self, shape: Shape, value: Json, typed: object, at: str) -> Disagreement | None:
        if not shape.takes(value):
            return Disagreement(at, f"a value of {' or '.join(shape.types)} in the JSON", value)
        if value is None:
            return None if typed is None else Disagreement(at, None, typed)
        if isinstance(value, dict):
            return self._object(shape, value, typed, at)
        if isinstance(value, list):
            return self._array(shape, value, typed, at)
        if shape.content is not None and isinstance(value, str) and (inside := json_in(value)) is not None:
            one = self.disagreement(shape.content, inside, typed, f"{at}/!")
            return one if self._validity.lenient(shape.content).takes(inside) else _leaf(value, typed, at)
        if shape.enum_values is not None and shape.members and isinstance(value, str) and value in shape.enum_values:
            return self._member(value, typed, at)
        return _leaf(self._expected(shape, value), typed, at)

    def _member(self, word: str, typed: object, at: str) -> Disagreement | None:
        name = self._name(typed, word)
        fits = isinstance(typed, Enum) and isinstance(typed, str) and (typed, typed.name) == (word, name)
        return None if fits else Disagreement(at, f"the member {name} = {word!r}", typed)

    def _name(self, typed: object, wire: str) -> str:
        """What something in JSON is called in the class of a typed value."""
        return self._names.get(type(typed).__name__, {}).get(wire, wire)

    def _expected(self, shape: Shape, value: Json) -> object:
        """What a number, a text or a truth is decoded to."""
        if shape.time:
            timestamp = timestamps.read(shape.time, value, self.zone)
            return value if timestamp is None else timestamp
        kinds = shape.types if shape.enum_values is None else [json_type_of(word) for word in shape.enum_values]
        if isinstance(value, float) and value.is_integer() and "integer" in kinds:
            return int(value)
        if shape.bounds.get("format") == "binary" and isinstance(value, str):
            return base64.b64decode(value)
        if shape.bounds.get("format") == "date" and isinstance(value, str):
            try:
                return date.fromisoformat(value) if len(value) == 10 else value
            except ValueError:
                return value
        return value

    def _object(self, shape: Shape, value: dict[str, Json], typed: object, at: str) -> Disagreement | None:
        if not shape.properties:
            if not isinstance(typed, dict):
                return Disagreement(at, "a dict", typed)
            found = cast("dict[str, object]", typed)
            if found.keys() != value.keys():
                return Disagreement(at, sorted(value), sorted(found))
            inner = shape.values or ANYTHING
            each = (self.disagreement(inner, value[key], found[key], f"{at}/{escaped(key)}") for key in value)
            return next((one for one in each if one is not None), None)
        if not isinstance(typed, BaseModel):
            return Disagreement(at, f"a model with {', '.join(shape.properties)}", typed)
        return next(self._model(shape, value, typed, at), None)

    def _model(self, shape: Shape, value: dict[str, Json], typed: BaseModel, at: str) -> Iterator[Disagreement]:
        names = names_of(type(typed))
        extra = cast("dict[str, object]", typed.model_extra or {})
        given = {name: key for key in value if (name := shape.aliases.get(key, key)) == key or name not in value}
        for name, part in shape.properties.items():
            field = self._name(typed, name)
            if names.get(name) != field:
                yield Disagreement(f"{at}/{escaped(name)}", f"a field {field} for {name}", names)
                continue
            actual: object = getattr(typed, field)
            key = given.get(name)
            if key is None:
                if actual is not None or field in typed.model_fields_set:
                    yield Disagreement(f"{at}/{escaped(name)}", "nothing, and not set", actual)
            elif value[key] is None and name not in shape.required:
                if actual is not None:
                    yield Disagreement(f"{at}/{escaped(key)}", None, actual)
            elif one := self.disagreement(part, value[key], actual, f"{at}/{escaped(key)}"):
                yield one
        read = {given[name] for name in shape.properties if name in given}
        rest = {key: item for key, item in value.items() if key not in read}
        if not same(rest, extra):
            yield Disagreement(at, f"unknown fields {rest}", extra)

    def _array(self, shape: Shape, value: list[Json], typed: object, at: str) -> Disagreement | None:
        if not isinstance(typed, list):
            return Disagreement(at, "a list", typed)
        found = cast("list[object]", typed)
        if len(found) != len(value):
            return Disagreement(at, f"{len(value)} elements", found)
        inner = shape.items or ANYTHING
        each = (self.disagreement(inner, item, found[i], f"{at}/{i}") for i, item in enumerate(value))
        return next((one for one in each if one is not None), None)

    def alike(self, part: Part, value: Json, written: Json) -> bool:
        """Whether two JSON values agree by their schema: times by the timestamp, JSON in a text by its content."""
        return any(self._alike(shape, value, written) for shape in self.schemas.shapes(part)) or same(value, written)

    def _alike(self, shape: Shape, value: Json, written: Json) -> bool:
        if isinstance(value, dict) and isinstance(written, dict):
            given = {shape.aliases.get(key, key) if shape.aliases.get(key) not in value else key: key for key in value}
            inner = {key: shape.properties.get(key) or shape.values or ANYTHING for key in given}
            same_keys = given.keys() == written.keys()
            return same_keys and all(self.alike(inner[key], value[given[key]], written[key]) for key in given)
        if isinstance(value, list) and isinstance(written, list):
            items = shape.items or ANYTHING
            pairs = zip(value, written, strict=False)
            return len(value) == len(written) and all(self.alike(items, one, other) for one, other in pairs)
        if shape.time:
            timestamp = timestamps.read(shape.time, value, self.zone)
            same_moment = timestamp is not None and timestamp == timestamps.read(shape.time, written, self.zone)
            return same_moment and timestamps.as_written(shape.time, written)
        if shape.content is not None and isinstance(written, str):
            # An object may be as itself beside the text that holds one; written, it may be either.
            inside, other = json_in(value) if isinstance(value, str) else value, json_in(written)
            return inside is not None and self.alike(shape.content, inside, other)
        return False


def _leaf(expected: object, typed: object, at: str) -> Disagreement | None:
    if isinstance(expected, datetime):
        fits = isinstance(typed, datetime) and typed == expected and typed.utcoffset() == expected.utcoffset()
    elif isinstance(expected, str):
        # A secret is a text that hides itself.
        fits = isinstance(typed, str) and not isinstance(typed, Enum) and str(typed) == expected
    else:
        fits = type(typed) is type(expected) and typed == expected
    return None if fits else Disagreement(at, expected, typed)


def names_of(kind: type[BaseModel]) -> dict[str, str]:
    """Attributes of a model by the key that each has in JSON."""
    return {info.serialization_alias or info.alias or name: name for name, info in kind.model_fields.items()}


def written(typed: Any, zone: tzinfo | None = None) -> Json:
    """A typed value as JSON again, as a caller writes it by the public interface of pydantic."""
    if isinstance(typed, BaseModel):
        text = typed.model_dump_json(exclude_unset=True, round_trip=True, context={"timezone": zone})
        return cast("Json", json.loads(text))
    if isinstance(typed, list):
        return [written(item, zone) for item in cast("list[object]", typed)]
    if isinstance(typed, date):
        return typed.isoformat()
    if isinstance(typed, dict):
        return {key: written(item, zone) for key, item in cast("dict[str, object]", typed).items()}
    return cast("Json", typed)
