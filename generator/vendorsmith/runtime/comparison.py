"""A JSON value held against its documented schema: every difference, and where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from .decode import UnreadableError, parse_json
from .documented import Documented, Part, alternatives
from .drift import DriftKind
from .expressions import same
from .shapes import is_array, is_object
from .times import FORMATS

Pointer = tuple[str | int, ...]
"""Keys and indices of a place in a body; ``*`` for any key of a map."""

_DIGITS: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which a value is not as documented.

    Args:
        kind: What it is.
        pointer: The place.
        expected: What is documented.
        found: The type of what is there; for a word that is new, ``word`` holds it.
        spec: Where in the specification it is documented.
        breaking: Whether a typed value suffers.
        word: A new word of an enumeration, or the key of a new field; whoever shows it takes out secrets first.
    """

    kind: DriftKind
    pointer: Pointer
    expected: str
    found: str
    spec: str
    breaking: bool = False
    word: str | None = None


def json_type(value: Any) -> str:
    """The JSON Schema type of a value.

    Args:
        value: Parsed JSON.

    Returns:
        The type's name; ``integer`` for a whole number.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) else "number"
    if isinstance(value, str):
        return "string"
    return "array" if is_array(value) else "object"


def inferred(value: Any) -> str:
    """The type of a value, and for an array that of its elements.

    Args:
        value: Parsed JSON.

    Returns:
        Such as ``integer`` or ``array of string``.
    """
    kind = json_type(value)
    if kind != "array":
        return kind
    inside = sorted({json_type(item) for item in value})
    return f"array of {inside[0]}" if len(inside) == 1 else kind


class Comparer:
    """Compares values with schemas.

    Args:
        documented: Where references lead.
        limit: How many differences to tell at most.
    """

    def __init__(self, documented: Documented, limit: int = 100) -> None:
        self._documented = documented
        self._limit = limit

    def differences(self, value: Any, part: Part) -> list[Difference]:
        """All differences between a body and its schema, each once for all elements of a list.

        Args:
            value: The parsed body.
            part: The schema.

        Returns:
            The differences in the order of the body.
        """
        found: dict[tuple[Any, ...], Difference] = {}
        for one in self._value(value, (part,), ()):
            place = tuple("*" if isinstance(step, int) else step for step in one.pointer)
            found.setdefault((one.kind, place, one.found, one.word), one)
            if len(found) >= self._limit:
                break
        return list(found.values())

    def _value(self, value: Any, schemas: tuple[Part, ...], at: Pointer) -> Iterator[Difference]:
        parts = [part for schema in schemas for part in self._documented.parts(schema)]
        options, others = alternatives(parts)
        if options:
            yield from self._best(value, options, tuple(others), at)
            return
        mismatch = list(_type_difference(value, parts, at))
        yield from mismatch
        if any(one.kind in ("type-changed", "null-value", "number-form") for one in mismatch):
            return
        if is_object(value):
            yield from self._object(value, parts, at)
        elif is_array(value):
            for part in parts:
                if is_object(part.schema.get("items")):
                    for index, item in enumerate(value):
                        yield from self._value(item, (part.at("items"),), (*at, index))
        elif isinstance(value, str):
            yield from self._text(value, parts, at)

    def _best(self, value: Any, options: list[Part], others: tuple[Part, ...], at: Pointer) -> Iterator[Difference]:
        """What differs from the alternative that fits best; or that none fits."""
        tried = [list(self._value(value, (*others, option), at)) for option in options]
        best = min(tried, key=lambda found: (any(one.breaking for one in found), len(found)))
        if not any(one.breaking for one in best):
            yield from best
            return
        # Where only one is of the value's own type, that one is meant, and it can be told what is wrong inside.
        alike = [found for found in tried if not any(one.pointer == at and one.kind == "type-changed" for one in found)]
        alike = [found for found in alike if not any(one.pointer == at and one.kind == "null-value" for one in found)]
        if len(alike) == 1:
            yield from alike[0]
            return
        kind: DriftKind = "null-value" if value is None else "no-variant"
        expected = " or ".join(dict.fromkeys(self._outline(option) for option in options))
        spec = options[0].spec.rpartition("/")[0]
        yield Difference(kind, at, expected, json_type(value), spec, breaking=True)

    def _outline(self, option: Part) -> str:
        parts = self._documented.parts(option)
        types = _types(parts)
        name = next((part.spec.rpartition("/")[2] for part in parts if "/components/schemas/" in part.spec), "")
        return name if "object" in types and name else " or ".join(types) or "anything"

    def _object(self, value: dict[str, Any], parts: list[Part], at: Pointer) -> Iterator[Difference]:
        known: dict[str, list[Part]] = {}
        for part in parts:
            for name in part.schema.get("properties", {}):
                known.setdefault(name, []).append(part.at("properties", name))
        keys = {key: name for name, found in known.items() for key in (*_aliases(found), name)}
        required = {name: part for part in parts for name in part.schema.get("required", ())}
        for name, part in required.items():
            if not any(keys.get(key, key) == name for key in value):
                yield Difference(
                    "missing-required", (*at, name), "always there", "nothing", part.inside("required"), breaking=True
                )
        for key, item in value.items():
            if key in keys:
                yield from self._property(item, known[keys[key]], (*at, key), needed=keys[key] in required)
            else:
                yield from self._other(key, item, parts, at)

    def _property(self, value: Any, schemas: list[Part], at: Pointer, *, needed: bool) -> Iterator[Difference]:
        for one in self._value(value, tuple(schemas), at):
            # An optional property that is null counts as one that is not there.
            tolerated = one.kind == "null-value" and one.pointer == at and not needed
            yield replace(one, breaking=False) if tolerated else one

    def _other(self, key: str, value: Any, parts: list[Part], at: Pointer) -> Iterator[Difference]:
        """A key that no property has: one of a map, or a new one."""
        maps = [part for part in parts if part.schema.get("additionalProperties", False) is not False]
        for part in maps:
            yield from self._value(value, (part.at("additionalProperties"),), (*at, "*"))
        listed = [part for part in parts if "properties" in part.schema]
        if not maps and listed:
            spec = listed[0].inside("properties")
            yield Difference("new-field", (*at, key), "no such key", inferred(value), spec, word=key)

    def _text(self, value: str, parts: list[Part], at: Pointer) -> Iterator[Difference]:
        """JSON in a text, which may also be prose."""
        for part in parts:
            if part.schema.get("contentMediaType") == "application/json" and "contentSchema" in part.schema:
                try:
                    inside = parse_json(value.encode("utf-8", "surrogatepass"))
                except UnreadableError:
                    return
                if is_object(inside) or is_array(inside):
                    yield from self._value(inside, (part.at("contentSchema"),), at)


def _aliases(found: list[Part]) -> tuple[str, ...]:
    return tuple(key for part in found if is_object(part.schema) for key in part.schema.get("x-aliases", ()))


def _types(parts: list[Part]) -> tuple[str, ...]:
    """The documented types; none where every one is possible."""
    stated = [part.schema["type"] for part in parts if "type" in part.schema]
    listed = [(one,) if isinstance(one, str) else tuple(one) for one in stated]
    return tuple(kind for kind in listed[0] if all(kind in other for other in listed)) if listed else ()


def _type_difference(value: Any, parts: list[Part], at: Pointer) -> Iterator[Difference]:
    """The first of: another type, a word that is not listed, a time that is none."""
    types = _types(parts)
    found = json_type(value)
    spec = next((part.spec for part in reversed(parts) if "type" in part.schema), parts[-1].spec if parts else "")
    timed = next((part for part in parts if "x-time-format" in part.schema), None)
    if types and found not in types and not (found == "integer" and "number" in types):
        expected = " or ".join(types)
        if value is None:
            yield Difference("null-value", at, expected, "null", spec, breaking=True)
        elif isinstance(value, float) and "integer" in types:
            yield Difference("number-form", at, expected, "number", spec, breaking=not value.is_integer())
        elif isinstance(value, str) and {"integer", "number"} & set(types) and _DIGITS.fullmatch(value):
            # Times are read from digits as well.
            yield Difference("number-form", at, expected, "string of digits", spec, breaking=timed is None)
        else:
            yield Difference("type-changed", at, expected, found, spec, breaking=True)
        return
    for part in parts:
        yield from _word_difference(value, part, at)
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return
    if timed is not None:
        name = timed.schema["x-time-format"]
        if not isinstance(FORMATS[name][0](value, UTC), datetime):
            yield Difference("time-format", at, name, f"another {found}", timed.inside("x-time-format"), breaking=True)
    for part in parts:
        if part.schema.get("format") == "date" and isinstance(value, str) and not _is_date(value):
            yield Difference("time-format", at, "date", f"another {found}", part.inside("format"), breaking=True)


def _word_difference(value: Any, part: Part, at: Pointer) -> Iterator[Difference]:
    fixed = "const" in part.schema
    words = (part.schema["const"],) if fixed else part.schema.get("enum", ())
    if words and value is not None and not any(same(value, word) for word in words):
        scalar = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        yield Difference(
            "new-enum-value",
            at,
            ", ".join(map(str, words)),
            json_type(value),
            part.spec if fixed else part.inside("enum"),
            breaking=fixed,
            word=str(value) if scalar else None,
        )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
        return len(text) == 10 and text[4] == text[7] == "-"
    except ValueError:
        return False
