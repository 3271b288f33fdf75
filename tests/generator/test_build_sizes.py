"""Schemas that lead through many others, and those that lead through too many."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pytest

from .support import Made, completed, operation, write_spec


def document(schemas: dict[str, Any]) -> dict[str, Any]:
    """A document with these schemas, the first of which is a response."""
    answer = {"description": "Done.", "content": {"application/json": {"schema": refer(next(iter(schemas)))}}}
    return completed("{}") | {
        "paths": {"/ping": {"get": operation("ping") | {"responses": {"200": answer}}}},
        "components": {"schemas": schemas},
    }


def refer(name: str) -> dict[str, str]:
    """A reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def wired(kind: str) -> dict[str, Any]:
    """More schemas that lead to one another than Python nests calls."""
    count = 1_200
    if kind == "chain":
        return {f"S{n}": {"type": "object", "properties": {"next": refer(f"S{n + 1}")}} for n in range(count)} | {
            f"S{count}": {"type": "string"}
        }
    if kind == "ring":
        return {f"S{n}": {"type": "array", "items": refer(f"S{(n + 1) % count}")} for n in range(count)}
    chosen = random.Random(kind)
    found: dict[str, Any] = {}
    for n in range(count):
        one, two = (refer(f"S{chosen.randrange(count)}") for _ in range(2))
        found[f"S{n}"] = chosen.choice(
            [
                {"type": "object", "properties": {"one": one, "two": two}},
                {"type": "object", "properties": {"inner": {"type": "object", "properties": {"one": one}}}},
                {"type": "object", "additionalProperties": one},
                {"type": "array", "items": one},
                {"anyOf": [{"type": "array", "items": one}, {"type": "array", "items": two}]},
                {"type": "string"},
            ]
        )
    return found


@pytest.mark.parametrize("kind", ["chain", "ring", "at random"])
def test_schemas_may_lead_through_any_number_of_others(kind: str, tmp_path: Path) -> None:
    """However long the way, each schema is built once and refers to others by name."""
    schemas = wired(kind)
    made = Made(write_spec(tmp_path, document(schemas)))

    assert [] == made.diagnostics
    named = {name for name, schema in schemas.items() if schema.get("type") != "string"}
    assert named <= {schema.name for schema in made.api.schemas}


def test_all_of_may_lead_to_the_same_schema_in_many_ways(tmp_path: Path) -> None:
    """Two ways to each base are not two bases: the work does not double with every level."""
    base = {"S0": {"type": "object", "properties": {"p0": {"type": "string"}}}}
    schemas = base | {
        f"S{n}": {"allOf": [refer(f"S{n - 1}"), refer(f"S{n - 1}"), {"properties": {f"p{n}": {"type": "string"}}}]}
        for n in range(1, 40)
    }
    made = Made(write_spec(tmp_path, document(schemas)))

    assert [f"p{n}" for n in range(40)] == [entry.wire for entry in made.schema("S39").properties]


def test_what_is_made_of_too_many_others_is_a_problem_with_a_place(tmp_path: Path) -> None:
    """A chain of bases that is longer than Python nests calls ends in words; a shorter one would take long to read."""
    schemas: dict[str, Any] = {"S0": {"type": "object", "properties": {"p": {"type": "string"}}}}
    schemas |= {f"S{n}": {"allOf": [refer(f"S{n - 1}"), {"properties": {"q": {}}}]} for n in range(1, 500)}
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(500)
    try:
        (diagnostic,) = Made(write_spec(tmp_path, document(schemas))).diagnostics
    finally:
        sys.setrecursionlimit(usual)

    assert "too-deep" == diagnostic.code
    assert diagnostic.place is not None
    assert "/components/schemas" == diagnostic.place.pointer
