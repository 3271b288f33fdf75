"""Values held against schemas: what JSON Schema can say of them, case by case."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from jobclients_core.schema import Part, Schemas
from jobclients_core.schema_validation import MAX_VISITS, Comparer, Difference

SCHEMAS: dict[str, Any] = {
    "Job": {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "integer"},
            "last-user": {"type": "string", "x-aliases": ["last_user", "lastUser"]},
            "when": {"type": "integer", "x-time-format": "unix-ms"},
            "day": {"type": "string", "format": "date"},
            "next": {"$ref": "#/components/schemas/Job"},
        },
    },
    "Named": {
        "allOf": [
            {"$ref": "#/components/schemas/Job"},
            {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
        ]
    },
    "Loop": {"$ref": "#/components/schemas/Loop", "type": "object"},
    "Cat": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
    },
    "Dog": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"const": "dog"}, "tail": {"type": "boolean"}},
    },
}
DOCUMENT = {"components": {"schemas": SCHEMAS, "x-schemas": {"/paths/~1x/get": {"type": "string"}}}}
PET = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
JOB = {"$ref": "#/components/schemas/Job"}
OPEN = {"type": "object", "properties": {"id": {"type": "integer"}}, "additionalProperties": {"type": "string"}}
MIXED = {
    "type": "object",
    "properties": {"id": {"type": "integer"}},
    "anyOf": [{"properties": {"a": {"type": "string"}}}, {"properties": {"b": {"type": "string"}}}],
}
NESTED = {"type": "string", "contentMediaType": "application/json", "contentSchema": JOB}

CASES: list[tuple[Any, Any, list[tuple[str, str, bool]]]] = [
    (JOB, {"id": 1}, []),
    (JOB, {"id": 1, "last-user": "a"}, []),
    (JOB, {"id": 1, "lastUser": "a", "last_user": "b"}, []),
    (JOB, {"id": 1, "lastUser": 5}, [("type-changed", "/lastUser", True)]),
    (JOB, {"id": 1, "lastuser": "a"}, [("new-field", "/lastuser", False)]),
    (JOB, {"id": True}, [("type-changed", "/id", True)]),
    (JOB, {"id": "1"}, [("number-form", "/id", True)]),
    (JOB, {"id": "one"}, [("type-changed", "/id", True)]),
    (JOB, {"id": 1, "when": 1536905778725}, []),
    (JOB, {"id": 1, "when": "1536905778725"}, [("number-form", "/when", False)]),
    (JOB, {"id": 1, "when": 1536905778725.0}, [("number-form", "/when", False)]),
    (JOB, {"id": 1, "when": 10**20}, [("time-format", "/when", True)]),
    (JOB, {"id": 1, "day": "2024-02-29"}, []),
    (JOB, {"id": 1, "day": "2023-02-29"}, [("time-format", "/day", True)]),
    (JOB, {"id": 1, "day": "20240229"}, [("time-format", "/day", True)]),
    (JOB, {"id": 1, "next": {"id": 2, "next": {"id": "x", "new": 1}}}, [
        ("type-changed", "/next/next/id", True),
        ("new-field", "/next/next/new", False),
    ]),
    ({"$ref": "#/components/schemas/Named"}, {"id": 1, "name": "n", "day": "2024-01-01"}, []),
    ({"$ref": "#/components/schemas/Named"}, {"x": 1}, [
        ("missing-required", "/id", True),
        ("missing-required", "/name", True),
        ("new-field", "/x", False),
    ]),
    ({"$ref": "#/components/schemas/Loop"}, {"any": 1}, []),
    ({"$ref": "#/components/x-schemas/~1paths~1~01x~1get"}, 5, [("type-changed", "", True)]),
    (PET, {"kind": "cat", "lives": 9}, []),
    (PET, {"kind": "dog", "lives": 9}, [("new-field", "/lives", False)]),
    (PET, {"kind": "cow"}, [("no-variant", "", True)]),
    (PET, "cat", [("no-variant", "", True)]),
    (PET, None, [("null-value", "", True)]),
    ({"anyOf": [JOB, {"type": "string"}]}, {"id": "x"}, [("type-changed", "/id", True)]),
    ({"anyOf": [JOB, {"type": "string"}]}, ["x"], [("no-variant", "", True)]),
    ({"anyOf": [JOB, {"type": "null"}]}, None, []),
    (OPEN, {"id": 1, "any": "text"}, []),
    (OPEN, {"id": 1, "any": 5, "other": 6}, [("type-changed", "/*", True)]),
    ({"type": "object"}, {"any": {"thing": 1}}, []),
    ({"type": "object", "additionalProperties": True, "properties": {}}, {"any": 1}, []),
    ({"type": "object", "additionalProperties": False, "properties": {}}, {"any": 1}, [("new-field", "/any", False)]),
    (MIXED, {"id": 1, "b": "x"}, []),
    (MIXED, {"id": 1, "c": "x"}, [("new-field", "/c", False)]),
    (NESTED, "prose that is not JSON", [("not-json", "", True)]),
    (NESTED, '{"id": 1', [("not-json", "", True)]),
    (NESTED, "5", [("type-changed", "", True)]),
    (NESTED, " ", []),
    ({"anyOf": [NESTED, {"type": "string"}]}, "prose that is not JSON", []),
    ({"anyOf": [NESTED, {"type": "object"}]}, "prose that is not JSON", [("not-json", "", True)]),
    ({"contentMediaType": "application/json"}, "[1, ", [("not-json", "", True)]),
    ({"contentMediaType": "application/json"}, "[1, 2]", []),
    ({"pattern": "^job-[0-9]+$"}, "job-12", []),
    ({"pattern": "^job-[0-9]+$"}, "job_12", [("pattern", "", False)]),
    ({"pattern": "-[0-9]+"}, "job-12a", []),
    ({"pattern": "^job-[0-9]+$"}, 12, []),
    ({"pattern": "^(a+)+$"}, "b", []),  # may take more than linear time, and is not run
    ({"pattern": "^x{3}$"}, "y" * 2001, []),
    (JOB, {"id": 1, "when": 1536905778}, [("time-scale", "/when", True)]),
    (JOB, {"id": 1, "when": 1536905778725000}, [("time-scale", "/when", True)]),
    (JOB, {"id": 1, "when": "1536905778"}, [("number-form", "/when", False), ("time-scale", "/when", True)]),
    (JOB, {"id": 1, "when": 0}, []),
    (JOB, {"id": 1, "when": -1}, []),
    (JOB, {"id": 1, "when": 2147483647}, []),
    (NESTED, '{"id": 1}', []),
    (NESTED, '{"id": "x"}', [("type-changed", "/id", True)]),
    ({"type": ["integer", "null"]}, None, []),
    ({"type": ["integer", "string"]}, "12", []),
    ({"type": "number"}, 5, []),
    ({"type": "number"}, "5.5", [("number-form", "", True)]),
    ({"enum": ["a", "b"]}, None, []),
    ({"enum": [1, 2]}, 3, [("new-enum-value", "", False)]),
    ({"enum": [1, 2]}, True, [("new-enum-value", "", False)]),
    ({"const": "a"}, "b", [("new-enum-value", "", True)]),
    ({"type": "string", "x-time-format": "rfc3339"}, "2024-01-01T00:00:00Z", []),
    ({"type": "string", "x-time-format": "rfc3339"}, "01.01.2024", [("time-format", "", True)]),
    ({"type": "array", "items": JOB}, [{"id": 1}, {"id": "x"}, {"id": "y"}], [("type-changed", "/1/id", True)]),
    (True, {"any": 1}, []),
    ({}, None, []),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "value", "expected"), CASES, ids=range(len(CASES)))
def test_the_differences_are_these(schema: Any, value: Any, expected: list[tuple[str, str, bool]]) -> None:
    found = Comparer(Schemas(DOCUMENT)).differences(value, Part(schema, "/here"))

    assert [(one.kind, "".join(f"/{step}" for step in one.pointer), one.breaking) for one in found] == expected


def test_the_place_in_the_specification_follows_references() -> None:
    comparer = Comparer(Schemas(DOCUMENT))

    (inside,) = comparer.differences({"id": 1, "next": {"id": None}}, Part(JOB, "/here"))
    (elsewhere,) = comparer.differences(5, Part({"$ref": "#/components/x-schemas/~1paths~1~01x~1get"}, "/here"))
    (own,) = comparer.differences(5, Part({"type": "array"}, "/here"))

    assert inside.spec == "/components/schemas/Job/properties/id"
    assert elsewhere.spec == "/paths/~1x/get"
    assert own.spec == "/here"


NUMBERS = {"type": "array", "items": {"type": "integer"}}
TEXTS = {"type": "array", "items": {"type": "string"}}


def differences(schema: Any, value: Any, **bounds: int) -> list[Difference]:
    return Comparer(Schemas(DOCUMENT), **bounds).differences(value, Part(schema, "/here"))


def test_what_is_certain_is_told_of_a_value_without_end() -> None:
    (first,) = differences(NUMBERS, ["x", *[1] * MAX_VISITS, True])

    assert (first.pointer, first.found) == ((0,), "string")
    assert differences(NUMBERS, [*[1] * MAX_VISITS, "x"]) == []
    assert [one.found for one in differences(NUMBERS, [*[1] * (MAX_VISITS - 2), "x"])] == ["string"]


@pytest.mark.parametrize(("other", "kinds"), [(TEXTS, []), (NUMBERS, ["no-variant"])], ids=["it fits", "it does not"])
def test_nothing_is_told_of_alternatives_that_were_not_looked_at_to_the_end(other: Any, kinds: list[str]) -> None:
    value = ["x"] * MAX_VISITS

    assert differences({"anyOf": [NUMBERS, other]}, value) == []
    assert [one.kind for one in differences({"anyOf": [NUMBERS, other]}, value[:9])] == kinds


@pytest.mark.parametrize(
    ("schema", "value", "visits"),
    [
        (NUMBERS, [1] * 9, 10),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {str(n): n for n in range(9)}, 10),
        ({"type": "array", "items": JOB}, [{}] * 9, 19),
        ({"type": "array", "items": JOB}, [{"id": 1}] * 9, 28),
        ({"properties": {}}, {str(n): n for n in range(9)}, 10),
        ({"properties": {}}, {"new": [1] * 8}, 10),
        ({"type": "array", "items": NESTED}, ['{"id": 1}' + " " * 55] * 9, 46),
        ({"anyOf": [NUMBERS, NUMBERS, TEXTS]}, [1] * 9, 31),
    ],
    ids=["elements", "values of a map", "missing keys", "keys", "new keys", "new lists", "texts", "alternatives"],
)
def test_everything_that_takes_effort_counts(schema: Any, value: Any, visits: int) -> None:
    """With that many visits a difference that comes last is found, with one less it is not."""
    both = {"type": "object", "properties": {"a": schema, "z": {"type": "integer"}}}

    assert ("z",) in [one.pointer for one in differences(both, {"a": value, "z": "x"}, visits=visits + 2)]
    assert ("z",) not in [one.pointer for one in differences(both, {"a": value, "z": "x"}, visits=visits + 1)]


def test_a_new_list_that_is_too_long_is_a_list() -> None:
    found = [differences({"properties": {}}, {"new": [1] * count}, visits=5)[0].found for count in (3, 4)]

    assert found == ["array of integer", "array"]


def test_a_difference_that_breaks_wins_over_the_same_that_does_not() -> None:
    (only,) = differences(NUMBERS, [1.0, 1.5, 2.0])

    assert only.breaking


def test_the_differences_of_alternatives_take_no_memory() -> None:
    value = json.loads(json.dumps({"list": [[str(n)] for n in range(4_000)]}))
    schema = {"anyOf": [{"properties": {"list": {"items": NUMBERS}}}, {"properties": {"list": {"items": NUMBERS}}}]}
    tracemalloc.start()
    try:
        differences(schema, value)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 200_000


def test_more_differences_than_are_told_still_decide_between_alternatives() -> None:
    """The first alternative breaks, which shows only after as many differences as are told."""
    value = {**{f"new{n}": n for n in range(150)}, "id": "x"}
    first = {"type": "object", "properties": {"id": {"type": "integer"}}}
    second = {"type": "object", "properties": {"id": {"type": "string"}}}

    found = differences({"anyOf": [first, second]}, value)

    assert len(found) == 100
    assert {one.spec for one in found} == {"/here/anyOf/1/properties"}
