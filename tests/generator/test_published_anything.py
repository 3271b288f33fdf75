"""A published document with anything anywhere: the operations that have nothing to do with it are generated."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from generator.support import write_spec
from jobclients_core.pointers import split
from vendorsmith.diagnostics import SpecError
from vendorsmith.discovery import Target
from vendorsmith.pipeline import read

JOB = {"$ref": "#/components/schemas/Job"}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Demo", "version": "1", "contact": {"name": "N"}},
    "servers": [{"url": "https://{region}.example.com", "variables": {"region": {"default": "a", "enum": ["a"]}}}],
    "tags": [{"name": "jobs", "externalDocs": {"url": "https://example.com"}}],
    "security": [{"key": []}],
    "paths": {
        "/good": {"get": {"operationId": "good", "responses": {"200": {"description": "Done."}}}},
        "/jobs/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "put": {
                "operationId": "put_job",
                "tags": ["jobs"],
                "summary": "Put it.",
                "parameters": [
                    {"$ref": "#/components/parameters/Depth"},
                    {"name": "tags", "in": "query", "explode": False, "schema": {"type": "array", "items": {}}},
                ],
                "requestBody": {"required": True, "content": {"application/json": {"schema": JOB}}},
                "responses": {
                    "200": {
                        "description": "Done.",
                        "headers": {"X-Left": {"schema": {"type": "integer"}}},
                        "content": {"application/json": {"schema": JOB, "examples": {"one": {"value": {"id": 1}}}}},
                    },
                    "default": {"$ref": "#/components/responses/Failure"},
                },
                "security": [{"login": ["read"]}, {}],
            },
        },
    },
    "components": {
        "schemas": {
            "Job": {
                "type": "object",
                "required": ["id"],
                "discriminator": {"propertyName": "id", "mapping": {"a": "#/components/schemas/Job"}},
                "properties": {
                    "id": {"type": "integer", "minimum": 0, "examples": [1]},
                    "state": {"type": ["string", "null"], "enum": ["on", None], "default": "on"},
                    "next": {"anyOf": [JOB, {"type": "null"}]},
                    "parts": {"allOf": [{"type": "object", "additionalProperties": {"type": "string"}}]},
                },
            }
        },
        "parameters": {"Depth": {"name": "depth", "in": "query", "schema": {"type": "integer", "default": 1}}},
        "responses": {"Failure": {"description": "No.", "content": {"text/plain": {"schema": {"type": "string"}}}}},
        "securitySchemes": {
            "key": {"type": "apiKey", "name": "X-Key", "in": "header"},
            "login": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "https://example.com/token", "scopes": {"read": "R."}}},
            },
        },
    },
}
VALUES: list[Any] = [None, 3, "", "x", [], {}, [None], {"x": 3}, True, {"$ref": "#/nowhere"}]
NEEDED = ("/openapi", "/paths/~1good", "/paths/~1good/get")
"""What makes the document one, and its good operation."""


def pointers(node: Any = DOCUMENT, at: str = "") -> Iterator[str]:
    """Every place of the document but the whole of it."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        place = f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"
        yield place
        yield from pointers(value, place)


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The document with another value somewhere."""
    document = copy.deepcopy(DOCUMENT)
    *tokens, last = split(pointer)
    holder: Any = document
    for token in tokens:
        holder = holder[int(token)] if isinstance(holder, list) else holder[token]
    holder[int(last) if isinstance(holder, list) else last] = value
    return document


CASES = [
    (pointer, VALUES[(index * 3 + offset) % len(VALUES)])
    for index, pointer in enumerate(pointers())
    for offset in range(2)
    if not pointer.startswith("/paths/~1good/get/") and pointer not in (*NEEDED, "/paths")
]


@pytest.mark.parametrize("start", range(12))
def test_what_is_right_is_generated(start: int, tmp_path: Path) -> None:
    for number, (pointer, value) in enumerate(CASES[start::12]):
        spec = write_spec(tmp_path / str(number), changed(pointer, value))
        try:
            api, warnings = read(Target("demo", spec, False, frozenset()))
        except SpecError as error:
            pytest.fail(f"{pointer} = {value!r}: {error}")

        assert "good" in {operation.name for operation in api.operations}, (pointer, value)
        assert not warnings.errors


@pytest.mark.parametrize("pointer", ["/openapi", ""])
def test_nothing_to_go_on_with(pointer: str, tmp_path: Path) -> None:
    document = changed(pointer, []) if pointer else {"x": 1}
    with pytest.raises(SpecError):
        read(Target("demo", write_spec(tmp_path, document), False, frozenset()))
