"""Mistakes in a client: each breaks lines of its vendor suite, and a line that is about it says what is wrong.

The suite is generated from the same spec, and none of it is changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from jobclients_contract import Case, Vendor, enumeration

from .suites import failures, generated, suite

SPEC = (Path(__file__).parents[2] / "specs/alation/openapi.yaml").read_text(encoding="utf-8")
JOB_STATE = "/components/schemas/JobState"
CLIENT, MODELS, AUTH = "client.py", "models.py", "auth.py"


class Planted(NamedTuple):
    """A mistake: the file, a text that is in it once, what it becomes, a line that fails, and what it says.

    At most so many tests fail, so that the line is found among them.
    """

    file: str
    old: str
    new: str
    line: str
    says: str
    most: int = 12


PLANTED = {
    "method": Planted(
        CLIENT,
        'method="GET"',
        'method="POST"',
        'sample("get_job", "lineage")',
        "expected: ['GET /api/v1/bulk_metadata",
        most=80,  # every line about jobs makes this call
    ),
    "path": Planted(
        CLIENT,
        'path="/integration/v1/validateRefreshToken/"',
        'path="/integration/v1/validateRefreshTokens/"',
        'sample("validate_refresh_token", "made_up")',
        "actual:   ['POST /integration/v1/validateRefreshTokens/']",
    ),
    "name of a parameter": Planted(
        CLIENT, 'Query("name")', 'Query("name", "job_name")', 'sample("get_job", "lineage")', "?job_name=bulk"
    ),
    "exactly one": Planted(
        CLIENT, '    exactly_one=(("id", "name"),),\n', "", 'arguments("get_job"', "a call with none of the group"
    ),
    "no credential": Planted(
        CLIENT,
        '    security=(("token",),),\n',
        "    security=(),\n",
        'sample("get_job", "lineage")',
        "the header token",
    ),
    "a credential too many": Planted(
        CLIENT,
        '    returns={200: "RevokedTokens"},\n    raises={401: "ErrorDetail"},\n    security=(),\n',
        '    returns={200: "RevokedTokens"},\n    raises={401: "ErrorDetail"},\n',
        'sample("revoke_access_tokens", "made_up")',
        "the header token belongs to a credential",
    ),
    "header of the credential": Planted(
        CLIENT,
        'ApiKeyIn("TOKEN")',
        'ApiKeyIn("X-TOKEN")',
        'credential("Token"',
        "the header token of the credential differs",
    ),
    "where the code is": Planted(
        CLIENT, 'code=("$response.body#/code",)', 'code=("$response.body#/codes",)', "errors(", "code of the exception"
    ),
    "order of places": Planted(
        CLIENT,
        '("$response.body#/detail", "$response.body#/title")',
        '("$response.body#/title", "$response.body#/detail")',
        "errors(",
        "message of the exception",
    ),
    "another result": Planted(
        CLIENT,
        'returns={200: "RefreshTokenInfo"}',
        'returns={200: "RevokedTokens"}',
        'response("validate_refresh_token", 200, "made_up").returns',
        "the method returns another type",
    ),
    "refusal": Planted(
        CLIENT,
        '    returns={200: "RefreshTokenInfo"},\n    raises={401: "ErrorDetail"},\n    security=(),\n'
        '    envelope=Envelope(refused=When(source="$response.body#/status", one_of=("failed",))),\n',
        '    returns={200: "RefreshTokenInfo"},\n    raises={401: "ErrorDetail"},\n    security=(),\n',
        'response("validate_refresh_token", 200, "made_up").but(status="failed")',
        "the call raised nothing",
    ),
    "repeated": Planted(
        CLIENT,
        '    returns={200: "VendorJob"},\n',
        '    returns={200: "VendorJob"},\n    idempotent=False,\n',
        'arguments("get_job"',
        "requests where the vendor is not available",
    ),
    "required field": Planted(
        MODELS,
        "    status: OpenEnum[VendorJobState]\n",
        "    status: OpenEnum[VendorJobState] | None = None\n",
        'response("get_job", 200, "virtual_data_source").without("/status")',
        "the call raised nothing",
    ),
    "optional field": Planted(
        MODELS,
        "    detail: str | None = None\n",
        "    detail: str\n",
        'model("RevokedTokens"',
        "which fields of the class may be missing",
    ),
    "word": Planted(
        MODELS,
        'PARTIALLY_SUCCESSFUL = "partially_successful"',
        'PARTIALLY_SUCCESSFUL = "partly_successful"',
        'enumeration("VendorJobState"',
        "members of the class",
    ),
    "member": Planted(
        MODELS, 'FAILED = "failed"', 'BROKEN = "failed"', 'enumeration("VendorJobState"', "members of the class"
    ),
    "time": Planted(
        MODELS,
        "    last_used_at: Rfc3339 | None = None\n",
        "    last_used_at: str | None = None\n",
        'model("RefreshTokenInfo"',
        "the value at /last_used_at",
    ),
    "secret": Planted(
        MODELS,
        "    refresh_token: Secret | None = None\n",
        "    refresh_token: str | None = None\n",
        'model("RefreshTokenInfo"',
        "a secret shows",
    ),
    "leniency": Planted(
        MODELS,
        "    updated_objects: Int\n",
        "    updated_objects: Int | str\n",
        'model("BulkResult"',
        "updated_objects takes a value that is not documented",
    ),
    "JSON in a text": Planted(
        MODELS,
        "    result: JsonText[BulkResult] |",
        "    result: str |",
        'model("VendorJob"',
        "the value at /result",
    ),
    "path of the exchange": Planted(
        AUTH,
        'path="/integration/v1/createAPIAccessToken/"',
        'path="/integration/v2/createAPIAccessToken/"',
        'credential("RefreshToken"',
        "requests for a token",
    ),
    "body of the exchange": Planted(
        AUTH,
        '"user_id": "$credential.user_id"',
        '"user": "$credential.user_id"',
        'credential("RefreshToken"',
        "the body differs",
    ),
    "lifetime": Planted(
        AUTH, "lifetime=86400.0", "lifetime=864000.0", 'credential("RefreshToken"', "a token lives 86400 s"
    ),
    "end of the token": Planted(
        AUTH,
        'expires="$response.body#/token_expires_at"',
        'expires="$response.body#/expires_at"',
        'credential("RefreshToken"',
        "a token lives 7200 s",
    ),
}


def broken(folder: Path, planted: Planted) -> dict[str, str]:
    """What the suite says of a client with a mistake."""
    files = dict(generated(SPEC, "alation"))
    name = f"acmeclients/alation/{planted.file}"
    assert files[name].count(planted.old) == 1, f"{files[name].count(planted.old)} times: {planted.old}"
    files[name] = files[name].replace(planted.old, planted.new)
    with suite(folder, files, "alation") as vendor:
        return failures(vendor)


@pytest.mark.parametrize("name", PLANTED)
def test_a_mistake_breaks_the_line_that_is_about_it(tmp_path: Path, name: str) -> None:
    planted = PLANTED[name]
    found = broken(tmp_path, planted)
    start = planted.line.replace('"', "'")
    said = {
        mode: [text for line, text in found.items() if line.startswith(start) and line.endswith(f" {mode}")]
        for mode in ("sync", "async")
    }

    for mode, texts in said.items():
        if mode == "async" and planted.line.startswith(("model", "enumeration")):
            continue  # both clients have the same classes
        assert texts, f"{mode}: {list(found)}"
        assert any(planted.says in text for text in texts), texts[0]
    assert len(found) <= planted.most, list(found)


def test_a_message_tells_the_line_the_place_the_request_and_the_answer(tmp_path: Path) -> None:
    found = broken(tmp_path, PLANTED["where the code is"])
    (text,) = [text for line, text in found.items() if "403, 'missing_token'" in line and line.endswith(" sync")]

    assert text.splitlines()[0] == "alation: code of the exception"
    assert "  case:     response('get_job', 403, 'missing_token').raises('PermissionDenied', " in text
    assert "specs/alation/openapi.yaml:" in text
    assert "responses/403/content/application~1json/examples/missing_token)" in text
    assert "  of:       specs/alation/openapi.yaml:" in text
    assert "expected: 403000" in text
    assert "actual:   None" in text
    assert "GET /api/v1/bulk_metadata/job/?" in text
    assert "TOKEN: $SECRET" in text
    assert "answered: 403 {" in text
    assert "curl -sSg -X GET" in text
    assert "t0ken-made-up" not in text


def test_a_line_that_the_document_contradicts_is_told_as_such(tmp_path: Path) -> None:
    """It is not the client that is expected to do otherwise."""
    with suite(tmp_path, generated(SPEC, "alation"), "alation") as vendor:
        found = failures(Vendor(vendor.module, [enumeration("VendorJobState", "running", "successful", at=JOB_STATE)]))

    assert set(found) == {f"enumeration('VendorJobState', 'running', 'successful', at='{JOB_STATE}') sync"}
    (text,) = found.values()
    assert "  document: ['running', 'successful', 'partially_successful', 'failed']\n" in text
    assert "  line:     ['running', 'successful']\n" in text
    assert "expected:" not in text


@dataclass(frozen=True, kw_only=True)
class Empty(Case):
    """A line that compares nothing."""

    def hold(self, run: object) -> None:
        """Do nothing."""


def test_a_line_that_compares_nothing_fails(tmp_path: Path) -> None:
    with suite(tmp_path, generated(SPEC, "alation"), "alation") as vendor:
        empty = Vendor(vendor.module, [Empty(said="empty()")])
        found = failures(empty)
        empty.close()

    assert set(found) == {"empty() sync", "empty() async"}
    assert all("compared nothing" in text for text in found.values())
