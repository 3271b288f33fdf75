"""From a few lines of spec to the IR, the signatures of the client, and models that decode."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pytest
from jobclients_core import session
from jobclients_core.conditions import When
from jobclients_core.envelopes import Envelope
from pydantic import ValidationError
from vendorsmith.ir import Credential, SecurityScheme, TypeRef
from vendorsmith.spec.operations import IGNORED_HEADERS

from .support import Made, completed, operation, spec, write_spec

ANY = TypeRef("any")
TEXT = TypeRef("string")


def ref(name: str) -> TypeRef:
    return TypeRef("ref", name=name)


# Types


@spec("""
components:
  schemas:
    Task:
      type: object
      required: [id, note]
      properties:
        id: {type: integer}
        ratio: {type: number}
        done: {type: boolean}
        name: {type: string}
        anything: {}
        note: {type: [string, "null"]}
""")
def test_plain_types(made: Made) -> None:
    """Each JSON type has an annotation; what is not required may be absent, what may be null may be None."""
    expected = {
        "id": "Int",
        "ratio": "Number | None = None",
        "done": "bool | None = None",
        "name": "str | None = None",
        "anything": "JsonValue | None = None",
        "note": "str | None",
    }

    assert expected == made.fields("Task")


@spec("""
components:
  schemas:
    Task:
      type: object
      properties:
        listed: {type: [integer, "null"]}
        chosen: {anyOf: [{type: string}, {type: "null"}]}
        object: {oneOf: [{$ref: "#/components/schemas/Other"}, {type: "null"}]}
        word: {enum: [one, null]}
        named: {$ref: "#/components/schemas/Word"}
        nothing: {type: "null"}
    Other: {type: object, properties: {a: {type: string}}}
    Word: {type: [string, "null"], enum: [one, two, null]}
""")
def test_every_spelling_of_nullable(made: Made) -> None:
    """A list of types, an alternative and an enumerated null all say the same, on a named enumeration too."""
    kinds = {entry.wire: (entry.type.kind, entry.type.nullable) for entry in made.schema("Task").properties}
    expected = {
        "listed": ("integer", True),
        "chosen": ("string", True),
        "object": ("ref", True),
        "word": ("ref", True),
        "named": ("ref", True),
        "nothing": ("null", False),
    }

    assert expected == kinds
    assert ["ONE", "TWO"] == [value.name for value in made.schema("Word").values]
    assert made.decode("Task", {"named": None}).named is None


@spec("""
components:
  schemas:
    Task:
      type: object
      properties:
        merged:
          allOf:
            - {$ref: "#/components/schemas/Base"}
            - {type: object, properties: {more: {type: integer}}, required: [more]}
        single: {allOf: [{$ref: "#/components/schemas/Base"}], description: a base}
        stricter: {allOf: [{$ref: "#/components/schemas/Base"}, {required: [id]}]}
        word: {allOf: [{$ref: "#/components/schemas/State"}, {description: a state}]}
        text: {allOf: [{type: string}, {minLength: 1}]}
    Base: {type: object, properties: {id: {type: string}}}
    State: {enum: [running, done]}
""")
def test_all_of_is_merged(made: Made) -> None:
    """Objects become one with all properties; a single part, or one that says more than a remark, is itself."""
    kinds = {entry.wire: entry.type for entry in made.schema("Task").properties}

    assert ref("Base") == kinds["single"]
    assert ref("State") == kinds["word"]
    assert TEXT == kinds["text"]
    assert {"id": "str | None = None", "more": "Int"} == made.fields("TaskMerged")
    assert {"id": "str"} == made.fields("TaskStricter")


@spec("""
components:
  schemas:
    Base: {type: object, properties: {parent: {$ref: "#/components/schemas/Child"}}}
    Child:
      allOf: [{$ref: "#/components/schemas/Base"}]
      properties: {name: {type: string}}
""")
def test_all_of_may_lead_back_to_itself_in_a_property(made: Made) -> None:
    """An object that extends its own container is complete."""
    assert "x" == made.decode("Child", {"parent": {"parent": {"name": "x"}}}).parent.parent.name


@spec("""
components:
  schemas:
    Task:
      type: object
      properties:
        id: {oneOf: [{type: string}, {type: integer}]}
        also: {type: [string, integer]}
        body:
          anyOf: [{$ref: "#/components/schemas/A"}, {type: object, properties: {b: {type: string}}, required: [b]}]
        either:
          {type: object, properties: {p: {type: string}, q: {type: string}}, oneOf: [{required: [p]}, {required: [q]}]}
        same: {anyOf: [{type: string}, {type: string, minLength: 2}]}
    A: {type: object, properties: {a: {type: string}}, required: [a]}
""")
def test_alternatives(made: Made) -> None:
    """Alternatives become a union in the spec's order; those that only constrain the object beside them do not."""
    fields = made.fields("Task")

    assert "str | Int | None = None" == fields["id"] == fields["also"]
    assert "A | TaskBodyOption2 | None = None" == fields["body"]
    assert ref("TaskEither") == made.property("Task", "either").type
    assert TEXT == made.property("Task", "same").type
    assert "x" == made.decode("Task", {"body": {"b": "x"}}).body.b


