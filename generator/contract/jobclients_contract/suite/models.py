"""Test cases of models: the fields of a class, the members of an enumeration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Final, TypeVar, cast

from pydantic import BaseModel, ValidationError

from jobclients_contract.assertions.agreement import Agreement, names_of, written
from jobclients_contract.failure import agree, expect, happened, refuse
from jobclients_contract.harness.driver import adapter
from jobclients_contract.schema_model.document import Document, listed
from jobclients_contract.schema_model.entries import Entry, Names, fields_of
from jobclients_contract.schema_model.notation import Notation, member_of
from jobclients_contract.schema_model.pointers import MISSING, Found, Missing, split
from jobclients_contract.schema_model.schemas import timestamp_in
from jobclients_contract.schema_model.shapes import Part, Shape
from jobclients_contract.schema_model.values import Json
from jobclients_contract.suite.case import Case, spoken
from jobclients_contract.suite.running import Run

T = TypeVar("T")

_STRANGE: Final[tuple[Json, ...]] = (True, 1.5, "text", ["text"], {"made-up": 1})
"""A value of each kind, of which a field refuses those that are not documented."""
_DEPTH: Final = 12
"""Schemas in which a secret may be."""
_FRACTION: Final = 0.5
PROSE: Final = "text"
"""The least text that the harness makes up, which is not JSON."""
_SECRET: Final = "made-up s3cret"  # noqa: S105 - made up


def part_at(document: Document, locator: str) -> Part:
    """The schema at a locator.

    Args:
        document: that it is in.
        locator: of the schema.

    Raises:
        Mismatch: nothing is there.
    """
    steps = split(locator)
    if steps[:2] == ["components", "schemas"] and len(steps) == 3 and steps[2] in document.schemas.components:
        return Part(document.schemas.components[steps[2]], locator)
    found = document.at(locator)
    if found is MISSING:
        refuse("the document has no such schema", locator)
    return Part(found, locator)


@dataclass(frozen=True, kw_only=True)
class ModelCase(Case):
    """A model and its fields: ``model("AccessToken", "api_access_token: secret", "user_id?: int64")``.

    Attributes:
        entries: the fields.
        at: locator of its schema.
    """

    entries: tuple[Entry, ...]
    at: str

    of_clients = False

    def where(self, run: Run) -> str:
        """The schema's locator."""
        return self.at

    @cached_property
    def spelt(self) -> Names:
        """How its fields are called."""
        return Names(self.about, self.at, {entry.wire: entry.name for entry in self.entries})

    def hold(self, run: Run) -> None:
        """The document and the class have these fields, and the class reads what the document allows."""
        part = part_at(run.document, self.at)
        shapes = [shape for shape in run.document.shapes(part) if shape.properties]
        if not shapes:
            refuse("the schema describes no object with properties", self.source, part.schema)
        listed = fields_of(run.document, run.naming.classes, shapes, self.spelt.names)
        agree([str(entry) for entry in listed], [str(entry) for entry in self.entries], "fields")
        model = _class(run, self.about, BaseModel)
        expect(self.spelt.names, names_of(model), "fields of the class by key")
        needed = {name: not info.is_required() for name, info in model.model_fields.items()}
        expect(
            {entry.name: entry.optional for entry in self.entries}, needed, "which fields of the class may be missing"
        )
        needed_keys = frozenset(self.spelt.names).intersection(*(shape.required for shape in shapes))
        for shape in shapes:
            self._decode(run, part, shape, needed_keys, model)

    def _decode(self, run: Run, part: Part, shape: Shape, required: frozenset[str], model: type[BaseModel]) -> None:
        """Bodies with each documented value of each field, and with values that are not documented."""
        minimal = {key: _value(run, shape.properties[key]) for key in shape.required if key in shape.properties}
        agreement = Agreement(run.document.validity, run.naming.named)
        for body in self._bodies(run, shape, required, minimal):
            value = _decoded(model, body)
            if isinstance(value, Exception):
                refuse("a documented body is refused", body, str(value))
            if one := agreement.disagreement(part, body, value):
                refuse(
                    f"the value at {one.pointer or 'the root'} of {json.dumps(body)} differs", one.expected, one.actual
                )
            if not agreement.alike(part, body, written(value)):
                refuse("a body that is read and written is another one", body, written(value))
            if _SECRET in repr(value):
                refuse("a secret shows", "***", repr(value))
            self._texts(body, value)
        for key, wrong in self._wrong(run, shape, required):
            if not isinstance(_decoded(model, {**minimal, key: wrong}), Exception):
                refuse(f"{key} takes a value that is not documented", self.source, wrong)
        for key in required:
            body = {name: value for name, value in minimal.items() if name != key}
            if not isinstance(_decoded(model, body), Exception):
                refuse(f"a body without {key} is taken", "DecodeError", body)

    def _texts(self, body: Mapping[str, Json], value: BaseModel) -> None:
        """Where a field may hold a sentence as well as other things, there is a reader for the sentence."""
        fields = {entry.name for entry in self.entries}
        for entry in self.entries:
            reader = f"{entry.name}_text"
            if body.get(entry.wire) == PROSE and reader not in fields and hasattr(value, reader):
                expect(PROSE, getattr(value, reader), f"{reader} of {json.dumps(body)}")

    def _bodies(
        self, run: Run, shape: Shape, required: frozenset[str], minimal: dict[str, Json]
    ) -> Iterator[dict[str, Json]]:
        yield minimal
        yield {**minimal, "made-up-by-nobody": {"kept": [1, 1.5, None]}}
        for key, inner in shape.properties.items():
            if (sealed := _sealed(run.document, inner.schema)) is not MISSING:
                yield {**minimal, key: sealed}
            for option in run.document.shapes(inner):
                for value in _values(run, option):
                    yield {**minimal, key: value}
                if "number" in option.types and run.document.validity.documented(inner).takes(_FRACTION):
                    yield {**minimal, key: _FRACTION}
            if key not in required:
                yield {**minimal, key: None}
        for alias, key in shape.aliases.items():
            rest = {name: value for name, value in minimal.items() if name != key}
            yield {**rest, alias: _value(run, shape.properties[key])}

    def _wrong(self, run: Run, shape: Shape, required: frozenset[str]) -> Iterator[tuple[str, Json]]:
        for key, inner in shape.properties.items():
            validator = run.document.validity.lenient(inner)
            values = (*_STRANGE, None) if key in required else _STRANGE
            yield from ((key, value) for value in values if not validator.takes(value))


