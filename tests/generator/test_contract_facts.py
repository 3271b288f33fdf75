"""What a generator loses of a spec shows in the vendor suite, which lists what the document lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from contract.suites import PACKAGE, failures, files_of, suite
from vendorsmith.build.api import build
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.ir import Api, Body, Operation, TypeRef
from vendorsmith.spec.source import load

from .support import operation, write_spec

WORDS = {"type": "string", "enum": ["on", "off"]}
FORM = {"type": "object", "properties": {"name": {"type": "string"}, "soft-limit": {"type": "integer"}}}
THING = {
    "type": "object",
    "properties": {"theName": {"type": "string"}, "its-owner": {"type": "string"}, "state": WORDS},
}
KEY = {"$ref": "#/components/schemas/Key"}
SEALED = {
    "type": "object",
    "properties": {
        "held": {"allOf": [KEY]},
        "more": {"type": "array", "items": {"anyOf": [KEY, {"type": "null"}]}},
        "detail": {"anyOf": [{"$ref": "#/components/schemas/Text"}, {"type": "object"}]},
    },
}
SETTINGS = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "dry": {"type": "boolean"},
        "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "mode": {"type": "string", "enum": ["fast", "slow"]},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Demo", "version": "1"},
    "servers": [{"url": "https://demo.example"}],
    "security": [{"key": []}],
    "paths": {
        "/{workspace}/things": {
            "parameters": [
                {"name": "workspace", "in": "path", "required": True, "schema": {}, "x-client-parameter": True},
                {"name": "page-size", "in": "query", "schema": {"type": "integer"}},
                {"name": "Accept", "in": "header", "schema": {"type": "string"}},
            ],
            "get": operation("list_things"),
            "post": {
                **operation("add_thing"),
                "requestBody": {"content": {"application/json": {"schema": FORM}, "text/plain": {}}},
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": THING}}}},
            },
        },
        "/keys/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"$ref": "#/components/schemas/Id"}},
                {"name": "X-Note", "in": "header", "schema": {"$ref": "#/components/schemas/Id"}},
                {"name": "X-Pages", "in": "header", "schema": {"type": "array", "items": {"type": "integer"}}},
                {"name": "since", "in": "cookie", "schema": {"type": "string"}},
                {"name": "either", "in": "query", "schema": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}},
            ],
            "get": {
                **operation("get_key"),
                "x-returns-headers": True,
                "responses": {
                    "200": {
                        "description": "",
                        "headers": {"X-Secret": {"schema": KEY}},
                        "content": {"application/json": {"schema": SEALED}},
                    }
                },
            },
            "put": {
                **operation("put_key"),
                "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": SETTINGS}}},
            },
            "patch": {**operation("patch_key"), "requestBody": {"content": {"application/json": {"schema": SETTINGS}}}},
        },
    },
    "components": {
        "schemas": {
            "Id": {"type": "string"},
            "Key": {"type": "string", "x-secret": True},
            "Text": {"type": "string", "contentMediaType": "application/json", "contentSchema": {"type": "object"}},
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
}


def failing(folder: Path, lose: Callable[[Api], Api], *exchanged: str) -> dict[str, str]:
    """The lines that do not hold for clients whose generator has lost something of the spec.

    Args:
        folder: to write to.
        lose: what happens to the facts.
        *exchanged: two texts in the models, each of which becomes the other.
    """
    diagnostics = Diagnostics()
    document = load(write_spec(folder / "spec", DOCUMENT), diagnostics)
    assert document is not None
    files = files_of(lose(build(document, "demo", diagnostics)))
    models = f"{PACKAGE}/demo/models.py"
    with suite(folder, {**files, models: _swapped(files[models], *exchanged)}, "demo") as vendor:
        return failures(vendor)


def changed(api: Api, method: str, change: Callable[[Operation], Operation]) -> Api:
    """The IR with another description of one operation."""
    return replace(api, operations=tuple(change(item) if item.name == method else item for item in api.operations))


def without_parameter(name: str) -> Callable[[Api], Api]:
    """Lose a parameter."""

    def drop(item: Operation) -> Operation:
        return replace(item, parameters=tuple(one for one in item.parameters if one.name != name))

    return lambda api: changed(api, "list_things", drop)


def with_body(change: Callable[[Body], Body | None]) -> Callable[[Api], Api]:
    """Lose something of a body."""

    def drop(item: Operation) -> Operation:
        assert item.body is not None
        return replace(item, body=change(item.body))

    return lambda api: changed(api, "add_thing", drop)


def with_types(change: Callable[[TypeRef], TypeRef]) -> Callable[[Api], Api]:
    """Lose something of the types of properties."""

    def through(type_: TypeRef) -> TypeRef:
        inner = through(type_.items) if type_.items is not None else None
        return change(replace(type_, items=inner, variants=tuple(map(through, type_.variants))))

    def drop(api: Api) -> Api:
        schemas = [
            replace(schema, properties=tuple(replace(item, type=through(item.type)) for item in schema.properties))
            for schema in api.schemas
        ]
        return replace(api, schemas=tuple(schemas))

    return drop


def without_readers(type_: TypeRef) -> TypeRef:
    """Take a text that holds JSON for a text like any other."""
    return TypeRef("string") if type_.kind == "json_text" else type_


def test_what_is_secret_is_missed_without_an_example(tmp_path: Path) -> None:
    """Also where a reference, a combination or an alternative leads to what is marked."""
    found = failing(tmp_path, with_types(lambda type_: replace(type_, secret=False)))
    assert found
    assert all(line.startswith("model(") and "a secret shows" in said for line, said in found.items())


def test_json_in_texts_is_missed_without_an_example(tmp_path: Path) -> None:
    """What a model reads is told, not what it happens to have looked at."""
    found = failing(tmp_path, with_types(without_readers))
    assert found
    assert all(line.startswith("model('GetKeyResponse'") for line in found)


def _swapped(text: str, *exchanged: str) -> str:
    if not exchanged:
        return text
    one, other = exchanged
    assert (text.count(one), text.count(other)) == (1, 1), text
    return other.join(piece.replace(other, one) for piece in text.split(one))


def test_a_sound_client_passes(tmp_path: Path) -> None:
    """Also one whose spec describes a header that is HTTP's own."""
    assert {} == failing(tmp_path, lambda api: api)


