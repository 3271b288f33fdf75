"""A copy of the clients in a temporary folder, in which contract tests run against a mutant."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .guard import WRONG_COPY

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TIMEOUT = 600.0
"""Seconds after which a run without a time of its own is ended."""

DURATIONS = "durations.json"
"""File of a sandbox that tells how long each test takes."""

CORE = "jobclients_core"

Verdict = Literal["passed", "failed", "broken", "timed out"]

_IGNORED = shutil.ignore_patterns("__pycache__", ".*cache*", ".hypothesis")
_VERDICTS: Mapping[int, Verdict] = {0: "passed", 1: "failed", 2: "broken"}


def place_of(file: str) -> Path:
    """Where a file that a mutant names is, below the repository or a copy of it."""
    return Path("generator/core" if file.startswith(f"{CORE}/") else "generated/jobclients", file)


class HarnessError(Exception):
    """The run says nothing about the mutant: the tests themselves could not be run."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one run of tests.

    Args:
        verdict: ``broken`` where the clients cannot even be imported, which no test is needed for.
        test: The first test that failed.
        said: What it said.
        seconds: How long it took.
        passed: How many tests passed.
        durations: Seconds that each test took.
    """

    verdict: Verdict
    test: str = ""
    said: str = ""
    seconds: float = 0.0
    passed: int = 0
    durations: Mapping[str, float] = field(default_factory=dict[str, float], repr=False)

    @property
    def killed(self) -> bool:
        """Whether the tests noticed."""
        return self.verdict != "passed"


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder without its caches.

    Args:
        source: The folder.
        target: Where to; what is there already is replaced.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=_IGNORED)


class Sandbox:
    """The generated clients, their contract tests and the judge, as copies.

    Args:
        folder: Where they are, or are to be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.generated = folder / "generated"
        self.clients = self.generated / "jobclients"

    def place(self, file: str) -> Path:
        """Where a file is.

        Args:
            file: The file, below ``jobclients``; of the core, its path beginning with ``jobclients_core``.

        Returns:
            Its path in the sandbox.
        """
        return self.folder / place_of(file)

    def make(self) -> None:
        """Make the copies."""
        copy_tree(ROOT / "generated", self.generated)
        copy_tree(ROOT / "generator", self.folder / "generator")
        shutil.copy(HERE / "guard.py", self.folder / "mutation_guard.py")
        (self.folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n", encoding="utf-8")

    def suites(self) -> list[str]:
        """The vendors that have contract tests, those with few tests first."""
        files = sorted((self.generated / "contract_tests").glob("test_*.py"), key=lambda file: file.stat().st_size)
        return [file.stem.removeprefix("test_") for file in files]

    def suites_of(self, file: str) -> list[str]:
        """The vendors whose tests can notice a change of a file.

        Args:
            file: The file, as for `place`.

        Returns:
            The file's own vendor first, then those whose clients import it; every vendor for the runtime.
        """
        owner = file.partition("/")[0]
        if owner == CORE:
            return self.suites()
        users = [
            name
            for name in self.suites()
            if name != owner and f"jobclients.{owner}." in (self.clients / name / "client.py").read_text("utf-8")
        ]
        return [owner, *users]

    @contextmanager
    def changed(self, file: str, text: str) -> Generator[None]:
        """Have another text in a file for the time of the block.

        Args:
            file: The file, as for `place`.
            text: Its text.
        """
        place = self.place(file)
        before, moment = place.read_bytes(), place.stat().st_mtime
        place.write_text(text, encoding="utf-8")
        # Compiled files are told by time and size: this one has a time that no compiled one was made for.
        os.utime(place, (moment + 1000, moment + 1000))
        try:
            yield
        finally:
            place.write_bytes(before)
            os.utime(place, (moment, moment))

    def test(self, suites: Iterable[str], timeout: float = TIMEOUT, *, compiled: bool = False) -> Run:
        """Run vendors' contract tests until one fails, quick ones first where a baseline has told which those are.

        Args:
            suites: The vendors.
            timeout: Seconds after which the run is ended.
            compiled: Whether compiled files are kept, for later runs.

        Returns:
            What came of it.

        Raises:
            HarnessError: nothing was tested.
        """
        shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)
        tests = [f"generated/contract_tests/test_{suite}.py" for suite in suites]
        paths = [self.generated, self.folder / "generator", self.folder / "generator/core", self.folder]
        return pytest_run(self.folder, tests, paths, timeout, compiled=compiled)

    def baseline(self, suites: Iterable[str]) -> dict[str, float]:
        """Run tests without a mutant.

        Args:
            suites: The vendors.

        Returns:
            Seconds that each vendor's tests take.

        Raises:
            HarnessError: a test fails although nothing is changed, or there is none.
        """
        times: dict[str, float] = {}
        durations: dict[str, float] = {}
        for suite in suites:
            run = self.test([suite], compiled=True)
            if run.killed or not run.passed:
                raise HarnessError(
                    f"without a mutant, {suite} {run.verdict} ({run.passed} tests): {run.test}\n{run.said}"
                )
            times[suite] = run.seconds
            durations.update(run.durations)
        (self.folder / DURATIONS).write_text(json.dumps(durations), encoding="utf-8")
        return times


def patience(seconds: Iterable[float]) -> float:
    """How long tests may take before they count as never ending.

    Args:
        seconds: How long each vendor's take when all is well.

    Returns:
        The seconds.
    """
    return 60.0 + 5 * sum(seconds)


def pytest_run(
    folder: Path, tests: Sequence[str], paths: Sequence[Path], timeout: float, *, compiled: bool = False
) -> Run:
    """Run tests in a process of their own until one fails, the same way each time.

    Args:
        folder: The copy; pytest is configured by what is in it, and imports from elsewhere are an error.
        tests: What to run, below the folder.
        paths: Where to import from.
        timeout: Seconds after which the run is ended.
        compiled: Whether compiled files are kept, for later runs.

    Returns:
        What came of it.

    Raises:
        HarnessError: nothing was tested.
    """
    note = folder / "noted.json"
    note.unlink(missing_ok=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "HYPOTHESIS"))},
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "" if compiled else "1",
        "MUTATION_HOME": str(folder),
        "MUTATION_NOTE": str(note),
        "MUTATION_DURATIONS": str(folder / DURATIONS),
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=short", "--rootdir", str(folder)]
    command += ["-p", "no:cacheprovider", "-p", "mutation_guard", "--hypothesis-seed=0", *tests]
    started = time.monotonic()
    with open(folder / "output.txt", "wb") as output:
        code = _finish(
            subprocess.Popen(
                command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
            ),
            timeout,
        )
    seconds = time.monotonic() - started
    if code is None:
        return Run("timed out", seconds=seconds)
    if code == WRONG_COPY or code not in _VERDICTS:
        said = (folder / "output.txt").read_text("utf-8", "replace")[-2000:]
        raise HarnessError(f"pytest ended with {code}:\n{said}")
    noted = json.loads(note.read_text("utf-8"))
    verdict: Verdict = "broken" if noted["broken"] else _VERDICTS[code]
    return Run(verdict, noted.get("test", ""), noted.get("said", ""), seconds, noted["passed"], noted["durations"])


def _finish(process: subprocess.Popen[bytes], timeout: float) -> int | None:
    """The exit code, or None where the process, and what it started, had to be ended."""
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