def _class(run: Run, name: str, base: type[T]) -> type[T]:
    """A class of the vendor's models."""
    found: object = getattr(run.clients.models, name, None)
    told = repr(found)
    if not (isinstance(found, type) and issubclass(found, base)):
        refuse(f"the models have no such {base.__name__}", name, told)
    return found


def _decoded(model: type[BaseModel], body: Json) -> BaseModel | Exception:
    happened()
    try:
        return cast("BaseModel", adapter(model).validate_json(json.dumps(body), by_alias=True, by_name=False))
    except ValidationError as error:
        return error


def _value(run: Run, part: Part) -> Json:
    """A small valid value; a secret is one that no other text is."""
    sealed = _sealed(run.document, part.schema)
    return run.document.schemas.minimal(part) if isinstance(sealed, Missing) else sealed


def _sealed(document: Document, schema: Json, depth: int = 0) -> Found:
    """A value that holds a secret where a schema has one, properties of other models aside; `MISSING` without one."""
    if not isinstance(schema, dict) or depth > _DEPTH:
        return MISSING
    if schema.get("x-secret") is True:
        return _SECRET
    named = document.schemas.components.get(str(schema.get("$ref")).rpartition("/")[2])
    options: list[Json] = [named] if named is not None else []
    options += [item for key in ("allOf", "anyOf", "oneOf") for item in listed(schema.get(key))]
    for option in options:
        if (found := _sealed(document, option, depth + 1)) is not MISSING:
            return found
    element = _sealed(document, schema.get("items"), depth + 1)
    if not isinstance(element, Missing):
        return [element]
    value = _sealed(document, schema.get("additionalProperties"), depth + 1)
    return MISSING if isinstance(value, Missing) else {"made-up": value}


