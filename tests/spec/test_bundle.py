"""References to files in the folder of a spec: what they become, where it is, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.assembly import assemble
from vendorsmith.spec.source import Document
from vendorsmith.spec.validate import validate

HEAD = 'openapi: 3.1.0\ninfo: {title: Jobs, version: "1"}\n'
JOB = """\
type: object
properties:
  state: {$ref: "common/states.yaml#/State"}
  parent: {$ref: "#"}
  owner: {$ref: "../openapi.yaml#/components/schemas/Owner"}
"""
STATES = "State: {type: string, enum: [on, off]}\nAlias: {$ref: '#/State'}\n"


def operation(schema: str, name: str = "get_it") -> str:
    """The lines of a GET that is answered with a schema."""
    content = f"content: {{application/json: {{schema: {schema}}}}}"
    return f'get: {{operationId: {name}, responses: {{"200": {{description: It., {content}}}}}}}'


def assembled(folder: Path, files: dict[str, str], *overlays: str) -> tuple[Document | None, Diagnostics]:
    """The document of `openapi.yaml` in a folder of files, and what is wrong with it."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    diagnostics = Diagnostics()
    document = assemble(folder / "openapi.yaml", [folder / name for name in overlays], diagnostics)
    if document is not None:
        validate(document, diagnostics)
    return document, diagnostics


def good(folder: Path, files: dict[str, str], *overlays: str) -> Document:
    """A document in which nothing is wrong."""
    document, diagnostics = assembled(folder, files, *overlays)
    assert [str(diagnostic) for diagnostic in diagnostics] == []
    assert document is not None
    return document


def said(folder: Path, files: dict[str, str]) -> list[str]:
    """What is wrong with a document, each on one line, with paths from its folder."""
    _, diagnostics = assembled(folder, files)
    root = f"{folder.as_posix()}/"
    return [
        f"{str(found.place).removeprefix(root)} {found.code}: {found.message} ({found.hint})" for found in diagnostics
    ]


def test_what_files_hold_becomes_components(tmp_path: Path) -> None:
    """A component becomes what it refers to, the rest gets components of its own; each is read once."""
    paths = f"paths:\n  /a: {{{operation('{$ref: job.yaml}')}}}\n  /b: {{{operation('{$ref: ./job.yaml}', 'get_b')}}}\n"
    components = "components: {schemas: {Job: {$ref: schemas/../job.yaml}, Owner: {type: string}}}\n"
    document = good(
        tmp_path,
        {"openapi.yaml": HEAD + paths + components, "job.yaml": JOB.replace("../", ""), "common/states.yaml": STATES},
    )
    schemas: Any = document.at("/components/schemas")

    assert {"Job", "Owner", "State"} == set(schemas)
    assert schemas["State"] == {"type": "string", "enum": ["on", "off"]}
    assert schemas["Job"]["properties"] == {
        "state": {"$ref": "#/components/schemas/State"},
        "parent": {"$ref": "#/components/schemas/Job"},
        "owner": {"$ref": "#/components/schemas/Owner"},
    }
    assert document.at("/paths/~1b/get/responses/200/content/application~1json/schema") == {
        "$ref": "#/components/schemas/Job"
    }


def test_every_kind_of_object_may_be_elsewhere(tmp_path: Path) -> None:
    """Paths and operations are put in their places; parameters, responses and the like become components."""
    parts = """\
    parameters: [{$ref: "../parts.yaml#/parameters/id"}]
    responses: {"200": {$ref: "../parts.yaml#/responses/job"}}
    """
    files = {
        "openapi.yaml": HEAD
        + "paths:\n  /jobs/{id}: {summary: Jobs., $ref: paths/jobs.yaml}\n  /other: {get: {$ref: paths/get.json}}\n",
        "paths/jobs.yaml": f"get:\n    operationId: get_job\n{parts}\n",
        "paths/get.json": '{"operationId": "other", "responses": {"200": {"$ref": "../parts.yaml#/responses/job"}}}',
        "parts.yaml": """\
parameters:
  id: {name: id, in: path, required: true, schema: {$ref: "#/schemas/Id"}}
responses:
  job: {description: A job., content: {application/json: {schema: {$ref: "#/schemas/Job"}}}}
schemas:
  Id: {type: string}
  Job: {type: object, properties: {id: {$ref: "#/schemas/Id"}}}
""",
    }
    document = good(tmp_path, files)

    assert document.at("/paths/~1jobs~1{id}") == {
        "get": {
            "operationId": "get_job",
            "parameters": [{"$ref": "#/components/parameters/id"}],
            "responses": {"200": {"$ref": "#/components/responses/job"}},
        },
        "summary": "Jobs.",
    }
    assert document.at("/paths/~1other/get/operationId") == "other"
    assert document.at("/components/schemas/Job/properties/id") == {"$ref": "#/components/schemas/Id"}
    assert str(document.place("/paths/~1other/get/operationId")).endswith("/paths/get.json:1:17")
    assert str(document.place("/components/parameters/id/name")).endswith("/parts.yaml:2:14")
    assert str(document.key_place("/paths/~1jobs~1{id}/summary")).endswith("/openapi.yaml:4:16")