@pytest.mark.parametrize(
    "lose",
    [
        pytest.param(without_parameter("page_size"), id="an optional parameter of the path item"),
        pytest.param(without_parameter("workspace"), id="a parameter that the client is given"),
        pytest.param(lambda api: replace(api, client_parameters=()), id="what the constructor takes"),
        pytest.param(with_body(lambda body: replace(body, fields=body.fields[:1])), id="a field of a body"),
        pytest.param(with_body(lambda body: replace(body, fields=())), id="that a body is spread over arguments"),
        pytest.param(with_body(lambda _: None), id="a body"),
        pytest.param(lambda api: replace(api, operations=api.operations[:1]), id="an operation"),
        pytest.param(lambda api: replace(api, credentials=(), schemes=()), id="a credential"),
    ],
)
def test_what_is_lost_is_missed(tmp_path: Path, lose: Callable[[Api], Api]) -> None:
    """The lines would otherwise lose it together with the client."""
    assert failing(tmp_path, lose)


@pytest.mark.parametrize(
    "exchanged", [('"on"', '"off"'), ('"theName"', '"its-owner"')], ids=["words of members", "keys of fields"]
)
def test_exchanged_names_are_noticed(tmp_path: Path, exchanged: tuple[str, str]) -> None:
    """What is only looked up under the client's own names is as good under wrong ones."""
    found = failing(tmp_path, lambda api: api, *exchanged)
    assert found
    assert all(line.startswith(("model(", "enumeration(", "response(")) for line in found)