def _values(run: Run, shape: Shape) -> Iterator[Json]:
    """A value in each JSON type of a shape, and each word."""
    if shape.enum_values is not None:
        yield from shape.enum_values
        return
    if shape.time:
        yield timestamp_in(shape.time, shape.types)
        return
    if shape.content is not None and "string" in shape.types:
        yield json.dumps(run.document.schemas.minimal(shape.content))
    for kind in shape.types:
        value = None if kind == "null" else run.document.schemas.minimal_of(replace(shape, types=(kind,)))
        yield [run.document.schemas.minimal(shape.items)] if kind == "array" and shape.items is not None else value


def model(name: str, /, *fields: str, at: str = "") -> ModelCase:
    """A model and its fields.

    Args:
        name: of its class.
        *fields: ``python?=wire (further keys): type`` for each; what is as usual is left out.
        at: locator of its schema, where it is not the component of that name.
    """
    source = spoken("model", name, *fields, at=at or None)
    return ModelCase(
        source=source, about=name, entries=tuple(map(Entry.read, fields)), at=at or f"/components/schemas/{name}"
    )


@dataclass(frozen=True, kw_only=True)
class AliasCase(Case):
    """A name for a type that is not a class: ``alias("Tree", "Leaf | [Tree] | null")``.

    Attributes:
        kind: notation of the type.
        at: locator of its schema.
    """

    kind: str
    at: str

    of_clients = False

    def where(self, run: Run) -> str:
        """The schema's locator."""
        return self.at

    @property
    def spelt(self) -> Names:
        """Its name."""
        return Names(self.about, self.at)

    def hold(self, run: Run) -> None:
        """The document has this type under the name, and the clients read its values as such."""
        part = part_at(run.document, self.at)
        agree(Notation(run.document.schemas, run.naming.classes).meant(part), self.kind, "the type")
        agreement = Agreement(run.document.validity, run.naming.named)
        for value in [value for shape in run.document.shapes(part) for value in _values(run, shape)]:
            typed: object = adapter(getattr(run.clients.models, self.about)).validate_json(json.dumps(value))
            if one := agreement.disagreement(part, value, typed):
                refuse(f"the value at {one.pointer or 'the root'} of {json.dumps(value)}", one.expected, one.actual)


def alias(name: str, kind: str, /, *, at: str = "") -> AliasCase:
    """A name for a type that is not a class.

    Args:
        name: the name.
        kind: notation of the type.
        at: locator of its schema, where it is not the component of that name.
    """
    source = spoken("alias", name, kind, at=at or None)
    return AliasCase(source=source, about=name, kind=kind, at=at or f"/components/schemas/{name}")


@dataclass(frozen=True, kw_only=True)
class EnumCase(Case):
    """An enumeration and its members: ``words("JobState", "running", "successful", "N_A=n/a")``.

    Attributes:
        members: names in Python and values, in order.
        at: locator of its schema.
    """

    members: tuple[tuple[str, Json], ...]
    at: str

    of_clients = False

    def where(self, run: Run) -> str:
        """The schema's locator."""
        return self.at

    @cached_property
    def spelt(self) -> Names:
        """How its members are called."""
        return Names(self.about, self.at, {str(word): name for name, word in self.members})

    def hold(self, run: Run) -> None:
        """The document and the class have these words."""
        part = part_at(run.document, self.at)
        listed = [word for shape in run.document.shapes(part) for word in shape.enum_values or ()]
        agree(listed, [word for _, word in self.members], "words")
        kind = _class(run, self.about, Enum)
        found = {member.name: member.value for member in kind}
        expect({name: word for name, word in self.members if word is not None}, found, "members of the class")


def enumeration(name: str, /, *listed: Json, at: str = "") -> EnumCase:
    """An enumeration and its members.

    Args:
        name: of its class.
        *listed: the words, as ``NAME=word`` where the member is not called as the word, in capitals.
        at: locator of its schema, where it is not the component of that name.
    """
    source = spoken("enumeration", name, *listed, at=at or None)
    members = tuple(map(member_of, listed))
    return EnumCase(source=source, about=name, members=members, at=at or f"/components/schemas/{name}")
