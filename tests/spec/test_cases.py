"""Broken specs: each folder of ``tests/cases`` holds a spec and the exact text that a user is shown.

A folder holds ``openapi.yaml`` or ``openapi.json`` and ``stderr.txt``, and ``vendor.txt`` where the vendor's name is
part of what is wrong. The text is that of ``vendorsmith generate`` for a vendor of a specs folder. After a change of
wording, run the tests once with ``REWRITE_CASES=1`` in the environment, which writes every ``stderr.txt`` anew, and
read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from vendorsmith.diagnostics import SpecError, render
from vendorsmith.discovery import Target
from vendorsmith.pipeline import read
from vendorsmith.spec import yamltext
from vendorsmith.spec.source import snippet_text

CASES = Path(__file__).parent.parent / "cases"
FOLDERS = sorted(folder for folder in CASES.iterdir() if folder.is_dir() and any(folder.glob("openapi.*")))


def shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what is printed about the spec in a folder."""
    monkeypatch.chdir(folder)
    (spec,) = Path().glob("openapi.*")
    name = Path("vendor.txt")
    vendor = name.read_text(encoding="utf-8").strip() if name.exists() else "acme"
    with pytest.raises(SpecError) as raised:
        read(Target(vendor, spec, reviewed=True, siblings=frozenset({vendor, "huawei_iam"})))
    return render(raised.value.diagnostics, {spec.name: snippet_text(spec)})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_broken_spec_is_explained(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed about the spec is what its folder expects, to the letter."""
    expected = folder / "stderr.txt"
    actual = shown(folder, monkeypatch)
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

    assert (folder / "stderr.txt").read_text(encoding="utf-8") == shown(folder, monkeypatch)
