"""Compares a JSON value with its documented schema, and yields every difference with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from .decode import UnreadableError, parse_json
from .drift import DriftKind
from .expressions import same
from .patterns import MAX_TEXT, check_time, compiled
from .pointers import join, parent
from .scales import unit_of_time
from .schema import Part, Schemas, SchemaView
from .times import FORMATS
from .type_guards import is_array, is_object, json_type

Pointer = tuple[str | int, ...]
"""Keys and indices of a place in a body; ``*`` for any key of a map."""

MAX_VISITS: Final = 100_000
"""Values of a body that are looked at, each as often as there are alternatives for it; what comes later is not."""

_CHARACTERS: Final = 64  # of JSON in a text, to be parsed for the effort of a value
_TRIES: Final = 256  # of a pattern at the characters of a text, for the same
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
        count: How many values show it.
    """

    kind: DriftKind
    pointer: Pointer
    expected: str
    found: str
    spec: str
    breaking: bool = False
    word: str | None = None
    count: int = 1

    @property
    def fact(self) -> tuple[Any, ...]:
        """What two differences have in common that are one fact: what is documented, and what came instead of it.

        A new key is one fact, whatever types its values have.
        """
        last = self.pointer[-1] if self.pointer else ""
        found = "" if self.kind == "new-field" else self.found
        return self.kind, self.spec, "*" if isinstance(last, int) else last, found, self.word


class Comparer:
    """Compares values with schemas.

    Args:
        schemas: The schemas of the document.
        limit: How many differences to tell at most.
        visits: How many values to look at at most.
    """

    def __init__(self, schemas: Schemas, limit: int = 100, visits: int = MAX_VISITS) -> None:
        self._schemas = schemas
        self._limit = limit
        self._visits = visits

    def differences(self, value: Any, part: Part) -> list[Difference]:
        """All differences between a body and its schema, each fact once, with the number of values that show it.

        Args:
            value: The parsed body.
            part: The schema.

        Returns:
            The differences in the order of the body; where it is too large, those that are certain from its start.
        """
        found = _Found(self._limit)
        walk = _Walk(self._schemas, self._limit, self._visits)
        try:
            for one in walk.value(value, (part,), ()):
                found.add(one)
                if found.full:
                    break
        except _ExhaustedError:
            pass
        return found.differences


class _ExhaustedError(Exception):
    """More values than are looked at."""


