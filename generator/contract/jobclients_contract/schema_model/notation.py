"""Writes the type of a value in a short notation, for people who review a suite.

``string``, ``int64``, ``number``, ``boolean``, ``null``, ``any``; ``rfc3339`` and other formats of times, ``date``,
``bytes``, ``secret``; ``json(T)`` is JSON in a text; ``[T]`` a list, ``{T}`` an object with any keys; a name is a
class; ``A | B`` is one of several, and ``"word"`` a constant.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from jobclients_core.locators import element_names

from jobclients_contract.schema_model.pointers import escaped
from jobclients_contract.schema_model.schemas import Schemas
from jobclients_contract.schema_model.shapes import Part
from jobclients_contract.schema_model.values import Json

_FORMATS: Final = {
    ("string", "date"): "date",
    ("string", "date-time"): "rfc3339",
    ("string", "binary"): "bytes",
    ("integer", "int32"): "int32",
    ("integer", "int64"): "int64",
}
_DEPTH: Final = 12
_NAMED: Final = re.compile(r"([A-Za-z_]\w*)(:?)=")


class Notation:
    """Writes the types of a document's values.

    Args:
        schemas: that references lead to.
        classes: names of classes by the locators of their schemas.
    """

    def __init__(self, schemas: Schemas, classes: Mapping[str, str]) -> None:
        self._schemas = schemas
        self._classes = classes

    def of(self, part: Part) -> str:
        """The type of the values of a schema."""
        return " | ".join(dict.fromkeys(self._options(part, 0))) or "any"

    def meant(self, part: Part) -> str:
        """What the name of a schema stands for."""
        return " | ".join(dict.fromkeys(self._said(part, 0))) or "any"

    def _options(self, part: Part, depth: int) -> Iterator[str]:
        schema = part.schema
        if part.pointer in self._classes and not (isinstance(schema, dict) and schema.get("x-secret") is True):
            yield self._classes[part.pointer]
            # A name for a type, and an enumeration, say for themselves that they hold null.
            if isinstance(schema, dict) and "properties" in schema and _nullable(schema):
                yield "null"
        else:
            yield from self._said(part, depth)

    def _said(self, part: Part, depth: int) -> Iterator[str]:
        schema = part.schema
        if not isinstance(schema, dict) or depth > _DEPTH:
            yield "any"
            return
        if schema.get("x-secret") is True:
            yield "secret"
        elif isinstance(schema.get("$ref"), str):
            yield from self._options(self._schemas.component(str(schema["$ref"])), depth + 1)
        elif isinstance(schema.get("x-time-format"), str):
            yield str(schema["x-time-format"])
        elif "const" in schema or "enum" in schema:
            enum_values = schema.get("enum")
            yield from map(json.dumps, enum_values if isinstance(enum_values, list) else [schema.get("const")])
        else:
            yield from self._combined(part, schema, depth)
        if _nullable(schema) and "enum" not in schema:
            yield "null"

    def _combined(self, part: Part, schema: Mapping[str, Json], depth: int) -> Iterator[str]:
        for key in ("allOf", "anyOf", "oneOf"):
            members = schema.get(key)
            if isinstance(members, list):
                names = map(escaped, element_names(key, members))
                inner = [Part(item, f"{part.pointer}/{key}/{name}") for name, item in zip(names, members, strict=True)]
                if key != "allOf":
                    for item in inner:
                        yield from self._options(item, depth + 1)
                    return
                if len(inner) == 1 and "properties" not in schema:
                    yield from self._options(inner[0], depth + 1)
                    return
        kinds = schema.get("type")
        for kind in [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else [kinds]:
            yield self._typed(part, schema, str(kind or self._implied(schema)), depth)

    def _implied(self, schema: Mapping[str, Json]) -> str:
        about = {"properties": "object", "additionalProperties": "object", "items": "array", "allOf": "object"}
        return next((kind for key, kind in about.items() if schema.get(key)), "any")

    def _typed(self, part: Part, schema: Mapping[str, Json], kind: str, depth: int) -> str:
        if kind == "array":
            return f"[{self._inner(part, schema, 'items', depth)}]"
        if kind == "object":
            return f"{{{self._inner(part, schema, 'additionalProperties', depth)}}}"
        media = str(schema.get("contentMediaType", "")).partition(";")[0].strip()
        if kind == "string" and media == "application/json":
            return f"json({self._inner(part, schema, 'contentSchema', depth)})"
        return _FORMATS.get((kind, str(schema.get("format"))), kind)

    def _inner(self, part: Part, schema: Mapping[str, Json], key: str, depth: int) -> str:
        inner = schema.get(key)
        if not isinstance(inner, dict):
            return "any"
        return " | ".join(dict.fromkeys(self._options(Part(inner, f"{part.pointer}/{escaped(key)}"), depth + 1)))


def _nullable(schema: Mapping[str, Json]) -> bool:
    kinds = schema.get("type")
    return schema.get("nullable") is True or (isinstance(kinds, list) and "null" in kinds)


def plain_member(word: Json) -> str:
    """A word in capitals, which is the usual name of its member."""
    return "".join(c if c.isalnum() else "_" for c in str(word)).upper()


def member_text(word: Json, name: str) -> Json:
    """A word of an enumeration as a line has it: ``NAME=word`` where its member is not called as usual.

    Args:
        word: the word.
        name: of its member.
    """
    if name == plain_member(word) and not (isinstance(word, str) and _NAMED.match(word)):
        return word
    return f"{name}={word}" if isinstance(word, str) else f"{name}:={json.dumps(word)}"


def member_of(text: Json) -> tuple[str, Json]:
    """The name of a member and its word, the other way round."""
    match = _NAMED.match(text) if isinstance(text, str) else None
    if match is None or not isinstance(text, str):
        return plain_member(text), text
    rest: Json = text[match.end() :]
    return match[1], json.loads(str(rest)) if match[2] else rest