@spec("""
components:
  schemas:
    Signal:
      oneOf: [{$ref: "#/components/schemas/Start"}, {$ref: "#/components/schemas/Stop"}]
      discriminator: {propertyName: kind}
    Start: {type: object, required: [kind, at], properties: {kind: {const: start}, at: {type: integer}}}
    Stop: {type: object, required: [kind, why], properties: {kind: {const: stop}, why: {type: string}}}
""")
def test_an_unknown_kind_keeps_its_body(made: Made) -> None:
    """A discriminated body of a kind that is not listed is a mapping with everything in it."""
    assert {"kind": "pause", "x": 1} == made.decode("Signal", {"kind": "pause", "x": 1})


@spec("""
components:
  schemas:
    Signal:
      oneOf: [{$ref: "#/components/schemas/Start"}, {$ref: "#/components/schemas/Stop"}]
      discriminator: {propertyName: kind}
    Start:
      {type: object, required: [kind, at], properties: {kind: {enum: [start]}, at: {$ref: "#/components/schemas/At"}}}
    Stop: {type: object, required: [kind], properties: {kind: {enum: [stop]}, why: {type: string}}}
    At: {type: integer, x-time-format: unix-ms}
    Log: {type: array, items: {anyOf: [{$ref: "#/components/schemas/Stop"}, {type: object}]}}
""")
def test_a_listed_kind_is_its_model_whatever_it_holds(made: Made) -> None:
    """Pydantic takes any mapping for a better fit than a model with an enumeration or a time in it."""
    assert 2001 == made.decode("Signal", {"kind": "start", "at": 10**12}).at.year
    assert "x" == made.decode("Signal", {"kind": "stop", "why": "x"}).why
    assert ["x", {"other": 1}] == [
        getattr(item, "why", item) for item in made.decode("Log", [{"kind": "stop", "why": "x"}, {"other": 1}])
    ]


@spec("""
components:
  schemas:
    Kinds:
      type: object
      properties:
        words: {enum: [a, b]}
        numbers: {enum: [1, 2]}
        flags: {enum: [true]}
        mixed: {enum: [a, 1]}
        word: {const: a}
        number: {const: 1}
""")
def test_enumerations(made: Made) -> None:
    """Words become an open enumeration; other values, and constants, are documentation of their type."""
    expected = {
        "words": "OpenEnum[KindsWords] | None = None",
        "numbers": "Int | None = None",
        "flags": "bool | None = None",
        "mixed": "str | Int | None = None",
        "word": "str | None = None",
        "number": "Int | None = None",
    }

    assert expected == made.fields("Kinds")
    assert "new" == made.decode("Kinds", {"words": "new"}).words


@spec("""
components:
  schemas:
    Node:
      type: object
      properties:
        left: {$ref: "#/components/schemas/Node"}
        all: {type: array, items: {$ref: "#/components/schemas/Node"}}
        by_name: {type: object, additionalProperties: {$ref: "#/components/schemas/Node"}}
        forest: {$ref: "#/components/schemas/Forest"}
    Forest: {type: array, items: {$ref: "#/components/schemas/Node"}}
    Nested: {oneOf: [{type: string}, {type: array, items: {$ref: "#/components/schemas/Nested"}}]}
    Tree: {type: object, additionalProperties: {$ref: "#/components/schemas/Tree"}}
    Lists: {type: array, items: {$ref: "#/components/schemas/Lists"}}
""")
def test_recursion(made: Made) -> None:
    """Objects, lists, maps and unions may hold themselves."""
    node = made.decode("Node", {"left": {"all": [{"by_name": {"x": {"forest": [{}]}}}]}})

    assert 1 == len(node.left.all[0].by_name["x"].forest)
    assert ["a", ["b", []]] == made.decode("Nested", ["a", ["b", []]])
    assert {"a": {"b": {}}} == made.decode("Tree", {"a": {"b": {}}})
    assert [[], [[]]] == made.decode("Lists", [[], [[]]])


@spec("""
components:
  schemas:
    Maps:
      type: object
      properties:
        free: {type: object}
        typed: {type: object, additionalProperties: {type: integer}}
        closed: {type: object, additionalProperties: false}
        objects: {additionalProperties: {type: object, properties: {a: {type: string}}}}
""")
def test_maps(made: Made) -> None:
    """An object without properties is a map; what its values are is known or not."""
    expected = {
        "free": "dict[str, JsonValue] | None = None",
        "typed": "dict[str, Int] | None = None",
        "closed": "dict[str, JsonValue] | None = None",
        "objects": "dict[str, MapsObjectsValue] | None = None",
    }

    assert expected == made.fields("Maps")


@spec("""
paths:
  /jobs:
    get:
      operationId: list_jobs
      responses:
        "200":
          description: All jobs.
          content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: string}}}}}}
  /count:
    get:
      operationId: count_jobs
      responses: {"200": {description: How many., content: {application/json: {schema: {type: integer}}}}}
""")
def test_a_body_that_is_no_object_gets_a_name(made: Made) -> None:
    """A list or a number as a whole response has a name in the models, so that it can be decoded by name."""
    assert "(self) -> models.ListJobsResponse" == made.signature("list_jobs")
    assert "x" == made.decode("ListJobsResponse", [{"id": "x"}])[0].id
    assert 3 == made.decode("CountJobsResponse", 3)
    with pytest.raises(ValidationError):
        made.decode("CountJobsResponse", "3")


