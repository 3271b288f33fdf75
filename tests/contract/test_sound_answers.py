"""The contract tests say nothing of specs that are sound, whatever answers, errors and jobs these document.

Each document stands for one theme; a vendor that somebody adds may have any of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from .test_any_spec import EVERYTHING, said

ZOO = Path(__file__).parent / "zoo"
JOBS = frozenset(f"JB{number}" for number in range(1, 13))


def names(theme: str) -> list[str]:
    """The documents of a theme."""
    return sorted(path.stem for path in (ZOO / theme).glob("*.yaml"))


def document(theme: str, name: str) -> dict[str, Any]:
    """One of them."""
    read: dict[str, Any] = yaml.safe_load((ZOO / theme / f"{name}.yaml").read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("name", names("answers"))
def test_any_answer_passes(tmp_path: Path, name: str) -> None:
    assert said(tmp_path, document("answers", name), EVERYTHING) == []


@pytest.mark.parametrize("name", names("jobs"))
def test_any_kind_of_job_passes(tmp_path: Path, name: str) -> None:
    assert said(tmp_path, document("jobs", name), JOBS) == []