def test_names_that_collide_are_all_longer(tmp_path: Path) -> None:
    """No name depends on the order of the references, and a component keeps the one it has."""
    schemas = ["{$ref: a/job.yaml#/Job}", "{$ref: b/job.yaml#/Job}", "{$ref: b/job.yaml#/Run}", "{$ref: c/index.yaml}"]
    paths = "".join(f"  /p{n}: {{{operation(schema, f'get_{n}')}}}\n" for n, schema in enumerate(schemas))
    files = {
        "openapi.yaml": HEAD + "paths:\n" + paths + "components: {schemas: {Run: {type: string}}}\n",
        "a/job.yaml": "Job: {type: object, properties: {a: {type: string}}}\n",
        "b/job.yaml": "Job: {type: object, properties: {b: {type: string}}}\nRun: {type: integer}\n",
        "c/index.yaml": "type: boolean\n",
    }
    document = good(tmp_path, files)
    swapped = files["openapi.yaml"].replace("a/job.yaml#/Job", "@").replace("b/job.yaml#/Job", "a/job.yaml#/Job")
    turned = good(tmp_path, files | {"openapi.yaml": swapped.replace("@", "b/job.yaml#/Job")})
    found: Any = document.at("/components/schemas")

    assert ["Run", "a_job_Job", "b_job_Job", "job_Run", "c"] == list(found)
    assert "a" in found["a_job_Job"]["properties"]
    assert found["a_job_Job"] == turned.at("/components/schemas/a_job_Job")


def test_schemas_of_a_discriminator_may_be_elsewhere(tmp_path: Path) -> None:
    """Its mapping is followed; a name of a component is none of a file."""
    tags = "{propertyName: kind, mapping: {cat: cat.yaml, dog: Dog}}"
    union = f"{{oneOf: [{{$ref: cat.yaml}}, {{$ref: '#/components/schemas/Dog'}}], discriminator: {tags}}}"
    animal = "type: object\nrequired: [kind]\nproperties: {kind: {type: string}}\n"
    dog = "components: {schemas: {Dog: {type: object, required: [kind], properties: {kind: {type: string}}}}}\n"
    document = good(
        tmp_path, {"openapi.yaml": f"{HEAD}paths: {{/a: {{{operation(union)}}}}}\n{dog}", "cat.yaml": animal}
    )
    schema: Any = document.at("/paths/~1a/get/responses/200/content/application~1json/schema")

    assert schema["discriminator"]["mapping"] == {"cat": "#/components/schemas/cat", "dog": "Dog"}


def test_swagger_2_0_has_its_own_places(tmp_path: Path) -> None:
    """Definitions, parameters and responses of the root, and the schema of a response."""
    files = {
        "openapi.yaml": """\
swagger: "2.0"
info: {title: Jobs, version: "1"}
host: acme.example
paths:
  /jobs/{id}:
    get:
      operationId: get_job
      produces: [application/json]
      parameters: [{$ref: "parts.yaml#/id"}]
      responses: {"200": {description: A job., schema: {$ref: "parts.yaml#/Job"}}}
definitions: {Id: {type: string}}
""",
        "parts.yaml": """\
id: {name: id, in: path, required: true, type: string}
Job: {type: object, properties: {id: {$ref: "openapi.yaml#/definitions/Id"}}}
""",
    }
    document, diagnostics = assembled(tmp_path, files)

    assert not diagnostics.errors
    assert document is not None
    assert document.at("/components/schemas/Job/properties/id") == {"$ref": "#/components/schemas/Id"}


