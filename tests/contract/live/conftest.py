"""Fixtures of the live suite's tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .support import VENDORS, Command


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs the command in an environment that says nothing of any vendor."""
    for name in os.environ:
        if name.startswith(tuple(f"{vendor.upper()}_" for vendor in VENDORS)):
            monkeypatch.delenv(name)
    return Command(monkeypatch, capsys, tmp_path)
