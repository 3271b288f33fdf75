"""What a JSON Schema validator finds, in a spec author's words: schemas, values, and what is said of these."""
# ruff: noqa: E501 (a message on a line)

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from vendorsmith.spec.schema_diagnostics import SchemaDiagnostic, diagnose
from vendorsmith.spec.source_map import JSON

SAID: list[tuple[Any, JSON, list[str]]] = [
    (
        {"type": "object", "title": "a thing", "properties": {"name": {}, "size": {}}, "additionalProperties": False},
        {"nam": 1, "size": 2},
        ['unknown-key at the key /nam: a thing has no key "nam" (did you mean "name"?)'],
    ),
    (
        {"type": "object", "properties": {"name": {}}, "patternProperties": {"^x-": {}}, "additionalProperties": False},
        {"x-a": 1, "name": 1, "zzz": 2},
        ['unknown-key at the key /zzz: a value has no key "zzz"'],
    ),
    (
        {"type": "object", "title": "t" * 60, "properties": {"name": {}}, "additionalProperties": False},
        {"zzz": 2},
        ['unknown-key at the key /zzz: a value has no key "zzz" (it may have: "name")'],
    ),
    (
        {"type": "object", "title": "t" * 59, "properties": {"name": {}}, "additionalProperties": False},
        {"zzz": 2},
        [f'unknown-key at the key /zzz: {"t" * 59} has no key "zzz" (it may have: "name")'],
    ),
    (
        {"properties": {"a": {"properties": {f"k{i}": {} for i in range(12)}, "additionalProperties": False}}},
        {"a": {"zzz": 2}},
        [
            'unknown-key at the key /a/zzz: "a" has no key "zzz" (it may have: "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10" and "k11")'
        ],
    ),
    (
        {"properties": {"a": {"properties": {f"k{i}": {} for i in range(13)}, "additionalProperties": False}}},
        {"a": {"zzz": 2}},
        ['unknown-key at the key /a/zzz: "a" has no key "zzz"'],
    ),
    (
        {"required": ["name", "size"]},
        {},
        [
            'missing-key at the key /: a value needs the key "name"',
            'missing-key at the key /: a value needs the key "size"',
        ],
    ),
    (
        {"required": ["name", "size"]},
        {"name": 1, "sise": 2},
        ['missing-key at the key /: a value needs the key "size" (did you mean "sise"?)'],
    ),
    (
        {"required": ["name"], "properties": {"name": {}}, "additionalProperties": False},
        {"nmae": 1},
        ['unknown-key at the key /nmae: a value has no key "nmae" (did you mean "name"?)'],
    ),
    (
        {"required": ["name"], "properties": {"name": {}}, "additionalProperties": False},
        {"else": 1},
        [
            'missing-key at the key /: a value needs the key "name"',
            'unknown-key at the key /else: a value has no key "else" (it may have: "name")',
        ],
    ),
    (
        {"required": ["name", "name2"]},
        {},
        [
            'missing-key at the key /: a value needs the key "name"',
            'missing-key at the key /: a value needs the key "name2"',
        ],
    ),
    ({"type": "string"}, 1, ["wrong-type at /: a value must be text; here it is 1 (put it in quotes)"]),
    ({"type": "string"}, True, ["wrong-type at /: a value must be text; here it is true (put it in quotes)"]),
    ({"type": "string"}, 1.5, ["wrong-type at /: a value must be text; here it is 1.5 (put it in quotes)"]),
    ({"type": "string"}, None, ["wrong-type at /: a value must be text; here it is null"]),
    ({"type": "string"}, [1], ["wrong-type at /: a value must be text; here it is a list"]),
    ({"type": ["string", "null"]}, 1, ["wrong-type at /: a value must be text or null; here it is 1"]),
    (
        {"type": "boolean"},
        "yes",
        ['wrong-type at /: a value must be true or false; here it is "yes" (write true or false, without quotes)'],
    ),
    ({"type": "boolean"}, "maybe", ['wrong-type at /: a value must be true or false; here it is "maybe"']),
    ({"type": "integer"}, "no", ['wrong-type at /: a value must be a whole number; here it is "no"']),
    (
        {"type": ["string", "integer", "number"]},
        {},
        ["wrong-type at /: a value must be text, a whole number or a number; here it is an object"],
    ),
    (
        {"type": ["integer", "string", "boolean"]},
        [],
        ["wrong-type at /: a value must be a whole number, text or true or false; here it is a list"],
    ),
    (
        {"type": "null"},
        "x" * 70,
        [
            'wrong-type at /: a value must be null; here it is "xxxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxx"'
        ],
    ),
    ({"type": "array"}, {"a": 1}, ["wrong-type at /: a value must be a list; here it is an object"]),
    (
        {"items": {"type": "string"}},
        ["a", 2],
        ["wrong-type at /1: item 2 of a value must be text; here it is 2 (put it in quotes)"],
    ),
    (
        {"properties": {"names": {"items": {"type": "string"}}}},
        {"names": ["a", "b", 3]},
        ['wrong-type at /names/2: item 3 of "names" must be text; here it is 3 (put it in quotes)'],
    ),
    (
        {"items": {"items": {"type": "string"}}},
        [["a", 2]],
        ["wrong-type at /0/1: item 2 of a value must be text; here it is 2 (put it in quotes)"],
    ),
    (
        {"enum": ["one", "two"]},
        "tow",
        ['unknown-value at /: a value must be "one" or "two"; here it is "tow" (did you mean "two"?)'],
    ),
    ({"enum": ["one"]}, 5, ['unknown-value at /: a value must be "one"; here it is 5']),
    ({"const": "one"}, "on", ['unknown-value at /: a value must be "one"; here it is "on" (did you mean "one"?)']),
    ({"const": 7}, 8, ["unknown-value at /: a value must be 7; here it is 8"]),
    ({"enum": [None, 1, "x"]}, "y", ['unknown-value at /: a value must be null, 1 or "x"; here it is "y"']),
    (
        {"enum": list(range(20))},
        99,
        [
            "unknown-value at /: a value must be 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 or 19; here it is 99"
        ],
    ),
    (
        {"enum": list(range(21))},
        99,
        [
            "unknown-value at /: a value must be 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 or 19 ...; here it is 99"
        ],
    ),
    (
        {"pattern": "^[A-Z]+$"},
        "abc",
        ['bad-value at /: a value does not have the form that is expected; here it is "abc" (write "ABC")'],
    ),
    (
        {"pattern": "^[A-Z]+$", "description": "capital letters"},
        "a1",
        ['bad-value at /: a value does not have the form that is expected; here it is "a1" (capital letters)'],
    ),
    (
        {"pattern": "^/[A-Z]+$"},
        "/abc",
        ['bad-value at /: a value does not have the form that is expected; here it is "/abc"'],
    ),
    (
        {"pattern": "^[A-Z]+$"},
        "ab/c",
        ['bad-value at /: a value does not have the form that is expected; here it is "ab/c"'],
    ),
    (
        {"propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"}},
        {"Ab": 1},
        [
            'bad-name at the key /Ab: "Ab" cannot be a name here (a name is made of lower-case letters, digits and underscores, a letter first)'
        ],
    ),
    ({"propertyNames": {"pattern": "^[A-Z]$"}}, {"Ab": 1}, ['bad-name at the key /Ab: "Ab" cannot be a name here']),
    (
        {"propertyNames": {"pattern": "^[A-Z]$", "description": "one capital"}},
        {"Ab": 1},
        ['bad-name at the key /Ab: "Ab" cannot be a name here (a name is made of one capital)'],
    ),
    (
        {"properties": {"a": {"propertyNames": {"enum": ["x"]}}}},
        {"a": {"y": 1}},
        ['bad-name at the key /a/y: "y" cannot be a name here'],
    ),
    ({"minimum": 3}, 2, ["bad-value at /: a value must be at least 3; here it is 2"]),
    ({"maximum": 3}, 4.5, ["bad-value at /: a value must be at most 3; here it is 4.5"]),
    ({"exclusiveMinimum": 3}, 3, ["bad-value at /: a value must be more than 3; here it is 3"]),
    ({"exclusiveMaximum": 3}, 3, ["bad-value at /: a value must be less than 3; here it is 3"]),
    ({"multipleOf": 2}, 3, ["bad-value at /: a value must be a multiple of 2; here it is 3"]),
    ({"minLength": 1}, "", ["bad-value at /: a value must not be empty"]),
    ({"minLength": 2}, "a", ["bad-value at /: a value must have at least 2 characters; here it has 1"]),
    ({"maxLength": 1}, "ab", ["bad-value at /: a value must have at most 1 character; here it has 2"]),
    ({"minItems": 1}, [], ["bad-value at /: a value must not be empty"]),
    ({"minItems": 2}, [1], ["bad-value at /: a value must have at least 2 items; here it has 1"]),
    ({"maxItems": 1}, [1, 2], ["bad-value at /: a value must have at most 1 item; here it has 2"]),
    ({"maxItems": 0}, [1], ["bad-value at /: a value must have at most 0 items; here it has 1"]),
    ({"minProperties": 1}, {}, ["bad-value at /: a value must not be empty"]),
    ({"minProperties": 2}, {"a": 1}, ["bad-value at /: a value must have at least 2 keys; here it has 1"]),
    ({"maxProperties": 1}, {"a": 1, "b": 2}, ["bad-value at /: a value must have at most 1 key; here it has 2"]),
    ({"uniqueItems": True}, [1, 2, 1, 2], ["repeated-value at /2: a value holds 1 twice (remove one of them)"]),
    ({"uniqueItems": True}, [True, 1, "1", 1], ["repeated-value at /3: a value holds 1 twice (remove one of them)"]),
    (
        {"uniqueItems": True},
        [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
        ['repeated-value at /1: a value holds {"b": 2, "a": 1} twice (remove one of them)'],
    ),
    ({"uniqueItems": True}, [1, 1.0], ["repeated-value at /: a value holds a value twice"]),
    (
        {"not": {"required": ["a", "b"]}},
        {"a": 1, "b": 1},
        ['conflicting-keys at the key /: "a" and "b" cannot be used together (keep one of them)'],
    ),
    ({"not": {"type": "string"}}, "a", ['bad-value at /: a value is a value that its schema excludes; here it is "a"']),
    ({"not": True}, "a", ['bad-value at /: a value is a value that its schema excludes; here it is "a"']),
    (False, 1, ["bad-value at /: a value is, or holds, what its schema forbids"]),
    ({"properties": {"a": False}}, {"a": 1}, ["bad-value at /: a value is, or holds, what its schema forbids"]),
    (
        {"properties": {"list": {"items": False}}},
        {"list": [1]},
        ['bad-value at /list: "list" is, or holds, what its schema forbids'],
    ),
    (
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {},
        ['missing-key at the key /: a value needs one of the keys "a" or "b"'],
    ),
    (
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"b": 1, "a": 2},
        ['conflicting-keys at the key /b: only one of "a" or "b" may be used here, and "a" and "b" do'],
    ),
    (
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        5,
        ["bad-value at /: a value fits more than one of the forms that exclude each other"],
    ),
    (
        {"oneOf": [{"required": ["a", "c"]}, {"required": ["b"]}]},
        {},
        ['missing-key at the key /: a value needs the key "b"'],
    ),
    (
        {"oneOf": [{"type": "integer"}, {"minimum": 0}]},
        3,
        ["bad-value at /: a value fits more than one of the forms that exclude each other"],
    ),
    ({"anyOf": [False, False]}, 3, ["bad-value at /: a value fits none of the allowed forms"]),
    (
        {"anyOf": [{"type": "string"}, {"type": "array"}]},
        3,
        ["wrong-type at /: a value must be text or a list; here it is 3 (put it in quotes)"],
    ),
    (
        {"anyOf": [{"type": "string"}, {"type": ["array", "null"]}]},
        True,
        ["wrong-type at /: a value must be text or a list or null; here it is true (put it in quotes)"],
    ),
    (
        {"anyOf": [{"enum": ["a", "b"]}, {"const": 4}, {"type": "object"}]},
        "c",
        ['wrong-type at /: a value must be "a" or "b", 4 or an object; here it is "c"'],
    ),
    (
        {"anyOf": [{"type": "object"}, {"type": "array"}]},
        3,
        ["wrong-type at /: a value must be an object or a list; here it is 3"],
    ),
    (
        {
            "anyOf": [
                {
                    "type": "object",
                    "required": ["a", "b"],
                    "properties": {"a": {}, "b": {}},
                    "additionalProperties": False,
                },
                {"type": "object", "required": ["c"], "properties": {"c": {"type": "string"}}},
            ]
        },
        {"a": 1, "x": 2},
        ['missing-key at the key /: a value needs the key "c"'],
    ),
    (
        {
            "anyOf": [
                {"type": "object", "required": ["a", "b"]},
                {"type": "object", "properties": {"q": {}}, "additionalProperties": False},
                {"type": "array"},
            ]
        },
        {"x": 2},
        ['missing-key at the key /: a value needs the key "a"', 'missing-key at the key /: a value needs the key "b"'],
    ),
    (
        {
            "anyOf": [
                {"properties": {"a": {"type": "string"}}},
                {"properties": {"a": {"properties": {"b": {"type": "string"}}}}},
            ]
        },
        {"a": {"b": 1}},
        ['wrong-type at /a/b: "b" must be text; here it is 1 (put it in quotes)'],
    ),
    (
        {"properties": {"v": {"anyOf": [False, {"type": "string"}]}}},
        {"v": 1},
        ['wrong-type at /v: "v" must be text; here it is 1 (put it in quotes)'],
    ),
    (
        {"dependentRequired": {"a": ["b", "c"]}},
        {"a": 1, "c": 1},
        ['missing-key at the key /a: "a" in a value needs the key "b"'],
    ),
    (
        {"dependentRequired": {"a": ["b", "c"]}},
        {"a": 1},
        [
            'missing-key at the key /a: "a" in a value needs the key "b"',
            'missing-key at the key /a: "a" in a value needs the key "c"',
        ],
    ),
    (
        {"dependentRequired": {"a": ["bbbb"]}, "properties": {"a": {}}},
        {"a": 1, "bbb": 2},
        ['missing-key at the key /a: "a" in a value needs the key "bbbb"'],
    ),
    (
        {"properties": {"p": {"dependentRequired": {"a": ["b"]}}}},
        {"p": {"a": 1}},
        ['missing-key at the key /p/a: "a" in "p" needs the key "b"'],
    ),
    (
        {"dependentRequired": {"a": ["bbbb"]}, "properties": {"a": {}, "bbb": {}}},
        {"a": 1, "bbb": 2},
        ['missing-key at the key /a: "a" in a value needs the key "bbbb"'],
    ),
    (
        {"contains": {"type": "string"}},
        [1],
        ["bad-value at /: a value holds too few or too many of the items that its schema asks for"],
    ),
    (
        {"properties": {"a": {"contains": {"type": "string"}, "minContains": 2}}},
        {"a": ["x"]},
        ['bad-value at /a: "a" is, or holds, what its schema forbids'],
    ),
    (
        {"properties": {"propertyNames": {"type": "string"}}},
        {"propertyNames": 5},
        ['wrong-type at /propertyNames: "propertyNames" must be text; here it is 5 (put it in quotes)'],
    ),
    (
        {"properties": {"propertyNames": {"items": {"type": "string"}}}},
        {"propertyNames": [5]},
        ['wrong-type at /propertyNames/0: item 1 of "propertyNames" must be text; here it is 5 (put it in quotes)'],
    ),
    (
        {"properties": {"properties": {"propertyNames": {"maxLength": 2}}}},
        {"properties": {"abc": 1}},
        ['bad-name at the key /properties/abc: "abc" cannot be a name here'],
    ),
]


def said(diagnostic: SchemaDiagnostic) -> str:
    """A complaint on one line."""
    at = f"{'the key ' if diagnostic.at_key else ''}/{'/'.join(map(str, diagnostic.path))}"
    hint = f" ({diagnostic.hint})" if diagnostic.hint else ""
    return f"{diagnostic.code} at {at}: {diagnostic.message}{hint}"


@pytest.mark.parametrize(("schema", "value", "expected"), SAID)
def test_a_value_that_does_not_fit(schema: Any, value: JSON, expected: list[str]) -> None:
    found = diagnose(Draft202012Validator(schema), value, "a value")

    assert expected == [said(diagnostic) for diagnostic in found]
