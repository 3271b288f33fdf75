"""A vendor of `jobclients.testing` over real HTTP on this machine, and the command `jobclients` as a process."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jobclients
import pytest
from jobclients.testing import FakeVendor, Reply, Request
from jobclients_core.cli import main
from vendorsmith.mock import serving

TOKEN = "hidden-token-0123456789"


@contextmanager
def served(name: str, lifecycle: str = "", *, slow: str = "", **options: Any) -> Generator[tuple[FakeVendor, str]]:
    """A vendor and its base URL; requests of the method `slow` take a second."""
    with serving(name, lifecycle=lifecycle, **options) as mock:
        answer = mock.vendor.respond

        def slowly(request: Request) -> Reply:
            reply = answer(request)
            if request.method == slow:
                time.sleep(1)
            return reply

        mock.vendor.respond = slowly  # type: ignore[method-assign]
        yield mock.vendor, mock.url


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out.splitlines()[-1])


@dataclass
class Shell:
    """Runs `jobclients` as a user would, in a home of its own."""

    home: Path
    env: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        folder = self.home / "bin"
        folder.mkdir()
        command = folder / "jobclients"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jobclients_core.cli "$@"\n', encoding="utf-8")
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        self.env = {
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "PYTHONPATH": str(Path(jobclients.__file__).parent.parent),
            "PYTHONWARNINGS": "error::DeprecationWarning",
            "LC_ALL": "C.UTF-8",
            **self.env,
        }

    def start(self, *words: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["jobclients", *words],
            executable=str(self.home / "bin" / "jobclients"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.env | (env or {}),
            cwd=self.home,
        )

    def run(self, *words: str, env: dict[str, str] | None = None, stdin: str | None = None) -> Done:
        ended = subprocess.run(
            ["jobclients", *words],
            executable=str(self.home / "bin" / "jobclients"),
            input=stdin or "",
            capture_output=True,
            text=True,
            env=self.env | (env or {}),
            cwd=self.home,
            timeout=60,
            check=False,
        )
        return _checked(Done(ended.returncode, ended.stdout, ended.stderr))

    def here(self, *words: str, env: dict[str, str] | None = None) -> Done:
        """The same in this process, which takes no time."""
        out, err = io.StringIO(), io.StringIO()
        showing = warnings.showwarning
        code: Any = 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name, value in (self.env | (env or {})).items():
                patch.setenv(name, value)
            patch.chdir(self.home)
            patch.setattr(sys, "argv", ["jobclients", *words])
            try:
                main()
            except SystemExit as end:
                code = end.code
            finally:
                warnings.showwarning = showing
                logger = logging.getLogger("jobclients")
                logger.handlers.clear()
                logger.propagate = True
        return _checked(Done(code, out.getvalue(), err.getvalue()))

    def line(self, text: str) -> Done:
        """A line that was printed for the user to run."""
        ended = subprocess.run(
            text, shell=True, capture_output=True, text=True, env=self.env, cwd="/", timeout=60, check=False
        )
        return _checked(Done(ended.returncode, ended.stdout, ended.stderr))


def _checked(done: Done) -> Done:
    """Whatever happens: no traceback, and none of the secrets of these tests."""
    assert "Traceback" not in done.out + done.err, done.err
    assert "hidden" not in done.out + done.err
    return done


def interrupted(process: subprocess.Popen[str], number: signal.Signals, fake: FakeVendor, after: int) -> Done:
    """Send a signal once the vendor saw some requests."""
    end = time.monotonic() + 30
    while len(fake.requests) < after and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return _checked(Done(process.returncode, out, err))


def resume_line(text: str) -> str:
    """The command that goes on, of what was printed."""
    return next(line.strip() for line in text.splitlines() if line.strip().startswith(("jobclients resume", "printf")))
