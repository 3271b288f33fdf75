"""OpenAPI 3.0 in the shape of 3.1: what each construct becomes, where its parts are, and what is said of losses."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from spec.small import read, spec
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import Document
from vendorsmith.spec.upgrade import upgrade

NULL = {"type": "null"}
REF = {"$ref": "#/components/schemas/Other"}


def upgraded(schema: Any) -> tuple[Document, list[str]]:
    """A document with one schema, upgraded, and the codes and pointers of what is said of it."""
    schemas = {"It": schema, "Other": {"type": "object"}}
    document = spec({}, components={"schemas": schemas}) | {"openapi": "3.0.3"}
    diagnostics = Diagnostics()
    found = upgrade(read(document), diagnostics)
    assert found is not None
    assert not diagnostics.errors
    return found, [f"{each.code} {each.place.pointer if each.place else ''}" for each in diagnostics]


SCHEMAS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a type and null": ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
    "not null": ({"type": "string", "nullable": False}, {"type": "string"}),
    "a list of types, as 3.1 has it": ({"type": ["string"], "nullable": True}, {"type": ["string", "null"]}),
    "null already": ({"type": ["string", "null"], "nullable": True}, {"type": ["string", "null"]}),
    "an enum that lacks null": (
        {"type": "string", "enum": ["a"], "nullable": True},
        {"type": ["string", "null"], "enum": ["a", None]},
    ),
    "an enum that has null": (
        {"type": "string", "enum": ["a", None], "nullable": True},
        {"type": ["string", "null"], "enum": ["a", None]},
    ),
    "properties without a type": (
        {"properties": {"a": {"type": "string", "nullable": True}}, "nullable": True},
        {"properties": {"a": {"type": ["string", "null"]}}, "type": ["object", "null"]},
    ),
    "items without a type": (
        {"items": {"type": "string"}, "nullable": True},
        {"items": {"type": "string"}, "type": ["array", "null"]},
    ),
    "anything is null already": ({"nullable": True}, {}),
    "a reference or null": (
        {**REF, "nullable": True, "description": "D."},
        {"anyOf": [REF, NULL], "description": "D."},
    ),
    "the way around it": (
        {"allOf": [REF], "nullable": True, "description": "D.", "example": {}, "x-python-name": "n"},
        {"anyOf": [REF, NULL], "description": "D.", "examples": [{}], "x-python-name": "n"},
    ),
    "several parts or null": (
        {"allOf": [REF, {"type": "object"}], "type": "object", "nullable": True, "readOnly": True},
        {"anyOf": [{"allOf": [REF, {"type": "object"}], "type": "object"}, NULL], "readOnly": True},
    ),
    "alternatives or null, with what tells them apart": (
        {"oneOf": [REF], "discriminator": {"propertyName": "t"}, "nullable": True},
        {"anyOf": [{"oneOf": [REF], "discriminator": {"propertyName": "t"}}, NULL]},
    ),
    "null inside of what may be null": (
        {"anyOf": [{"allOf": [REF, {"example": 1}], "nullable": True}], "nullable": True},
        {"anyOf": [{"anyOf": [{"anyOf": [{"allOf": [REF, {"examples": [1]}]}, NULL]}]}, NULL]},
    ),
    "bounds that are not included": (
        {"minimum": 1, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": True},
        {"exclusiveMinimum": 1, "exclusiveMaximum": 9},
    ),
    "bounds that are": (
        {"minimum": 1, "exclusiveMinimum": False, "exclusiveMaximum": True},
        {"minimum": 1},
    ),
    "bounds as 3.1 has them": ({"exclusiveMinimum": 1}, {"exclusiveMinimum": 1}),
    "an example": ({"type": "integer", "example": 1}, {"type": "integer", "examples": [1]}),
    "an example of null": ({"example": None}, {"examples": [None]}),
    "base64": ({"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}),
    "bytes, whose format 3.1 keeps": ({"type": "string", "format": "binary"}, {"type": "string", "format": "binary"}),
    "a property that is called like a keyword": (
        {"properties": {"nullable": {"type": "string"}, "example": {"example": 1}, "$ref": {"type": "string"}}},
        {"properties": {"nullable": {"type": "string"}, "example": {"examples": [1]}, "$ref": {"type": "string"}}},
    ),
    "data that looks like schemas": (
        {"default": {"nullable": True, "example": 1}, "enum": [{"nullable": True, "example": 1}]},
        {"default": {"nullable": True, "example": 1}, "enum": [{"nullable": True, "example": 1}]},
    ),
    "schemas at any depth": (
        {"additionalProperties": {"items": {"not": {"type": "string", "nullable": True}}}},
        {"additionalProperties": {"items": {"not": {"type": ["string", "null"]}}}},
    ),
}


@pytest.mark.parametrize(("before", "after"), SCHEMAS.values(), ids=SCHEMAS.keys())
def test_a_schema(before: dict[str, Any], after: dict[str, Any]) -> None:
    document, said = upgraded(before)

    assert document.at("/components/schemas/It") == after
    assert said == []
    Draft202012Validator.check_schema(after)


def test_a_schema_of_3_1_stays_as_it_is() -> None:
    """Nothing of 3.0 is read into a document that says that it is 3.1."""
    document = read(spec({}, components={"schemas": {"It": {"type": "string", "nullable": True, "example": 1}}}))

    assert upgrade(document, Diagnostics()) is document


def test_beside_a_reference() -> None:
    """3.0 ignores it, and 3.1 would not: what changes values goes, with a warning; a description may stay."""
    document, said = upgraded({**REF, "description": "D.", "type": "object", "required": ["a"], "x-secret": True})

    assert document.at("/components/schemas/It") == {**REF, "description": "D.", "x-secret": True}
    assert said == ["ignored-beside-ref /components/schemas/It/type"]


def test_beside_other_references_is_nothing() -> None:
    parameter = {"$ref": "#/components/parameters/P", "description": "D."}
    data = spec({"parameters": [parameter]}) | {"openapi": "3.0.1"}
    found = upgrade(read(data), Diagnostics())

    assert found is not None
    assert found.at("/paths/~1it/post/parameters/0") == {"$ref": "#/components/parameters/P"}
    assert found.data["openapi"] == "3.1.1"


PLACES = {
    "/anyOf/0": "/",
    "/anyOf/0/allOf/0/$ref": "/allOf/0/$ref",
    "/anyOf/0/allOf/1/properties/a/exclusiveMinimum": "/allOf/1/properties/a/minimum",
    "/anyOf/0/allOf/1/properties/a/examples/0": "/allOf/1/properties/a/example",
    "/anyOf/0/allOf/1/properties/b/anyOf/0/$ref": "/allOf/1/properties/b/allOf/0/$ref",
    "/examples/0/c": "/example/c",
    "/description": "/description",
}


@pytest.mark.parametrize(("pointer", "origin"), PLACES.items())
def test_a_part_is_where_the_file_has_it(pointer: str, origin: str) -> None:
    """A message about what an upgrade moved points to the line and column of the file."""
    inner = {
        "properties": {
            "a": {"minimum": 1, "exclusiveMinimum": True, "example": 2},
            "b": {"allOf": [REF], "nullable": True},
        }
    }
    schema = {"allOf": [REF, inner], "nullable": True, "description": "D.", "example": {"c": 1}}
    document, _ = upgraded(schema)
    raw = read(spec({}, components={"schemas": {"It": schema, "Other": {"type": "object"}}}))
    at = "/components/schemas/It"

    assert document.at(at + pointer) is not None
    assert document.place(at + pointer) == raw.place(at + origin.removesuffix("/"))
    assert document.key_place(at + pointer) == raw.key_place(at + origin.removesuffix("/"))
