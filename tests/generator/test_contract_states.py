"""Lines about what responses tell of a job, of small specs: as calls, each with its arguments."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from vendorsmith.build.api import build
from vendorsmith.diagnostics import Diagnostics
from vendorsmith.spec.source import load
from vendorsmith.testcases.lines import sections

from .support import write_spec

SCHEMA = {
    "type": "object",
    "properties": {
        "state": {"type": "string"},
        "old": {"type": "string"},
        "result": {"type": "object", "properties": {"errors": {"type": "array"}}},
        "took": {"type": "integer"},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Demo", "version": "1"},
    "servers": [{"url": "https://a.example"}],
    "x-jobs": {
        "runs": {
            "summary": "A run.",
            "identity": {"id": {"from": "$request.path.id", "description": "Its id."}},
            "operations": {"status": {"operationId": "get_run", "parameters": {"id": "$job.id"}}},
            "state": {"from": "$response.body#/state", "map": {"ON": "running", "OFF": "succeeded", "BAD": "failed"}},
        }
    },
    "paths": {
        "/runs/{id}": {
            "get": {
                "operationId": "get_run",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "It.", "content": {"application/json": {"schema": SCHEMA}}}},
            }
        }
    },
}


def told(
    folder: Path,
    state: dict[str, Any] | None = None,
    *,
    examples: dict[str, Any] | None = None,
    status: str = "200",
    fields: dict[str, Any] | None = None,
) -> list[str]:
    """The lines about responses to the call for the status, as text.

    Args:
        folder: where the spec is written.
        state: what it says of states beside the map.
        examples: of the response.
        status: of the response.
        fields: what it says of facts.
    """
    document = copy.deepcopy(DOCUMENT)
    kind, operation = document["x-jobs"]["runs"], document["paths"]["/runs/{id}"]["get"]
    kind["state"] |= state or {}
    kind |= {"fields": fields} if fields else {}
    response = operation["responses"].pop("200")
    response["content"]["application/json"] |= {"examples": examples} if examples else {}
    operation["responses"][status] = response
    diagnostics = Diagnostics()
    read = load(write_spec(folder, document), diagnostics)
    assert read is not None
    lines = [line for section in sections(build(read, "demo", diagnostics), {}) for line in section.lines]
    return [
        ".".join(
            f"{step.verb}({', '.join([*map(repr, step.values), *(f'{k}={v!r}' for k, v in step.named.items())])})"
            for step in line.steps
        )
        for line in lines
        if line.steps[0].verb == "response" and line.steps[-1].values[:1] == ("runs",)
    ]


def test_each_status_value_is_told_once(tmp_path: Path) -> None:
    """By its example, where it has one, else by a change of an example; an end in other letters is not known."""
    examples = {"going": {"value": {"state": "ON", "took": 3}}, "gone": {"value": {"state": "OFF"}}}
    assert told(tmp_path, examples=examples) == [
        "response('get_run', 200, 'going').reads('runs', state='running')",
        "response('get_run', 200, 'gone').reads('runs', state='succeeded')",
        "response('get_run', 200, 'going').but(state='BAD').reads('runs', state='failed')",
        "response('get_run', 200, 'going').but(state='off').reads('runs', state='unknown')",
        "response('get_run', 200, 'going').without('/state').reads('runs', state='unknown')",
    ]


@pytest.mark.parametrize("status", ["200", "2XX", "default"])
def test_what_a_page_says_of_an_example_is_shown(tmp_path: Path, status: str) -> None:
    """Whichever key its response has: the status, its range or the default."""
    examples = {"going": {"value": {"state": "ON"}, "x-expect": {"state": "running"}}}
    shown = "response('get_run', 200, 'going').shows('runs', state='running')"
    assert [line for line in told(tmp_path, examples=examples, status=status) if "shows" in line] == [shown]


def test_a_status_value_of_another_place_is_told_where_a_body_has_that_place(tmp_path: Path) -> None:
    places = ["$response.header.X-State", "$response.body#/state", "$response.body#/old"]
    examples = {"going": {"value": {"state": "ON"}}}
    assert [line for line in told(tmp_path, {"from": [places[1:]]}, examples=examples) if "old" in line] == [
        "response('get_run', 200, 'going').without('/state').but(old='ON').reads('runs', state='running')"
    ]
    assert [line for line in told(tmp_path, {"from": [places]}, examples=examples) if "old" in line] == []


def test_a_refinement_by_a_list_is_told_with_a_list(tmp_path: Path) -> None:
    """As in the documented result, of which only the last example shows one."""
    refined = {
        "refine": [{"if": "succeeded", "when": {"from": "$result#/errors", "nonempty": True}, "to": "failed"}],
    }
    examples = {
        "going": {"value": {"state": "ON"}},
        "gone": {"value": {"state": "OFF", "result": {}}},
        "failed": {"value": {"state": "ON", "result": {"errors": ["of it"]}}},
    }
    lines = told(tmp_path, refined, examples=examples, fields={"result": {"from": "$response.body#/result"}})
    assert (
        "response('get_run', 200, 'gone').but({'/result/errors': ['made-up']}).reads('runs', state='failed')" in lines
    )


def test_a_fact_is_told_by_each_of_its_places(tmp_path: Path) -> None:
    """Alone, and with the others, of which the first counts; a number is scaled back to what travels."""
    fields = {"duration": {"from": ["$response.body#/took", "$response.body#/millis"], "scale": 0.001}}
    examples = {"going": {"value": {"state": "ON"}}}
    assert [line for line in told(tmp_path, examples=examples, fields=fields) if "duration" in line] == [
        "response('get_run', 200, 'going').but(took=40000).reads('runs', duration=40.0)",
        "response('get_run', 200, 'going').but(millis=40000).reads('runs', duration=40.0)",
        "response('get_run', 200, 'going').but(took=40000, millis=40000).reads('runs', duration=40.0)",
    ]


def test_a_value_that_stands_for_none_tells_nothing(tmp_path: Path) -> None:
    fields = {"duration": {"from": "$response.body#/took", "absent": [-1]}}
    examples = {"going": {"value": {"state": "ON", "took": 3}}}
    lines = told(tmp_path, examples=examples, fields=fields)
    assert "response('get_run', 200, 'going').but(took=-1).reads('runs', duration=None)" in lines
    assert "response('get_run', 200, 'going').reads('runs', state='running', duration=3.0)" in lines
