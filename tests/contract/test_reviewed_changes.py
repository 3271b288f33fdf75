"""A reviewer's test: one changed fact of a spec shows in the diff of its suite as the line that says it."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from .suites import generated

SPEC = (Path(__file__).parents[2] / "specs/alation/openapi.yaml").read_text(encoding="utf-8")


def lines(spec: str) -> list[str]:
    """The suite of a spec."""
    return generated(spec, "alation")["contract_tests/test_alation.py"].splitlines()


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        pytest.param(
            "  code:\n    - $response.body#/code\n",
            "  code:\n    - $response.body#/error_code\n",
            ['errors(code=("/code",), message=("/detail", "/title")),'],
            ['errors(code=("/error_code",), message=("/detail", "/title")),'],
            id="a pointer",
        ),
        pytest.param(
            "required: [updated_objects, number_received, error_objects, error]",
            "required: [updated_objects, number_received, error_objects]",
            ['model("BulkResult", "updated_objects: int64", "number_received: int64", "error_objects: [string]", "error: string | null"),'],
            ['model("BulkResult", "updated_objects: int64", "number_received: int64", "error_objects: [string]", "error?: string | null"),'],
            id="a required field",
        ),
        pytest.param(
            "        last_used_at:\n",
            "        used_at:\n",
            ['"last_used_at?: rfc3339 | null", "token_status?: TokenStatus"),'],
            ['"used_at?: rfc3339 | null", "token_status?: TokenStatus"),'],
            id="a wire name",
        ),
    ],
)
def test_a_changed_fact_changes_the_line_that_says_it(old: str, new: str, gone: list[str], come: list[str]) -> None:
    assert SPEC.count(old) == 1
    changes = [line for line in difflib.ndiff(lines(SPEC), lines(SPEC.replace(old, new))) if line[0] in "+-"]

    assert [line[2:].strip() for line in changes if line[0] == "-"] == gone
    assert [line[2:].strip() for line in changes if line[0] == "+"] == come