@spec("""
components:
  schemas:
    Task:
      type: object
      properties:
        links: {type: array, items: {type: object, properties: {to: {type: object, properties: {url: {type: string}}}}}}
    TaskLinksItem: {type: object, properties: {other: {type: string}}}
""")
def test_inline_objects_are_named_after_their_place(made: Made) -> None:
    """An object inside another gets its own class; one that is taken by a component leaves it to the component."""
    assert {"links": "list[TaskLinksItem2] | None = None"} == made.fields("Task")
    assert {"to": "TaskLinksItem2To | None = None"} == made.fields("TaskLinksItem2")
    assert {"other": "str | None = None"} == made.fields("TaskLinksItem")


@spec("""
components:
  schemas:
    Task:
      type: object
      properties:
        result: {$ref: "#/components/schemas/ResultText"}
        plain: {type: string, contentMediaType: application/json}
        several: {type: array, items: {$ref: "#/components/schemas/ResultText"}}
    ResultText: {type: string, contentMediaType: application/json, contentSchema: {$ref: "#/components/schemas/Result"}}
    Result: {type: object, required: [ok], properties: {ok: {type: boolean}, job: {$ref: "#/components/schemas/Task"}}}
""")
def test_json_in_a_text(made: Made) -> None:
    """A text that holds JSON decodes to what it holds, or stays text; the property has readers by type."""
    job = made.decode("Task", {"result": '{"ok": true, "job": {"plain": "[1]"}}', "several": ["no", '{"ok": false}']})

    assert TypeRef("json_text", items=ref("Result")) == made.property("Task", "result").type
    assert [1] == job.result.job.plain
    assert "no" == job.several[0]
    assert job.several[1].ok is False
    assert job.result_text is None
    assert job.result is job.result_as(made.loaded["models"].Result)


@spec("""
components:
  schemas:
    Task:
      type: object
      properties:
        a: {type: integer, x-time-format: unix-ms}
        b: {type: [integer, string], x-time-format: unix-s}
        c: {type: [string, "null"], x-time-format: jdbc}
        d: {type: string, format: date-time}
        e: {type: string, format: date}
        f: {type: string, x-secret: true}
        g: {type: string, format: binary}
        h: {type: string, format: email}
        i: {$ref: "#/components/schemas/Key"}
    Key: {type: string, x-secret: true}
""")
def test_formats(made: Made) -> None:
    """Moments, days, secrets and bytes have types of their own; other formats are documentation."""
    expected = ["UnixMs", "UnixS", "Jdbc", "Rfc3339", "Date", "Secret", "Bytes", "str", "Secret"]

    assert [f"{name} | None = None" for name in expected] == list(made.fields("Task").values())
    assert 1970 == made.decode("Task", {"a": 0}).a.year
    assert "later" == made.decode("Task", {"c": "later"}).c
    assert "hush" not in repr(made.decode("Task", {"f": "hush"}))


@spec("""
components:
  schemas:
    Task:
      type: object
      properties:
        last-udpate-user: {type: string, x-aliases: [last-update-user, luu], x-python-name: last_update_user}
        Sub.count-all: {type: integer}
""")
def test_a_property_is_read_from_any_of_its_keys_and_written_with_its_own(made: Made) -> None:
    """Aliases are read, the property's own key is written, and odd keys become names."""
    jobs = [made.decode("Task", {key: "x"}) for key in ("last-udpate-user", "last-update-user", "luu")]

    assert ["x", "x", "x"] == [job.last_update_user for job in jobs]
    assert {"last-udpate-user": "x"} == jobs[1].model_dump(exclude_none=True)
    both = made.decode("Task", {"last_update_user": "name", "luu": "further", "last-udpate-user": "own"})
    assert "own" == both.last_update_user
    assert {"last_update_user": "name", "luu": "further"} == both.model_extra
    assert 1 == made.decode("Task", {"Sub.count-all": 1}).sub_count_all


@spec("""
paths:
  /jobs/{id}:
    parameters: [{$ref: "#/components/parameters/Id"}]
    post:
      operationId: change_job
      parameters: [{$ref: "#/components/parameters/Again"}]
      requestBody: {$ref: "#/components/requestBodies/Change"}
      responses: {"200": {$ref: "#/components/responses/Again"}}
components:
  parameters:
    Id: {name: id, in: path, required: true, schema: {$ref: "#/components/schemas/Also"}}
    Again: {$ref: "#/components/parameters/Deep"}
    Deep: {name: deep, in: query, schema: {$ref: "#/components/schemas/Task/properties/id"}}
  requestBodies:
    Change: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Alias"}}}}
  responses:
    Again: {$ref: "#/components/responses/Task"}
    Task: {description: The job., content: {application/json: {schema: {$ref: "#/components/schemas/Alias"}}}}
  schemas:
    Alias: {$ref: "#/components/schemas/Other"}
    Other: {$ref: "#/components/schemas/Task"}
    Task: {type: object, properties: {id: {type: integer}}}
    Also: {$ref: "#/components/schemas/Text"}
    Text: {type: string}
""")
def test_references_lead_through_references(made: Made) -> None:
    """Parameters, bodies, answers and schemas are found however many references lead to them."""
    body = made.operation("change_job").body

    assert "(self, *, id: str, body: models.Task, deep: int | None=None) -> models.Task" == made.signature("change_job")
    assert body is not None
    assert ref("Task") == body.type


