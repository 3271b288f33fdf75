"""The view of JSON Schema: what holds for a value, however its schemas are put together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jobclients_core.schema import MAX_SHAPES, Part, Schemas
from jobclients_core.schema_validation import Comparer
from jobclients_core.testing.checks import Checks
from jobclients_core.testing.samples import Shape

COMPONENTS: dict[str, Any] = {
    "Text": {"type": "string"},
    "Number": {"type": "number"},
    "Either": {"anyOf": [{"$ref": "#/components/schemas/Text"}, {"$ref": "#/components/schemas/Number"}]},
    "One": {"oneOf": [{"$ref": "#/components/schemas/Text"}, {"$ref": "#/components/schemas/Number"}]},
    "Again": {"$ref": "#/components/schemas/Either"},
    "Percent": {"type": "object", "properties": {"100%": {"type": "integer"}, "a b": {"type": "null"}}},
    "Loop": {"anyOf": [{"$ref": "#/components/schemas/Loop"}, {"type": "boolean"}]},
}
DOCUMENT: Any = {"components": {"schemas": COMPONENTS}}


def ref(name: str, **beside: Any) -> dict[str, Any]:
    """A reference to a component, and what is beside it."""
    return {"$ref": f"#/components/schemas/{name}", **beside}


def part(schema: Any) -> Part:
    """A schema as it comes out of a document, whose texts are not constants of this module."""
    return Part(json.loads(json.dumps(schema)), "/here")


@pytest.mark.parametrize(
    "schema",
    [
        COMPONENTS["Either"],
        COMPONENTS["One"],
        ref("Either"),
        ref("Again"),
        {"allOf": [ref("Either")]},
        {"allOf": [ref("Again", description="Which one?")]},
        {"allOf": [{"allOf": [ref("One")]}, {"description": "Again."}]},
    ],
    ids=str,
)
def test_alternatives_are_found_wherever_they_stand(schema: Any) -> None:
    schemas = Schemas(DOCUMENT)

    assert frozenset({"string", "number"}) == schemas.types((part(schema),))
    assert ["string", "number"] == [shape.kind for shape in Shape(schemas, (part(schema),)).alternatives]
    comparer = Comparer(schemas)
    assert [] == comparer.differences("text", part(schema)) == comparer.differences(1.5, part(schema))
    assert ["no-variant"] == [found.kind for found in comparer.differences(True, part(schema))]


@pytest.mark.parametrize(
    ("schema", "sample"),
    [
        (ref("Text", enum=["b"]), "b"),
        ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, "b"),
        (ref("Text", minLength=6), "text--"),
        ({"allOf": [{"type": "string", "minLength": 2}, {"minLength": 6}]}, "text--"),
        ({"allOf": [{"type": "number"}, {"type": "integer"}]}, 1),
        ({"allOf": [{"minimum": 3}, {"type": "integer", "minimum": 5}]}, 5),
        ({"type": ["null", "string"]}, "text"),
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "integer", "exclusiveMinimum": 4, "multipleOf": 2}, 6),
        ({"type": "integer", "minimum": 9, "exclusiveMinimum": 3}, 9),
        ({"type": "integer", "exclusiveMaximum": 0}, -1),
        ({"type": "integer", "exclusiveMaximum": 0, "multipleOf": 5}, -5),
        ({"type": "number", "maximum": 0}, 0),
        ({"type": "integer", "multipleOf": 7}, 7),
        ({"type": "array", "minItems": 2, "items": {"type": "boolean"}}, [True, True]),
    ],
    ids=str,
)
def test_what_stands_together_holds_together(schema: Any, sample: Any) -> None:
    assert sample == Shape(Schemas(DOCUMENT), (part(schema),)).sample()


def test_places_inside_are_found_by_keys_of_any_spelling() -> None:
    schemas = Schemas(DOCUMENT)
    listed = part({"type": "array", "items": {"anyOf": [ref("Percent"), {"type": "string"}]}})

    assert ["/components/schemas/Percent/properties/100%"] == [
        found.spec for found in schemas.within(listed, "0", "100%")
    ]
    encoded = part({"$ref": "#/components/schemas/Percent/properties/100%25"})
    assert frozenset({"integer"}) == schemas.types((encoded,))
    assert [] == schemas.within(listed, "0", "nothing")


def test_a_reference_to_itself_ends() -> None:
    assert frozenset({"boolean"}) == Schemas(DOCUMENT).types((part(ref("Loop")),))


def test_alternatives_of_alternatives_are_looked_at_up_to_a_number() -> None:
    """Thirty times two are more than a thousand million: no test would end that looked at all."""
    wide = part({"allOf": [{"anyOf": [{"minLength": n}, {"maxLength": 99}]} for n in range(30)]})

    assert MAX_SHAPES == len(Schemas(DOCUMENT).shapes((wide,)))
    assert Shape(Schemas(DOCUMENT), (wide,)).alternatives


def test_asking_again_keeps_nothing_more() -> None:
    schemas = Schemas(DOCUMENT)
    asked = (part({"allOf": [ref("Either"), {"type": ["string", "null"]}]}),)

    first = schemas.shapes(asked)
    assert all(one is other for one, other in zip(first, schemas.shapes(asked), strict=True))


BOUNDS = st.fixed_dictionaries({}, optional={"minLength": st.integers(0, 6), "maxLength": st.integers(6, 9)})
LEAVES = st.one_of(
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": "string", "enum": ["a", "b"]}, ref("Text")]),
    BOUNDS.map(lambda bounds: {"type": "string", **bounds}),
    st.integers(-5, 5).map(lambda least: {"type": "integer", "minimum": least}),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
        st.lists(inner, min_size=1, max_size=2).map(
            lambda parts: {
                "allOf": [{"type": "object", "properties": {"a": one}, "required": ["a"]} for one in parts[:1]]
            }
        ),
        inner.map(lambda item: {"type": "array", "items": item, "minItems": 1}),
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1).map(
            lambda properties: {"type": "object", "properties": properties, "required": sorted(properties)}
        ),
    ),
    max_leaves=8,
)


@given(SCHEMAS)
@settings(max_examples=60)
def test_a_sample_fits_its_schema(schema: Any) -> None:
    """As a validator that shares nothing with the view judges it."""
    sample = Shape(Schemas(DOCUMENT), (part(schema),)).sample()

    assert [] == Checks(DOCUMENT).diagnostics(part(schema), sample)
    assert [] == Comparer(Schemas(DOCUMENT)).differences(sample, part(schema))
