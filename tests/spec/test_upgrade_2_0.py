"""Swagger 2.0 in the shape of OpenAPI 3.1: what each construct becomes, where its parts are, and what is lost."""

from __future__ import annotations

from typing import Any

import pytest
from spec.small import read
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import Document
from vendorsmith.spec.upgrade import upgrade
from vendorsmith.spec.validate import validate

DONE = {"200": {"description": "Done."}}
JOB = {"$ref": "#/components/schemas/Job"}
OLD_JOB = {"$ref": "#/definitions/Job"}
TEXTS = {"type": "array", "items": {"type": "string"}}
FORM = "application/x-www-form-urlencoded"


def swagger(operation: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A document with one operation."""
    post = {"operationId": "get_it", "responses": DONE, **(operation or {})}
    document = {"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": {"/it": {"post": post}}}
    return document | {"definitions": {"Job": {"type": "object"}}} | more


def upgraded(data: dict[str, Any]) -> tuple[Document, list[str]]:
    """A document upgraded, and the codes and pointers of what is said of it, the checks of 3.1 included."""
    diagnostics = Diagnostics()
    document = upgrade(read(data), diagnostics)
    assert document is not None
    validate(document, diagnostics, reviewed=False)
    return document, [f"{each.code} {each.place.pointer if each.place else ''}" for each in diagnostics]


def query(**more: Any) -> dict[str, Any]:
    """A parameter of Swagger."""
    return {"name": "q", "in": "query", **more}


PARAMETERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a type": (
        query(type="integer", format="int64", minimum=0, exclusiveMinimum=True, description="D.", required=True),
        query(description="D.", required=True, schema={"type": "integer", "format": "int64", "exclusiveMinimum": 0}),
    ),
    "null and an enum": (
        query(type="string", enum=["a"], **{"x-nullable": True, "x-python-name": "n"}),
        query(schema={"type": ["string", "null"], "enum": ["a", None]}, **{"x-python-name": "n"}),
    ),
    "a list, by commas": (query(**TEXTS), query(schema=TEXTS, explode=False)),
    "a list, by commas that are said": (query(**TEXTS, collectionFormat="csv"), query(schema=TEXTS, explode=False)),
    "a list, one pair each": (query(**TEXTS, collectionFormat="multi"), query(schema=TEXTS)),
    "a list, by blanks": (
        query(**TEXTS, collectionFormat="ssv"),
        query(schema=TEXTS, style="spaceDelimited", explode=False),
    ),
    "a list, by bars": (
        query(**TEXTS, collectionFormat="pipes"),
        query(schema=TEXTS, style="pipeDelimited", explode=False),
    ),
    "a list in a header": (
        {"name": "X-L", "in": "header", **TEXTS, "collectionFormat": "csv"},
        {"name": "X-L", "in": "header", "schema": TEXTS},
    ),
    "a list of lists": (
        query(type="array", items={**TEXTS, "collectionFormat": "csv"}, collectionFormat="multi"),
        query(schema={"type": "array", "items": TEXTS}),
    ),
}


@pytest.mark.parametrize(("before", "after"), PARAMETERS.values(), ids=PARAMETERS.keys())
def test_a_parameter(before: dict[str, Any], after: dict[str, Any]) -> None:
    document, _ = upgraded(swagger({"parameters": [before]}))

    assert document.at("/paths/~1it/post/parameters") == [after]


@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        (query(**TEXTS, collectionFormat="tsv"), "unknown-value"),
        ({"name": "X-L", "in": "header", **TEXTS, "collectionFormat": "pipes"}, "unsupported-style"),
    ],
)
def test_a_list_that_3_1_cannot_write(parameter: dict[str, Any], code: str) -> None:
    """It is no guess: whoever has the parameter is told at the line that says how lists are written."""
    _, said = upgraded(swagger({"parameters": [parameter]}))

    assert f"{code} /paths/~1it/post/parameters/0/collectionFormat" in said


def body(**more: Any) -> dict[str, Any]:
    """A parameter for the body."""
    return {"name": "job", "in": "body", "schema": OLD_JOB, **more}


def field(name: str, **more: Any) -> dict[str, Any]:
    """A parameter in a form."""
    return {"name": name, "in": "formData", "type": "string", **more}


def form(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """The schema of a form."""
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


STRING = {"type": "string"}
FILE = {"type": "string", "format": "binary"}
BODIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "JSON where nothing is said": (
        {"parameters": [body(required=True, description="D.")]},
        {"description": "D.", "required": True, "content": {"application/json": {"schema": JOB}}},
    ),
    "what the operation consumes": (
        {"parameters": [body()], "consumes": ["application/xml", "text/json"]},
        {"content": {"application/xml": {"schema": JOB}, "text/json": {"schema": JOB}}},
    ),
    "a form": (
        {"parameters": [field("a", required=True, description="D."), field("b", type="integer")]},
        {
            "required": True,
            "content": {FORM: {"schema": form({"a": {**STRING, "description": "D."}, "b": {"type": "integer"}}, "a")}},
        },
    ),
    "a form with lists": (
        {"parameters": [field("a", **TEXTS, collectionFormat="multi"), field("b", **TEXTS)], "consumes": [FORM]},
        {
            "content": {
                FORM: {
                    "schema": form({"a": TEXTS, "b": TEXTS}),
                    "encoding": {"b": {"style": "form", "explode": False}},
                }
            }
        },
    ),
    "a file": (
        {"parameters": [field("a", type="file")], "consumes": [FORM, "multipart/form-data"]},
        {"content": {"multipart/form-data": {"schema": form({"a": FILE})}}},
    ),
    "a form of a media type that is none": (
        {"parameters": [field("a")], "consumes": ["application/json"]},
        {"content": {FORM: {"schema": form({"a": STRING})}}},
    ),
}


@pytest.mark.parametrize(("operation", "expected"), BODIES.values(), ids=BODIES.keys())
def test_a_body(operation: dict[str, Any], expected: dict[str, Any]) -> None:
    document, said = upgraded(swagger(operation))

    assert document.at("/paths/~1it/post/requestBody") == expected
    assert document.at("/paths/~1it/post/parameters") == []
    assert said == []


def test_shared_parameters_of_paths_and_document() -> None:
    """Those in the body go to each operation, which may replace them; others stay shared."""
    data = swagger(
        consumes=["application/vnd.x+json"],
        parameters={"Body": body(required=True), "Query": query(type="string"), "Field": field("f")},
    )
    data["paths"] = {
        "/a": {
            "parameters": [{"$ref": "#/parameters/Body"}, {"$ref": "#/parameters/Query"}],
            "put": {"operationId": "put_it", "responses": DONE},
            "post": {"operationId": "post_it", "parameters": [body(name="job", schema={})], "responses": DONE},
        },
        "/b": {"post": {"operationId": "b", "parameters": [{"$ref": "#/parameters/Field"}], "responses": DONE}},
    }
    document, said = upgraded(data)

    assert document.at("/components/parameters") == {"Query": query(schema=STRING)}
    assert document.at("/paths/~1a/parameters") == [{"$ref": "#/components/parameters/Query"}]
    content = {"application/vnd.x+json": {"schema": JOB}}
    assert document.at("/paths/~1a/put/requestBody") == {"required": True, "content": content}
    assert document.at("/paths/~1a/post/requestBody") == {"content": {"application/vnd.x+json": {"schema": {}}}}
    assert document.at("/paths/~1b/post/requestBody/content") == {FORM: {"schema": form({"f": STRING})}}
    assert said == []
    assert document.place("/paths/~1a/put/requestBody").pointer == "/parameters/Body"


def test_two_bodies() -> None:
    document, said = upgraded(swagger({"parameters": [body(), field("a")]}))

    assert document.at("/paths/~1it/post/requestBody") == {"content": {"application/json": {"schema": JOB}}}
    assert said == ["several-bodies /paths/~1it/post/parameters/1"]


RESPONSES: dict[str, tuple[dict[str, Any], Any]] = {
    "JSON where nothing is said": ({"schema": OLD_JOB}, {"application/json": {"schema": JOB}}),
    "examples": (
        {"schema": OLD_JOB, "examples": {"application/json": {"a": 1}}},
        {"application/json": {"schema": JOB, "example": {"a": 1}}},
    ),
    "examples alone": ({"examples": {"text/csv": "a,b"}}, {"text/csv": {"example": "a,b"}}),
    "a file": ({"schema": {"type": "file"}}, {"application/octet-stream": {"schema": FILE}}),
}


@pytest.mark.parametrize(("response", "expected"), RESPONSES.values(), ids=RESPONSES.keys())
def test_a_response(response: dict[str, Any], expected: dict[str, Any]) -> None:
    document, said = upgraded(swagger({"responses": {"200": {"description": "D.", **response}}}))

    assert document.at("/paths/~1it/post/responses/200") == {"description": "D.", "content": expected}
    assert said == []


def test_shared_responses_have_the_media_types_of_their_operations() -> None:
    header = {"X-Left": {"type": "integer", "description": "H."}}
    shared = {"Ok": {"description": "D.", "schema": OLD_JOB, "headers": header}}
    operation = {"produces": ["text/csv", "application/json"], "responses": {"default": {"$ref": "#/responses/Ok"}}}
    document, said = upgraded(swagger(operation, responses=shared, produces=["application/xml"]))
    found = document.at("/paths/~1it/post/responses/default")

    assert found == {
        "description": "D.",
        "headers": {"X-Left": {"description": "H.", "schema": {"type": "integer"}}},
        "content": {"text/csv": {"schema": JOB}, "application/json": {"schema": JOB}},
    }
    assert said == []
    assert document.place("/paths/~1it/post/responses/default/headers").pointer == "/responses/Ok/headers"


SERVERS: list[tuple[dict[str, Any], Any, list[str]]] = [
    ({"host": "h.io", "basePath": "/v1/", "schemes": ["http", "https"]}, ["https://h.io/v1", "http://h.io/v1"], []),
    ({"host": "h.example:81", "schemes": ["http"]}, ["http://h.example:81"], []),
    ({"host": "h.example", "basePath": "/"}, ["https://h.example"], ["assumed-https /host"]),
    ({"host": "h.example", "schemes": ["wss"]}, ["https://h.example"], ["unsupported-scheme /schemes/0"]),
    ({"basePath": "/v1"}, ["/v1"], ["relative-server /basePath"]),
    ({}, [], []),
]  # fmt: skip


@pytest.mark.parametrize(("more", "urls", "expected"), SERVERS)
def test_servers(more: dict[str, Any], urls: list[str], expected: list[str]) -> None:
    document, said = upgraded(swagger(**more))

    assert document.data.get("servers", []) == [{"url": url} for url in urls]
    assert said == expected


def test_schemes_of_an_operation() -> None:
    """They make a server of its own where requests would otherwise go by a scheme that it does not have."""
    host = {"host": "h.example", "basePath": "/v1", "schemes": ["https"]}
    own, _ = upgraded(swagger({"schemes": ["http"]}, **host))
    same, _ = upgraded(swagger({"schemes": ["http", "https"]}, **host))

    assert own.at("/paths/~1it/post/servers") == [{"url": "http://h.example/v1"}]
    assert "servers" not in (same.at("/paths/~1it/post") or {})  # type: ignore[operator]


def test_security_definitions() -> None:
    flow = {"type": "oauth2", "scopes": {"read": "R."}}
    definitions = {
        "a": {"type": "basic", "description": "D."},
        "b": {"type": "apiKey", "name": "X-Key", "in": "header"},
        "c": {**flow, "flow": "application", "tokenUrl": "https://h.example/token"},
        "d": {
            **flow,
            "flow": "accessCode",
            "tokenUrl": "https://h.example/t",
            "authorizationUrl": "https://h.example/a",
        },
        "e": {"type": "oauth2", "flow": "implicit", "authorizationUrl": "https://h.example/a"},
    }
    document, said = upgraded(swagger(securityDefinitions=definitions, security=[{"a": []}]))

    assert document.at("/components/securitySchemes") == {
        "a": {"type": "http", "scheme": "basic", "description": "D."},
        "b": {"type": "apiKey", "name": "X-Key", "in": "header"},
        "c": {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "https://h.example/token", "scopes": {"read": "R."}}},
        },
        "d": {
            "type": "oauth2",
            "flows": {
                "authorizationCode": {
                    "tokenUrl": "https://h.example/t",
                    "authorizationUrl": "https://h.example/a",
                    "scopes": {"read": "R."},
                }
            },
        },
        "e": {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://h.example/a", "scopes": {}}}},
    }
    assert said == []


def test_definitions() -> None:
    """Schemas are those of 3.0, with words of their own for null, files and what tells alternatives apart."""
    definitions: dict[str, dict[str, Any]] = {
        "Job": {"type": "object", "discriminator": "kind", "required": ["kind"], "properties": {"kind": STRING}},
        "Sub": {"allOf": [OLD_JOB, {"properties": {"next": {**OLD_JOB, "x-nullable": True}}}]},
        "Deep": {"$ref": "#/paths/~1it/post/responses/200/schema"},
        "Part": {"$ref": "#/definitions/Job/properties/kind"},
    }
    operation = {"responses": {"200": {"description": "D.", "schema": {"type": "string"}}}}
    document, said = upgraded(swagger(operation, definitions=definitions))

    assert document.at("/components/schemas") == {
        "Job": {**definitions["Job"], "discriminator": {"propertyName": "kind"}},
        "Sub": {"allOf": [JOB, {"properties": {"next": {"anyOf": [JOB, {"type": "null"}]}}}]},
        "Deep": {"$ref": "#/paths/~1it/post/responses/200/content/application~1json/schema"},
        "Part": {"$ref": "#/components/schemas/Job/properties/kind"},
    }
    assert said == []


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"parameters": [field("f"), query(type="string", enum=[1])]}, "enum-type /paths/~1it/post/parameters/1/enum/0"),
    ({"parameters": [body(schema={"$ref": "#/a"})]}, "ref-not-found /paths/~1it/post/parameters/0/schema/$ref"),
    ({"parameters": [{"$ref": "#/parameters/No"}]}, "ref-not-found /paths/~1it/post/parameters/0/$ref"),
    ({"parameters": "none"}, "wrong-type /paths/~1it/post/parameters"),
    ({"parameters": [3]}, "wrong-type /paths/~1it/post/parameters/0"),
    ({"responses": []}, "wrong-type /paths/~1it/post/responses"),
    ({"responses": {"200": 3}}, "wrong-type /paths/~1it/post/responses/200"),
    ({"responses": {"200": {"schema": {"enum": []}}}}, "empty-enum /paths/~1it/post/responses/200/schema/enum"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "expected"), BROKEN)
def test_what_is_wrong_is_where_the_file_has_it(operation: dict[str, Any], expected: str) -> None:
    _, said = upgraded(swagger(operation))

    assert expected in said


@pytest.mark.parametrize("key", ["paths", "definitions", "parameters", "responses", "securityDefinitions"])
@pytest.mark.parametrize("value", [None, 3, "x", [], [3], {"a": None}, {"a": []}, {"a": {"b": 3}}])
def test_nonsense_is_left_to_the_checks(key: str, value: Any) -> None:
    """Whatever a file holds, the upgrade gets through it."""
    upgraded(swagger(**{key: value}))