@spec("""
paths:
  /jobs/{id}:
    post:
      operationId: change_job
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Change"}}}
      responses: {"200": {description: Done.}}
components:
  schemas:
    Change:
      type: object
      required: [sql, kind]
      properties:
        sql: {type: string}
        kind: {enum: [fast, slow]}
        tags: {type: array, items: {type: string}}
        queue-name: {type: string}
        limit: {type: [integer, "null"]}
""")
def test_an_object_body_becomes_arguments(made: Made) -> None:
    """Each property is an argument: required first, null and absence distinguished, members or their words."""
    expected = (
        "(self, *, id: str, sql: str, kind: models.ChangeKind | str, tags: Sequence[str] | None=None, "
        "queue_name: str | None=None, limit: int | None | Unset=UNSET) -> None"
    )
    operation = (
        "Operation(id='change_job', method='POST', path='/jobs/{id}', parameters=(Path('id'),), "
        "body=Body('Change', fields=(Field('sql', required=True), Field('kind', required=True), Field('tags'), "
        "Field('queue_name', 'queue-name'), Field('limit', nullable=True))), returns={200: None})"
    )

    assert expected == made.signature("change_job")
    assert [expected] == made.signatures("change_job", asynchronous=True)
    assert operation == made.constant("CHANGE_JOB")


BODY = """
paths:
  /jobs/{id}:
    post:
      operationId: post_it
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody: {%s}
      responses: {"200": {description: Done.}}
components:
  schemas:
    Change: {type: object, required: [a], properties: {a: {type: string}}}
    Clash: {type: object, properties: {id: {type: string}}}
    Words: {type: array, items: {type: string}}
"""


@pytest.mark.parametrize(
    ("made", "arguments", "body"),
    [
        (
            BODY % "content: {application/json: {schema: {$ref: '#/components/schemas/Change'}}}",
            "a: str | None=None",
            "Body('Change', required=False, fields=(Field('a'),))",
        ),
        (
            BODY % "required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Clash'}}}",
            "body: models.Clash",
            "Body('Clash')",
        ),
        (
            BODY % "required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Words'}}}",
            "body: models.Words",
            "Body('Words')",
        ),
        (
            BODY % "required: true, content: {application/json: {}}",
            "body: models.PostItRequest",
            "Body('PostItRequest')",
        ),
        (
            BODY % "required: true, content: {application/x-www-form-urlencoded: "
            "{schema: {$ref: '#/components/schemas/Change'}}}",
            "a: str",
            "Body('Change', media_type='application/x-www-form-urlencoded', fields=(Field('a', required=True),))",
        ),
        (
            BODY % "required: true, content: {multipart/form-data: {schema: {type: object, "
            "properties: {file: {type: string, format: binary}}}}}",
            "file: bytes | None=None",
            "Body('PostItRequest', media_type='multipart/form-data', fields=(Field('file'),))",
        ),
        (
            BODY % "content: {text/plain: {schema: {type: string}}}",
            "body: str | None=None",
            "Body(media_type='text/plain', required=False)",
        ),
        (
            BODY % "required: true, content: {application/octet-stream: {}}",
            "body: bytes",
            "Body(media_type='application/octet-stream')",
        ),
        (
            BODY % "required: true, content: {text/csv: {}, application/vnd.x+json: "
            "{schema: {$ref: '#/components/schemas/Change'}}}",
            "a: str",
            "Body('Change', media_type='application/vnd.x+json', fields=(Field('a', required=True),))",
        ),
    ],
    indirect=["made"],
    ids=["optional", "clash", "list", "no-schema", "form", "multipart", "text", "binary", "json-preferred"],
)
def test_kinds_of_bodies(made: Made, arguments: str, body: str) -> None:
    """A body is flattened where it is an object whose properties clash with nothing, and one argument otherwise."""
    assert f"(self, *, id: str, {arguments}) -> None" == made.signature("post_it")
    assert f"body={body}, returns" in made.constant("POST_IT")


ANSWER = """
paths:
  /jobs:
    get:
      operationId: ask
      responses: {%s}
components:
  schemas:
    Task: {type: object, properties: {a: {type: string}}}
    Problem: {type: object, properties: {b: {type: string}}}
"""
JSON_JOB = "content: {application/json: {schema: {$ref: '#/components/schemas/Task'}}}"
JSON_PROBLEM = "content: {application/json: {schema: {$ref: '#/components/schemas/Problem'}}}"


