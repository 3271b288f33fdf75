"""Fixtures of the generator's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from .support import Made, completed, write_spec


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    """What the generator makes of the spec that decorates the test."""
    return Made(write_spec(tmp_path, completed(request.param)))
