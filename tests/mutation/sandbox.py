"""A copy of the repository in a temporary folder, and the process in it that runs tests against a mutant."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

ROOT = Path(__file__).resolve().parents[2]
PATHS = ("generated", "generator", "generator/core", "generator/contract", "tests")
"""Where a copy imports from."""

Verdict = Literal["killed", "timed out", "survived", "broken"]
"""``broken`` where the mutated module cannot even be imported, which no test is needed for."""

Item = TypeVar("Item")
Result = TypeVar("Result")

_IGNORED = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "node_modules")


class HarnessError(Exception):
    """The run says nothing about the mutant: the tests themselves could not be run."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one run of tests.

    Args:
        verdict: In one word.
        test: The first test that failed.
        said: What it said.
        seconds: How long it took.
        passed: How many tests passed.
    """

    verdict: Verdict
    test: str = ""
    said: str = ""
    seconds: float = 0.0
    passed: int = 0

    @property
    def killed(self) -> bool:
        """Whether the tests noticed."""
        return self.verdict in ("killed", "timed out")


class Sandbox:
    """A copy of the repository.

    Args:
        folder: Where it is to be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        shutil.copytree(ROOT, self.folder, ignore=_IGNORED, dirs_exist_ok=True)
        paths = [self.folder, *(self.folder / path for path in PATHS)]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "HYPOTHESIS"))},
            "PYTHONPATH": os.pathsep.join(map(str, paths[1:])),
            "PYTHONHASHSEED": "0",
        }
        self._server = subprocess.Popen(
            [sys.executable, "-m", "mutation.server"],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def close(self) -> None:
        """End the process."""
        self._server.terminate()
        self._server.wait()

    def text(self, file: str) -> str:
        """What is in a file of the copy."""
        return (self.folder / file).read_text("utf-8")

    @contextmanager
    def changed(self, files: Mapping[str, str | None]) -> Generator[None]:
        """Have other texts in files for the time of the block.

        Args:
            files: Texts by path below the repository; None for a file that is not to be there.
        """
        with ExitStack() as stack:
            for file, text in files.items():
                stack.enter_context(self._changed(self.folder / file, text))
            yield

    @contextmanager
    def _changed(self, place: Path, text: str | None) -> Generator[None]:
        before = place.read_bytes() if place.exists() else None
        moment = place.stat().st_mtime if place.exists() else 0.0
        if text is None:
            place.unlink(missing_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
            # Compiled files are reported by time and size: this one has a time that no compiled one was made for.
            os.utime(place, (moment + 1000, moment + 1000))
        try:
            yield
        finally:
            if before is None:
                place.unlink(missing_ok=True)
            else:
                place.write_bytes(before)
                os.utime(place, (moment, moment))

    def test(
        self,
        files: Sequence[str],
        timeout: float,
        *,
        tests: Sequence[str] = (),
        modules: Sequence[str] = (),
    ) -> Run:
        """Run tests until one fails.

        Args:
            files: Files of tests.
            timeout: Seconds of a processor that it may use.
            tests: The tests of these files that are meant, in their order; all of them without.
            modules: What has to be imported first; a mutant with which that fails is broken.

        Returns:
            What came of it.

        Raises:
            HarnessError: nothing was tested.
        """
        noted = self.ask(kind="tests", files=list(files), tests=list(tests), modules=list(modules), timeout=timeout)
        seconds: float = noted["seconds"]
        if "timed_out" in noted:
            return Run("timed out", seconds=seconds)
        if "died" in noted:
            return Run("killed", said="the interpreter ended", seconds=seconds)
        if "broken" in noted:
            return Run("broken", said=noted["broken"], seconds=seconds)
        if noted["code"] not in (0, 1, 2, 5):
            raise HarnessError(f"pytest ended with {noted['code']}:\n{self.text('output.txt')[-2000:]}")
        verdict: Verdict = "killed" if "test" in noted else "survived"
        return Run(verdict, noted.get("test", ""), noted.get("said", ""), seconds, noted["passed"])

    def ask(self, *, timeout: float, **request: Any) -> dict[str, Any]:
        """Have something done in a fresh process.

        Args:
            timeout: Seconds of a processor that it may use.
            request: What, as `server` reads it.

        Returns:
            What it noted.

        Raises:
            HarnessError: it went wrong.
        """
        shutil.rmtree(self.folder / ".hypothesis", ignore_errors=True)  # examples that failed for another mutant
        assert self._server.stdin is not None
        print(json.dumps({**request, "timeout": timeout}), file=self._server.stdin, flush=True)
        noted = self._answer()
        if "wrong" in noted:
            raise HarnessError(noted["wrong"])
        return noted

    def _answer(self) -> dict[str, Any]:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if not line:
            raise HarnessError("the process that runs tests has ended")
        noted: dict[str, Any] = json.loads(line)
        return noted


class Sandboxes:
    """As many copies as things are done at a time.

    Args:
        jobs: How many.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._idle: queue.SimpleQueue[Sandbox] = queue.SimpleQueue()
        self._stack = ExitStack()

    def __enter__(self) -> Sandboxes:
        temporary = Path(self._stack.enter_context(TemporaryDirectory(prefix="mutants-")))
        for number in range(self.jobs):
            sandbox = Sandbox(temporary / str(number))
            self._stack.callback(sandbox.close)
            self._idle.put(sandbox)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def one(self) -> Generator[Sandbox]:
        """One that nobody else uses for the time of the block."""
        sandbox = self._idle.get()
        try:
            yield sandbox
        finally:
            self._idle.put(sandbox)

    def map(
        self, do: Callable[[Sandbox, Item], Result], items: Sequence[Item], say: Callable[[Item, Result], str]
    ) -> list[Result]:
        """Do something with each of many things, as many at a time as there are copies.

        Args:
            do: What to do.
            items: With what.
            say: A line for each when it is done.

        Returns:
            What came of each, in order.
        """
        begun, done = time.monotonic(), iter(range(1, len(items) + 1))

        def one(item: Item) -> Result:
            with self.one() as sandbox:
                result = do(sandbox, item)
            print(f"{time.monotonic() - begun:5.0f} s {next(done):4}/{len(items)}  {say(item, result)}", flush=True)
            return result

        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                return list(pool.map(one, items))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # leaving the block would wait for all of them
                raise


def modules_of(files: Iterable[str]) -> list[str]:
    """The names under which files are imported.

    Args:
        files: Paths below the repository; other than modules are left out.
    """
    found: list[str] = []
    for file in files:
        root = max((path for path in PATHS if file.startswith(f"{path}/")), key=len, default="")
        if root in ("", "tests") or not file.endswith(".py") or "contract_tests/" in file:
            continue
        parts = file.removeprefix(f"{root}/").removesuffix(".py").split("/")
        found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found
