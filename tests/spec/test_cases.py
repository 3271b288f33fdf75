"""Broken specs: each folder of ``tests/cases`` holds a spec and the exact text that a user is shown.

A folder holds ``openapi.yaml`` or ``openapi.json`` and ``stderr.txt``. After a change of wording, run the tests
once with ``REWRITE_CASES=1`` in the environment, which writes every ``stderr.txt`` anew, and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from vendorsmith.problems import Problems, render
from vendorsmith.spec import yamltext
from vendorsmith.spec.source import load, snippet_text
from vendorsmith.spec.validate import validate

CASES = Path(__file__).parent.parent / "cases"
FOLDERS = sorted(folder for folder in CASES.iterdir() if folder.is_dir() and any(folder.glob("openapi.*")))


def shown(spec: Path) -> str:
    """Return what is printed about a spec."""
    problems = Problems()
    document = load(spec, problems, name=spec.name)
    if document is not None:
        validate(document, problems)
    text = snippet_text(spec) if document is None else document.text
    return render(problems, {spec.name: text})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_broken_spec_is_explained(folder: Path) -> None:
    """What is printed about the spec is what its folder expects, to the letter."""
    (spec,) = folder.glob("openapi.*")
    expected = folder / "stderr.txt"
    actual = shown(spec)
    if os.environ.get("REWRITE_CASES"):
        expected.write_text(actual, encoding="utf-8", newline="\n")

    assert expected.read_text(encoding="utf-8") == actual
    assert "error[" in actual


def test_every_folder_is_a_case() -> None:
    """No folder is passed over because a file in it is missing or misnamed."""
    incomplete = [
        folder.name
        for folder in CASES.iterdir()
        if folder.is_dir() and not ((folder / "stderr.txt").exists() and any(folder.glob("openapi.*")))
    ]

    assert incomplete == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_yaml_parser_in_python_says_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where libyaml is not there, a spec is read by the slower parser, and nobody can tell."""
    monkeypatch.setattr(yamltext, "_Loader", yaml.SafeLoader)
    (spec,) = folder.glob("openapi.*")

    assert (folder / "stderr.txt").read_text(encoding="utf-8") == shown(spec)
