"""What the mock makes up of schemas: the least value of each, and documents with one place changed."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from jobclients_core.schema import Part, Schemas
from jobclients_core.testing.samples import Shape, drop, put

OBJECT = {
    "type": "object",
    "required": ["r"],
    "properties": {
        "r": {"type": "integer"},
        "s": {"type": "string"},
        "o": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "m": {"type": "string"}}},
        "l": {
            "type": "array",
            "items": {"type": "object", "required": ["q"], "properties": {"q": {"type": "integer"}}},
        },
        "d": {},
    },
}


def shape(schema: dict[str, Any], **components: Any) -> Shape:
    return Shape(Schemas({"components": {"schemas": components}}), (Part(schema, "/x"),))


def same(found: Any, value: Any) -> bool:
    """Whether two values are the same, and of the same type: 1 is neither True nor 1.0."""
    return json.dumps(found) == json.dumps(value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({}, {}),
        ({"type": "string"}, "text"),
        ({"type": "integer"}, 1),
        ({"type": "number"}, 1),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": "array"}, []),
        ({"type": "object"}, {}),
        ({"type": ["null", "string"]}, "text"),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": 5}, 5),
        ({"type": "string", "format": "date"}, "2030-01-01"),
        ({"type": "string", "format": "uuid"}, "00000000-0000-4000-8000-000000000000"),
        ({"type": "string", "format": "byte"}, "text"),
        ({"type": "string", "minLength": 6}, "text--"),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "string", "format": "date", "maxLength": 4}, "2030"),
        ({"type": "integer", "minimum": 7}, 7),
        ({"type": "integer", "exclusiveMinimum": 7}, 8),
        ({"type": "integer", "maximum": 0}, 0),
        ({"type": "integer", "exclusiveMaximum": 0}, -1),
        ({"type": "integer", "multipleOf": 5}, 5),
        ({"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5}, 0.5),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": 7}, 8),
        ({"allOf": [{"type": "integer", "minimum": 3}, {"minimum": 9}]}, 9),
        ({"type": "integer", "x-time-format": "unix-ms"}, 1893456000000),
        ({"type": "integer", "x-time-format": "unix-s"}, 1893456000),
        ({"type": "string", "x-time-format": "jdbc"}, "2030-01-01 00:00:00.0"),
        ({"type": "string", "x-time-format": "unix-s"}, "1893456000"),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"type": "array", "items": {"type": "integer"}}, []),
        (
            {
                "type": "object",
                "required": ["a", "b"],
                "properties": {"a": {"type": "string"}, "b": {}, "c": {"type": "integer"}},
            },
            {"a": "text", "b": {}},
        ),
        ({"properties": {"a": {}}}, {}),
        (
            {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}},
            },
            '{"n":1}',
        ),
        ({"oneOf": [{"type": "null"}, {"type": "integer"}]}, 1),
        (
            {"anyOf": [{"type": "object", "required": ["k"], "properties": {"k": {"const": 1}}}, {"type": "string"}]},
            {"k": 1},
        ),
    ],
)
def test_the_least_value(schema: dict[str, Any], value: Any) -> None:
    assert same(shape(schema).sample(), value)


@pytest.mark.parametrize(("levels", "inner"), [(7, "1"), (8, "1"), (9, ""), (10, "")])
def test_a_value_is_made_up_so_many_levels_deep(levels: int, inner: str) -> None:
    listed: dict[str, Any] = {"type": "integer"}
    named: dict[str, Any] = {"type": "integer"}
    for _ in range(levels):
        listed = {"type": "array", "minItems": 1, "items": listed}
        named = {"type": "object", "required": ["a"], "properties": {"a": named}}
    depth = min(levels, 9) if not inner else levels

    assert json.dumps(shape(listed).sample()) == "[" * depth + inner + "]" * depth
    assert json.dumps(shape(named).sample()).count("{") == depth


def test_a_text_of_json_that_holds_itself_has_an_end() -> None:
    text = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": "#/components/schemas/T"},
    }
    found = shape(text, T=text).sample()
    for _ in range(9):
        assert isinstance(found, str)
        found = json.loads(found)

    assert found == {}


@pytest.mark.parametrize(
    ("schema", "value", "fitting"),
    [
        ({"type": "string"}, 5, "5"),
        ({"type": "string"}, "5", "5"),
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, "-5", -5),
        ({"type": "integer"}, "x", "x"),
        ({"type": "integer"}, 5.0, 5),
        ({"type": "number"}, 5.5, 5.5),
        ({"type": "number"}, "5", 5),
        ({"type": ["string", "integer"]}, 5, 5),
        ({"type": ["string", "integer"]}, "5", "5"),
        ({"type": "boolean"}, "5", 5),
        ({"type": "string"}, True, True),
        ({}, 5, 5),
        ({"type": "string"}, 5.5, "5.5"),
        ({"type": "array"}, 5.7, 5),
    ],
)
def test_a_value_in_the_type_of_its_place(schema: dict[str, Any], value: Any, fitting: Any) -> None:
    assert same(shape(schema).fitting(value), fitting)


@pytest.mark.parametrize(
    ("document", "pointer", "value", "changed"),
    [
        ({}, "/s", 5, {"s": "5"}),
        ({}, "/o/m", 5, {"o": {"n": 1, "m": "5"}}),
        ({}, "/l/1/q", 7, {"l": [{"q": 1}, {"q": 7}]}),
        ({"l": [{"q": 3}]}, "/l/0/q", 9, {"l": [{"q": 9}]}),
        ({"l": [{"q": 3}]}, "/l/2/q", 9, {"l": [{"q": 3}, {"q": 1}, {"q": 9}]}),
        ({"o": {"n": 2}}, "/o/n", 4, {"o": {"n": 4}}),
        ({"s": "x"}, "/s/t", 1, {"s": {"t": 1}}),
        ({}, "/d/0/e", 1, {"d": {"0": {"e": 1}}}),
        ({"d": [1]}, "/d/0", 2, {"d": [2]}),
        ({"o": 3}, "", 4, 4),
        ([], "/0", 1, [1]),
        ({}, "/x~1y", 1, {"x/y": 1}),
    ],
)
def test_one_place_is_set(document: Any, pointer: str, value: Any, changed: Any) -> None:
    """What is missing on the way is the least that fits."""
    assert same(put(copy.deepcopy(document), shape(OBJECT), pointer, value), changed)


@pytest.mark.parametrize(
    ("document", "pointer", "documented", "changed"),
    [
        ({"r": 5, "s": "x"}, "/s", True, {"r": 5}),
        ({"r": 5, "s": "x"}, "/r", True, {"r": 1, "s": "x"}),
        ({"r": 5, "s": "x"}, "/r", False, {"s": "x"}),
        ({"o": {"n": 5, "m": "x"}}, "/o/n", True, {"o": {"n": 1, "m": "x"}}),
        ({"o": {"n": 5, "m": "x"}}, "/o/m", True, {"o": {"n": 5}}),
        ({"l": [{"q": 5}]}, "/l/0/q", True, {"l": [{"q": 1}]}),
        ({"l": [{"q": 5}]}, "/l/0/q", False, {"l": [{}]}),
        ({"l": [{"q": 5}]}, "/l/1/q", False, {"l": [{"q": 5}]}),
        ({"s": "x"}, "/t", True, {"s": "x"}),
        ({"s": "x"}, "", True, {"s": "x"}),
        ({"s": "x"}, "/s/t", True, {"s": "x"}),
    ],
)
def test_one_place_is_removed(document: Any, pointer: str, documented: bool, changed: Any) -> None:
    """What is required is the least value instead."""
    found = copy.deepcopy(document)
    drop(found, pointer, shape(OBJECT) if documented else None)

    assert same(found, changed)
