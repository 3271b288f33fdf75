"""Reads JSON Schema: everything that the schemas of a document say about one place of a value.

This is the one reader of `$ref`, `allOf`, `anyOf` and `oneOf`; who compares, makes up or checks values asks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote

from .expressions import Absent, resolve, same
from .media_types import JSON, essence
from .pointers import join, split
from .type_guards import is_array, is_object

MAX_SHAPES: Final = 64
"""Documented shapes of one value that are looked at: alternatives of alternatives are a product."""

ELSEWHERE: Final = "x-schemas"
"""The section of `components` of schemas that are referred to but not components, by their pointer in the file."""

_ALTERNATIVES: Final = ("anyOf", "oneOf")
_ONE_TYPE: Final = {
    name: {"type": name} for name in ("array", "boolean", "integer", "null", "number", "object", "string")
}


@dataclass(frozen=True, slots=True)
class Part:
    """A schema, and where it is.

    Args:
        schema: The schema; true where everything is documented to be possible.
        spec: JSON pointer to it in the specification.
    """

    schema: Any
    spec: str

    def inside(self, *steps: str | int) -> str:
        """The pointer of a place below."""
        return join(self.spec, *steps)

    def listed(self, keyword: str) -> list[Any]:
        """The list that a keyword holds; an empty one where it holds none, as in a document that is not valid."""
        found = self.schema.get(keyword)
        return found if is_array(found) else []

    def texts(self, keyword: str) -> list[str]:
        """The texts in the list that a keyword holds, or the one text that it is."""
        found = self.schema.get(keyword)
        listed = [found] if isinstance(found, str) else self.listed(keyword)
        return [item for item in listed if isinstance(item, str)]

    def named(self, keyword: str) -> dict[str, Any]:
        """The object that a keyword holds; an empty one where it holds none."""
        found = self.schema.get(keyword)
        return found if is_object(found) else {}

    def at(self, *steps: str | int) -> Part:
        """The schema that is below."""
        found: Any = self.schema
        for step in steps:
            found = found[step]
        return Part(found, self.inside(*steps))


@dataclass(frozen=True, slots=True)
class SchemaView:
    """What a value should be: the schemas that it has to fit together, read once for all values of that place.

    Args:
        schemas: The schemas as they were named.
        alternatives: The documented shapes of which it should have one, each with what holds besides; where there are
            some, all that follows is empty.
        parts: The schemas with references followed and `allOf` taken apart.
        types: The types that it may have; empty for any.
        spec: Where the types are documented.
        words: Those of the schemas that list values.
        timed: The one that names a format of times.
        dates: Those that want a date.
        patterns: Those with a regular expression for texts.
        texts: What the JSON in a text is, by each schema that says that there is some.
        items: What the elements of an array are, by each schema that says so.
        maps: What the values of keys are that no property has.
        listed: The first schema that lists properties.
        properties: The schemas of each property.
        keys: The property that is meant by each of its spellings.
        required: The properties that should be there, and which schema says so.
        spellings: The keys under which each of those may be.
    """

    schemas: tuple[Part, ...]
    alternatives: tuple[tuple[Part, ...], ...] = ()
    parts: tuple[Part, ...] = ()
    types: tuple[str, ...] = ()
    spec: str = ""
    words: tuple[Part, ...] = ()
    timed: Part | None = None
    dates: tuple[Part, ...] = ()
    patterns: tuple[Part, ...] = ()
    texts: tuple[Part, ...] = ()
    items: tuple[Part, ...] = ()
    maps: tuple[Part, ...] = ()
    listed: Part | None = None
    properties: Mapping[str, tuple[Part, ...]] = field(default_factory=dict[str, tuple[Part, ...]])
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    required: Mapping[str, Part] = field(default_factory=dict[str, Part])
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def keyword(self, name: str, default: Any = None) -> Any:
        """The value of a keyword, such as ``minLength``, in the first schema that has it."""
        return next((part.schema[name] for part in self.parts if name in part.schema), default)

    def bounds(self, name: str) -> list[Any]:
        """The values of a keyword that sets a bound, of all schemas that have it."""
        return [part.schema[name] for part in self.parts if name in part.schema]

    @property
    def values(self) -> list[Any]:
        """The documented values, where they are listed: those that every list has."""
        first, *others = [_listed_values(part) for part in self.words] or [[]]
        return [value for value in first if all(any(same(value, item) for item in other) for other in others)]

    @property
    def each_type(self) -> tuple[tuple[Part, ...], ...]:
        """For a value of several types: what it should be as each of them."""
        return tuple((*self.schemas, Part(_ONE_TYPE[name], self.spec)) for name in self.types)


class Schemas:
    """The schemas of an OpenAPI document.

    Args:
        document: The document; references lead into it.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._views: dict[tuple[tuple[int, str], ...], SchemaView] = {}
        self._shortened: dict[tuple[int, tuple[str, ...]], tuple[Any, Any]] = {}

    def parts(self, *schemas: Part) -> list[Part]:
        """All schemas that a value has to fit together: references followed, ``allOf`` taken apart.

        Args:
            schemas: The schemas as they are written.

        Returns:
            Each once, without ``$ref`` and ``allOf``; those that then say nothing are left out.
        """
        return self._made_of(schemas, ("allOf",))

    def variants(self, part: Part) -> list[Part]:
        """All schemas that a value may have to fit: as `parts`, and those of all alternatives.

        Args:
            part: The schema.
        """
        return self._made_of((part,), ("allOf", *_ALTERNATIVES))

    def within(self, part: Part, *steps: str) -> list[Part]:
        """The schemas of a place inside of a value, each once.

        Args:
            part: The schema of the value.
            steps: Keys, and indices of lists, that lead to the place.
        """
        found = {id(part.schema): part}
        for step in steps:
            inner: dict[int, Part] = {}
            for variant in (variant for one in found.values() for variant in self.variants(one)):
                named = step in variant.named("properties")
                if named or (step.isdigit() and "items" in variant.schema):
                    below = variant.at("properties", step) if named else variant.at("items")
                    inner.setdefault(id(below.schema), below)
            found = inner
        return list(found.values())

    def view(self, schemas: tuple[Part, ...]) -> SchemaView:
        """What a value should be that has to fit some schemas together.

        Returns:
            What they say; read at the first time only.
        """
        # No other schema has the same identity later, since what was read keeps it.
        key = tuple((id(part.schema), part.spec) for part in schemas)
        found = self._views.get(key)
        if found is None:
            found = self._views[key] = self._read(schemas)
        return found

    def shapes(self, schemas: tuple[Part, ...]) -> list[SchemaView]:
        """What a value should be in each of its documented shapes, alternatives of alternatives taken apart.

        Args:
            schemas: The schemas that it has to fit together.

        Returns:
            Views without alternatives, in the document's order; the first `MAX_SHAPES` where there are more.
        """
        return list(islice(self._shapes(schemas, 0), MAX_SHAPES))

    def types(self, schemas: tuple[Part, ...]) -> frozenset[str]:
        """The types that a value may have in any of its documented shapes; empty for any."""
        return frozenset(kind for view in self.shapes(schemas) for kind in view.types)

    def _shapes(self, schemas: tuple[Part, ...], depth: int) -> Iterator[SchemaView]:
        view = self.view(schemas)
        if depth > MAX_SHAPES:
            return  # alternatives that lead back to themselves
        for option in view.alternatives:
            yield from self._shapes(option, depth + 1)
        if not view.alternatives:
            yield view

    def _read(self, schemas: tuple[Part, ...]) -> SchemaView:
        parts = self.parts(*schemas)
        for index, part in enumerate(parts):
            key = next((key for key in _ALTERNATIVES if part.listed(key)), None)
            if key is not None:
                others = (*parts[:index], self._without(part, key), *parts[index + 1 :])
                options = (part.at(key, number) for number in range(len(part.listed(key))))
                return SchemaView(schemas, tuple((*others, option) for option in options))
        return _view(schemas, parts)

    def _made_of(self, schemas: Iterable[Part], keys: tuple[str, ...]) -> list[Part]:
        """The schemas that some are made of, by references and by lists of schemas at some keys; each once."""
        seen: set[int] = set()
        found: list[Part] = []

        def walk(part: Part) -> None:
            if not is_object(part.schema) or id(part.schema) in seen:
                return
            seen.add(id(part.schema))
            reference = part.schema.get("$ref")
            if isinstance(reference, str):
                walk(self._target(reference))
            own = self._without(part, "$ref", *keys)
            if own.schema:
                found.append(own)
            for key in keys:
                for index in range(len(part.listed(key))):
                    walk(part.at(key, index))

        for schema in schemas:
            walk(schema)
        return found

    def _without(self, part: Part, *keywords: str) -> Part:
        """A schema without some keywords: the same object each time, so that views of it are read once."""
        if not part.schema.keys() & set(keywords):
            return part
        key = (id(part.schema), keywords)
        if key not in self._shortened:
            rest = {name: value for name, value in part.schema.items() if name not in keywords}
            self._shortened[key] = part.schema, rest
        return Part(self._shortened[key][1], part.spec)

    def _target(self, reference: str) -> Part:
        pointer = unquote(reference.removeprefix("#"))
        found = resolve(self._document, pointer)
        steps = split(pointer)
        spec = steps[2] if steps[:2] == ("components", ELSEWHERE) and len(steps) == 3 else pointer
        return Part(None if isinstance(found, Absent) else found, spec)


