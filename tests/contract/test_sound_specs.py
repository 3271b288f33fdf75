"""No false alarm: the suite of a sound spec holds, whatever the package is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from .suites import said_of

ZOO = sorted((Path(__file__).parent / "zoo").rglob("*.yaml"))


@pytest.mark.parametrize("spec", ZOO, ids=lambda spec: f"{spec.parent.name}-{spec.stem}")
def test_the_suite_of_a_sound_spec_holds(tmp_path: Path, spec: Path) -> None:
    assert said_of(tmp_path, spec.read_text(encoding="utf-8")) == {}
