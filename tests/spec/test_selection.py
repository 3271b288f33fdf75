"""Selecting operations: which are left, what they need, and what is said of a selection that fits nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.assembly import assemble
from vendorsmith.spec.check import Check
from vendorsmith.spec.selection import ALL, Selection
from vendorsmith.spec.source import Document
from vendorsmith.spec.validate import validate


def ref(name: str, section: str = "schemas") -> dict[str, str]:
    return {"$ref": f"#/components/{section}/{name}"}


def operation(id: str, *tags: str, schema: Any = None, **more: Any) -> dict[str, Any]:
    content = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {"operationId": id, "tags": list(tags), "responses": {"200": {"description": "It.", **content}}, **more}


ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Jobs", "version": "1"},
    "paths": {
        "/jobs": {
            "get": operation("list_jobs", "jobs", schema={"type": "array", "items": ref("Job")}),
            "post": operation("start_job", "jobs", "writes", security=[{"key": []}]),
        },
        "/jobs/{id}": {"parameters": [ref("id", "parameters")], "get": operation("get_job", schema=ref("Job"))},
        "/pets": {"get": operation("list_pets", "pets", schema=ref("Pet"))},
        "/again": ref("again", "pathItems"),
    },
    "components": {
        "schemas": {
            "Job": {"type": "object", "properties": {"owner": ref("User"), "next": ref("Job")}},
            "User": {"type": "object"},
            "Pet": {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"type": "string"}},
                "discriminator": {
                    "propertyName": "kind",
                    "mapping": {"dog": "Dog", "fish": "#/components/schemas/Fish"},
                },
            },
            "Cat": {"allOf": [ref("Pet"), {"type": "object", "properties": {"owner": ref("User")}}]},
            "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
            "Fish": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
            "Alone": {"type": "object"},
        },
        "parameters": {"id": ID, "unused": ID},
        "pathItems": {"again": {"get": operation("again", "jobs"), "put": operation("put_again", "pets")}},
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "other": {"type": "http", "scheme": "basic"},
        },
    },
}


def chosen(folder: Path, asked: Selection = ALL, more: dict[str, Any] | None = None) -> tuple[Document, Diagnostics]:
    """What is left of the document, which may say more."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(DOCUMENT | (more or {})), encoding="utf-8")
    diagnostics = Diagnostics()
    document = assemble(file, [], diagnostics, asked)
    assert document is not None
    return document, diagnostics


def left(document: Document) -> set[str]:
    """The operations that are left; everything that they refer to is there."""
    diagnostics = Diagnostics()
    validate(document, diagnostics, reviewed=False)
    assert [str(found) for found in diagnostics if found.code.startswith("ref-")] == []
    return {str(operation["operationId"]) for _, operation, _ in Check(document, diagnostics).operations()}


def components(document: Document, section: str) -> set[str]:
    found: Any = document.data["components"]
    return set(found[section])


@pytest.mark.parametrize(
    ("asked", "operations"),
    [
        (Selection(tags=("jobs",)), {"list_jobs", "start_job", "again"}),
        (Selection(tags=("writes", "pets")), {"start_job", "list_pets", "put_again"}),
        (Selection(paths=("/jobs/*",)), {"get_job"}),
        (Selection(paths=("/jobs*",)), {"list_jobs", "start_job", "get_job"}),
        (Selection(paths=("/pets",)), {"list_pets"}),
        (Selection(operations=("get_job", "again")), {"get_job", "again"}),
        (Selection(("pets",), ("/jobs/{id}",), ("list_jobs",)), {"list_pets", "put_again", "get_job", "list_jobs"}),
        (ALL, {"list_jobs", "start_job", "get_job", "list_pets", "again", "put_again"}),
    ],
)
def test_operations_are_selected_by_tag_path_and_id(asked: Selection, operations: set[str], tmp_path: Path) -> None:
    """What any entry names is there, from the command line and from the document alike."""
    document, diagnostics = chosen(tmp_path, asked)
    extension = {key: list(getattr(asked, key)) for key in ("tags", "paths", "operations") if getattr(asked, key)}
    stated, _ = chosen(tmp_path, more={"x-selection": extension} if extension else {})

    assert not diagnostics
    assert operations == left(document) == left(stated)


def test_what_the_operations_need_is_there_and_nothing_else(tmp_path: Path) -> None:
    """Also what only schemas refer to, and what a discriminator chooses; schemes that are required."""
    jobs, _ = chosen(tmp_path, Selection(operations=("list_jobs",)))
    pets, _ = chosen(tmp_path, Selection(tags=("pets",)))
    start, _ = chosen(tmp_path, Selection(operations=("start_job", "get_job")))

    assert {"Job", "User"} == components(jobs, "schemas")
    assert set() == components(jobs, "securitySchemes") | components(jobs, "parameters")
    assert {"Pet", "Cat", "Dog", "Fish", "User"} == components(pets, "schemas")
    assert {"key"} == components(start, "securitySchemes")
    assert {"id"} == components(start, "parameters")


def test_what_jobs_credentials_and_limits_name_is_there(tmp_path: Path) -> None:
    """The author of an overlay lists an operation once."""
    document, _ = chosen(
        tmp_path,
        Selection(operations=("list_pets",)),
        {
            "x-jobs": {"jobs": {"operations": {"status": {"operationId": "get_job"}}}},
            "x-auth": {"login": {"operationId": "start_job", "into": "other"}},
            "x-rate-limits": [{"operations": ["list_jobs"], "limit": 1, "per": "PT1S"}],
        },
    )

    assert {"list_pets", "get_job", "start_job", "list_jobs"} == left(document)
    assert {"key", "other"} == components(document, "securitySchemes")


def test_places_are_those_of_the_file(tmp_path: Path) -> None:
    """Also of a path that is a reference to one."""
    document, _ = chosen(tmp_path, Selection(operations=("again", "list_jobs")))
    everything, _ = chosen(tmp_path)
    jobs = "/paths/~1jobs/get/operationId"

    assert document.place(jobs) == everything.place(jobs)
    found = document.place("/paths/~1again/get/operationId")
    expected = everything.place("/components/pathItems/again/get/operationId")
    assert (found.line, found.column) == (expected.line, expected.column)


def test_a_selection_that_fits_nothing_is_explained(tmp_path: Path) -> None:
    """With the place in the document, and the nearest name."""
    stated = {"tags": ["job", "pets"], "paths": ["/job"], "operations": ["get_jobs"]}
    _, diagnostics = chosen(tmp_path, Selection(tags=("cats",)), {"x-selection": stated})

    assert [(f.place.pointer if f.place else None, f.message, f.hint) for f in diagnostics] == [
        (None, 'no operation has the tag "cats"', 'there are: "jobs", "writes" and "pets"'),
        ("/x-selection/tags/0", 'no operation has the tag "job"', 'did you mean "jobs"?'),
        ("/x-selection/paths/0", 'no operation has the path "/job"', 'did you mean "/jobs"?'),
        ("/x-selection/operations/0", 'no operation has the operationId "get_jobs"', 'did you mean "get_job"?'),
    ]
    assert diagnostics.errors


def test_a_malformed_selection_is_left_to_the_check_of_the_form(tmp_path: Path) -> None:
    """It selects nothing, and no traceback tells of it."""
    document, diagnostics = chosen(tmp_path, more={"x-selection": {"tags": "jobs", "paths": [1], "operations": {}}})
    validate(document, diagnostics)

    assert {"wrong-type"} == {
        found.code for found in diagnostics if found.place and "x-selection" in found.place.pointer
    }
