"""How much is written: what is the same for every vendor belongs into the core, and not into each package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run
from .support import ROOT, contents, write_vendor

GENERATED = ROOT / "generated"
VENDORS = sorted(folder.name for folder in (ROOT / "specs").iterdir() if folder.is_dir())
SMALL = """
openapi: 3.1.0
info: {title: Kitchen, version: "1", description: A kitchen.}
servers: [{url: "https://kitchen.example"}]
security: [{token: []}]
paths:
  /orders/{id}:
    post:
      operationId: change_order
      summary: Change an order.
      x-evidence: [{source: The menu, kind: documentation}]
      parameters: [{name: id, in: path, required: true, description: Its id., schema: {type: string}}]
      requestBody:
        required: true
        description: What to change.
        content: {application/json: {schema: {$ref: "#/components/schemas/Change"}}}
      responses:
        "200":
          description: The order.
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
        "401": {description: The token is missing or wrong.}
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
  schemas:
    Change: {type: object, description: A change., properties: {dish: {type: string, description: The dish.}}}
    Order: {type: object, description: An order., properties: {state: {type: string, description: Its state.}}}
"""


def lines(files: dict[str, bytes]) -> int:
    """Lines of files, without contract tests and the documents of vendors."""
    counted = {path: text for path, text in files.items() if not path.startswith("contract_tests/")}
    return sum(text.count(b"\n") for path, text in counted.items() if not path.endswith("openapi.json"))


def test_five_vendors_are_at_most_8000_lines() -> None:
    """Clients, models, jobs, reference pages and what describes the package; the licence is not a writing of ours."""
    written = json.loads((GENERATED / "MANIFEST.json").read_bytes())["vendors"].values()
    files = {path: (GENERATED / path).read_bytes() for listed in written for path in listed["files"]}
    found = lines(files | {"MANIFEST.json": (GENERATED / "MANIFEST.json").read_bytes()})

    assert 4000 < found <= 8000


@pytest.mark.parametrize("reviewed", [True, False], ids=["vendor", "document"])
def test_one_operation_and_two_schemas_are_at_most_400_lines(reviewed: bool, run: Run) -> None:
    """All files but contract tests: openapi.json, project file, README and reference page count."""
    spec = write_vendor(Path("specs"), "kitchen", SMALL)
    assert run("generate", *([] if reviewed else [str(spec)])).code == 0
    files = {path: text for path, text in contents(Path("generated")).items() if not path.startswith("contract_tests/")}

    assert {"pyproject.toml", "README.md", "reference/kitchen.md", "jobclients/kitchen/openapi.json"} < files.keys()
    assert 200 < sum(text.count(b"\n") for text in files.values()) <= 400


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_document_is_little_longer_than_its_spec(vendor: str) -> None:
    """openapi.json against the spec that it is made of, which has comments and evidence more, and brackets less."""
    spec = (ROOT / "specs" / vendor / "openapi.yaml").read_bytes()
    document = (GENERATED / "jobclients" / vendor / "openapi.json").read_bytes()

    assert len(document) <= 1.6 * len(spec)
    assert document.count(b"\n") <= 1.6 * spec.count(b"\n")
