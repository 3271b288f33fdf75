"""Documents that other people wrote can be generated from, under another package name, and raise no false alarm."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from vendorsmith import pipeline
from vendorsmith.targets import targets

FOREIGN = sorted((Path(__file__).parent / "foreign").glob("*.yaml"))


@pytest.mark.parametrize("path", FOREIGN, ids=lambda path: path.stem)
def test_a_client_can_be_made_of_documents_that_others_wrote(tmp_path: Path, path: Path) -> None:
    place = tmp_path / path.stem / "openapi.yaml"
    place.parent.mkdir()
    shutil.copy(path, place)
    (target,) = targets([path.stem], tmp_path)

    assert pipeline.generate(target, "elsewhere").files
