"""OpenAPI 3.2 in the shape of 3.1: what is left out in silence, what with a warning, and what is left to the checks."""

from __future__ import annotations

from typing import Any

from spec.small import read, said, spec
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import Document
from vendorsmith.spec.upgrade import upgrade
from vendorsmith.spec.validate import validate


def upgraded(data: dict[str, Any]) -> tuple[Document, list[str]]:
    """A document upgraded, and what is said of it, the checks of 3.1 included."""
    diagnostics = Diagnostics()
    document = upgrade(read({**data, "openapi": "3.2.0"}), diagnostics)
    assert document is not None
    validate(document, diagnostics)
    found = [f"{each.severity} {each.code} {each.place.pointer if each.place else ''}" for each in diagnostics]
    return document, found


def test_what_changes_nothing_is_left_out() -> None:
    scheme = {"type": "http", "scheme": "basic", "deprecated": True}
    media = {"$ref": "#/components/mediaTypes/Job"}
    shared = {"schema": {"type": "object"}, "examples": {"a": {"dataValue": {}, "serializedValue": "{}"}}}
    data = spec(
        {"responses": {"200": {"summary": "Done.", "content": {"application/json": media}}}},
        **{"$self": "https://h.example/openapi"},
        servers=[{"url": "https://h.example", "name": "first"}],
        tags=[{"name": "t", "summary": "T", "parent": "u", "kind": "nav"}],
        components={"mediaTypes": {"Job": shared}, "securitySchemes": {"s": scheme}},
    )
    document, found = upgraded(data)

    assert found == []
    assert document.data == {
        "openapi": "3.1.1",
        "info": data["info"],
        "paths": {
            "/it": {
                "post": {
                    "operationId": "get_it",
                    "responses": {
                        "200": {
                            "description": "Done.",
                            "content": {
                                "application/json": {
                                    "schema": {"type": "object"},
                                    "examples": {"a": {"value": {}}},
                                }
                            },
                        }
                    },
                }
            }
        },
        "servers": [{"url": "https://h.example"}],
        "tags": [{"name": "t"}],
        "components": {"securitySchemes": {"s": {"type": "http", "scheme": "basic"}}},
    }
    at = "/paths/~1it/post/responses/200/content/application~1json"
    assert document.place(f"{at}/examples/a/value").pointer == "/components/mediaTypes/Job/examples/a/dataValue"


def test_what_widens_a_type_is_a_warning() -> None:
    lines = {"itemSchema": {"type": "object"}}
    kinds = {"oneOf": [{"type": "object"}], "discriminator": {"propertyName": "k", "defaultMapping": "K"}}
    flows = {"deviceAuthorization": {"deviceAuthorizationUrl": "https://h.example", "tokenUrl": "x", "scopes": {}}}
    data = spec(
        {"responses": {"200": {"description": "D.", "content": {"application/jsonl": lines}}}},
        components={"schemas": {"K": kinds}, "securitySchemes": {"s": {"type": "oauth2", "flows": flows}}},
    )
    document, found = upgraded(data)

    assert found == [
        "warning item-schema /paths/~1it/post/responses/200/content/application~1jsonl/itemSchema",
        "warning default-mapping /components/schemas/K/discriminator/defaultMapping",
        "warning device-flow /components/securitySchemes/s/flows/deviceAuthorization",
    ]
    assert document.at("/paths/~1it/post/responses/200/content") == {"application/jsonl": {}}
    assert document.at("/components/securitySchemes/s") == {"type": "oauth2", "flows": {}}


def test_what_cannot_be_called_is_left_to_the_checks() -> None:
    operation = {"operationId": "o", "responses": {"200": {"description": "D."}}}
    data = spec({"parameters": [{"name": "q", "in": "querystring", "content": {"text/plain": {}}}], **operation})
    data["paths"]["/it"] |= {"query": operation, "additionalOperations": {"LINK": operation}}
    _, found = upgraded(data)

    assert found == [
        "error unknown-value /paths/~1it/post/parameters/0/in",
        "error unsupported-method /paths/~1it/query",
        "error unsupported-method /paths/~1it/additionalOperations/LINK",
    ]


def test_methods_of_3_2_are_no_more_of_3_1() -> None:
    operation = {"operationId": "o", "responses": {"200": {"description": "D."}}}
    data = spec(operation)
    data["paths"]["/it"]["query"] = operation

    assert said(data) == [
        '/paths/~1it/query unsupported-method: the method "QUERY" is not one of OpenAPI 3.1, and no client sends it '
        '(supported are "get", "put", "post", "delete", "options", "head", "patch" and "trace")'
    ]
