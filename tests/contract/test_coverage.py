"""The coverage matrix: everything that is documented has a line that shows it, and what has none is named."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from jobclients_contract import Case, Vendor
from jobclients_contract.coverage import KINDS, Row, matrix, report
from jobclients_contract.live.contract import contract_of
from jobclients_contract.markdown import cell
from jobclients_contract.suite.credentials import CredentialCase

ROOT = Path(__file__).parents[2]
VENDORS = ("alation", "datameer", "huawei_cdm", "huawei_dli", "huawei_iam")


@cache
def suite(vendor: str) -> Vendor:
    """The suite of one of the vendors here."""
    return contract_of(vendor, ROOT / "generated", None).suite


@cache
def rows(vendor: str) -> list[Row]:
    """Its matrix."""
    return matrix(suite(vendor))


def without(vendor: str, *verbs: str) -> list[Row]:
    """The matrix of a suite without the lines that begin with a verb, or have one of the later ones."""

    def kept(case: Case) -> bool:
        return not any(case.source.startswith(f"{verb}(") or f".{verb}(" in case.source for verb in verbs)

    whole = suite(vendor)
    return matrix(Vendor(whole.module, [case for case in whole.cases if kept(case)]))


@pytest.mark.parametrize("vendor", VENDORS)
def test_everything_that_is_documented_has_a_line(vendor: str) -> None:
    assert [] == [row.thing for row in rows(vendor) if not row.settled]


def test_the_matrix_knows_each_kind_of_thing() -> None:
    """Of some vendor at least."""
    known = {row.thing.partition(":")[0] for vendor in VENDORS for row in rows(vendor)}

    assert set(KINDS) == known


@pytest.mark.parametrize(
    ("vendor", "verbs", "things"),
    [
        ("alation", ("sample", "call"), ("argument:get_job/id", "sample:get_job/lineage")),
        ("alation", ("sample", "call"), ("request:create_access_token",)),
        ("datameer", ("sample", "call"), ("argument:get_job_status/job_configuration_id",)),
        ("alation", ("arguments",), ("operation:get_job",)),
        ("alation", ("returns", "shows", "reads"), ("status:get_job/200", "example:get_job/200/query_log_ingestion")),
        ("alation", ("raises",), ("status:get_job/401", "envelope:create_access_token")),
        ("alation", ("raises",), ("example:get_job/401/invalid_token",)),
        ("huawei_cdm", ("codes",), ("code:0/Cdm.0054",)),
        ("alation", ("errors",), ("error:code/$response.body#/code",)),
        ("huawei_dli", ("statuses",), ("status:submit_sql_job/401",)),
        ("huawei_dli", ("enumeration", "model", "call", "sample"), ("enum:/components/schemas/DataType/csv",)),
        ("huawei_dli", ("shows", "reads", "lifecycle"), ("state:sql_jobs/SCALING", "state:sql_jobs/FINISHED")),
        ("alation", ("reads", "lifecycle"), ("state:jobs/failed",)),
        ("huawei_dli", ("asks",), ("role:sql_jobs/cancel",)),
        ("huawei_dli", ("lists",), ("role:sql_jobs/list",)),
    ],
)  # fmt: skip
def test_what_no_line_shows_is_named(vendor: str, verbs: tuple[str, ...], things: tuple[str, ...]) -> None:
    """With its place, in the report too."""
    found = {row.thing: row for row in without(vendor, *verbs)}
    text = report(vendor, f"specs/{vendor}/openapi.yaml", found.values())

    for thing in things:
        assert not found[thing].settled, thing
        assert found[thing].where.startswith("/")
        assert f"| {cell(thing)} |" in text
    assert "**nothing**" in text


def test_each_credential_needs_a_line_of_its_own() -> None:
    whole = suite("huawei_dli")
    for case in whole.cases:
        if isinstance(case, CredentialCase) and case.about != "Token":  # whose scheme the exchanged one shows, too
            rest = matrix(Vendor(whole.module, [other for other in whole.cases if other is not case]))
            assert [row for row in rest if not row.settled], case.source


def test_a_refinement_is_shown_by_what_it_changes() -> None:
    """A response that tells the same without it does not show it."""
    shown = {row.thing: row.lines for row in rows("alation")}

    assert shown["state:jobs/refine 0"]["status"] < shown["state:jobs/successful"]["status"]


def test_the_report_counts_lines_by_kind() -> None:
    text = report("alation", "specs/alation/openapi.yaml", rows("alation"))

    assert "| operations | 5 | 5 |" in text
    assert "| `argument:get_job/name` |" in text
    assert "nothing" not in text


def test_a_name_cannot_end_its_cell() -> None:
    """Pipes, backticks, line ends and HTML of a spec are shown as they are."""
    text = report("acme", "specs/acme/openapi.yaml", [Row("enum:a|b`</code>\n<b>_c_", "/somewhere", {})])
    line = text.splitlines()[-1]

    assert "<code>enum:a&#124;b&#96;&#60;/code&#62; &#60;b&#62;&#95;c&#95;</code>" in line
    assert 4 == line.count("|")
