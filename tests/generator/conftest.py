"""Fixtures of the generator's tests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from vendorsmith import cli

from .support import Made, completed, write_spec


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    """What the generator makes of the spec that decorates the test."""
    return Made(write_spec(tmp_path, completed(request.param)))


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `vendorsmith` in a folder of its own, in this process and with one worker."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.cpu_count", lambda: 1)

    def run_command(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["vendorsmith", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, written.out, written.err)

    return run_command
