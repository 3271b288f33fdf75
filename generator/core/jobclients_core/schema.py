"""The view of JSON Schema: what the schemas of an OpenAPI document say of one place of a value.

This is the one reader of `$ref`, `allOf`, `anyOf` and `oneOf`; who compares, makes up or checks values asks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .expressions import Absent, resolve
from .media_types import JSON, essence
from .pointers import join, split
from .shapes import is_array, is_object

_ELSEWHERE: Final = "/components/x-schemas/"
_ALTERNATIVES: Final = ("anyOf", "oneOf")
_ONE_TYPE: Final = {
    name: {"type": name} for name in ("array", "boolean", "integer", "null", "number", "object", "string")
}


@dataclass(frozen=True, slots=True)
class Part:
    """A schema, and where it stands.

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
        """The schema that stands below."""
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
        texts: What the JSON in a text is, by each schema that says that there is some.
        items: What the elements of an array are, by each schema that says so.
        maps: What the values of keys are that no property has.
        listed: The first schema that lists properties.
        properties: The schemas of each property.
        keys: The property that is meant by each of its spellings.
        required: The properties that should be there, and which schema says so.
        spellings: The keys under which each of those may stand.
    """

    schemas: tuple[Part, ...]
    alternatives: tuple[tuple[Part, ...], ...] = ()
    parts: tuple[Part, ...] = ()
    types: tuple[str, ...] = ()
    spec: str = ""
    words: tuple[Part, ...] = ()
    timed: Part | None = None
    dates: tuple[Part, ...] = ()
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
        self._views: dict[tuple[int, ...], SchemaView] = {}

    def parts(self, part: Part) -> list[Part]:
        """All schemas that a value has to fit together: references followed, ``allOf`` taken apart.

        Args:
            part: The schema.

        Returns:
            Schemas without references, each once.
        """
        return list(self._walk(part, ("allOf",), set()))

    def variants(self, part: Part) -> list[Part]:
        """All schemas that a value may have to fit: those of `parts`, and those of all alternatives.

        Args:
            part: The schema.

        Returns:
            Schemas without references, each once.
        """
        return list(self._walk(part, ("allOf", *_ALTERNATIVES), set()))

    def within(self, part: Part, *steps: str) -> Iterator[Part]:
        """The schemas of a place inside of a value.

        Args:
            part: The schema of the value.
            steps: Keys, and indices of lists, that lead to the place.
        """
        if not steps:
            yield part
        for one in self.variants(part) if steps else ():
            if steps[0] in one.named("properties"):
                yield from self.within(one.at("properties", steps[0]), *steps[1:])
            elif steps[0].isdigit() and "items" in one.schema:
                yield from self.within(one.at("items"), *steps[1:])

    def view(self, schemas: tuple[Part, ...]) -> SchemaView:
        """What a value should be that has to fit some schemas together.

        Args:
            schemas: The schemas.

        Returns:
            What they say; read at the first time only.
        """
        # No other schema has the same identity later, since what was read keeps it.
        key = tuple(id(part.schema) for part in schemas)
        found = self._views.get(key)
        if found is None:
            found = self._views[key] = _view(schemas, [part for one in schemas for part in self.parts(one)])
        return found

    def _walk(self, part: Part, keys: Iterable[str], seen: set[str]) -> Iterator[Part]:
        """The schemas that a schema is made of; what is referred to several times comes once."""
        if not is_object(part.schema):
            return
        reference = part.schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            yield from self._walk(self._target(reference), keys, seen)
        yield part
        for key in keys:
            for index in range(len(part.listed(key))):
                yield from self._walk(part.at(key, index), keys, seen)

    def _target(self, reference: str) -> Part:
        pointer = reference.removeprefix("#")
        found = resolve(self._document, pointer)
        # The key of a schema that is no component is its pointer in the specification.
        elsewhere = pointer.startswith(_ELSEWHERE) and pointer.count("/") == _ELSEWHERE.count("/")
        spec = split(pointer)[-1] if elsewhere else pointer
        return Part(None if isinstance(found, Absent) else found, spec)


def _view(schemas: tuple[Part, ...], parts: list[Part]) -> SchemaView:
    for index, part in enumerate(parts):
        for key in _ALTERNATIVES:
            options = part.listed(key)
            if options:
                rest = Part({name: value for name, value in part.schema.items() if name != key}, part.spec)
                others = (*parts[:index], rest, *parts[index + 1 :])
                chosen = [Part(option, part.inside(key, str(number))) for number, option in enumerate(options)]
                return SchemaView(schemas, tuple((*others, option) for option in chosen))
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
    """The documented types; none where every one is possible."""
    listed = [part.texts("type") for part in typed]
    return tuple(kind for kind in listed[0] if all(kind in other for other in listed)) if listed else ()


def is_json_text(schema: Mapping[str, Any]) -> bool:
    """Whether a schema says that a text holds JSON."""
    return essence(str(schema.get("contentMediaType", ""))) == JSON


def _content(part: Part) -> Part:
    """The schema of the JSON in a text; of any, where none is documented."""
    return part.at("contentSchema") if "contentSchema" in part.schema else Part(True, part.inside("contentMediaType"))


def _aliases(found: tuple[Part, ...]) -> tuple[str, ...]:
    return tuple(key for part in found if is_object(part.schema) for key in part.texts("x-aliases"))
