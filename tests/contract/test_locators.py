"""Locators: what names an element of a list, there and back, and the lines that they lead to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jobclients_contract.source_map import SourceMap
from jobclients_core.locators import element_names, to_locator, to_pointer
from yaml_text import loaded

TEXT = """\
openapi: 3.1.0
servers:
  - {url: "https://{region}.example/v1", variables: {region: {default: a}}}
paths:
  /jobs/{id}:
    get:
      parameters:
        - {in: path, name: id, required: true}
        - $ref: "#/components/parameters/Page"
        - name: id
          in: query
          x-contradictions:
            - about: name of the/id
components:
  schemas:
    Job:
      allOf:
        - $ref: "#/components/schemas/Base"
        - type: object
          examples: [1, 2]
        - $ref: "#/components/schemas/Base"
        - $ref: "#/components/schemas/Base/properties/id"
x-errors:
  rules:
    - {raise: NotFound, code: [E1, E2]}
    - {raise: NotFound, code: [E3]}
    - {raise: NotFound}
    - {raise: Conflict, code: 7}
x-jobs:
  jobs:
    state:
      rules: [{is: failed}, {is: failed}]
      refine: [{if: succeeded, to: failed}]
"""
DOCUMENT: Any = loaded(TEXT)
GET = "/paths/~1jobs~1{id}/get"
PLACES = {
    "": "",
    "/servers/0/variables/region": "/servers/https:~1~1{region}.example~1v1/variables/region",
    f"{GET}/parameters/0": f"{GET}/parameters/path.id",
    f"{GET}/parameters/1": f"{GET}/parameters/Page",
    f"{GET}/parameters/2/x-contradictions/0": f"{GET}/parameters/query.id/x-contradictions/name of the~1id",
    "/components/schemas/Job/allOf/0": "/components/schemas/Job/allOf/Base",
    "/components/schemas/Job/allOf/1/examples/1": "/components/schemas/Job/allOf/1/examples/1",
    "/components/schemas/Job/allOf/2": "/components/schemas/Job/allOf/Base:2",
    "/components/schemas/Job/allOf/3": "/components/schemas/Job/allOf/3",
    "/x-errors/rules/0/code/1": "/x-errors/rules/NotFound.E1/code/1",
    "/x-errors/rules/1": "/x-errors/rules/NotFound.E3",
    "/x-errors/rules/2": "/x-errors/rules/NotFound",
    "/x-errors/rules/3": "/x-errors/rules/Conflict.7",
    "/x-jobs/jobs/state/rules/1/is": "/x-jobs/jobs/state/rules/failed:2/is",
    "/x-jobs/jobs/state/refine/0": "/x-jobs/jobs/state/refine/succeeded.failed",
    "/servers/5/url": "/servers/5/url",
    "/nothing/0": "/nothing/0",
}


@pytest.mark.parametrize(("pointer", "locator"), PLACES.items())
def test_a_place_has_one_locator(pointer: str, locator: str) -> None:
    """There and back, also where nothing is."""
    assert locator == to_locator(DOCUMENT, pointer)
    assert pointer == to_pointer(DOCUMENT, locator)


@pytest.mark.parametrize("text", [TEXT, json.dumps(DOCUMENT, indent=1)], ids=["yaml", "json"])
def test_a_locator_and_a_pointer_lead_to_the_same_line(text: str) -> None:
    """Lines are looked up by names and by indices alike."""
    lines = SourceMap(text)
    assert [lines.line(pointer) for pointer in PLACES] == [lines.line(locator) for locator in PLACES.values()]


@pytest.mark.parametrize(
    ("locator", "line"),
    [
        ("", 1),
        ("/servers/https:~1~1{region}.example~1v1", 3),
        (f"{GET}/parameters/query.id", 10),
        (f"{GET}/parameters/query.id/in", 11),
        (f"{GET}/parameters/query.id/x-contradictions/name of the~1id", 13),
        (f"{GET}/parameters/query.nothing", 7),
        ("/components/schemas/Job/allOf/Base:2", 21),
        ("/x-errors/rules/Conflict.7", 28),
        ("/openapi/below/a/text", 1),
    ],
)
def test_a_line_is_that_of_the_key_or_of_the_nearest_place_above(locator: str, line: int) -> None:
    assert line == SourceMap(TEXT).line(locator)


@pytest.mark.parametrize("text", ["", "{", "\x00", "a: b: c"])
def test_a_text_that_is_no_document_has_no_lines(text: str) -> None:
    assert 0 == SourceMap(text).line("/paths")


def test_an_element_that_is_added_moves_no_named_one() -> None:
    """Whether it has a name itself or not, and wherever it is put in."""
    rows: list[object] = [{"$ref": f"#/components/schemas/{name}"} for name in "ABC"]
    for index in range(len(rows) + 1):
        for added in ({"type": "null"}, True, {"$ref": "#/components/schemas/New"}):
            names = element_names("oneOf", [*rows[:index], added, *rows[index:]])
            assert ["A", "B", "C"] == names[:index] + names[index + 1 :]


def test_a_number_names_nothing() -> None:
    """It would be taken for an index."""
    assert ["0", "5.a"] == element_names("parameters", [{"name": "5"}, {"in": 5, "name": "a"}])


@pytest.mark.parametrize(
    ("locator", "line"),
    [
        ("/paths/~1a/get/parameters/query.q", 4),
        ("/paths/~1a/get/parameters/query.own", 6),
        ("/paths/~1a/get/parameters/query.nothing", 6),
        ("/components/x-schemas/~1paths~1~01a~1get", 5),
    ],
)
def test_a_place_that_normalising_moved_is_found_where_it_was_written(locator: str, line: int) -> None:
    """Parameters of a path, and schemas that are named by their place."""
    text = """\
paths:
  /a:
    parameters:
      - {in: query, name: q}
    get:
      parameters: [{in: query, name: own}]
"""
    assert line == SourceMap(text).line(locator)
