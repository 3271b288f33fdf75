"""A reviewer's test: one changed fact of a spec shows in the diff of its suite as the line that says it."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from .suites import generated

SPECS = Path(__file__).parents[2] / "specs"
SPEC = (SPECS / "alation/openapi.yaml").read_text(encoding="utf-8")


def lines(spec: str, vendor: str = "alation") -> list[str]:
    """The suite of a spec."""
    return generated(spec, vendor)[f"contract_tests/test_{vendor}.py"].splitlines()


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        pytest.param(
            "    expires: $response.body#/token_expires_at\n",
            "    expires: $response.body#/created_at\n",
            'expires="/token_expires_at"',
            'expires="/created_at"',
            id="a pointer",
        ),
        pytest.param(
            "required: [updated_objects, number_received, error_objects, error]",
            "required: [updated_objects, number_received, error_objects]",
            '"error: string | null"',
            '"error?: string | null"',
            id="a required field",
        ),
        pytest.param(
            "        last_used_at:\n",
            "        used_at:\n",
            '"last_used_at?: rfc3339 | null"',
            '"used_at?: rfc3339 | null"',
            id="a wire name",
        ),
        pytest.param(
            "  /integration/v1/revokeAPIAccessTokens/:\n    post:",
            "  /integration/v1/revokeAPIAccessTokens/:\n    put:",
            "# revoke_access_tokens: POST",
            "# revoke_access_tokens: PUT",
            id="a method",
        ),
        pytest.param(
            "partially_successful",
            "partly_successful",
            '"partially_successful"',
            '"partly_successful"',
            id="a word",
        ),
    ],
)
def test_a_changed_fact_changes_the_line_that_says_it(old: str, new: str, gone: str, come: str) -> None:
    assert old in SPEC
    changes = list(difflib.unified_diff(lines(SPEC), lines(SPEC.replace(old, new)), lineterm="", n=0))[2:]
    removed, added = ([line for line in changes if line[0] == sign] for sign in "-+")

    assert any(gone in line for line in removed), changes
    assert any(come in line for line in added), changes
    assert len(changes) <= 12, changes


def test_a_value_for_which_an_envelope_says_yes_has_lines() -> None:
    spec = (SPECS / "huawei_dli/openapi.yaml").read_text(encoding="utf-8")
    old = 'in: [true, "true"]'
    assert old in spec
    gone = set(lines(spec, "huawei_dli")) - set(lines(spec.replace(old, "in: [true]"), "huawei_dli"))

    assert '    response("check_sql", 200, "select").but(is_success="true").returns("CheckedSql"),' in gone
