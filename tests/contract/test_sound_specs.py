"""No false alarm: the suite of a sound spec holds, whatever the package is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .suites import failures, generated, suite

ZOO = sorted((Path(__file__).parent / "zoo").rglob("*.yaml"))


def holds(folder: Path, spec: str) -> None:
    """Each line of the suite of a spec holds."""
    with suite(folder, generated(spec)) as vendor:
        assert vendor.cases
        found = failures(vendor)
    assert not found, "\n\n".join(found.values())


@pytest.mark.parametrize("spec", ZOO, ids=lambda spec: f"{spec.parent.name}-{spec.stem}")
def test_the_suite_of_a_sound_spec_holds(tmp_path: Path, spec: Path) -> None:
    holds(tmp_path, spec.read_text(encoding="utf-8"))


def _spec(answer: dict[str, Any], schemas: dict[str, Any], examples: dict[str, Any] | None = None) -> str:
    """A spec of one call, whose response has a schema."""
    content: dict[str, Any] = {"schema": answer}
    if examples:
        content["examples"] = {name: {"value": value} for name, value in examples.items()}
    operation = {
        "operationId": "get_it",
        "responses": {"200": {"description": "It.", "content": {"application/json": content}}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Acme", "version": "1"},
        "servers": [{"url": "https://acme.example"}],
        "paths": {"/it": {"get": operation}},
        "components": {"schemas": schemas},
    }
    return json.dumps(document)


def _refer(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


NULL: dict[str, Any] = {"type": "null"}
NAME: dict[str, Any] = {"type": "string"}
BASE: dict[str, Any] = {"type": "object", "properties": {"id": {"type": "integer"}, "name": NAME}}
SOUND: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "recursive nullable object": (
        _refer("Node"),
        {"Node": {"type": ["object", "null"], "properties": {"next": _refer("Node"), "name": NAME}}},
        {"two": {"name": "a", "next": {"name": "b", "next": None}}},
    ),
    "recursive nullable union": (
        _refer("Tree"),
        {
            "Tree": {"anyOf": [_refer("Leaf"), {"type": "array", "items": _refer("Tree")}, NULL]},
            "Leaf": {"type": "object", "required": ["tree"], "properties": {"tree": _refer("Tree")}},
        },
        {"deep": {"tree": [{"tree": None}, [], None]}, "none": None},
    ),
    "nullable reference to itself": (
        _refer("Holder"),
        {"Holder": {"type": "object", "properties": {"parent": {"oneOf": [_refer("Holder"), NULL]}}}},
        {"one": {"parent": {"parent": None}}},
    ),
    "unions in a ring": (
        _refer("One"),
        {
            "One": {"oneOf": [{"type": "object", "properties": {"two": _refer("Two")}}, NULL]},
            "Two": {"oneOf": [{"type": "array", "items": _refer("One")}, NULL]},
        },
        {"ring": {"two": [{"two": None}, None]}},
    ),
    "allOf with required parts": (
        _refer("Thing"),
        {"Base": BASE, "Thing": {"allOf": [_refer("Base"), {"required": ["id"]}]}},
        {"one": {"id": 1}},
    ),
    "allOf with a type and required parts": (
        _refer("Thing"),
        {
            "Base": BASE,
            "Thing": {
                "type": "object",
                "allOf": [_refer("Base"), {"required": ["id"], "properties": {"more": {"type": "boolean"}}}],
            },
        },
        {"one": {"id": 1, "more": True}},
    ),
    "anyOf of required parts": (
        _refer("Thing"),
        {"Thing": {**BASE, "anyOf": [{"required": ["id"]}, {"required": ["name"]}]}},
        {"one": {"id": 1}, "other": {"name": "a"}},
    ),
    "numbers": (
        {"type": "array", "items": {"type": "number"}},
        {},
        {"some": [1, 1.0, 1.5, -2, 0.0, 1e3]},
    ),
    "numbers in objects": (
        _refer("Point"),
        {
            "Point": {
                "type": "object",
                "properties": {"at": {"type": "array", "items": {"type": "number"}}, "x": {"type": "number"}},
            }
        },
        {"some": {"at": [1.0, 2, 2.5], "x": 3.0}},
    ),
    "constants": (
        _refer("Fixed"),
        {
            "Fixed": {
                "type": "object",
                "required": ["ok"],
                "properties": {
                    "ok": {"const": True},
                    "no": {"type": "boolean", "const": False},
                    "one": {"const": 1},
                    "none": {"const": None},
                    "word": {"type": "string", "const": "fixed"},
                },
            }
        },
        {"all": {"ok": True, "no": False, "one": 1, "none": None, "word": "fixed"}},
    ),
    "numeric enumerations": (
        _refer("Levels"),
        {
            "Level": {"type": "integer", "enum": [1, 2, 10]},
            "Levels": {
                "type": "object",
                "properties": {
                    "level": _refer("Level"),
                    "own": {"type": "integer", "enum": [0, -1]},
                    "mixed": {"enum": ["a", 1, None, True]},
                    "half": {"type": "number", "enum": [0.5, 1]},
                },
            },
        },
        {"all": {"level": 10, "own": -1, "mixed": None, "half": 0.5}},
    ),
    "no example, an array": ({"type": "array", "items": _refer("Thing")}, {"Thing": BASE}, {}),
    "no example, a map": ({"type": "object", "additionalProperties": {"type": "integer"}}, {}, {}),
    "no example, anything": ({}, {}, {}),
    "no example, an object": (_refer("Thing"), {"Thing": {**BASE, "required": ["id", "name"]}}, {}),
    "no example, a number": ({"type": "number"}, {}, {}),
    "objects without a name": (
        {
            "type": "object",
            "properties": {"inner": {"type": "object", "properties": {"deep-er": {"type": "array", "items": BASE}}}},
        },
        {},
        {"one": {"inner": {"deep-er": [{"id": 1}]}}},
    ),
    "names that are not names": (
        _refer("my-thing.v1"),
        {
            "my-thing.v1": {
                "type": "object",
                "required": ["class"],
                "properties": {"class": NAME, "a b": NAME, "x: y": _refer("on.off"), "(z)": {"type": "integer"}},
            },
            "on.off": {"type": "string", "enum": ["on", "off", "n/a", "a=b", "A=1", "on ", "1"]},
        },
        {"one": {"class": "a", "a b": "b", "x: y": "A=1", "(z)": 1}},
    ),
    "a field that is named as the text of another": (
        _refer("Category"),
        {"Category": {"type": "object", "properties": {"description": NAME, "description_text": NAME}}},
        {"one": {"description": "<p>a</p>", "description_text": "a"}},
    ),
    "a reference into another schema": (
        _refer("Thing"),
        {
            "Thing": {
                "type": "object",
                "properties": {
                    "inner": {"type": "object", "required": ["a"], "properties": {"a": NAME}},
                    "same": {"$ref": "#/components/schemas/Thing/properties/inner"},
                },
            }
        },
        {"one": {"inner": {"a": "x"}, "same": {"a": "y"}}},
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_schema_raises_no_false_alarm(tmp_path: Path, name: str) -> None:
    holds(tmp_path, _spec(*SOUND[name]))