@pytest.mark.parametrize(
    ("made", "result", "tables"),
    [
        (ANSWER % "'204': {description: Nothing.}", "None", "returns={204: None}"),
        (ANSWER % f"2XX: {{description: A job., {JSON_JOB}}}", "models.Task", "returns={'2XX': 'Task'}"),
        (ANSWER % f"default: {{description: A job., {JSON_JOB}}}", "models.Task", "returns={'default': 'Task'}"),
        (
            ANSWER % f"'200': {{description: A job., {JSON_JOB}}}, default: {{description: No., {JSON_PROBLEM}}}, "
            "'404': {description: Gone., content: {text/html: {}}}",
            "models.Task",
            "returns={200: 'Task'}, raises={'default': 'Problem', 404: None}",
        ),
        (
            ANSWER % f"'200': {{description: A job., {JSON_JOB}}}, '201': {{description: A job., {JSON_JOB}}}, "
            "'202': {description: Later., content: {text/plain: {}}}, '204': {description: Nothing.}",
            "models.Task | str | None",
            "returns={200: 'Task', 201: 'Task', 202: TEXT, 204: None}",
        ),
        (
            ANSWER % "'200': {description: A file., content: {application/zip: {}}}",
            "bytes",
            "returns={200: BINARY}, accept=('application/zip',)",
        ),
    ],
    indirect=["made"],
    ids=["no-content", "class-of-statuses", "default-only", "default-is-an-error", "several", "binary"],
)
def test_kinds_of_answers(made: Made, result: str, tables: str) -> None:
    """A method returns what its 2xx answers hold; `default` is a result only where no 2xx is described."""
    assert f"(self) -> {result}" == made.signature("ask")
    assert made.constant("ASK").endswith(f"{tables})")


def raising(*tables: str) -> str:
    """A spec whose operations have these responses beside a good one."""
    operations = "".join(
        f"""
  /jobs/{number}:
    get: {{operationId: ask_{number}, responses: {{'204': {{description: Nothing.}}, {table}}}}}"""
        for number, table in enumerate(tables)
    )
    return f"paths:{operations}\n{ANSWER[ANSWER.index('components:') :]}"


GONE, BUSY = f"'404': {{description: Gone., {JSON_PROBLEM}}}", "'503': {description: Busy.}"


@pytest.mark.parametrize(
    ("made", "shared", "tables"),
    [
        (raising(f"{GONE}, {BUSY}"), "", ["{404: 'Problem', 503: None}"]),
        (raising(GONE, GONE), "", ["{404: 'Problem'}", "{404: 'Problem'}"]),
        (
            raising(GONE, f"{GONE}, {BUSY}", f"{BUSY}, {GONE}", f"{GONE}, {BUSY}"),
            "{404: 'Problem', 503: None}",
            ["{404: 'Problem'}", "ERRORS", "ERRORS", "ERRORS"],
        ),
        (
            raising(f"{BUSY}, '500': {{description: No.}}", f"{GONE}, {BUSY}", f"{GONE}, {BUSY}"),
            "{404: 'Problem', 503: None}",
            ["{503: None, 500: None}", "ERRORS", "ERRORS"],
        ),
    ],
    indirect=["made"],
    ids=["one operation", "one error", "most operations", "not the first"],
)
def test_a_table_of_errors_that_operations_share_is_a_constant(made: Made, shared: str, tables: list[str]) -> None:
    """What is written once for several operations is a table of several errors."""
    found = [made.constant(f"ASK_{number}").partition("raises=")[2].removesuffix(")") for number in range(len(tables))]

    assert found == tables
    assert ("ERRORS: Mapping" in made.files["client.py"]) is bool(shared)
    assert not shared or made.constant("ERRORS") == shared


@spec("""
security: [{key: []}]
paths:
  /a: {get: {operationId: inherits, responses: {"200": {description: Done.}}}}
  /b:
    get:
      operationId: chooses
      security: [{key: [], basic: []}, {bearer: []}, {}]
      responses: {"200": {description: Done.}}
  /c: {get: {operationId: opens, security: [], responses: {"200": {description: Done.}}}}
  /d: {get: {operationId: repeats, security: [{key: []}], responses: {"200": {description: Done.}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: api-key}
    basic: {type: http, scheme: Basic}
    bearer: {type: http, scheme: bearer}
    machine: {type: oauth2, flows: {clientCredentials: {tokenUrl: "https://a.example/token", scopes: {read: Read.}}}}
    signed: {type: apiKey, in: header, name: Authorization, x-signature: SDK-HMAC-SHA256}
""")
def test_security(made: Made) -> None:
    """Schemes keep their kind, requirements their alternatives, and `auth` takes one credential class per kind."""
    schemes = (
        SecurityScheme("key", "ApiKey", ("api-key", "query"), ("Token",)),
        SecurityScheme("basic", "HttpBasic", (), ("Basic",)),
        SecurityScheme("bearer", "HttpBearer", (), ("Token",)),
        SecurityScheme(
            "machine",
            "OAuth2ClientCredentials",
            ("https://a.example/token", ("read",)),
            ("ClientCredentials", "Token"),
        ),
        SecurityScheme("signed", "Signature", (), ("AkSk",)),
    )

    assert schemes == made.api.schemes
    assert (("key",),) == made.operation("inherits").security
    assert "security=(('key', 'basic'), ('bearer',), ())" in made.constant("CHOOSES")
    assert "security=()" in made.constant("OPENS")
    assert "security" not in made.constant("INHERITS") + made.constant("REPEATS")
    assert "auth: Auth[Token | Basic | ClientCredentials | AkSk]" in made.signature("__init__")
    assert made.loaded["client"].VENDOR is not None


