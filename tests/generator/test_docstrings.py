"""Docstrings of clients: readers of Google's style find arguments, results and exceptions in them, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import griffe
import jobclients_core
import pytest
from vendorsmith.emit.docs import operation_arguments
from vendorsmith.emit.sections import Argument, arguments, paragraphs, returns

from .support import ROOT, Made, completed, spec, write_spec

GENERATED = sorted((ROOT / "generated/jobclients").rglob("*.py"))


def read(text: str) -> griffe.Module:
    """A module of which only the text is looked at."""
    return griffe.visit("module", Path("module.py"), text, docstring_parser="google")


def functions(item: griffe.Module | griffe.Class) -> Iterator[griffe.Function]:
    """The public functions of a module, methods and overloaded ones included."""
    for member in item.members.values():
        if isinstance(member, griffe.Function) and not member.name.startswith("_") and member.docstring:
            yield member
        elif isinstance(member, griffe.Class):
            yield from functions(member)


def faults(module: griffe.Module) -> Iterator[str]:
    """What a reader would misunderstand in the docstrings of a module."""
    for function in functions(module):
        sections = function.docstring.parsed if function.docstring else []
        found = {section.kind.value: section.value for section in sections}
        kinds = [section.kind.value for section in sections]
        if kinds != sorted(set(kinds), key=["text", "parameters", "returns", "raises"].index):
            yield f"{function.name}: sections {kinds}"
        if not str(found["text"]).strip():
            yield f"{function.name}: no summary"
        if kinds == ["text"]:
            continue
        taken = [_written(entry) for entry in function.parameters if entry.name != "self"]
        if "parameters" in found and taken != [entry.name for entry in found["parameters"]]:
            yield f"{function.name}: takes {taken}, documents {[entry.name for entry in found['parameters']]}"
        result = str(function.returns)
        if [("", result)] * (result != "None") != [(one.name, str(one.annotation)) for one in found.get("returns", [])]:
            yield f"{function.name}: returns {result}, documents {found.get('returns')}"
        for entry in found.get("raises", []):
            error = getattr(jobclients_core, str(entry.annotation), None)
            if not (isinstance(error, type) and issubclass(error, jobclients_core.JobClientsError)):
                yield f"{function.name}: raises {entry.annotation}"
        for entry in [entry for kind in kinds if kind != "text" for entry in found[kind]]:
            if not str(entry.description).strip():
                yield f"{function.name}: nothing is said of {entry}"


def _written(parameter: griffe.Parameter) -> str:
    return f"**{parameter.name}" if parameter.kind is griffe.ParameterKind.var_keyword else parameter.name


@pytest.mark.parametrize("file", GENERATED, ids=lambda file: file.relative_to(ROOT / "generated").as_posix())
def test_the_clients_of_this_repository_are_read_as_they_are_meant(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    module = read(file.read_text(encoding="utf-8"))

    assert [] == list(faults(module))
    assert [] == caplog.messages
    assert file.name != "client.py" or list(functions(module))


PROSE = [
    "Note: read this first.",
    "Returns:",
    "A list of things. Example:",
    "Text (200): done",
    "list[str]: the words",
    ": nothing before the colon",
    "Args:\n    id: of another thing\n\nRaises:\n    Mistake: never",
    "See below.\n\nExample:\n\n    curl https://demo.example\n\nReturns:\n\n- one\n- two",
    "Long " + "words " * 40 + "Raises:",
    "",
]


@pytest.mark.parametrize("prose", PROSE, ids=range(len(PROSE)))
def test_any_prose_stays_in_its_place(prose: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Descriptions that look like sections, names or types are neither."""
    job = {"type": "object", "description": prose, "properties": {"id": {"type": "string", "description": prose}}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    call = {
        "operationId": "change_thing",
        "summary": prose.split("\n")[0],
        "description": prose,
        "parameters": [
            {"name": "id", "in": "path", "required": True, "description": prose, "schema": {"type": "string"}},
            {"name": "Page-Size", "in": "query", "description": prose, "schema": {"type": "integer"}},
        ],
        "requestBody": {"required": True, "description": prose, "content": content},
        "responses": {
            "200": {"description": prose, "content": content},
            "201": {"description": prose, "content": content},
            "404": {"description": prose},
            "4XX": {"description": prose},
        },
        "x-evidence": [{"source": prose or "Nothing", "kind": "documentation"}],
    }
    document = completed("{}") | {"paths": {"/things/{id}": {"put": call}}, "components": {"schemas": {"Thing": job}}}
    module = read(Made(write_spec(tmp_path, json.loads(json.dumps(document)))).files["client.py"])
    (documented, *_) = functions(module)

    assert [] == list(faults(module))
    assert [] == caplog.messages
    assert documented.docstring is not None
    assert {"returns", "raises"} <= {section.kind.value for section in documented.docstring.parsed}


@pytest.mark.parametrize(
    ("argument", "text"),
    {
        ("job_id", "The job id."): "The job id, sent in the path.",
        ("job_id", "Id of the job"): "Id of the job, sent in the path.",
        ("jobId", ""): "Sent in the path.",
        ("job_id", "Id of the job, from 1."): "Id of the job, from 1.",
        ("limit", "Largest page."): "Largest page.",
    }.items(),
)
def test_what_only_repeats_a_name_gets_a_fact_beside_it(argument: tuple[str, str], text: str) -> None:
    other = Argument("other", "Says something.", "")

    assert [(argument[0], text), ("other", "Says something.")] == arguments(
        [Argument(*argument, "sent in the path"), other]
    )


@pytest.mark.parametrize("word", ["Example", "Args", "Returns", "raises", "Keyword Args"])
def test_no_paragraph_is_the_title_of_a_section(word: str) -> None:
    """Some readers begin a section at any line that is only such a word and a colon."""
    assert ["Look.", "", word, "", f"The {word}"] == paragraphs(f"Look.\n\n{word}:\n\nThe {word}:")


def test_arguments_of_which_nothing_is_said_are_left_out() -> None:
    assert [] == arguments([Argument("job_id", "The job id.", "sent in the path"), Argument("name", "", "sent")])
    assert [] == returns("")


@spec("""
paths:
  /jobs/{id}:
    get:
      operationId: get_job
      parameters:
        - {name: project, in: query, required: true, x-client-parameter: true, schema: {type: string}}
        - {name: page, in: query, schema: {type: string}}
        - {name: id, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: Done.}}
""")
def test_arguments_are_described_in_the_order_of_the_signature(made: Made) -> None:
    described = operation_arguments(made.api, made.operation("get_job"))

    assert ["id", "page", "project"] == [entry.name for entry in described]
