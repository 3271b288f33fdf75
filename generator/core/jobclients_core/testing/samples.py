"""Makes minimal values that fit a JSON Schema, and sets single places in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from jobclients_core.pointers import join, split
from jobclients_core.schema import Part, Schemas, SchemaView
from jobclients_core.times import FORMATS
from jobclients_core.type_guards import is_array, is_object

_DEEPEST = 8
"""How many levels of an example that is made up are filled in."""

_LONGEST = 100_000
"""Characters of a text that is made up, at most."""

_TIMESTAMP = datetime(2030, 1, 1, tzinfo=UTC)
_PLAIN: dict[str, Any] = {"string": "text", "integer": 1, "number": 1, "boolean": True, "null": None}
_TEXTS = {
    "date-time": "2030-01-01T00:00:00Z",
    "date": "2030-01-01",
    "time": "00:00:00Z",
    "duration": "PT1S",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "email": "someone@example.com",
    "hostname": "host.example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}


class Shape:
    """One place of a schema.

    Args:
        schemas: The schemas of the document.
        parts: The schemas that the value of the place has to fit together.
    """

    def __init__(self, schemas: Schemas, parts: tuple[Part, ...]) -> None:
        self._schemas = schemas
        self._view = schemas.view(parts)

    def _at(self, *parts: Part) -> Shape:
        return Shape(self._schemas, parts)

    @cached_property
    def alternatives(self) -> list[Shape]:
        """The shapes it may have, each of one type; itself where there is only one. Null comes last."""
        shapes = self._schemas.shapes(self._view.schemas)
        options = [option for view in shapes for option in (view.each_type if len(view.types) > 1 else [view.schemas])]
        if len(options) < 2 and not self._view.alternatives:
            return [self]
        return sorted((self._at(*option) for option in options), key=lambda item: item.kind == "null")

    @property
    def kind(self) -> str:
        """The JSON type; empty where anything goes."""
        return next(iter(self._view.types), "object" if self._view.properties else "")

    @property
    def enum_values(self) -> list[Any]:
        """The documented values, where they are listed."""
        return [value for option in self.alternatives for value in option._view.values]

    @property
    def known(self) -> bool:
        """Whether the schema says anything of this place."""
        return bool(self._view.alternatives) or any(part.schema for part in self._view.parts)

    @property
    def content(self) -> Shape | None:
        """The shape of the JSON that this text holds; None for any other text."""
        return self._at(*self._view.texts) if self._view.texts else None

    def rule(self, keyword: str) -> Any:
        """The value of a keyword, such as ``format``, in the first alternative that has it; None where none has."""
        found = (option._view.keyword(keyword) for option in self.alternatives)
        return next((value for value in found if value is not None), None)

    def only(self, kind: str) -> Shape | None:
        """The alternative of a JSON type, or None."""
        return next((option for option in self.alternatives if option.kind == kind), None)

    def child(self, part: str) -> Shape:
        """One step down: a property, or an item for a number."""
        item = self.only("array") if part.isdigit() else None
        if item is not None:
            return self._at(*item._view.items)
        thing = self.only("object")
        return self._at(*(thing._view.properties.get(part, ()) if thing is not None else ()))

    def at(self, pointer: str) -> Shape:
        """The shape at a JSON pointer."""
        found = self
        for part in split(pointer):
            found = found.child(part)
        return found

    def requires(self, part: str) -> bool:
        """Whether a property may not be missing."""
        return any(part in option._view.required for option in self.alternatives)

    def sample(self, depth: int = 0) -> Any:
        """The least value that fits."""
        shape = self.alternatives[0]
        view = shape._view
        if view.values:
            return view.values[0]
        if shape.kind == "array":
            count = int(max(view.bounds("minItems"), default=0)) if depth < _DEEPEST else 0
            return [shape._at(*view.items).sample(depth + 1) for _ in range(min(count, 1000))]
        if shape.kind == "object":
            return {name: shape.child(name).sample(depth + 1) for name in view.required if depth < _DEEPEST}
        if shape.kind in ("integer", "number"):
            return _number(view)
        return _text(view, shape.content, depth) if shape.kind == "string" else _PLAIN.get(shape.kind, {})

    def fitting(self, value: Any) -> Any:
        """A value in the JSON type of this place: digits for a number where a text is wanted, and the reverse."""
        kinds = [option.kind for option in self.alternatives]
        if isinstance(value, bool) or not kinds or "" in kinds:
            return value
        if isinstance(value, str) and "string" not in kinds and value.lstrip("-").isdecimal():
            return int(value)
        if isinstance(value, (int, float)) and not {"integer", "number"} & set(kinds) and "string" in kinds:
            return str(value)
        return int(value) if isinstance(value, float) and "number" not in kinds else value


ANYTHING = Shape(Schemas({}), ())
"""The shape of a place of which nothing is documented."""


def _number(view: SchemaView) -> Any:
    if view.timed is not None:
        return _timestamp(view.timed)
    step = view.keyword("multipleOf", 1)
    lowest = [*view.bounds("minimum"), *(bound + step for bound in view.bounds("exclusiveMinimum"))]
    highest = [*view.bounds("maximum"), *(bound - step for bound in view.bounds("exclusiveMaximum"))]
    return min([max(lowest, default=step), *highest])


def _text(view: SchemaView, content: Shape | None, depth: int) -> str:
    if view.timed is not None:
        return str(_timestamp(view.timed))
    if content is not None:
        return json.dumps(content.sample(depth + 1) if depth < _DEEPEST else {}, separators=(",", ":"))
    text = _TEXTS.get(str(view.keyword("format", "")), "text")
    shortest = min(int(max(view.bounds("minLength"), default=0)), _LONGEST)
    return text.ljust(shortest, "-")[: int(min([_LONGEST, *view.bounds("maxLength")]))]


def _timestamp(timed: Part) -> Any:
    return FORMATS[str(timed.schema["x-time-format"])].write(_TIMESTAMP, UTC)


def put(document: Any, shape: Shape, pointer: str, value: Any) -> Any:
    """Set one place, and make what is missing on the way.

    Args:
        document: Parsed JSON, which is changed.
        shape: Its shape.
        pointer: The place.
        value: What it shall hold, put into the JSON type of the place.

    Returns:
        The document; the value itself where the pointer is empty.
    """
    parts = split(pointer)
    if not parts:
        return value
    inner = shape.child(parts[0])
    rest = join("", *parts[1:])
    if is_array(document):
        items = document
        while len(items) <= int(parts[0]):
            items.append(inner.sample())
        items[int(parts[0])] = put(items[int(parts[0])], inner, rest, value) if rest else inner.fitting(value)
        return items
    fields: dict[str, Any] = document if is_object(document) else {}
    if not rest:
        fields[parts[0]] = inner.fitting(value)
        return fields
    there: Any = fields.get(parts[0])
    if not is_object(there) and not is_array(there):
        there = (
            [] if parts[1].isdigit() and inner.only("array") is not None else (inner.only("object") or inner).sample()
        )
    fields[parts[0]] = put(there, inner, rest, value)
    return fields


def drop(document: Any, pointer: str, shape: Shape | None = None) -> None:
    """Remove one place of a document, where it is there.

    Args:
        document: Parsed JSON, which is changed.
        pointer: The place, a property.
        shape: The shape of the document: what it requires is made the least value instead; None where nothing is
            required.
    """
    parts = split(pointer)
    for part in parts[:-1]:
        if is_array(document) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            document = document.get(part) if is_object(document) else None
        shape = shape.child(part) if shape is not None else None
    if is_object(document) and parts and parts[-1] in document:
        if shape is not None and shape.requires(parts[-1]):
            document[parts[-1]] = shape.child(parts[-1]).sample()
        else:
            del document[parts[-1]]
