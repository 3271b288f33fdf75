"""The coverage matrix: what is documented and tested by nothing is named, and so is what only a check claims."""

from __future__ import annotations

from dataclasses import replace

import pytest
from jobclients_contract import Check, Contract
from jobclients_contract.cases import (
    Answer,
    Argument,
    Body,
    Contradiction,
    Credential,
    Example,
    Header,
    Kind,
    Operation,
    State,
    ValueExample,
)
from jobclients_contract.coverage import checks, documented, matrix, report

PLACE = "/somewhere"
CONTRACT = Contract(
    vendor="alation",
    spec="specs/acme/openapi.yaml",
    package="jobclients",
    prefix="Alation",
    credentials=(Credential("Token", "token", {}, ()),),
    operations=(
        Operation(
            id="start",
            method="start_job",
            http="POST",
            path="/jobs",
            where=PLACE,
            arguments=(
                Argument("kind", "kind", "query", "/kind", {"enum": ["a"]}, "a"),
                Argument("name", "name", "query", PLACE, {}, "n", examples=(Example("one", "/one", "n"),)),
            ),
            exactly_one=(("kind", "name"),),
            body=Body(
                PLACE,
                "application/json",
                {},
                required=False,
                examples=(Example("two", "/two", {}),),
                others=("text/plain",),
            ),
            answers=(
                Answer(
                    "200", PLACE, "application/json", {}, headers=(Header("X-Id", PLACE, {}),), others=("text/csv",)
                ),
                Answer("4XX", PLACE),
            ),
            envelope={"ok": {}},
            with_headers=True,
        ),
    ),
    schemas={"Job": {"properties": {"state/now": {"type": "string", "enum": ["on", "off"]}}}},
    values=(ValueExample(Example("0", "/three", 1), {}, "/components/schemas/Job"),),
    errors={"rules": [{"code": ["E1", "E2"], "raise": "NotFound"}, {"status": [422], "raise": "Conflict"}]},
    rules=(PLACE, PLACE),
    kinds=(
        Kind(
            "jobs",
            PLACE,
            {
                "operations": {"status": {"operationId": "get_job"}, "cancel": {"operationId": "stop_job"}},
                "state": {
                    "rules": [{"when": [{"from": "$response.status", "in": [200, 202]}], "is": "running"}],
                    "map": {"on": "running", "off": "failed"},
                    "refine": [{"if": "running", "when": {}, "to": "failed"}],
                    "absent": "queued",
                },
            },
            {},
            {"status": "get_job"},
            (State("on", "on", "running", PLACE, {}),),
        ),
    ),
    contradictions=(Contradiction("host", PLACE),),
)
EVERYTHING = [
    "operation:start_job",
    "argument:start_job/kind",
    "argument:start_job/name",
    "example:/one",
    "exactly-one:start_job/0",
    "request-media:start_job/application/json",
    "other-media:start_job/request/text/plain",
    "example:/two",
    "envelope:start_job",
    "status:start_job/200",
    "media:start_job/200/application/json",
    "other-media:start_job/200/text/csv",
    "header:start_job/200/X-Id",
    "status:start_job/4XX",
    "error:start_job/4XX",
    "example:/three",
    "enum:/kind/schema/a",
    "enum:/components/schemas/Job/properties/state~1now/on",
    "enum:/components/schemas/Job/properties/state~1now/off",
    "error-rule:0/E1",
    "error-rule:0/E2",
    "error-rule:1",
    "credential:Token",
    "role:jobs/status",
    "role:jobs/cancel",
    "state:jobs/rule 0",
    "state:jobs/rule 0.1",
    "state:jobs/on",
    "state:jobs/off",
    "state:jobs/refine 0",
    "state:jobs/absent",
    "contradiction:host",
]


def check(*covers: str, rule: str = "RQ1") -> Check:
    """A check that claims to test some things."""
    return Check(CONTRACT, rule, "start_job", "", PLACE, lambda mode: None, covers=covers)


def test_everything_that_is_documented_has_a_name() -> None:
    """Once, in the order of the spec, with its place."""
    assert EVERYTHING == list(documented(CONTRACT))
    assert documented(CONTRACT)["example:/two"] == "/two"


