"""The contract tests say nothing of specs that are sound, whatever parameters, bodies and credentials these document.

Each document stands for one theme; a vendor that somebody adds may have any of it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from vendorsmith import pipeline
from vendorsmith.targets import targets

from .test_any_spec import EVERYTHING, said
from .test_sound_answers import ZOO, document, names


@pytest.mark.parametrize("name", names("requests"))
def test_any_request_passes(tmp_path: Path, name: str) -> None:
    assert said(tmp_path, document("requests", name), EVERYTHING) == []


@pytest.mark.parametrize("path", sorted(ZOO.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_client_can_be_made_of_each(tmp_path: Path, path: Path) -> None:
    """Otherwise there would be no tests that could say anything."""
    place = tmp_path / "acme/openapi.yaml"
    place.parent.mkdir()
    shutil.copy(path, place)
    (target,) = targets(["acme"], tmp_path)

    assert pipeline.generate(target, "made").files
