"""The models against those that datamodel-code-generator writes of the same schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from vendorsmith import pipeline
from vendorsmith.discovery import Target, discover
from vendorsmith.emit import models
from vendorsmith.emit.models_verified import differences

from .conftest import Run
from .support import PACKAGE, ROOT, Made, completed, spec, write_spec, write_vendor

ZOO = sorted((ROOT / "tests/contract/zoo").rglob("*.yaml"))
VENDORS = {target.vendor: target for target in discover([], ROOT / "specs")}


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_models_of_a_vendor_are_as_a_foreign_reader_writes_them(vendor: str) -> None:
    """Definition by definition, as syntax trees."""
    api, _ = pipeline.read(VENDORS[vendor])
    source = (ROOT / f"generated/{PACKAGE}/{vendor}/models.py").read_text(encoding="utf-8")

    assert [] == list(differences(source, api, PACKAGE))


@pytest.mark.parametrize("document", ZOO, ids=lambda path: path.stem)
def test_the_models_of_any_document_are_as_a_foreign_reader_writes_them(document: Path) -> None:
    """The documents of the zoo have a theme each, which no vendor may have."""
    target = Target("zoo", document, False, frozenset())

    assert pipeline.generate(target, PACKAGE, verify_models=True).files


@spec(
    """
    components:
      schemas:
        Nested:
          properties:
            a: {anyOf: [{type: string}, {type: [integer, string]}]}
            b: {oneOf: [{anyOf: [{type: string}, {type: "null"}]}, {type: [boolean, string]}, {type: string}]}
            c: {anyOf: [{type: string}, {type: [string, "null"]}]}
    """
)
def test_alternatives_of_alternatives_are_alternatives_each_once(made: Made) -> None:
    """As the foreign reader has them, which `files` compares with."""
    fields = [line.strip() for line in made.files["models.py"].splitlines() if line.startswith("    ")]

    assert fields == ["a: str | Int | None = None", "b: str | bool | None = None", "c: str | None = None"]


EVERYTHING = r"""
components:
  schemas:
    Tree:
      description: "Two lines, \"quoted\":\n\n\\ and \"\"\"."
      required: [kind, not-same]
      properties:
        kind: {$ref: "#/components/schemas/Kind"}
        parent: {$ref: "#/components/schemas/Tree"}
        not-same: {type: [string, "null"], x-aliases: [more, "o'x"]}
        same: {type: string, x-aliases: [other], description: 'Ends with "'}
        class: {type: string, contentMediaType: application/json, contentSchema: {$ref: "#/components/schemas/Leaf"}}
        when: {type: integer, x-time-format: unix-ms}
        secret: {type: string, x-secret: true}
        mixed: {anyOf: [{type: array, items: {$ref: "#/components/schemas/Kind"}}, {type: boolean}, {type: "null"}]}
    Leaf: {properties: {tree: {$ref: "#/components/schemas/Tree"}, nodes: {$ref: "#/components/schemas/Node"}}}
    Kind: {type: string, enum: [a, "b'c", 'd"e', "f\\g", "h\ni"]}
    Nodes: {type: array, items: {anyOf: [{$ref: "#/components/schemas/Node"}, {$ref: "#/components/schemas/Kind"}]}}
    Node: {type: object, additionalProperties: {anyOf: [{$ref: "#/components/schemas/Nodes"}, {type: string}]}}
    Lists: {type: array, items: {$ref: "#/components/schemas/Lists"}}
    Maps: {type: object, additionalProperties: {$ref: "#/components/schemas/Maps"}}
    Maybe: {type: [array, "null"], items: {$ref: "#/components/schemas/Maybe"}}
    Other: {$ref: "#/components/schemas/Later"}
    Later: {type: array, items: {$ref: "#/components/schemas/Leaf"}}
    Open: {type: object}
"""


@spec(EVERYTHING)
def test_whatever_the_models_hold_decodes(made: Made) -> None:
    """Aliases that lead back to themselves, models that are defined later, keys, quotes: also when they are used."""
    models = made.loaded["models"]
    tree = made.decode("Tree", {"kind": "b'c", "more": None, "parent": {"kind": "h\ni", "not-same": "x"}})

    assert (models.Kind.B_C, None, models.Kind.H_I) == (tree.kind, tree.not_same, tree.parent.kind)
    assert [[], [[]]] == made.decode("Lists", [[], [[]]])
    assert {"a": {"b": {}}} == made.decode("Maps", {"a": {"b": {}}})
    assert [None, [None]] == made.decode("Maybe", [None, [None]])
    assert {"a": ["a", {"b": []}]} == made.decode("Node", {"a": ["a", {"b": []}]})
    assert isinstance(made.decode("Other", [{"nodes": {}}])[0], models.Leaf)


JOB = "components: {schemas: {Job: {properties: {job-id: {type: string}, job-name: {type: integer}}}}}"

PLANTED: dict[str, tuple[str, str, str]] = {
    "two keys": ('"job-id"', '"job-name"', "VendorJob "),
    "a type": ("Int", "Number", "VendorJob "),
    "a default": ("job_id: Annotated[str | None", "job_id: Annotated[str", "VendorJob "),
    "a name": ("class VendorJob(", "class VendorJobs(", "VendorJob "),
    "a definition more": ("\n\nclass VendorJob(", "\n\nclass Task(Model):\n    pass\n\n\nclass VendorJob(", "Task "),
    "a statement": ("\n\nclass VendorJob(", "\n\nprint()\n\n\nclass VendorJob(", "the statement 'print()' "),
    "an import": ("jobclients_core.model import", "jobclients_core.types import", "what is imported "),
}


@pytest.mark.parametrize(("old", "new", "name"), PLANTED.values(), ids=PLANTED)
@spec(JOB)
def test_a_difference_is_named(made: Made, old: str, new: str, name: str) -> None:
    """Whatever is otherwise, the message begins with the definition that it is in."""
    source = made.files["models.py"]
    assert old in source
    messages = list(differences(source.replace(old, new), made.api, PACKAGE))

    assert any(message.startswith(f"{name}is not as datamodel-code-generator reads it: ") for message in messages)


def _wrong(entry: Any) -> dict[str, object]:
    return {"alias": f"{entry.wire}x"}


def test_a_difference_is_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vendor's models always, those of a single document where that is asked for; nothing is written."""
    write_vendor(tmp_path / "specs", "demo")
    document = write_spec(tmp_path, completed(JOB), "other.json").as_posix()
    monkeypatch.setattr(models, "_keys", _wrong)

    for arguments in (("generate",), ("check",), ("generate", document, "--verify-models")):
        ran = run(*arguments)
        assert 2 == ran.code
        assert "error[cannot-generate]: VendorJob is not as datamodel-code-generator reads it: `" in ran.err
        assert not (tmp_path / "generated").exists()
    assert 0 == run("generate", document).code