def test_a_complete_matrix_passes() -> None:
    """Each thing is counted by the rules that test it."""
    tested = [check(*EVERYTHING), check("operation:start_job"), check("operation:start_job", rule="ER1")]
    (complete,) = checks(CONTRACT, tested)
    complete.run()

    assert {"RQ1": 2, "ER1": 1} == matrix(CONTRACT, tested)[0].tests
    assert "| `operation:start_job` | `#/somewhere` | ER1 1, RQ1 2 |" in report(CONTRACT, tested)
    assert "nothing" not in report(CONTRACT, tested)


def test_header_fields_that_no_caller_is_given_need_no_test() -> None:
    (operation,) = CONTRACT.operations
    contract = replace(CONTRACT, operations=(replace(operation, with_headers=False),))
    (line,) = [line for line in matrix(contract, ()) if line.thing == "header:start_job/200/X-Id"]

    assert line.settled
    assert line.reason == "is handed to no caller"


@pytest.mark.parametrize("missing", [name for name in EVERYTHING if not name.startswith("other-media:")])
def test_what_nothing_tests_is_named_with_its_place(missing: str) -> None:
    """The message says what it is and where it is documented."""
    tested = [check(*(name for name in EVERYTHING if name != missing))]
    (incomplete,) = checks(CONTRACT, tested)
    with pytest.raises(pytest.fail.Exception, match="documented and tested by nothing") as failed:
        incomplete.run()

    assert f"{missing} (specs/acme/openapi.yaml #{documented(CONTRACT)[missing]})" in str(failed.value)
    assert f"| `{missing}` |" in report(CONTRACT, tested)
    assert "**nothing**" in report(CONTRACT, tested)


def test_a_claim_about_nothing_is_no_coverage() -> None:
    """A misspelt name would otherwise leave what is meant untested unseen."""
    (claiming,) = checks(CONTRACT, [check(*EVERYTHING), check("status:start_job/299")])
    with pytest.raises(pytest.fail.Exception, match="status:start_job/299"):
        claiming.run()


def test_a_constant_may_be_tested_as_a_word() -> None:
    """It need not be: whatever has to hold it holds it in every test."""
    fixed = replace(CONTRACT, schemas={**CONTRACT.schemas, "Fixed": {"properties": {"kind": {"const": "a/b"}}}})
    assert EVERYTHING == list(documented(fixed))
    (claiming,) = checks(fixed, [check(*EVERYTHING, "enum:/components/schemas/Fixed/properties/kind/a/b")])

    claiming.run()


def test_contradictions_need_the_page_that_tells_of_them() -> None:
    """An installed package comes without its reference page, and that is said instead."""
    elsewhere = replace(CONTRACT, package="not_installed")
    tested = [check(*(name for name in EVERYTHING if name != "contradiction:host"))]
    (excused,) = checks(elsewhere, tested)
    excused.run()

    assert "| `contradiction:host` | `#/somewhere` | stands on the reference page," in report(elsewhere, tested)


def test_media_types_that_no_client_uses_are_said_to_be_untested() -> None:
    """They are documented, and the matrix does not keep them to itself."""
    tested = [check(*(name for name in EVERYTHING if not name.startswith("other-media:")))]
    (excused,) = checks(CONTRACT, tested)
    excused.run()

    assert "| `other-media:start_job/200/text/csv` | `#/somewhere` | of the media types of one content" in report(
        CONTRACT, tested
    )


def test_a_name_cannot_end_its_cell() -> None:
    """Pipes, backticks, line ends and HTML of a spec are shown as they are."""
    strange = replace(CONTRACT, contradictions=(Contradiction("a|b`</code>\n<b>_c_", PLACE),))
    (row,) = [line for line in report(strange, []).splitlines() if "contradiction:a" in line]

    assert "<code>contradiction:a&#124;b&#96;&#60;/code&#62; &#60;b&#62;&#95;c&#95;</code>" in row
    assert 4 == row.count("|")


def test_an_empty_contract_has_an_empty_matrix() -> None:
    """There is nothing to test."""
    empty = replace(CONTRACT, credentials=(), operations=(), schemas={}, values=(), errors=None, rules=())
    empty = replace(empty, kinds=(), contradictions=())

    assert {} == documented(empty)