class _Found:
    """Differences, each fact once, and no more than some."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: dict[tuple[Any, ...], Difference] = {}
        self.breaking = False
        self.number = 0

    def add(self, one: Difference) -> None:
        """Keep a difference, or count it where the fact is known; nothing new once there are enough."""
        self.breaking = self.breaking or one.breaking
        known = self._kept.get(one.fact)
        if known is not None:
            first = one if one.breaking and not known.breaking else known
            found = either(known.found, one.found)
            self._kept[one.fact] = replace(first, found=found, count=known.count + one.count)
            return
        self.number += 1
        if not self.full:
            self._kept[one.fact] = one

    @property
    def full(self) -> bool:
        return len(self._kept) >= self._limit

    @property
    def differences(self) -> list[Difference]:
        return list(self._kept.values())


class _Walk:
    """One look at a body, from its start until it ends or there were enough values."""

    def __init__(self, schemas: Schemas, limit: int, visits: int) -> None:
        self._schemas = schemas
        self._limit = limit
        self._left = visits

    def _spend(self, visits: int = 1) -> None:
        self._left -= visits
        if self._left < 0:
            raise _ExhaustedError

    def value(self, value: Any, schemas: tuple[Part, ...], at: Pointer) -> Iterator[Difference]:
        """The differences of a value and all that is inside of it; raises where that is too much."""
        return self._expected(value, self._schemas.view(schemas), at)

    def _expected(self, value: Any, expected: SchemaView, at: Pointer) -> Iterator[Difference]:
        self._spend()
        if expected.alternatives:
            yield from self._best(value, expected, at)
            return
        mismatch = list(_type_difference(value, expected, at))
        yield from mismatch
        kinds = [one.kind for one in mismatch]
        other = "type-changed" in kinds or "null-value" in kinds
        if not other and (expected.timed is not None or expected.dates):
            yield from _time_difference(value, expected, at)
        if other or "number-form" in kinds:
            return
        if is_object(value):
            yield from self._object(value, expected, at)
        elif is_array(value):
            for part in expected.items:
                inside = self._schemas.view((part,))
                for index, item in enumerate(value):
                    yield from self._expected(item, inside, (*at, index))
        elif isinstance(value, str):
            yield from self._text(value, expected, at)

    def _best(self, value: Any, expected: SchemaView, at: Pointer) -> Iterator[Difference]:
        """What differs from the alternative that fits best; or that none fits."""
        tried = [self._found(value, schemas, at) for schemas in expected.alternatives]
        best = min(tried, key=lambda found: (found.breaking, found.number))
        if not best.breaking:
            yield from best.differences
            return
        # Where only one is of the value's own type, that one is meant, and it can be told what is wrong inside.
        others = ("type-changed", "null-value")
        alike = [
            found for found in tried if not any(one.pointer == at and one.kind in others for one in found.differences)
        ]
        if len(alike) == 1:
            yield from alike[0].differences
            return
        kind: DriftKind = "null-value" if value is None else "no-variant"
        options = [schemas[-1] for schemas in expected.alternatives]
        documented = " or ".join(dict.fromkeys(self._summary(option) for option in options))
        spec = parent(options[0].spec)
        yield Difference(kind, at, documented, json_type(value), spec, breaking=True)

    def _found(self, value: Any, schemas: tuple[Part, ...], at: Pointer) -> _Found:
        found = _Found(self._limit)
        for one in self.value(value, schemas, at):
            found.add(one)
            if found.full and found.breaking:
                break
        return found

    def _summary(self, option: Part) -> str:
        parts = self._schemas.parts(option)
        types = self._schemas.view((option,)).types
        name = next((part.spec.rpartition("/")[2] for part in parts if "/components/schemas/" in part.spec), "")
        return name if "object" in types and name else " or ".join(types) or "anything"

    def _object(self, value: dict[str, Any], expected: SchemaView, at: Pointer) -> Iterator[Difference]:
        self._spend(len(expected.required))
        for name, part in expected.required.items():
            if not any(key in value for key in expected.spellings[name]):
                yield Difference(
                    "missing-required", (*at, name), "always there", "nothing", part.inside("required"), breaking=True
                )
        for key, item in value.items():
            meant = expected.keys.get(key)
            if meant is None:
                yield from self._other(key, item, expected, at)
            else:
                needed = meant in expected.required
                for one in self.value(item, expected.properties[meant], (*at, key)):
                    # An optional property that is null counts as one that is not there.
                    tolerated = one.kind == "null-value" and len(one.pointer) == len(at) + 1 and not needed
                    yield replace(one, breaking=False) if tolerated else one

    def _other(self, key: str, value: Any, expected: SchemaView, at: Pointer) -> Iterator[Difference]:
        """A key that no property has: one of a map, or a new one."""
        for part in expected.maps:
            yield from self.value(value, (part,), (*at, "*"))
        if not expected.maps and expected.listed is not None:
            self._spend()
            spec = expected.listed.inside("properties")
            yield Difference("new-field", (*at, key), "no such key", self._inferred(value), spec, word=key)

    def _inferred(self, value: Any) -> str:
        """The type of a value, and for an array that of its elements, unless there are too many."""
        kind = json_type(value)
        if kind != "array" or len(value) > self._left:
            return kind
        self._spend(len(value))
        inside = {json_type(item) for item in value}
        return f"array of {inside.pop()}" if len(inside) == 1 else kind

    def _text(self, value: str, expected: SchemaView, at: Pointer) -> Iterator[Difference]:
        """A text that should match a pattern, or hold JSON; an empty one says that there is none."""
        for part in expected.patterns:
            pattern = part.schema["pattern"]
            if len(value) > MAX_TEXT or check_time(pattern) is not None:
                continue
            self._spend(len(value) ** 2 // _TRIES)
            if compiled(pattern).search(value) is None:
                yield Difference("pattern", at, pattern, "another text", part.inside("pattern"))
        for part in expected.texts:
            if not value.strip():
                continue
            self._spend(len(value) // _CHARACTERS)
            try:
                inside = parse_json(value.encode("utf-8", "surrogatepass"))
            except UnreadableError:
                spec = join(parent(part.spec), "contentMediaType")
                yield Difference("not-json", at, "JSON in a text", "another text", spec, breaking=True)
            else:
                yield from self.value(inside, (part,), at)


def either(one: str, other: str) -> str:
    """Two descriptions of what came as one, such as ``string or null``."""
    return " or ".join(dict.fromkeys((*one.split(" or "), *other.split(" or "))))


def _type_difference(value: Any, expected: SchemaView, at: Pointer) -> Iterator[Difference]:
    """Another type, or a word that is not listed."""
    found, types = json_type(value), expected.types
    if not types or found in types or (found == "integer" and "number" in types):
        for part in expected.words:
            yield from _word_difference(value, part, at)
        return
    wanted = " or ".join(types)
    if value is None:
        yield Difference("null-value", at, wanted, "null", expected.spec, breaking=True)
    elif isinstance(value, float) and "integer" in types:
        yield Difference("number-form", at, wanted, "number", expected.spec, breaking=not value.is_integer())
    elif isinstance(value, str) and {"integer", "number"} & set(types) and _DIGITS.fullmatch(value):
        # Times are read from digits as well.
        breaking = expected.timed is None
        yield Difference("number-form", at, wanted, "string of digits", expected.spec, breaking=breaking)
    else:
        yield Difference("type-changed", at, wanted, found, expected.spec, breaking=True)


def _time_difference(value: Any, expected: SchemaView, at: Pointer) -> Iterator[Difference]:
    """A time in another unit, or a value that is not a time."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return
    if expected.timed is not None:
        part, name = expected.timed, expected.timed.schema["x-time-format"]
        unit, spec = unit_of_time(name, value), part.inside("x-time-format")
        if unit:
            yield Difference("time-scale", at, name, unit, spec, breaking=True)
        elif not isinstance(FORMATS[name].read(value, UTC), datetime):
            yield Difference("time-format", at, name, f"another {json_type(value)}", spec, breaking=True)
    for part in expected.dates:
        if isinstance(value, str) and not _is_date(value):
            yield Difference("time-format", at, "date", "another string", part.inside("format"), breaking=True)


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
