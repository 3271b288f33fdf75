"""`documented.json`: what a spec documents and clients do not need, as data for vendors in tests."""

from __future__ import annotations

import json
from typing import Any

from generator.support import Made, spec


def documented(made: Made) -> Any:
    return json.loads(made.files["documented.json"])


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
def test_parameters_answers_examples_and_headers(made: Made) -> None:
    found = documented(made)

    operation = found["operations"]["get_job"]
    assert operation["parameters"] == {
        "id": {"type": "integer", "format": "int64", "minimum": 1},
        "page_size": {"$ref": "#/components/schemas/Size"},
    }
    answer = operation["responses"]["200"]
    assert (answer["media_type"], answer["schema"]) == ("application/json", {"$ref": "#/components/schemas/Job"})
    assert answer["examples"] == {
        "application/json": {"running": {"state": "RUNNING"}, "shared": {"state": "DONE"}},
        "text/plain": {"example": "RUNNING"},
    }
    assert answer["headers"] == {
        "X-Request-Id": {"required": True, "schema": {"type": "string"}, "example": "abc"},
        "X-Rest": {"required": False, "schema": {"type": "integer"}, "example": 3},
    }
    assert operation["responses"]["4XX"] == {}
    schemas = found["components"]["schemas"]
    assert list(schemas) == ["Job", "Size"], "only what something refers to"
    assert schemas["Size"] == {"type": "integer", "maximum": 100}, "no prose"
    assert schemas["Job"]["properties"]["parent"] == {"$ref": "#/components/schemas/Job"}
    assert schemas["Job"]["properties"]["name"] == {"type": "string", "maxLength": 9}, "no regular expression"


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
    found = documented(made)

    reference = found["operations"]["do_a"]["body"]["properties"]["second"]["$ref"]
    ((name, schema),) = found["components"]["schemas"].items()
    assert reference == "#/components/schemas/" + name.replace("~", "~0").replace("/", "~1")
    assert schema["properties"]["x~/y"] == {"type": "array", "items": {"type": "string"}}


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
    text = made.files["documented.json"]

    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    answer = documented(made)["operations"]["get_a"]["responses"]["200"]
    assert answer["schema"] == {"type": "object"}, "what patterns leave open cannot be forbidden without them"
    assert answer["examples"] == {"application/json": {"example": {"\u202e": "</script>\0\ud7ff"}}}
