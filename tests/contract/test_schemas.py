"""How the judge reads schemas: shapes, places, small bodies, what is valid and what decoding takes."""

from __future__ import annotations

import pytest
from jobclients_contract.schema_model.schemas import CONTENT, Schemas
from jobclients_contract.schema_model.shapes import Part, same
from jobclients_contract.schema_model.validity import Validity
from jobclients_contract.schema_model.values import Json

SCHEMAS: dict[str, Json] = {
    "Job": {
        "type": "object",
        "required": ["id", "state"],
        "properties": {
            "id": {"type": "integer", "format": "int64"},
            "state": {"$ref": "#/components/schemas/State"},
            "last-udpate": {"type": "string", "x-aliases": ["last-update"]},
            "started": {"type": ["integer", "string"], "x-time-format": "unix-ms"},
            "result": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": "#/components/schemas/Result"},
            },
            "inputs": {
                "anyOf": [{"type": "array", "items": {"type": "string"}}, {"$ref": "#/components/schemas/Nothing"}]
            },
            "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
            "parent": {"$ref": "#/components/schemas/Job"},
        },
    },
    "State": {"type": "string", "enum": ["on", "off"]},
    "Result": {"type": "object", "required": ["rows"], "properties": {"rows": {"type": "integer"}}},
    "Nothing": {"type": "object", "maxProperties": 0},
    "Base": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "kind": {"type": "string"}},
    },
    "Derived": {
        "allOf": [
            {"$ref": "#/components/schemas/Base"},
            {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"enum": ["derived"]}, "more": {"type": "boolean"}},
            },
        ]
    },
    "Tree": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
}


def named(name: str) -> Part:
    return Part({"$ref": f"#/components/schemas/{name}"}, "")


@pytest.fixture
def schemas() -> Schemas:
    return Schemas(SCHEMAS)


@pytest.fixture
def validity(schemas: Schemas) -> Validity:
    return Validity(schemas)


def test_places_are_all_places_of_a_body_once(schemas: Schemas) -> None:
    pointers = [place.pointer for place in schemas.places(named("Job"), content=True)]

    assert pointers == [
        *(
            "",
            "/id",
            "/state",
            "/last-udpate",
            "/started",
            "/result",
            "/result/!",
            "/result/!/rows",
            "/inputs",
            "/inputs/0",
        ),
        *("/counts", "/counts/key", "/parent"),
    ]


def test_a_list_of_itself_is_entered_once(schemas: Schemas) -> None:
    assert [place.pointer for place in schemas.places(named("Tree"))] == ["", "/0"]


def test_a_schema_that_is_itself_is_told(schemas: Schemas) -> None:
    looped = Schemas({"Loop": {"anyOf": [{"$ref": "#/components/schemas/Loop"}, {"type": "null"}]}})

    with pytest.raises(RecursionError):
        looped.shapes(named("Loop"))


def test_schemas_that_hold_together_are_one_shape(schemas: Schemas) -> None:
    (shape,) = schemas.shapes(named("Derived"))

    assert set(shape.properties) == {"id", "kind", "more"}
    assert shape.required == {"id", "kind"}
    (kind,) = schemas.shapes(shape.properties["kind"])
    assert (kind.types, kind.enum_values) == (("string",), ("derived",))
    assert kind.enum_at == "/components/schemas/Derived/allOf/1/properties/kind"


