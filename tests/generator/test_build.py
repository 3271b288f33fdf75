"""From a few lines of spec to the IR, the signatures of the client, and models that decode."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from vendorsmith.ir import TypeRef

from .support import Made, spec

ANY = TypeRef("any")


TEXT = TypeRef("string")


def ref(name: str) -> TypeRef:
    return TypeRef("ref", name=name)


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
