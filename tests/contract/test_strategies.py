"""Made-up values are valid by the library's judgement, as varied as the schema lets them be, and the same each time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jobclients_contract.cases import Json
from jobclients_contract.failure import SEED_VARIABLE
from jobclients_contract.playing.strategies import Strategies, made
from jobclients_contract.reading import moments
from jobclients_contract.reading.schemas import Schemas
from jobclients_contract.reading.shapes import Part
from jobclients_contract.reading.validity import Validity
from jsonschema import Draft202012Validator

COMPONENTS: dict[str, Json] = {
    "State": {"type": "string", "enum": ["on", "off"]},
    "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 1}}},
    "Node": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 2, "maxLength": 4},
            "next": {"$ref": "#/components/schemas/Node"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    },
}
KINDS: dict[str, Json] = {
    "integer": {"type": "integer", "format": "int64"},
    "range": {"type": "integer", "minimum": 10, "exclusiveMaximum": 12},
    "multiple": {"type": "integer", "multipleOf": 7, "minimum": 1, "maximum": 50},
    "number": {"type": "number", "minimum": 0, "maximum": 1},
    "text": {"type": "string", "minLength": 3, "maxLength": 5},
    "pattern": {"type": "string", "pattern": "^[a-c]{2}[0-9]+$"},
    "several": {"type": ["integer", "string", "null"]},
    "word": {"$ref": "#/components/schemas/State"},
    "constant": {"const": {"a": [1]}},
    "numbers": {"enum": [1, 2, None]},
    "nullable": {"type": "string", "nullable": True},
    "list": {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2},
    "set": {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
    "map": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/State"}, "maxProperties": 2},
    "closed": {"type": "object", "properties": {"a": {"type": "null"}}, "additionalProperties": False},
    "empty": {"type": "object", "maxProperties": 0},
    "one of": {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 0}]},
    "any of": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/Base"}]},
    "all of": {
        "allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["b"], "properties": {"b": {"type": "boolean"}}}]
    },
    "not": {"type": "integer", "not": {"type": "integer", "minimum": 0}},
    "recursive": {"$ref": "#/components/schemas/Node"},
    "anything": {},
    "everything": True,
    "content": {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": "#/components/schemas/Base"},
    },
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
}
TIMES = [
    *(("unix-ms", "integer"), ("unix-ms", "string"), ("unix-s", "integer")),
    *(("rfc3339", "string"), ("java-medium-us", "string"), ("jdbc", "string")),
]


def values(schema: Json, examples: int = 40) -> list[Json]:
    """Some values of a schema."""
    found: list[Json] = []
    made(found.append, Strategies(Validity(Schemas(COMPONENTS))).valid(Part(schema, "")), examples)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_valid(kind: str) -> None:
    schema = KINDS[kind]
    plain: Any = {"anyOf": [{"type": "null"}, {"type": "string"}]} if kind == "nullable" else schema
    library: Any = Draft202012Validator({"allOf": [plain], "components": {"schemas": COMPONENTS}})

    for value in values(schema):
        library.validate(json.loads(json.dumps(value)))


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("range", {"10", "11"}),
        ("several", {"null"}),
        ("word", {'"on"', '"off"'}),
        ("numbers", {"1", "2", "null"}),
        ("nullable", {"null"}),
        ("closed", {"{}", '{"a": null}'}),
        ("empty", {"{}"}),
        ("anything", {"null"}),
    ],
)
def test_values_are_varied(kind: str, wanted: set[str]) -> None:
    assert wanted <= {json.dumps(value) for value in values(KINDS[kind], 120)}


def test_optional_properties_come_and_go_and_trees_grow() -> None:
    found = [value for value in values(KINDS["recursive"], 80) if isinstance(value, dict)]

    assert {"next" in value for value in found} == {True, False}
    assert any(isinstance(value.get("children"), list) and value["children"] for value in found)


def test_texts_hold_json_of_their_schema_and_prose() -> None:
    found = {str(value)[:6] == '{"id":' for value in values(KINDS["content"])}

    assert found == {True, False}


@pytest.mark.parametrize(("form", "kind"), TIMES)
def test_moments_are_of_their_format(form: str, kind: str) -> None:
    found = values({"type": kind, "x-time-format": form})

    assert len({repr(value) for value in found}) > 5
    assert [value for value in found if moments.read(form, value, None) is None] == []


def test_further_keys_are_used() -> None:
    found = values({"type": "object", "required": ["a"], "properties": {"a": {"type": "null", "x-aliases": ["b"]}}})

    assert {tuple(value) for value in found if isinstance(value, dict)} == {("a",), ("b",)}


def test_the_seed_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    first = values(KINDS["recursive"])
    again = values(KINDS["recursive"])
    monkeypatch.setenv(SEED_VARIABLE, "7")

    assert again == first
    assert values(KINDS["recursive"]) != first


def test_what_goes_wrong_comes_out() -> None:
    def act(value: Json) -> None:
        if value == "off":
            raise ValueError("off")

    with pytest.raises(ValueError, match="off"):
        made(act, Strategies(Validity(Schemas(COMPONENTS))).valid(Part(KINDS["word"], "")), 30)