def test_references_to_the_same_do_not_multiply() -> None:
    doubled: dict[str, Json] = {"S0": {"type": "object", "properties": {"p": {"type": "string"}}}}
    for number in range(1, 28):
        below: Json = {"$ref": f"#/components/schemas/S{number - 1}"}
        doubled[f"S{number}"] = {"allOf": [below, below]}

    (shape,) = Schemas(doubled).shapes(named("S27"))

    assert set(shape.properties) == {"p"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_small_bodies_are_valid(schemas: Schemas, validity: Validity, name: str) -> None:
    judge = validity.documented(named(name))

    assert judge.diagnostic(schemas.minimal(named(name))) is None


@pytest.mark.parametrize(
    ("pointer", "value"), [("/id", 5), ("/result/!/rows", 3), ("/counts/key", 1), ("/inputs/0", "x")]
)
def test_a_body_has_a_value_at_its_place(schemas: Schemas, validity: Validity, pointer: str, value: Json) -> None:
    (place,) = [place for place in schemas.places(named("Job"), content=True) if place.pointer == pointer]
    body = schemas.body(place, value)

    assert validity.documented(named("Job")).diagnostic(body) is None
    found: Json = body
    for step in place.path:
        found = {"rows": value} if step == CONTENT else found[step]  # type: ignore[index]
    assert found == value


def test_alternatives_of_different_types_leave_no_doubt(schemas: Schemas) -> None:
    (element,) = [place for place in schemas.places(named("Job")) if place.pointer == "/inputs/0"]
    either = Part({"anyOf": [named("Base").schema, named("Result").schema]}, "")
    doubtful = [place.pointer for place in schemas.places(either) if place.union is not None]

    assert element.union is None
    assert doubtful == ["/id", "/kind", "/rows"]


GOOD: dict[str, Json] = {"id": 1, "state": "on"}
CHANGES: list[tuple[dict[str, Json], bool, bool]] = [
    # what is changed, whether the result is documented, whether decoding takes it
    ({}, True, True),
    ({"state": "new"}, False, True),
    ({"state": 1}, False, False),
    ({"state": None}, False, False),
    ({"id": 1.0}, True, True),
    ({"id": 1.5}, False, False),
    ({"id": "1"}, False, False),
    ({"id": True}, False, False),
    ({"last-udpate": None}, False, True),
    ({"last-udpate": 1}, False, False),
    ({"last-update": 1}, False, False),
    ({"started": "tomorrow"}, True, True),
    ({"started": 1.5}, False, True),
    ({"started": True}, False, False),
    ({"result": "no JSON"}, True, True),
    ({"inputs": {}}, True, True),
    ({"inputs": {"more": 1}}, False, True),
    ({"inputs": [1]}, False, False),
    ({"inputs": "text"}, False, False),
    ({"counts": {"any": 1}}, True, True),
    ({"counts": {"any": "1"}}, False, False),
    ({"unknown": 1}, True, True),
]


@pytest.mark.parametrize(("change", "documented", "taken"), CHANGES, ids=repr)
def test_what_is_documented_and_what_is_taken(
    validity: Validity, change: dict[str, Json], documented: bool, taken: bool
) -> None:
    value: Json = {**GOOD, **change}

    assert validity.documented(named("Job")).takes(value) is documented
    assert validity.lenient(named("Job")).takes(value) is taken


def test_what_lacks_a_required_key_is_neither(validity: Validity) -> None:
    assert not validity.documented(named("Derived")).takes({"id": 1})
    assert not validity.lenient(named("Derived")).takes({"id": 1})
    assert validity.documented(named("Derived")).takes({"id": 1, "kind": "derived"})


def test_nullable_of_openapi_3_0_counts(validity: Validity) -> None:
    part = Part({"type": "string", "nullable": True}, "")

    assert validity.documented(part).takes(None)
    assert validity.lenient(part).takes(None)
    assert not validity.documented(part).takes(1)


def test_what_a_keyword_is_about_excludes_no_type_that_is_stated(schemas: Schemas, validity: Validity) -> None:
    """Beside alternatives, `additionalProperties` says something of objects only; alone it tells of an object."""
    beside: Json = {"anyOf": [{"type": "object"}, {"type": "null"}], "additionalProperties": True}

    assert [shape.types for shape in schemas.shapes(Part(beside, ""))] == [("object",), ("null",)]
    assert validity.lenient(Part(beside, "")).takes(None)
    assert [shape.types for shape in schemas.shapes(Part({"additionalProperties": True}, ""))] == [("object",)]


def test_further_keys_are_read_as_their_own(schemas: Schemas) -> None:
    value: Json = {**GOOD, "last-update": "me", "parent": {**GOOD, "last-update": "you", "last-udpate": "me"}}

    assert schemas.canonical(named("Job"), value) == {
        **GOOD,
        "last-udpate": "me",
        "parent": {**GOOD, "last-update": "you", "last-udpate": "me"},
    }


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        ([1], [1.0], True),
        ({"a": 1}, {"a": True}, False),
    ],
)
def test_json_values_are_the_same(left: Json, right: Json, equal: bool) -> None:
    assert same(left, right) is equal


def either(*options: Json) -> Json:
    return {"oneOf": list(options)}


def test_alternatives_in_alternatives_do_not_multiply() -> None:
    """Twenty schemas in a row, each in two forms that both lead to the next: the last word is reached nevertheless."""
    chain: dict[str, Json] = {"S20": {"type": "string", "enum": ["last"]}}
    for number in range(20):
        inside: Json = {"$ref": f"#/components/schemas/S{number + 1}"}
        forms: list[Json] = [
            {"type": "object", "required": [key, "next"], "properties": {key: {"type": "string"}, "next": inside}}
            for key in ("a", "b")
        ]
        chain[f"S{number}"] = either(*forms)
    schemas = Schemas(chain)
    places = list(schemas.places(named("S0")))

    assert len(places) < 400
    assert {place.part.pointer for place in places if place.path} == {
        f"/components/schemas/S{number}/oneOf/{form}/properties/{key}"
        for number in range(20)
        for form, own in enumerate("ab")
        for key in (own, "next")
    }
    assert ("last",) in {shape.enum_values for place in places for shape in schemas.shapes(place.part)}


def test_alternatives_that_hold_together_do_not_multiply() -> None:
    pairs: list[Json] = [
        either({"type": "object", "required": [f"a{number}"]}, {"type": "object", "required": [f"b{number}"]})
        for number in range(20)
    ]
    shapes = Schemas({}).shapes(Part({"allOf": pairs}, ""))

    assert len(shapes) == 21
    assert {key for shape in shapes for key in shape.required} == {f"{key}{n}" for n in range(20) for key in "ab"}
