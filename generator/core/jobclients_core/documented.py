"""What a vendor's specification documents of its answers, as JSON Schemas; read when somebody asks for drift."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from .expressions import Absent, lookup_status
from .operation import Operation, Vendor
from .shapes import is_array, is_object

_SCHEMAS: Final = "#/components/schemas/"
_ALTERNATIVES: Final = ("anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Part:
    """A schema, and where it stands.

    Args:
        schema: The schema; true where everything is documented to be possible.
        spec: JSON pointer to it in the specification.
    """

    schema: Any
    spec: str

    def inside(self, *steps: str) -> str:
        """The pointer of a place below."""
        return self.spec + "".join("/" + escape(step) for step in steps)

    def at(self, *steps: str) -> Part:
        """The schema that stands below."""
        found: Any = self.schema
        for step in steps:
            found = found[step]
        return Part(found, self.inside(*steps))


@dataclass(frozen=True, slots=True)
class Expected:
    """What a value should be: the schemas that it has to fit together, read once for all values of that place.

    Args:
        schemas: The schemas as they were named.
        alternatives: The documented shapes of which it should have one, each with what holds besides; where there are
            some, all that follows is empty.
        types: The types that it may have; empty for any.
        spec: Where the types are documented.
        words: Those of the schemas that list values.
        timed: The one that names a format of times.
        dates: Those that want a date.
        texts: Those that tell what JSON in a text is.
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


@dataclass(frozen=True, slots=True)
class Documented:
    """The answers of a vendor's operations.

    Args:
        operations: What is documented of each operation, by its name.
        schemas: The named schemas.
    """

    operations: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    schemas: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    _expected: dict[tuple[int, ...], Expected] = field(
        default_factory=dict[tuple[int, ...], Expected], init=False, repr=False, compare=False
    )

    def body(self, operation: Operation[Any], status: int) -> Part | None:
        """The schema of an answer's body.

        Args:
            operation: What was called.
            status: HTTP status code.

        Returns:
            The schema; None where no JSON is documented.
        """
        responses: Mapping[int | str, Any] = self.operations.get(operation.id, {}).get("responses", {})
        found: Any = lookup_status(responses, status)
        if isinstance(found, Absent) or "schema" not in found:
            return None
        key = next(key for key in responses if responses[key] is found)
        place = Part(None, operation_pointer(operation))
        return Part(found["schema"], place.inside("responses", str(key), "content", found["media_type"], "schema"))

    def parts(self, part: Part) -> list[Part]:
        """All schemas that a value has to fit together: references followed, ``allOf`` taken apart.

        Args:
            part: The schema.

        Returns:
            Schemas without references; one that refers to itself is left out.
        """
        return list(self._expanded(part, frozenset()))

    def expected(self, schemas: tuple[Part, ...]) -> Expected:
        """What a value should be that has to fit some schemas together.

        Args:
            schemas: The schemas.

        Returns:
            What they say; read at the first time only.
        """
        # No other schema has the same identity later, since what was read keeps it.
        key = tuple(id(part.schema) for part in schemas)
        found = self._expected.get(key)
        if found is None:
            found = self._expected[key] = _expected(schemas, [part for one in schemas for part in self.parts(one)])
        return found

    def _expanded(self, part: Part, seen: frozenset[str]) -> Iterator[Part]:
        if not is_object(part.schema):
            return
        reference = part.schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            yield from self._expanded(self._target(reference), seen | {reference})
        yield part
        for index, inner in enumerate(part.schema.get("allOf", ())):
            yield from self._expanded(Part(inner, part.inside("allOf", str(index))), seen)

    def _target(self, reference: str) -> Part:
        name = reference.removeprefix(_SCHEMAS).replace("~1", "/").replace("~0", "~")
        # A schema that is no component is named by its pointer.
        return Part(self.schemas.get(name), name if name.startswith("/") else "/components/schemas/" + escape(name))


def _expected(schemas: tuple[Part, ...], parts: list[Part]) -> Expected:
    for index, part in enumerate(parts):
        for key in _ALTERNATIVES:
            options = part.schema.get(key)
            if is_array(options) and options:
                rest = Part({name: value for name, value in part.schema.items() if name != key}, part.spec)
                others = (*parts[:index], rest, *parts[index + 1 :])
                chosen = [Part(option, part.inside(key, str(number))) for number, option in enumerate(options)]
                return Expected(schemas, tuple((*others, option) for option in chosen))
    typed = [part for part in parts if "type" in part.schema]
    timed = [part for part in parts if "x-time-format" in part.schema]
    listed = [part for part in parts if "properties" in part.schema]
    maps = [part for part in parts if part.schema.get("additionalProperties", False) is not False]
    properties: dict[str, tuple[Part, ...]] = {}
    for part in listed:
        for name in part.schema["properties"]:
            properties[name] = (*properties.get(name, ()), part.at("properties", name))
    keys = {key: name for name, found in properties.items() for key in (*_aliases(found), name)}
    required = {name: part for part in parts for name in part.schema.get("required", ())}
    return Expected(
        schemas,
        types=_types(typed),
        spec=(typed or parts)[-1].spec if parts else "",
        words=tuple(part for part in parts if part.schema.keys() & {"const", "enum"}),
        timed=timed[0] if timed else None,
        dates=tuple(part for part in parts if part.schema.get("format") == "date"),
        texts=tuple(part.at("contentSchema") for part in parts if _is_json_text(part.schema)),
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
    stated = [part.schema["type"] for part in typed]
    listed = [(one,) if isinstance(one, str) else tuple(one) for one in stated]
    return tuple(kind for kind in listed[0] if all(kind in other for other in listed)) if listed else ()


def _is_json_text(schema: Mapping[str, Any]) -> bool:
    return schema.get("contentMediaType") == "application/json" and "contentSchema" in schema


def _aliases(found: tuple[Part, ...]) -> tuple[str, ...]:
    return tuple(key for part in found if is_object(part.schema) for key in part.schema.get("x-aliases", ()))


def operation_pointer(operation: Operation[Any]) -> str:
    """Where an operation stands in its specification.

    Args:
        operation: The operation.

    Returns:
        The JSON pointer.
    """
    return f"/paths/{escape(operation.path)}/{operation.method.lower()}"


def escape(key: str) -> str:
    """A key as a part of a JSON pointer.

    Args:
        key: The key.

    Returns:
        It with ``~`` and ``/`` escaped.
    """
    return key.replace("~", "~0").replace("/", "~1")


def documented_of(vendor: Vendor) -> Documented:
    """What is documented of a vendor, read once.

    Args:
        vendor: The vendor.

    Returns:
        What its package holds; nothing where that was generated without it.
    """
    package = vendor.models.rpartition(".")[0]
    return _read(package) if package else Documented()


@cache
def _read(package: str) -> Documented:
    try:
        text = (resources.files(package) / "documented.json").read_text(encoding="utf-8")
    except (OSError, ImportError):
        return Documented()
    content = json.loads(text)
    return Documented(content["operations"], content["components"]["schemas"])