@spec("""
security: [{machine: []}]
paths:
  /a: {get: {operationId: ask, responses: {"200": {description: Done.}}}}
components:
  securitySchemes:
    machine: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {}}}}
""")
def test_a_bearer_token_serves_where_oauth2_does(made: Made) -> None:
    """Who has a token already need not ask for one."""
    vendor = made.loaded["client"].VENDOR
    assert "auth: Auth[ClientCredentials | Token]" in made.signature("__init__")
    assert {"ClientCredentials": "machine", "Token": "machine"} == {
        kind.__name__: scheme for kind, scheme in vendor.credentials.items()
    }


@spec("""
servers:
  - url: https://{region}.a.example/{port}
    variables: {region: {default: eu}, port: {default: x, x-placeholder: true}}
  - url: https://b.example
paths:
  /{project}/jobs:
    get:
      operationId: list_jobs
      parameters:
        - {name: project, in: path, required: true, x-client-parameter: true, schema: {type: string}}
        - {name: account, in: query, x-client-parameter: optional, schema: {type: integer}}
        - {name: limit, in: query, required: true, schema: {type: integer}}
      responses: {"200": {description: Done.}}
""")
def test_client_parameters_are_given_once(made: Made) -> None:
    """A client parameter is an argument of the constructor and an optional one of each call, the last ones."""
    constructor = made.signature("__init__")

    assert "region: str | None=None, port: str | None=None, project: str, account_: int | None=None" in constructor
    expected = "(self, *, limit: int, project: str | None=None, account_: int | None=None) -> None"
    assert expected == made.signature("list_jobs")
    assert "Query('account_', 'account', type='integer', client=True)" in made.constant("LIST_JOBS")
    assert "server='https://{region}.a.example/{port}'" in made.constant("VENDOR")
    assert "variables={'region': Variable('eu'), 'port': Variable()}" in made.constant("VENDOR")


@spec("""
paths:
  /jobs:
    get:
      operationId: get_job
      x-exactly-one-of: [[id, job-name]]
      x-returns-headers: true
      parameters:
        - {name: id, in: query, schema: {type: integer}}
        - {name: job-name, in: query, schema: {type: [string, "null"]}}
        - {name: deep, in: query, schema: {type: boolean}}
      responses: {"200": {description: Done.}}
""")
def test_exactly_one_of_becomes_overloads(made: Made) -> None:
    """Each choice is a signature of its own in which the chosen one is required; sync and async have the same."""
    expected = [
        "(self, *, id: int, deep: bool | None=None) -> Response[None]",
        "(self, *, job_name: str | None, deep: bool | None=None) -> Response[None]",
        "(self, *, id: int | None=None, job_name: str | None | Unset=UNSET, deep: bool | None=None) -> Response[None]",
    ]

    assert expected == made.signatures("get_job")
    assert expected == made.signatures("get_job", asynchronous=True)
    assert "exactly_one=(('id', 'job_name'),)" in made.constant("GET_JOB")


@spec("""
paths:
  /jobs/{ids}:
    get:
      operationId: find_jobs
      parameters:
        - {name: ids, in: path, required: true, schema: {type: [array, "null"], items: {type: integer}}}
        - {name: state, in: query, explode: false, schema: {type: array, items: {enum: [running, done]}}}
        - {name: filter, in: query, style: deepObject, schema: {type: object}}
        - {name: since, in: query, x-time-format: unix-ms, schema: {type: integer}}
        - {name: day, in: query, schema: {type: string, format: date}}
        - {name: X-Trace, in: header, allowReserved: true, schema: {type: string}}
        - {name: Accept, in: header, schema: {type: string}}
        - {name: session, in: cookie, schema: {type: string}}
      responses: {"200": {description: Done.}}
""")
def test_parameters(made: Made) -> None:
    """Types, styles and places of parameters; a header that the client sets itself is not an argument."""
    signature = (
        "(self, *, ids: Sequence[int], state: Sequence[models.FindJobsStateItem | str] | None=None, "
        "filter: Mapping[str, object] | None=None, since: datetime | int | None=None, day: date | None=None, "
        "x_trace: str | None=None, session: str | None=None) -> None"
    )
    parameters = (
        "parameters=(Path('ids', type='integer', many=True), Query('state', many=True, explode=False), "
        "Query('filter', type='object', style='deepObject'), Query('since', type='unix-ms'), "
        "Query('day', type='date'), Header('x_trace', 'X-Trace'), Cookie('session', explode=True))"
    )

    assert signature == made.signature("find_jobs")
    assert parameters in made.constant("FIND_JOBS")


@spec("""
paths:
  /jobs:
    get:
      operationId: find_jobs
      parameters: [{name: pin, in: query, schema: {type: string, x-secret: true}}]
      responses: {"204": {description: Done.}}
components:
  schemas:
    Task:
      type: object
      properties:
        handout: {type: [string, "null"], x-secret: true}
        codes: {type: array, items: {type: string, x-secret: true}, x-aliases: [code-list]}
        name: {type: string}
""")
def test_secrets(made: Made) -> None:
    """The runtime is told which arguments are secret, and under which keys secrets come."""
    assert "parameters=(Query('pin', secret=True),)" in made.constant("FIND_JOBS")
    assert "secret_keys=('code-list', 'codes', 'handout')" in made.constant("VENDOR")


