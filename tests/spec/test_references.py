"""Where references and discriminators lead, and what is said where they lead nowhere."""
# ruff: noqa: E501 (a message on a line)

# ruff: noqa: E501 (a message on a line)

from __future__ import annotations

from typing import Any

import pytest
from spec.small import RESPONSES, answering, read, said, spec
from vendorsmith.spec.refs import MAX_CHAIN, deref

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
            'ref-outside: "other.yaml" refers to a file elsewhere; a spec refers to itself and to files in its folder (copy what is meant under components, and refer to it as #/components/...)'
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
            'ref-outside: "http://a/b" refers to an address; a spec refers to itself and to files in its folder (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "https://a",
        [
            'ref-outside: "https://a" refers to an address; a spec refers to itself and to files in its folder (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "file:///x",
        [
            'ref-outside: "file:///x" refers to a file; a spec refers to itself and to files in its folder (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "data:x",
        [
            'ref-outside: "data:x" refers to embedded data; a spec refers to itself and to files in its folder (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "x:y",
        [
            'ref-outside: "x:y" refers to something outside; a spec refers to itself and to files in its folder (copy what is meant under components, and refer to it as #/components/...)'
        ],
    ),
    (
        "schema",
        "//a/b",
        [
            'ref-outside: "//a/b" refers to an address; a spec refers to itself and to files in its folder (copy what is meant under components, and refer to it as #/components/...)'
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
            'ref-outside: "other.yaml#/Job" refers to a file elsewhere; a spec refers to itself and to files in its folder',
        ),
        (
            "https://a.example",
            'ref-outside: "https://a.example" refers to an address; a spec refers to itself and to files in its folder',
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