def _view(schemas: tuple[Part, ...], parts: list[Part]) -> SchemaView:
    typed = [part for part in parts if "type" in part.schema]
    timed = [part for part in parts if "x-time-format" in part.schema]
    listed = [part for part in parts if "properties" in part.schema]
    # Beside patterns, which nobody runs, `additionalProperties` speaks of what they leave.
    plain = [part for part in parts if "patternProperties" not in part.schema]
    maps = [part for part in plain if part.schema.get("additionalProperties", False) is not False]
    properties: dict[str, tuple[Part, ...]] = {}
    for part in listed:
        for name in part.named("properties"):
            properties[name] = (*properties.get(name, ()), part.at("properties", name))
    keys = {key: name for name, found in properties.items() for key in (*_aliases(found), name)}
    required = {name: part for part in parts for name in part.texts("required")}
    return SchemaView(
        schemas,
        parts=tuple(parts),
        types=_types(typed),
        spec=(typed or parts)[-1].spec if parts else "",
        words=tuple(part for part in parts if "const" in part.schema or part.listed("enum")),
        timed=timed[0] if timed else None,
        dates=tuple(part for part in parts if part.schema.get("format") == "date"),
        patterns=tuple(part for part in parts if isinstance(part.schema.get("pattern"), str)),
        texts=tuple(_content(part) for part in parts if is_json_text(part.schema)),
        items=tuple(part.at("items") for part in parts if is_object(part.schema.get("items"))),
        maps=tuple(part.at("additionalProperties") for part in maps),
        listed=listed[0] if listed else None,
        properties=properties,
        keys=keys,
        required=required,
        spellings={name: tuple(key for key in keys if keys[key] == name) or (name,) for name in required},
    )


def _types(typed: list[Part]) -> tuple[str, ...]:
    """The documented types; none where every one is possible. A value that is an integer and a number is an integer."""
    common = typed[0].texts("type") if typed else []
    for part in typed[1:]:
        other = part.texts("type")
        narrowed = [
            "integer" if kind == "number" and "number" not in other else kind
            for kind in common
            if kind in other or (kind == "integer" and "number" in other) or (kind == "number" and "integer" in other)
        ]
        common = list(dict.fromkeys(narrowed))
    return tuple(common)


def _listed_values(part: Part) -> list[Any]:
    return [part.schema["const"]] if "const" in part.schema else part.listed("enum")


def is_json_text(schema: Mapping[str, Any]) -> bool:
    """Whether a schema says that a text holds JSON."""
    return essence(str(schema.get("contentMediaType", ""))) == JSON


def _content(part: Part) -> Part:
    """The schema of the JSON in a text; of any, where none is documented."""
    return part.at("contentSchema") if "contentSchema" in part.schema else Part(True, part.inside("contentMediaType"))


def _aliases(found: tuple[Part, ...]) -> tuple[str, ...]:
    return tuple(key for part in found if is_object(part.schema) for key in part.texts("x-aliases"))
