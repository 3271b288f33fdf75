"""Small specs, and everything that is said of them."""
# ruff: noqa: E501 (a message on a line)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.refs import MAX_CHAIN, deref
from vendorsmith.spec.source import Document, load, parse
from vendorsmith.spec.source_map import MAX_ALIASED, MAX_DEPTH
from vendorsmith.spec.validate import validate

RESPONSES = {"200": {"description": "It."}}
GET_IT: dict[str, Any] = {"operationId": "get_it", "responses": RESPONSES}


VERSIONS: list[tuple[Any, list[str]]] = [
    ("3.1.0", ['/info missing-key: the info object needs the key "version"']),
    ("3.1.1", ['/info missing-key: the info object needs the key "version"']),
    ("3.1.12", ['/info missing-key: the info object needs the key "version"']),
    ("3.1.0-rc1", ['/info missing-key: the info object needs the key "version"']),
    (
        "3.1",
        [
            '/openapi unsupported-version: "3.1" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)',
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (
        "3.1.01",
        [
            '/openapi unsupported-version: "3.1.01" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)'
        ],
    ),
    (
        "3.1.x",
        [
            '/openapi unsupported-version: "3.1.x" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)'
        ],
    ),
    (
        "3.0.3",
        [
            "/openapi unsupported-version: this is OpenAPI 3.0.3; 3.1 is read here (convert it first: nullable becomes a type 'null', exclusiveMinimum a number, example examples)"
        ],
    ),
    (
        "3.0",
        [
            "/openapi unsupported-version: this is OpenAPI 3.0; 3.1 is read here (convert it first: nullable becomes a type 'null', exclusiveMinimum a number, example examples)"
        ],
    ),
    (
        "3.2.0",
        [
            "/openapi unsupported-version: OpenAPI 3.2.0 is newer than what is read here, 3.1 (write 3.1.0 if nothing newer is used)"
        ],
    ),
    (
        "3.10.0",
        [
            "/openapi unsupported-version: OpenAPI 3.10.0 is newer than what is read here, 3.1 (write 3.1.0 if nothing newer is used)"
        ],
    ),
    (
        "3.20",
        [
            "/openapi unsupported-version: OpenAPI 3.20 is newer than what is read here, 3.1 (write 3.1.0 if nothing newer is used)"
        ],
    ),
    (
        "4.0",
        [
            "/openapi unsupported-version: OpenAPI 4.0 is newer than what is read here, 3.1 (write 3.1.0 if nothing newer is used)"
        ],
    ),
    (
        "9",
        [
            "/openapi unsupported-version: OpenAPI 9 is newer than what is read here, 3.1 (write 3.1.0 if nothing newer is used)"
        ],
    ),
    (
        "2.0",
        [
            '/openapi unsupported-version: "2.0" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)'
        ],
    ),
    (
        "abc",
        [
            '/openapi unsupported-version: "abc" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)'
        ],
    ),
    (
        "",
        [
            '/openapi unsupported-version: "" is not a version of OpenAPI that is read here (write all three parts: 3.1.0)'
        ],
    ),
    (
        "3.0.999999999999999999999999999999",
        [
            "/openapi unsupported-version: this is OpenAPI 3.0.9999999999999999; 3.1 is read here (convert it first: nullable becomes a type 'null', exclusiveMinimum a number, example examples)"
        ],
    ),
    (
        "3.2.999999999999999999999999999999",
        [
            "/openapi unsupported-version: OpenAPI 3.2.9999999999999999 is newer than what is read here, 3.1 (write 3.1.0 if nothing newer is used)"
        ],
    ),
    (
        3.1,
        [
            '/openapi bad-version: "openapi" is the number 3.1 (write all three parts: 3.1.0)',
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (3, ['/openapi bad-version: "openapi" must be the text of a version (write: openapi: 3.1.0)']),
    (3.2, ['/openapi bad-version: "openapi" must be the text of a version (write: openapi: 3.1.0)']),
    (True, ['/openapi bad-version: "openapi" must be the text of a version (write: openapi: 3.1.0)']),
    (None, ['/openapi bad-version: "openapi" must be the text of a version (write: openapi: 3.1.0)']),
]
UNVERSIONED: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"swagger": "2.0", "info": {}},
        [
            "/swagger unsupported-version: this is a Swagger 2.0 document; OpenAPI 3.1 is read here (convert it to OpenAPI 3.1 first)"
        ],
    ),
    (
        {"info": {"title": "T"}},
        [
            ' missing-key: the root of a spec needs the key "paths"',
            ' missing-version: the key "openapi" is missing, so this is not an OpenAPI document (a spec begins with: openapi: 3.1.0)',
            '/info missing-key: the info object needs the key "version"',
        ],
    ),
    (
        {"paths": {}},
        [
            ' missing-key: the root of a spec needs the key "info"',
            ' missing-version: the key "openapi" is missing, so this is not an OpenAPI document (a spec begins with: openapi: 3.1.0)',
            "/paths no-operations: there is no operation in this document, so there is nothing to generate (add a path with get, post, put or delete)",
        ],
    ),
    (
        {"components": {}},
        [
            ' missing-version: the key "openapi" is missing, so this is not an OpenAPI document (a spec begins with: openapi: 3.1.0)'
        ],
    ),
    (
        {"swagger": "2.0", "openapi": "3.1.0"},
        [
            "/swagger unsupported-version: this is a Swagger 2.0 document; OpenAPI 3.1 is read here (convert it to OpenAPI 3.1 first)"
        ],
    ),
]
POINTERS: list[tuple[dict[str, Any], str, str | None]] = [
    ({"properties": {"ok": {}, "m": {}}}, "/ok", None),
    ({"properties": {"ok": {}, "m": {}}}, "/okk", '(did you mean "ok"?)'),
    ({"properties": {"ok": {}, "m": {}}}, "/zzz", '(there is: "ok" and "m")'),
    ({"properties": {"m": {}, "ok": {"type": "string"}}}, "/ok/x", '(there is: "m" and "ok")'),
    ({"properties": {"m": {}, "ok": {"type": "object"}}}, "/ok/x", None),
    ({"properties": {"m": {}, "ok": {"type": "array"}}}, "/ok/0", None),
    ({"properties": {"m": {}, "ok": {"type": ["array", "null"]}}}, "/ok/x", None),
    ({"properties": {"m": {}, "ok": {"type": ["integer", "null"]}}}, "/ok/x", '(there is: "m" and "ok")'),
    ({"properties": {"m": {}, "ok": {}}}, "/ok/x/y", None),
    ({"properties": {"m": {}, "ok": {"type": "array", "items": {"properties": {"a": {}}}}}}, "/ok/0/a", None),
    (
        {"properties": {"m": {}, "ok": {"type": "array", "items": {"properties": {"a": {}}}}}},
        "/ok/0/b",
        '(there is: "m", "ok" and "a")',
    ),
    (
        {"properties": {"m": {}, "ok": {"type": "array", "items": {"properties": {"a": {}}}}}},
        "/ok/a",
        '(there is: "m" and "ok")',
    ),
    ({"properties": {"m": {}, "ok": {"additionalProperties": {"properties": {"a": {}}}}}}, "/ok/any/a", None),
    (
        {"properties": {"m": {}, "ok": {"additionalProperties": {"properties": {"a": {}}}}}},
        "/ok/any/b",
        '(there is: "m", "ok" and "a")',
    ),
    (
        {"properties": {"m": {}, "ok": {"additionalProperties": False, "properties": {"q": {}}}}},
        "/ok/any",
        '(there is: "m", "ok" and "q")',
    ),
    ({"properties": {"m": {}}, "patternProperties": {"^o": {}}}, "/ok", None),
    ({"properties": {"m": {}, "old": {"x-aliases": ["ok"]}}}, "/ok", None),
    ({"properties": {"m": {}}, "allOf": [{"properties": {"ok": {}}}]}, "/ok", None),
    ({"properties": {"m": {}}, "oneOf": [{"properties": {"a": {}}}, {"properties": {"ok": {}}}]}, "/ok", None),
    (
        {"properties": {"m": {}}, "oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]},
        "/ok",
        '(there is: "m", "a" and "b")',
    ),
    (
        {"properties": {"m": {}, **{f"key{i}": {} for i in range(11)}}},
        "/zzz",
        '(there is: "m", "key0", "key1", "key2", "key3", "key4", "key5", "key6", "key7", "key8", "key9" and "key10")',
    ),
    ({"properties": {"m": {}, **{f"key{i}": {} for i in range(12)}}}, "/zzz", ""),
    ({"properties": {"m": {}, "state": {"properties": {"phase": {}}}}}, "/stat/phas", '(did you mean "state"?)'),
    ({"properties": {"m": {}, "state": {"properties": {"phase": {}}}}}, "/state/phas", '(did you mean "phase"?)'),
]
REFERENCES: list[tuple[str, Any, list[str]]] = [
    ("schema", 5, ['wrong-type: "$ref" must be text; here it is 5 (put it in quotes)']),
    ("schema", "#/components/schemas/Job", []),
    (
        "schema",
        "#/components/parameters/Id",
        [
            'ref-wrong-kind: a schema is expected here, and "#/components/parameters/Id" is a parameter (refer to #/components/schemas/NAME)'
        ],
    ),
    (
        "schema",
        "#/definitions/Job",
        ['ref-not-found: there is nothing at "#/definitions/Job" (did you mean "#/components/schemas/Job"?)'],
    ),
    ("schema", "#/definitions/Id", ['ref-not-found: there is nothing at "#/definitions/Id"']),
    ("schema", "#/definitions/no", ['ref-not-found: there is nothing at "#/definitions/no"']),
    ("schema", "#/definitions/body", ['ref-not-found: there is nothing at "#/definitions/body"']),
    ("schema", "#/definitions/H", ['ref-not-found: there is nothing at "#/definitions/H"']),
    ("schema", "#/definitions/Ex", ['ref-not-found: there is nothing at "#/definitions/Ex"']),
    ("schema", "#/components/Idd", ['ref-not-found: there is nothing at "#/components/Idd"']),
    (
        "schema",
        "#/info",
        [
            'ref-wrong-kind: a schema is expected here, and "#/info" is the info object (refer to #/components/schemas/NAME)'
        ],
    ),
    (
        "schema",
        "other.yaml",
        [
            'ref-outside: "other.yaml" refers to another file; a spec refers to nothing but itself (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "#x",
        ['ref-bad-pointer: "#x" is an anchor; references are JSON pointers (write #/components/schemas/NAME)'],
    ),
    ("schema", "#", ["ref-bad-pointer: this refers to the whole document (write #/components/schemas/NAME)"]),
    (
        "schema",
        "",
        [
            "ref-outside: the reference is empty (copy what is meant under components, and refer to it as #/components/...)"
        ],
    ),
    (
        "schema",
        "#/components/schemas/~2",
        [
            'ref-bad-pointer: "#/components/schemas/~2" has a % or ~ that escapes nothing (in a reference ~ is written ~0, / in a key ~1, % %25)'
        ],
    ),
    (
        "schema",
        "#/components/%zz",
        [
            'ref-bad-pointer: "#/components/%zz" has a % or ~ that escapes nothing (in a reference ~ is written ~0, / in a key ~1, % %25)'
        ],
    ),
    ("schema", "#/a%FF", ['ref-bad-pointer: the percent-encoded bytes in "#/a%FF" are not UTF-8']),
    (
        "schema",
        "http://a/b",
        [
            'ref-outside: "http://a/b" refers to an address; a spec refers to nothing but itself (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "https://a",
        [
            'ref-outside: "https://a" refers to an address; a spec refers to nothing but itself (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "file:///x",
        [
            'ref-outside: "file:///x" refers to a file; a spec refers to nothing but itself (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "data:x",
        [
            'ref-outside: "data:x" refers to embedded data; a spec refers to nothing but itself (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "x:y",
        [
            'ref-outside: "x:y" refers to something outside; a spec refers to nothing but itself (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "//a/b",
        [
            'ref-outside: "//a/b" refers to an address; a spec refers to nothing but itself (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    ("schema", "#/components/schemas/Job/x", ['ref-not-found: there is nothing at "#/components/schemas/Job/x"']),
    (
        "schema",
        "#/components/schemas/job",
        ['ref-not-found: there is nothing at "#/components/schemas/job" (did you mean "#/components/schemas/Job"?)'],
    ),
    (
        "schema",
        "#/component/schema/Jobs",
        ['ref-not-found: there is nothing at "#/component/schema/Jobs" (did you mean "#/components/schemas/Job"?)'],
    ),
    ("parameter", 5, ['wrong-type: "$ref" must be text; here it is 5 (put it in quotes)']),
    (
        "parameter",
        "#/components/schemas/Job",
        [
            'ref-wrong-kind: a parameter is expected here, and "#/components/schemas/Job" is a schema (refer to #/components/parameters/NAME)'
        ],
    ),
    ("parameter", "#/components/parameters/Id", []),
    ("parameter", "#/definitions/Job", ['ref-not-found: there is nothing at "#/definitions/Job"']),
    (
        "parameter",
        "#/definitions/Id",
        ['ref-not-found: there is nothing at "#/definitions/Id" (did you mean "#/components/parameters/Id"?)'],
    ),
    ("parameter", "#/definitions/no", ['ref-not-found: there is nothing at "#/definitions/no"']),
    ("parameter", "#/definitions/body", ['ref-not-found: there is nothing at "#/definitions/body"']),
    ("parameter", "#/definitions/H", ['ref-not-found: there is nothing at "#/definitions/H"']),
    ("parameter", "#/definitions/Ex", ['ref-not-found: there is nothing at "#/definitions/Ex"']),
    ("response", 5, ['wrong-type: "$ref" must be text; here it is 5 (put it in quotes)']),
    (
        "response",
        "#/components/schemas/Job",
        [
            'ref-wrong-kind: a response is expected here, and "#/components/schemas/Job" is a schema (refer to #/components/responses/NAME)'
        ],
    ),
    (
        "response",
        "#/components/parameters/Id",
        [
            'ref-wrong-kind: a response is expected here, and "#/components/parameters/Id" is a parameter (refer to #/components/responses/NAME)'
        ],
    ),
    ("response", "#/definitions/Job", ['ref-not-found: there is nothing at "#/definitions/Job"']),
    ("response", "#/definitions/Id", ['ref-not-found: there is nothing at "#/definitions/Id"']),
    (
        "response",
        "#/definitions/no",
        ['ref-not-found: there is nothing at "#/definitions/no" (did you mean "#/components/responses/No"?)'],
    ),
    ("response", "#/definitions/body", ['ref-not-found: there is nothing at "#/definitions/body"']),
    ("response", "#/definitions/H", ['ref-not-found: there is nothing at "#/definitions/H"']),
    ("response", "#/definitions/Ex", ['ref-not-found: there is nothing at "#/definitions/Ex"']),
    ("request-body", 5, ['wrong-type: "$ref" must be text; here it is 5 (put it in quotes)']),
    (
        "request-body",
        "#/components/schemas/Job",
        [
            'ref-wrong-kind: a request body is expected here, and "#/components/schemas/Job" is a schema (refer to #/components/requestBodies/NAME)'
        ],
    ),
    (
        "request-body",
        "#/components/parameters/Id",
        [
            'ref-wrong-kind: a request body is expected here, and "#/components/parameters/Id" is a parameter (refer to #/components/requestBodies/NAME)'
        ],
    ),
    ("request-body", "#/definitions/Job", ['ref-not-found: there is nothing at "#/definitions/Job"']),
    ("request-body", "#/definitions/Id", ['ref-not-found: there is nothing at "#/definitions/Id"']),
    ("request-body", "#/definitions/no", ['ref-not-found: there is nothing at "#/definitions/no"']),
    (
        "request-body",
        "#/definitions/body",
        ['ref-not-found: there is nothing at "#/definitions/body" (did you mean "#/components/requestBodies/Body"?)'],
    ),
    ("request-body", "#/definitions/H", ['ref-not-found: there is nothing at "#/definitions/H"']),
    ("request-body", "#/definitions/Ex", ['ref-not-found: there is nothing at "#/definitions/Ex"']),
    ("header", 5, ['wrong-type: "$ref" must be text; here it is 5 (put it in quotes)']),
    (
        "header",
        "#/components/schemas/Job",
        [
            'ref-wrong-kind: a header is expected here, and "#/components/schemas/Job" is a schema (refer to #/components/headers/NAME)'
        ],
    ),
    (
        "header",
        "#/components/parameters/Id",
        [
            'ref-wrong-kind: a header is expected here, and "#/components/parameters/Id" is a parameter (refer to #/components/headers/NAME)'
        ],
    ),
    ("header", "#/definitions/Job", ['ref-not-found: there is nothing at "#/definitions/Job"']),
    ("header", "#/definitions/Id", ['ref-not-found: there is nothing at "#/definitions/Id"']),
    ("header", "#/definitions/no", ['ref-not-found: there is nothing at "#/definitions/no"']),
    ("header", "#/definitions/body", ['ref-not-found: there is nothing at "#/definitions/body"']),
    (
        "header",
        "#/definitions/H",
        ['ref-not-found: there is nothing at "#/definitions/H" (did you mean "#/components/headers/H"?)'],
    ),
    ("header", "#/definitions/Ex", ['ref-not-found: there is nothing at "#/definitions/Ex"']),
    ("example", 5, ['wrong-type: "$ref" must be text; here it is 5 (put it in quotes)']),
    (
        "example",
        "#/components/schemas/Job",
        [
            'ref-wrong-kind: an example is expected here, and "#/components/schemas/Job" is a schema (refer to #/components/examples/NAME)'
        ],
    ),
    (
        "example",
        "#/components/parameters/Id",
        [
            'ref-wrong-kind: an example is expected here, and "#/components/parameters/Id" is a parameter (refer to #/components/examples/NAME)'
        ],
    ),
    ("example", "#/definitions/Job", ['ref-not-found: there is nothing at "#/definitions/Job"']),
    ("example", "#/definitions/Id", ['ref-not-found: there is nothing at "#/definitions/Id"']),
    ("example", "#/definitions/no", ['ref-not-found: there is nothing at "#/definitions/no"']),
    ("example", "#/definitions/body", ['ref-not-found: there is nothing at "#/definitions/body"']),
    ("example", "#/definitions/H", ['ref-not-found: there is nothing at "#/definitions/H"']),
    (
        "example",
        "#/definitions/Ex",
        ['ref-not-found: there is nothing at "#/definitions/Ex" (did you mean "#/components/examples/Ex"?)'],
    ),
]

COMPONENTS = {
    "schemas": {"Job": {}},
    "parameters": {"Id": {"name": "id", "in": "query", "schema": {}}},
    "responses": {"No": {"description": "No."}},
    "requestBodies": {"Body": {"content": {"text/plain": {}}}},
    "headers": {"H": {"schema": {}}},
    "examples": {"Ex": {"value": 1}},
    "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "k"}},
}


def read(data: dict[str, Any]) -> Document:
    """A document of ours."""
    document = parse(json.dumps(data), "openapi.json", Diagnostics(), strict_json=True)
    assert document is not None
    return document


def said(data: dict[str, Any], *, reviewed: bool = True) -> list[str]:
    """Each problem of a document, with its pointer and its hint, on one line."""
    diagnostics = Diagnostics()
    validate(read(data), diagnostics, reviewed=reviewed)
    return [
        ("" if diagnostic.severity == "error" else "warning ")
        + f"{diagnostic.place.pointer if diagnostic.place else ''} {diagnostic.code}: {diagnostic.message}"
        + (f" ({diagnostic.hint})" if diagnostic.hint else "")
        for diagnostic in diagnostics
    ]


def spec(operation: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document with one operation."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/it": {"post": {"operationId": "get_it", **operation}}},
        **more,
    }


def answering(schema: Any, **more: Any) -> dict[str, Any]:
    """A document whose operation is answered with JSON."""
    content = {"application/json": {"schema": schema}}
    return spec({"responses": {"200": {"description": "It.", "content": content}}}, **more)


@pytest.mark.parametrize(("version", "expected"), VERSIONS)
def test_a_version(version: Any, expected: list[str]) -> None:
    """What is read here is looked at further; so is what only lacks a part of its version."""
    assert said({"openapi": version, "info": {"title": "T"}, "paths": {"/it": {"get": GET_IT}}}) == expected


@pytest.mark.parametrize(("data", "expected"), UNVERSIONED)
def test_no_version(data: dict[str, Any], expected: list[str]) -> None:
    assert said(data) == expected


@pytest.mark.parametrize(("schema", "pointer", "hint"), POINTERS)
def test_a_pointer_into_answers(schema: dict[str, Any], pointer: str, hint: str | None) -> None:
    """Only what is described can lack something."""
    ok = {"from": f"$response.body#{pointer}", "equals": True}
    message = f'no documented response has anything at "$response.body#{pointer}" {hint}'.strip()
    expected = [] if hint is None else [f"/x-envelope/ok/from unknown-pointer: {message}"]

    assert said(answering(schema, **{"x-envelope": {"ok": ok, "message": "$response.body#/m"}})) == expected


@pytest.mark.parametrize(("kind", "ref", "expected"), REFERENCES)
def test_a_reference(kind: str, ref: Any, expected: list[str]) -> None:
    node = {"$ref": ref}
    json_ = {"schema": node} if kind == "schema" else {"schema": {}, "examples": {"one": node}}
    operation: dict[str, dict[str, Any]] = {
        "schema": {"responses": {"200": {"description": "d", "content": {"application/json": json_}}}},
        "example": {"responses": {"200": {"description": "d", "content": {"application/json": json_}}}},
        "parameter": {"parameters": [node], "responses": RESPONSES},
        "response": {"responses": {"200": node}},
        "request-body": {"requestBody": node, "responses": RESPONSES},
        "header": {"responses": {"200": {"description": "d", "headers": {"X": node}}}},
    }
    found = said(spec(operation[kind], components=COMPONENTS))

    assert [diagnostic.partition("/$ref ")[2] for diagnostic in found] == expected


@pytest.mark.parametrize(("length", "leads"), [(1, True), (MAX_CHAIN, True), (MAX_CHAIN + 1, False)])
def test_a_chain_of_references_is_followed_as_far_as_it_may_be(length: int, leads: bool) -> None:
    schemas: dict[str, Any] = {f"S{step}": {"$ref": f"#/components/schemas/S{step + 1}"} for step in range(length)}
    schemas[f"S{length}"] = {"type": "string"}
    document = read(answering({}, components={"schemas": schemas}))
    found = deref(document, schemas["S0"], "/components/schemas/S0", None)

    assert found == (({"type": "string"}, f"/components/schemas/S{length}") if leads else None)
    assert (said(answering({}, components={"schemas": schemas})) == []) is leads


def codes(text: str) -> list[str]:
    """The codes of what is said of a YAML text."""
    diagnostics = Diagnostics()
    parse(text, "openapi.yaml", diagnostics)
    return [diagnostic.code for diagnostic in diagnostics]


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_an_alias_counts_as_deep_as_what_it_stands_for(opening: str, closing: str) -> None:
    """The root, the lists or objects around the alias, and those of its anchor are as many as may be; then one more."""

    def nested(depth: int, inner: str) -> str:
        return opening * depth + inner + closing * depth

    anchored = f"a: &a {nested(100, '1')}\n"

    assert codes(f"{anchored}b: {nested(MAX_DEPTH - 101, '*a')}") == []
    assert codes(f"{anchored}b: {nested(MAX_DEPTH - 100, '*a')}") == ["too-deep"]
    assert codes(f"a: {nested(MAX_DEPTH - 1, '1')}") == []
    assert codes(f"a: {nested(MAX_DEPTH, '1')}") == ["too-deep"]


@pytest.mark.parametrize(
    "anchored", ["[1, 2, 3, 4, 5, 6, 7, 8, 9]", "{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9}"]
)
def test_aliases_stand_for_so_many_values_at_most(anchored: str) -> None:
    """Each alias of a list or an object of nine stands for ten."""
    most = MAX_ALIASED // 10
    text = f"a: &a {anchored}\nb: [{', '.join(['*a'] * most)}]\n"

    assert codes(text) == []
    assert codes(f"{text}c: *a\n") == ["alias-bomb"]


@pytest.mark.parametrize(
    ("ref", "leads"),
    [
        ("#/tags/0", True),
        ("#/tags/1", True),
        ("#/tags/2", False),
        ("#/tags/00", False),
        ("#/tags/01", False),
        ("#/tags/-1", False),
        ("#/tags/x", False),
        ("#/tags/\u0661", False),
        ("#/tags/1/name", True),
        ("#/tags/1/name/x", False),
    ],
)
def test_a_reference_into_a_list(ref: str, leads: bool) -> None:
    document = read(answering({}, tags=[{"name": "a"}, {"name": "b"}]))

    assert (deref(document, {"$ref": ref}, "", None) is not None) is leads


def test_so_many_suggestions_are_made_at_most() -> None:
    """Looking for what is like a name takes long, and nobody mends more than fifty at once."""
    wrong = {f"S{number}": {"$ref": "#/components/schemas/Jbo"} for number in range(52)}
    found = said(answering({}, components={"schemas": {"Job": {}, **wrong}}))

    assert [diagnostic.endswith('(did you mean "#/components/schemas/Job"?)') for diagnostic in found] == [
        True
    ] * 50 + [False] * 2


def test_a_published_document_may_have_keywords_that_json_schema_does_not_know() -> None:
    """They are annotations there; a key that OpenAPI does not know is a mistake in any document."""
    schema = {"type": "string", "x-note": 1, "oddity": 1, "enum": ["a"], "minimun": 2}
    data = answering({"properties": {"a": schema}})
    unknown = "/paths/~1it/post/responses/200/content/application~1json/schema/properties/a"

    assert [line.partition(":")[0] for line in said(data)] == [
        f"{unknown}/oddity unknown-key",
        f"{unknown}/minimun unknown-key",
    ]
    assert said(data, reviewed=False) == []
    for place in (data, data["info"], data["paths"]["/it"]["post"]):
        place["oddity"] = 1
        assert ["unknown-key"] == [line.partition(": ")[0].split(" ")[-1] for line in said(data, reviewed=False)]
        del place["oddity"]


JOBS = {
    "jobs": {
        "summary": "A job.",
        "identity": {"id": {}},
        "operations": {"status": {"operationId": "get_job"}},
        "state": {"from": "$response.body#/state", "map": {"RUN": "running", "OK": "succeeded", "BAD": "failed"}},
    }
}
QUERY = {"in": "query", "schema": {"type": "string"}}


@pytest.mark.parametrize(
    ("parameter", "given", "expected"),
    [
        ({"name": "kind", **QUERY}, {}, []),
        ({"name": "kind", "required": False, **QUERY}, {}, []),
        ({"name": "kind", "required": True, **QUERY}, {"kind": "a"}, []),
        ({"name": "id", "required": True, "x-client-parameter": True, **QUERY}, {}, []),
        (
            {"name": "id", "required": True, **QUERY},
            {},
            ['status missing-argument: "get_job" needs "id", which the role "status" does not give'],
        ),
        (
            {"name": "kind", "required": True, **QUERY},
            {},
            ['status missing-argument: "get_job" needs "kind", which the role "status" does not give'],
        ),
        (
            {"name": "kind", **QUERY},
            {"kidn": "a"},
            ['status/parameters/kidn unknown-parameter: "get_job" has no parameter "kidn"'],
        ),
    ],
)
def test_arguments_that_a_role_gives(parameter: dict[str, Any], given: dict[str, str], expected: list[str]) -> None:
    content = {"application/json": {"schema": {"properties": {"state": {"type": "string"}}}}}
    operation = {
        "operationId": "get_job",
        "parameters": [parameter],
        "responses": {"200": {"description": "It.", "content": content}},
    }
    role = {"operationId": "get_job", "parameters": given}
    jobs = {"jobs": {**JOBS["jobs"], "operations": {"status": role if given else {"operationId": "get_job"}}}}
    found = said(spec(operation, **{"x-jobs": jobs}))

    assert [line.removeprefix("/x-jobs/jobs/operations/").partition(" (")[0] for line in found] == expected


@pytest.mark.parametrize(
    ("name", "strict"),
    [
        ("a.json", True),
        ("a.JSON", True),
        ("a.yaml", False),
        ("a.yml", False),
        ("a", False),
        ("a.jso", False),
        ("a.JS", False),
    ],
)
def test_a_file_is_json_by_its_name(name: str, strict: bool, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text("openapi: 3.1.0\n", encoding="utf-8")

    assert (load(file, Diagnostics()) is None) is strict


NO_ADDRESS = "this is not the address of a server (for example: https://api.example.com)"
NO_SCHEME = "the address of a server begins with https:// or http:// (for example: https://api.example.com/v1)"
NO_QUERY = "a server address must not hold a ? or # (remove what begins there)"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        *(
            (url, "")
            for url in ("https://a.example", "http://a.example:8080/v1", "HTTPS://a.example", "https://[::1]:80/")
        ),
        *((url, "") for url in ("/v1", "/")),
        *((url, NO_SCHEME) for url in ("//a.example/v1", "v1", "ftp://a.example", "mailto:a@b")),
        *((url, NO_ADDRESS) for url in ("https://", "https://:80", "https://[::1", "https://a.example:x")),
        *((url, NO_ADDRESS) for url in ("https://a.example:0", "https://a.example:99999")),
        *((url, NO_ADDRESS) for url in ("https://a b.example", "https://a.example/ b", "https://a.example/\tb")),
        *((f"https://a.example{end}", NO_QUERY) for end in ("?x=1", "?", "#x", "#", "/?q#f")),
        ("https://u:p@a.example", "a server address must not hold a user or password (use securitySchemes)"),
    ],
)
def test_the_address_of_a_server(url: str, message: str) -> None:
    expected = [f"/servers/0/url bad-server-url: {message}"] if message else []

    assert said(spec({"responses": RESPONSES}, servers=[{"url": url}])) == expected


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("Job", ""),
        ("#/components/schemas/Job", ""),
        ("Jbo", 'ref-not-found: there is no schema named "Jbo" (did you mean "Job"?)'),
        ("zzz", 'ref-not-found: there is no schema named "zzz"'),
        ("Part", 'ref-not-found: there is no schema named "Part"'),
        (
            "#/components/schemas/Jbo",
            'ref-not-found: there is nothing at "#/components/schemas/Jbo" (did you mean "#/components/schemas/Job"?)',
        ),
        ("#/components/responses/No", 'ref-wrong-kind: "#/components/responses/No" is not a schema'),
        ("#/components/parameters/Id", 'ref-wrong-kind: "#/components/parameters/Id" is not a schema'),
        ("#/tags", 'ref-wrong-kind: "#/tags" is not a schema'),
        (
            "other.yaml#/Job",
            'ref-outside: "other.yaml#/Job" refers to another file; a spec refers to nothing but itself',
        ),
        (
            "https://a.example",
            'ref-outside: "https://a.example" refers to an address; a spec refers to nothing but itself',
        ),
    ],
)
def test_where_a_discriminator_leads(target: str, message: str) -> None:
    """Only what is directly under the schemas has a name."""
    job = {"type": "object", "properties": {"kind": {"type": "string"}, "Part": {"type": "string"}}}
    either = {
        "oneOf": [{"$ref": "#/components/schemas/Job"}],
        "discriminator": {"propertyName": "kind", "mapping": {"a": target}},
    }
    components = {**COMPONENTS, "schemas": {"Job": job, "Either": either}}
    found = said(answering({"$ref": "#/components/schemas/Either"}, components=components, tags=[{"name": "a"}]))
    hint = " (copy what is meant under components, and refer to it as #/components/...)"

    assert [line.partition("/mapping/a ")[2].removesuffix(hint) for line in found] == ([message] if message else [])
