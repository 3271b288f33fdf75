"""`openapi.json`: what a spec documents, in the one way that its readers need to know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from generator.support import Made, completed, spec, write_spec
from vendorsmith.diagnostics import SpecError
from vendorsmith.discovery import Target
from vendorsmith.emit.openapi import openapi_text
from vendorsmith.pipeline import read


def openapi(made: Made) -> Any:
    return json.loads(made.files["openapi.json"])


@spec(
    """
    paths:
      /jobs/{id}:
        get:
          operationId: get_job
          parameters:
            - {name: id, in: path, required: true, schema: {type: integer, format: int64, minimum: 1}}
            - {name: page-size, in: query, description: How many., schema: {$ref: "#/components/schemas/Size"}}
          responses:
            "200":
              description: The job.
              headers:
                X-Request-Id: {required: true, description: Id., schema: {type: string}, example: abc}
                X-Rest: {schema: {type: integer}, examples: {some: {value: 3}}}
              content:
                application/json:
                  schema: {$ref: "#/components/schemas/Job"}
                  examples:
                    running: {summary: It runs., value: {state: RUNNING}}
                    shared: {$ref: "#/components/examples/Done"}
                    elsewhere: {externalValue: "https://example.com/x.json"}
                text/plain:
                  schema: {type: string}
                  example: RUNNING
            4XX: {description: No.}
    components:
      examples:
        Done: {value: {state: DONE}}
      schemas:
        Size: {type: integer, maximum: 100, description: Prose.}
        Job:
          type: object
          description: A job.
          required: [state]
          properties:
            state: {type: string, enum: [RUNNING, DONE], description: How it is doing., title: State}
            parent: {$ref: "#/components/schemas/Job"}
            name: {type: string, pattern: "^(a+)+$", maxLength: 9}
        Unused: {type: string}
    """
)
def test_what_is_shared_stands_where_it_is_used(made: Made) -> None:
    operation = openapi(made)["paths"]["/jobs/{id}"]["get"]

    assert [entry["schema"] for entry in operation["parameters"]] == [
        {"type": "integer", "format": "int64", "minimum": 1},
        {"$ref": "#/components/schemas/Size"},
    ]
    response = operation["responses"]["200"]
    assert {name: media["examples"] for name, media in response["content"].items()} == {
        "application/json": {
            "running": {"summary": "It runs.", "value": {"state": "RUNNING"}},
            "shared": {"value": {"state": "DONE"}},
            "elsewhere": {"externalValue": "https://example.com/x.json"},
        },
        "text/plain": {"example": {"value": "RUNNING"}},
    }
    assert response["headers"] == {
        "X-Request-Id": {
            "required": True,
            "description": "Id.",
            "schema": {"type": "string"},
            "examples": {"example": {"value": "abc"}},
        },
        "X-Rest": {"schema": {"type": "integer"}, "examples": {"some": {"value": 3}}},
    }
    assert operation["responses"]["4XX"] == {"description": "No."}


@spec(
    """
    paths:
      /jobs:
        servers: [{url: "https://b.example.com"}]
        parameters:
          - {name: size, in: query, description: Of the path., schema: {type: string}}
          - {name: tenant, in: header, schema: {type: string}}
        get:
          operationId: list_jobs
          x-evidence: [{source: A page, kind: documentation}]
          x-of-others: 1
          parameters: [{name: size, in: query, description: Own., schema: {$ref: "#/components/schemas/Size"}}]
          responses: {4XX: {description: No.}, default: {$ref: "#/components/responses/Ok"}}
        post:
          operationId: add_job
          servers: [{url: "https://c.example.com"}]
          responses: {"204": {description: Done.}}
    components:
      responses:
        Ok: {description: Shared., content: {application/json: {schema: {$ref: "#/components/schemas/Size"}}}}
      schemas:
        Size:
          type: integer
          pattern: "^x"
          x-contradictions: [{about: a, text: b, sample: c, chosen: sample}]
          properties: {x-evidence: {type: string}}
    """
)
def test_operations_have_all_that_their_path_says(made: Made) -> None:
    found = openapi(made)
    item = found["paths"]["/jobs"]

    assert list(item) == ["get", "post"]
    assert [(entry["name"], entry.get("description")) for entry in item["get"]["parameters"]] == [
        ("size", "Own."),
        ("tenant", None),
    ]
    assert [entry["name"] for entry in item["post"]["parameters"]] == ["size", "tenant"]
    assert [item[method]["servers"][0]["url"] for method in item] == ["https://b.example.com", "https://c.example.com"]
    assert list(item["get"]["responses"]) == ["4XX", "default"]
    assert item["get"]["responses"]["default"]["description"] == "Shared."
    assert not item["get"].keys() & {"x-evidence", "x-of-others"}
    assert list(found["components"]) == ["schemas"]
    assert found["components"]["schemas"]["Size"] == {
        "type": "integer",
        "pattern": "^x",
        "properties": {"x-evidence": {"type": "string"}},
    }, "a schema is kept as it is, evidence aside"


@spec(
    """
    paths:
      /a:
        post:
          operationId: do_a
          requestBody:
            content:
              application/json:
                schema:
                  type: object
                  properties:
                    first: {type: object, properties: {x~/y: {type: array, items: {type: string}}}}
                    second: {$ref: "#/paths/~1a/post/requestBody/content/application~1json/schema/properties/first"}
          responses: {"200": {description: Done.}}
    """
)
def test_a_schema_that_stands_elsewhere_is_named_by_its_place(made: Made) -> None:
    found = openapi(made)
    body = found["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    pointer = "/paths/~1a/post/requestBody/content/application~1json/schema/properties/first"
    escaped = pointer.replace("~", "~0").replace("/", "~1")
    assert body["properties"]["second"]["$ref"] == f"#/components/x-schemas/{escaped}"
    assert found["components"]["x-schemas"] == {pointer: body["properties"]["first"]}


@spec(
    """
    paths:
      /a:
        get:
          operationId: get_a
          responses:
            "200":
              description: "\\u202e"
              content:
                application/json:
                  schema: {type: object, patternProperties: {"^x": {}}, additionalProperties: false}
                  example: {"\\u202e": "</script>\\u0000\\ud7ff"}
    """
)
def test_its_text_is_plain_ascii_whatever_the_spec_holds(made: Made) -> None:
    text = made.files["openapi.json"]

    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    value = openapi(made)["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]["examples"]
    assert value == {"example": {"value": {"\u202e": "</script>\0\ud7ff"}}}


@spec(
    """
    paths:
      /a:
        summary: A path.
        get:
          operationId: get_a
          parameters: [{$ref: "#/components/parameters/P"}]
          responses:
            "200":
              description: Done.
              content:
                application/json:
                  schema: {$ref: "#/components/schemas/S/properties/100%25"}
                  example: 1
                  examples: {example: {value: 2}}
    components:
      parameters: {P: {name: p, in: query, content: {application/json: {schema: {type: object}}}}}
      schemas: {S: {type: object, properties: {"100%": {type: integer}}}}
    """
)
def test_nothing_is_lost_on_the_way(made: Made) -> None:
    item = openapi(made)["paths"]["/a"]
    media = item["get"]["responses"]["200"]["content"]["application/json"]

    assert item["summary"] == "A path."
    assert item["get"]["parameters"][0]["content"] == {"application/json": {"schema": {"type": "object"}}}
    assert media["schema"] == {"$ref": "#/components/schemas/S/properties/100%25"}
    assert media["examples"] == {"example_2": {"value": 1}, "example": {"value": 2}}, "the single one is the first"


def test_shared_parts_that_are_used_everywhere_end_in_an_error(tmp_path: Path) -> None:
    """A small file would become a document of a size that nobody expects."""
    value = "x" * 10_000
    examples = {f"e{number}": {"$ref": "#/components/examples/Long"} for number in range(30)}
    content = {"application/json": {"schema": {"type": "string"}, "examples": examples}}
    responses = {str(status): {"description": "A response.", "content": content} for status in range(200, 220)}
    paths = {"/a": {"get": {"operationId": "get_a", "responses": responses}}}
    file = write_spec(
        tmp_path, completed("") | {"paths": paths, "components": {"examples": {"Long": {"value": value}}}}
    )

    with pytest.raises(SpecError, match="too-large"):
        read(Target("demo", file, False, frozenset()))


Y = "y" * 58


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "{}"),
        ([], "[]"),
        ({"a": [1, 2.5], "b": {"c": None}}, '{"a": [1, 2.5], "b": {"c": null}}'),
        ({"é": "\u2028"}, '{"\\u00e9": "\\u2028"}'),
        # Short scalars are in one line, however many there are.
        (["x" * 48] * 3, f'["{"x" * 48}", "{"x" * 48}", "{"x" * 48}"]'),
        (["x" * 49, "x" * 48, "x" * 48], f'[\n "{"x" * 49}",\n "{"x" * 48}",\n "{"x" * 48}"\n]'),
        ({"key": "x" * 41, "b": Y, "c": Y}, f'{{\n "key": "{"x" * 41}",\n "b": "{Y}",\n "c": "{Y}"\n}}'),
        # Others do where they have room there: 120 columns, with two for what is between them.
        ([Y, "z" * 54], f'["{Y}", "{"z" * 54}"]'),
        ([Y, "z" * 55], f'[\n "{Y}",\n "{"z" * 55}"\n]'),
        ([[Y, "z" * 53], 1, [Y]], f'[\n ["{Y}", "{"z" * 53}"],\n 1,\n ["{Y}"]\n]'),
        ([[Y, "z" * 54], 1, [Y]], f'[\n [\n  "{Y}",\n  "{"z" * 54}"\n ],\n 1,\n ["{Y}"]\n]'),
        ({"a": {"b": [Y, Y], "c": 1}}, f'{{\n "a": {{\n  "b": [\n   "{Y}",\n   "{Y}"\n  ],\n  "c": 1\n }}\n}}'),
        ([[1] * 60] * 2, f"[\n [{', '.join('1' * 60)}],\n [{', '.join('1' * 60)}]\n]"),
    ],
)
def test_the_layout_of_its_text(document: Any, text: str) -> None:
    """A value that changes changes its own line."""
    assert openapi_text(document) == f"{text}\n"
    assert json.loads(text) == document
