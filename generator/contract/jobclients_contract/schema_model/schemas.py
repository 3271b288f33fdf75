"""The schemas of a document: places in bodies, what references lead to, and small valid bodies."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import unquote

from jobclients_core.locators import element_names

from jobclients_contract.schema_model.pointers import escaped, split
from jobclients_contract.schema_model.shapes import ANYTHING, Part, Shape, merged
from jobclients_contract.schema_model.values import Json

CONTENT: Final = "\0content"
"""The step from a text to the JSON that it holds."""

Step: TypeAlias = "str | int"
Path: TypeAlias = "tuple[Step, ...]"

_DEPTH: Final = 30
_SHALLOW: Final = 3
_PLACES: Final = 200
_CHOICES: Final = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A place in bodies of a schema.

    Attributes:
        path: keys, indices and `CONTENT` on the way from the body.
        part: its schema.
        chain: the shapes on the way, each with the step that is taken from it.
        required: whether a body must have it; elements and values of maps count as required.
        union: length of the path to the first place where several shapes may be meant; None for no such place.
    """

    path: Path
    part: Part
    chain: tuple[tuple[Shape, Step], ...] = ()
    required: bool = True
    union: int | None = None

    @property
    def pointer(self) -> str:
        """JSON pointer in the body."""
        return pointer_of(self.path)


def pointer_of(path: Path) -> str:
    """The JSON pointer of a path; a step into JSON in a text shows as an exclamation mark."""
    return "".join("/" + ("!" if step == CONTENT else escaped(str(step))) for step in path)


class Schemas:
    """The schemas of a contract, and what leads from one to another.

    Args:
        components: JSON Schemas by name.
    """

    def __init__(self, components: Mapping[str, Json]) -> None:
        self.components = components
        self._shapes: dict[tuple[int, ...], tuple[Part, tuple[Shape, ...]]] = {}
        self._open: set[str] = set()
        self._named: dict[str, list[tuple[Part, ...]]] = {}

    def shapes(self, part: Part) -> tuple[Shape, ...]:
        """Every way in which a value of a schema may be valid; none where it can never be.

        Where that would be more than some hundreds, each alternative still is in one of them.

        Raises:
            RecursionError: the schema is in itself, with nothing in between.
        """
        known = self._shapes.get(part.identity)
        if known is None:
            found = (merged(parts) for parts in self._alternatives(part))
            # The part is kept as well, so that nothing else gets its identity.
            known = part, tuple(shape for shape in found if shape is not None)
            self._shapes[part.identity] = known
        return known[1]

    def _alternatives(self, part: Part) -> list[tuple[Part, ...]]:
        """Schemas that hold together, for each choice among alternatives."""
        never: dict[str, Json] = {"not": {}}
        schema = part.schema if isinstance(part.schema, dict) else never if part.schema is False else {}
        plain = {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "anyOf", "oneOf")}
        factors: list[list[tuple[Part, ...]]] = [[(Part(plain, part.pointer),)]]
        reference = schema.get("$ref")
        if isinstance(reference, str):
            factors.append(self._of_component(reference))
        factors += [self._alternatives(other) for other in part.also]
        for key in ("allOf", "anyOf", "oneOf"):
            members = schema.get(key)
            if isinstance(members, list):
                names = map(escaped, element_names(key, members))
                inner = [Part(item, f"{part.pointer}/{key}/{name}") for name, item in zip(names, members, strict=True)]
                found = [self._alternatives(item) for item in inner]
                factors += found if key == "allOf" else [list(itertools.chain.from_iterable(found))]
        # What is referred to twice counts once, so that schemas that refer to one another do not multiply.
        every = (itertools.chain.from_iterable(chosen) for chosen in _choices(factors))
        return [tuple({part.pointer: part for part in chosen}.values()) for chosen in every]

    def _of_component(self, reference: str) -> list[tuple[Part, ...]]:
        if reference not in self._named:
            if reference in self._open:
                raise RecursionError(f"{reference} is in itself")
            self._open.add(reference)
            self._named[reference] = self._alternatives(self.component(reference))
        return self._named[reference]

    def component(self, reference: str) -> Part:
        """The schema to which a reference leads."""
        pointer = unquote(reference.removeprefix("#"))
        name, *steps = split(pointer)[2:]
        schema = self.components[name]
        for step in steps:
            children = schema if isinstance(schema, dict | list) else {}
            schema = children[int(step)] if isinstance(children, list) else children[step]
        return Part(schema, pointer)

    def open_union(self, part: Part) -> bool:
        """Whether alternatives have a discriminator, so that one which is not listed yet may come."""
        schema = part.schema
        while isinstance(schema, dict) and "discriminator" not in schema and isinstance(schema.get("$ref"), str):
            schema = self.component(str(schema["$ref"])).schema
        return isinstance(schema, dict) and "discriminator" in schema

    def places(self, part: Part, *, content: bool = False) -> Iterator[Place]:
        """Every place in bodies of a schema, the body itself first; a schema in itself is entered once.

        Alternatives in alternatives multiply: after two hundred places, no shape is entered again.

        Args:
            part: the body's schema.
            content: whether to look into JSON in texts.
        """
        yield from self._places(Place((), part), set(), itertools.count(), content=content)

    def _places(
        self, place: Place, entered: set[tuple[str, ...]], number: Iterator[int], *, content: bool
    ) -> Iterator[Place]:
        yield place
        several_times = next(number) < _PLACES
        shapes = self.shapes(place.part)
        for shape in shapes:
            known = (shape.pointer, *(part.pointer for part in shape.properties.values()))
            if any(shape.pointer == before.pointer for before, _ in place.chain):
                continue
            if known in entered and not several_times:
                continue
            entered.add(known)
            for step, part in _steps(shape, content=content):
                kind = "array" if isinstance(step, int) else "string" if step == CONTENT else "object"
                several = sum(not other.types or kind in other.types for other in shapes) > 1
                union = len(place.path) if several and place.union is None else place.union
                required = step in shape.required or not isinstance(step, str) or step not in shape.properties
                inner = Place((*place.path, step), part, (*place.chain, (shape, step)), required, union)
                yield from self._places(inner, entered, number, content=content)

    def minimal(self, part: Part, depth: int = 0) -> Json:
        """A small valid value: what is required and nothing more."""
        shapes = self.shapes(part)
        if depth > _SHALLOW:  # what holds itself has to end
            shapes = tuple(sorted(shapes, key=lambda shape: len(shape.required) if shape.properties else 0))
        return self.minimal_of(shapes[0], depth) if shapes else None

    def minimal_of(self, shape: Shape, depth: int = 0) -> Json:
        """A small valid value of a shape."""
        if shape.enum_values is not None:
            return next((word for word in shape.enum_values if word is not None), None)
        if shape.time:
            return timestamp_in(shape.time, shape.types)
        if depth > _SHALLOW and "null" in shape.types:
            return None
        kind = next((kind for kind in shape.types if kind != "null"), "null" if shape.types else "string")
        if kind == "object":
            inside = {key: shape.properties.get(key, shape.values) for key in sorted(shape.required)}
            return (
                {} if depth > _DEPTH else {key: self.minimal(part, depth + 1) for key, part in inside.items() if part}
            )
        if kind == "array":
            count = _number(shape.bounds.get("minItems"), 0)
            return [self.minimal(shape.items or ANYTHING, depth + 1) for _ in range(int(count))]
        if kind in ("integer", "number"):
            return max(1, _number(shape.bounds.get("minimum"), 1))
        if kind == "boolean":
            return True
        if kind == "null":
            return None
        text = _TEXTS.get(str(shape.bounds.get("format")), "text")
        return text.ljust(int(_number(shape.bounds.get("minLength"), 0)), "x")

    def body(self, place: Place, value: Json) -> Json:
        """A small body that has a value at a place, and is valid apart from it."""
        for shape, step in reversed(place.chain):
            if step == CONTENT:
                value = json.dumps(value)
            elif isinstance(step, int):
                value = [value]
            else:
                rest = self.minimal_of(shape)
                value = {**(rest if isinstance(rest, dict) else {}), step: value}
        return value

    def canonical(self, part: Part, value: Json) -> Json:
        """A value with properties under their own keys instead of their further ones."""
        shapes = self.shapes(part)
        if isinstance(value, list):
            items = next((shape.items for shape in shapes if shape.items is not None), None)
            return [self.canonical(items, item) for item in value] if items is not None else value
        if not isinstance(value, dict):
            return value
        aliases = {key: name for shape in shapes for key, name in shape.aliases.items()}
        found: dict[str, Json] = {}
        for key, item in value.items():
            name = aliases.get(key, key)
            name = key if name != key and (name in value or name in found) else name
            inner = next((s.properties.get(name, s.values) for s in shapes if s.properties.get(name, s.values)), None)
            found[name] = self.canonical(inner, item) if inner is not None else item
        return found


