"""A JSON value held against its documented schema: every difference, and where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from .decode import UnreadableError, parse_json
from .drift import DriftKind
from .expressions import same
from .pointers import parent
from .schema import Part, Schemas, SchemaView
from .shapes import is_array, is_object, json_type
from .times import FORMATS

Pointer = tuple[str | int, ...]
"""Keys and indices of a place in a body; ``*`` for any key of a map."""

MAX_VISITS: Final = 100_000
"""Values of a body that are looked at, each as often as there are alternatives for it; what comes later is not."""

_CHARACTERS: Final = 64  # of JSON in a text, to be parsed for the effort of a value
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
        """All differences between a body and its schema, each once for all elements of a list.

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
        return found.told


class _ExhaustedError(Exception):
    """More values than are looked at."""


class _Found:
    """Differences, each once for all elements of a list, and no more than some."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: dict[tuple[Any, ...], Difference] = {}
        self.breaking = False
        self.number = 0

    def add(self, one: Difference) -> None:
        """Keep a difference, unless it is known or there are enough."""
        self.breaking = self.breaking or one.breaking
        key = (one.kind, tuple("*" if isinstance(step, int) else step for step in one.pointer), one.found, one.word)
        known = self._kept.get(key)
        if known is None:
            self.number += 1
        if not self.full if known is None else one.breaking and not known.breaking:
            self._kept[key] = one

    @property
    def full(self) -> bool:
        return len(self._kept) >= self._limit

    @property
    def told(self) -> list[Difference]:
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
        if any(one.kind in ("type-changed", "null-value", "number-form") for one in mismatch):
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
            yield from best.told
            return
        # Where only one is of the value's own type, that one is meant, and it can be told what is wrong inside.
        others = ("type-changed", "null-value")
        alike = [found for found in tried if not any(one.pointer == at and one.kind in others for one in found.told)]
        if len(alike) == 1:
            yield from alike[0].told
            return
        kind: DriftKind = "null-value" if value is None else "no-variant"
        options = [schemas[-1] for schemas in expected.alternatives]
        documented = " or ".join(dict.fromkeys(self._outline(option) for option in options))
        spec = parent(options[0].spec)
        yield Difference(kind, at, documented, json_type(value), spec, breaking=True)

    def _found(self, value: Any, schemas: tuple[Part, ...], at: Pointer) -> _Found:
        found = _Found(self._limit)
        for one in self.value(value, schemas, at):
            found.add(one)
            if found.full and found.breaking:
                break
        return found

    def _outline(self, option: Part) -> str:
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
        """JSON in a text, which may also be prose."""
        for part in expected.texts:
            self._spend(len(value) // _CHARACTERS)
            try:
                inside = parse_json(value.encode("utf-8", "surrogatepass"))
            except UnreadableError:
                return
            if is_object(inside) or is_array(inside):
                yield from self.value(inside, (part,), at)


def _type_difference(value: Any, expected: SchemaView, at: Pointer) -> Iterator[Difference]:
    """The first of: another type, a word that is not listed, a time that is none."""
    found, types, timed = json_type(value), expected.types, expected.timed
    if types and found not in types and not (found == "integer" and "number" in types):
        wanted = " or ".join(types)
        if value is None:
            yield Difference("null-value", at, wanted, "null", expected.spec, breaking=True)
        elif isinstance(value, float) and "integer" in types:
            yield Difference("number-form", at, wanted, "number", expected.spec, breaking=not value.is_integer())
        elif isinstance(value, str) and {"integer", "number"} & set(types) and _DIGITS.fullmatch(value):
            # Times are read from digits as well.
            yield Difference("number-form", at, wanted, "string of digits", expected.spec, breaking=timed is None)
        else:
            yield Difference("type-changed", at, wanted, found, expected.spec, breaking=True)
        return
    for part in expected.words:
        yield from _word_difference(value, part, at)
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return
    if timed is not None:
        name = timed.schema["x-time-format"]
        if not isinstance(FORMATS[name].read(value, UTC), datetime):
            yield Difference("time-format", at, name, f"another {found}", timed.inside("x-time-format"), breaking=True)
    for part in expected.dates:
        if isinstance(value, str) and not _is_date(value):
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
