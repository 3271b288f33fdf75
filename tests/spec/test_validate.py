"""Judging: good specs pass, and no document, however malformed, breaks the checks."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from vendorsmith.diagnostics import Diagnostics, render
from vendorsmith.spec.lint import lint
from vendorsmith.spec.node_kinds import SCHEMAS, NodeKinds
from vendorsmith.spec.source import JSON, Document, load, parse
from vendorsmith.spec.validate import validate

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*/openapi.yaml"))

GOOD = """\
openapi: 3.1.0
info: {title: Jobs, version: "1", description: Jobs.}
servers:
  - url: https://{host}/api
    variables: {host: {default: api.example.com, enum: [api.example.com, eu.example.com], x-placeholder: true}}
tags: [{name: Jobs}]
security: [{token: []}, {}]
x-envelope:
  ok: {from: $response.body#/ok, in: [true, "true"]}
  message: $response.body#/message
x-errors:
  code: [$response.body#/code]
  rules: [{status: [4XX, 500], code: [E1], raise: NotFound, transient: false}]
x-auth:
  password:
    description: A user and the password.
    into: token
    operationId: create_token
    credentials: {user: {type: string, description: User.}, word: {type: string, secret: true, description: Word.}}
    body: {user: $credential.user, secrets: [$credential.word], kind: password}
    token: $response.header.X-Token
    lifetime: PT1H
x-known-by-name:
  - {name: Delete Job, note: Not described., evidence: [{source: Manual, kind: documentation}]}
x-contradictions: [{about: host, text: One., sample: Another., chosen: One.}]
paths:
  /jobs/{id}:
    parameters: [{$ref: "#/components/parameters/Id"}]
    get:
      operationId: get_job
      summary: One job.
      x-evidence: [{source: Manual, kind: documentation, url: https://example.com/, note: Page 1.}]
      x-exactly-one-of: [[name, number]]
      x-idempotent: true
      parameters:
        - {name: name, in: query, description: Name., schema: {type: string}, examples: {one: {value: a}}}
        - {name: number, in: query, description: Number., schema: {type: integer, default: 1}, example: 2}
      responses:
        "200":
          description: The job.
          headers: {X-Total: {schema: {type: integer}}}
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Job"}
              examples:
                one: {value: {ok: true, message: m, id: 1, state: running, start: 1, result: "{}", old: x}}
                two: {$ref: "#/components/examples/Two"}
        default: {$ref: "#/components/responses/Problem"}
  /token:
    post:
      operationId: create_token
      security: []
      x-envelope: false
      x-returns-headers: true
      summary: A token.
      x-evidence: [{source: Manual, kind: inferred}]
      requestBody:
        required: true
        content: {application/json: {schema: {type: object}, example: {user: a}}}
      responses: {201: {description: Made., headers: {X-Token: {schema: {type: string}}}}}
components:
  parameters:
    Id: {name: id, in: path, required: true, description: Id., x-client-parameter: optional, schema: {type: string}}
  examples:
    Two: {summary: Another., value: {ok: "false", message: m, id: 2, shape: {kind: round}}}
  responses:
    Problem:
      description: What is wrong.
      content:
        application/json:
          schema: {type: object, properties: {code: {type: string}}}
          examples: {missing: {value: {code: E1}, x-expect: {raises: NotFound, code: E1}}}
  securitySchemes:
    token: {type: apiKey, in: header, name: Token}
    sso: {type: openIdConnect, openIdConnectUrl: https://example.com/}
    signature: {type: apiKey, in: header, name: Authorization, x-signature: SDK-HMAC-SHA256}
    login: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://example.com/token, scopes: {}}}}
  schemas:
    Job:
      type: object
      description: A job.
      required: [id, name]
      additionalProperties: false
      properties:
        ok: {type: [boolean, string]}
        message: {type: string}
        id: {type: integer, x-python-name: job_id}
        name: {type: string, x-aliases: [old, message2], default: x}
        state: {type: string, enum: [running, failed], default: running}
        start: {type: [integer, "null"], x-time-format: unix-ms}
        token: {type: string, x-secret: true}
        result: {type: string, contentMediaType: application/json, contentSchema: {type: object}}
        shape: {$ref: "#/components/schemas/Shape"}
        parent: {anyOf: [{$ref: "#/components/schemas/Job"}, {type: "null"}]}
    Shape:
      description: A shape.
      oneOf: [{$ref: "#/components/schemas/Round"}]
      discriminator: {propertyName: kind, mapping: {round: Round, also: "#/components/schemas/Round"}}
    Round: {description: Round., type: object, properties: {kind: {const: round}}, patternProperties: {"(a+)+$": {}}}
""".replace("required: [id, name]", "required: [id]")


def judge(text: str) -> tuple[Diagnostics, Document]:
    diagnostics = Diagnostics()
    document = parse(text, "openapi.yaml", diagnostics)
    assert document is not None
    validate(document, diagnostics)
    return diagnostics, document


def test_a_good_spec_has_no_problems() -> None:
    """Everything that a spec may hold, in one that is right."""
    diagnostics, document = judge(GOOD)
    lint(document, diagnostics)

    assert render(diagnostics, {"openapi.yaml": GOOD}) == ""


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.parent.name)
def test_the_specs_of_this_repository_have_no_problems(spec: Path) -> None:
    diagnostics = Diagnostics()
    document = load(spec, diagnostics)
    assert document is not None
    validate(document, diagnostics)
    lint(document, diagnostics)

    assert render(diagnostics, {document.file: document.text}) == ""


@pytest.mark.parametrize("name", ["openapi.json", "extensions.json"])
def test_our_schemas_are_json_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((SCHEMAS / name).read_text(encoding="utf-8")))


def test_checking_object_by_object_is_checking_the_whole() -> None:
    """The published schema, applied as a whole by a standard validator, takes what the checks take."""
    schema = json.loads((SCHEMAS / "openapi.json").read_text(encoding="utf-8"))
    _, document = judge(GOOD)
    validator: Any = Draft202012Validator(schema)

    assert list(validator.iter_errors(document.data)) == []


def test_the_outline_knows_references_from_what_they_lead_to() -> None:
    _, document = judge(GOOD)
    node_kinds = NodeKinds(document)

    assert node_kinds.kinds["/paths/~1jobs~1{id}/parameters/0"] == "parameter"
    assert [visit.pointer for visit in node_kinds.of("response")] == [
        "/paths/~1jobs~1{id}/get/responses/200",
        "/paths/~1token/post/responses/201",
        "/components/responses/Problem",
    ]
    assert not any(pointer.startswith("/components/examples/Two/value") for pointer in node_kinds.kinds)


def test_an_example_may_use_an_alias() -> None:
    """The key that an alias stands for counts as given."""
    diagnostics, _ = judge(GOOD.replace("required: [id]", "required: [id, name]"))

    assert [diagnostic.message for diagnostic in diagnostics] == [
        'this example does not fit its schema: the example needs the key "name"'
    ]
    assert [diagnostic.place.pointer for diagnostic in diagnostics if diagnostic.place] == [
        "/components/examples/Two/value"
    ]


def test_an_example_cannot_keep_the_checks_busy() -> None:
    """Schemas that double at each step, and patterns that never end, cost next to nothing."""
    doubling = "".join(
        f"    D{i}: {{allOf: [{{$ref: '#/components/schemas/D{i + 1}'}}, {{$ref: '#/components/schemas/D{i + 1}'}}]}}\n"
        for i in range(30)
    )
    text = (
        GOOD
        + doubling
        + (
            "    D30: {type: integer}\n"
            "    Busy: {$ref: '#/components/schemas/D0', example: 1}\n"
            "    Slow: {type: string, pattern: '^(a+)+$', example: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!}\n"
            "    Large: {type: number, multipleOf: 0.1, example: 1" + "0" * 390 + "}\n"
        )
    )
    diagnostics, _ = judge(text)

    assert [(diagnostic.code, diagnostic.severity) for diagnostic in diagnostics] == [
        ("unchecked-example", "warning")
    ] * 2


def test_lint_asks_for_evidence_descriptions_and_names() -> None:
    text = GOOD.replace("x-evidence: [{source: Manual, kind: inferred}]", "x-other: 1")
    text = text.replace("create_token", "createToken").replace("      summary: One job.\n", "")
    for described in ("description: Number., ", "description: Round., ", ", description: Jobs."):
        text = text.replace(described, "")
    diagnostics, document = judge(text)
    assert list(diagnostics) == []
    lint(document, diagnostics)

    assert not diagnostics.errors
    assert sorted(diagnostic.code for diagnostic in diagnostics) == [
        "missing-description",
        "missing-description",
        "missing-description",
        "missing-description",
        "missing-evidence",
        "operation-id-style",
    ]


def test_lint_asks_for_the_answer_to_wrong_credentials() -> None:
    """Where credentials are needed, and only there."""
    text = GOOD.replace("security: [{token: []}, {}]", "security: [{token: []}]")
    text = text.replace("        default: {$ref: ", '        "404": {$ref: ')
    diagnostics, document = judge(text)
    lint(document, diagnostics)

    assert [("missing-401", "/paths/~1jobs~1{id}/get/responses")] == [
        (diagnostic.code, diagnostic.place.pointer if diagnostic.place else "") for diagnostic in diagnostics
    ]


UNSHOWN = """
openapi: 3.1.0
info: {title: Jobs, version: "1", description: Jobs.}
x-errors:
  code: [$response.body#/code]
  rules: [{code: [J.1], raise: NotFound}]
x-jobs:
  jobs:
    summary: A job.
    identity: {id: {}}
    operations: {status: {operationId: get_job}}
    state:
      from: $response.body#/state
      map: {busy: running, done: succeeded, lost: failed}
      inferred: [lost]
      rules:
        - {when: {from: $response.status, equals: 202}, is: queued}
      refine:
        - {if: succeeded, when: {from: $response.body#/warned, exists: true}, to: succeeded_with_warnings}
paths:
  /jobs/{id}:
    get:
      operationId: get_job
      summary: Ask.
      x-evidence: [{source: A page, kind: documentation}]
      parameters: [{name: id, in: path, required: true, description: Id., schema: {type: string}}]
      responses:
        "200":
          description: The job.
          content: {application/json: {schema: {$ref: "#/components/schemas/Job"}}}
        "400":
          description: No.
          content: {application/json: {schema: {type: object, properties: {code: {type: string}}}}}
components:
  schemas:
    Job:
      description: A job.
      type: object
      properties: {state: {type: string, enum: [busy, done]}, warned: {type: string}}
"""


def test_lint_asks_for_what_no_case_can_show() -> None:
    """Words, rules, refinements and codes; one example shows them all, and a word that is inferred needs none."""
    diagnostics, document = judge(UNSHOWN)
    assert list(diagnostics) == []
    lint(document, diagnostics)

    assert not diagnostics.errors
    assert [diagnostic.message for diagnostic in diagnostics] == [
        'no example of an error has a code, so nothing shows "J.1"',
        'no example of a response of "get_job" shows what is said of "busy", "done", refinement 0',
        'no response of "get_job" with the status "202" is documented',
    ]

    shown = UNSHOWN.replace('/Job"}}}', '/Job"}, example: {state: busy}}}')
    shown = shown.replace('        "400":', '        "202": {description: Not yet.}\n        "400":')
    shown = shown.replace("{code: {type: string}}}}}", "{code: {type: string}}}, example: {code: J.2}}}")
    diagnostics, document = judge(shown)
    lint(document, diagnostics)

    assert [diagnostic.message for diagnostic in diagnostics] == []


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (2, '"W0" and "W1"'),
        (5, '"W0", "W1", "W2", "W3" and "W4"'),
        (6, '"W0", "W1", "W2", "W3" and "W4" and 1 more'),
        (12, '"W0", "W1", "W2", "W3" and "W4" and 7 more'),
    ],
)
def test_lint_lists_the_first_of_many_that_no_case_can_show(count: int, words: str) -> None:
    listed = [f"W{number}" for number in range(count)]
    mapped = ", ".join(f"{word}: {'failed' if word == 'W0' else 'running'}" for word in listed)
    text = UNSHOWN.replace("code: [J.1]", f"code: [{', '.join(listed)}]")
    text = text.replace("map: {busy: running, done: succeeded, lost: failed}", f"map: {{{mapped}, done: succeeded}}")
    text = text.replace("inferred: [lost]", "inferred: [done]")
    text = text.replace("enum: [busy, done]", f"enum: [{', '.join(listed)}]")
    text = re.sub(r"      rules:\n.*\n      refine:\n.*\n", "", text)
    diagnostics, document = judge(text)
    assert list(diagnostics) == []
    lint(document, diagnostics)

    assert [diagnostic.message for diagnostic in diagnostics] == [
        f"no example of an error has a code, so nothing shows {words}",
        f'no example of a response of "get_job" shows what is said of {words.replace(" and ", ", ", 1)}',
    ]


def pointers(value: JSON, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the way to every value in a document."""
    inner: list[tuple[str | int, JSON]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [at] * bool(at) + [way for key, item in inner for way in pointers(item, (*at, key))]


def replace(data: Any, way: tuple[Any, ...], value: Any) -> None:
    """Put a value where a way leads, if it still leads anywhere."""
    node = data
    try:
        for key in way[:-1]:
            node = node[key]
        node[way[-1]] = value
    except (KeyError, IndexError, TypeError):
        return


DATA = yaml.safe_load(GOOD)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 600) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "string", "object", "get_job", "token", "#/components/schemas/Job", "/jobs", "2XX"])
    | st.sampled_from(["{id}", "$ref", "path", "https://example.com/{id}", "$response.body#/id", "$credential.x"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["", "$ref", "type", "name", "in", "get", "schema", "enum", "200", "x-auth", "properties"])
        | st.sampled_from(["allOf", "items", "required", "x-aliases", "default", "example", "mapping", "$id"]),
        inner,
        max_size=3,
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=150)
@given(changes=st.lists(st.tuples(st.sampled_from(pointers(DATA)), VALUES), min_size=1, max_size=3))
def test_no_document_breaks_the_checks(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    """Wherever a value is replaced by another one, there are problems or none, and nothing is raised."""
    data = copy.deepcopy(DATA)
    for way, value in changes:
        replace(data, way, value)
    text = json.dumps(data, default=str)
    diagnostics = Diagnostics()
    document = parse(text, "openapi.json", diagnostics, strict_json=True)
    assert document is not None
    validate(document, diagnostics)
    lint(document, diagnostics)
    shown = render(diagnostics, {"openapi.json": text})

    assert all(diagnostic.place is not None for diagnostic in diagnostics)
    for internal in ("Traceback", "None;", "Unset", "ValidationError", "<class", "dict_", "is not valid under"):
        assert internal not in shown