@spec("""
paths:
  /jobs:
    get:
      operationId: find_jobs
      parameters:
        - {name: filter, in: query, style: deepObject, schema: {$ref: "#/components/schemas/Filter"}}
      responses: {"200": {description: Done.}}
components: {schemas: {Filter: {type: object, properties: {state: {type: string}}}}}
""")
def test_a_parameter_that_is_an_object(made: Made) -> None:
    """It is given as its model, and written as an object."""
    assert "(self, *, filter: models.Filter | None=None) -> None" == made.signature("find_jobs")
    assert "Query('filter', type='object', style='deepObject')" in made.constant("FIND_JOBS")


@spec("""
servers: [{url: "https://{region}.a.example", variables: {region: {default: eu, x-placeholder: true}}}]
security: [{token: []}]
x-auth:
  refresh_token:
    description: A refresh token and its user.
    into: token
    operationId: make_token
    credentials:
      refresh_token: {type: string, secret: true, description: The token.}
      user_id: {type: integer, description: The user.}
      scope: {type: string, required: false, description: The scope.}
    body: {refresh_token: $credential.refresh_token, nested: {user: $credential.user_id, list: [$client.region]}}
    token: $response.body#/token
    expires_in: $response.body#/seconds
    lifetime: PT1H30M
  other_login:
    description: For other documents.
    operationId: make_token
    credentials: {word: {type: string, secret: true, description: The word.}}
    body: {word: $credential.word}
    token: $response.header.X-Token
paths:
  /token:
    post:
      operationId: make_token
      security: []
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object}}}}
      responses: {"200": {description: A token., content: {application/json: {schema: {type: object}}}}}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
""")
def test_credentials_that_are_exchanged(made: Made) -> None:
    """Each entry of x-auth is a class with its fields; one that serves other documents carries its own server."""
    own = made.fields("RefreshToken", module="auth.py")
    other = made.fields("OtherLogin", module="auth.py")

    assert (Credential("Token", "token", ""), Credential("RefreshToken", "token", "demo")) == made.api.credentials
    assert "str = field(repr=False)" == own["refresh_token"]
    assert "int" == own["user_id"]
    assert "str | None = None" == own["scope"]
    assert "lifetime=5400.0" in own["exchange"]
    assert "server=" not in own["exchange"]
    assert "'list': ['$client.region']" in own["exchange"]
    assert "server='https://{region}.a.example'" in other["exchange"]
    assert "str | None = None" == other["base_url"] == other["region"]
    assert "media_type='application/x-www-form-urlencoded'" in other["exchange"]
    assert "'s'" not in repr(made.loaded["auth"].RefreshToken(refresh_token="s", user_id=1))


@spec("""
x-envelope: {ok: {from: $response.body#/ok, in: [true, "yes"]}, message: $response.body#/why}
x-errors:
  code: [$response.body#/code]
  rules: [{status: [404, 5XX], code: [gone], raise: NotFound, transient: true}]
paths:
  /a: {get: {operationId: inherits, responses: &ok {"200": {$ref: "#/components/responses/Done"}}}}
  /b:
    get: {operationId: refuses, x-envelope: {refused: {from: $response.status, equals: 200}}, responses: *ok}
  /c: {get: {operationId: trusts, x-envelope: false, x-idempotent: false, responses: *ok}}
  /d: {get: {operationId: looks, x-envelope: {ok: {from: $response.body#/x, nonempty: true}}, responses: *ok}}
components:
  responses: {Done: {description: Done., content: {application/json: {schema: {type: object}}}}}
""")
def test_envelopes_and_error_rules(made: Made) -> None:
    """An operation's envelope replaces the root's, `false` takes it away; rules keep their order and words."""
    root = Envelope(When("$response.body#/ok", (True, "yes")), message="$response.body#/why")

    assert root == made.operation("inherits").envelope
    assert "envelope=Envelope(refused=When(source='$response.status', one_of=(200,)))" in made.constant("REFUSES")
    assert "envelope=None, idempotent=False" in made.constant("TRUSTS")
    assert "When(source='$response.body#/x', empty=False)" in made.constant("LOOKS")
    assert "status=('404', '5XX'), code=('gone',), raises='NotFound', transient=True" in made.constant("VENDOR")


@spec("""
components:
  schemas:
    Deep:
      type: object
      properties:
        a:
          type: object
          properties: {b: {type: array, items: {type: object, properties: {c: {enum: [x]}}}}}
    True: true
    False: {not: {}}
    Tuple: {type: array, prefixItems: [{type: string}]}
    Conditional: {type: object, if: {required: [a]}, then: {required: [b]}, properties: {a: {type: string}}}
    Format: {type: string, format: no-such-format, pattern: "(a+)+$"}
    Numbers: {type: integer, minimum: 1, maximum: 2, exclusiveMinimum: 0, multipleOf: 1, default: 1}
""")
def test_what_is_not_understood_does_no_harm(made: Made) -> None:
    """Keywords that say nothing about Python types are documentation, and never a reason to fail."""
    assert made.loaded["models"].Deep is not None
    assert "new" == made.decode("Deep", {"a": {"b": [{"c": "new"}]}}).a.b[0].c


