"""Lines about classes: the fields of a model, the members of an enumeration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any, Final, cast

from pydantic import BaseModel, ValidationError

from jobclients_contract.cases import Json, Names
from jobclients_contract.failure import expect, happened, refuse
from jobclients_contract.judging.agreement import Agreement, names_of, written
from jobclients_contract.playing.driver import adapter
from jobclients_contract.pointers import split
from jobclients_contract.reading.document import Document
from jobclients_contract.reading.notation import member_of
from jobclients_contract.reading.pointers import MISSING, find
from jobclients_contract.reading.schemas import moment_in
from jobclients_contract.reading.shapes import Part, Shape
from jobclients_contract.reading.entries import Entry, fields_of
from jobclients_contract.suite.case import Case, spoken
from jobclients_contract.suite.running import Run

_STRANGE: Final[tuple[Json, ...]] = (True, 1.5, "text", ["text"], {"made-up": 1})
"""A value of each kind, of which a field refuses those that are not documented."""
_SECRET: Final = "made-up s3cret"  # noqa: S105 - made up


def part_at(document: Document, locator: str) -> Part:
    """The schema at a locator.

    Args:
        document: that it stands in.
        locator: of the schema.

    Raises:
        Mismatch: nothing stands there.
    """
    steps = split(locator)
    if steps[:2] == ["components", "schemas"] and len(steps) == 3 and steps[2] in document.schemas.components:
        return Part(document.schemas.components[steps[2]], locator)
    found = document.at(locator)
    if found is MISSING:
        refuse("the document has no such schema", locator)
    return Part(cast("Json", found), locator)


@dataclass(frozen=True, kw_only=True)
class ModelCase(Case):
    """A model and its fields: ``model("AccessToken", "api_access_token: secret", "user_id?: int64")``.

    Attributes:
        entries: the fields.
        at: locator of its schema.
    """

    entries: tuple[Entry, ...]
    at: str

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
            refuse("the schema describes no object with properties", self.said, part.schema)
        listed = fields_of(run.document, run.spelling.classes, shapes, self.spelt.names)
        told = "fields as the document has them, and as the line has"
        expect([str(entry) for entry in listed], [str(entry) for entry in self.entries], told)
        model: Any = getattr(run.clients.models, self.about)
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            refuse("the class is no model", self.about, model)
        expect(self.spelt.names, names_of(model), "fields of the class by key")
        needed = {name: not info.is_required() for name, info in model.model_fields.items()}
        expect({entry.name: entry.optional for entry in self.entries}, needed, "which fields of the class may be missing")
        for shape in shapes:
            self._decode(run, part, shape, model)

    def _decode(self, run: Run, part: Part, shape: Shape, model: type[BaseModel]) -> None:
        """Bodies with each documented value of each field, and with values that are not documented."""
        least = {key: _value(run, shape.properties[key]) for key in shape.required if key in shape.properties}
        agreement = Agreement(run.document.validity, run.spelling.named)
        for body in self._bodies(run, shape, least):
            value = _decoded(model, body)
            if isinstance(value, Exception):
                refuse("a documented body is refused", body, str(value))
            if one := agreement.disagreement(part, body, value):
                refuse(f"the value at {one.pointer or 'the root'} of {json.dumps(body)} differs", one.expected, one.actual)
            if not agreement.alike(part, body, written(value)):
                refuse("a body that is read and written is another one", body, written(value))
            if _SECRET in repr(value):
                refuse("a secret shows", "***", repr(value))
        for key, wrong in self._wrong(run, shape):
            if not isinstance(_decoded(model, {**least, key: wrong}), Exception):
                refuse(f"{key} takes a value that is not documented", self.said, wrong)
        for key in least:
            body = {name: value for name, value in least.items() if name != key}
            if not isinstance(_decoded(model, body), Exception):
                refuse(f"a body without {key} is taken", "DecodeError", body)

    def _bodies(self, run: Run, shape: Shape, least: dict[str, Json]) -> Iterator[dict[str, Json]]:
        yield least
        yield {**least, "made-up-by-nobody": {"kept": [1, 1.5, None]}}
        for key, inner in shape.properties.items():
            for option in run.document.shapes(inner):
                for value in _values(run, option):
                    yield {**least, key: value}
            if key not in shape.required:
                yield {**least, key: None}
        for alias, key in shape.aliases.items():
            rest = {name: value for name, value in least.items() if name != key}
            yield {**rest, alias: _value(run, shape.properties[key])}

    def _wrong(self, run: Run, shape: Shape) -> Iterator[tuple[str, Json]]:
        for key, inner in shape.properties.items():
            judge = run.document.validity.lenient(inner)
            yield from ((key, value) for value in (*_STRANGE, None) if not judge.takes(value) and
                        not (value is None and key not in shape.required))  # fmt: skip


def _decoded(model: type[BaseModel], body: Json) -> BaseModel | Exception:
    happened()
    try:
        return cast("BaseModel", adapter(model).validate_json(json.dumps(body), by_alias=True, by_name=False))
    except ValidationError as error:
        return error


def _value(run: Run, part: Part) -> Json:
    """A small valid value; a secret is one that no other text is."""
    schema = part.schema
    return _SECRET if isinstance(schema, dict) and schema.get("x-secret") is True else run.document.schemas.least(part)


def _values(run: Run, shape: Shape) -> Iterator[Json]:
    """A value in each JSON type of a shape, and each word."""
    if shape.words is not None:
        yield from shape.words
        return
    if shape.time:
        yield moment_in(shape.time, shape.types)
        return
    if shape.content is not None and "string" in shape.types:
        yield json.dumps(run.document.schemas.least(shape.content))
    for kind in shape.types:
        value = None if kind == "null" else run.document.schemas.least_of(replace(shape, types=(kind,)))
        yield [run.document.schemas.least(shape.items)] if kind == "array" and shape.items is not None else value




def model(name: str, /, *fields: str, at: str = "") -> ModelCase:
    """A model and its fields.

    Args:
        name: of its class.
        *fields: ``python?=wire (further keys): type`` for each; what is as usual is left out.
        at: locator of its schema, where it is not the component of that name.
    """
    said = spoken("model", name, *fields, at=at or None)
    return ModelCase(
        said=said, about=name, entries=tuple(map(Entry.read, fields)), at=at or f"/components/schemas/{name}"
    )


@dataclass(frozen=True, kw_only=True)
class WordsCase(Case):
    """An enumeration and its members: ``words("JobState", "running", "successful", "N_A=n/a")``.

    Attributes:
        members: names in Python and values, in order.
        at: locator of its schema.
    """

    members: tuple[tuple[str, Json], ...]
    at: str

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
        listed = [word for shape in run.document.shapes(part) for word in shape.words or ()]
        expect(listed, [word for _, word in self.members], "words as the document has them, and as the line has")
        kind: Any = getattr(run.clients.models, self.about)
        if not (isinstance(kind, type) and issubclass(kind, Enum)):
            refuse("the class is no enumeration", self.about, kind)
        found = {member.name: member.value for member in kind}
        expect({name: word for name, word in self.members if word is not None}, found, "members of the class")


def words(name: str, /, *listed: Json, at: str = "") -> WordsCase:
    """An enumeration and its members.

    Args:
        name: of its class.
        *listed: the words, as ``NAME=word`` where the member is not called as the word, in capitals.
        at: locator of its schema, where it is not the component of that name.
    """
    said = spoken("words", name, *listed, at=at or None)
    members = tuple(map(member_of, listed))
    return WordsCase(said=said, about=name, members=members, at=at or f"/components/schemas/{name}")