_TEXTS: Final = {
    "date": "2018-09-28",
    "date-time": "2018-09-28T18:44:56Z",
    "uuid": "5f0c3b1e-6f0e-4d7c-9a57-0d6b7a8c9d10",
    "binary": "dGV4dA==",
    "uri": "https://example.com/",
    "email": "somebody@example.com",
}
_TIMESTAMPS: Final[Mapping[str, Json]] = {
    "unix-ms": 1538160296000,
    "unix-s": 1538160296,
    "java-medium-us": "Sep 28, 2018 6:44:56 PM",
    "jdbc": "2018-09-28 18:44:56.0",
}


def timestamp_in(form: str, types: tuple[str, ...] = ()) -> Json:
    """A timestamp as it travels in a format, and in a type of those that are documented."""
    timestamp = _TIMESTAMPS.get(form, _TEXTS["date-time"])
    numbers = {"integer", "number"} & set(types)
    return str(timestamp) if isinstance(timestamp, int) and types and not numbers else timestamp


def _choices(factors: list[list[tuple[Part, ...]]]) -> Iterator[tuple[tuple[Part, ...], ...]]:
    """One of each list, in every way; where these are too many, in ways enough to have each of each list once."""
    if math.prod(map(len, factors)) <= _CHOICES:
        yield from itertools.product(*factors)
        return
    first = tuple(factor[0] for factor in factors)
    yield first
    for index, factor in enumerate(factors):
        yield from ((*first[:index], other, *first[index + 1 :]) for other in factor[1:])


def _steps(shape: Shape, *, content: bool) -> Iterator[tuple[Step, Part]]:
    yield from shape.properties.items()
    if shape.items is not None:
        yield 0, shape.items
    if shape.values is not None and not shape.properties:
        yield "key", shape.values
    if shape.content is not None and content:
        yield CONTENT, shape.content


def _number(value: Json, otherwise: int) -> int | float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else otherwise