@spec("paths: {}")
def test_a_document_without_operations_is_refused(made: Made) -> None:
    """There is nothing to generate, and the message says so."""
    assert ["no-operations"] == [diagnostic.code for diagnostic in made.diagnostics]


@spec("")
def test_a_document_without_schemas_is_enough(made: Made) -> None:
    """The models are an empty module then."""
    assert () == made.api.schemas
    assert "(self) -> None" == made.signature("ping")
    assert made.loaded["models"] is not None


def document(schemas: dict[str, Any]) -> dict[str, Any]:
    """A document with these schemas, the first of which is a response."""
    answer = {"description": "Done.", "content": {"application/json": {"schema": refer(next(iter(schemas)))}}}
    return completed("{}") | {
        "paths": {"/ping": {"get": operation("ping") | {"responses": {"200": answer}}}},
        "components": {"schemas": schemas},
    }


def refer(name: str) -> dict[str, str]:
    """A reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def wired(kind: str) -> dict[str, Any]:
    """More schemas that lead to one another than Python nests calls."""
    count = 1_200
    if kind == "chain":
        return {f"S{n}": {"type": "object", "properties": {"next": refer(f"S{n + 1}")}} for n in range(count)} | {
            f"S{count}": {"type": "string"}
        }
    if kind == "ring":
        return {f"S{n}": {"type": "array", "items": refer(f"S{(n + 1) % count}")} for n in range(count)}
    chosen = random.Random(kind)
    found: dict[str, Any] = {}
    for n in range(count):
        one, two = (refer(f"S{chosen.randrange(count)}") for _ in range(2))
        found[f"S{n}"] = chosen.choice(
            [
                {"type": "object", "properties": {"one": one, "two": two}},
                {"type": "object", "properties": {"inner": {"type": "object", "properties": {"one": one}}}},
                {"type": "object", "additionalProperties": one},
                {"type": "array", "items": one},
                {"anyOf": [{"type": "array", "items": one}, {"type": "array", "items": two}]},
                {"type": "string"},
            ]
        )
    return found


@pytest.mark.parametrize("kind", ["chain", "ring", "at random"])
def test_schemas_may_lead_through_any_number_of_others(kind: str, tmp_path: Path) -> None:
    """However long the way, each schema is built once and refers to others by name."""
    schemas = wired(kind)
    made = Made(write_spec(tmp_path, document(schemas)))

    assert [] == made.diagnostics
    named = {name for name, schema in schemas.items() if schema.get("type") != "string"}
    assert named <= {schema.name for schema in made.api.schemas}


def test_all_of_may_lead_to_the_same_schema_in_many_ways(tmp_path: Path) -> None:
    """Two ways to each base are not two bases: the work does not double with every level."""
    base = {"S0": {"type": "object", "properties": {"p0": {"type": "string"}}}}
    schemas = base | {
        f"S{n}": {"allOf": [refer(f"S{n - 1}"), refer(f"S{n - 1}"), {"properties": {f"p{n}": {"type": "string"}}}]}
        for n in range(1, 40)
    }
    made = Made(write_spec(tmp_path, document(schemas)))

    assert [f"p{n}" for n in range(40)] == [entry.wire for entry in made.schema("S39").properties]


def test_what_is_made_of_too_many_others_is_a_problem_with_a_place(tmp_path: Path) -> None:
    """A chain of bases that is longer than Python nests calls ends in words; a shorter one would take long to read."""
    schemas: dict[str, Any] = {"S0": {"type": "object", "properties": {"p": {"type": "string"}}}}
    schemas |= {f"S{n}": {"allOf": [refer(f"S{n - 1}"), {"properties": {"q": {}}}]} for n in range(1, 500)}
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(500)
    try:
        (diagnostic,) = Made(write_spec(tmp_path, document(schemas))).diagnostics
    finally:
        sys.setrecursionlimit(usual)

    assert "too-deep" == diagnostic.code
    assert diagnostic.place is not None
    assert "/components/schemas" == diagnostic.place.pointer


@spec("""
security: [{kerberos: []}, {token: []}]
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
""")
def test_an_alternative_that_nothing_declares_is_dropped(made: Made) -> None:
    """A published document is used as far as it goes, with a warning."""
    assert [("unknown-scheme", "warning")] == [
        (diagnostic.code, diagnostic.severity) for diagnostic in made.diagnostics
    ]
    assert (("token",),) == made.api.security


@spec("""
paths:
  /jobs:
    get:
      operationId: jobs
      parameters:
        - {name: Host, in: header, schema: {type: string}}
        - {name: X-Sdk-Date, in: header, schema: {type: string}}
        - {name: Transfer-Encoding, in: header, schema: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string}}
      responses: {"200": {description: The jobs.}}
""")
def test_headers_that_the_client_sets_are_no_parameters(made: Made) -> None:
    """Each is named in a warning, and no argument comes of it."""
    assert ["ignored-parameter"] * 3 == [diagnostic.code for diagnostic in made.diagnostics]
    assert ["X-Trace"] == [parameter.wire for parameter in made.operation("jobs").parameters]
    assert session._FORBIDDEN <= IGNORED_HEADERS