def test_overlays_refer_to_files_too(tmp_path: Path) -> None:
    """A file that the document refers to is the same component; the overlay's `#` is the document."""
    files = {
        "openapi.yaml": f"{HEAD}paths: {{/a: {{{operation('{$ref: job.yaml}')}}}}}\n",
        "job.yaml": "type: object\n",
        "overlay.yaml": f"""\
overlay: 1.1.0
info: {{title: More, version: "1"}}
actions:
  - target: $.paths
    update:
      /b: {{{operation("{$ref: job.yaml}", "get_b")}}}
      /c: {{{operation("{$ref: fixes/run.yaml}", "get_c")}}}
      /d: {{{operation("{$ref: '#/components/schemas/job'}", "get_d")}}}
  - target: $.components.schemas.job
    update: {{description: A job.}}
""",
        "fixes/run.yaml": "type: object\nproperties: {job: {$ref: ../job.yaml}}\n",
    }
    document = good(tmp_path, files, "overlay.yaml")

    assert document.at("/components/schemas") == {
        "job": {"type": "object", "description": "A job."},
        "run": {"type": "object", "properties": {"job": {"$ref": "#/components/schemas/job"}}},
    }
    assert str(document.place("/components/schemas/job/description")).endswith("/overlay.yaml:10:27")
    assert str(document.place("/components/schemas/run/type")).endswith("/fixes/run.yaml:1:7")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("../secrets.yaml", 'ref-outside: "../secrets.yaml" refers to a file elsewhere; a spec refers to itself and'),
        ("parts/../../x.yaml", 'ref-outside: "parts/../../x.yaml" refers to a file elsewhere;'),
        ("%2e%2e/x.yaml", 'ref-outside: "%2e%2e/x.yaml" refers to a file elsewhere;'),
        ("/etc/passwd.yaml", 'ref-outside: "/etc/passwd.yaml" refers to a file elsewhere;'),
        ("link.yaml", 'ref-outside: "link.yaml" refers to a file elsewhere;'),
        ("https://acme.example/job.yaml", 'ref-outside: "https://acme.example/job.yaml" refers to an address;'),
        ("//acme.example/job.yaml", 'ref-outside: "//acme.example/job.yaml" refers to an address;'),
        ("file:///etc/passwd", 'ref-outside: "file:///etc/passwd" refers to a file;'),
        ("C:/job.yaml", 'ref-outside: "C:/job.yaml" refers to something outside;'),
        ("jobs.yaml", 'ref-file: there is no file "jobs.yaml" (did you mean "job.yaml"?)'),
        ("job.txt", 'ref-file: "job.txt" is not the name of a YAML or JSON file (such a file ends with .yaml, .y'),
        ("job.yaml#/Jop", 'ref-not-found: there is nothing at "job.yaml#/Jop" (did you mean "Job"?)'),
        ("job.yaml#Job", 'ref-bad-pointer: "#Job" is an anchor; references are JSON pointers (write #/components/'),
        ("job.yaml#/Broken", 'ref-file: there is no file "none.yaml"'),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_explained_at_its_place(reference: str, message: str, tmp_path: Path) -> None:
    """No file outside of the folder is opened, however it is named, and no address is called."""
    (tmp_path / "elsewhere.yaml").write_text("type: string\n", encoding="utf-8")
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/link.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    spec = f"{HEAD}paths:\n  /a: {{{operation(f'{{$ref: {chr(34)}{reference}{chr(34)}}}')}}}\n"
    lines = said(
        tmp_path / "spec",
        {"openapi.yaml": spec, "job.yaml": "Job: {type: object}\nBroken: {$ref: none.yaml}\n", "job.txt": "x"},
    )

    assert 1 == len(lines)
    place, _, line = lines[0].partition(" ")
    assert line.startswith(message)
    assert place.rpartition(":")[0] == ("job.yaml:2" if "Broken" in reference else "openapi.yaml:4")


def test_circles_are_named(tmp_path: Path) -> None:
    """Files that lead back to one another, as components and as paths; schemas may contain themselves."""
    files = {
        "openapi.yaml": f"{HEAD}paths:\n  /p: {{$ref: p.yaml}}\n  /a: {{{operation('{$ref: a.yaml}')}}}\n",
        "p.yaml": "$ref: q.yaml\n",
        "q.yaml": "$ref: p.yaml\n",
        "a.yaml": "$ref: b.yaml\n",
        "b.yaml": "$ref: a.yaml\n",
    }

    assert [line for line in said(tmp_path, files) if "ref-cycle" in line] == [
        "a.yaml:1:7 ref-cycle: this reference leads back to itself: #/components/schemas/b -> #/components/schemas/a "
        "(a schema may contain itself in a property or an item, not be itself)",
        "q.yaml:1:7 ref-cycle: this reference leads back to itself: p.yaml -> q.yaml -> p.yaml "
        "(write out what it should be)",
    ]


def test_a_file_with_mistakes_is_reported_as_such(tmp_path: Path) -> None:
    """With the line in that file, and the references that lead to it."""
    files = {"openapi.yaml": f"{HEAD}paths: {{/a: {{{operation('{$ref: job.yaml}')}}}}}\n", "job.yaml": "- 1\n"}

    assert said(tmp_path, files) == [
        "job.yaml:1:1 not-an-object: the document is a list, and must be an object (such a file holds an object: "
        "components, or one of them)",
        'openapi.yaml:3:123 ref-file: "job.yaml" leads to a file that cannot be read (see what is said of it)',
    ]


def test_words_in_examples_are_no_references(tmp_path: Path) -> None:
    """Data is data, whatever it looks like."""
    schema = "{type: object, example: {$ref: none.yaml}, properties: {default: {type: string, default: a}}}"
    document = good(tmp_path, {"openapi.yaml": f"{HEAD}paths: {{/a: {{{operation(schema)}}}}}\n"})

    assert document.unresolved == {}
