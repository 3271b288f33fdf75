"""Clients of documents of other versions: upgraded, they have the facts of the same document written in 3.1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from generator.support import Made, write_spec

STATE = {"type": "string", "enum": ["on", "off"]}


def document_3_1() -> dict[str, Any]:
    """The document as 3.1 writes it."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Demo", "version": "1"},
        "servers": [{"url": "https://api.example.com/v1"}],
        "paths": {
            "/jobs": {
                "post": {
                    "operationId": "add_job",
                    "parameters": [
                        {"name": "tags", "in": "query", "explode": False, "schema": _list({"type": "string"})},
                    ],
                    "requestBody": {"required": True, "content": _json({"$ref": "#/components/schemas/Job"})},
                    "responses": {"200": {"description": "Done.", "content": _json(_list({"type": "integer"}))}},
                },
                "get": {
                    "operationId": "get_log",
                    "responses": {
                        "200": {
                            "description": "Done.",
                            "content": {"text/plain": {"schema": {"type": "string"}}},
                        }
                    },
                },
            }
        },
        "components": {
            "schemas": {
                "Job": {
                    "type": "object",
                    "properties": {
                        "state": {"type": ["string", "null"], "enum": ["on", "off", None]},
                        "owner": {"anyOf": [{"$ref": "#/components/schemas/Owner"}, {"type": "null"}]},
                        "size": {"type": "integer", "exclusiveMinimum": 0},
                    },
                },
                "Owner": {"type": "object", "properties": {"name": {"type": "string"}}},
            },
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
        },
        "security": [{"basic": []}],
    }


def document_3_0() -> dict[str, Any]:
    """The same document as 3.0 writes it."""
    document = document_3_1()
    document["openapi"] = "3.0.3"
    document["components"]["schemas"]["Job"]["properties"] = {
        "state": {**STATE, "nullable": True},
        "owner": {"allOf": [{"$ref": "#/components/schemas/Owner"}], "nullable": True},
        "size": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
    }
    return document


def document_2_0() -> dict[str, Any]:
    """The same document as Swagger 2.0 writes it."""
    job = {"name": "job", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Job"}}
    tags = {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}}
    return {
        "swagger": "2.0",
        "info": {"title": "Demo", "version": "1"},
        "host": "api.example.com",
        "basePath": "/v1",
        "schemes": ["https"],
        "paths": {
            "/jobs": {
                "post": {
                    "operationId": "add_job",
                    "parameters": [job, tags],
                    "responses": {"200": {"description": "Done.", "schema": _list({"type": "integer"})}},
                },
                "get": {
                    "operationId": "get_log",
                    "produces": ["text/plain"],
                    "responses": {"200": {"description": "Done.", "schema": {"type": "string"}}},
                },
            }
        },
        "definitions": {
            "Job": {
                "type": "object",
                "properties": {
                    "state": {**STATE, "x-nullable": True},
                    "owner": {"$ref": "#/definitions/Owner", "x-nullable": True},
                    "size": {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
                },
            },
            "Owner": {"type": "object", "properties": {"name": {"type": "string"}}},
        },
        "securityDefinitions": {"basic": {"type": "basic"}},
        "security": [{"basic": []}],
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


@pytest.mark.parametrize(
    "document", [document_2_0(), document_3_0(), document_3_1() | {"openapi": "3.2.0"}], ids=["2.0", "3.0", "3.2"]
)
def test_facts(document: dict[str, Any], tmp_path: Path) -> None:
    expected = Made(write_spec(tmp_path / "new", document_3_1())).api
    actual = Made(write_spec(tmp_path / "old", document)).api

    assert actual.operations == expected.operations
    assert actual.schemas == expected.schemas
    assert (actual.server, actual.schemes, actual.security) == (expected.server, expected.schemes, expected.security)


@pytest.mark.parametrize("document", [document_2_0(), document_3_0()], ids=["2.0", "3.0"])
def test_the_normalised_document_is_3_1(document: dict[str, Any], tmp_path: Path) -> None:
    """Whoever reads it, a mock or another tool, meets one version."""
    normalised = Made(write_spec(tmp_path, document)).api.openapi
    text = json.dumps(normalised)

    assert '"openapi": "3.1.1"' in text
    assert not any(word in text for word in ("nullable", '"exclusiveMinimum": true', "definitions", "swagger"))


def test_one_alternative_and_null_keeps_the_name(tmp_path: Path) -> None:
    """The class of a component that may be null is called as the component, also where it refers to itself."""
    tree = {
        "nullable": True,
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}},
            {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Tree"}}},
        ],
    }
    document = document_3_0()
    document["components"]["schemas"] |= {"Tree": tree}
    document["components"]["schemas"]["Owner"]["properties"]["tree"] = {"$ref": "#/components/schemas/Tree"}
    schemas = {schema.name: schema for schema in Made(write_spec(tmp_path, document)).api.schemas}
    nested = {entry.wire: entry.type for entry in schemas["Tree"].properties}
    outer = {entry.wire: entry.type for entry in schemas["Owner"].properties}

    assert (nested["next"].name, nested["next"].nullable) == ("Tree", True)
    assert (outer["tree"].name, outer["tree"].nullable) == ("Tree", True)
    assert schemas["Tree"].kind == "object"
