"""A process that has imported other people's packages, and forks a fresh one for each run of tests.

    python -m mutation.server          (in a copy of the repository; requests arrive as lines of JSON)

Importing pytest, pydantic and the rest takes longer than most runs of tests. Nothing of the copy is imported before
the fork, so that each run imports it as it is at that moment.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from . import plugin
from .suites import LEFT_OUT

OURS = ("jobclients", "jobclients_core", "jobclients_contract", "vendorsmith")
FOREIGN = (
    "coverage",
    "datamodel_code_generator",
    "httpx2",
    "huaweicloudsdkcore.auth.credentials",
    "hypothesis.strategies",
    "jinja2",
    "jsonschema",
    "openapi_core",
    "packaging.version",
    "pydantic",
    "referencing",
    "rich.console",
    "starlette.applications",
    "typer",
    "uritemplate",
    "uvicorn",
    "yaml",
)
MEMORY = 8 << 30
"""Bytes of addresses that a run may have: a mutant may make a loop endless that fills a list."""

IDLE = 3
"""How many times the seconds of a processor that a run may use it may take: the machine has other work, too."""

OUTPUT = "output.txt"
"""What the last run printed."""


def generate(request: Mapping[str, Any]) -> dict[str, Any]:
    """Generate vendors' clients and their contract tests as the copy's generator does.

    Args:
        request: ``vendors``, names; all of the specs without.

    Returns:
        ``files``, text by path below the output folder, or ``refused``, in words.
    """
    from vendorsmith.diagnostics import SpecError
    from vendorsmith.discovery import discover
    from vendorsmith.pipeline import generate as generate_one

    files: dict[str, str] = {}
    try:
        for target in discover(request["vendors"], Path("specs")):
            files |= generate_one(target, "jobclients").files
    except SpecError as error:
        return {"refused": str(error)[:300]}
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"[:300]}
    return {"files": files}


def run_tests(request: Mapping[str, Any]) -> dict[str, Any]:
    """Run tests until one fails.

    Args:
        request: ``modules`` to import before; ``files`` of tests, ``tests`` of these in order, all of them where there
            are none; ``record`` tells that all run, and which lines each executes.

    Returns:
        What `plugin` noted, or ``broken``: why a module cannot be imported.
    """
    for name in request["modules"]:
        try:
            importlib.import_module(name)
        except BaseException as error:
            return {"broken": f"{type(error).__name__}: {error}"[:300]}
    options = ["--tb=short", "--hypothesis-seed=0", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    if request.get("record"):
        notes: plugin.Notes | plugin.Lines = plugin.Lines(Path.cwd())
        options += [option for test in LEFT_OUT for option in ("--deselect", test)]
    else:
        notes = plugin.Notes(request["tests"])
        options.append("-x")
    code = int(pytest.main([*options, *request["files"]], plugins=[notes]))
    for name in OURS:
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is not None and not Path(file).resolve().is_relative_to(Path.cwd()):
            return {"wrong": f"{name} was imported from {file}, which is not the copy"}
    return {**notes.noted(), "code": code}


KINDS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"generate": generate, "tests": run_tests}


def _child(request: Mapping[str, Any], note: Path) -> None:
    os.setpgid(0, 0)
    seconds = math.ceil(request["timeout"])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    sys.dont_write_bytecode = not request.get("compiled", False)
    with open(OUTPUT, "wb") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    try:
        noted = KINDS[request["kind"]](request)
    except BaseException:
        noted = {"wrong": traceback.format_exc()}
    note.write_text(json.dumps(noted), encoding="utf-8")


def _forked(request: Mapping[str, Any]) -> dict[str, Any]:
    note = Path("noted.json")
    note.unlink(missing_ok=True)
    started = time.monotonic()
    process = os.fork()
    if process == 0:
        try:
            _child(request, note)
        finally:
            os._exit(0)
    status = _ended(process, started + IDLE * request["timeout"])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)  # what it started, too
    if status is None:
        os.waitpid(process, 0)
    seconds = time.monotonic() - started
    if status is None or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)):
        return {"timed_out": True, "seconds": seconds}
    if not note.exists():
        return {"died": True, "seconds": seconds}
    noted: dict[str, Any] = json.loads(note.read_text("utf-8"))
    return {**noted, "seconds": seconds}


def _ended(process: int, until: float) -> int | None:
    """How a process ended; None where it has not until a moment."""
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() > until:
            return None
        time.sleep(0.005)


def main() -> None:
    for name in FOREIGN:
        importlib.import_module(name)
    for point in entry_points(group="pytest11"):
        if point.module.partition(".")[0] not in OURS:
            point.load()
    loaded = [name for name in sys.modules if name.partition(".")[0] in OURS]
    assert not loaded, f"a run would not import them anew: {loaded}"
    assert threading.active_count() == 1, "a fork would lose its threads"
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(_forked(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
